"""
The plan within limits: floors that cannot be met are named and left out, the rest is kept to.

Which way the answer is found, and how far it is proved, is told with the plan.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.policy import Policy
from matcher.errors import OutOfTime, SolverFailed
from matcher.optimisation.assignment import Limits, Outcome, assign_around
from matcher.optimisation.limiting import Binding
from matcher.optimisation.pinning import Agreed

Ints = NDArray[np.int64]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Bounded:
    """
    A plan within limits.

    Parameters
    ----------
    outcome
        The plan and its proof.
    binding
        The limits it keeps to: all but the floors that cannot be met.
    conflicts
        Floors that cannot be met, each with the limits of which none can be left out: all of them
        together have no plan. Not ``settled`` are floors for which no plan was found in time.
    """

    outcome: Outcome
    binding: Binding
    conflicts: tuple[dict[str, Any], ...] = ()


def assign_within(
    agreed: Agreed,
    openings: Ints,
    binding: Binding,
    *,
    tiers: Ints,
    tie: Ints,
    policy: Policy,
    progress: Progress | None = None,
) -> Bounded:
    """
    Return the best plan within the limits, or the best found with its gap.

    Raises
    ------
    SolverFailed
        The plan is worth more than its own bound, or without limits that search it is not proved.
    """
    conflicts: list[dict[str, Any]] = []
    while True:
        try:
            outcome = assign_once(
                agreed,
                openings,
                binding.limits,
                tiers=tiers,
                tie=tie,
                policy=policy,
                progress=progress,
            )
        except OutOfTime:
            floors = [row for row, (at, _) in enumerate(binding.row_of) if binding.uses[at].floor]
            if not floors:
                raise
            # A plan without them is better than no plan; that nothing is proved of them is told.
            conflicts.append(_named(binding, tuple(floors), settled=False))
            binding = binding.without(frozenset(floors))
            continue
        if outcome.status != "infeasible":
            return Bounded(outcome, binding, tuple(conflicts))
        # Without floors the empty plan keeps to every limit, so some of them are floors.
        floors = [row for row in outcome.conflict if binding.uses[binding.row_of[row][0]].floor]
        if not floors:
            raise SolverFailed("No plan that holds all pins was found within the limits.")
        conflicts.append(_named(binding, outcome.conflict))
        binding = binding.without(frozenset(floors))


def assign_once(
    agreed: Agreed,
    openings: Ints,
    limits: Limits,
    *,
    tiers: Ints,
    tie: Ints,
    policy: Policy,
    progress: Progress | None = None,
) -> Outcome:
    """
    Return the outcome of `assign` as a policy wants it, checked against its own bound.

    Raises
    ------
    SolverFailed
        Its certificate does not hold.
    """
    searched = len(limits) > 0 or bool(agreed.logic)
    outcome = assign_around(
        agreed.pairs,
        openings,
        agreed.fixed,
        n_candidates=tiers.size,
        logic=agreed.logic,
        tiers=tiers,
        tie=tie,
        limits=limits if len(limits) else None,
        time_limit_seconds=float(policy.value("engine", "time_limit_seconds"))
        if searched
        else None,
        relative_gap=float(policy.value("engine", "relative_gap")) if searched else 0.0,
        seed=policy.seed,
        progress=progress,
    )
    exact = outcome.method == "flow" and outcome.status != "time_limit"
    if outcome.bound < outcome.value or (exact and outcome.bound != outcome.value):
        raise SolverFailed(
            f"the plan is worth {outcome.value}, and {outcome.bound} is not ruled out"
        )
    return outcome


def prices_of_floors(
    agreed: Agreed, openings: Ints, bounded: Bounded, *, tiers: Ints, tie: Ints, policy: Policy
) -> dict[str, dict[str, int | bool]]:
    """
    Return for each floor that is kept what the plan is with it and without it.

    ``people`` of the group who have a proposal, ``all`` who have one, and ``points`` of the whole;
    ``exact`` where both plans are proved best.
    """
    binding, pairs, found = bounded.binding, agreed.pairs, {}
    limits = binding.limits
    for row, (at, _) in enumerate(binding.row_of):
        use = binding.uses[at]
        if not use.floor:
            continue
        rest = binding.without(frozenset({row})).limits
        try:
            other = assign_once(agreed, openings, rest, tiers=tiers, tie=tie, policy=policy)
        except OutOfTime:
            continue  # other floors are left, and a price that was not found is not told
        group = np.zeros(len(pairs), np.bool_)
        group[limits.pair[limits.resource == row]] = True
        told: dict[str, int | bool] = {"exact": bounded.outcome.status == other.status == "optimal"}
        for name, outcome in (("", bounded.outcome), ("_without", other)):
            told["people" + name] = int((outcome.chosen & group).sum())
            told["all" + name] = outcome.placed
            told["points" + name] = int(pairs.points[outcome.chosen].sum())
        found[use.code] = told
    return found


def told_limits(
    bounded: Bounded, rates: pl.DataFrame, floors: dict[str, dict[str, int | bool]]
) -> dict[str, Any]:
    """
    Return by limit what the whole pool has and uses, and what one more unit could be worth.

    Returns
    -------
    For each limit, ceiling and floor: ``kind``, ``unit``, how many ``groups`` have a number, how
    many are ``full`` (nobody more fits), ``capacity`` and ``used`` of all together; for a limit
    ``one_more``: what one more unit counts for at most, in people of the last tier, in the group
    where it is worth most (a bound, read from the rates, and no promise); for a floor ``price``,
    the plan with it and without it, if it is kept.
    """
    binding, outcome = bounded.binding, bounded.outcome
    least = {}
    for row, (at, group) in enumerate(binding.row_of):
        amounts = binding.limits.amount[binding.limits.resource == row]
        least[binding.uses[at].code, binding.uses[at].groups[group]] = int(amounts.min(initial=1))
    person = int(outcome.worth.min()) if outcome.worth.size else 0
    found: dict[str, Any] = {}
    for (code,), rows in rates.group_by("limit", maintain_order=True):
        needs = [max(least.get((str(code), group), 1), 1) for group in rows["group"]]
        full = rows["capacity"] - rows["used"] < pl.Series(needs)
        kind = rows["kind"][0]
        told: dict[str, Any] = {
            "kind": kind,
            "unit": rows["unit"][0],
            "groups": rows.height,
            "full": int(full.sum()),
            "capacity": None if rows["capacity"].null_count() else int(rows["capacity"].sum()),
            "used": int(rows["used"].sum()),
        }
        if kind == "limit":
            most = float(rows["rate"].max() or 0.0)  # type: ignore[arg-type]
            told["one_more"] = round(most / person, 4) if person else None
        if kind == "floor":
            told |= {"full": 0, "price": floors.get(str(code))}
        found[str(code)] = told
    return found


def solver_of(bounded: Bounded) -> str:
    """Return the method of a plan, for people."""
    if bounded.outcome.method == "logic":
        return "min-cost flow, CP-SAT on teams and companions"
    if bounded.outcome.method == "search":
        return "prices on limits, branch and bound"
    return "min-cost flow, nested limits" if len(bounded.binding.limits) else "min-cost flow"


def _named(binding: Binding, rows: tuple[int, ...], *, settled: bool = True) -> dict[str, Any]:
    """Return a conflict by the names of its limits and floors."""
    found: dict[str, Any] = {"floors": [], "limits": [], "settled": settled}
    for row in rows:
        at, group = binding.row_of[row]
        use = binding.uses[at]
        told = {"limit": use.code, "group": use.groups[group], "capacity": int(use.capacity[group])}
        found["floors" if use.floor else "limits"].append(told)
    return found
