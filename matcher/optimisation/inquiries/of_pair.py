"""
One pair: what it would cost, or the cheapest change that opens it.

A lever is told only after the rules were asked again with the changed facts and the whole pool was
solved again: whether the pair is eligible then, whether it would be proposed, and what the whole
gains or loses.
"""

from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import polars as pl

from matcher.domain.levers import Lever
from matcher.optimisation.inquiries.refusing import failing_gates, failing_rules, levers_of
from matcher.optimisation.inquiries.resolving import solved_again, standing_of
from matcher.optimisation.inquiries.telling import Standing
from matcher.optimisation.inquiries.trying import (
    Facts,
    as_changes,
    facts_of,
    judged,
    with_steps,
)
from matcher.optimisation.solving import Progress, Solved

ONE_MORE = "one_more_opening"


def answer_pair(solved: Solved, candidate: str, placement: str, tell: Progress) -> dict[str, Any]:
    """
    Return what stands between a person and a placement, and what would take it away.

    Returns
    -------
    ``refused_by``, the gates and rules that refuse; ``eligible`` and ``proposed``; for an eligible
    pair that was not chosen ``alternative``, what the plan with it loses. ``levers`` has every
    lever of the policy that bears on it, in the policy's order: whether it ``opens`` the pair, its
    ``changes`` (as what-if changes), whether the pair is then ``proposed`` (``here``,
    ``elsewhere``, ``nowhere``), what the whole plan has for ``gain`` and, unless it is proposed
    here, what forcing it loses then. ``cheapest`` is the first that opens it. Where none does
    alone, ``together`` is the smallest set that does, and where none does at all ``remaining`` are
    the rules left.

    Raises
    ------
    NotFound
        The person or the placement is not in the pool.
    """
    case = _Case.of(solved, candidate, placement)
    failing = case.failing
    answer: dict[str, Any] = {
        "kind": "pair",
        "candidate": candidate,
        "placement": placement,
        "eligible": not failing,
        "refused_by": failing,
        **standing_of(solved, candidate, placement),
    }
    tried = [] if answer["proposed"] else _try_each(case, tell)
    opening = [each["lever"] for each in tried if each["opens"]]
    answer |= {
        "levers": tried,
        "cheapest": opening[0] if opening else None,
        "together": None,
        "remaining": [],
    }
    if failing and not opening:
        answer |= _together(case)
    return answer


@dataclass(frozen=True)
class _Case:
    """A pair as it stands: its rows, how they were judged, and what refuses."""

    solved: Solved
    candidate: str
    placement: str
    person: Facts
    place: Facts
    row: Facts
    failing: list[str]

    @classmethod
    def of(cls, solved: Solved, candidate: str, placement: str) -> "_Case":
        person = facts_of(solved.snapshot.candidates, "candidate", candidate)
        place = facts_of(solved.snapshot.placements, "placement", placement)
        row = judged(solved.snapshot, solved.policy, [person], [place]).row(0, named=True)
        failing = [*failing_gates(row), *failing_rules(row)]
        return cls(solved, candidate, placement, person, place, row, failing)

    @property
    def levers(self) -> list[Lever]:
        """The levers that bear on what refuses; one more opening where nothing does."""
        if not self.failing:
            return [lever for lever in levers_of(self.solved.policy) if lever.code == ONE_MORE]
        return [
            lever
            for lever in levers_of(self.solved.policy)
            if not set(lever.mends).isdisjoint(self.failing)
        ]

    def changes(self, steps: Facts) -> list[dict[str, Any]]:
        """Return changed facts as what-if changes."""
        return as_changes(self.solved.snapshot, self.candidate, self.placement, steps)

    def again(self, steps: Facts, before: Standing) -> dict[str, Any]:
        """Return how the pair stands when the pool is solved again with changed facts."""
        return solved_again(self.solved, self.candidate, self.placement, steps, before)

    def ways(self, lever: Lever) -> list[Facts]:
        """Return the facts that a lever would change, the smallest change first."""
        return list(lever.ways(self.row, self.solved.policy.value))

    def with_all(self, tries: list[Facts]) -> pl.DataFrame:
        """Return the pair judged once for each set of changed facts."""
        return judged(
            self.solved.snapshot,
            self.solved.policy,
            [with_steps(self.person, steps) for steps in tries],
            [with_steps(self.place, steps) for steps in tries],
        )


def _try_each(case: _Case, tell: Progress) -> list[dict[str, Any]]:
    """Return what every lever on its own comes to."""
    tries = [(lever, steps) for lever in case.levers for steps in case.ways(lever)]
    if not tries:
        return []
    rows = case.with_all([steps for _, steps in tries]).iter_rows(named=True)
    best: dict[str, tuple[Lever, Facts, Facts]] = {}
    for (lever, steps), row in zip(tries, rows, strict=True):
        if lever.code not in best or (row["eligible"] and not best[lever.code][2]["eligible"]):
            best[lever.code] = (lever, steps, row)
    found = []
    before = Standing.of(case.solved)
    for done, (lever, steps, row) in enumerate(best.values()):
        tell("levers", done, len(best))
        found.append(
            {
                "lever": lever.code,
                "text": lever.text,
                "unit": lever.unit,
                "arranged_by": lever.arranged_by,
                "opens": row["eligible"],
                "changes": case.changes(steps),
                "remaining": [*failing_gates(row), *failing_rules(row)],
                **(case.again(steps, before) if row["eligible"] else {}),
            }
        )
    tell("levers", len(best), len(best))
    return found


def _together(case: _Case) -> dict[str, Any]:
    """Return the smallest set of levers that opens the pair, or else the rules left."""
    ways = {lever.code: case.ways(lever) for lever in case.levers}
    codes = [code for code, found in ways.items() if found]
    tries: list[tuple[tuple[str, ...], Facts]] = [
        (chosen, _merged(steps))
        for size in range(1, len(codes) + 1)
        for chosen in combinations(codes, size)
        for steps in product(*(ways[code] for code in chosen))
    ]
    remaining = case.failing
    if not tries:
        return {"remaining": remaining}
    rows = case.with_all([steps for _, steps in tries]).iter_rows(named=True)
    for (chosen, steps), row in zip(tries, rows, strict=True):
        if row["eligible"]:
            return {
                "together": {
                    "levers": list(chosen),
                    "changes": as_changes(
                        case.solved.snapshot, case.candidate, case.placement, steps
                    ),
                    **case.again(steps, Standing.of(case.solved)),
                }
            }
        left = [*failing_gates(row), *failing_rules(row)]
        remaining = min(remaining, left, key=len)
    return {"remaining": remaining}


def _merged(several: tuple[Facts, ...]) -> Facts:
    """Return steps as one; what two of them add to the same list is added together."""
    merged: Facts = {}
    for steps in several:
        for name, value in steps.items():
            if isinstance(value, list) and name in merged:
                value = [*merged[name], *(each for each in value if each not in merged[name])]
            elif name.startswith("placement.demand_") and name in merged:
                value = min(value, merged[name])
            merged[name] = value
    return merged
