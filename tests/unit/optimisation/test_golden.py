"""
One named pool of 200 people and 80 placements, and what its plan must be.

When a rule, a term or a tier changes on purpose, look at what changed here, and whether it was
meant; then write the new totals down.
"""

import hashlib
from dataclasses import asdict

from matcher.domain.plan import Plan
from matcher.domain.policy import Policy
from matcher.optimisation.planning import plan
from tests import synthetic

SEED = 1

TOTALS = {
    "candidates": 200,
    "seeking": 165,
    "placed": 37,
    "points": 19717,
    "placements": 80,
    "openings": 133,
    "openings_left": 96,
    "pairs": 169,
    "pairs_eligible": 166,
    "without_eligible": 91,
    "longest_waiting": 17,
    "longest_waiting_placed": 7,
    "sampled_people": 128,
    "tiers": {"keep_at_work": 2, "longest_waiting": 16, "everybody": 147},
    "placed_by_tier": {"keep_at_work": 0, "longest_waiting": 7, "everybody": 30},
    "refusals": {
        "reachable": 96,
        "dayparts_covered": 71,
        "support_offered": 60,
        "demands_bearable": 30,
        "licence_held": 24,
        "ladder_reached": 15,
        "certificate_held": 14,
        "hours_overlap": 10,
        "vehicle_for_work": 10,
        "sheltered_has_advice": 10,
        "level_met": 3,
    },
    "gates": {
        "is_open": 5,
        "not_past_closing": 0,
        "has_openings_left": 5,
        "is_in_season": 10,
        "site_known": 0,
        "essentials_have_reason": 1,
        "pays_minimum_wage": 4,
        "training_is_recognised": 6,
        "no_displacement_declared": 2,
        "supervisor_present": 0,
    },
}


def golden_plan() -> Plan:
    return plan(synthetic.snapshot(200, 80, SEED), Policy.default())


def digest(made: Plan) -> str:
    pairs = made.proposals.select("candidate.id", "placement.id", "points", "tier").rows()
    return hashlib.sha256(repr(pairs).encode()).hexdigest()[:16]


def test_the_totals() -> None:
    totals = asdict(golden_plan().totals)
    assert {name: totals[name] for name in TOTALS} == TOTALS


def test_the_proof_and_who_waits() -> None:
    made = golden_plan()
    assert (made.proof.value, made.proof.bound) == (19745, 19745)
    assert made.unplaced.height == 128
    assert made.unplaced["eligible"].eq(0).sum() == 91


def test_the_same_pairs_twice() -> None:
    first, second = golden_plan(), golden_plan()
    assert digest(first) == digest(second)
    assert first.proposals.equals(second.proposals)
