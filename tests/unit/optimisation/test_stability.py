"""Every proposal that a new plan does not keep says why, and the causes add up."""

from dataclasses import replace
from datetime import date

import hypothesis.strategies as st
import polars as pl
from hypothesis import given, settings

from matcher.domain.causes import CAUSE_OF
from matcher.domain.plan import Plan
from matcher.domain.policy import Policy
from matcher.domain.snapshot import COMPANION_SCHEMA, PoolSnapshot
from matcher.optimisation.planning import plan
from tests.builders import COOK, GARDENER, candidate, placement, pool
from tests.strategies import policies, pools

DEFAULT = Policy.default()
LONG_AGO, LATELY = date(2023, 1, 1), date(2026, 2, 1)


def change(made: Plan) -> dict[str, object]:
    """Return the one change of a plan."""
    return made.changes.row(0, named=True)


def one(people: list, places: list, *before: tuple[str, str]) -> Plan:
    return plan(pool(people, places, previous=before), DEFAULT)


def test_a_kept_proposal_is_no_change() -> None:
    made = one([candidate()], [placement()], ("candidate-1", "placement-1"))
    assert made.changes.is_empty()
    assert made.totals.stability == {
        "undecided": 1,
        "kept": 1,
        "changed": 0,
        "share_changed": 0.0,
        "by_choice": 0,
        "share_by_choice": 0.0,
        "causes": {},
    }


def test_a_person_who_left() -> None:
    made = one([candidate()], [placement()], ("candidate-9", "placement-1"))
    assert change(made)["cause"] == "person_gone"


def test_a_placement_that_left() -> None:
    made = one([candidate()], [placement()], ("candidate-1", "placement-9"))
    assert change(made)["cause"] == "placement_gone"
    assert change(made)["instead"] == "placement-1"


def test_a_placement_that_a_gate_closed_names_the_gate() -> None:
    made = one([candidate()], [placement(state="paused")], ("candidate-1", "placement-1"))
    assert change(made)["cause"] == "placement_closed"
    assert change(made)["gates"] == ["is_open"]


def test_a_pair_that_is_refused_now_names_every_rule() -> None:
    person = candidate(parkings=["pair:placement-1"], max_travel_minutes=0)
    made = one([person], [placement()], ("candidate-1", "placement-1"))
    assert change(made)["cause"] == "refused_now"
    assert change(made)["rules"] == ["reachable", "not_parked"]


def test_a_better_placement_tells_by_how_much() -> None:
    worse = placement(id="placement-2", occupation=COOK, tags=[], competences_wished=["none"])
    made = one([candidate()], [placement(), worse], ("candidate-1", "placement-2"))
    found = change(made)
    assert (found["cause"], found["instead"]) == ("better_elsewhere", "placement-1")
    points = dict(made.proposals.select("placement.id", "points").iter_rows())
    kept = one([candidate()], [worse], ("candidate-1", "placement-2")).proposals["points"].item()
    assert found["points"] == points["placement-1"] - kept > 0


def test_an_opening_that_went_to_somebody_of_an_earlier_tier() -> None:
    longer = candidate(id="candidate-2", waiting_since=LONG_AGO)
    made = one(
        [candidate(waiting_since=LATELY), longer], [placement()], ("candidate-1", "placement-1")
    )
    found = change(made)
    assert found["cause"] == "others_first"
    assert found["others"] == ["longest_waiting"]
    assert found["instead"] is None
    assert made.totals.stability["causes"] == {"others_first": 1}
    assert made.totals.stability["share_by_choice"] == 1.0


def test_fewer_openings_than_people_who_were_proposed() -> None:
    people = [candidate(), candidate(id="candidate-2", max_travel_minutes=40)]
    before = [("candidate-1", "placement-1"), ("candidate-2", "placement-1")]
    assert one(people, [placement(openings=2)], *before).changes.is_empty()
    assert change(one(people, [placement()], *before))["cause"] == "fewer_openings"


SITES = {"workplace": "site-1"}


def bound(
    people: list, places: list, before: list[tuple[str, str]], *two: tuple[str, str, str]
) -> Plan:
    """Plan for people of whom some go apart or together."""
    return plan(with_companions(pool(people, places, previous=before), *two), DEFAULT)


def with_companions(snapshot: PoolSnapshot, *two: tuple[str | None, ...]) -> PoolSnapshot:
    rows = [(*each, None, None)[:5] for each in two]
    return replace(snapshot, companions=pl.DataFrame(rows, schema=COMPANION_SCHEMA, orient="row"))


def test_a_team_that_is_not_filled() -> None:
    made = one([candidate()], [placement(openings=2, team=True)], ("candidate-1", "placement-1"))
    assert change(made)["cause"] == "team_not_filled"
    assert made.totals.stability["by_choice"] == 1


def test_who_is_needed_in_a_team_elsewhere() -> None:
    worse = {"occupation": COOK, "tags": [], "competences_wished": ["none"]}
    team = placement(id="placement-2", openings=2, team=True, **worse)
    people = [candidate(), candidate(id="candidate-2")]
    before = [("candidate-1", "placement-1")]
    # two in the team are more than one at the better placement
    made = bound(people, [placement(), team], before)
    assert change(made)["cause"] == "team_elsewhere"
    assert change(made)["instead"] == "placement-2"


def test_whoever_goes_apart_comes_to_the_site() -> None:
    good = placement(id="placement-1", **SITES)
    worse = placement(id="placement-2", occupation=COOK, tags=[], competences_wished=["none"])
    longer = candidate(id="candidate-2", waiting_since=LONG_AGO)
    people = [candidate(waiting_since=LATELY), longer]
    made = bound(
        people,
        [placement(id="placement-1", openings=2, **SITES), worse],
        [("candidate-1", "placement-1"), ("candidate-2", "placement-1")],
        ("candidate-1", "candidate-2", "apart"),
    )
    assert change(made)["cause"] == "companion_first"
    taken = with_companions(
        pool([people[0]], [good, worse], previous=[("candidate-1", "placement-1")]),
        ("candidate-1", "candidate-2", "apart", None, "placement-1"),
    )
    found = plan(taken, DEFAULT)
    assert change(found)["cause"] == "companion_against"
    assert found.totals.stability["by_choice"] == 0


def test_who_start_together_where_one_opening_is() -> None:
    other = placement(id="placement-2", openings=2, occupation=COOK, tags=[])
    people = [candidate(), candidate(id="candidate-2")]
    made = bound(
        people,
        [placement(), other],
        [("candidate-1", "placement-1")],
        ("candidate-1", "candidate-2", "together"),
    )
    assert change(made)["cause"] == "companion_against"
    assert change(made)["instead"] == "placement-2"


def test_who_start_together_and_are_better_off_elsewhere() -> None:
    """One of them has fewer points there; the two together have more."""
    good = {"occupation": GARDENER, "openings": 2}
    first = candidate(preferences=[f"occupation:{GARDENER}:8"], occupations_wished=[GARDENER])
    second = candidate(
        id="candidate-2", preferences=[f"occupation:{COOK}:10"], occupations_wished=[COOK],
        interests=["cooking"],
    )  # fmt: skip
    kitchen = placement(id="placement-2", occupation=COOK, tags=["cooking"], openings=2)
    made = bound(
        [first, second],
        [placement(**good), kitchen],
        [("candidate-1", "placement-1"), ("candidate-2", "placement-2")],
        ("candidate-1", "candidate-2", "together"),
    )
    assert change(made)["cause"] == "companion_first"
    assert change(made)["points"] < 0


RELATIONS = st.sampled_from(("apart", "together"))


@st.composite
def bound_pools(draw: st.DrawFn) -> PoolSnapshot:
    """A small pool of people who can do most, with teams and companions."""
    snapshot = draw(pools(most_people=4, most_placements=3))
    people = snapshot.candidates["candidate.id"].to_list()
    places = snapshot.placements["placement.id"].to_list()
    teams = draw(st.lists(st.booleans(), min_size=len(places), max_size=len(places)))
    nowhere = st.sampled_from((None, None, *places))
    two = draw(
        st.lists(
            st.tuples(
                st.sampled_from(people), st.sampled_from([*people, "gone"]), RELATIONS,
                st.none(), nowhere,
            ).filter(lambda each: each[0] < each[1]),
            max_size=3,
            unique_by=lambda each: each[:2],
        )
    )  # fmt: skip
    # where somebody is already is told of those who are not planned for
    two = [each if each[1] == "gone" else (*each[:3], None, None) for each in two]
    before = draw(st.lists(st.sampled_from(places), min_size=len(people), max_size=len(people)))
    team = pl.Series("placement.team", teams)
    return replace(
        with_companions(snapshot, *two),
        placements=snapshot.placements.with_columns(team),
        previous=pl.DataFrame({"candidate.id": people, "placement.id": before}),
    )


@settings(max_examples=60)
@given(bound_pools(), policies)
def test_causes_of_teams_and_companions_add_up(snapshot: PoolSnapshot, policy: Policy) -> None:
    made = plan(snapshot, policy)
    add_up(snapshot, made)
    if made.proof.proved:
        # each that a plan could have kept by itself has a cause: a team, a companion, or others
        assert "kept_free" not in made.totals.stability["causes"]
    teams = set(snapshot.placements.filter("placement.team")["placement.id"])
    bonds = made.changes.filter(pl.col("cause").str.contains("team_"))
    assert all(
        row["placement.id" if row["cause"] == "team_not_filled" else "instead"] in teams
        for row in bonds.iter_rows(named=True)
    )
    named = set(snapshot.companions["candidate.id"]) | set(snapshot.companions["other.id"])
    whose = made.changes.filter(pl.col("cause").str.contains("companion_"))["candidate.id"]
    assert set(whose) <= named


@settings(max_examples=40)
@given(pools(), policies)
def test_causes_add_up_to_what_changed(snapshot: PoolSnapshot, policy: Policy) -> None:
    made = plan(snapshot, policy)
    add_up(snapshot, made)
    # without limits an opening never stays empty while somebody who could have it is sent away
    assert "kept_free" not in made.totals.stability["causes"]


def add_up(snapshot: PoolSnapshot, made: Plan) -> None:
    """Check that every dropped proposal, and no other, has one of the causes."""
    kept = snapshot.previous.join(made.proposals, on=["candidate.id", "placement.id"], how="semi")
    report = made.totals.stability
    assert report["undecided"] == snapshot.previous.height
    assert report["kept"] == kept.height
    assert sum(report["causes"].values()) == report["changed"] == made.changes.height
    assert set(report["causes"]) <= CAUSE_OF.keys()
    assert made.changes.join(
        made.proposals, on=["candidate.id", "placement.id"], how="semi"
    ).is_empty()
    refused = made.changes.filter(pl.col("cause") == "refused_now")
    assert (refused["rules"].list.len() > 0).all()
