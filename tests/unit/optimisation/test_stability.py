"""Every proposal that a new plan does not keep says why, and the causes add up."""

from datetime import date

import polars as pl
from hypothesis import given, settings

from matcher.domain.causes import CAUSE_OF
from matcher.domain.plan import Plan
from matcher.domain.policy import Policy
from matcher.domain.snapshot import PoolSnapshot
from matcher.optimisation.planning import plan
from tests.builders import COOK, candidate, placement, pool
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


@settings(max_examples=40)
@given(pools(), policies)
def test_causes_add_up_to_what_changed(snapshot: PoolSnapshot, policy: Policy) -> None:
    made = plan(snapshot, policy)
    kept = snapshot.previous.join(made.proposals, on=["candidate.id", "placement.id"], how="semi")
    report = made.totals.stability
    assert report["undecided"] == snapshot.previous.height
    assert report["kept"] == kept.height
    assert sum(report["causes"].values()) == report["changed"] == made.changes.height
    assert set(report["causes"]) <= CAUSE_OF.keys()
    assert made.changes.join(
        made.proposals, on=["candidate.id", "placement.id"], how="semi"
    ).is_empty()
    # without limits an opening never stays empty while somebody who could have it is sent away
    assert "kept_free" not in report["causes"]
    refused = made.changes.filter(pl.col("cause") == "refused_now")
    assert (refused["rules"].list.len() > 0).all()
