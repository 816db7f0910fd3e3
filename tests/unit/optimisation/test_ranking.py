"""One person, one placement: the same rows as the whole pool gives."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from polars.testing import assert_frame_equal

from matcher.domain.policy import Policy
from matcher.domain.snapshot import PoolSnapshot
from matcher.errors import NotFound, SnapshotError
from matcher.optimisation.planning import plan
from matcher.optimisation.prepared import prepare, prepare_placements
from matcher.optimisation.ranking import rank
from tests import synthetic
from tests.builders import candidate, numbered, placement, pool
from tests.strategies import policies, pools
from tests.unit.optimisation.pairs import all_pairs

DEFAULT = Policy.default()
NO_PRICES = pl.DataFrame(schema={"placement.id": pl.String, "price": pl.Int64})


@settings(max_examples=30)
@given(pools(), policies)
def test_single_equals_bulk(snapshot: PoolSnapshot, policy: Policy) -> None:
    bulk = all_pairs(snapshot, policy)
    shared = [name for name in bulk.columns if name != "eligible"]
    first_person = snapshot.candidates["candidate.id"][0]
    first_place = snapshot.placements["placement.id"][0]
    for column, other, found in (
        ("candidate.id", "placement.id", rank(snapshot, NO_PRICES, policy, candidate=first_person)),
        ("placement.id", "candidate.id", rank(snapshot, NO_PRICES, policy, placement=first_place)),
    ):
        wanted = bulk.filter(pl.col(column) == found[column][0]).select(shared)
        assert_frame_equal(found.select(shared).sort(other), wanted.sort(other))


@settings(max_examples=20)
@given(pools())
def test_a_proposal_has_the_points_that_the_person_is_told(snapshot: PoolSnapshot) -> None:
    made = plan(snapshot, DEFAULT)
    for proposal in made.proposals.head(2).to_dicts():
        rows = rank(snapshot, made.prices, DEFAULT, candidate=proposal["candidate.id"])
        row = rows.filter(pl.col("placement.id") == proposal["placement.id"]).row(0, named=True)
        assert row["eligible"]
        assert row["points"] == proposal["points"]
        assert row["price"] == proposal["price"]


@settings(max_examples=20)
@given(pools())
def test_nothing_suits_a_placed_person_better_than_the_proposal(snapshot: PoolSnapshot) -> None:
    """The certificate as a person meets it: the first of the list is as good as the proposal."""
    made = plan(snapshot, DEFAULT)
    for proposal in made.proposals.head(2).to_dicts():
        rows = rank(snapshot, made.prices, DEFAULT, candidate=proposal["candidate.id"])
        assert rows["surplus"][0] == proposal["points"] - proposal["price"]


def test_one_row_more_against_placements_made_ready() -> None:
    snapshot = synthetic.snapshot(50, 40, 2)
    places = prepare_placements(snapshot, DEFAULT)
    for number in (3, 17):
        one = replace(snapshot, candidates=snapshot.candidates[number : number + 1])
        name = one.candidates["candidate.id"][0]
        alone = rank(prepare(one, DEFAULT, places), NO_PRICES, DEFAULT, candidate=name)
        within = rank(snapshot, NO_PRICES, DEFAULT, candidate=name)
        # only a comparison of people with each other may differ, and no rule or term makes one
        assert "candidate.among_longest_waiting" not in alone.columns
        assert_frame_equal(alone, within)


def test_the_best_come_first_and_prices_count() -> None:
    places = numbered([placement(), placement(competences_wished=["x"]), placement(state="paused")])
    snapshot = pool([candidate()], places)
    by_points = rank(snapshot, NO_PRICES, DEFAULT, candidate="candidate-1")
    assert by_points["placement.id"].to_list() == ["placement-1", "placement-2", "placement-3"]
    assert by_points["eligible"].to_list() == [True, True, False]
    assert by_points["gate.is_open"].to_list() == [True, True, False]
    prices = pl.DataFrame({"placement.id": ["placement-1"], "price": [500]})
    by_surplus = rank(snapshot, prices, DEFAULT, candidate="candidate-1")
    assert by_surplus["placement.id"].to_list() == ["placement-2", "placement-1", "placement-3"]
    assert by_surplus["surplus"][1] == by_surplus["points"][1] - 500


def test_the_best_people_for_a_placement() -> None:
    people = numbered([candidate(work_level=2), candidate(), candidate(competences=["x"])])
    snapshot = pool(people, [placement(level_required=3)])
    found = rank(snapshot, NO_PRICES, DEFAULT, placement="placement-1")
    assert found["candidate.id"].to_list() == ["candidate-2", "candidate-3", "candidate-1"]
    assert found["eligible"].to_list() == [True, True, False]


def test_who_is_not_there_is_not_found() -> None:
    snapshot = pool([candidate()], [placement()])
    with pytest.raises(NotFound, match="candidate-2"):
        rank(snapshot, NO_PRICES, DEFAULT, candidate="candidate-2")
    with pytest.raises(NotFound, match="placement-2"):
        rank(snapshot, NO_PRICES, DEFAULT, placement="placement-2")
    with pytest.raises(SnapshotError, match="one candidate or one placement"):
        rank(snapshot, NO_PRICES, DEFAULT)
