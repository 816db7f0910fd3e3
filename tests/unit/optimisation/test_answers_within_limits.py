"""Within limits nothing is claimed that listing every plan does not bear out."""

from itertools import product

import numpy as np
import polars as pl
import pytest

from matcher.domain.policy import Policy
from matcher.domain.snapshot import PoolSnapshot
from matcher.optimisation.inquiries.of_candidate import answer_candidate
from matcher.optimisation.inquiries.of_pair import answer_pair
from matcher.optimisation.solving import Solved, solve
from tests.unit.optimisation.test_resource_advice import scarce, silent

DEFAULT = Policy.from_toml('[limits]\ncoach_hours = "hard"')
NOWHERE = -1


def few(seed: int) -> PoolSnapshot:
    """Five people and three placements whose coaches and supervisors are short of time."""
    snapshot = scarce(seed)
    return PoolSnapshot(
        today=snapshot.today,
        candidates=snapshot.candidates.sort("candidate.id").head(5),
        placements=snapshot.placements.sort("placement.id").head(3),
        travel_times=snapshot.travel_times,
        previous=snapshot.previous,
        resources=snapshot.resources,
    )


def best_with_each(solved: Solved) -> dict[tuple[int, int], tuple[int, ...]]:
    """Return the goals of the best of all plans with each pair, people by tier and points."""
    pairs, pool, limits = solved.pairs, solved.pool, solved.bounded.binding.limits
    row = {(int(i), int(j)): k for k, (i, j) in enumerate(zip(pairs.candidate, pairs.placement,
                                                              strict=True))}  # fmt: skip
    options = [
        [NOWHERE, *(j for i, j in row if i == person)]
        for person in range(pool.prepared.people.size)
    ]
    use = np.zeros((len(pairs), len(limits)), np.int64)
    use[limits.pair, limits.resource] = limits.amount
    best: dict[tuple[int, int], tuple[int, ...]] = {}
    for plan in product(*options):
        rows = [row[i, j] for i, j in enumerate(plan) if j != NOWHERE]
        taken = np.bincount([j for j in plan if j != NOWHERE], minlength=pool.openings.size)
        if (taken > pool.openings).any() or (use[rows].sum(axis=0) > limits.capacity).any():
            continue
        tiers = np.bincount(pool.tier[pairs.candidate[rows]], minlength=len(pool.tier_codes))
        goals = (*tiers.tolist(), int(pairs.points[rows].sum()))
        for i, j in enumerate(plan):
            if j != NOWHERE:
                best[i, j] = max(best.get((i, j), goals), goals)
    return best


@pytest.mark.parametrize("seed", range(25))
def test_what_is_told_as_exact_is_the_best_of_all_plans(seed: int) -> None:
    solved = solve(few(seed), DEFAULT)
    people = solved.pool.prepared.candidates["candidate.id"].to_list()
    places = solved.pool.prepared.placements["placement.id"].to_list()
    chosen = solved.outcome.chosen
    tiers = np.bincount(
        solved.pool.tier[solved.pairs.candidate[chosen]], minlength=len(solved.pool.tier_codes)
    )
    present = (*tiers.tolist(), solved.outcome.points)
    best = best_with_each(solved)
    for i, person in enumerate(people):
        told = {each["placement"]: each for each in answer_candidate(solved, person, 50)["others"]}
        for place in told:
            alternative = answer_pair(solved, person, place, silent)["alternative"]
            assert alternative["exact"] or solved.outcome.status != "optimal"
            for each in (told[place], alternative):
                lost = [each["loss"]["people"].get(code, 0) for code in solved.pool.tier_codes]
                after = tuple(
                    have - less
                    for have, less in zip(present, [*lost, each["loss"]["points"]], strict=True)
                )
                truth = best[i, places.index(place)]
                assert after == truth if each["exact"] else after <= truth


def test_these_pools_are_short_of_something() -> None:
    limited = [solve(few(seed), DEFAULT).bounded.binding.limits for seed in range(25)]
    assert sum(len(each) > 0 for each in limited) > 10


def test_a_pair_that_no_plan_can_hold_has_no_price() -> None:
    snapshot = few(0)
    nothing = snapshot.resources.with_columns(capacity=pl.lit(0, pl.Int64))
    solved = solve(
        PoolSnapshot(
            today=snapshot.today,
            candidates=snapshot.candidates,
            placements=snapshot.placements,
            travel_times=snapshot.travel_times,
            previous=snapshot.previous,
            resources=nothing.filter(pl.col("limit") == "coach_hours"),
        ),
        DEFAULT,
    )
    assert solved.outcome.placed == 0
    told = answer_pair(solved, "candidate-1", solved.pool.prepared.placements["placement.id"][0],
                       silent)  # fmt: skip
    assert told["eligible"]
    assert told["alternative"] is None
