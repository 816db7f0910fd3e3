"""What one more of a resource brings: an hour of a coach, a supervisor, room on a site."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from matcher.domain.changes import AddCapacity
from matcher.domain.columns import placement
from matcher.domain.imagining import PEOPLE_PER_SUPERVISOR
from matcher.domain.snapshot import PoolSnapshot
from matcher.optimisation.inquiries.telling import Standing, best_first, both_best, gain_between
from matcher.optimisation.inquiries.trying import GROUP
from matcher.optimisation.limiting import rates_of
from matcher.optimisation.solving import Progress, Solved, solve

ONE_MORE: Mapping[str, tuple[int, str]] = {
    GROUP: (PEOPLE_PER_SUPERVISOR, "one more supervisor"),
    "coach_hours": (60, "one more hour a week of a coach"),
    "caseload": (1, "one more person in a coach's caseload"),
    "site": (1, "room for one more person on a site"),
    "employer_starts": (1, "one more start within the horizon"),
}
"""By limit how much is added, in its unit, and what that is for people."""


def best_resources(solved: Solved, top: int, tell: Progress) -> tuple[list[dict[str, Any]], int]:
    """
    Return the resources of which one more brings most, and how many were weighed.

    Weighed are those that can stand in somebody's way. Those with the highest rate are tried
    first, then those with least left; what each brings is that of the pool solved again with it.
    """
    chosen = solved.outcome.chosen
    people, places = solved.pairs.candidate[chosen], solved.pairs.placement[chosen]
    binding = solved.bounded.binding
    rates = rates_of(binding, solved.pool.prepared, people, places, solved.outcome.rates)
    # not only those that are used up: what is left may be too little for anybody
    can_bind = pl.DataFrame(
        [(binding.uses[at].code, binding.uses[at].groups[group]) for at, group in binding.row_of],
        schema={"limit": pl.String, "group": pl.String},
        orient="row",
    ).with_columns(can_bind=True)
    left = pl.col("capacity") - pl.col("used")
    step = pl.col("limit").replace_strict({code: add for code, (add, _) in ONE_MORE.items()})
    scarce = (
        rates.filter(pl.col("limit").is_in(list(ONE_MORE)) & (pl.col("kind") == "limit"))
        .join(can_bind, on=["limit", "group"], how="left")
        .filter(pl.col("can_bind") | (left <= 0))
        .sort(-pl.col("rate") * step, left, "limit", "group")
    )
    before = Standing.of(solved)
    found = []
    most = scarce.head(top)
    for done, (limit, group) in enumerate(most.select("limit", "group").iter_rows()):
        tell("resources", done, most.height)
        add, meaning = ONE_MORE[limit]
        again = solve(with_more(solved.snapshot, limit, group, add), solved.policy)
        found.append(
            {
                "limit": limit,
                "group": group,
                "add": add,
                "text": meaning,
                "gain": gain_between(before, Standing.of(again)),
                "exact": both_best(solved, again),
            }
        )
    tell("resources", most.height, most.height)
    return best_first(found, solved), scarce.height


def with_more(snapshot: PoolSnapshot, limit: str, group: str, add: int) -> PoolSnapshot:
    """Return the snapshot with more of a resource; supervisors guide at all their placements."""
    more = AddCapacity(limit, group, add).on_snapshot(snapshot)
    if limit != GROUP:
        return more
    here = (placement.supervisor_group == group).fill_null(False)
    free = pl.when(here).then(placement.group_free + add).otherwise(placement.group_free)
    return replace(more, placements=more.placements.with_columns(free))
