"""
A pool's policy: what it changes of the definitions, read from TOML and checked as a whole.

::

    [journey]
    default_limit_minutes = 60      # for who named no limit

    [reachable]                     # the code of a gate, rule, term or tier
    margin_minutes = 10             # one of its parameters

    [short_journey]
    points = 200                    # every term has points

    [potentials]                    # openings kept for people still to come
    waiting_limit_days = 730        # nobody who has waited so long is held back

    [tiers]
    order = ["keep_at_work", "great_distance", "longest_waiting", "everybody"]

    [[tiers.own]]                   # a tier of the pool itself, with its ground
    code = "great_distance"
    label = "Great distance to the labour market"
    column = "candidate.distance_class"
    equals = "groot"                # or at_least, at_most
    citation = "Council decision 2026-14"

    [levers]
    order = ["information", "hours"]    # what may open a refused pair, the cheapest first

    [limits]                        # what pairs use up; hard, advisory or off
    employer_starts = "advisory"

    [engine]
    time_limit_seconds = 20         # for limits that have to be searched

``[[ceiling]]`` and ``[[floor]]`` stand in `matcher.domain.ceilings`; ``[reasons.…]`` changes what a
decline does (`matcher.domain.declining`).

What is not named keeps its default. Unknown names, bad values and protected columns are all told
at once, and a policy with a fault is refused whole.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import polars as pl

from matcher.domain.ceilings import Ceiling, Floor, read_ceilings, read_floors
from matcher.domain.declining import read_reasons
from matcher.domain.definitions import (
    Definition,
    Limit,
    Parameter,
    ScoreTerm,
    Value,
    Within,
)
from matcher.domain.gates import GATES
from matcher.domain.levers import LEVER_CODES, read_levers
from matcher.domain.limits import LIMITS
from matcher.domain.near_names import near
from matcher.domain.own_tiers import TIER_ORDER, OwnTier, read_tiers
from matcher.domain.parameters import PARAMETERS
from matcher.domain.reasons import REASON_OF, Reason
from matcher.domain.rules import ELIGIBILITY_RULES
from matcher.domain.terms import SCORE_TERMS
from matcher.domain.tiers import TIERS
from matcher.errors import PolicyError

DEFINITIONS: Mapping[str, Definition] = {
    definition.code: definition
    for group in (GATES, ELIGIBILITY_RULES, SCORE_TERMS, TIERS, LIMITS)
    for definition in group
}

LIMIT_MODES = ("hard", "advisory", "off")

_POINTS = Within(0, 10_000, "points")


@dataclass(frozen=True)
class Policy:
    """
    The parameters, points and order of tiers of a pool.

    Make one with `Policy.default` or `Policy.from_toml`. ``version`` is the number under which the
    pool published it, 0 for the product's defaults; ``text`` the TOML as given.
    """

    text: str = ""
    version: int = 0
    values: Mapping[tuple[str, str], Value] = field(default_factory=dict)
    tier_order: tuple[str, ...] = TIER_ORDER
    own_tiers: Mapping[str, OwnTier] = field(default_factory=dict)
    lever_order: tuple[str, ...] = LEVER_CODES
    reasons: Mapping[str, Reason] = field(default_factory=lambda: REASON_OF)
    limit_modes: Mapping[str, str] = field(default_factory=dict)
    ceilings: tuple[Ceiling, ...] = ()
    floors: tuple[Floor, ...] = ()

    @classmethod
    def default(cls) -> "Policy":
        """Return the policy of the definitions as they stand."""
        return cls()

    @classmethod
    def from_toml(cls, text: str, version: int = 0) -> "Policy":
        """
        Read a policy.

        Raises
        ------
        PolicyError
            Not TOML, or one or more faults, each named with its table and the way out.
        """
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise PolicyError(f"the policy is not valid TOML: {error}") from error
        reader = _Reader()
        reader.read(document)
        if reader.faults:
            raise PolicyError("the policy is refused", reader.faults)
        return cls(
            text,
            version,
            MappingProxyType(reader.values),
            reader.order,
            MappingProxyType(reader.own_tiers),
            lever_order=reader.lever_order,
            reasons=MappingProxyType(reader.reasons),
            limit_modes=MappingProxyType(reader.limit_modes),
            ceilings=reader.ceilings,
            floors=reader.floors,
        )

    def to_toml(self) -> str:
        """Return the TOML it was read from."""
        return self.text

    def value(self, table: str, name: str) -> Value:
        """Return the value in force of one parameter of a table."""
        if (table, name) in self.values:
            return self.values[table, name]
        return _parameters(table)[name].default

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return int(self.value("run", "seed"))

    @property
    def horizon_days(self) -> int:
        """How many days ahead a match run looks."""
        return int(self.value("not_deployed_then", "horizon_days"))

    def expression(self, definition: Definition) -> pl.Expr:
        """Return a definition's expression with this policy's parameters."""
        return definition.expression(
            **{name: self.value(definition.code, name) for name in definition.parameters}
        )

    def gate_expressions(self) -> dict[str, pl.Expr]:
        """Return gate code -> yes / no / unknown over placements."""
        return {gate.code: self.expression(gate) for gate in GATES}

    def rule_expressions(self) -> dict[str, pl.Expr]:
        """Return rule code -> yes / no / unknown over pairs."""
        return {rule.code: self.expression(rule) for rule in ELIGIBILITY_RULES}

    def term_expressions(self) -> dict[str, tuple[ScoreTerm, int, pl.Expr]]:
        """Return term code -> (term, its points, its share in [0, 1] or null)."""
        return {
            term.code: (
                term,
                int(self.value(term.code, "points")),
                term.share(**{name: self.value(term.code, name) for name in term.parameters}),
            )
            for term in SCORE_TERMS
        }

    def tier_expressions(self) -> list[tuple[str, pl.Expr]]:
        """Return (tier code, yes / no over candidates) in order; the last holds for everybody."""
        found = []
        for code in self.tier_order:
            own = self.own_tiers.get(code)
            found.append((code, own.expression() if own else self.expression(DEFINITIONS[code])))
        return found

    def limit_mode(self, code: str) -> str:
        """Return whether a limit is ``hard``, ``advisory`` or ``off``."""
        definition = DEFINITIONS[code]
        assert isinstance(definition, Limit)
        return self.limit_modes.get(code, definition.usually)

    def limit_label(self, code: str) -> str:
        """Return what people read for a limit, a ceiling or a floor."""
        own = {each.code: each.label for each in self.ceilings}
        own |= {each.code: each.label for each in self.floors}
        return own.get(code) or DEFINITIONS[code].text

    def tier_label(self, code: str) -> str:
        """Return what people read for a tier."""
        return self.own_tiers[code].label if code in self.own_tiers else DEFINITIONS[code].text


def _parameters(table: str) -> Mapping[str, Parameter]:
    if table in PARAMETERS:
        return PARAMETERS[table]
    definition = DEFINITIONS[table]
    if isinstance(definition, ScoreTerm):
        points = Parameter("points", definition.points, int, _POINTS)
        return {"points": points, **definition.parameters}
    return definition.parameters


class _Reader:
    """Reads a document into values and faults."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.values: dict[tuple[str, str], Value] = {}
        self.order = TIER_ORDER
        self.own_tiers: Mapping[str, OwnTier] = {}
        self.lever_order = LEVER_CODES
        self.reasons: Mapping[str, Reason] = REASON_OF
        self.limit_modes: dict[str, str] = {}
        self.ceilings: tuple[Ceiling, ...] = ()
        self.floors: tuple[Floor, ...] = ()

    def read(self, document: Mapping[str, Any]) -> None:
        known = [
            *PARAMETERS, "tiers", "levers", "reasons", "limits", "ceiling", "floor", *DEFINITIONS,
        ]  # fmt: skip
        for table, content in document.items():
            if table not in known:
                self.faults.append(f"[{table}] is unknown.{near(table, known)}")
            elif table == "ceiling":
                self.ceilings = read_ceilings(content, DEFINITIONS, self.faults)
            elif table == "floor":
                self.floors = read_floors(content, DEFINITIONS, self.faults)
            elif not isinstance(content, Mapping):
                self.faults.append(f"{table} must be a table, written as [{table}]")
            elif table == "tiers":
                self.order, self.own_tiers = read_tiers(content, DEFINITIONS, self.faults)
            elif table == "levers":
                self.lever_order = read_levers(content, self.faults)
            elif table == "reasons":
                self.reasons = read_reasons(content, self.faults)
            elif table == "limits":
                self._limits(content)
            else:
                self._table(table, content)
        if self.value_of("journey", "default_limit_minutes") > self.value_of(
            "journey", "cap_minutes"
        ):
            self.faults.append("[journey] default_limit_minutes is above cap_minutes")
        codes = [each.code for each in self.ceilings] + [each.code for each in self.floors]
        for code in sorted({code for code in codes if codes.count(code) > 1}):
            self.faults.append(f"{code} is the code of two ceilings or floors")

    def value_of(self, table: str, name: str) -> Value:
        return self.values.get((table, name), _parameters(table)[name].default)

    def _table(self, table: str, content: Mapping[str, Any]) -> None:
        parameters = _parameters(table)
        for name, value in content.items():
            if name not in parameters:
                hint = near(name, parameters) if parameters else " It has no parameters."
                self.faults.append(f"[{table}] {name} is unknown.{hint}")
            elif fault := parameters[name].fault(value):
                self.faults.append(f"[{table}] {fault}")
            else:
                self.values[table, name] = value

    def _limits(self, content: Mapping[str, Any]) -> None:
        codes = [limit.code for limit in LIMITS]
        for code, mode in content.items():
            if code not in codes:
                self.faults.append(f"[limits] {code} is unknown.{near(code, codes)}")
            elif mode not in LIMIT_MODES:
                self.faults.append(
                    f"[limits] {code} must be one of {', '.join(LIMIT_MODES)}, not {mode!r}"
                )
            elif mode == "hard" and getattr(DEFINITIONS[code], "advisory", False):
                self.faults.append(f"[limits] {code} is a legal entitlement, it cannot be hard")
            else:
                self.limit_modes[code] = mode
