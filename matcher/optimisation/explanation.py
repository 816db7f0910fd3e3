"""Why a pair is as it is: data for a page, never prose to take apart."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import polars as pl

from matcher.domain.columns import COLUMNS, base_columns
from matcher.domain.definitions import EligibilityRule, Gate
from matcher.domain.gates import GATES
from matcher.domain.policy import Policy
from matcher.domain.rules import ELIGIBILITY_RULES
from matcher.optimisation.evaluation import NEUTRAL_SHARE, columns_read, criteria_of
from matcher.optimisation.wording import as_plain, columns_in, fill_in


@dataclass(frozen=True)
class Refusal:
    """A gate or rule that refuses the pair: its question, the reason, the values it read."""

    code: str
    question: str
    text: str
    evidence: Mapping[str, Any]


@dataclass(frozen=True)
class Unknown:
    """A rule that cannot tell: the facts that are not recorded, and what that does."""

    code: str
    question: str
    columns: tuple[str, ...]
    treatment: str


@dataclass(frozen=True)
class Condition:
    """What has to be arranged for a pair that passes, and the values it names."""

    code: str
    text: str
    evidence: Mapping[str, Any]


@dataclass(frozen=True)
class TermPoints:
    """What one term gives: ``points`` of at most ``most``; unknown counts half."""

    code: str
    label: str
    share: float
    points: int
    most: int
    unknown: bool
    plan_term: bool


@dataclass(frozen=True)
class Journey:
    """The journey one way; ``source`` is ``measured`` or ``estimate``."""

    minutes: int | None
    mode: str | None
    km: float | None
    source: str
    mode_assumed: bool


@dataclass(frozen=True)
class Explanation:
    """
    All that decides one pair.

    ``points`` add up to ``total``. ``price`` is what the placement's opening would cost the plan
    and ``surplus`` what the pair is worth above it; null where no plan is known. ``potential`` is
    the part of the price that is kept for people still to come; ``held_until`` the day until which
    the pair waits for them at most, null where it does not wait.
    """

    candidate: str
    placement: str
    eligible: bool
    refusals: tuple[Refusal, ...]
    unknowns: tuple[Unknown, ...]
    conditions: tuple[Condition, ...]
    points: tuple[TermPoints, ...]
    total: int
    price: int | None
    surplus: int | None
    journey: Journey
    potential: int = 0
    held_until: date | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)


@dataclass(frozen=True)
class Difference:
    """
    What changed for a pair between two explanations.

    ``refusals_gone`` and ``refusals_new`` are codes of rules; ``points`` holds the terms that
    changed and by how much, and adds up to ``total``.
    """

    became_eligible: bool
    became_ineligible: bool
    refusals_gone: tuple[str, ...]
    refusals_new: tuple[str, ...]
    settled: tuple[str, ...]
    points: Mapping[str, int]
    total: int
    price: int | None
    minutes: int | None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)


def explanation_columns(policy: Policy) -> frozenset[str]:
    """Return the columns that an explanation shows: what is read, what it comes from, the texts."""
    read = columns_read(policy)
    texts = [
        name
        for definition in (*ELIGIBILITY_RULES, *GATES)
        for template in (definition.refusal, getattr(definition, "remark", ""))
        for name in columns_in(template)
    ]
    behind = {
        name
        for expression in criteria_of(policy).rules.values()
        for column in expression.meta.root_names()
        for name in COLUMNS[column].made_from
    }
    gates = {
        name
        for expression in policy.gate_expressions().values()
        for name in expression.meta.root_names()
    }
    own = {
        "candidate.id",
        "candidate.version",
        "placement.id",
        "placement.version",
        "placement.title",
        "pair.km",
        "pair.minutes",
        "pair.mode",
        "pair.mode_assumed",
        "pair.journey_measured",
    }
    return frozenset(read | set(texts) | behind | gates | own)


def explain(pair: Mapping[str, Any] | pl.DataFrame, policy: Policy) -> Explanation:
    """
    Explain one evaluated pair.

    Parameters
    ----------
    pair
        A row of `rank`, or of any evaluated frame that has `explanation_columns`; as a mapping or
        a frame of one row.
    policy
        The policy that it was evaluated with.
    """
    row = pair.row(0, named=True) if isinstance(pair, pl.DataFrame) else pair
    total = sum(row[f"points.{code}"] for code in criteria_of(policy).terms)
    return Explanation(
        candidate=row["candidate.id"],
        placement=row["placement.id"],
        eligible=row["eligible"],
        refusals=tuple(_refusals(row)),
        unknowns=tuple(_unknowns(row)),
        conditions=tuple(_conditions(row)),
        points=tuple(_points(row, policy)),
        total=total,
        price=row.get("price"),
        surplus=row.get("surplus"),
        journey=Journey(
            minutes=row["pair.minutes"],
            mode=row["pair.mode"],
            km=None if row["pair.km"] is None else round(row["pair.km"], 1),
            source="measured" if row["pair.journey_measured"] else "estimate",
            mode_assumed=row["pair.mode_assumed"],
        ),
        potential=row.get("potential", 0),
        held_until=row.get("held_until"),
    )


def _refusals(row: Mapping[str, Any]) -> list[Refusal]:
    # a gate takes unknown for a refusal: the missing fact is the placement's own
    closed: list[Gate | EligibilityRule] = [
        gate for gate in GATES if not row.get(f"gate.{gate.code}", True)
    ]
    refused = [rule for rule in ELIGIBILITY_RULES if row[f"rule.{rule.code}"] is False]
    return [
        Refusal(
            each.code,
            each.text,
            fill_in(each.refusal, row),
            _evidence(each, row),
        )
        for each in (*closed, *refused)
    ]


def _evidence(definition: Gate | EligibilityRule, row: Mapping[str, Any]) -> dict[str, Any]:
    names = sorted({*definition.columns_read, *columns_in(definition.refusal)})
    return {name: as_plain(row[name]) for name in names if name in row}


def _unknowns(row: Mapping[str, Any]) -> list[Unknown]:
    return [
        Unknown(
            rule.code,
            rule.text,
            tuple(
                name
                for name in sorted(base_columns(rule.columns_read))
                if name in row and row[name] is None and not _open_when_null(name)
            ),
            rule.if_unknown,
        )
        for rule in ELIGIBILITY_RULES
        if row[f"rule.{rule.code}"] is None
    ]


def _open_when_null(name: str) -> bool:
    return "null is" in COLUMNS[name].meaning


def _conditions(row: Mapping[str, Any]) -> list[Condition]:
    return [
        condition_of(rule, row)
        for rule in ELIGIBILITY_RULES
        if rule.remark
        and row[f"rule.{rule.code}"] is not False
        and (row[rule.remark_when] or 0) > 0
    ]


def condition_of(rule: EligibilityRule, row: Mapping[str, Any]) -> Condition:
    """Return the remark of a rule about a pair."""
    named = {name: as_plain(row[name]) for name in columns_in(rule.remark)}
    return Condition(rule.code, fill_in(rule.remark, row), named)


def _points(row: Mapping[str, Any], policy: Policy) -> list[TermPoints]:
    return [
        TermPoints(
            code,
            term.text,
            NEUTRAL_SHARE if row[f"share.{code}"] is None else round(row[f"share.{code}"], 4),
            row[f"points.{code}"],
            most,
            row[f"share.{code}"] is None,
            term.plan_term,
        )
        for code, (term, most, _) in criteria_of(policy).terms.items()
    ]


def difference(before: Explanation, after: Explanation) -> Difference:
    """Return what changed for a pair: ``after`` less ``before``."""
    then = {each.code for each in before.refusals}
    now = {each.code for each in after.refusals}
    asked = {each.code for each in after.unknowns}
    points = {each.code: each.points for each in after.points}
    for each in before.points:
        points[each.code] = points.get(each.code, 0) - each.points
    return Difference(
        became_eligible=after.eligible and not before.eligible,
        became_ineligible=before.eligible and not after.eligible,
        refusals_gone=tuple(each.code for each in before.refusals if each.code not in now),
        refusals_new=tuple(each.code for each in after.refusals if each.code not in then),
        settled=tuple(each.code for each in before.unknowns if each.code not in asked),
        points={code: change for code, change in points.items() if change},
        total=after.total - before.total,
        price=_less(after.price, before.price),
        minutes=_less(after.journey.minutes, before.journey.minutes),
    )


def _less(after: int | None, before: int | None) -> int | None:
    return None if after is None or before is None else after - before
