"""A pool's own reasons to decline: read whole, or refused with every fault named."""

import pytest

from matcher.domain.policy import Policy
from matcher.domain.reasons import REASON_OF, reasons_of, speaks_of_ground
from matcher.errors import PolicyError


def test_without_a_table_the_products_reasons_are_in_force() -> None:
    assert Policy.default().reasons == REASON_OF
    assert Policy.from_toml("").reasons == REASON_OF


def test_an_effect_is_changed_and_the_rest_stays() -> None:
    found = Policy.from_toml("[reasons.not_for_me]\ndays = 90").reasons
    assert found["not_for_me"].effect.days == 90
    assert found["not_for_me"].effect.what == "park_pair"
    assert found["not_for_me"].dutch == REASON_OF["not_for_me"].dutch
    assert {code: r for code, r in found.items() if code != "not_for_me"} == {
        code: r for code, r in REASON_OF.items() if code != "not_for_me"
    }


def test_a_day_replaces_the_facts_that_lift_it_and_the_other_way_round() -> None:
    far = Policy.from_toml("[reasons.too_far]\ndays = 30").reasons["too_far"].effect
    assert (far.days, far.until_changed, far.lifted) == (30, "", "")
    text = '[reasons.missing_skill]\nuntil_changed = "record"'
    skill = Policy.from_toml(text).reasons["missing_skill"].effect
    assert (skill.days, skill.until_changed) == (None, "record")
    assert skill.lifted


def test_an_effect_is_switched_off() -> None:
    text = '[reasons.not_for_me]\neffect = "nothing"'
    assert Policy.from_toml(text).reasons["not_for_me"].effect.what == "nothing"


def test_a_reason_of_the_pool_itself() -> None:
    found = Policy.from_toml(
        '[[reasons.own]]\ncode = "no_childcare"\ndutch = "geen opvang"\nenglish = "no childcare"\n'
        'used_by = ["candidate", "coach"]\neffect = "park_pair"\ndays = 60\n'
    ).reasons
    assert found["no_childcare"].effect.days == 60
    assert "no_childcare" in reasons_of("coach", found)
    assert "no_childcare" not in reasons_of("employer", found)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[reasons.nonsense]\ndays = 3", r"\[reasons.nonsense\] is unknown.*not_for_me"),
        ("[reasons.not_for_me]\ndays = 0", "days must be a whole number from 1 to 3650"),
        ("[reasons.not_for_me]\nweeks = 2", "weeks is unknown. Maybe: effect, days"),
        ('[reasons.not_for_me]\neffect = "fine"', "effect must be one of nothing, park_pair"),
        (
            '[reasons.too_far]\nuntil_changed = "moon"',
            "must be one of journey, hours",
        ),
        ('[reasons.chose_other]\neffect = "park_pair"', "nothing is left out for ever"),
        ("[reasons.no_contact]\ntimes = true", "times must be a whole number"),
        ("[reasons.not_for_me]\ntimes = 3", "times needs within_days"),
        ("[reasons]\nnot_for_me = 3", r"written as \[reasons.not_for_me\]"),
        ("[reasons]\nown = 3", r"written as \[\[reasons.own\]\]"),
        ('[[reasons.own]]\ncode = "too_far"', "the code is taken"),
        ('[[reasons.own]]\ncode = "age"\ndutch = "x"\nenglish = "y"', "the law forbids"),
        ('[[reasons.own]]\ncode = "old"\ndutch = "te oud"\nenglish = "x"', "the law forbids"),
        ('[[reasons.own]]\ncode = "a"\ndutch = "Wil geen Hoofddoek"\nenglish = "x"', "the law"),
        ('[[reasons.own]]\ncode = "a"\ndutch = "psychische klachten"\nenglish = "x"', "the law"),
        ('[[reasons.own]]\ncode = "own_age"\ndutch = "x"\nenglish = "x"', "the law forbids"),
        ('[[reasons.own]]\ncode = "Bad Code"', "lower case words"),
        ('[[reasons.own]]\ncode = "a"\nused_by = ["boss"]', "used_by must list some of candidate"),
    ],
)
def test_faults_are_named(text: str, told: str) -> None:
    with pytest.raises(PolicyError, match=told):
        Policy.from_toml(text)


@pytest.mark.parametrize(
    "text",
    ["geen opvang voor de kinderen", "no childcare", "ploegendienst past niet", "cold store"],
)
def test_other_words_speak_of_no_ground(text: str) -> None:
    assert not speaks_of_ground(text)
