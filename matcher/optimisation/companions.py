"""Who goes apart or together, and which placements take a team: in rows of a prepared pool."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.snapshot import PoolSnapshot
from matcher.optimisation.assignment import Logic, Pairs
from matcher.optimisation.prepared import Prepared, rows_of

NOWHERE = -1
"""The placement of somebody who waits for a companion that this run cannot propose."""


@dataclass(frozen=True)
class Companions:
    """
    What binds people to each other.

    Parameters
    ----------
    logic
        Teams, and two people who are both planned for.
    away
        Candidate and site where somebody is already whom they go apart from.
    only
        Candidate and the one placement where their companion goes already, or `NOWHERE`.
    """

    logic: Logic = field(default_factory=Logic)
    away: tuple[tuple[int, int], ...] = ()
    only: tuple[tuple[int, int], ...] = ()

    def banned(self, pairs: Pairs) -> NDArray[np.bool_]:
        """Return which pairs they rule out, shape (n_pairs,)."""
        out = np.zeros(len(pairs), np.bool_)
        if not self.away and not self.only:
            return out
        assert self.logic.site is not None
        site = self.logic.site[pairs.placement]
        for person, where in self.away:
            out |= (pairs.candidate == person) & (site == where)
        for person, place in self.only:
            out |= (pairs.candidate == person) & (pairs.placement != place)
        return out


def companions_of(snapshot: PoolSnapshot, prepared: Prepared) -> Companions:
    """
    Return teams and companions as rows of a prepared pool.

    Of two people of whom one is not planned for, the other keeps away from, or to, where that one
    goes already. Who goes together with somebody that the run knows but cannot propose now (parked,
    objecting) waits; a companion who has left, or is at work already, binds nobody.
    """
    places = prepared.placements
    # a single opening is taken by all or nobody anyway
    team = np.flatnonzero(
        (places["placement.team"].fill_null(False) & (prepared_openings(prepared) > 1)).to_numpy()
    ).astype(np.int32)
    if snapshot.companions.is_empty() and not team.size:
        return Companions()
    sites = _sites(snapshot.placements)
    known = {name: number for number, name in enumerate(sites["site"].unique().sort())}
    site_of = {place: known[site] for place, site in sites.rows()}
    place_of = {place: row for row, place in enumerate(places["placement.id"])}
    rows = [
        rows_of(prepared.candidates["candidate.id"], snapshot.companions[side]).tolist()
        for side in ("candidate.id", "other.id")
    ]
    waits_for = _cannot_be_proposed(snapshot)
    two: dict[str, list[tuple[int, int]]] = {"apart": [], "together": []}
    away: set[tuple[int, int]] = set()
    only: set[tuple[int, int]] = set()
    for one, other, (one_id, other_id, relation, one_at, other_at) in zip(
        *rows, snapshot.companions.rows(), strict=True
    ):
        if one >= 0 and other >= 0:
            two[relation].append((one, other))
        for person, them, there in ((one, other_id, other_at), (other, one_id, one_at)):
            if person < 0:
                continue
            if relation == "apart" and there in site_of:
                away.add((person, site_of[there]))
            elif relation == "together" and there is not None:
                only.add((person, place_of.get(there, NOWHERE)))
            elif relation == "together" and min(one, other) < 0 and them in waits_for:
                only.add((person, NOWHERE))
    logic = Logic(
        team=team,
        apart=_array(two["apart"]),
        together=_array(two["together"]),
        site=np.array([site_of[place] for place in places["placement.id"]], np.int32),
    )
    return Companions(logic, tuple(sorted(away)), tuple(sorted(only)))


def prepared_openings(prepared: Prepared) -> pl.Series:
    """Return the openings of each placement that a plan may give away."""
    return prepared.placements["placement.openings_free"]


def _sites(placements: pl.DataFrame) -> pl.DataFrame:
    """Return the site of every placement; without one a placement is a site of its own."""
    return placements.select(
        "placement.id",
        site=pl.coalesce("placement.workplace", "placement:" + pl.col("placement.id")),
    )


def _cannot_be_proposed(snapshot: PoolSnapshot) -> frozenset[str]:
    """Return who is in the run's snapshot and not at work."""
    people = snapshot.candidates.filter(~pl.col("candidate.deployed").fill_null(False))
    return frozenset(people["candidate.id"])


def _array(two: list[tuple[int, int]]) -> NDArray[np.int32]:
    return np.array(two, np.int32).reshape(-1, 2)
