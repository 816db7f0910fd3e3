"""The plan: best by enumeration, proved, and the same in whatever order the rows stand."""

from itertools import product

import hypothesis.strategies as st
import polars as pl
from hypothesis import given, settings

from matcher.domain.plan import Plan
from matcher.domain.policy import Policy
from matcher.domain.snapshot import PoolSnapshot
from matcher.optimisation.facts import seeking
from matcher.optimisation.planning import plan
from matcher.optimisation.prepared import prepare
from tests.builders import GRONINGEN, candidate, numbered, placement, pool
from tests.strategies import policies, pools
from tests.unit.optimisation.pairs import all_pairs

DEFAULT = Policy.default()
FEW = settings(max_examples=25)


def result(made: Plan, policy: Policy) -> tuple[int, ...]:
    """What a plan is judged by, most important first."""
    by_tier = [made.totals.placed_by_tier[code] for code, _ in policy.tier_expressions()]
    return (*by_tier, made.totals.points)


def best_by_enumeration(snapshot: PoolSnapshot, policy: Policy) -> tuple[int, ...]:
    prepared = prepare(snapshot, policy)
    passed = prepared.places.gates.select(pl.all_horizontal(pl.all().fill_null(False))).to_series()
    free = dict(
        zip(
            prepared.placements["placement.id"],
            prepared.placements["placement.openings_free"] * passed.cast(pl.Int32),
            strict=True,
        )
    )
    seekers = prepared.candidates.filter(seeking(policy))
    order = [expression.fill_null(False) for _, expression in policy.tier_expressions()]
    tier_of = {
        row[0]: row[1:].index(True)
        for row in seekers.select(
            "candidate.id", *(e.alias(str(i)) for i, e in enumerate(order))
        ).rows()
    }
    points = {
        (person, place): worth
        for person, place, worth in all_pairs(snapshot, policy)
        .filter("eligible")
        .select("candidate.id", "placement.id", "points")
        .rows()
        if person in tier_of
    }
    choices = [[None, *(p for c, p in points if c == person)] for person in tier_of]
    best: tuple[int, ...] = (0,) * (len(order) + 1)
    for chosen in product(*choices):
        taken = [place for place in chosen if place is not None]
        if any(taken.count(place) > free[place] for place in set(taken)):
            continue
        by_tier = [0] * len(order)
        total = 0
        for person, place in zip(tier_of, chosen, strict=True):
            if place is not None:
                by_tier[tier_of[person]] += 1
                total += points[person, place]
        best = max(best, (*by_tier, total))
    return best


@given(pools(), policies)
def test_a_plan_is_the_best_of_all(snapshot: PoolSnapshot, policy: Policy) -> None:
    made = plan(snapshot, policy)
    assert made.proof.proved
    assert made.proof.value == made.proof.bound
    assert result(made, policy) == best_by_enumeration(snapshot, policy)


@FEW
@given(pools(), policies)
def test_the_certificate_closes(snapshot: PoolSnapshot, policy: Policy) -> None:
    made = plan(snapshot, policy)
    prepared = prepare(snapshot, policy)
    free = prepared.placements.select("placement.id", "placement.openings_free")
    prices = made.prices.join(free, on="placement.id")
    bound = (prices["price"] * prices["placement.openings_free"]).sum()
    assert made.prices["price"].min() is None or made.prices["price"].min() >= 0
    # people without a proposal have no surplus: somebody in their place would be worth no more
    assert made.proof.bound == bound + made.proposals["surplus"].sum()


@FEW
@given(pools(), policies, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(snapshot, policy, chance) -> None:
    def shuffled(frame: pl.DataFrame) -> pl.DataFrame:
        rows = list(range(frame.height))
        chance.shuffle(rows)
        return frame[rows]

    other = PoolSnapshot(
        snapshot.today,
        shuffled(snapshot.candidates),
        shuffled(snapshot.placements),
        shuffled(snapshot.travel_times),
        shuffled(snapshot.previous),
    )
    first, second = plan(snapshot, policy), plan(other, policy)
    assert first.proposals.equals(second.proposals)
    assert first.prices.equals(second.prices)
    assert first.unplaced.equals(second.unplaced)
    assert first.totals == second.totals


@FEW
@given(pools(), st.integers(0, 4))
def test_one_more_opening_never_makes_it_worse(snapshot: PoolSnapshot, which: int) -> None:
    row = which % snapshot.placements.height
    more = snapshot.placements.with_columns(
        pl.when(pl.int_range(pl.len()) == row)
        .then(pl.col("placement.openings") + 1)
        .otherwise(pl.col("placement.openings"))
        .alias("placement.openings")
    )
    wider = PoolSnapshot(
        snapshot.today, snapshot.candidates, more, snapshot.travel_times, snapshot.previous
    )
    assert result(plan(wider, DEFAULT), DEFAULT) >= result(plan(snapshot, DEFAULT), DEFAULT)


@FEW
@given(pools())
def test_tiers_cost_points_and_no_people(snapshot: PoolSnapshot) -> None:
    served = plan(snapshot, Policy.from_toml("[longest_waiting]\nat_least_days = 1"))
    without = plan(snapshot, Policy.from_toml("[tiers]\norder = ['everybody']"))
    assert served.totals.placed == without.totals.placed
    assert served.totals.points <= without.totals.points


@settings(max_examples=8)
@given(pools())
def test_a_plan_survives_its_journey_to_another_process(snapshot: PoolSnapshot) -> None:
    made = plan(PoolSnapshot.from_bytes(snapshot.to_bytes()), DEFAULT)
    again = Plan.from_bytes(made.to_bytes())
    assert again.proposals.equals(made.proposals)
    assert again.totals == made.totals


def test_tiers_go_before_points() -> None:
    long_waiting = candidate(waiting_since=None, preferences=[], occupations_wished=[])
    people = numbered(
        [candidate(waiting_since=None), {**long_waiting, "candidate.waiting_since": None}]
    )
    people[1]["candidate.waiting_since"] = candidate()["candidate.waiting_since"]
    made = plan(pool(people, [placement(openings=1)]), DEFAULT)
    assert made.proposals["candidate.id"].to_list() == ["candidate-2"]
    assert made.proposals["tier"].to_list() == ["longest_waiting"]
    assert made.totals.placed_by_tier == {"keep_at_work": 0, "longest_waiting": 1, "everybody": 0}


def test_undecided_proposals_are_kept_when_nothing_else_decides() -> None:
    people = numbered([candidate()])
    places = numbered([placement(), placement()])
    first = plan(pool(people, places), DEFAULT)
    chosen = first.proposals["placement.id"][0]
    other = next(row["placement.id"] for row in places if row["placement.id"] != chosen)
    kept = plan(pool(people, places, previous=[("candidate-1", other)]), DEFAULT)
    assert kept.proposals["placement.id"].to_list() == [other]
    again = plan(pool(people, places), DEFAULT, previous=kept)
    assert again.proposals["placement.id"].to_list() == [other]


def test_who_objects_takes_no_part() -> None:
    people = numbered([candidate(), candidate(objects_to_automation=True)])
    made = plan(pool(people, [placement(openings=2)]), DEFAULT)
    assert made.totals.candidates == 2
    assert made.totals.seeking == 1
    assert made.unplaced.height == 0


def test_empty_openings_are_told_with_the_rule_that_keeps_them_empty() -> None:
    people = numbered([candidate(), candidate(licences=[])])
    places = numbered(
        [
            placement(openings=2, licences_required=["C"]),
            placement(latitude=GRONINGEN[0], longitude=GRONINGEN[1], openings=3),
            placement(state="paused"),
        ]
    )
    made = plan(pool(people, places), DEFAULT)
    assert made.totals.refusals == {"reachable": 3, "licence_held": 2}
    assert made.totals.sampled_people == 2
    assert made.totals.gates["is_open"] == 1
    assert made.unplaced["eligible"].to_list() == [0, 0]


def test_a_pool_without_people_or_placements_has_an_empty_plan() -> None:
    assert plan(pool([], [placement()]), DEFAULT).totals.placed == 0
    assert plan(pool([candidate()], []), DEFAULT).totals.placed == 0


def test_progress_is_told_in_order() -> None:
    seen: list[str] = []
    plan(pool([candidate()], [placement()]), DEFAULT, progress=lambda *step: seen.append(step[0]))
    assert list(dict.fromkeys(seen)) == ["prepare", "pairs", "assign", "alternatives", "explain"]
