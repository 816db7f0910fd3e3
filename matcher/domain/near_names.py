"""The way out of a name that nobody knows."""

import difflib
from collections.abc import Iterable


def near(name: str, known: Iterable[str]) -> str:
    """Return the nearest known names as a hint, or nothing."""
    found = difflib.get_close_matches(name, list(known), n=3)
    return f" Maybe: {', '.join(found)}." if found else ""
