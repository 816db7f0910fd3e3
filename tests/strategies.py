"""
Whole small pools for property tests, as snapshots.

A row is one that suits everything, with some facts replaced: so an example shrinks to the facts
that matter.
"""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from matcher.domain.columns import BEARING_DEMANDS, GUIDANCE_LEVELS, PLACEMENT_KINDS, TRAININGS
from matcher.domain.policy import Policy
from matcher.domain.snapshot import PoolSnapshot
from tests.builders import (
    COOK,
    GARDENER,
    GRONINGEN,
    TODAY,
    TREE_CARER,
    UTRECHT,
    ZEIST,
    candidate,
    numbered,
    placement,
    pool,
)

YES_NO = (True, False, None)
LEVELS = (0, 1, 2, 3, None)
DAYS = (None, *(TODAY + timedelta(days=d) for d in (-400, -30, 0, 20, 41, 42, 43, 100)))
PLACES = (UTRECHT, ZEIST, (52.16, 5.38), (52.0, 5.0), GRONINGEN, (None, None), (52.095, 5.125))
PC4 = ("3511", "3703", "3811", None)
WEEKS = ("1" * 21, "0" * 21, "110" * 5 + "000" * 2, "001" * 7, None)
OCCUPATIONS = (GARDENER, TREE_CARER, COOK, None)
SECTORS = ("81300", "81210", "56101", None)

CANDIDATE_FACTS: dict[str, tuple[Any, ...]] = {
    "pool": ("pool-1", "pool-2"),
    "coach": ("coach-1", "coach-2", None),
    "municipality": ("0344", "0014", None),
    "home": PC4,
    "max_travel_minutes": (0, 5, 20, 45, 120, None),
    "max_distance_km": (1, 8, 30, None),
    "radius_code": (1, 3, 9, None),
    "walks": YES_NO,
    "transport": (None, [], ["bicycle"], ["car"], ["public_transport", "moped"], ["other"]),
    "vehicle_for_work": YES_NO,
    "licences": (None, [], ["B"], ["CE"], ["AM"], ["BE", "T"]),
    "certificates": (None, [], ["VCA"], ["VCA", "HACCP"], ["another"]),
    "languages": (None, [], ["nld:oral:1"], ["nld:oral:3", "eng:oral:2"], ["nld:written:4"]),
    "competences": (None, [], ["x"], ["https://example.org/competence/1", "y"]),
    "interests": (None, [], ["outdoors", "animals"], ["cooking"]),
    "occupations_wished": (None, [], [GARDENER], [COOK, TREE_CARER]),
    "sectors_wished": (None, [], ["81300"], ["56101", "81210"]),
    "preferences": (
        None,
        [],
        [f"occupation:{GARDENER}:2", "sector:81300:9"],
        ["sector:56:4", f"occupation:{COOK}:0"],
        ["placement:placement-1:10", "sector:81:1"],
        ["placement:placement-2:0"],
    ),
    "exclusions": (
        None,
        [],
        ["employer:employer-1"],
        ["kind:learning", "sector:56"],
        [f"occupation:{GARDENER}"],
        ["placement:placement-2"],
        ["sector:81300"],
    ),
    "parkings": (None, [], ["pair:placement-1"], ["kind:wage_earning"], ["person:"]),
    "hours_min": (0, 8, 24, 36, None),
    "hours_max": (8, 12, 24, 40, None),
    "office_hours": YES_NO,
    "irregular_work_ok": YES_NO,
    "dayparts": WEEKS,
    "available_from": DAYS,
    "available_until": DAYS,
    "heavy_work_ok": YES_NO,
    "work_level": (1, 3, 6, None),
    **{f"limit_{demand}": LEVELS for demand in BEARING_DEMANDS},
    "need_supervision": LEVELS,
    "need_structure": LEVELS,
    "needs_adaptation": YES_NO,
    "needs_variation": YES_NO,
    "guidance_need": (*GUIDANCE_LEVELS, None),
    "ladder_step": (1, 3, 6, None),
    "wanted_training": (*TRAININGS, None),
    "waiting_since": (date(2020, 1, 1), date(2025, 1, 1), TODAY, date(2026, 4, 1), None),
    "sheltered_advice": DAYS,
    "experience_recorded": YES_NO,
    "experience": (
        None,
        [],
        [f"employer-1:{TREE_CARER}"],
        ["employer-1:"],
        [f"employer-2:{COOK}", f"employer-1:{COOK}"],
    ),
    "objects_to_automation": YES_NO,
    "deployed": YES_NO,
    "deployed_until": DAYS,
    "follow_up_planned": YES_NO,
    "wants_to_continue": YES_NO,
}

PLACEMENT_FACTS: dict[str, tuple[Any, ...]] = {
    "pool": ("pool-1", "pool-2"),
    "shared": YES_NO,
    "employer": ("employer-1", "employer-2"),
    "workplace": ("site-1", "site-2", None),
    "supervisor_group": ("group-1", "group-2", None),
    "site": PC4,
    "shuttle_minutes": (0, 10, 60, None),
    "kind": PLACEMENT_KINDS,
    "state": ("open", "paused"),
    "openings": (0, 1, 2, 3),
    "taken": (0, 1),
    "group_free": (0, 1, None),
    "hours_min": (0, 8, 24, 36, None),
    "hours_max": (8, 12, 24, 40, None),
    "office_hours": YES_NO,
    "irregular_work": YES_NO,
    "dayparts": WEEKS,
    "start_earliest": DAYS,
    "start_latest": DAYS,
    "closes_on": DAYS,
    "season_months": ([], [3, 4], [8], [12, 1], [4]),
    "licences_required": ([], ["B"], ["C", "B"], ["AM"], ["T"]),
    "certificates_required": ([], ["VCA"], ["HACCP", "VCA"]),
    "languages_required": ([], ["nld:oral:2"], ["nld:oral:3", "eng:oral:1"], ["nld:written:1"]),
    "safety_languages_required": ([], ["nld:oral:2"], ["eng:oral:3"]),
    "level_required": (1, 3, 6, None),
    "competences_wished": ([], ["x", "y"], ["https://example.org/competence/1"]),
    "occupation": OCCUPATIONS,
    "sector": SECTORS,
    "tags": ([], ["outdoors", "animals", "tools"], ["cooking"]),
    **{f"demand_{demand}": LEVELS for demand in BEARING_DEMANDS},
    "offer_supervision": LEVELS,
    "offer_structure": LEVELS,
    "guidance_offered": (*GUIDANCE_LEVELS, None),
    "adaptation_possible": YES_NO,
    "variation_offered": YES_NO,
    "ladder_min": (1, 3, 6, None),
    "ladder_step_up": (3, 6, None),
    "own_vehicle_for_work": YES_NO,
    "training_offered": (*TRAININGS, None),
    "with_trial": YES_NO,
    "pso_level": ("none", "1", "2", "30plus", None),
    "code_in_force": YES_NO,
    "coaches": ([], ["coach-1", "coach-2"], ["coach-2"]),
}


def _facts(choices: dict[str, tuple[Any, ...]], most: int) -> st.SearchStrategy[dict[str, Any]]:
    """Return some columns with other values; the first choice is the simplest."""
    pairs = [(name, value) for name, values in choices.items() for value in values]
    return st.lists(st.sampled_from(pairs), max_size=most).map(dict)


@st.composite
def candidates(draw: st.DrawFn) -> dict[str, Any]:
    """One person."""
    latitude, longitude = draw(st.sampled_from(PLACES))
    return candidate(latitude=latitude, longitude=longitude, **draw(_facts(CANDIDATE_FACTS, 8)))


@st.composite
def placements(draw: st.DrawFn) -> dict[str, Any]:
    """One placement."""
    latitude, longitude = draw(st.sampled_from(PLACES))
    stop = draw(st.sampled_from(((None, None), *PLACES)))
    return placement(
        latitude=latitude,
        longitude=longitude,
        shuttle_latitude=stop[0],
        shuttle_longitude=stop[1],
        **draw(_facts(PLACEMENT_FACTS, 8)),
    )


JOURNEYS = st.lists(
    st.fixed_dictionaries(
        {
            # mostly between where people live and where work is, unless an example says otherwise
            "home": st.sampled_from(("3511", "3511", "3511", "3811")),
            "site": st.sampled_from(("3703", "3703", "3703", "3511")),
            "mode": st.sampled_from(("bicycle", "walking", "car", "public_transport", "shuttle")),
            "minutes": st.sampled_from((0.0, 4.5, 20.0, 44.6, 90.0, 400.0)),
            "source": st.just("measured"),
        }
    ),
    max_size=4,
    unique_by=lambda row: (row["home"], row["site"], row["mode"]),
)


@st.composite
def pools(draw: st.DrawFn, most_people: int = 5, most_placements: int = 5) -> PoolSnapshot:
    """A small pool: people, placements, measured journeys and proposals of the last run."""
    people = numbered(draw(st.lists(candidates(), min_size=1, max_size=most_people)))
    places = numbered(draw(st.lists(placements(), min_size=1, max_size=most_placements)))
    previous = draw(
        st.lists(
            st.tuples(
                st.sampled_from([row["candidate.id"] for row in people]),
                st.sampled_from([row["placement.id"] for row in places]),
            ),
            max_size=2,
            unique=True,
        )
    )
    return pool(people, places, draw(JOURNEYS), previous)


policies = st.sampled_from(
    (
        "",
        "[reachable]\nmargin_minutes = 15",
        "[journey]\ndefault_limit_minutes = 20\ndetour_factor = 1.0",
        "[demands_bearable]\nadaptation_levels = 3\n[kept_proposal]\npoints = 400",
        "[tiers]\norder = ['longest_waiting', 'everybody']\n[longest_waiting]\nat_least_days = 1",
        "[not_deployed_then]\nhorizon_days = 120\n[available_in_window]\nshortest_stay_days = 0",
        "[run]\nseed = 7\n[short_journey]\npoints = 0\nworthless_from_minutes = 30",
    )
).map(Policy.from_toml)
