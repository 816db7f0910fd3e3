"""
Rules and terms on a frame of pairs: one way, for the whole pool and for one question.

`judge` adds a verdict per rule and whether the pair is eligible; `score` adds a share and whole
points per term and their sum; `evaluate` does both. What they read is in `columns_read`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from matcher.domain.definitions import ScoreTerm, Value
from matcher.domain.policy import Policy
from matcher.domain.rules import ELIGIBILITY_RULES

NEUTRAL_SHARE = 0.5
"""The share that unknown counts: people with thin files must not sink."""


@dataclass(frozen=True)
class Criteria:
    """The rules and terms of a policy as expressions, by code."""

    rules: Mapping[str, pl.Expr]
    terms: Mapping[str, tuple[ScoreTerm, int, pl.Expr]]

    @property
    def rule_columns(self) -> frozenset[str]:
        """The columns that the rules read."""
        return _read(self.rules.values())

    @property
    def term_columns(self) -> frozenset[str]:
        """The columns that the terms read."""
        return _read(share for _, _, share in self.terms.values())


def criteria_of(policy: Policy) -> Criteria:
    """Return a policy's rules and terms, made once for the same parameters."""
    return _criteria(tuple(sorted(policy.values.items())))


@lru_cache(maxsize=64)
def _criteria(values: tuple[tuple[tuple[str, str], Value], ...]) -> Criteria:
    policy = Policy(values=dict(values))
    return Criteria(policy.rule_expressions(), policy.term_expressions())


def _read(expressions: Iterable[pl.Expr]) -> frozenset[str]:
    return frozenset(name for each in expressions for name in each.meta.root_names())


IF_UNKNOWN = {rule.code: rule.if_unknown == "ask" for rule in ELIGIBILITY_RULES}
"""Whether a pair stays eligible when a rule cannot tell."""


def columns_read(policy: Policy) -> frozenset[str]:
    """Return every column that the rules and terms of a policy read."""
    criteria = criteria_of(policy)
    return criteria.rule_columns | criteria.term_columns


def judge(
    pairs: pl.DataFrame, policy: Policy, codes: Collection[str] | None = None
) -> pl.DataFrame:
    """
    Return the pairs with ``rule.<code>`` (true, false or null) and ``eligible``.

    ``eligible`` is never null: unknown counts as each rule says. With ``codes`` only those rules
    are looked at, and ``eligible`` tells about them alone.
    """
    rules = criteria_of(policy).rules
    chosen = list(rules) if codes is None else [code for code in rules if code in codes]
    verdicts = pairs.select(rules[code].alias(f"rule.{code}") for code in chosen)
    passed = verdicts.select(
        eligible=pl.all_horizontal(
            pl.lit(True), *(pl.col(f"rule.{code}").fill_null(IF_UNKNOWN[code]) for code in chosen)
        )
    )
    return pl.concat([pairs, verdicts, passed], how="horizontal")


def score(pairs: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """
    Return the pairs with ``share.<code>``, ``points.<code>`` and ``points``.

    A share is null where unknown, and counts half. Points are whole numbers per term, rounded half
    up, so that they add up to ``points``.
    """
    terms = criteria_of(policy).terms
    shares = pairs.select(share.alias(f"share.{code}") for code, (_, _, share) in terms.items())
    points = shares.select(
        (pl.col(f"share.{code}").fill_null(NEUTRAL_SHARE) * points + 0.5)
        .floor()
        .cast(pl.Int64)
        .alias(f"points.{code}")
        for code, (_, points, _) in terms.items()
    )
    total = points.select(points=pl.sum_horizontal(pl.all()))
    return pl.concat([pairs, shares, points, total], how="horizontal")


def evaluate(pairs: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Return the pairs with everything that `judge` and `score` add."""
    return score(judge(pairs, policy), policy)
