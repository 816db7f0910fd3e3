"""
What a pool itself limits or promises in its policy: ceilings of money or places, and floors.

::

    [[ceiling]]                     # at most this much of an instrument
    code = "practical_learning"
    label = "Training money for practical learning, 2026"
    unit = "euro"
    capacity = 54000
    amount = 2700                   # for one person
    column = "placement.training_offered"
    equals = "praktijkverklaring"   # or at_least, at_most
    from = 2026-01-01               # the period; may be left out
    until = 2026-12-31
    hard = true                     # false: only told
    citation = "Budget 2026, page 12"

    [[floor]]                       # at least so many proposals for a group
    code = "westerkwartier"
    label = "People of Westerkwartier"
    column = "candidate.municipality"
    equals = "1969"
    people = 20                     # or share = 0.3 of those of the group who seek
    citation = "Agreement of the municipalities, article 4"

Who is at work at such a placement counts against a ceiling already. A floor that cannot be met is
named, and the plan is made without it: it never refuses anybody for the sake of a number.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from matcher.domain.columns import COLUMNS, SCHEME_COLUMNS
from matcher.domain.comparing import COMPARISONS, column_faults, value_fault
from matcher.domain.definitions import Value

LARGEST = 10**12
WHOLE_POOL = "pool"
"""The one group of a ceiling, and of a floor."""
_MUNICIPALITY = "candidate.municipality"
_ENTITLEMENT = "placement.subsidised"


@dataclass(frozen=True)
class Condition:
    """One column compared with one value."""

    column: str
    comparison: str
    value: Value | str

    def expression(self) -> pl.Expr:
        """Return the yes / no expression; unknown is no."""
        return COMPARISONS[self.comparison](pl.col(self.column), self.value).fill_null(False)


@dataclass(frozen=True)
class Ceiling:
    """At most ``capacity`` of something of which each person at such a placement takes so much."""

    code: str
    label: str
    citation: str
    condition: Condition
    unit: str
    capacity: int
    amount: int
    hard: bool
    first: date | None
    last: date | None

    def in_force(self, today: date) -> bool:
        """Say whether this day lies in its period."""
        return (self.first or today) <= today <= (self.last or today)


@dataclass(frozen=True)
class Floor:
    """At least so many people, or that share of those who seek, of a group."""

    code: str
    label: str
    citation: str
    condition: Condition
    people: int | None
    share: float | None


def read_ceilings(
    content: object, taken: Collection[str], faults: list[str]
) -> tuple[Ceiling, ...]:
    """Return the ceilings of a policy; what is wrong with them is added to the faults."""
    found = (_ceiling(row, taken, faults) for row in _rows("ceiling", content, faults))
    return tuple(each for each in found if each is not None)


def read_floors(content: object, taken: Collection[str], faults: list[str]) -> tuple[Floor, ...]:
    """Return the floors of a policy; what is wrong with them is added to the faults."""
    found = (_floor(row, taken, faults) for row in _rows("floor", content, faults))
    return tuple(each for each in found if each is not None)


def _rows(table: str, content: object, faults: list[str]) -> list[Mapping[str, Any]]:
    if isinstance(content, list) and all(isinstance(row, Mapping) for row in content):
        return content
    faults.append(f"{table} must be a list of tables, written as [[{table}]]")
    return []


def _ceiling(row: Mapping[str, Any], taken: Collection[str], faults: list[str]) -> Ceiling | None:
    code = row.get("code")
    where = f"[[ceiling]] {code}"
    own = ("unit", "capacity", "amount", "hard", "from", "until")
    found = _common(where, row, "placement", own, taken)
    if not isinstance(row.get("unit"), str) or not row["unit"].strip():
        found.append(f"{where}: unit is missing")
    for name, least, default in (("capacity", 0, None), ("amount", 1, 1)):
        value = row.get(name, default)
        if value is None:
            found.append(f"{where}: {name} is missing: a limit needs a number")
        elif type(value) is not int or not least <= value <= LARGEST:
            found.append(f"{where}: {name} must be a whole number from {least}, not {value!r}")
    if not isinstance(row.get("hard", True), bool):
        found.append(f"{where}: hard must be true or false, not {row['hard']!r}")
    for name in ("from", "until"):
        if name in row and type(row[name]) is not date:
            found.append(f"{where}: {name} must be a date, not {row[name]!r}")
    if row.get("column") == _ENTITLEMENT and row.get("hard", True):
        found.append(
            f"{where}: the wage subsidy is a legal entitlement. Maybe: hard = false, to be told"
        )
    faults += found
    if found:
        return None
    return Ceiling(
        row["code"], row["label"], row["citation"], _condition(row), row["unit"], row["capacity"],
        row.get("amount", 1), row.get("hard", True), row.get("from"), row.get("until"),
    )  # fmt: skip


def _floor(row: Mapping[str, Any], taken: Collection[str], faults: list[str]) -> Floor | None:
    code = row.get("code")
    where = f"[[floor]] {code}"
    found = _common(where, row, "candidate", ("people", "share"), taken)
    if ("people" in row) == ("share" in row):
        found.append(f"{where}: give one of people, share")
    elif "people" in row and (type(row["people"]) is not int or row["people"] < 1):
        found.append(f"{where}: people must be a whole number from 1, not {row['people']!r}")
    elif "share" in row and (type(row["share"]) is not float or not 0 < row["share"] <= 1):
        found.append(f"{where}: share must be above 0 and at most 1.0, not {row['share']!r}")
    faults += found
    if found:
        return None
    return Floor(
        row["code"], row["label"], row["citation"], _condition(row), row.get("people"),
        row.get("share"),
    )  # fmt: skip


def _condition(row: Mapping[str, Any]) -> Condition:
    comparison = next(name for name in COMPARISONS if name in row)
    return Condition(row["column"], comparison, row[comparison])


def _common(
    where: str,
    row: Mapping[str, Any],
    namespace: str,
    own: Collection[str],
    taken: Collection[str],
) -> list[str]:
    """Return the faults of what ceilings and floors have alike."""
    texts = ("code", "label", "column", "citation")
    found = [
        f"{where}: {name} is missing"
        for name in texts
        if not isinstance(row.get(name), str) or not row[name].strip()
    ]
    found += [
        f"{where}: {name} is unknown"
        for name in row
        if name not in texts and name not in COMPARISONS and name not in own
    ]
    if row.get("code") in list(taken):
        found.append(f"{where}: the code is taken")
    comparisons = [name for name in COMPARISONS if name in row]
    if len(comparisons) != 1:
        found.append(f"{where}: give one of {', '.join(COMPARISONS)}")
    column = row.get("column")
    if isinstance(column, str):
        faults = column_faults(where, column, namespace)
        if column in SCHEME_COLUMNS:
            faults.append(f"{where}: {column} is a status that only its own rule may read")
        found += faults
        if not faults and len(comparisons) == 1:
            found += _value_faults(where, column, comparisons[0], row[comparisons[0]])
    return found


def _value_faults(where: str, column: str, comparison: str, value: object) -> list[str]:
    if column == _MUNICIPALITY and comparison == "equals" and isinstance(value, str):
        return []
    fault = value_fault(COLUMNS[column].dtype, comparison, value)
    return [f"{where}: {fault}"] if fault else []
