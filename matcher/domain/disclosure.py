"""
What of a person an employer may see: stages, the fields of each, and bands that hide in a crowd.

Stage 0 is nothing but the proposal itself; 1 an anonymous card; 2 name and contact; 3 the facts
that a wage-cost scheme needs. The card comes with any consent, the others with consent that names
their fields; at work an employer needs all of them. A band widens until at least `FEWEST` people
of the pool are in it: one in a village of one is no longer anonymous.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

FEWEST: Final = 5
CARD: Final = ("level", "distance_km", "hours_per_week", "competences", "interests")
CONTACT: Final = ("name", "phone", "email")
SCHEME: Final = (
    "scheme",
    "payer",
    "sheltered_advice",
    "register_flag",
    "wage_value_low",
    "wage_value_high",
)
GROUPS: Final = {"card": (), "contact": CONTACT, "scheme": SCHEME}
"""What a consent may name as a whole."""
GRANTABLE: Final = (*GROUPS, *CONTACT, *SCHEME)
"""Every word that a consent may hold."""
EVERY_EMPLOYER: Final = ("employers", "werkgevers", "werkgevers in de pool")
"""Receivers that mean all employers of the pool, as files have them."""


@dataclass(frozen=True)
class Disclosure:
    """What an employer may see of somebody: the stage, and the fields beyond the card."""

    stage: int
    fields: tuple[str, ...] = ()


def disclosure(granted: Collection[str] | None, *, at_work: bool = False) -> Disclosure:
    """
    Return what consent, or work that was agreed, lets an employer see.

    Parameters
    ----------
    granted
        The words of all consents in force for this employer together; None where there is none.
    at_work
        The person has work with this employer, or is about to.
    """
    if at_work:
        return Disclosure(3, (*CONTACT, *SCHEME))
    if granted is None:
        return Disclosure(0)
    fields = {each for word in granted for each in GROUPS.get(word, (word,))}
    shown = tuple(each for each in (*CONTACT, *SCHEME) if each in fields)
    if any(each in SCHEME for each in shown):
        return Disclosure(3, shown)
    return Disclosure(2 if shown else 1, shown)


@dataclass(frozen=True)
class Person:
    """The facts of a card that are told in bands; None is not known."""

    level: int | None
    km: float | None
    hours: int | None


@dataclass(frozen=True)
class Bands:
    """A person's facts as a card tells them; None is not told."""

    level: str | None
    distance_km: str | None
    hours_per_week: str | None


Band = Callable[[float | None], str | None]


def _edges(*edges: int) -> Band:
    def band(value: float | None) -> str | None:
        if value is None:
            return None
        for low, high in pairwise(edges):
            if value < high:
                return f"{low}-{high}"
        return f"{edges[-1]}+"

    return band


def _not_told(value: float | None) -> str | None:
    return None


def _exact(value: float | None) -> str | None:
    return None if value is None else f"{value:.0f}"


def _low_or_high(value: float | None) -> str | None:
    return None if value is None else "1-3" if value <= 3 else "4-6"


_LEVEL = (_exact, _low_or_high, _not_told)
_KM = (_edges(0, 5, 10, 20, 40), _edges(0, 10, 40), _not_told)
_HOURS = (_edges(0, 8, 16, 24, 32), _edges(0, 16, 32), _not_told)
# Distance gives a person away first, the level last.
WIDER: Final[tuple[tuple[Band, Band, Band], ...]] = (
    (_LEVEL[0], _KM[0], _HOURS[0]),
    (_LEVEL[0], _KM[1], _HOURS[0]),
    (_LEVEL[0], _KM[1], _HOURS[1]),
    (_LEVEL[1], _KM[1], _HOURS[1]),
    (_LEVEL[1], _KM[2], _HOURS[1]),
    (_LEVEL[1], _KM[2], _HOURS[2]),
    (_LEVEL[2], _KM[2], _HOURS[2]),
)
"""Level, distance and hours, from the narrowest bands to none."""


def bands(person: Person, crowd: Collection[tuple[Person, int]]) -> Bands:
    """
    Return the narrowest bands of a person that at least `FEWEST` of a crowd are in.

    Parameters
    ----------
    crowd
        Everybody of the pool, the person too, as facts and how many people have them.
    """
    told = Bands(None, None, None)
    for level, km, hours in WIDER:
        told = Bands(level(person.level), km(person.km), hours(person.hours))
        alike = sum(
            people
            for each, people in crowd
            if Bands(level(each.level), km(each.km), hours(each.hours)) == told
        )
        if alike >= FEWEST:
            break
    return told
