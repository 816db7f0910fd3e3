"""Parts of sentences about answers of the solver, and the lines they stand on."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from rich.table import Table

from api.cli.screen import output
from api.texts.saying import Say
from matcher.domain.imagining import PREFIX
from matcher.service.naming import PlacementName

Json = Mapping[str, Any]


def placement_in_words(say: Say, name: PlacementName) -> str:
    """Return what people call a placement."""
    return say(
        "{title} at {employer} ({key})", title=name.title, employer=name.employer, key=name.key
    )


def imagined_in_words(say: Say, imagine: Json) -> str:
    """Return an imagined placement in a line."""
    hours = imagine["hours"]
    week = str(hours)
    if isinstance(hours, list):
        week = say("{least} to {most}", least=hours[0], most=hours[1])
    tasks = f", {', '.join(imagine['tasks'])}" if imagine.get("tasks") else ""
    return say(
        "{kind} at {place}{tasks}: {openings} openings, {week} hours a week, guidance: {guidance}",
        kind=say.word(imagine["kind"]),
        place=imagine["place"],
        tasks=tasks,
        openings=imagine.get("openings", 1),
        week=week,
        guidance=say.word(imagine.get("guidance", "light")),
    )


def placements_in(value: object) -> Iterator[str]:
    """Give the ids of all placements that an answer names, however deep."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            if name in ("placement", "proposed", "from", "to") and _is_id(each):
                yield each
            else:
                yield from placements_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from placements_in(each)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and (len(value) == 36 or value.startswith(PREFIX))


def changes_in_words(say: Say, changes: Iterable[Json]) -> str:
    """Return the changes of a lever: what would be so, as a coach would note it."""
    return ", ".join(filter(None, (_change_in_words(say, each) for each in changes)))


def _change_in_words(say: Say, change: Json) -> str:
    if "column" not in change:
        # more openings go with what their group needs, and that is said by the lever itself
        return ""
    column, value = change["column"], change.get("value")
    if column.startswith("demand_"):
        what = say.word(column.removeprefix("demand_"))
        return say("{what}: level {value} of 3 at most", what=what, value=value)
    told = ", ".join(map(say.word, value)) if isinstance(value, list) else say.word(value)
    return _COLUMNS[column](say, told) if column in _COLUMNS else f"{say.word(column)} {told}"


_COLUMNS: Mapping[str, Callable[[Say, str], str]] = {
    "home": lambda say, _: say("the person lives near the work"),
    "licences": lambda say, value: say("driving licences: {value}", value=value),
    "certificates": lambda say, value: say("certificates: {value}", value=value),
    "languages": lambda say, value: say("languages: {value}", value=value),
    "work_level": lambda say, value: say("working and thinking level {value}", value=value),
    "hours_min": lambda say, value: say("the person works from {value} hours a week", value=value),
    "hours_max": lambda say, value: say("the person works up to {value} hours a week", value=value),
    "dayparts": lambda say, _: say("the person can on all parts of the week of the work"),
    "office_hours": lambda say, _: say("not only in office hours"),
    "irregular_work_ok": lambda say, _: say("irregular hours accepted"),
    "max_travel_minutes": lambda say, value: say("a journey of {value} minutes", value=value),
    "max_distance_km": lambda say, value: say("up to {value} km away", value=value),
    "transport": lambda say, value: say("travels by: {value}", value=value),
    "adaptation_possible": lambda say, _: say("the work can be adapted"),
    "guidance_offered": lambda say, value: say("guidance at work: {value}", value=value),
    "supervisors": lambda say, value: say("supervisors: {value}", value=value),
    "offer_supervision": lambda say, value: say("supervision: level {value}", value=value),
    "offer_structure": lambda say, value: say("structure: level {value}", value=value),
    "variation_offered": lambda say, _: say("variation in the work"),
    "openings": lambda say, value: say("openings: {value}", value=value),
    "group_free": lambda say, _: "",
}


def points_in_words(say: Say, more: int) -> str:
    """Return how many points more, or less, the whole plan has."""
    if not more:
        return say("as many points")
    if more > 0:
        return say("{points} points more", points=more)
    return say("{points} points less", points=-more)


def others_in_words(say: Say, others: int) -> list[str]:
    """Return for how many others something changes, nothing where for nobody."""
    if others <= 0:
        return []
    if others == 1:
        return [say("something changes for 1 other")]
    return [say("something changes for {others} others", others=others)]


def table_of(*columns: str) -> Table:
    """Return an empty table of numbers with these columns, the first for words."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for at, name in enumerate(columns):
        table.add_column(name, justify="right" if at else "left")
    return table


def line(text: str) -> None:
    """Write a line below a heading."""
    output.print(f"  {text}", markup=False)
