"""
Who is served before whom: the tiers, in their default order.

The plan first proposes to as many people as possible of the first tier, then of the second, and
so on; only then points decide. A person belongs to the first tier whose condition is true. With
plain capacities this never lowers the number of people proposed, it only costs points.
"""

from typing import Annotated

import polars as pl

from matcher.domain.columns import candidate
from matcher.domain.definitions import Within, tier


@tier(source="pool policy: a year of work, not one job")
def keep_at_work(ends_within_days: Annotated[int, Within(0, 366, "days")] = 42) -> pl.Expr:
    """Keep at work: a deployment ends soon and the person wants to go on"""
    return (candidate.deployment_days_left <= ends_within_days) & candidate.wants_to_continue


@tier(source="pool policy: nobody is forgotten")
def longest_waiting(at_least_days: Annotated[int, Within(0, 3660, "days")] = 365) -> pl.Expr:
    """Longest waiting: the longest-waiting tenth, and waiting long"""
    return candidate.among_longest_waiting & (candidate.waiting_days >= at_least_days)


@tier(source="pool policy")
def everybody() -> pl.Expr:
    """Everybody else"""
    return candidate.id.is_not_null()


TIERS = (keep_at_work, longest_waiting, everybody)
