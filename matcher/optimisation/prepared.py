"""A snapshot made ready for pairs: facts in frames, everything that is compared as arrays."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.policy import Policy
from matcher.domain.snapshot import PoolSnapshot
from matcher.optimisation.facts import candidate_facts, gates_of, placement_facts
from matcher.optimisation.people import People, encode_candidates
from matcher.optimisation.places import Places, encode_placements
from matcher.optimisation.travel import Measured, Speeds, measured_journeys, speeds

Rows = NDArray[np.int32]


@dataclass(frozen=True)
class Prepared:
    """
    A snapshot made ready: facts in the frames, everything that pairs compare as arrays.

    ``proposed`` holds the pairs of the last published run as ``candidate row x n_placements +
    placement row``, sorted.
    """

    people: People
    places: Places
    measured: Measured
    speeds: Speeds
    proposed: NDArray[np.int64]

    @property
    def candidates(self) -> pl.DataFrame:
        """The candidates with their facts."""
        return self.people.frame

    @property
    def placements(self) -> pl.DataFrame:
        """The placements with their facts."""
        return self.places.frame


def prepare_placements(snapshot: PoolSnapshot, policy: Policy) -> Places:
    """Return the placements of a snapshot made ready, to be kept for many questions."""
    placements = placement_facts(snapshot.placements, snapshot.today, policy)
    return encode_placements(placements, gates_of(placements, policy))


def prepare(snapshot: PoolSnapshot, policy: Policy, places: Places | None = None) -> Prepared:
    """
    Return a snapshot made ready for pairs, rows in the snapshot's order.

    With ``places``, made by `prepare_placements` on the same day with the same policy, the
    snapshot's own placements are not read.
    """
    made = prepare_placements(snapshot, policy) if places is None else places
    candidates = candidate_facts(snapshot.candidates, snapshot.today, policy)
    return join_sides(candidates, made, snapshot, policy)


def join_sides(
    candidates: pl.DataFrame, places: Places, snapshot: PoolSnapshot, policy: Policy
) -> Prepared:
    """Return candidates with their facts and placements made ready, as one `Prepared`."""
    people = encode_candidates(candidates, places)
    return Prepared(
        people=people,
        places=places,
        measured=measured_journeys(
            snapshot.travel_times, candidates["candidate.home"], places.names["sites"]
        ),
        speeds=speeds(policy),
        proposed=_proposed(snapshot.previous, candidates, places.frame),
    )


def _proposed(
    previous: pl.DataFrame, candidates: pl.DataFrame, placements: pl.DataFrame
) -> NDArray[np.int64]:
    if previous.is_empty():
        return np.zeros(0, np.int64)
    people = rows_of(candidates["candidate.id"], previous["candidate.id"])
    places = rows_of(placements["placement.id"], previous["placement.id"])
    both = (people >= 0) & (places >= 0)
    return np.sort(people[both] * placements.height + places[both])


def rows_of(ids: pl.Series, wanted: pl.Series) -> NDArray[np.int64]:
    """Return the row of each wanted id, -1 for those not there."""
    rows = pl.DataFrame({"id": ids}).with_row_index("row")
    found = pl.DataFrame({"id": wanted}).join(rows, on="id", how="left", maintain_order="left")
    return found["row"].cast(pl.Int64).fill_null(-1).to_numpy()
