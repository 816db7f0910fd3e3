"""A policy changes parameters by name, and is refused whole with every fault at once."""

import contextlib

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.policy import DEFINITIONS, Policy
from matcher.errors import PolicyError

GOOD = """
[journey]
default_limit_minutes = 60

[reachable]
margin_minutes = 10

[short_journey]
points = 250
worthless_from_minutes = 60

[run]
seed = 7

[tiers]
order = ["keep_at_work", "great_distance", "longest_waiting", "everybody"]

[[tiers.own]]
code = "great_distance"
label = "Great distance to the labour market"
column = "candidate.distance_class"
equals = "groot"
citation = "Council decision 2026-14"
"""


def test_a_policy_changes_what_it_names_and_nothing_else() -> None:
    policy = Policy.from_toml(GOOD, version=3)
    default = Policy.default()
    assert policy.version == 3
    assert policy.seed == 7
    assert policy.value("reachable", "margin_minutes") == 10
    assert policy.value("journey", "default_limit_minutes") == 60
    assert policy.term_expressions()["short_journey"][1] == 250
    assert policy.value("hours_fit", "points") == default.value("hours_fit", "points") == 100
    assert policy.to_toml() == GOOD
    assert policy.horizon_days == 42


def test_a_pool_may_add_a_tier_with_a_citation() -> None:
    policy = Policy.from_toml(GOOD)
    codes = [code for code, _ in policy.tier_expressions()]
    assert codes == ["keep_at_work", "great_distance", "longest_waiting", "everybody"]
    people = pl.DataFrame({"candidate.distance_class": ["groot", "klein", None]})
    expression = dict(policy.tier_expressions())["great_distance"]
    assert people.select(expression).to_series().to_list() == [True, False, None]
    assert policy.tier_label("great_distance").startswith("Great distance")


def own_tier(**changes: object) -> str:
    row = {
        "code": "mine",
        "label": "Mine",
        "column": "candidate.ladder_step",
        "at_most": 2,
        "citation": "x",
    } | changes
    lines = [
        f"{name} = {str(value).lower() if isinstance(value, bool) else repr(value)}"
        for name, value in row.items()
        if value is not None
    ]
    order = '[tiers]\norder = ["mine", "everybody"]\n'
    return order + "[[tiers.own]]\n" + "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[reachabel]\nx = 1", r"\[reachabel\] is unknown. Maybe: reachable"),
        ("reachable = 3", "must be a table"),
        ("[reachable]\nmargin = 1", r"margin is unknown. Maybe: margin_minutes"),
        ("[licence_held]\nx = 1", "It has no parameters"),
        ("[reachable]\nmargin_minutes = 61", "between 0 and 60 minutes, not 61"),
        ("[reachable]\nmargin_minutes = 1.5", "must be int, not 1.5"),
        ("[reachable]\nmargin_minutes = true", "must be int, not True"),
        ('[short_journey]\npoints = "many"', "must be int, not 'many'"),
        ("[short_journey]\npoints = -1", "between 0 and 10000 points"),
        ("[occupation_fit]\nsame_group = nan", "must be between"),
        ("[journey]\ndefault_limit_minutes = 60\ncap_minutes = 30", "above cap_minutes"),
        ('[tiers]\norder = ["everybody", "keep_at_work"]', "must end with everybody"),
        ('[tiers]\norder = ["oldest", "everybody"]', "unknown tier oldest. There are keep_at_"),
        ('[tiers]\norder = ["keep_at_work", "keep_at_work", "everybody"]', "twice"),
        ("[tiers]\norder = 3", "must be a list"),
        ("[tiers]\nfirst = 3", "first is unknown"),
        (own_tier(column="candidate.sex"), "candidate.sex is protected"),
        (own_tier(column="candidate.birth_date"), "is protected"),
        (own_tier(column="candidate.ladder_stap"), r"no column of a candidate.*ladder_step"),
        (own_tier(column="placement.kind"), "no column of a candidate"),
        (own_tier(citation=None), "citation is missing"),
        (own_tier(equals=3), "give one of"),
        (own_tier(at_most="low"), "must be a number"),
        (own_tier(code="reachable"), "the code is taken"),
        (own_tier(code=["mine"]), "code is missing"),
        ("[[ceiling]]\ncode = []", "code is missing"),
        (own_tier(column="candidate.deployed"), "takes equals = true or false"),
        (own_tier(column="candidate.waiting_since"), "can be compared"),
        ("not toml", "not valid TOML"),
    ],
)
def test_a_fault_is_named_with_the_way_out(text: str, fault: str) -> None:
    with pytest.raises(PolicyError, match=fault):
        Policy.from_toml(text)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy.from_toml("[a]\n[b]\n[reachable]\nmargin_minutes = -1\nx = 1\n")
    assert len(caught.value.faults) == 4


def test_every_parameter_says_its_range_and_keeps_its_default() -> None:
    for definition in DEFINITIONS.values():
        for parameter in definition.parameters.values():
            assert parameter.fault(parameter.default) is None
            assert parameter.fault(parameter.within.at_most + 1) is not None


@given(st.text())
def test_any_text_is_read_or_refused_with_our_own_error(text: str) -> None:
    with contextlib.suppress(PolicyError):
        Policy.from_toml(text)
