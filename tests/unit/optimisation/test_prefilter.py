"""The prefilter never drops a pair that the rules keep, and what it settles is settled."""

import numpy as np
import polars as pl
from hypothesis import given

from matcher.domain.policy import Policy
from matcher.domain.snapshot import PoolSnapshot
from matcher.optimisation import kinds
from matcher.optimisation.evaluation import IF_UNKNOWN, criteria_of
from matcher.optimisation.prefilter import Prefilter, build_prefilter
from matcher.optimisation.prepared import prepare
from tests import synthetic
from tests.builders import GRONINGEN, candidate, numbered, placement, pool
from tests.strategies import policies, pools
from tests.unit.optimisation.pairs import all_pairs

DEFAULT = Policy.default()


def let_through(prefilter: Prefilter, size: int) -> set[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for people, places, _ in prefilter.blocks(size):
        found += zip(people.tolist(), places.tolist(), strict=True)
    assert len(found) == len(set(found)), "a pair came twice"
    return set(found)


def check(snapshot: PoolSnapshot, policy: Policy, size: int = 7) -> int:
    """Compare with all rules on all pairs; return how many pairs it let through."""
    prefilter = build_prefilter(prepare(snapshot, policy), policy)
    through = let_through(prefilter, size)
    n = snapshot.placements.height
    pairs = all_pairs(snapshot, policy).with_row_index("row")
    eligible = {(row // n, row % n) for row in pairs.filter("eligible")["row"].to_list()}
    assert eligible <= through
    looked_at = pairs[sorted(person * n + place for person, place in through)]
    for code in prefilter.settled:
        assert looked_at[f"rule.{code}"].fill_null(IF_UNKNOWN[code]).all(), code
    return len(through)


@given(pools(), policies)
def test_no_pair_that_the_rules_keep_is_dropped(snapshot: PoolSnapshot, policy: Policy) -> None:
    check(snapshot, policy)


def test_nor_in_whole_pools_of_several_regions() -> None:
    for seed in range(3):
        snapshot = synthetic.snapshot(150, 90, seed, regions=2)
        eligible = all_pairs(snapshot, DEFAULT)["eligible"].sum()
        through = check(snapshot, DEFAULT, size=1000)
        # and it is worth having: little more than the eligible pairs is left
        assert eligible <= through <= 1.2 * eligible + 50


def test_a_rule_with_too_many_kinds_is_left_to_the_frames(monkeypatch) -> None:
    monkeypatch.setattr(kinds, "LARGEST_TABLE", 40)
    snapshot = synthetic.snapshot(60, 40, 5)
    prefilter = build_prefilter(prepare(snapshot, DEFAULT), DEFAULT)
    assert set() < prefilter.settled < criteria_of(DEFAULT).rules.keys()
    check(snapshot, DEFAULT)


def test_without_any_settled_rule_only_the_journey_counts(monkeypatch) -> None:
    monkeypatch.setattr(kinds, "LARGEST_TABLE", -1)
    far = placement(latitude=GRONINGEN[0], longitude=GRONINGEN[1])
    snapshot = pool([candidate()], numbered([placement(), far, placement(latitude=None)]))
    prefilter = build_prefilter(prepare(snapshot, DEFAULT), DEFAULT)
    assert prefilter.settled == frozenset()
    assert let_through(prefilter, 10) == {(0, 0), (0, 2)}


def test_what_is_far_by_estimate_may_be_near_by_measurement() -> None:
    journey = {"home": "3511", "site": "3703", "mode": "bicycle", "minutes": 45.4, "source": "x"}
    far = {"latitude": GRONINGEN[0], "longitude": GRONINGEN[1]}
    places = numbered([placement(**far), placement(site="3811", **far)])
    people = numbered([candidate(), candidate(max_distance_km=30), candidate(home=None)])
    snapshot = pool(people, places, [journey])
    prefilter = build_prefilter(prepare(snapshot, DEFAULT), DEFAULT)
    assert let_through(prefilter, 10) == {(0, 0)}
    check(snapshot, DEFAULT)


def test_blocks_stay_bounded_and_tell_how_far_they_are() -> None:
    snapshot = synthetic.snapshot(200, 50, 3)
    prefilter = build_prefilter(prepare(snapshot, DEFAULT), DEFAULT)
    done = [0]
    for people, _, so_far in prefilter.blocks(20):
        assert people.size < 20 + 50
        assert (people >= done[-1]).all()
        assert (people < so_far).all()
        done.append(so_far)
    assert done[-1] == 200


def test_limits_are_read_from_the_rules() -> None:
    people = [
        candidate(max_travel_minutes=30, max_distance_km=10),
        candidate(max_travel_minutes=None, radius_code=None),
        candidate(transport=None, max_travel_minutes=20),
    ]
    prepared = prepare(pool(numbered(people), [placement()]), DEFAULT)
    found = build_prefilter(prepared, Policy.from_toml("[reachable]\nmargin_minutes = 5"))
    assert found.most_minutes.tolist() == [35, 50, 25]
    # up to the next whole kilometre: distances are no whole numbers
    assert found.most_km.tolist() == [11, np.inf, np.inf]


def test_kinds_tell_apart_null_empty_and_one_empty_text() -> None:
    frame = pl.DataFrame({"x": [None, [], [""], ["", ""], []]}, schema={"x": pl.List(pl.String)})
    codes = frame.select(kinds._dense_codes("x", frame.schema["x"])).to_series()
    assert codes.n_unique() == 4
    assert codes[1] == codes[4]
