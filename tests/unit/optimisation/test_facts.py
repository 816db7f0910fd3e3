"""What is computed of one person or placement before any pair."""

from datetime import date, timedelta
from typing import Any

import pytest

from matcher.domain.policy import Policy
from matcher.optimisation.facts import candidate_facts, placement_facts, seeking
from tests.builders import TODAY, candidate, numbered, placement, pool

DEFAULT = Policy.default()


def person(**facts: Any) -> dict[str, Any]:
    snapshot = pool([candidate(**facts)], [])
    return candidate_facts(snapshot.candidates, TODAY, DEFAULT).row(0, named=True)


def place(policy: Policy = DEFAULT, **facts: Any) -> dict[str, Any]:
    snapshot = pool([], [placement(**facts)])
    return placement_facts(snapshot.placements, TODAY, policy).row(0, named=True)


def is_seeking(**facts: Any) -> bool:
    snapshot = pool([candidate(**facts)], [])
    found = candidate_facts(snapshot.candidates, TODAY, DEFAULT).select(seeking(DEFAULT))
    return found.item()


def test_waiting_counts_up_to_today() -> None:
    assert person(waiting_since=date(2026, 2, 2))["candidate.waiting_days"] == 28
    assert person(waiting_since=date(2026, 4, 1))["candidate.waiting_days"] == 0
    assert person(waiting_since=None)["candidate.waiting_days"] is None


@pytest.mark.parametrize(("own", "limit"), [(30, 30), (None, 45), (120, 90), (0, 0)])
def test_the_limit_is_the_own_one_else_the_pools_and_never_above_the_cap(own, limit) -> None:
    assert person(max_travel_minutes=own)["candidate.travel_limit_minutes"] == limit


@pytest.mark.parametrize(
    ("own", "code", "limit"), [(8, 4, 8), (None, 4, 25), (None, 9, 150), (None, None, None)]
)
def test_kilometres_are_the_own_ones_else_those_of_the_radius_code(own, code, limit) -> None:
    facts = person(max_distance_km=own, radius_code=code)
    assert facts["candidate.travel_limit_km"] == limit


def test_a_deployment_has_days_left_only_while_it_lasts() -> None:
    ends = TODAY + timedelta(days=30)
    assert person(deployed=True, deployed_until=ends)["candidate.deployment_days_left"] == 30
    assert person(deployed=True, deployed_until=None)["candidate.deployment_days_left"] is None
    assert person(deployed=False, deployed_until=ends)["candidate.deployment_days_left"] is None


def test_an_advice_counts_from_its_date_and_none_is_no_advice() -> None:
    def advice(day: date | None) -> Any:
        return person(sheltered_advice=day)["candidate.sheltered_advice_in_force"]

    assert advice(TODAY) is True
    assert advice(TODAY + timedelta(days=1)) is False
    assert advice(None) is False


def test_the_longest_waiting_tenth_is_of_those_who_seek() -> None:
    rows = [candidate(waiting_since=TODAY - timedelta(days=10 * n)) for n in range(1, 21)]
    rows[19]["candidate.objects_to_automation"] = True
    rows[18]["candidate.parkings"] = ["person:"]
    facts = candidate_facts(pool(numbered(rows), []).candidates, TODAY, DEFAULT)
    longest = facts.filter("candidate.among_longest_waiting")["candidate.id"].to_list()
    assert longest == ["candidate-17", "candidate-18"]


def test_who_waits_equally_long_is_treated_equally() -> None:
    rows = [candidate(waiting_since=TODAY - timedelta(days=n // 3)) for n in range(9)]
    facts = candidate_facts(pool(numbered(rows), []).candidates, TODAY, DEFAULT)
    assert facts["candidate.among_longest_waiting"].sum() == 3


@pytest.mark.parametrize(
    ("facts", "seeks"),
    [
        ({}, True),
        ({"objects_to_automation": True}, False),
        ({"parkings": ["person:"]}, False),
        ({"parkings": ["kind:learning"]}, True),
        ({"deployed": True, "deployed_until": TODAY + timedelta(days=42)}, True),
        ({"deployed": True, "deployed_until": TODAY + timedelta(days=43)}, False),
        ({"deployed": True, "deployed_until": None}, False),
        ({"deployed": True, "deployed_until": TODAY, "follow_up_planned": True}, False),
        ({"deployed": None, "objects_to_automation": None, "parkings": None}, True),
    ],
)
def test_who_seeks(facts: dict[str, Any], seeks: bool) -> None:
    assert is_seeking(**facts) is seeks


@pytest.mark.parametrize(
    ("openings", "taken", "group", "free"),
    [(3, 1, None, 2), (3, 1, 1, 1), (3, 1, 9, 2), (1, 2, None, 0), (3, 0, -2, 0)],
)
def test_openings_are_cut_to_what_the_group_can_take(openings, taken, group, free) -> None:
    facts = place(openings=openings, taken=taken, group_free=group)
    assert facts["placement.openings_free"] == free


def test_days_to_and_since() -> None:
    facts = place(closes_on=TODAY + timedelta(days=3), no_displacement_on=TODAY)
    assert facts["placement.days_until_close"] == 3
    assert facts["placement.declaration_age_days"] == 0


@pytest.mark.parametrize(
    ("months", "start", "inside"),
    [
        ([], None, True),
        (None, None, True),
        ([3], None, True),
        ([4], None, True),
        ([5], None, False),
        ([2], None, False),
        ([5], date(2026, 5, 31), True),
        ([4], date(2026, 5, 31), False),
        ([5, 12], date(2026, 12, 1), True),
        ([3], date(2025, 1, 1), True),
    ],
)
def test_the_season_must_fall_between_first_day_and_horizon(months, start, inside) -> None:
    # today is 2 March, the horizon 42 days: 13 April
    assert place(season_months=months, start_earliest=start)["placement.in_season"] is inside


def test_the_horizon_may_pass_the_turn_of_the_year() -> None:
    late = Policy.from_toml("[not_deployed_then]\nhorizon_days = 320")
    assert place(late, season_months=[1])["placement.in_season"] is True
    assert place(late, season_months=[2])["placement.in_season"] is False
