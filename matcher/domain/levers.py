"""
What could be arranged to open a refused pair: the levers.

A lever changes facts of the person or of the placement, by the smallest value with which the rules
that it is for would pass. It is only a proposal: the rules themselves are asked again and the pool
is solved again before anything is said (`matcher.optimisation.inquiries`). A lever that arranges
something in two ways gives the smaller one first. The order in which a pool prefers them is data
of its policy::

    [levers]
    order = ["information", "journey", "one_more_opening"]   # the others are not offered

To add one: write its function, put it in the tuple at the end.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from matcher.domain.columns import BEARING_DEMANDS, GUIDANCE_LEVELS
from matcher.domain.near_names import near
from matcher.domain.ordering import read_order

Row = Mapping[str, Any]
"""A pair with its facts and, as ``rule.<code>``, what every rule says of it."""
Steps = dict[str, Any]
"""Columns and the values that they would get."""
Parameters = Callable[[str, str], Any]
"""The value in force of a parameter of the policy, by table and name."""


@dataclass(frozen=True)
class Lever:
    """
    One thing that can be arranged.

    Parameters
    ----------
    code, text
        Its name in policies and answers, and what people read.
    unit
        In what its values are counted.
    arranged_by
        Whose task it is.
    mends
        The rules that it can make pass, and gates of the placement.
    ways
        From a pair to the facts that would change, the smallest change first.
    """

    code: str
    text: str
    unit: str
    arranged_by: str
    mends: tuple[str, ...]
    ways: Callable[[Row, Parameters], Iterator[Steps]]


def _information(row: Row, parameter: Parameters) -> Iterator[Steps]:
    steps: Steps = {}
    if row["rule.home_known"] is None and row["placement.site"] is not None:
        steps["candidate.home"] = row["placement.site"]
        steps["candidate.latitude"] = row["placement.latitude"]
        steps["candidate.longitude"] = row["placement.longitude"]
    for code, held, required in _HELD:
        if row[f"rule.{code}"] is None:
            steps[held] = _together(row[held], row[required])
    if steps:
        yield steps


def _hours(row: Row, parameter: Parameters) -> Iterator[Steps]:
    steps: Steps = {}
    if row["rule.hours_overlap"] is False:
        fewest, most = row["placement.hours_min"], row["placement.hours_max"]
        wished_min, wished_max = row["candidate.hours_min"], row["candidate.hours_max"]
        if most is not None and wished_min is not None and wished_min > most:
            steps["candidate.hours_min"] = most
        if fewest is not None and wished_max is not None and wished_max < fewest:
            steps["candidate.hours_max"] = fewest
    if row["rule.dayparts_covered"] is False:
        both = zip(row["candidate.dayparts"], row["placement.dayparts"], strict=True)
        steps["candidate.dayparts"] = "".join(max(has, needed) for has, needed in both)
    if row["rule.office_hours_kept"] is False:
        steps["candidate.office_hours"] = False
    if row["rule.irregular_work_accepted"] is False:
        steps["candidate.irregular_work_ok"] = True
    if steps:
        yield steps


def _journey(row: Row, parameter: Parameters) -> Iterator[Steps]:
    if row["rule.reachable"] is not False:
        return
    minutes, km = row["pair.minutes"], row["pair.km"]
    if minutes is not None:
        margin = int(parameter("reachable", "margin_minutes"))
        steps: Steps = {}
        if minutes > row["candidate.travel_limit_minutes"] + margin:
            steps["candidate.max_travel_minutes"] = minutes - margin
        if row["candidate.travel_limit_km"] is not None and km > row["candidate.travel_limit_km"]:
            steps["candidate.max_distance_km"] = math.ceil(km)
        # nobody is asked to travel beyond the cap, and the cap would cut the limit back anyway
        if minutes - margin <= parameter("journey", "cap_minutes"):
            yield steps
    if "public_transport" not in (row["candidate.transport"] or []):
        yield {"candidate.transport": [*(row["candidate.transport"] or []), "public_transport"]}


def _adaptation(row: Row, parameter: Parameters) -> Iterator[Steps]:
    steps: Steps = {}
    asked = row["rule.support_offered"] is False and row["candidate.needs_adaptation"]
    heavy = row["rule.demands_bearable"] is False
    if (heavy or asked) and row["placement.adaptation_possible"] is not True:
        steps["placement.adaptation_possible"] = True
        yield dict(steps)
    if heavy:
        levels = int(parameter("demands_bearable", "adaptation_levels"))
        steps |= _lowered(row, lambda demand: row[f"candidate.limit_{demand}"], levels)
    if row["rule.heavy_work_accepted"] is False:
        heavy_from = int(parameter("heavy_work_accepted", "heavy_from"))
        for demand in ("lifting", "standing", "walking"):
            name = f"placement.demand_{demand}"
            if row[name] is not None and row[name] >= heavy_from:
                steps[name] = min(heavy_from - 1, steps.get(name, heavy_from - 1))
    if any(name.startswith("placement.demand_") for name in steps):
        yield steps


def _lowered(row: Row, bearable: Callable[[str], int | None], levels: int) -> Steps:
    """Return the demands that go beyond what can be borne, lowered to where that ends."""
    return {
        f"placement.demand_{demand}": most + levels
        for demand in BEARING_DEMANDS
        if (most := bearable(demand)) is not None
        and row[f"placement.demand_{demand}"] is not None
        and row[f"placement.demand_{demand}"] > most + levels
    }


def _guidance(row: Row, parameter: Parameters) -> Iterator[Steps]:
    if row["rule.support_offered"] is not False:
        return
    steps: Steps = {}
    need, offered = row["candidate.guidance_need"], row["placement.guidance_offered"]
    if _rank(need) > _rank(offered) >= 0:
        steps["placement.guidance_offered"] = need
        if not row["placement.supervisors"]:
            steps["placement.supervisors"] = 1
    for what in ("supervision", "structure"):
        needed, given = row[f"candidate.need_{what}"], row[f"placement.offer_{what}"]
        if needed is not None and given is not None and needed > given:
            steps[f"placement.offer_{what}"] = needed
    if row["candidate.needs_variation"] and row["placement.variation_offered"] is False:
        steps["placement.variation_offered"] = True
    if steps:
        yield steps


def _training_or_licence(row: Row, parameter: Parameters) -> Iterator[Steps]:
    steps: Steps = {}
    for code, held, required in (*_HELD, _LANGUAGE):
        if row[f"rule.{code}"] is False:
            steps[held] = _together(steps.get(held, row[held]), row[required])
    if row["rule.level_met"] is False:
        steps["candidate.work_level"] = row["placement.level_required"]
    if steps:
        yield steps


def _one_more_opening(row: Row, parameter: Parameters) -> Iterator[Steps]:
    yield {
        "placement.openings": (row["placement.openings"] or 0) + 1,
        **(
            {"placement.group_free": max(row["placement.group_free"], 0) + 1}
            if row["placement.group_free"] is not None
            else {}
        ),
    }


_HELD = (
    ("licence_held", "candidate.licences", "placement.licences_required"),
    ("certificate_held", "candidate.certificates", "placement.certificates_required"),
    ("safety_language_met", "candidate.languages", "placement.safety_languages_required"),
)
_LANGUAGE = ("language_met", "candidate.languages", "placement.languages_required")


def _together(held: list[str] | None, required: list[str] | None) -> list[str]:
    """Return what is held and, after it, what is required and not in it."""
    return [*(held or []), *(each for each in required or [] if each not in (held or []))]


def _rank(level: str | None) -> int:
    return -1 if level is None else GUIDANCE_LEVELS.index(level)


LEVERS: tuple[Lever, ...] = (
    Lever(
        "information",
        "Record what is missing, if it is as the work needs it",
        "facts",
        "coach",
        ("home_known", *(code for code, _, _ in _HELD)),
        _information,
    ),
    Lever(
        "hours",
        "Other hours or parts of the week",
        "hours a week, dayparts",
        "coach, with the person",
        ("hours_overlap", "dayparts_covered", "office_hours_kept", "irregular_work_accepted"),
        _hours,
    ),
    Lever(
        "journey",
        "A longer journey, or other transport",
        "minutes one way, km",
        "coach, with the person",
        ("reachable",),
        _journey,
    ),
    Lever(
        "adaptation",
        "Work or workplace adapted",
        "levels of a demand, 0-3",
        "account manager, with the employer",
        ("demands_bearable", "support_offered", "heavy_work_accepted"),
        _adaptation,
    ),
    Lever(
        "guidance",
        "More guidance on the work floor",
        "levels of support",
        "account manager, with the employer",
        ("support_offered",),
        _guidance,
    ),
    Lever(
        "training_or_licence",
        "Training, a licence or a certificate",
        "qualifications",
        "coach",
        (*(code for code, _, _ in _HELD), "language_met", "level_met"),
        _training_or_licence,
    ),
    Lever(
        "one_more_opening",
        "One more opening, with the guidance for it",
        "openings",
        "account manager, with the employer",
        ("has_openings_left",),
        _one_more_opening,
    ),
)

LEVER_CODES = tuple(lever.code for lever in LEVERS)


def read_levers(content: Mapping[str, Any], faults: list[str]) -> tuple[str, ...]:
    """Return the levers of a policy, the cheapest first; what is wrong is added to the faults."""
    for name in content:
        if name != "order":
            faults.append(f"[levers] {name} is unknown.{near(name, ('order',))}")
    return read_order("lever", content.get("order", list(LEVER_CODES)), LEVER_CODES, faults)
