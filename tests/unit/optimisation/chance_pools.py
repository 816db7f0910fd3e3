"""Seeded small pools in which people compete, some are refused, and tiers differ."""

import random
from datetime import date, timedelta
from typing import Any

from matcher.domain.snapshot import PoolSnapshot
from tests.builders import (
    COOK,
    GARDENER,
    TODAY,
    TREE_CARER,
    UTRECHT,
    ZEIST,
    candidate,
    numbered,
    placement,
    pool,
)

PLACES = {"3511": UTRECHT, "3703": ZEIST, "3811": (52.16, 5.38)}
WORK = (GARDENER, TREE_CARER, COOK)


def chance_pool(seed: int, people: int = 7, placements: int = 5) -> PoolSnapshot:
    """Return a pool of this seed; about half of its pairs are eligible."""
    chance = random.Random(seed)
    return pool(
        numbered(_person(chance) for _ in range(people)),
        numbered(_place(chance) for _ in range(placements)),
    )


def shuffled(snapshot: PoolSnapshot) -> PoolSnapshot:
    """Return the same pool with its rows the other way round."""
    return PoolSnapshot(
        today=snapshot.today,
        candidates=snapshot.candidates.reverse(),
        placements=snapshot.placements.reverse(),
        travel_times=snapshot.travel_times,
        previous=snapshot.previous,
    )


def _person(chance: random.Random) -> dict[str, Any]:
    home = chance.choice(list(PLACES))
    most = chance.choice((12, 20, 32))
    ends = TODAY + timedelta(days=chance.choice((10, 200)))
    at_work = chance.random() < 0.2
    return candidate(
        home=home,
        latitude=PLACES[home][0] if chance.random() < 0.9 else None,
        longitude=PLACES[home][1],
        max_travel_minutes=chance.choice((15, 45, 60)),
        max_distance_km=chance.choice((None, None, 6)),
        transport=chance.choice((["bicycle"], ["bicycle"], ["car"], [])),
        walks=chance.random() < 0.5,
        hours_min=chance.choice((8, most)),
        hours_max=most,
        dayparts=chance.choice(("1" * 21, "100" * 7)),
        irregular_work_ok=chance.random() < 0.7,
        licences=chance.choice((["B"], [], None)),
        certificates=chance.choice((["VCA"], [])),
        languages=chance.choice((["nld:oral:3"], ["nld:oral:1"])),
        limit_lifting=chance.choice((3, 1, 0)),
        heavy_work_ok=chance.random() < 0.7,
        need_structure=chance.choice((1, 3)),
        needs_adaptation=chance.random() < 0.2,
        guidance_need=chance.choice(("none", "light", "intensive")),
        occupations_wished=[chance.choice(WORK)],
        preferences=[f"occupation:{chance.choice(WORK)}:{chance.randint(0, 10)}"],
        exclusions=["employer:employer-2"] if chance.random() < 0.15 else [],
        waiting_since=date(2026, 3, 1) - timedelta(days=chance.randint(0, 900)),
        deployed=at_work,
        deployed_until=ends if at_work else None,
        wants_to_continue=at_work,
    )


def _place(chance: random.Random) -> dict[str, Any]:
    site = chance.choice(list(PLACES))
    fewest = chance.choice((8, 16, 24))
    openings = chance.randint(1, 3)
    return placement(
        title=f"Work of {fewest} hours",
        site=site,
        latitude=PLACES[site][0],
        longitude=PLACES[site][1],
        employer=chance.choice(("employer-1", "employer-1", "employer-2")),
        occupation=chance.choice(WORK),
        openings=openings,
        taken=openings if chance.random() < 0.15 else 0,
        group_free=chance.choice((None, None, 1)),
        hours_min=fewest,
        hours_max=fewest + 8,
        dayparts=chance.choice(("1" * 3 + "0" * 18, "100" * 7)),
        irregular_work=chance.random() < 0.2,
        licences_required=chance.choice(([], [], ["B"])),
        certificates_required=chance.choice(([], [], ["VCA"])),
        safety_languages_required=chance.choice(([], [], ["nld:oral:2"])),
        demand_lifting=chance.choice((1, 2, 3)),
        adaptation_possible=chance.random() < 0.5,
        offer_structure=chance.choice((1, 3)),
        guidance_offered=chance.choice(("none", "medium", "intensive")),
        supervisors=1,
        level_required=chance.choice((None, None, 4)),
    )
