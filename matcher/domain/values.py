"""Plain values (of JSON, or of a command line) as values of a column, checked against it."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl

from matcher.domain.columns import MODES, PROTECTED, Column, Namespace
from matcher.domain.near_names import near
from matcher.errors import SnapshotError

FIXED = frozenset({"id", "version", "pool", "shared", "employer"})
"""Who or what a row is: another value would make it another row."""
MOST_WORDS = 100
"""Elements of a list."""
LONGEST = 500
"""Characters of a text."""

_RANGE = re.compile(r"^(?:[a-z]+ )?(\d+)-(\d+)$")
_DAYPARTS = re.compile(r"^[01]{21}$")


def column_of(namespace: Namespace, side: str, short: str) -> Column:
    """
    Return a column of a person or a placement that a value can be given to.

    Raises
    ------
    SnapshotError
        It is protected, made from others, says who the row is, or is not there; with the names
        that look like it.
    """
    short = short.removeprefix(f"{side}.")
    by_name = {column.name.partition(".")[2]: column for column in namespace.columns()}
    settable = [
        name for name, column in by_name.items() if name not in FIXED and not column.is_made
    ]
    if short in PROTECTED:
        raise SnapshotError(f"{side}.{short} is protected: no answer may depend on it.")
    if short in ("latitude", "longitude"):
        raise SnapshotError(
            f"{side}.{short} follows the area: change "
            f"{'home' if side == 'candidate' else 'site'} instead."
        )
    if short in FIXED and short in by_name:
        raise SnapshotError(f"{side}.{short} says which {side} it is, and cannot be changed.")
    if short not in by_name:
        raise SnapshotError(f"{side} has no column {short}.{near(short, settable)}")
    column = by_name[short]
    if column.is_made:
        sources = ", ".join(name.partition(".")[2] for name in column.made_from)
        raise SnapshotError(f"{column.name} is made from {sources}: change that instead.")
    return column


def fit(column: Column, value: object) -> Any:
    """
    Return a plain value in the type of a column; None clears it.

    A date is ``2026-11-21``; a list holds texts, or the numbers of months.

    Raises
    ------
    SnapshotError
        The value does not suit the column; the message says what does.
    """
    if value is None:
        return None
    fitted = _fitted(column, column.dtype, value)
    if fitted is None:
        raise SnapshotError(f"{column.name} must be {_expected(column)}, not {shown(value)}.")
    return fitted


def shown(value: object) -> str:
    """Return a value as a message can tell it: short, whatever it is."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _fitted(column: Column, dtype: Any, value: object) -> Any:
    if isinstance(dtype, pl.List):
        if not isinstance(value, list | tuple) or len(value) > MOST_WORDS:
            return None
        elements = [_fitted(column, dtype.inner, element) for element in value]
        return None if None in elements else elements
    if isinstance(dtype, pl.Enum):
        return value if value in dtype.categories.to_list() else None
    if dtype == pl.Boolean:
        return value if isinstance(value, bool) else None
    if dtype == pl.Date:
        return _day(value)
    if dtype == pl.String:
        return value if isinstance(value, str) and _suits(column, value) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if dtype.is_integer():
        low, high = _bounds(column, dtype)
        return value if isinstance(value, int) and low <= value <= high else None
    return float(value) if abs(value) < 1e9 else None


def _day(value: object) -> date | None:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return None
    return day if isinstance(day, date) and 1900 <= day.year <= 2200 else None


def _suits(column: Column, text: str) -> bool:
    check = _TEXTS.get(column.unit)
    return bool(0 < len(text) <= LONGEST and "\x00" not in text and (check is None or check(text)))


_TEXTS: dict[str, Callable[[str], object]] = {
    "modes": lambda text: text in MODES,
    "21 x 0/1": _DAYPARTS.match,
    "PC4": re.compile(r"^[1-9][0-9]{3}$").match,
    "SBI, 5 digits": re.compile(r"^[0-9]{5}$").match,
}


def _bounds(column: Column, dtype: Any) -> tuple[int, int]:
    if found := _RANGE.match(column.unit):
        return int(found[1]), int(found[2])
    # what is counted is never below none; the type says what the column can hold
    return 0, _LARGEST[dtype.base_type()]


_LARGEST = {pl.Int8: 2**7 - 1, pl.Int16: 2**15 - 1, pl.Int32: 2**31 - 1, pl.Int64: 2**63 - 1}


def _expected(column: Column) -> str:
    dtype = column.dtype
    unit = f" ({column.unit})" if column.unit else ""
    if isinstance(dtype, pl.List):
        return f"a list of values{unit}"
    if isinstance(dtype, pl.Enum):
        return f"one of {', '.join(dtype.categories)}"
    if dtype == pl.Boolean:
        return "true or false"
    if dtype == pl.Date:
        return "a date such as 2026-11-21"
    if dtype == pl.String:
        return f"a text{unit}" if column.unit != "21 x 0/1" else "21 times 0 or 1"
    if dtype.is_integer():
        low, high = _bounds(column, dtype)
        return f"a whole number from {low} to {high}{unit}"
    return f"a number{unit}"
