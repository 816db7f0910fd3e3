"""What-if changes in a few words of a command line, with people's own keys."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
from sqlmodel import Session

from matcher.domain.changes import Change, change_of
from matcher.domain.columns import COLUMNS
from matcher.domain.near_names import near
from matcher.errors import Invalid, SnapshotError
from matcher.service.known_as import group_id
from matcher.service.naming import candidate_id, placement_id

HOW = """candidate KEY COLUMN=VALUE; placement KEY COLUMN=VALUE (openings=+2 adds); \
remove candidate KEY; remove placement KEY; policy TABLE NAME=VALUE; capacity LIMIT KEY=+4; \
imagine kind=… place=… hours=… guidance=… openings=… tasks=a,b"""


def change_in(db: Session, words: str) -> Change:
    """
    Return the change that some words describe; `HOW` is how.

    Raises
    ------
    Invalid
        The words describe none, or one that cannot be.
    NotFound
        Nobody, or nothing, has that key.
    """
    first, _, rest = words.strip().partition(" ")
    if first not in _READERS:
        raise Invalid(f"A change begins with {', '.join(_READERS)}.{near(first, _READERS)}\n{HOW}")
    try:
        return change_of(_READERS[first](db, rest.strip()))
    except SnapshotError as error:
        raise Invalid(error.message) from error


def imagined_in(words: str) -> Change:
    """Return the imagined placement that some words describe, such as ``kind=… place=…``."""
    try:
        return change_of(_imagine(None, words))
    except SnapshotError as error:
        raise Invalid(error.message) from error


def _of_candidate(db: Session, words: str) -> Mapping[str, Any]:
    key, column, value = _key_and_value("candidate", words)
    return {
        "change": "set_candidate",
        "candidate": str(candidate_id(db, key)),
        "column": column,
        "value": _value("candidate", column, value),
    }


def _of_placement(db: Session, words: str) -> Mapping[str, Any]:
    key, column, value = _key_and_value("placement", words)
    place = str(placement_id(db, key))
    if column == "openings" and value[:1] in ("+", "-"):
        return {"change": "add_openings", "placement": place, "add": _number("openings", value)}
    return {
        "change": "set_placement",
        "placement": place,
        "column": column,
        "value": _value("placement", column, value),
    }


def _remove(db: Session, words: str) -> Mapping[str, Any]:
    side, _, key = words.partition(" ")
    if side not in ("candidate", "placement") or not key:
        raise Invalid("Say: remove candidate KEY, or remove placement KEY.")
    find = candidate_id if side == "candidate" else placement_id
    return {"change": f"remove_{side}", side: str(find(db, key.strip()))}


def _policy(_: Session, words: str) -> Mapping[str, Any]:
    table, name, value = _key_and_value("policy", words)
    of_list = (table, name) == ("tiers", "order")
    return {
        "change": "set_policy",
        "table": table,
        "name": name,
        "value": value.split(",") if of_list else _plain(value),
    }


def _capacity(db: Session, words: str) -> Mapping[str, Any]:
    before, equals, value = words.partition("=")
    # a sender's key may have spaces, the name of a limit has none
    limit, _, group = before.strip().partition(" ")
    if not equals or not group:
        raise Invalid(f"Say of capacity which limit, whose and how much more.\n{HOW}")
    return {
        "change": "add_capacity",
        "limit": limit,
        "group": group_id(db, limit, group.strip()),
        "add": _number("capacity", value.strip()),
    }


def _imagine(_: Session | None, words: str) -> Mapping[str, Any]:
    found: dict[str, Any] = {"change": "imagine"}
    for word in _pairs(words):
        name, equals, value = word.partition("=")
        if not equals:
            raise Invalid(f"{word} says nothing of an imagined placement. Maybe: place={word}")
        found[name] = _IMAGINED.get(name, _plain)(value)
    return found


def _pairs(words: str) -> list[str]:
    """Return the parts ``name=value``; a word without = belongs to the value before it."""
    found: list[str] = []
    for word in words.split():
        if "=" in word or not found:
            found.append(word)
        else:
            found[-1] += f" {word}"
    return found


def _hours(value: str) -> object:
    fewest, dash, most = value.partition("-")
    return [_plain(fewest), _plain(most)] if dash else _plain(value)


_IMAGINED: Mapping[str, Callable[[str], object]] = {
    "place": str,
    "kind": str,
    "guidance": str,
    "hours": _hours,
    "tasks": lambda value: [each for each in value.split(",") if each],
    "demands": lambda value: {
        name: _plain(level) for name, _, level in (each.partition(":") for each in value.split(","))
    },
}
_READERS: Mapping[str, Callable[[Session, str], Mapping[str, Any]]] = {
    "candidate": _of_candidate,
    "placement": _of_placement,
    "remove": _remove,
    "policy": _policy,
    "capacity": _capacity,
    "imagine": _imagine,
}


def _key_and_value(what: str, words: str) -> tuple[str, str, str]:
    before, equals, value = words.partition("=")
    key, _, name = before.strip().rpartition(" ")
    if not equals or not key or not name:
        raise Invalid(f"Say of {what} whose, what and the new value.\n{HOW}")
    return key.strip(), name, value.strip()


def _number(name: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise Invalid(f"{name} takes a whole number such as +2, not {value!r}.") from None


def _value(side: str, column: str, value: str) -> object:
    declared = COLUMNS.get(f"{side}.{column}")
    dtype = None if declared is None else declared.dtype
    if value == "null":
        return None
    if isinstance(dtype, pl.List):
        return [
            _plain(each) if dtype.inner != pl.String else each for each in value.split(",") if each
        ]
    is_text = dtype in (pl.String, pl.Date) or isinstance(dtype, pl.Enum)
    return value if is_text else _plain(value)


def _plain(value: str) -> object:
    """Return a number, true or false as such, anything else as the text it is."""
    try:
        return json.loads(value)
    except ValueError:
        return value
