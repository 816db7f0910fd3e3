"""
What-if changes: each turns a snapshot or a policy into another one, and is plain data itself.

As JSON a change is an object whose ``change`` says which it is (the ``code`` of a class below) and
whose other keys are the fields of that class::

    {"change": "set_candidate", "candidate": "…", "column": "hours_max", "value": 32}
    {"change": "add_openings", "placement": "…", "add": 2}
    {"change": "imagine", "kind": "wage_earning", "place": "9351", "hours": 24,
     "guidance": "light", "openings": 12, "tasks": ["packing"]}
    {"change": "set_policy", "table": "short_journey", "name": "points", "value": 200}

Nothing is changed in place: what was given stays as it was.
"""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from typing import Any, ClassVar, Literal

import polars as pl

from matcher.domain.columns import candidate, placement
from matcher.domain.imagining import Imagined, area_of, imagined_row
from matcher.domain.near_names import near
from matcher.domain.policy import Policy
from matcher.domain.policy_text import with_value
from matcher.domain.snapshot import PoolSnapshot
from matcher.domain.values import column_of, fit, shown
from matcher.errors import Invalid, SnapshotError

MOST_ADDED = 10_000
LONGEST_ID = 100

Side = Literal["candidate", "placement"]


@dataclass(frozen=True)
class Change:
    """A change of a snapshot or a policy. Its own data are checked when it is made."""

    code: ClassVar[str]

    def on_snapshot(self, snapshot: PoolSnapshot) -> PoolSnapshot:
        """Return the snapshot with the change; SnapshotError when it does not suit it."""
        return snapshot

    def on_policy(self, policy: Policy) -> Policy:
        """Return the policy with the change; PolicyError when it does not suit it."""
        return policy

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {"change": self.code} | {
            field.name: _plain(getattr(self, field.name))
            for field in fields(self)
            if getattr(self, field.name) != field.default
        }


@dataclass(frozen=True)
class SetCandidate(Change):
    """Another value for one fact of a person; ``home`` moves the person there."""

    code = "set_candidate"
    candidate: str
    column: str
    value: Any = None

    def __post_init__(self) -> None:
        """Check id, column and value."""
        _check_id(self, "candidate")
        fit(column_of(candidate, "candidate", self.column), self.value)

    def on_snapshot(self, snapshot: PoolSnapshot) -> PoolSnapshot:
        """Return the snapshot with the value in that person's row."""
        return _with_value(snapshot, "candidate", self.candidate, self.column, self.value)


@dataclass(frozen=True)
class SetPlacement(Change):
    """Another value for one fact of a placement; ``site`` moves it there."""

    code = "set_placement"
    placement: str
    column: str
    value: Any = None

    def __post_init__(self) -> None:
        """Check id, column and value."""
        _check_id(self, "placement")
        fit(column_of(placement, "placement", self.column), self.value)

    def on_snapshot(self, snapshot: PoolSnapshot) -> PoolSnapshot:
        """Return the snapshot with the value in that placement's row."""
        return _with_value(snapshot, "placement", self.placement, self.column, self.value)


@dataclass(frozen=True)
class AddOpenings(Change):
    """More openings of a placement, or fewer when ``add`` is below 0."""

    code = "add_openings"
    placement: str
    add: int = 1

    def __post_init__(self) -> None:
        """Check id and number."""
        _check_id(self, "placement")
        _check_added(self, self.add)

    def on_snapshot(self, snapshot: PoolSnapshot) -> PoolSnapshot:
        """Return the snapshot with that many openings more."""
        row = _row(snapshot, "placement", self.placement)
        had, taken = (int(row[f"placement.{name}"].item() or 0) for name in ("openings", "taken"))
        if had + self.add < taken:
            raise SnapshotError(
                f"Placement {self.placement} has {had} openings, {taken} of them taken: it cannot "
                f"have {had + self.add}."
            )
        return _with_value(snapshot, "placement", self.placement, "openings", had + self.add)


@dataclass(frozen=True)
class RemoveCandidate(Change):
    """A person is gone: moved away, found work, asked to be left out."""

    code = "remove_candidate"
    candidate: str

    def __post_init__(self) -> None:
        """Check the id."""
        _check_id(self, "candidate")

    def on_snapshot(self, snapshot: PoolSnapshot) -> PoolSnapshot:
        """Return the snapshot without the person, and without what is about the person."""
        return _without(snapshot, "candidate", self.candidate)


@dataclass(frozen=True)
class RemovePlacement(Change):
    """A placement is gone: the employer closes or withdraws it."""

    code = "remove_placement"
    placement: str

    def __post_init__(self) -> None:
        """Check the id."""
        _check_id(self, "placement")

    def on_snapshot(self, snapshot: PoolSnapshot) -> PoolSnapshot:
        """Return the snapshot without the placement, and without what is about it."""
        return _without(snapshot, "placement", self.placement)


@dataclass(frozen=True)
class Imagine(Imagined, Change):
    """A placement that is not there yet; `matcher.domain.imagining` says what it is like."""

    code = "imagine"

    def on_snapshot(self, snapshot: PoolSnapshot) -> PoolSnapshot:
        """Return the snapshot with the imagined placement as its last one."""
        return replace(
            snapshot, placements=snapshot.placements.vstack(imagined_row(self, snapshot))
        )


@dataclass(frozen=True)
class AddCapacity(Change):
    """More of a resource, such as a coach's hours: ``add`` in the unit of its limit."""

    code = "add_capacity"
    limit: str
    group: str
    add: int = 1

    def __post_init__(self) -> None:
        """Check names and number."""
        _check_id(self, "limit")
        _check_id(self, "group")
        _check_added(self, self.add)

    def on_snapshot(self, snapshot: PoolSnapshot) -> PoolSnapshot:
        """Return the snapshot with that much more of the resource."""
        frame = snapshot.resources
        limits = frame["limit"].unique().to_list()
        if self.limit not in limits:
            raise SnapshotError(
                f"No resource has the limit {self.limit}.{near(self.limit, limits)}"
            )
        groups = frame.filter(pl.col("limit") == self.limit)["group"].to_list()
        if self.group not in groups:
            raise SnapshotError(
                f"{self.limit} has no group {self.group}.{near(self.group, groups)}"
            )
        here = (pl.col("limit") == self.limit) & (pl.col("group") == self.group)
        more = (pl.col("capacity") + self.add).clip(lower_bound=0)
        changed = frame.with_columns(capacity=pl.when(here).then(more).otherwise("capacity"))
        return replace(snapshot, resources=changed)


@dataclass(frozen=True)
class SetPolicy(Change):
    """Another value in the policy: a rule's parameter, a term's points, the order of tiers."""

    code = "set_policy"
    table: str
    name: str
    value: Any = None

    def __post_init__(self) -> None:
        """Check the names; the policy itself checks the value."""
        _check_id(self, "table")
        _check_id(self, "name")
        if self.value is None:
            raise Invalid("set_policy needs value: the new value of the parameter.")

    def on_policy(self, policy: Policy) -> Policy:
        """Return the policy with the value, checked as a whole."""
        return with_value(policy, self.table, self.name, self.value)


CHANGES: tuple[type[Change], ...] = (
    SetCandidate,
    SetPlacement,
    AddOpenings,
    RemoveCandidate,
    RemovePlacement,
    Imagine,
    AddCapacity,
    SetPolicy,
)


def change_of(data: object) -> Change:
    """
    Read a change from JSON.

    Raises
    ------
    Invalid
        No such change, or a key is missing or unknown.
    SnapshotError
        An unknown, made or protected column, or a value that does not suit its column.
    """
    if not isinstance(data, Mapping):
        raise Invalid(f"A change must be an object, not {shown(data)}.")
    known = {each.code: each for each in CHANGES}
    code = data.get("change")
    if code not in known:
        raise Invalid(
            f"change must be one of {', '.join(known)}, not {shown(code)}.{near(str(code), known)}"
        )
    kind = known[str(code)]
    names = [field.name for field in fields(kind)]
    given = {key: value for key, value in data.items() if key != "change"}
    for key in given:
        if key not in names:
            raise Invalid(f"{code} has no {key}: it takes {', '.join(names)}.{near(key, names)}")
    for field in fields(kind):
        no_default = field.default is MISSING and field.default_factory is MISSING
        if no_default and field.name not in given:
            raise Invalid(f"{code} needs {field.name}: it takes {', '.join(names)}.")
    return kind(**given)


def apply(
    changes: Iterable[Change], snapshot: PoolSnapshot, policy: Policy
) -> tuple[PoolSnapshot, Policy]:
    """
    Return snapshot and policy with the changes, one after the other.

    Raises
    ------
    SnapshotError
        A person, placement or resource is not there, or a number goes below what is taken.
    PolicyError
        An unknown table or name, or a value that the policy cannot have.
    """
    for change in changes:
        snapshot = change.on_snapshot(snapshot)
        policy = change.on_policy(policy)
    return snapshot, policy


def _check_id(change: Change, name: str) -> None:
    value = getattr(change, name)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID:
        raise Invalid(f"{change.code} needs {name}: a text of at most {LONGEST_ID} characters.")


def _check_added(change: Change, add: object) -> None:
    if type(add) is not int or not 0 < abs(add) <= MOST_ADDED:
        raise Invalid(
            f"{change.code} add must be a whole number from -{MOST_ADDED} to {MOST_ADDED} and not "
            f"0, not {shown(add)}."
        )


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _row(snapshot: PoolSnapshot, side: Side, row_id: str) -> pl.DataFrame:
    frame = snapshot.candidates if side == "candidate" else snapshot.placements
    row = frame.filter(pl.col(f"{side}.id") == row_id)
    if row.is_empty():
        raise SnapshotError(
            f"The pool has no {side} {row_id} to plan for. Maybe: it was closed, or is decided."
        )
    return row


def _with_value(
    snapshot: PoolSnapshot, side: Side, row_id: str, short: str, value: object
) -> PoolSnapshot:
    _row(snapshot, side, row_id)
    column = column_of(candidate if side == "candidate" else placement, side, short)
    fitted = {column.name: fit(column, value)}
    if column.name in ("candidate.home", "placement.site"):
        area = area_of(snapshot, str(value)) if value is not None else (None, None)
        fitted |= {f"{side}.latitude": area[0], f"{side}.longitude": area[1]}
    frame = snapshot.candidates if side == "candidate" else snapshot.placements
    here = pl.col(f"{side}.id") == row_id
    changed = frame.with_columns(
        pl.when(here)
        .then(pl.lit(new, dtype=frame.schema[name]))
        .otherwise(pl.col(name))
        .alias(name)
        for name, new in fitted.items()
    )
    return (
        replace(snapshot, candidates=changed)
        if side == "candidate"
        else replace(snapshot, placements=changed)
    )


def _without(snapshot: PoolSnapshot, side: Side, row_id: str) -> PoolSnapshot:
    _row(snapshot, side, row_id)
    others = pl.col(f"{side}.id") != row_id
    kept = {
        name: getattr(snapshot, name).filter(others) for name in (f"{side}s", "previous", "pins")
    }
    if side == "candidate":
        kept["companions"] = snapshot.companions.filter(others & (pl.col("other.id") != row_id))
    return replace(snapshot, **kept)
