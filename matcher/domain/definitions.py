"""
What a gate, a rule, a term, a tier and a limit are, and the decorators that make them.

A definition is one function that returns a polars expression; everything else follows from it.
Its name is the code used in policies, columns, JSON and translations; its docstring is what
people read; its keyword parameters, with their defaults, units and ranges, are what a policy may
change; the columns it reads are taken from the expression itself.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Literal, TypeVar, get_args, get_origin, get_type_hints

import polars as pl

from matcher.domain.columns import COLUMNS, PROTECTED, SCHEME_COLUMNS, base_columns

Value = bool | int | float
Unknown = Literal["ask", "refuse"]


@dataclass(frozen=True, slots=True)
class Within:
    """Unit and range of a parameter, for ``Annotated[int, Within(0, 90, "minutes")]``."""

    at_least: float
    at_most: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a policy may change of a definition: its name, default, type, unit and range."""

    name: str
    default: Value
    kind: type
    within: Within

    def fault(self, value: object) -> str | None:
        """Return why a value cannot be used, or None."""
        allowed: tuple[type, ...] = (int, float) if self.kind is float else (self.kind,)
        if type(value) not in allowed:
            return f"{self.name} must be {self.kind.__name__}, not {value!r}"
        if not self.within.at_least <= value <= self.within.at_most:  # type: ignore[operator]
            return (
                f"{self.name} must be between {self.within.at_least:g} and "
                f"{self.within.at_most:g} {self.within.unit}".rstrip()
                + f", not {value!r}"
            )
        return None


@dataclass(frozen=True)
class Definition:
    """What gates, rules, terms and tiers have in common."""

    code: str
    text: str
    source: str
    build: Callable[..., pl.Expr] = field(repr=False)

    @cached_property
    def parameters(self) -> Mapping[str, Parameter]:
        """The parameters by name, from the signature of the function."""
        hints = get_type_hints(self.build, include_extras=True)
        found: dict[str, Parameter] = {}
        for name, argument in inspect.signature(self.build).parameters.items():
            hint = hints[name]
            if get_origin(hint) is not Annotated:
                raise TypeError(f"{self.code}.{name} needs Annotated[..., Within(...)]")
            kind, within = get_args(hint)[:2]
            found[name] = Parameter(name, argument.default, kind, within)
        return found

    def expression(self, **values: Value) -> pl.Expr:
        """Return the expression with the given parameters; the others keep their defaults."""
        return self.build(**values)

    @cached_property
    def columns_read(self) -> tuple[str, ...]:
        """The columns that the expression reads, sorted."""
        return tuple(sorted(set(self.expression().meta.root_names())))


@dataclass(frozen=True)
class Gate(Definition):
    """A yes / no / unknown condition on a placement alone, before it enters a match run."""

    refusal: str = ""


@dataclass(frozen=True)
class EligibilityRule(Definition):
    """
    A yes / no / unknown condition on a pair.

    ``if_unknown`` tells what unknown does: ``ask`` keeps the pair eligible and marked, ``refuse``
    keeps it out until the fact is recorded. ``remark`` is shown with a passed rule when the
    column ``remark_when`` is above 0: eligible on a condition. One that ``binds_pins`` also refuses
    a pair that a coach has pinned: only the law, the person or work under way can lift it.
    """

    refusal: str = ""
    if_unknown: Unknown = "ask"
    scheme_article: str = ""
    remark: str = ""
    remark_when: str = ""
    binds_pins: bool = False


@dataclass(frozen=True)
class ScoreTerm(Definition):
    """
    A share in [0, 1] of a pair, worth so many whole points.

    Unknown counts half and is shown as such. ``plan_term`` marks terms about the plan (waiting,
    continuity) that people see apart from how well the work fits.
    """

    points: int = 0
    plan_term: bool = False

    def share(self, **values: Value) -> pl.Expr:
        """Return the share clipped to [0, 1], null where unknown."""
        # a boolean cannot be clipped, hence the cast first
        return self.expression(**values).cast(pl.Float64).clip(0.0, 1.0)


@dataclass(frozen=True)
class Tier(Definition):
    """People to be served before all later ones: a yes / no condition on a candidate."""


@dataclass(frozen=True)
class Limit(Definition):
    """
    Something that pairs use up: the expression gives the amount, a whole number in its ``unit``.

    ``per`` says which group a pair uses it of, null none; what each group has is in the snapshot.
    Of one that is ``advisory`` the use is told, and it never stands in anybody's way. ``usually``
    is what another one is where the policy does not say: ``hard``, or ``advisory`` for now.
    """

    unit: str = ""
    per: pl.Expr = field(default_factory=lambda: pl.lit(None), repr=False, compare=False)
    advisory: bool = False
    usually: Literal["hard", "advisory"] = "hard"

    @cached_property
    def columns_read(self) -> tuple[str, ...]:
        """The columns that amount and group read, sorted."""
        names = (*self.expression().meta.root_names(), *self.per.meta.root_names())
        return tuple(sorted(set(names)))


D = TypeVar("D", bound=Definition)


def _checked(definition: D, may_read: tuple[str, ...]) -> D:
    """Return the definition after reading its parameters and columns once, at import."""
    definition.parameters  # noqa: B018 - a wrong signature fails here, not at night
    for name in definition.columns_read:
        if name not in COLUMNS:
            raise TypeError(f"{definition.code} reads {name}, which columns.py does not declare")
        if name.partition(".")[0] not in may_read:
            raise TypeError(f"{definition.code} may read {' and '.join(may_read)}, not {name}")
        if protected_parts(name):
            raise TypeError(f"{definition.code} reads the protected {name}")
    scheme = SCHEME_COLUMNS.intersection(definition.columns_read)
    if scheme and not getattr(definition, "scheme_article", ""):
        raise TypeError(f"{definition.code} reads {min(scheme)} and names no article for it")
    return definition


def protected_parts(column: str) -> frozenset[str]:
    """Return the protected characteristics that a column is, or is made from."""
    names = {name.partition(".")[2] for name in base_columns([column])}
    return frozenset((names | {column.partition(".")[2]}) & PROTECTED)


def _text(build: Callable[..., pl.Expr]) -> str:
    text = inspect.getdoc(build)
    if not text:
        raise TypeError(f"{build.__name__} needs a docstring: people read it")
    return text.splitlines()[0]


def gate(*, refusal: str, source: str) -> Callable[[Callable[..., pl.Expr]], Gate]:
    """Make a gate of a function that returns an expression over ``placement`` columns."""

    def decorate(build: Callable[..., pl.Expr]) -> Gate:
        made = Gate(build.__name__, _text(build), source, build, refusal)
        return _checked(made, ("placement",))

    return decorate


def eligibility_rule(
    *,
    refusal: str,
    source: str,
    if_unknown: Unknown = "ask",
    scheme_article: str = "",
    remark: str = "",
    remark_when: str = "",
    binds_pins: bool = False,
) -> Callable[[Callable[..., pl.Expr]], EligibilityRule]:
    """
    Make an eligibility rule of a function that returns an expression over a pair.

    What is refused as long as it is unknown, and what a law makes a condition, also binds pins.
    """

    def decorate(build: Callable[..., pl.Expr]) -> EligibilityRule:
        made = EligibilityRule(
            build.__name__,
            _text(build),
            source,
            build,
            refusal,
            if_unknown,
            scheme_article,
            remark,
            remark_when,
            binds_pins or if_unknown == "refuse" or bool(scheme_article),
        )
        return _checked(made, ("candidate", "placement", "pair"))

    return decorate


def score_term(
    *, points: int, source: str, plan_term: bool = False
) -> Callable[[Callable[..., pl.Expr]], ScoreTerm]:
    """Make a score term of a function that returns a share over a pair."""

    def decorate(build: Callable[..., pl.Expr]) -> ScoreTerm:
        made = ScoreTerm(build.__name__, _text(build), source, build, points, plan_term)
        return _checked(made, ("candidate", "placement", "pair"))

    return decorate


def tier(*, source: str) -> Callable[[Callable[..., pl.Expr]], Tier]:
    """Make a tier of a function that returns a yes / no expression over ``candidate``."""

    def decorate(build: Callable[..., pl.Expr]) -> Tier:
        return _checked(Tier(build.__name__, _text(build), source, build), ("candidate",))

    return decorate


def limit(
    *,
    per: pl.Expr,
    unit: str,
    source: str,
    advisory: bool = False,
    usually: Literal["hard", "advisory"] = "hard",
) -> Callable[[Callable[..., pl.Expr]], Limit]:
    """Make a limit of a function that returns the amount that a pair uses."""

    def decorate(build: Callable[..., pl.Expr]) -> Limit:
        mode: Literal["hard", "advisory"] = "advisory" if advisory else usually
        made = Limit(build.__name__, _text(build), source, build, unit, per, advisory, mode)
        return _checked(made, ("candidate", "placement", "pair"))

    return decorate
