"""What the screens of a run call things: in a language, and by the keys that people know."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from api.texts import Language, texts
from api.texts.saying import Say
from matcher.domain.conflicts import AGAINST_PINS
from matcher.domain.policy import DEFINITIONS, Policy


@dataclass(frozen=True)
class Words:
    """
    The words of a screen.

    Parameters
    ----------
    policy
        Names a pool's own tiers, ceilings and floors.
    names
        Id -> what people call it (`matcher.service.known_as`); an id without one is shown itself.
    """

    policy: Policy
    language: Language = Language.ENGLISH
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def say(self) -> Say:
        """Says the sentences of the screen."""
        return Say(self.language)

    def tier(self, code: str) -> str:
        """Return the name of a tier."""
        return self._short(self._told("tiers", code, "label") or self.policy.tier_label(code))

    def limit(self, code: str) -> str:
        """Return the name of a limit, ceiling or floor."""
        return self._short(self._told("limits", code, "label") or self.policy.limit_label(code))

    def question(self, code: str) -> str:
        """Return the question of a rule or a gate."""
        told = self._told("rules", code, "question") or self._told("gates", code, "question")
        return told or (DEFINITIONS[code].text if code in DEFINITIONS else code)

    def against_pin(self, resource: str) -> str:
        """Return what stands against a pin."""
        return against_pin(resource, self.language)

    def name(self, row_id: str) -> str:
        """Return what people call somebody or something."""
        return self.names.get(row_id, row_id)

    def _told(self, kind: str, code: str, which: str) -> str | None:
        if self.language is Language.ENGLISH:
            return None
        return texts(self.language)[kind].get(code, {}).get(which)

    @staticmethod
    def _short(label: str) -> str:
        return label.partition(":")[0]


def tier_in_words(code: str, language: Language = Language.ENGLISH) -> str:
    """Return the name of a tier of the product; a pool's own goes by its code."""
    label = DEFINITIONS[code].text if code in DEFINITIONS else ""
    if language is not Language.ENGLISH:
        label = texts(language)["tiers"].get(code, {}).get("label", "")
    return label.partition(":")[0] or code.replace("_", " ")


def against_pin(resource: str, language: Language = Language.ENGLISH) -> str:
    """Return what stands against a pin, in words."""
    kind, _, code = resource.partition(".")
    if kind in ("gate", "rule"):
        if language is not Language.ENGLISH:
            return texts(language)[f"{kind}s"][code]["question"]
        return DEFINITIONS[code].text if code in DEFINITIONS else code
    if language is not Language.ENGLISH:
        return texts(language)["pins"][resource]["text"]
    return AGAINST_PINS[resource]


def ids_told(totals: Mapping[str, Any]) -> Iterator[str]:
    """Give the ids of people, placements and groups that the totals of a run name."""
    for conflict in totals.get("pin_conflicts", []):
        for pin in conflict["pins"]:
            yield from pin.values()
    for conflict in totals.get("conflicts", []):
        for each in conflict["limits"]:
            yield each["group"]
