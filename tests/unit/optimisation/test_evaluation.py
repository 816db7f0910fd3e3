"""Verdicts and points: unknown is an answer, and every breakdown adds up."""

import polars as pl
from hypothesis import given, settings

from matcher.domain.policy import Policy
from matcher.domain.rules import ELIGIBILITY_RULES
from matcher.domain.snapshot import PoolSnapshot
from matcher.domain.terms import SCORE_TERMS
from matcher.optimisation.evaluation import criteria_of, evaluate, judge
from tests.builders import candidate, placement, pool
from tests.strategies import policies, pools
from tests.unit.optimisation.pairs import all_pairs

DEFAULT = Policy.default()


@settings(max_examples=40)
@given(pools(), policies)
def test_points_add_up_and_stay_within_their_terms(snapshot: PoolSnapshot, policy: Policy) -> None:
    pairs = all_pairs(snapshot, policy)
    total = pairs.select(pl.sum_horizontal(f"points.{term.code}" for term in SCORE_TERMS))
    assert pairs["points"].equals(total.to_series(), check_names=False)
    for term in SCORE_TERMS:
        most = int(policy.value(term.code, "points"))
        points = pairs[f"points.{term.code}"]
        assert points.dtype == pl.Int64
        assert points.is_between(0, most).all()
        unknown = pairs[f"share.{term.code}"].is_null()
        assert points.filter(unknown).eq(int(most / 2 + 0.5)).all()


@settings(max_examples=40)
@given(pools(), policies)
def test_a_pair_is_eligible_when_no_rule_refuses(snapshot: PoolSnapshot, policy: Policy) -> None:
    for row in all_pairs(snapshot, policy).to_dicts():
        refused = [
            rule.code
            for rule in ELIGIBILITY_RULES
            if row[f"rule.{rule.code}"] is False
            or (row[f"rule.{rule.code}"] is None and rule.if_unknown == "refuse")
        ]
        assert row["eligible"] is (not refused)


def test_the_default_pair_passes_everything() -> None:
    row = all_pairs(pool([candidate()], [placement()]), DEFAULT).row(0, named=True)
    assert all(row[f"rule.{rule.code}"] is True for rule in ELIGIBILITY_RULES)


def test_halves_are_rounded_up() -> None:
    policy = Policy.from_toml("[interests]\npoints = 5")
    row = all_pairs(pool([candidate(interests=[])], [placement()]), policy).row(0, named=True)
    assert (row["share.interests"], row["points.interests"]) == (None, 3)


def test_a_few_rules_can_be_asked_alone() -> None:
    frame = pl.DataFrame({"candidate.objects_to_automation": [True, False, None]})
    found = judge(frame, DEFAULT, ["no_objection"])
    assert found["rule.no_objection"].to_list() == [False, True, None]
    assert found["eligible"].to_list() == [False, True, True]


def test_an_empty_frame_stays_one() -> None:
    pairs = all_pairs(pool([candidate()], []), DEFAULT)
    assert pairs.height == 0
    assert {"eligible", "points"} <= set(pairs.columns)
    assert (
        evaluate(pairs.drop("eligible", "points", "^(rule|share|points)\\..*$"), DEFAULT).height
        == 0
    )


def test_the_same_parameters_are_read_once() -> None:
    assert criteria_of(Policy.default()) is criteria_of(Policy.from_toml("", version=4))
    other = Policy.from_toml("[reachable]\nmargin_minutes = 5")
    assert criteria_of(other) is not criteria_of(DEFAULT)
