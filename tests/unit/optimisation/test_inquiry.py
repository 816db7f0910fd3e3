"""A question of what would change, against two plans made apart."""

import json
from datetime import date

import pytest
from hypothesis import given, settings

from matcher.domain.changes import AddOpenings, Change, RemovePlacement, SetPolicy, apply
from matcher.domain.difference import Reached, difference
from matcher.domain.policy import Policy
from matcher.domain.questions import Question
from matcher.domain.snapshot import PoolSnapshot
from matcher.errors import PolicyError, SnapshotError
from matcher.optimisation.inquiry import answer
from matcher.optimisation.planning import plan
from tests.builders import candidate, numbered, placement, pool
from tests.strategies import pools

SNAPSHOT = pool(
    numbered([candidate(), candidate(), candidate(hours_min=36, hours_max=36)]),
    numbered([placement(openings=1), placement(hours_min=36, hours_max=36)]),
)


def ask(*changes: Change, snapshot: PoolSnapshot = SNAPSHOT) -> dict[str, object]:
    return answer(snapshot, Policy.default(), Question("difference", changes=changes))


def test_one_more_opening_places_one_more_person() -> None:
    found = ask(AddOpenings("placement-1", 1))
    assert found["kind"] == "difference"
    assert found["totals"]["placed"] == {"before": 2, "after": 3, "more": 1}  # type: ignore[index]
    assert found["people"] == {"kept": 2, "moved": 0, "gained": 1, "lost": 0}
    assert found["placements"] == [
        {"placement": "placement-1", "before": 1, "after": 2, "came": 1, "left": 0}
    ]
    assert json.loads(json.dumps(found)) == found


def test_an_employer_who_closes_costs_a_proposal() -> None:
    found = ask(RemovePlacement("placement-2"))
    assert found["totals"]["placed"] == {"before": 2, "after": 1, "more": -1}  # type: ignore[index]
    assert found["people"] == {"kept": 1, "moved": 0, "gained": 0, "lost": 1}


@settings(max_examples=25)
@given(snapshot=pools())
def test_the_answer_is_the_difference_of_the_two_plans(snapshot: PoolSnapshot) -> None:
    policy = Policy.default()
    changes = (
        SetPolicy("short_journey", "points", 900),
        SetPolicy("reachable", "margin_minutes", 20),
    )
    changed, changed_policy = apply(changes, snapshot, policy)
    before, after = plan(snapshot, policy), plan(changed, changed_policy)
    expected = difference(Reached.by(before), Reached.by(after))
    assert ask(*changes, snapshot=snapshot) == {"kind": "difference", **expected}


def test_a_change_that_does_not_suit_is_told_before_anything_is_planned() -> None:
    told: list[str] = []
    question = Question("difference", changes=(AddOpenings("nowhere"),))
    with pytest.raises(SnapshotError, match="no placement nowhere"):
        answer(SNAPSHOT, Policy.default(), question, lambda phase, done, total: told.append(phase))
    with pytest.raises(PolicyError, match="Maybe: reachable"):
        ask(SetPolicy("reachabel", "margin_minutes", 3))
    assert told == []


def test_progress_names_which_plan_is_made() -> None:
    told: list[str] = []
    question = Question("difference", changes=(AddOpenings("placement-1"),))
    answer(SNAPSHOT, Policy.default(), question, lambda phase, done, total: told.append(phase))
    assert list(dict.fromkeys(told)) == [
        "prepare before", "pairs before", "assign before",
        "prepare after", "pairs after", "assign after",
    ]  # fmt: skip


def test_one_person_one_placement_and_one_pair_are_answered() -> None:
    person = answer(SNAPSHOT, Policy.default(), Question("candidate", candidate="candidate-1"))
    place = answer(SNAPSHOT, Policy.default(), Question("placement", placement="placement-1"))
    pair = answer(
        SNAPSHOT,
        Policy.default(),
        Question("pair", candidate="candidate-3", placement="placement-1"),
    )
    assert (person["kind"], person["candidate"]) == ("candidate", "candidate-1")
    assert (place["kind"], place["openings"], place["proposed"]) == ("placement", 1, 1)
    assert (pair["kind"], pair["cheapest"], pair["refused_by"]) == (
        "pair",
        "hours",
        ["hours_overlap"],
    )


def test_advice_where_no_placement_is_full() -> None:
    """Nothing to add an opening to: tiers must still be told apart by what a person counts."""
    # who waits longest goes first, with fewer points than the others have
    waits_longest = candidate(waiting_since=date(2020, 1, 1), preferences=[], competences=[])
    people = numbered([candidate(), waits_longest, candidate(), candidate()])
    found = answer(
        pool(people, numbered([placement(openings=1)])), Policy.default(), Question("advice")
    )
    assert found["waiting"]["total"] == 3
    assert found["openings"][0]["gain"]["placed"] == 1
