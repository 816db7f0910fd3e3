"""
What the definitions say to people, in other languages than English.

One file per language, ``<language>.toml``, by code; a test holds each complete and with the same
fields between braces as the English text.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from matcher.optimisation.explanation import Explanation
from matcher.optimisation.wording import fill_in

HERE = Path(__file__).parent


class Language(StrEnum):
    """A language that texts exist in."""

    ENGLISH = "en"
    DUTCH = "nl"


@cache
def texts(language: Language) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Return kind of definition -> code -> which text -> the text."""
    found: dict[str, Any] = tomllib.loads((HERE / f"{language}.toml").read_text(encoding="utf-8"))
    return found


@cache
def sentences(language: Language) -> Mapping[str, Mapping[str, str]]:
    """Return ``sentences`` (English -> the language) and ``words`` (a value of a column -> it)."""
    path = HERE / f"sentences_{language}.toml"
    found: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    return found


def translated(found: Explanation, language: Language) -> Explanation:
    """Return an explanation whose questions, reasons and labels are in a language."""
    if language is Language.ENGLISH:
        return found
    of, words = texts(language), sentences(language)["words"]
    rules, terms = of["rules"], of["terms"]
    refusing = {**of["gates"], **rules}
    return replace(
        found,
        refusals=tuple(
            replace(
                each,
                question=refusing[each.code].get("question", each.question),
                text=fill_in(refusing[each.code]["refusal"], each.evidence, words),
            )
            for each in found.refusals
        ),
        unknowns=tuple(
            replace(each, question=rules[each.code]["question"]) for each in found.unknowns
        ),
        conditions=tuple(
            replace(each, text=fill_in(rules[each.code]["remark"], each.evidence, words))
            for each in found.conditions
        ),
        points=tuple(replace(each, label=terms[each.code]["label"]) for each in found.points),
    )
