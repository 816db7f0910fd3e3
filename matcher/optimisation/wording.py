"""Values and templates as people read them: evidence in a sentence, never a bare null."""

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from matcher.domain.columns import COLUMNS

NOT_RECORDED = "not recorded"
NOTHING_ELSE: Mapping[str, str] = MappingProxyType({})
_PLACE = re.compile(r"\{([a-z_0-9.]+)\}")
_NULL_IS = re.compile(r"null is (\w+)")


def columns_in(template: str) -> tuple[str, ...]:
    """Return the columns that a template names."""
    return tuple(_PLACE.findall(template))


def fill_in(template: str, row: Mapping[str, Any], words: Mapping[str, str] = NOTHING_ELSE) -> str:
    """Return a template with the values of a row in its places, in words of another language."""

    def told(found: re.Match[str]) -> str:
        text = in_words(found[1], row.get(found[1]))
        return words.get(text, text)

    return _PLACE.sub(told, template)


def in_words(column: str, value: Any) -> str:
    """
    Return a value as text: lists joined, yes and no, at most one decimal.

    Null is what the column says that it means (``null is open``), else "not recorded".
    """
    if value is None:
        meaning = COLUMNS[column].meaning if column in COLUMNS else ""
        stated = _NULL_IS.search(meaning)
        return stated[1] if stated else NOT_RECORDED
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}" if column.endswith("_wage") else f"{round(value, 1):g}"
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value) or "none"
    if isinstance(value, date):
        return value.isoformat()
    return str(value).replace("_", " ") if column == "pair.mode" else str(value)


def as_plain(value: Any) -> Any:
    """Return a value as JSON can hold it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return round(value, 4)
    return value
