"""Answers about one person and one placement are what solving again gives."""

import json
from collections import Counter
from typing import Any

import numpy as np
import polars as pl
import pytest

from matcher.domain.policy import Policy
from matcher.domain.snapshot import PoolSnapshot
from matcher.errors import NotFound
from matcher.optimisation.assignment import Pairs, assign
from matcher.optimisation.inquiries.of_candidate import answer_candidate
from matcher.optimisation.inquiries.of_placement import answer_placement
from matcher.optimisation.inquiries.telling import Standing, gain_between
from matcher.optimisation.inquiries.trying import changed
from matcher.optimisation.planning import plan
from matcher.optimisation.prepared import prepare
from matcher.optimisation.ranking import rank
from matcher.optimisation.solving import Solved, solve
from tests.builders import candidate, numbered, placement, pool
from tests.unit.optimisation.chance_pools import chance_pool, shuffled

DEFAULT = Policy.default()
SEEDS = range(50)
ALL = 100
STILL_TO_COME = Policy.from_toml(
    "[potentials]\nenabled = true\nwaiting_limit_days = 300\n"
    "candidates_in = 20.0\nopenings_in = 1.0"
)


def rows_of(solved: Solved) -> tuple[list[str], list[str]]:
    prepared = solved.pool.prepared
    return (
        prepared.candidates["candidate.id"].to_list(),
        prepared.placements["placement.id"].to_list(),
    )


def counts(solved: Solved, chosen: np.ndarray, pairs: Pairs) -> tuple[Counter[str], int]:
    """Return people by tier and points of some pairs, as they are shown."""
    tiers = [solved.pool.tier_codes[solved.pool.tier[i]] for i in pairs.candidate[chosen]]
    kept = solved.prospects.potential[pairs.placement[chosen]]
    return Counter(tiers), int(pairs.points[chosen].sum() + kept.sum())


def loss_when_forced(solved: Solved, person: int, place: int) -> dict[str, Any]:
    """Solve again without the person and with one opening less, and put the pair beside it."""
    pairs = solved.pairs
    here = (pairs.candidate == person) & (pairs.placement == place)
    others = pairs.candidate != person
    left = Pairs(pairs.candidate[others], pairs.placement[others], pairs.points[others])
    openings = solved.pool.openings.copy()
    openings[place] -= 1
    again = assign(left, openings, n_candidates=solved.pool.tier.size, tiers=solved.pool.tier)
    before, points = counts(solved, solved.outcome.chosen, pairs)
    after, other_points = counts(solved, again.chosen, left)
    after[solved.pool.tier_codes[solved.pool.tier[person]]] += 1
    fewer = {code: before[code] - after[code] for code in solved.pool.tier_codes}
    return {
        "people": {code: count for code, count in sorted(fewer.items()) if count},
        "points": points - other_points - counts(solved, here, pairs)[1],
    }


def check_loss(solved: Solved, told: dict[str, Any], person: str, place: str) -> None:
    people, places = rows_of(solved)
    truth = loss_when_forced(solved, people.index(person), places.index(place))
    assert {name: told["loss"][name] for name in truth} == truth
    assert told["exact"]
    assert told["steps"][0]["to"] == place
    assert told["loss"]["elsewhere"] == len(told["steps"])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("policy", [DEFAULT, STILL_TO_COME], ids=["tonight", "people to come"])
def test_every_other_placement_of_a_person_costs_what_forcing_it_costs(
    seed: int, policy: Policy
) -> None:
    snapshot = chance_pool(seed)
    solved, prepared = solve(snapshot, policy), prepare(snapshot, policy)
    for person in snapshot.candidates["candidate.id"]:
        told = answer_candidate(solved, person, ALL)
        json.dumps(told)
        ranked = rank(prepared, EMPTY, DEFAULT, candidate=person).filter("eligible")
        if told["why"] == {"reason": "not_seeking"}:
            assert ranked.is_empty()
            continue
        possible = set(ranked["placement.id"])
        kept = {each["placement"] for each in told["kept"]}
        others = {each["placement"] for each in told["others"]}
        assert others == possible - {told["proposed"]} - kept
        assert all(each["expected"] >= each["points"] for each in told["kept"])
        assert told["eligible"] == len(possible)
        for each in told["others"]:
            check_loss(solved, each, person, each["placement"])
        order = [_goals(solved, each["loss"]) for each in told["others"]]
        assert order == sorted(order)
        if told["proposed"] is None:
            reason = "others_need_it_more" if others else "kept_for_people_to_come"
            assert told["why"]["reason"] == (reason if possible else "no_eligible_placement")


EMPTY = pl.DataFrame(schema={"placement.id": pl.String, "price": pl.Int64})


def _goals(solved: Solved, loss: dict[str, Any]) -> tuple[int, ...]:
    return (*(loss["people"].get(code, 0) for code in solved.pool.tier_codes), loss["points"])


@pytest.mark.parametrize("seed", SEEDS)
def test_every_other_person_of_a_placement_costs_what_forcing_them_costs(seed: int) -> None:
    snapshot = chance_pool(seed)
    solved = solve(snapshot, DEFAULT)
    people, places = rows_of(solved)
    chosen = solved.outcome.chosen
    for place in snapshot.placements["placement.id"]:
        told = answer_placement(solved, place, ALL)
        json.dumps(told)
        if place not in places:
            assert told["kept_out_by"] == ["has_openings_left"]
            continue
        here = solved.pairs.placement == places.index(place)
        inside = {people[i] for i in solved.pairs.candidate[here & chosen]}
        able = {people[i] for i in solved.pairs.candidate[here]}
        assert told["proposed"] == len(inside)
        assert {each["candidate"] for each in told["others"]} == able - inside
        for each in told["others"]:
            check_loss(solved, each, each["candidate"], place)
        more = with_one_more(snapshot, place)
        truth = gain_between(Standing.of(solved), Standing.of(solve(more, DEFAULT)))
        gain = told["one_more_opening"]["gain"]
        assert {name: gain[name] for name in MEASURED} == {name: truth[name] for name in MEASURED}


MEASURED = ("people", "placed", "points")


def with_one_more(snapshot: PoolSnapshot, place: str) -> PoolSnapshot:
    row = snapshot.placements.filter(pl.col("placement.id") == place).row(0, named=True)
    steps = {"placement.openings": row["placement.openings"] + 1}
    if row["placement.group_free"] is not None:
        steps["placement.group_free"] = row["placement.group_free"] + 1
    return changed(snapshot, "", place, steps)


@pytest.mark.parametrize("seed", range(10))
def test_answers_do_not_depend_on_the_order_of_the_rows(seed: int) -> None:
    snapshot = chance_pool(seed)
    solved, again = solve(snapshot, DEFAULT), solve(shuffled(snapshot), DEFAULT)
    for person in snapshot.candidates["candidate.id"]:
        assert answer_candidate(solved, person, ALL) == answer_candidate(again, person, ALL)
    for place in snapshot.placements["placement.id"]:
        assert answer_placement(solved, place, ALL) == answer_placement(again, place, ALL)


def test_nobody_else_is_named() -> None:
    solved = solve(chance_pool(3), DEFAULT)
    for person in solved.snapshot.candidates["candidate.id"]:
        text = json.dumps(answer_candidate(solved, person, ALL)).replace(f'"{person}"', "")
        assert "candidate-" not in text


def test_who_is_not_there_is_not_found() -> None:
    solved = solve(chance_pool(0), DEFAULT)
    with pytest.raises(NotFound, match="no candidate nobody"):
        answer_candidate(solved, "nobody", 3)
    with pytest.raises(NotFound, match="no placement nowhere"):
        answer_placement(solved, "nowhere", 3)


def test_a_loss_is_told_in_people_and_points() -> None:
    people = numbered([candidate(preferences=[]), candidate(hours_max=20)])
    solved = solve(pool(people, [placement()]), DEFAULT)
    left = next(p for p in ("candidate-1", "candidate-2") if p not in Standing.of(solved).place)
    told = answer_candidate(solved, left, 3)
    assert told["why"]["reason"] == "others_need_it_more"
    assert told["why"]["loss"]["people"] == {}
    points = told["why"]["loss"]["points"]
    assert points > 0
    assert told["why"]["text"] == (
        "this person gets Garden work; one person of “Longest waiting” goes without; "
        f"as many people placed; {points} points less in all"
    )


def test_stored_alternatives_name_the_tiers_that_people_are_in() -> None:
    """With an empty tier before them, people of a later tier were told as of an earlier one."""
    people = numbered([candidate(deployed=False) for _ in range(2)])
    places = numbered([placement(), placement(hours_max=17)])
    more = numbered([*people, candidate(hours_min=17, hours_max=17)])
    made = plan(pool(more, places), DEFAULT)
    named = {
        code
        for told in made.proposals["alternatives"]
        for each in json.loads(told)
        for code in each["people"]
    }
    assert named <= {code for code, count in made.totals.tiers.items() if count}


def test_who_can_go_nowhere_reads_what_one_change_opens() -> None:
    places = numbered(
        [placement(hours_min=30), placement(hours_min=26), placement(kind="sheltered")]
    )
    told = answer_candidate(
        solve(pool([candidate(hours_max=24)], places), DEFAULT), "candidate-1", 3
    )
    assert told["why"]["reason"] == "no_eligible_placement"
    assert told["why"]["placements"] == 3
    assert [(each["rule"], each["refuses"], each["alone"]) for each in told["why"]["refusals"]] == [
        ("hours_overlap", 2, 2),
        ("sheltered_has_advice", 1, 1),
    ]
    (lever,) = told["why"]["levers"]
    assert (lever["lever"], lever["opens"], lever["placement"]) == ("hours", 2, "placement-2")
    assert lever["changes"] == [
        {"change": "set_candidate", "candidate": "candidate-1", "column": "hours_max", "value": 26}
    ]
    assert (lever["proposed"], lever["gain"]["placed"]) == ("here", 1)
