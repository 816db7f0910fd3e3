"""
What the screens say, in a language.

A sentence stands in the code in English; ``sentences_<language>.toml`` has it in another language,
with the same fields between braces. Tests hold it complete.
"""

from collections.abc import Mapping
from datetime import date

from api.texts import Language, sentences


class Say:
    """Says English sentences in one language, with numbers as that language writes them."""

    def __init__(self, language: Language = Language.ENGLISH) -> None:
        self.language = language
        english = language is Language.ENGLISH
        self._told: Mapping[str, Mapping[str, str]] = {} if english else sentences(language)

    def __call__(self, sentence: str, **values: object) -> str:
        """Return a sentence with its values filled in."""
        told = self._told.get("sentences", {}).get(sentence, sentence)
        return told.format(**{name: self.value(value) for name, value in values.items()})

    def word(self, code: object) -> str:
        """Return a value of a column, such as a kind of work, as people say it."""
        return self._told.get("words", {}).get(str(code)) or str(code).replace("_", " ")

    def value(self, value: object) -> str:
        """Return a number with its separators, anything else as it is."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(value)
        return self._as_written(f"{value:,}" if isinstance(value, int) else f"{value:g}")

    def percent(self, share: float, digits: int = 0) -> str:
        """Return a share from 0 to 1 as a percentage with so many decimals."""
        return self._as_written(f"{share:.{digits}%}")

    def decimal(self, number: float, digits: int = 2) -> str:
        """Return a number with so many decimals."""
        return self._as_written(f"{number:.{digits}f}")

    def day(self, day: date) -> str:
        """Return a day as people write it."""
        return f"{day.day} {self.word(f'{day:%B}')} {day.year}"

    def _as_written(self, number: str) -> str:
        return number if self.language is Language.ENGLISH else number.translate(_SWAPPED)


_SWAPPED = str.maketrans(",.", ".,")
