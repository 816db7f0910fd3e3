"""
Pairs of rows as frames: every ``pair.*`` column is made here, and nowhere else.

`prepare` turns a snapshot into facts and arrays once; `pair_up` then gives any pairs of it, with
only the columns that are asked for.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.columns import COLUMNS, MODE
from matcher.domain.policy import Policy
from matcher.domain.snapshot import PoolSnapshot
from matcher.errors import SnapshotError
from matcher.optimisation import kernels
from matcher.optimisation.facts import candidate_facts, gates_of, placement_facts
from matcher.optimisation.sides import (
    SHUTTLE,
    People,
    Places,
    encode_candidates,
    encode_placements,
)
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
            snapshot.travel_times, candidates["candidate.home"], places.names.sites
        ),
        speeds=speeds(policy),
        proposed=_proposed(snapshot.previous, candidates, places.frame),
    )


def pair_up(
    prepared: Prepared, people: Rows, places: Rows, columns: Collection[str]
) -> pl.DataFrame:
    """
    Return one row per pair with the columns asked for, in the order of `columns.COLUMNS`.

    Parameters
    ----------
    prepared
        A snapshot made ready.
    people, places
        Row numbers of both sides, shape (n_pairs,), int32.
    columns
        Names of ``candidate``, ``placement`` and ``pair`` columns.
    """
    unknown = sorted(set(columns) - COLUMNS.keys())
    if unknown:
        raise SnapshotError(f"{unknown[0]} is no column of a pair")
    wanted = [name for name in COLUMNS if name in set(columns)]
    sides = (
        _taken(prepared.candidates, _of("candidate", wanted), people),
        _taken(prepared.placements, _of("placement", wanted), places),
    )
    made: dict[str, pl.Series] = {}
    for names, make in MAKERS:
        if not names.isdisjoint(wanted):
            made.update(make(prepared, people, places))
    return pl.DataFrame(
        [*(column for side in sides for column in side)]
        + [made[name].alias(name) for name in _of("pair", wanted)]
    )


def _of(namespace: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(f"{namespace}.")]


def _taken(frame: pl.DataFrame, names: list[str], rows: Rows) -> list[pl.Series]:
    """Return columns at the given rows, without a gather where one row repeats or all are asked."""
    if not names:
        return []
    side = frame.select(names)
    if rows.size and rows[0] == rows[-1] and (rows == rows[0]).all():
        at = int(rows[0])
        return [column.new_from_index(at, rows.size) for column in side]
    if rows.size == frame.height and np.array_equal(rows, np.arange(frame.height)):
        return side.get_columns()
    return side[rows].get_columns()


def _proposed(
    previous: pl.DataFrame, candidates: pl.DataFrame, placements: pl.DataFrame
) -> NDArray[np.int64]:
    people = _rows_of(candidates["candidate.id"], previous["candidate.id"])
    places = _rows_of(placements["placement.id"], previous["placement.id"])
    both = (people >= 0) & (places >= 0)
    return np.sort(people[both] * placements.height + places[both])


def _rows_of(ids: pl.Series, wanted: pl.Series) -> NDArray[np.int64]:
    """Return the row of each wanted id, -1 for those not there."""
    rows = pl.DataFrame({"id": ids}).with_row_index("row")
    found = pl.DataFrame({"id": wanted}).join(rows, on="id", how="left", maintain_order="left")
    return found["row"].cast(pl.Int64).fill_null(-1).to_numpy()


Made = dict[str, pl.Series]


def _where_known(
    values: NDArray[np.generic], known: NDArray[np.bool_], dtype: type[pl.DataType] | None = None
) -> pl.Series:
    """Return the values with null where they are not known."""
    series = pl.Series(values, dtype=dtype)
    if known.all():
        return series
    return pl.select(pl.when(pl.lit(pl.Series(known))).then(pl.lit(series))).to_series()


def _journey(prepared: Prepared, people: Rows, places: Rows) -> Made:
    n = people.size
    km, minutes = np.empty(n, np.float32), np.empty(n, np.int16)
    mode, measured = np.empty(n, np.int8), np.empty(n, np.bool_)
    kernels.fastest_journeys(
        people,
        places,
        prepared.people.home,
        prepared.measured.home_code,
        prepared.people.modes,
        prepared.places.site,
        prepared.places.site_code,
        prepared.places.stop,
        prepared.places.ride,
        prepared.speeds.per_km,
        prepared.speeds.extra,
        SHUTTLE,
        prepared.measured.starts,
        prepared.measured.site,
        prepared.measured.mode,
        prepared.measured.minutes,
        km,
        minutes,
        mode,
        measured,
    )
    told = minutes >= 0
    codes = _where_known(np.where(told, mode, 0), told, pl.UInt8)
    return {
        "pair.km": pl.Series(km).fill_nan(None),
        "pair.minutes": _where_known(minutes, told, pl.Int16),
        "pair.mode": codes.cat.to(MODE),
        "pair.journey_measured": _where_known(measured, told),
    }


def _mode_assumed(prepared: Prepared, people: Rows, places: Rows) -> Made:
    return {"pair.mode_assumed": pl.Series(prepared.people.mode_assumed[people])}


def _dayparts(prepared: Prepared, people: Rows, places: Rows) -> Made:
    missing = np.empty(people.size, np.int16)
    needed = prepared.places.dayparts
    kernels.count_missing(people, places, prepared.people.dayparts, needed, missing)
    none_needed = prepared.places.dayparts_known & (needed[:, 0] == 0)
    known = none_needed[places] | (
        prepared.places.dayparts_known[places] & prepared.people.dayparts_known[people]
    )
    return {"pair.dayparts_missing": _where_known(missing, known, pl.Int8)}


def _missing(
    subject: str, column: str, dtype: type[pl.DataType]
) -> Callable[[Prepared, Rows, Rows], Made]:
    def make(prepared: Prepared, people: Rows, places: Rows) -> Made:
        missing = np.empty(people.size, np.int16)
        kernels.count_missing(
            people, places, prepared.people.words[subject], prepared.places.words[subject], missing
        )
        # what asks for nothing misses nothing, whatever is recorded
        known = (missing == 0) | prepared.people.known[subject][people]
        return {column: _where_known(missing, known, dtype)}

    return make


def _shared(subject: str, column: str, asked: str) -> Callable[[Prepared, Rows, Rows], Made]:
    def make(prepared: Prepared, people: Rows, places: Rows) -> Made:
        shared = np.empty(people.size, np.int16)
        kernels.count_shared(
            people, places, prepared.people.words[subject], prepared.places.words[subject], shared
        )
        return {
            column: _where_known(shared, prepared.people.known[subject][people], pl.Int16),
            asked: pl.Series(prepared.places.asked[subject][places], dtype=pl.Int16),
        }

    return make


def _skills(subject: str, gap_column: str, unknown_column: str) -> Callable[..., Made]:
    def make(prepared: Prepared, people: Rows, places: Rows) -> Made:
        gap, unknown = np.empty(people.size, np.int8), np.empty(people.size, np.int8)
        codes, required = prepared.places.skills[subject]
        kernels.compare_skills(
            people,
            places,
            prepared.people.levels,
            codes.starts,
            codes.code,
            required,
            gap,
            unknown,
        )
        return {gap_column: pl.Series(gap), unknown_column: pl.Series(unknown)}

    return make


def _demands(prepared: Prepared, people: Rows, places: Rows) -> Made:
    gap, unknown = np.empty(people.size, np.int8), np.empty(people.size, np.int8)
    kernels.compare_demands(
        people, places, prepared.people.limits, prepared.places.demands, gap, unknown
    )
    return {"pair.demand_gap": pl.Series(gap), "pair.demands_unknown": pl.Series(unknown)}


def _targets(
    prepared: Prepared, people: Rows, places: Rows, subject: str
) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """Return the rank and the entry of the most particular target that matches."""
    rank, entry = np.empty(people.size, np.int8), np.empty(people.size, np.int64)
    codes = {
        "excluded": prepared.people.excluded,
        "parked": prepared.people.parked,
        "preferred": prepared.people.preferred,
        "wished": prepared.people.wished,
        "done": prepared.people.experience,
    }[subject]
    kernels.match_targets(
        people,
        places,
        codes.starts,
        codes.code,
        prepared.places.described[subject],
        rank,
        entry,
    )
    return rank, entry


def _excluded(prepared: Prepared, people: Rows, places: Rows) -> Made:
    rank, _ = _targets(prepared, people, places, "excluded")
    return {"pair.excluded": pl.Series(rank >= 0)}


def _parked(prepared: Prepared, people: Rows, places: Rows) -> Made:
    rank, _ = _targets(prepared, people, places, "parked")
    return {"pair.parked": pl.Series((rank >= 0) | prepared.people.person_parked[people])}


def _preference(prepared: Prepared, people: Rows, places: Rows) -> Made:
    rank, entry = _targets(prepared, people, places, "preferred")
    marks = np.append(prepared.people.marks, np.int8(-1))[entry]
    return {"pair.preference_mark": _where_known(marks, (rank >= 0) & (marks >= 0), pl.Int8)}


def _occupation(prepared: Prepared, people: Rows, places: Rows) -> Made:
    rank, _ = _targets(prepared, people, places, "wished")
    match = np.where(rank >= 0, 3 - rank, 0).astype(np.int8)
    return {
        "pair.occupation_match": _where_known(match, prepared.people.wish_known[people], pl.Int8)
    }


def _same_work(prepared: Prepared, people: Rows, places: Rows) -> Made:
    rank, _ = _targets(prepared, people, places, "done")
    known = (rank <= 0) & prepared.people.experience_known[people]
    return {"pair.same_work_before": _where_known(rank == 0, known)}


def _coach(prepared: Prepared, people: Rows, places: Rows) -> Made:
    rank, entry = np.empty(people.size, np.int8), np.empty(people.size, np.int64)
    # the loop the other way round: a site has the list, a person the one coach
    kernels.match_targets(
        places,
        people,
        prepared.places.coaches.starts,
        prepared.places.coaches.code,
        prepared.people.coach,
        rank,
        entry,
    )
    return {"pair.coach_serves_site": pl.Series(rank >= 0)}


def _proposed_last_run(prepared: Prepared, people: Rows, places: Rows) -> Made:
    key = people.astype(np.int64) * prepared.places.size + places
    if not prepared.proposed.size:
        return {"pair.proposed_last_run": pl.Series(np.zeros(key.size, np.bool_))}
    at = np.searchsorted(prepared.proposed, key)
    found = prepared.proposed[np.minimum(at, prepared.proposed.size - 1)] == key
    return {"pair.proposed_last_run": pl.Series(found)}


MAKERS: tuple[tuple[frozenset[str], Callable[[Prepared, Rows, Rows], Made]], ...] = (
    (
        frozenset({"pair.km", "pair.minutes", "pair.mode", "pair.journey_measured"}),
        _journey,
    ),
    (frozenset({"pair.mode_assumed"}), _mode_assumed),
    (frozenset({"pair.dayparts_missing"}), _dayparts),
    (
        frozenset({"pair.licences_missing"}),
        _missing("licences", "pair.licences_missing", pl.Int8),
    ),
    (
        frozenset({"pair.certificates_missing"}),
        _missing("certificates", "pair.certificates_missing", pl.Int16),
    ),
    (
        frozenset({"pair.language_gap", "pair.languages_unknown"}),
        _skills("skills", "pair.language_gap", "pair.languages_unknown"),
    ),
    (
        frozenset({"pair.safety_language_gap", "pair.safety_languages_unknown"}),
        _skills("safety", "pair.safety_language_gap", "pair.safety_languages_unknown"),
    ),
    (frozenset({"pair.demand_gap", "pair.demands_unknown"}), _demands),
    (frozenset({"pair.same_work_before"}), _same_work),
    (frozenset({"pair.excluded"}), _excluded),
    (frozenset({"pair.parked"}), _parked),
    (frozenset({"pair.preference_mark"}), _preference),
    (frozenset({"pair.occupation_match"}), _occupation),
    (
        frozenset({"pair.competences_shared", "pair.competences_asked"}),
        _shared("competences", "pair.competences_shared", "pair.competences_asked"),
    ),
    (
        frozenset({"pair.tags_shared", "pair.tags_asked"}),
        _shared("tags", "pair.tags_shared", "pair.tags_asked"),
    ),
    (frozenset({"pair.coach_serves_site"}), _coach),
    (frozenset({"pair.proposed_last_run"}), _proposed_last_run),
)
"""Which columns each maker gives, in the order of `matcher.domain.columns`."""
