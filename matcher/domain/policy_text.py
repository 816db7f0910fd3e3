"""A policy with one value changed, as the text of a policy again, so that it is checked as one."""

import json
import tomllib
from collections.abc import Mapping
from typing import Any

from matcher.domain.policy import Policy
from matcher.errors import PolicyError


def with_value(policy: Policy, table: str, name: str, value: Any) -> Policy:
    """
    Return the policy with another value of one parameter, such as ``short_journey`` ``points``.

    The order of tiers is ``tiers`` ``order``. It keeps its version: that of what it was made from.

    Raises
    ------
    PolicyError
        An unknown table or name, with those that look like it, or a value it cannot have.
    """
    document = tomllib.loads(policy.to_toml())
    held = document.setdefault(table, {})
    if not isinstance(held, dict):
        raise PolicyError(f"{table} is no table of a policy.")
    held[name] = value
    return Policy.from_toml(as_toml(document), policy.version)


def as_toml(document: Mapping[str, Any]) -> str:
    """
    Return a document as TOML: texts, numbers, yes / no, lists, tables and lists of tables.

    Raises
    ------
    PolicyError
        It holds something that TOML cannot, such as nothing at all.
    """
    return "\n".join(_tables(document, ())) + "\n"


def _tables(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    lines = [
        f"{_key(name)} = {_value(name, value)}" for name, value in table.items() if _is_plain(value)
    ]
    for name, value in table.items():
        below = (*path, _key(name))
        if isinstance(value, Mapping):
            lines += ["", f"[{'.'.join(below)}]", *_tables(value, below)]
        elif not _is_plain(value):
            for row in value:
                lines += ["", f"[[{'.'.join(below)}]]", *_tables(row, below)]
    return lines


def _is_plain(value: object) -> bool:
    of_tables = isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value)
    return not isinstance(value, Mapping) and not of_tables


def _value(name: str, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(name, element) for element in value)}]"
    if isinstance(value, Mapping):
        inside = (f"{_key(key)} = {_value(key, element)}" for key, element in value.items())
        return f"{{{', '.join(inside)}}}"
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    raise PolicyError(f"{name} must be a text, a number, true, false or a list.")


def _key(name: str) -> str:
    bare = name and all(sign.isascii() and (sign.isalnum() or sign in "-_") for sign in name)
    return name if bare else _text(name)


def _text(value: str) -> str:
    # JSON escapes what TOML must have escaped, but for the one control character above the others
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
