"""The makers of the ``pair.*`` columns: each reads both sides as arrays and fills some columns."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from matcher.optimisation import kernels
from matcher.optimisation.people import SHUTTLE
from matcher.optimisation.prepared import Prepared, Rows

Values = NDArray[np.generic] | tuple[NDArray[np.generic], NDArray[np.bool_]]
"""The values of a column, alone or with whether each is known."""

Made = dict[str, Values]
Maker = Callable[[Prepared, Rows, Rows], Made]


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
    return {
        "pair.km": (km, ~np.isnan(km)),
        "pair.minutes": (minutes, told),
        "pair.mode": (np.where(told, mode, 0), told),
        "pair.journey_measured": (measured, told),
    }


def _mode_assumed(prepared: Prepared, people: Rows, places: Rows) -> Made:
    return {"pair.mode_assumed": prepared.people.mode_assumed[people]}


def _dayparts(prepared: Prepared, people: Rows, places: Rows) -> Made:
    missing = np.empty(people.size, np.int16)
    needed = prepared.places.dayparts
    kernels.count_missing(people, places, prepared.people.dayparts, needed, missing)
    none_needed = prepared.places.dayparts_known & (needed[:, 0] == 0)
    known = none_needed[places] | (
        prepared.places.dayparts_known[places] & prepared.people.dayparts_known[people]
    )
    return {"pair.dayparts_missing": (missing, known)}


def _missing(subject: str) -> Maker:
    def make(prepared: Prepared, people: Rows, places: Rows) -> Made:
        missing = np.empty(people.size, np.int16)
        kernels.count_missing(
            people, places, prepared.people.words[subject], prepared.places.words[subject], missing
        )
        # what asks for nothing misses nothing, whatever is recorded
        known = (missing == 0) | prepared.people.known[subject][people]
        return {f"pair.{subject}_missing": (missing, known)}

    return make


def _shared(subject: str) -> Maker:
    def make(prepared: Prepared, people: Rows, places: Rows) -> Made:
        shared = np.empty(people.size, np.int16)
        kernels.count_shared(
            people, places, prepared.people.words[subject], prepared.places.words[subject], shared
        )
        return {
            f"pair.{subject}_shared": (shared, prepared.people.known[subject][people]),
            f"pair.{subject}_asked": prepared.places.asked[subject][places],
        }

    return make


def _skills(subject: str, gap_column: str, unknown_column: str) -> Maker:
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
        return {gap_column: gap, unknown_column: unknown}

    return make


def _demands(prepared: Prepared, people: Rows, places: Rows) -> Made:
    gap, unknown = np.empty(people.size, np.int8), np.empty(people.size, np.int8)
    kernels.compare_demands(
        people, places, prepared.people.limits, prepared.places.demands, gap, unknown
    )
    return {"pair.demand_gap": gap, "pair.demands_unknown": unknown}


def _matched(
    prepared: Prepared, people: Rows, places: Rows, subject: str
) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """Return the rank and the entry of the most particular target that matches."""
    rank, entry = np.empty(people.size, np.int8), np.empty(people.size, np.int64)
    codes = prepared.people.targets[subject]
    kernels.match_targets(
        people, places, codes.starts, codes.code, prepared.places.described[subject], rank, entry
    )
    return rank, entry


def _excluded(prepared: Prepared, people: Rows, places: Rows) -> Made:
    rank, _ = _matched(prepared, people, places, "excluded")
    return {"pair.excluded": rank >= 0}


def _parked(prepared: Prepared, people: Rows, places: Rows) -> Made:
    rank, _ = _matched(prepared, people, places, "parked")
    return {"pair.parked": (rank >= 0) | prepared.people.person_parked[people]}


def _preference(prepared: Prepared, people: Rows, places: Rows) -> Made:
    _, entry = _matched(prepared, people, places, "preferred")
    # entry -1 is no preference: it meets the -1 put at the end
    marks = np.append(prepared.people.marks, np.int8(-1))[entry]
    return {"pair.preference_mark": (marks, marks >= 0)}


def _occupation(prepared: Prepared, people: Rows, places: Rows) -> Made:
    rank, _ = _matched(prepared, people, places, "wished")
    match = np.where(rank >= 0, 3 - rank, 0)
    return {"pair.occupation_match": (match, prepared.people.known["wished"][people])}


def _same_work(prepared: Prepared, people: Rows, places: Rows) -> Made:
    rank, _ = _matched(prepared, people, places, "done")
    known = (rank <= 0) & prepared.people.known["done"][people]
    return {"pair.same_work_before": (rank == 0, known)}


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
    return {"pair.coach_serves_site": rank >= 0}


def _proposed_last_run(prepared: Prepared, people: Rows, places: Rows) -> Made:
    key = people.astype(np.int64) * prepared.places.size + places
    at = np.searchsorted(prepared.proposed, key)
    found = np.append(prepared.proposed, -1)[at] == key
    return {"pair.proposed_last_run": found}


MAKERS: tuple[tuple[frozenset[str], Maker], ...] = (
    (
        frozenset({"pair.km", "pair.minutes", "pair.mode", "pair.journey_measured"}),
        _journey,
    ),
    (frozenset({"pair.mode_assumed"}), _mode_assumed),
    (frozenset({"pair.dayparts_missing"}), _dayparts),
    (frozenset({"pair.licences_missing"}), _missing("licences")),
    (frozenset({"pair.certificates_missing"}), _missing("certificates")),
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
    (frozenset({"pair.competences_shared", "pair.competences_asked"}), _shared("competences")),
    (frozenset({"pair.tags_shared", "pair.tags_asked"}), _shared("tags")),
    (frozenset({"pair.coach_serves_site"}), _coach),
    (frozenset({"pair.proposed_last_run"}), _proposed_last_run),
)
"""Which columns each maker gives, in the order of `matcher.domain.columns`."""
