"""The parts of ``docs/dpia-template.md`` that the definitions make; run it to write them anew."""

import re
from pathlib import Path

from api import registration
from api.texts import Language, texts
from matcher.domain.columns import COLUMNS
from matcher.domain.definitions import Definition
from matcher.domain.policy import DEFINITIONS, Policy
from matcher.store.retention import CLASSES

TEMPLATE = Path(__file__).parents[1] / "docs" / "dpia-template.md"
MOST_PURPOSES = 6


def replaced(page: str) -> str:
    """The template with its made sections brought up to date."""
    for name, made in (("data", _data()), ("retention", _retention())):
        marks = re.compile(rf"(<!-- {name}: begin -->\n).*?(<!-- {name}: end -->)", flags=re.DOTALL)
        assert marks.search(page), f"the template has no section {name}"
        page = marks.sub(lambda found, made=made: found[1] + made + found[2], page)
    return page


def _data() -> str:
    lines = ["| gegevens over een persoon | velden | gebruikt voor |", "|---|---|---|"]
    read = set(registration.data_read(Policy.default()))
    for group in registration._written()["data"]:
        columns = [name for name in group["columns"] if name in read]
        purposes = [
            _in_dutch(each) for each in DEFINITIONS.values() if _stored(each) & set(columns)
        ]
        told = "; ".join(purposes[:MOST_PURPOSES])
        if len(purposes) > MOST_PURPOSES:
            told += f"; en nog {len(purposes) - MOST_PURPOSES}"
        names = ", ".join(f"`{name}`" for name in columns)
        lines.append(f"| {group['label']} | {names} | {told} |")
    return "\n" + "\n".join(lines) + "\n\n"


def _stored(definition: Definition) -> set[str]:
    """The columns about people that a definition comes down to."""
    read, found = set(definition.columns_read), set()
    while read:
        name = read.pop()
        read.update(COLUMNS[name].made_from)
        if name.startswith("candidate.") and not COLUMNS[name].made_from:
            found.add(name.removeprefix("candidate."))
    return found


def _in_dutch(definition: Definition) -> str:
    of = texts(Language.DUTCH)
    for kind in ("rules", "terms", "tiers", "gates", "limits"):
        told = of[kind].get(definition.code)
        if told:
            return (told.get("question") or told["label"]).rstrip("?")
    return definition.text


def _retention() -> str:
    lines = ["| soort gegeven | kan worden | termijn en grond |", "|---|---|---|"]
    dutch = {"erase": "gewist", "anonymise": "anoniem gemaakt", "hand_over": "overgedragen"}
    for name, each in CLASSES.items():
        actions = ", ".join(dutch.get(action, action) for action in each.actions)
        lines.append(f"| `{name}` | {actions} | **\\[invullen]** |")
    return "\n" + "\n".join(lines) + "\n\n"


if __name__ == "__main__":
    TEMPLATE.write_text(replaced(TEMPLATE.read_text()))
