"""Parts of sentences about answers of the solver, and the lines they stand on."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.table import Table

from api.cli.screen import output
from matcher.domain.imagining import PREFIX

Json = Mapping[str, Any]


def imagined_in_words(imagine: Json) -> str:
    """Return an imagined placement in a line."""
    hours = imagine["hours"]
    week = f"{hours[0]} to {hours[1]}" if isinstance(hours, list) else f"{hours}"
    tasks = f", {', '.join(imagine['tasks'])}" if imagine.get("tasks") else ""
    return (
        f"{imagine['kind'].replace('_', ' ')} at {imagine['place']}{tasks}: "
        f"{imagine.get('openings', 1)} openings, {week} hours a week, "
        f"{imagine.get('guidance', 'light')} guidance"
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


def changes_in_words(changes: Iterable[Json]) -> str:
    """Return the changes of a lever as column and value."""
    return ", ".join(
        f"{each.get('column', 'openings').replace('_', ' ')} {_value(each)}" for each in changes
    )


def _value(change: Json) -> str:
    value = change.get("value", change.get("add"))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def points_in_words(more: int) -> str:
    """Return how many points more, or less, the whole plan has."""
    if not more:
        return "as many points"
    return f"{abs(more):,} points {'more' if more > 0 else 'less'}"


def others_in_words(loss: Json) -> list[str]:
    """Return how many others would be elsewhere, nothing where nobody would."""
    others = loss["elsewhere"] - 1
    return [f"{others:,} other{'s' if others > 1 else ''} would move"] if others > 0 else []


def table_of(*columns: str) -> Table:
    """Return an empty table of numbers with these columns, the first for words."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for at, name in enumerate(columns):
        table.add_column(name, justify="right" if at else "left")
    return table


def add_sides(table: Table, label: str, sides: Json) -> None:
    """Add a count before and after."""
    table.add_row(label, f"{sides['before']:,}", f"{sides['after']:,}", f"{sides['more']:+,}")


def line(text: str) -> None:
    """Write a line below a heading."""
    output.print(f"  {text}", markup=False)
