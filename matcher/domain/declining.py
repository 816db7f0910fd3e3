"""
A pool's own table of reasons to decline, read from its policy.

::

    [reasons.not_for_me]            # a reason of the product, with another effect
    days = 90

    [reasons.chose_other]
    effect = "park_pair"            # what it does; "nothing" switches the effect off
    days = 30

    [[reasons.own]]                 # a reason of the pool itself
    code = "no_childcare"
    dutch = "geen opvang"
    english = "no childcare"
    used_by = ["candidate", "coach"]
    effect = "park_pair"
    days = 60
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, get_args

from matcher.domain.reasons import REASON_OF, Effect, Facts, Reason, Role, What, speaks_of_ground

_NUMBERS = {"days": (1, 3650), "times": (1, 10), "within_days": (1, 365)}
_EFFECT = ("effect", *_NUMBERS, "until_changed")
_OWN = ("code", "dutch", "english", "used_by")
_EMPLOYERS_OWN = ("fill_placement", "redraft_placement", "pause_placement", "close_placement")


def read_reasons(content: Mapping[str, Any], faults: list[str]) -> dict[str, Reason]:
    """
    Return the reasons in force by code: the product's as changed here, then the pool's own.

    Every fault is added to ``faults``, with its table and the way out.
    """
    reasons = dict(REASON_OF)
    for code, table in content.items():
        if code == "own":
            continue
        if code not in REASON_OF:
            known = ", ".join(REASON_OF)
            faults.append(
                f"[reasons.{code}] is unknown. Maybe: one of {known}, or [[reasons.own]]."
            )
        elif not isinstance(table, Mapping):
            faults.append(f"reasons.{code} must be a table, written as [reasons.{code}]")
        else:
            reasons[code] = _changed(f"[reasons.{code}]", reasons[code], table, faults)
    own = content.get("own", [])
    if not isinstance(own, list):
        faults.append("reasons.own must be a list, written as [[reasons.own]]")
        own = []
    for table in own:
        made = _own(table, reasons, faults)
        if made is not None:
            reasons[made.code] = made
    return reasons


def _own(table: object, reasons: Mapping[str, Reason], faults: list[str]) -> Reason | None:
    if not isinstance(table, Mapping):
        faults.append("[[reasons.own]] must be a table")
        return None
    code = table.get("code")
    where = f"[[reasons.own]] {code}"
    before = len(faults)
    for name in ("code", "dutch", "english"):
        if not isinstance(table.get(name), str) or not table[name].strip():
            faults.append(f"{where}: {name} is missing")
    if isinstance(code, str) and not re.fullmatch(r"[a-z]+(_[a-z]+)*", code):
        faults.append(f"{where}: a code is lower case words joined by _")
    if code in reasons:
        faults.append(f"{where}: the code is taken. Maybe: [reasons.{code}] to change its effect.")
    named = [str(table[name]) for name in ("code", "dutch", "english") if name in table]
    if any(speaks_of_ground(name) for name in named):
        faults.append(
            f"{where}: the law forbids to refuse somebody on this ground. "
            "Maybe: name what the work asks and the person cannot do."
        )
    roles = table.get("used_by")
    if not isinstance(roles, list) or not roles or set(roles) - set(get_args(Role)):
        faults.append(f"{where}: used_by must list some of {', '.join(get_args(Role))}")
    rest = {name: value for name, value in table.items() if name not in _OWN}
    made = _changed(where, Reason(str(code), "", "", ()), rest, faults)
    if len(faults) > before:
        return None
    return replace(made, dutch=table["dutch"], english=table["english"], used_by=tuple(roles or ()))


def _changed(where: str, reason: Reason, table: Mapping[str, Any], faults: list[str]) -> Reason:
    """Return a reason with the effect that a table gives it."""
    effect, before = reason.effect, len(faults)
    for name, value in table.items():
        if name not in _EFFECT:
            faults.append(f"{where} {name} is unknown. Maybe: {', '.join(_EFFECT)}.")
        elif name == "effect" and value not in get_args(What):
            faults.append(f"{where} effect must be one of {', '.join(get_args(What))}")
        elif name == "until_changed" and value not in get_args(Facts):
            faults.append(f"{where} until_changed must be one of {_named(get_args(Facts))}")
        elif name in _NUMBERS and not _within(value, *_NUMBERS[name]):
            low, high = _NUMBERS[name]
            faults.append(f"{where} {name} must be a whole number from {low} to {high}")
    if len(faults) > before:
        return reason
    what: What = table.get("effect", effect.what)
    changed = Effect(
        what=what,
        days=table.get("days", None if "until_changed" in table else effect.days),
        asks_until=effect.asks_until and what == effect.what and "days" not in table,
        times=table.get("times", effect.times),
        within_days=table.get("within_days", effect.within_days),
        lifted=effect.lifted,
        until_changed=table.get("until_changed", "" if "days" in table else effect.until_changed),
    )
    return replace(reason, effect=_whole(where, what, changed, faults))


def _whole(where: str, what: What, effect: Effect, faults: list[str]) -> Effect:
    """Return an effect that has an end, and says when, if it does anything."""
    if what == "nothing":
        return Effect()
    if effect.times > 1 and effect.within_days is None:
        faults.append(f"{where} times needs within_days")
    if effect.times == 1:
        effect = replace(effect, within_days=None)
    if what == "leave_pool" or what in _EMPLOYERS_OWN:
        return replace(effect, days=None, until_changed="", lifted=effect.lifted or "by hand")
    if what != "park_pair" and effect.until_changed:
        faults.append(f"{where} until_changed goes with park_pair")
    if effect.days is not None or effect.asks_until:
        return replace(effect, lifted="", until_changed="")
    if effect.until_changed:
        return replace(effect, lifted=effect.lifted or f"{effect.until_changed} facts changed")
    if not effect.lifted:
        faults.append(f"{where} needs days or until_changed: nothing is left out for ever")
    return effect


def _within(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _named(values: Iterable[str]) -> str:
    return ", ".join(value for value in values if value)
