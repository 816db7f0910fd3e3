"""
What else was possible for each proposed person, and what it would have cost others.

Exact where it can be: without limits that bind, or where these nest, by shortest paths against
prices and rates. Limits that were searched leave room between what is found and what is proved;
then the loss is of a plan that was found, and so is marked.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.errors import SolverFailed
from matcher.optimisation.assignment import Limits, Outcome, Pairs
from matcher.optimisation.assignment.alternatives import Move, alternatives_of_candidate
from matcher.optimisation.assignment.residual import Residual
from matcher.optimisation.exchanges import Exchanges

KEPT = 3
"""So many are stored with a proposal, the least loss first."""
MOST_PAIRS = 2_000_000
"""With more eligible pairs than this nothing is stored: it would take longer than the plan."""
TOLD_EVERY = 500

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Present:
    """
    A plan to look around in.

    Parameters
    ----------
    pairs, openings, tier, limits
        What was solved; ``tier`` from 0, shape (n_candidates,).
    outcome
        Its plan.
    tier_codes, placement_ids
        How tiers and placements are named.
    """

    pairs: Pairs
    openings: Ints
    outcome: Outcome
    tier: Ints
    limits: Limits
    tier_codes: Sequence[str]
    placement_ids: Sequence[str]


def alternatives_of_proposals(present: Present, tell: Callable[[int, int], None]) -> pl.Series:
    """
    Return the best other placements of every proposed person as JSON, in the order of the pairs.

    Each names its ``placement``, the ``people`` who would have a proposal less by tier (above 0) or
    more (below 0), the ``points`` less of the whole plan, how many ``others`` would move, and
    whether it is ``exact``: what solving the whole pool again with that pair fixed would give. If
    not, that plan keeps to all limits, and a better one may exist. A pool of more than
    `MOST_PAIRS` eligible pairs gets empty lists.
    """
    people = present.pairs.candidate[present.outcome.chosen]
    if not people.size or len(present.pairs) > MOST_PAIRS:
        return pl.Series("alternatives", ["[]"] * people.size, pl.String)
    look = _look_around(present)
    told: list[str] = []
    for done, person in enumerate(people):
        if done % TOLD_EVERY == 0:
            tell(done, people.size)
        told.append(json.dumps(look(int(person))))
    tell(people.size, people.size)
    return pl.Series("alternatives", told, pl.String)


def _look_around(present: Present) -> Callable[[int], list[dict[str, Any]]]:
    exchanges = Exchanges(
        present.pairs, present.openings, present.outcome, present.tier, present.limits
    )
    residual, scale = _residual(present)

    def by_paths(person: int) -> list[dict[str, Any]]:
        assert residual is not None
        found = []
        for each in alternatives_of_candidate(residual, person, top=KEPT):
            # The path is the least loss against prices and rates; if its plan keeps to the limits
            # and loses no more than that, nothing is better.
            kept = exchanges.kept_by(each.moves)
            value = exchanges.value_lost(each.moves)
            if kept:
                exact = scale == 0 or each.loss == scale * value
                found.append(_plain(present, exchanges, each.placement, each.moves, exact))
        return found

    def by_exchanges(person: int) -> list[dict[str, Any]]:
        return [
            _plain(present, exchanges, moves[0].takes, moves, False)
            for moves in exchanges.around(person, KEPT)
        ]

    return by_exchanges if residual is None else by_paths


def _residual(present: Present) -> tuple[Residual | None, int]:
    """
    Return the exchanges against prices and rates, and how many units of length are one point.

    0 units: lengths keep the order of goals themselves. None where no prices prove the plan.
    """
    pairs, outcome, limits = present.pairs, present.outcome, present.limits
    if outcome.method != "flow" or outcome.status != "optimal":
        return None, 0
    if not outcome.rates.any():
        residual = Residual.of(pairs, present.openings, outcome, tiers=present.tier, in_order=True)
        return residual, 0
    profit = THOUSANDTHS * (pairs.points + outcome.worth[pairs.candidate])
    np.subtract.at(profit, limits.pair, limits.amount * outcome.rates[limits.resource])
    total = int(profit[outcome.chosen].sum())
    as_points = replace(
        outcome,
        worth=np.zeros_like(outcome.worth),
        points=total,
        value=total,
        bound=total,
        prices=THOUSANDTHS * outcome.prices,
        surplus=THOUSANDTHS * outcome.surplus,
    )
    adjusted = Pairs(pairs.candidate, pairs.placement, profit)
    try:
        found = Residual.of(adjusted, present.openings, as_points, most_first=False)
    except SolverFailed:
        # rates of amounts above one are rounded, and rounded rates may not close the certificate
        return None, 0
    return found, THOUSANDTHS


THOUSANDTHS = 1000


def _plain(
    present: Present,
    exchanges: Exchanges,
    placement: int | None,
    moves: Sequence[Move],
    exact: bool,
) -> dict[str, Any]:
    assert placement is not None
    fewer = exchanges.people_lost(moves)
    return {
        "placement": present.placement_ids[placement],
        "people": {
            code: int(count)
            for code, count in zip(present.tier_codes, fewer, strict=False)
            if count
        },
        "points": exchanges.points_lost(moves),
        "others": len({move.candidate for move in moves} - {moves[0].candidate}),
        "exact": exact,
    }
