"""Why a proposal of the last plan is not in the new one, in words."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from api.texts import Language, texts
from matcher.domain.causes import CAUSE_OF
from matcher.domain.policy import DEFINITIONS


def told(because: Mapping[str, Any], language: Language = Language.ENGLISH) -> str:
    """Return the cause of a change, as stored with the proposal, as a phrase."""
    cause: str = because["cause"]
    phrase = CAUSE_OF[cause].text
    if language is not Language.ENGLISH:
        phrase = texts(language)["causes"][cause]["text"]
    return phrase.format(
        points=because.get("points"),
        rules="; ".join(_question(code, "rules", language) for code in because.get("rules", ())),
        gates="; ".join(_question(code, "gates", language) for code in because.get("gates", ())),
        others=_counted(because.get("others", ()), language),
    )


def _question(code: str, kind: str, language: Language) -> str:
    if language is not Language.ENGLISH:
        return texts(language)[kind][code]["question"]
    return DEFINITIONS[code].text


def _counted(tiers: list[str], language: Language) -> str:
    """Return tiers as how many people of each; a pool's own tier goes by its code."""
    known = {} if language is Language.ENGLISH else texts(language)["tiers"]
    return ", ".join(
        f"{count} × {known.get(code, {}).get('label', code.replace('_', ' '))}"
        for code, count in Counter(tiers).items()
    )
