"""Columns compared with a value, as a pool writes it in its policy: which may be read, how."""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from matcher.domain.columns import COLUMNS, PROTECTED
from matcher.domain.definitions import protected_parts
from matcher.domain.near_names import near

COMPARISONS: Mapping[str, Callable[[pl.Expr, Any], pl.Expr]] = {
    "equals": lambda column, value: column == value,
    "at_least": lambda column, value: column >= value,
    "at_most": lambda column, value: column <= value,
}


def column_faults(where: str, column: str, namespace: str = "candidate") -> list[str]:
    """Return why a policy may not compare a column of a candidate or a placement."""
    _, _, short = column.partition(".")
    if short in PROTECTED or (column in COLUMNS and protected_parts(column)):
        return [f"{where}: {column} is protected, no policy may read it"]
    readable = [name for name in COLUMNS if name.startswith(f"{namespace}.")]
    if column not in readable:
        return [f"{where}: {column} is no column of a {namespace}.{near(column, readable)}"]
    return []


def value_fault(dtype: Any, comparison: str, value: object) -> str | None:
    """Return why a column of this type cannot be compared with a value, or None."""
    if isinstance(dtype, pl.Enum):
        if value in dtype.categories.to_list():
            return None
        return f"{comparison} must be one of {', '.join(dtype.categories)}, not {value!r}"
    if dtype == pl.Boolean:
        if comparison == "equals" and isinstance(value, bool):
            return None
        return f"a yes / no column takes equals = true or false, not {comparison} = {value!r}"
    if dtype.is_numeric():
        if isinstance(value, int | float) and not isinstance(value, bool):
            return None
        return f"{comparison} must be a number, not {value!r}"
    return "only numbers, yes / no and coded columns can be compared"
