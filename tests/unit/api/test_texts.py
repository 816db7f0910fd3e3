"""Texts in other languages are complete, and say the same facts."""

from string import Formatter

import pytest

from api.cli.changes import told
from api.cli.words import Words, against_pin, ids_told
from api.texts import Language, sentences, texts, translated
from matcher.domain.causes import CAUSES
from matcher.domain.conflicts import AGAINST_PINS
from matcher.domain.gates import GATES
from matcher.domain.levers import LEVERS
from matcher.domain.limits import LIMITS
from matcher.domain.policy import Policy
from matcher.domain.rules import ELIGIBILITY_RULES
from matcher.domain.terms import SCORE_TERMS
from matcher.domain.tiers import TIERS
from matcher.optimisation.explanation import Explanation, Journey, Refusal, TermPoints, Unknown
from matcher.optimisation.inquiries.resources import ONE_MORE
from matcher.optimisation.wording import columns_in, fill_in

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
    assert list(found["pins"]) == list(AGAINST_PINS)
    assert list(found["resources"]) == list(ONE_MORE)


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


def test_values_in_a_refusal_are_told_in_dutch_too() -> None:
    row = {
        "pair.minutes": 65,
        "pair.mode": "public_transport",
        "pair.km": 14.0,
        "candidate.travel_limit_minutes": 45,
        "candidate.travel_limit_km": None,
    }
    said = fill_in(
        texts(Language.DUTCH)["rules"]["reachable"]["refusal"],
        row,
        sentences(Language.DUTCH)["words"],
    )
    assert said == (
        "een reis van 65 minuten (openbaar vervoer) over 14 km; de grens is 45 minuten, en in km: "
        "geen"
    )


def test_a_change_is_told_in_words() -> None:
    because = {"cause": "better_elsewhere", "points": 70, "run": "x"}
    assert told(because) == "another placement suits better by 70 points"
    assert told(because, Language.DUTCH) == "een andere werkplek past 70 punten beter"
    gone = {"cause": "others_first", "others": ["longest_waiting", "longest_waiting", "own_tier"]}
    assert told(gone).endswith("2 × longest waiting, 1 × own tier")
    closed = {"cause": "placement_closed", "gates": ["is_open"]}
    assert told(closed, Language.DUTCH).startswith("de werkplek neemt nu niemand aan: Is ")


def test_what_stands_against_a_pin_is_told_in_words() -> None:
    assert against_pin("openings") == "no opening left"
    assert against_pin("openings", Language.DUTCH) == "geen plaats meer vrij"
    assert against_pin("rule.reachable").startswith("Is the journey")
    assert against_pin("rule.reachable", Language.DUTCH).startswith("Is de reis")
    assert against_pin("gate.is_open", Language.DUTCH).startswith("Is ")


def test_the_screens_of_a_run_have_words_of_their_language_and_names() -> None:
    own = Policy.from_toml(
        '[[ceiling]]\ncode = "money"\nlabel = "Our money: 2026"\nunit = "euro"\ncapacity = 2\n'
        'column = "placement.kind"\nequals = "voluntary"\ncitation = "x"'
    )
    dutch = Words(own, Language.DUTCH, {"1": "Works, Utrecht (S1)"})
    assert (dutch.limit("site"), dutch.limit("money")) == ("Vestiging", "Our money")
    assert dutch.tier("longest_waiting") == "Langst wachtend"
    assert dutch.question("reachable").startswith("Is de reis")
    assert (dutch.name("1"), dutch.name("2")) == ("Works, Utrecht (S1)", "2")
    assert Words(own).limit("site") == "Site"
    totals = {
        "pin_conflicts": [{"resource": "team", "pins": [{"candidate": "a", "placement": "b"}]}],
        "conflicts": [{"floors": [], "limits": [{"limit": "site", "group": "1", "capacity": 0}]}],
    }
    assert list(ids_told(totals)) == ["a", "b", "1"]
