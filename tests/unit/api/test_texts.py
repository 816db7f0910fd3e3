"""Texts in other languages are complete, and say the same facts."""

from string import Formatter

import pytest

from api.cli.changes import told
from api.texts import Language, texts, translated
from matcher.domain.causes import CAUSES
from matcher.domain.gates import GATES
from matcher.domain.levers import LEVERS
from matcher.domain.limits import LIMITS
from matcher.domain.rules import ELIGIBILITY_RULES
from matcher.domain.terms import SCORE_TERMS
from matcher.domain.tiers import TIERS
from matcher.optimisation.explanation import Explanation, Journey, Refusal, TermPoints, Unknown
from matcher.optimisation.wording import columns_in

OTHERS = [language for language in Language if language is not Language.ENGLISH]


@pytest.mark.parametrize("language", OTHERS)
def test_every_definition_is_translated_and_nothing_else(language: Language) -> None:
    found = texts(language)
    assert list(found["rules"]) == [rule.code for rule in ELIGIBILITY_RULES]
    assert list(found["terms"]) == [term.code for term in SCORE_TERMS]
    assert list(found["tiers"]) == [tier.code for tier in TIERS]
    assert list(found["gates"]) == [gate.code for gate in GATES]
    assert list(found["limits"]) == [each.code for each in LIMITS]
    assert list(found["causes"]) == [cause.code for cause in CAUSES]
    assert list(found["levers"]) == [lever.code for lever in LEVERS]


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_names_the_same_columns(language: Language) -> None:
    found = texts(language)
    for rule in ELIGIBILITY_RULES:
        told = found["rules"][rule.code]
        assert sorted(columns_in(told["refusal"])) == sorted(columns_in(rule.refusal)), rule.code
        assert bool(told.get("remark")) == bool(rule.remark), rule.code
    for gate in GATES:
        told = found["gates"][gate.code]
        assert sorted(columns_in(told["refusal"])) == sorted(columns_in(gate.refusal)), gate.code
        assert told["question"], gate.code
    for cause in CAUSES:
        wanted = [field for _, field, _, _ in Formatter().parse(cause.text)]
        said = found["causes"][cause.code]["text"]
        assert [field for _, field, _, _ in Formatter().parse(said)] == wanted, cause.code


def test_an_explanation_is_told_in_dutch_with_its_own_values() -> None:
    english = Explanation(
        candidate="c",
        placement="p",
        eligible=False,
        refusals=(
            Refusal(
                "level_met",
                "Is the required working and thinking level reached?",
                "level 4 is required, the person has 3",
                {"placement.level_required": 4, "candidate.work_level": 3},
            ),
        ),
        unknowns=(Unknown("reachable", "Is the journey within the person's limit?", (), "ask"),),
        conditions=(),
        points=(TermPoints("short_journey", "A short journey", 0.5, 70, 140, True, False),),
        total=70,
        price=None,
        surplus=None,
        journey=Journey(None, None, None, "estimate", True),
    )
    dutch = translated(english, Language.DUTCH)
    assert dutch.refusals[0].text == "niveau 4 is vereist, de persoon heeft 3"
    assert dutch.unknowns[0].question == "Is de reis binnen de grens van de persoon?"
    assert dutch.points[0].label == "Korte reis"
    assert dutch.points[0].points == 70
    assert translated(english, Language.ENGLISH) is english


def test_a_change_is_told_in_words() -> None:
    because = {"cause": "better_elsewhere", "points": 70, "run": "x"}
    assert told(because) == "another placement suits better by 70 points"
    assert told(because, Language.DUTCH) == "een andere werkplek past 70 punten beter"
    gone = {"cause": "others_first", "others": ["longest_waiting", "longest_waiting", "own_tier"]}
    assert told(gone).endswith("2 × longest waiting, 1 × own tier")
    closed = {"cause": "placement_closed", "gates": ["is_open"]}
    assert told(closed, Language.DUTCH).startswith("de werkplek neemt nu niemand aan: Is ")
