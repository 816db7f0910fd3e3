"""Which driving licences come with another one."""

from collections.abc import Mapping

IMPLIED: Mapping[str, tuple[str, ...]] = {
    "A": ("A2",),
    "A2": ("A1",),
    "A1": ("AM",),
    "B": ("AM",),
    "BE": ("B",),
    "C": ("C1",),
    "CE": ("C", "C1E", "BE"),
    "C1E": ("C1", "BE"),
    "D": ("D1",),
    "DE": ("D", "D1E", "BE"),
    "D1E": ("D1", "BE"),
    "C1": ("B",),
    "D1": ("B",),
}
"""
Licence -> the licences it gives at once.

European categories of Directive 2006/126/EC, art. 6 (equivalences); C1 and D1 are given only to
holders of B, and every E only to holders of the category it extends.
"""


def with_implied(licence: str) -> frozenset[str]:
    """Return a licence and all that come with it, directly or through another."""
    found = {licence}
    waiting = [licence]
    while waiting:
        for implied in IMPLIED.get(waiting.pop(), ()):
            if implied not in found:
                found.add(implied)
                waiting.append(implied)
    return frozenset(found)
