"""The parts of the README that are made from the definitions; run it to write them anew."""

import ast
import inspect
import re
from collections.abc import Iterable
from pathlib import Path

from matcher.domain.definitions import Definition
from matcher.domain.formats.pool import TABLES
from matcher.domain.gates import GATES
from matcher.domain.levers import LEVERS
from matcher.domain.limits import LIMITS
from matcher.domain.reasons import REASONS, Effect
from matcher.domain.rules import ELIGIBILITY_RULES
from matcher.domain.terms import SCORE_TERMS
from matcher.domain.tiers import TIERS
from matcher.settings import PREFIX, Settings

README = Path(__file__).parents[1] / "README.md"


def sections() -> dict[str, str]:
    """Section name -> the Markdown that stands between its two marks."""
    return {
        "definitions": _definitions(),
        "reasons": _reasons(),
        "import-folder": _import_folder(),
        "settings": _settings(),
    }


def replaced(readme: str) -> str:
    """The README with every made section brought up to date."""
    for name, made in sections().items():
        marks = re.compile(rf"(<!-- {name}: begin -->\n).*?(<!-- {name}: end -->)", flags=re.DOTALL)
        assert marks.search(readme), f"the README has no section {name}"
        readme = marks.sub(lambda found, made=made: found[1] + made + found[2], readme)
    return readme


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(header)]
    lines.append(["---"] * len(lines[0]))
    lines += [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _parameters(definition: Definition) -> str:
    return ", ".join(
        f"`{p.name}` = {p.default} ({p.within.at_least:g} to {p.within.at_most:g}"
        f"{' ' + p.within.unit if p.within.unit else ''})"
        for p in definition.parameters.values()
    )


def _reasons() -> str:
    rows = (
        (f"`{r.code}`", r.dutch, " or ".join(r.used_by).replace("_", " "), _does(r.effect))
        for r in REASONS
    )
    return "\n" + _table(("reason", "Dutch", "given by", "what it does"), rows) + "\n"


def _does(effect: Effect) -> str:
    does = {
        "nothing": "nothing",
        "park_pair": "leaves out the pair",
        "park_person": "leaves out the person",
        "exclude_employer": "leaves out the employer",
        "leave_pool": "the person leaves the pool",
        "fill_placement": "the placement is full",
        "redraft_placement": "the placement is a draft again",
        "pause_placement": "the placement pauses",
        "close_placement": "the placement closes",
    }[effect.what]
    if effect.days is not None:
        does += f" for {effect.days} days"
    if effect.asks_until:
        does += " until a day that is given"
    if effect.times > 1:
        does += f", once given {effect.times} times within {effect.within_days} days"
    by_itself = ", by itself" if effect.until_changed else ""
    return does + (f" (lifted{by_itself}: {effect.lifted})" if effect.lifted else "")


def _definitions() -> str:
    rules = _table(
        ("rule", "question", "unknown", "a pin", "parameters", "source"),
        (
            (
                f"`{r.code}`",
                r.text,
                r.if_unknown,
                "keeps to it" if r.binds_pins else "goes before it",
                _parameters(r),
                r.source,
            )
            for r in ELIGIBILITY_RULES
        ),
    )
    terms = _table(
        ("term", "label", "points", "parameters", "source"),
        (
            (
                f"`{t.code}`",
                t.text + (" (about the plan)" if t.plan_term else ""),
                str(t.points),
                _parameters(t),
                t.source,
            )
            for t in SCORE_TERMS
        ),
    )
    tiers = _table(
        ("tier", "who", "parameters"), ((f"`{t.code}`", t.text, _parameters(t)) for t in TIERS)
    )
    gates = _table(
        ("gate", "question", "parameters", "source"),
        ((f"`{g.code}`", g.text, _parameters(g), g.source) for g in GATES),
    )
    levers = _table(
        ("lever", "what is arranged", "by whom", "may open"),
        (
            (f"`{v.code}`", v.text, v.arranged_by, ", ".join(f"`{code}`" for code in v.mends))
            for v in LEVERS
        ),
    )
    limits = _table(
        ("limit", "what", "unit", "parameters", "source"),
        (
            (
                f"`{each.code}`",
                each.text + ("" if each.usually == "hard" else " (only told)"),
                each.unit,
                _parameters(each),
                each.source,
            )
            for each in LIMITS
        ),
    )
    return f"\n{rules}\n{terms}\n{tiers}\n{gates}\n{levers}\n{limits}\n"


def _import_folder() -> str:
    rows = ((f"`{table.name}.csv`", table.meaning) for table in TABLES)
    return f"\n{_table(('file', 'one row per'), rows)}\n"


def _settings() -> str:
    """Settings, their defaults and what stands below them in the source."""
    body = ast.parse(inspect.getsource(Settings)).body[0]
    assert isinstance(body, ast.ClassDef)
    texts: dict[str, str] = {}
    for line, following in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(line, ast.AnnAssign)
            and isinstance(line.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
        ):
            texts[line.target.id] = str(following.value.value)
    rows = [
        (
            f"`{PREFIX}{name.upper()}`",
            "" if field.default is None else f"`{field.default}`",
            texts[name],
        )
        for name, field in Settings.model_fields.items()
    ]
    return f"\n{_table(('setting', 'default', 'what'), rows)}\n"


if __name__ == "__main__":
    README.write_text(replaced(README.read_text()))
