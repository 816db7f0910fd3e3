"""The tiers of a policy: their order, and those that the pool adds itself."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from matcher.domain.columns import COLUMNS
from matcher.domain.comparing import COMPARISONS, column_faults, value_fault
from matcher.domain.definitions import Value
from matcher.domain.near_names import near
from matcher.domain.ordering import read_order
from matcher.domain.tiers import TIERS

TIER_ORDER = tuple(tier.code for tier in TIERS)

_CATCH_ALL = "everybody"


@dataclass(frozen=True)
class OwnTier:
    """A tier that a pool adds: one column compared with one value, and its citation."""

    code: str
    label: str
    column: str
    comparison: str
    value: Value | str
    citation: str

    def expression(self) -> pl.Expr:
        """Return the yes / no expression over candidates."""
        return COMPARISONS[self.comparison](pl.col(self.column), self.value)


def read_tiers(
    content: Mapping[str, Any], taken: Collection[str], faults: list[str]
) -> tuple[tuple[str, ...], Mapping[str, OwnTier]]:
    """
    Return the order of all tiers, and the pool's own by code.

    What is wrong with them is added to the faults; then what is returned is of no use.
    """
    for name in content:
        if name not in ("order", "own"):
            faults.append(f"[tiers] {name} is unknown.{near(name, ('order', 'own'))}")
    rows = content.get("own", [])
    if not isinstance(rows, list):
        faults.append("[tiers] own must be a list, written as [[tiers.own]]")
        rows = []
    own: dict[str, OwnTier] = {}
    for row in rows:
        found = _own_tier(row, [*taken, *own], faults)
        if found is not None:
            own[found.code] = found
    return _order(content.get("order", list(TIER_ORDER)), own, faults), own


def _order(order: object, own: Collection[str], faults: list[str]) -> tuple[str, ...]:
    before = len(faults)
    read = read_order("tier", order, [*TIER_ORDER, *own], faults)
    if not read and len(faults) > before:
        return read
    if not read or read[-1] != _CATCH_ALL:
        faults.append(f"[tiers] order must end with {_CATCH_ALL}: nobody is left out")
    faults += [
        f"[tiers] {code} is defined and not in the order" for code in own if code not in read
    ]
    return read


def _own_tier(row: object, taken: Collection[str], faults: list[str]) -> OwnTier | None:
    if not isinstance(row, Mapping):
        faults.append("[[tiers.own]] must be a table")
        return None
    code = row.get("code")
    where = f"[[tiers.own]] {code}"
    texts = ("code", "label", "column", "citation")
    found = []
    for name in texts:
        if not isinstance(row.get(name), str) or not row[name].strip():
            found.append(f"{where}: {name} is missing")
    comparisons = [name for name in COMPARISONS if name in row]
    if len(comparisons) != 1:
        found.append(f"{where}: give one of {', '.join(COMPARISONS)}")
    for name in row:
        if name not in texts and name not in COMPARISONS:
            found.append(f"{where}: {name} is unknown")
    if code in taken:
        found.append(f"{where}: the code is taken")
    if isinstance(row.get("column"), str):
        found += column_faults(where, row["column"])
    if not found:
        (comparison,) = comparisons
        value = row[comparison]
        if fault := value_fault(COLUMNS[row["column"]].dtype, comparison, value):
            found.append(f"{where}: {fault}")
        else:
            return OwnTier(
                row["code"], row["label"], row["column"], comparison, value, row["citation"]
            )
    faults += found
    return None
