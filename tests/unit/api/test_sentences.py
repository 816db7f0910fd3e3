"""The sentences of the screens: each in every language, with the same fields."""

import ast
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from string import Formatter

import pytest

import api.cli
from api.cli.answers import _cost
from api.cli.phrases import changes_in_words
from api.texts import Language, sentences
from api.texts.saying import Say
from matcher.domain.causes import CAUSE_OF
from matcher.domain.columns import BEARING_DEMANDS, GUIDANCE_LEVELS, MODES, PLACEMENT_KINDS
from matcher.domain.levers import LEVERS

OTHERS = [language for language in Language if language is not Language.ENGLISH]


def said() -> Iterator[str]:
    """Give the first argument of every ``say(...)`` of the command line."""
    for path in sorted(Path(api.cli.__file__).parent.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = {
            each.targets[0].id: each.value.value
            for each in tree.body
            if isinstance(each, ast.Assign)
            and isinstance(each.targets[0], ast.Name)
            and isinstance(each.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            if "say" not in (getattr(node.func, "id", ""), getattr(node.func, "attr", "")[1:]):
                continue
            first = node.args[0]
            yield named[first.id] if isinstance(first, ast.Name) else ast.literal_eval(first)


def fields(sentence: str) -> list[str]:
    return sorted(field for _, field, _, _ in Formatter().parse(sentence) if field)


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_said_in_every_language(language: Language) -> None:
    told = sentences(language)["sentences"]
    assert set(said()) == told.keys()
    assert {each: fields(other) for each, other in told.items()} == {
        each: fields(each) for each in told
    }


@pytest.mark.parametrize("language", OTHERS)
def test_every_value_that_is_told_has_a_word(language: Language) -> None:
    words = sentences(language)["words"]
    needed = {*GUIDANCE_LEVELS, *MODES, *PLACEMENT_KINDS, *BEARING_DEMANDS, "estimate", "measured"}
    needed |= {lever.arranged_by for lever in LEVERS} | CAUSE_OF.keys()
    needed |= {f"{date(2026, month, 1):%B}" for month in range(1, 13)}
    assert needed <= words.keys()


def test_numbers_and_days_are_written_as_the_language_does() -> None:
    english, dutch = Say(), Say(Language.DUTCH)
    assert english("{points} points less", points=1234) == "1,234 points less"
    assert dutch("{points} points less", points=1234) == "1.234 punten minder"
    assert (english.value(2.5), dutch.value(2.5)) == ("2.5", "2,5")
    assert dutch.day(date(2026, 3, 9)) == "9 maart 2026"
    assert (english.word("public_transport"), dutch.word("7812")) == ("public transport", "7812")


def test_changes_are_told_in_words_and_none_twice() -> None:
    opening = [
        {"change": "set_placement", "column": "openings", "value": 4},
        {"change": "set_placement", "column": "group_free", "value": 7},
        {"change": "add_capacity", "limit": "supervisor_group", "group": "x", "add": 1},
    ]
    assert changes_in_words(Say(), opening) == "openings: 4"
    travel = [{"change": "set_candidate", "column": "transport", "value": ["bicycle", "car"]}]
    assert changes_in_words(Say(Language.DUTCH), travel) == "reist met: fiets, auto"
    lift = [{"change": "set_placement", "column": "demand_lifting", "value": 2}]
    assert changes_in_words(Say(), lift) == "lifting: level 2 of 3 at most"


def test_a_cost_says_that_nobody_loses_only_where_nobody_moves() -> None:
    stored = {"people": {}, "points": 92, "others": 2}
    assert _cost(Say(), stored) == (
        "as many people proposed; 92 points less; something changes for 2 others"
    )
    free = {"people": {}, "points": 0, "others": 0}
    assert _cost(Say(), free) == "nobody loses a proposal; as many points"
    dear = {"people": {"longest_waiting": 1}, "points": -3, "others": 1}
    assert _cost(Say(Language.DUTCH), dear) == (
        "1 minder van “Langst wachtend” voorgesteld; 3 punten meer; voor 1 ander verandert er iets"
    )
