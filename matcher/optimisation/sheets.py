"""
What a list of pairs tells of each: the contents of an explanation, for many pairs at once.

It says what `matcher.optimisation.explanation.explain` says of each pair, read by column instead
of by row: a page of answers would otherwise spend most of its time on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, TypedDict

import polars as pl

from matcher.domain.columns import COLUMNS, base_columns
from matcher.domain.policy import Policy
from matcher.domain.rules import ELIGIBILITY_RULES
from matcher.optimisation.evaluation import NEUTRAL_SHARE, criteria_of
from matcher.optimisation.explanation import Condition, Explanation, condition_of, explain
from matcher.optimisation.wording import columns_in

_WITH_REMARK = tuple((rule, columns_in(rule.remark)) for rule in ELIGIBILITY_RULES if rule.remark)


class Part(TypedDict):
    """What a term gives a pair; unknown counts half."""

    code: str
    share: float
    points: int
    unknown: bool


@dataclass(frozen=True)
class Sheet:
    """
    Evaluated pairs, and what people are told of each, by row number.

    Parameters
    ----------
    pairs
        Rows of `rank`, or of any evaluated frame that has `explanation_columns`.
    policy
        The policy that they were evaluated with.
    """

    pairs: pl.DataFrame
    policy: Policy

    def values(self, column: str) -> list[Any]:
        """Return a column's values, read once."""
        if column not in self._values:
            self._values[column] = self.pairs[column].to_list()
        return self._values[column]

    @cached_property
    def _values(self) -> dict[str, list[Any]]:
        return {}

    @cached_property
    def kilometres(self) -> list[float | None]:
        """The distance of each pair in km, to one decimal."""
        return self.pairs["pair.km"].cast(pl.Float64).round(1).to_list()

    @cached_property
    def _terms(self) -> list[tuple[str, list[float | None], list[int]]]:
        return [
            (
                code,
                self.pairs[f"share.{code}"].round(4).to_list(),
                self.pairs[f"points.{code}"].to_list(),
            )
            for code in criteria_of(self.policy).terms
        ]

    @cached_property
    def _verdicts(self) -> list[tuple[str, list[bool | None], list[tuple[str, list[Any]]]]]:
        """The rules not known for some row: their verdicts, and the facts behind them."""
        codes = [rule.code for rule in ELIGIBILITY_RULES]
        counts = self.pairs.select(pl.col(f"rule.{code}").null_count() for code in codes).row(0)
        columns = set(self.pairs.columns)
        return [
            (
                code,
                self.values(f"rule.{code}"),
                [(name, self.values(name)) for name in _facts_behind(code) if name in columns],
            )
            for code, count in zip(codes, counts, strict=True)
            if count
        ]

    def parts(self, row: int) -> list[Part]:
        """Return the points of a pair by term."""
        return [
            {
                "code": code,
                "share": NEUTRAL_SHARE if (share := shares[row]) is None else share,
                "points": points[row],
                "unknown": share is None,
            }
            for code, shares, points in self._terms
        ]

    def unknowns(self, row: int) -> list[tuple[str, list[str]]]:
        """Return the rules that cannot tell about a pair, each with the facts not recorded."""
        return [
            (code, [name for name, values in facts if values[row] is None])
            for code, verdicts, facts in self._verdicts
            if verdicts[row] is None
        ]

    def conditions(self, row: int) -> list[Condition]:
        """Return what has to be arranged for a pair that passes."""
        return [
            condition_of(rule, {name: self.values(name)[row] for name in named})
            for rule, named in _WITH_REMARK
            if (self.values(rule.remark_when)[row] or 0) > 0
            and self.values(f"rule.{rule.code}")[row] is not False
        ]

    def explanation(self, row: int) -> Explanation:
        """Return the whole explanation of a pair."""
        return explain(self.pairs.row(row, named=True), self.policy)


@cache
def _facts_behind(code: str) -> tuple[str, ...]:
    """Return the facts that a rule comes from, without those whose absence says something."""
    rule = _RULES[code]
    return tuple(
        name
        for name in sorted(base_columns(rule.columns_read))
        if "null is" not in COLUMNS[name].meaning
    )


_RULES: Mapping[str, Any] = {rule.code: rule for rule in ELIGIBILITY_RULES}
