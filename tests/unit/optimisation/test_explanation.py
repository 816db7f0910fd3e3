"""An explanation: reasons with their values, points that add up, differences that subtract."""

import json
from typing import Any

import polars as pl
from hypothesis import given, settings

from matcher import Policy, PoolSnapshot, explain, plan, rank
from matcher.domain.gates import GATES
from matcher.domain.rules import ELIGIBILITY_RULES
from matcher.optimisation.explanation import Explanation, difference
from matcher.optimisation.wording import in_words
from tests.builders import GRONINGEN, candidate, placement, pool
from tests.strategies import policies, pools

DEFAULT = Policy.default()
NO_PRICES = pl.DataFrame(schema={"placement.id": pl.String, "price": pl.Int64})


def explained(
    person: dict[str, Any] | None = None,
    place: dict[str, Any] | None = None,
    policy: Policy = DEFAULT,
    prices: pl.DataFrame = NO_PRICES,
) -> Explanation:
    snapshot = pool([candidate(**(person or {}))], [placement(**(place or {}))])
    return explain(rank(snapshot, prices, policy, candidate="candidate-1"), policy)


@settings(max_examples=30)
@given(pools(), policies)
def test_it_adds_up_and_tells_every_verdict(snapshot: PoolSnapshot, policy: Policy) -> None:
    person = snapshot.candidates["candidate.id"][0]
    for row in rank(snapshot, NO_PRICES, policy, candidate=person).to_dicts():
        found = explain(row, policy)
        assert sum(term.points for term in found.points) == found.total == row["points"]
        assert {each.code for each in found.refusals} == {
            *(r.code for r in ELIGIBILITY_RULES if row[f"rule.{r.code}"] is False),
            *(gate.code for gate in GATES if not row[f"gate.{gate.code}"]),
        }
        unknown = {each.code for each in found.unknowns}
        assert unknown == {r.code for r in ELIGIBILITY_RULES if row[f"rule.{r.code}"] is None}
        refused = found.refusals or any(each.treatment == "refuse" for each in found.unknowns)
        assert found.eligible is not bool(refused)
        for refusal in found.refusals:
            assert "{" not in refusal.text
            assert "None" not in refusal.text
        json.dumps(found.to_dict())


def test_sets_are_told_with_what_is_held() -> None:
    found = explained({"licences": ["B", "AM"]}, {"licences_required": ["C"]})
    assert [each.text for each in found.refusals] == [
        "driving licences C are required; recorded: B, AM"
    ]
    evidence = found.refusals[0].evidence
    assert evidence["placement.licences_required"] == ["C"]
    assert evidence["candidate.licences"] == ["B", "AM"]
    assert evidence["pair.licences_missing"] == 1


def test_all_refusals_are_told_with_gates_before_rules() -> None:
    found = explained(
        {"hours_min": 36, "hours_max": 40}, {"state": "paused", "latitude": GRONINGEN[0]}
    )
    assert [each.code for each in found.refusals] == ["is_open", "hours_overlap", "reachable"]
    assert not found.eligible


def test_an_unknown_names_the_facts_that_are_missing() -> None:
    found = explained({"dayparts": None, "licences": None}, {"licences_required": ["B"]})
    assert [(each.code, each.columns, each.treatment) for each in found.unknowns] == [
        ("dayparts_covered", ("candidate.dayparts",), "ask"),
        ("licence_held", ("candidate.licences",), "refuse"),
    ]
    assert not found.eligible
    assert found.refusals == ()


def test_a_condition_tells_what_has_to_be_arranged() -> None:
    found = explained(
        {"limit_lifting": 1},
        {"demand_lifting": 2, "adaptation_note": "a lifting aid, by the employer"},
    )
    assert found.eligible
    assert [each.text for each in found.conditions] == [
        "only with an adaptation of the workplace: a lifting aid, by the employer"
    ]
    assert explained().conditions == ()


def test_unknown_points_count_half_and_say_so() -> None:
    preference = explained({"preferences": None}).points[0]
    assert preference.code == "preference"
    assert (preference.unknown, preference.share, preference.points, preference.most) == (
        True,
        0.5,
        100,
        200,
    )


def test_plan_terms_stand_apart() -> None:
    plan_terms = [each.code for each in explained().points if each.plan_term]
    assert plan_terms == ["waiting_time", "seamless_follow_up", "kept_proposal"]


def test_price_and_surplus_are_those_of_the_plan() -> None:
    found = explained(prices=pl.DataFrame({"placement.id": ["placement-1"], "price": [40]}))
    assert (found.price, found.surplus) == (40, found.total - 40)


def test_the_journey_says_where_its_minutes_come_from() -> None:
    journey = explained().journey
    assert (journey.minutes, journey.mode, journey.km) == (39, "bicycle", 7.5)
    assert (journey.source, journey.mode_assumed) == ("estimate", False)


def test_two_explanations_subtract() -> None:
    before = explained({"licences": [], "max_travel_minutes": 10}, {"licences_required": ["B"]})
    after = explained(
        {"licences": ["B"], "max_travel_minutes": 10, "transport": ["car"]},
        {"licences_required": ["B"]},
    )
    found = difference(before, after)
    assert found.settled == ("licence_held",)
    assert found.refusals_gone == ()
    assert not found.became_eligible
    assert found.minutes == 18 - 39
    assert sum(found.points.values()) == found.total == after.total - before.total
    assert set(found.points) == {"short_journey"}
    wider = explained({"transport": ["car"]}, {"licences_required": ["B"]})
    assert difference(after, wider).became_eligible
    assert difference(after, wider).refusals_gone == ("reachable",)
    back = difference(wider, after)
    assert (back.became_ineligible, back.refusals_new) == (True, ("reachable",))


def test_nothing_changed_is_no_difference() -> None:
    found = difference(explained(), explained())
    assert found.points == {}
    assert (found.total, found.price, found.minutes) == (0, 0, 0)


def test_a_record_holds_what_an_explanation_tells() -> None:
    snapshot = pool([candidate(dayparts=None)], [placement()])
    made = plan(snapshot, DEFAULT)
    row = made.proposals.row(0, named=True)
    found = explain(rank(snapshot, made.prices, DEFAULT, candidate="candidate-1"), DEFAULT)
    points = json.loads(row["points_by_term"])
    assert {code: each["points"] for code, each in points.items()} == {
        each.code: each.points for each in found.points
    }
    assert json.loads(row["unknowns"]) == ["dayparts_covered"]
    evidence = json.loads(row["evidence"])
    assert evidence["candidate.available_from"] == "2026-01-01"
    assert evidence["pair.minutes"] == 39


def test_values_in_words() -> None:
    assert in_words("candidate.licences", None) == "not recorded"
    assert in_words("candidate.licences", []) == "none"
    assert in_words("candidate.hours_max", None) == "open"
    assert in_words("pair.km", 7.46) == "7.5"
    assert in_words("placement.hourly_wage", 14.5) == "14.50"
    assert in_words("candidate.deployed", True) == "yes"
    assert in_words("pair.mode", "public_transport") == "public transport"
