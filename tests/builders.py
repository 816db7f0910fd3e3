"""
People, placements and pools in a line: defaults that suit each other, plus what a test is about.

``candidate(hours_min=20)`` and ``placement(level_required=3)`` are rows with every fact recorded;
``pool([...], [...])`` is a snapshot of them on `TODAY`.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from matcher.domain.columns import BEARING_DEMANDS
from matcher.domain.snapshot import CANDIDATE_SCHEMA, PLACEMENT_SCHEMA, PoolSnapshot

TODAY = date(2026, 3, 2)
UTRECHT = (52.09, 5.12)
ZEIST = (52.09, 5.23)
GRONINGEN = (53.22, 6.57)
GARDENER = "https://example.org/occupation/green-1"
TREE_CARER = "https://example.org/occupation/green-2"
COOK = "https://example.org/occupation/kitchen-1"

CANDIDATE: dict[str, Any] = {
    "id": "candidate-1",
    "version": 1,
    "pool": "pool-1",
    "coach": "coach-1",
    "municipality": "0344",
    "home": "3511",
    "latitude": UTRECHT[0],
    "longitude": UTRECHT[1],
    "max_travel_minutes": 45,
    "max_distance_km": None,
    "radius_code": None,
    "walks": True,
    "transport": ["bicycle"],
    "vehicle_for_work": False,
    "licences": ["B"],
    "certificates": ["VCA"],
    "languages": ["nld:oral:3", "nld:written:2"],
    "competences": ["https://example.org/competence/1"],
    "interests": ["outdoors"],
    "occupations_wished": [GARDENER],
    "sectors_wished": ["81300"],
    "preferences": [f"occupation:{GARDENER}:8"],
    "exclusions": [],
    "parkings": [],
    "hours_min": 16,
    "hours_max": 24,
    "office_hours": False,
    "irregular_work_ok": True,
    "dayparts": "1" * 21,
    "available_from": date(2026, 1, 1),
    "available_until": None,
    "heavy_work_ok": True,
    "work_level": 3,
    **{f"limit_{demand}": 3 for demand in BEARING_DEMANDS},
    "need_supervision": 1,
    "need_structure": 1,
    "needs_adaptation": False,
    "needs_variation": False,
    "guidance_need": "light",
    "ladder_step": 4,
    "wanted_training": "none",
    "waiting_since": date(2025, 3, 2),
    "sheltered_advice": None,
    "distance_class": "groot",
    "experience_recorded": True,
    "experience": [],
    "objects_to_automation": False,
    "deployed": False,
    "deployed_until": None,
    "follow_up_planned": False,
    "wants_to_continue": None,
}

PLACEMENT: dict[str, Any] = {
    "id": "placement-1",
    "version": 1,
    "pool": "pool-1",
    "shared": False,
    "employer": "employer-1",
    "title": "Garden work",
    "workplace": "site-1",
    "supervisor_group": None,
    "site": "3703",
    "latitude": ZEIST[0],
    "longitude": ZEIST[1],
    "shuttle_latitude": None,
    "shuttle_longitude": None,
    "shuttle_minutes": None,
    "kind": "wage_earning",
    "state": "open",
    "openings": 1,
    "taken": 0,
    "team": False,
    "group_free": None,
    "hours_min": 16,
    "hours_max": 32,
    "office_hours": True,
    "irregular_work": False,
    "dayparts": "110" * 5 + "000" * 2,
    "start_earliest": None,
    "start_latest": None,
    "closes_on": None,
    "season_months": [],
    "hourly_wage": 16.5,
    "minimum_wage": 14.71,
    "youth_scale": False,
    "licences_required": [],
    "certificates_required": [],
    "languages_required": [],
    "safety_languages_required": [],
    "level_required": None,
    "competences_wished": ["https://example.org/competence/1"],
    "essentials_without_reason": 0,
    "occupation": GARDENER,
    "sector": "81300",
    "tags": ["outdoors"],
    **{f"demand_{demand}": 1 for demand in BEARING_DEMANDS},
    "offer_supervision": 2,
    "offer_structure": 2,
    "guidance_offered": "medium",
    "supervisors": 1,
    "adaptation_possible": True,
    "adaptation_note": None,
    "variation_offered": True,
    "ladder_min": None,
    "ladder_step_up": None,
    "own_vehicle_for_work": False,
    "training_offered": "none",
    "training_recognised": True,
    "with_trial": False,
    "subsidised": False,
    "no_displacement_on": date(2026, 1, 1),
    "pso_level": "none",
    "code_in_force": False,
    "coaches": ["coach-1"],
}


def candidate(**facts: Any) -> dict[str, Any]:
    """Return a row of `PoolSnapshot.of` for a person, all facts recorded but those given."""
    return _row("candidate", CANDIDATE, facts)


def placement(**facts: Any) -> dict[str, Any]:
    """Return a row of `PoolSnapshot.of` for a placement, open and undemanding."""
    return _row("placement", PLACEMENT, facts)


def pool(
    candidates: Iterable[dict[str, Any]],
    placements: Iterable[dict[str, Any]],
    travel_times: Iterable[dict[str, Any]] = (),
    previous: Iterable[tuple[str, str]] = (),
    resources: Iterable[tuple[str, str, int]] = (),
) -> PoolSnapshot:
    """Return a snapshot of these rows on `TODAY`."""
    return PoolSnapshot.of(
        TODAY,
        candidates,
        placements,
        travel_times,
        [{"candidate.id": person, "placement.id": place} for person, place in previous],
        [
            {"limit": code, "group": group, "capacity": capacity}
            for code, group, capacity in resources
        ],
    )


def numbered(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows with ids 1, 2, 3 ... of their own kind."""
    found = []
    for number, row in enumerate(rows, start=1):
        side = next(iter(row)).partition(".")[0]
        found.append({**row, f"{side}.id": f"{side}-{number}"})
    return found


def _row(side: str, defaults: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    schema = CANDIDATE_SCHEMA if side == "candidate" else PLACEMENT_SCHEMA
    for name in facts:
        assert f"{side}.{name}" in schema, f"{side}.{name} is no column of a snapshot"
    return {f"{side}.{name}": value for name, value in {**defaults, **facts}.items()}
