"""Which rules stand in one person's way, over all placements, and what one change would open."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from matcher.domain.gates import GATES
from matcher.domain.levers import LEVERS, Lever
from matcher.domain.policy import Policy
from matcher.domain.rules import ELIGIBILITY_RULES
from matcher.optimisation.evaluation import IF_UNKNOWN, judge
from matcher.optimisation.explanation import explanation_columns
from matcher.optimisation.inquiries.trying import Facts, facts_of, judged, with_steps
from matcher.optimisation.pairing import pair_up
from matcher.optimisation.solving import Solved


def refusals_of(solved: Solved, candidate: int) -> tuple[list[dict[str, Any]], pl.DataFrame]:
    """
    Return by rule how many placements it refuses to a person, most first, and the judged pairs.

    ``alone`` counts the placements that no other rule refuses.
    """
    prepared, policy = solved.pool.prepared, solved.policy
    places = np.arange(prepared.places.size, dtype=np.int32)
    people = np.full(places.size, candidate, np.int32)
    pairs = judge(pair_up(prepared, people, places, explanation_columns(policy)), policy)
    failing = [failing_rules(row) for row in pairs.select("^rule\\..*$").iter_rows(named=True)]
    refuses = Counter(code for codes in failing for code in codes)
    alone = Counter(codes[0] for codes in failing if len(codes) == 1)
    told = [
        {
            "rule": rule.code,
            "question": rule.text,
            "refuses": refuses[rule.code],
            "alone": alone[rule.code],
        }
        for rule in sorted(ELIGIBILITY_RULES, key=lambda rule: -refuses[rule.code])
        if refuses[rule.code]
    ]
    return told, pairs


def failing_rules(row: Facts) -> list[str]:
    """Return the rules that refuse a judged pair, unknown ones as they treat it."""
    return [
        rule.code
        for rule in ELIGIBILITY_RULES
        if row[f"rule.{rule.code}"] is False
        or (row[f"rule.{rule.code}"] is None and not IF_UNKNOWN[rule.code])
    ]


def failing_gates(row: Facts) -> list[str]:
    """Return the gates that keep a judged placement out; unknown keeps out too."""
    return [gate.code for gate in GATES if not row[f"gate.{gate.code}"]]


def levers_of(policy: Policy) -> list[Lever]:
    """Return the levers that a policy allows, in its order."""
    by_code = {lever.code: lever for lever in LEVERS}
    return [by_code[code] for code in policy.lever_order]


@dataclass(frozen=True)
class Opened:
    """A placement that one lever opens to a person, by these changed facts."""

    lever: Lever
    placement: str
    steps: Facts
    size: float

    @classmethod
    def by(cls, lever: Lever, row: Facts, steps: Facts) -> "Opened":
        """Return it for a judged pair; numbers count their difference, anything else one each."""
        return cls(
            lever, row["placement.id"], steps, sum(_size(row, *each) for each in steps.items())
        )


def _size(row: Facts, name: str, value: Any) -> float:
    had = row.get(_SHOWN_AS.get(name, name))
    if isinstance(value, list):
        return len(value) - len(had or [])
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return abs(value - had) if number and had is not None else 1


_SHOWN_AS = {
    "candidate.max_travel_minutes": "candidate.travel_limit_minutes",
    "candidate.max_distance_km": "candidate.travel_limit_km",
}
"""Where the value in force may come from elsewhere."""


def opened_by_one_change(solved: Solved, candidate: str, pairs: pl.DataFrame) -> list[Opened]:
    """
    Return which levers open which placements to a person, each with its steps.

    In the order of the levers, then of the placements. Every one of them was judged by all rules
    with the changed facts.
    """
    policy, snapshot = solved.policy, solved.snapshot
    person = facts_of(snapshot.candidates, "candidate", candidate)
    rows = dict(
        zip(
            snapshot.placements["placement.id"],
            snapshot.placements.iter_rows(named=True),
            strict=True,
        )
    )
    refused = [
        (row, failing) for row in pairs.iter_rows(named=True) if (failing := failing_rules(row))
    ]
    tries = [
        Opened.by(lever, row, steps)
        for lever in levers_of(policy)
        for row, failing in refused
        if set(failing) <= set(lever.mends)
        for steps in lever.ways(row, policy.value)
    ]
    if not tries:
        return []
    eligible = judged(
        snapshot,
        policy,
        [with_steps(person, each.steps) for each in tries],
        [with_steps(rows[each.placement], each.steps) for each in tries],
    )["eligible"]
    found: dict[tuple[str, str], Opened] = {}
    for one, opens in zip(tries, eligible, strict=True):
        if opens:
            found.setdefault((one.lever.code, one.placement), one)
    return list(found.values())
