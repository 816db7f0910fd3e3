"""Potentials: what is kept for people still to come, and that nobody is held back for long."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings

from matcher.domain.outlook import EVENTS, Outlook
from matcher.domain.policy import Policy
from matcher.domain.snapshot import HISTORY_SCHEMA, PoolSnapshot
from matcher.optimisation.assignment import Pairs
from matcher.optimisation.explanation import explain
from matcher.optimisation.facts import candidate_facts
from matcher.optimisation.planning import plan
from matcher.optimisation.potentials import potentials
from matcher.optimisation.prospects import held_until, outlook_of
from matcher.optimisation.ranking import rank
from tests.builders import COOK, TODAY, candidate, placement, pool
from tests.strategies import pools

BUSY = """
[potentials]
candidates_in = 30.0
openings_in = 1.0
waiting_limit_days = {limit}
"""
FEW = settings(max_examples=30)
ONE = Outlook(2.0, 0.0, 0.0, 0.0, weeks=20, samples=5, seed=1)


def busy(limit: int = 730, more: str = "") -> Policy:
    return Policy.from_toml(BUSY.format(limit=limit) + more)


def array_pairs(*rows: tuple[int, int, int]) -> Pairs:
    columns = np.array(rows, np.int64).reshape(-1, 3).T
    return Pairs(columns[0].astype(np.int32), columns[1].astype(np.int32), columns[2])


@FEW
@given(pools())
def test_switched_off_or_without_rates_the_plan_is_the_same(snapshot: PoolSnapshot) -> None:
    usual = plan(snapshot, Policy.default())
    off = plan(snapshot, busy(more="enabled = false\n"))
    assert usual.held.is_empty()
    assert usual.totals.potentials == {}
    for made in (off, plan(snapshot, Policy.from_toml("[potentials]\nsamples = 9\n"))):
        assert made.proposals.equals(usual.proposals)
        assert made.prices.equals(usual.prices)
        assert replace(made.totals, fairness={}) == replace(usual.totals, fairness={})


@FEW
@given(pools())
def test_nobody_beyond_the_limit_is_held_and_the_proof_stays(snapshot: PoolSnapshot) -> None:
    policy = busy(365)
    made = plan(snapshot, policy)
    facts = candidate_facts(snapshot.candidates, snapshot.today, policy)
    waited = dict(facts.select("candidate.id", "candidate.waiting_days").iter_rows())
    assert all(waited[person] < 365 for person in made.held["candidate.id"])
    assert (made.held["until"] > snapshot.today).all()
    assert (made.held["points"] <= made.held["potential"]).all()
    assert (made.prices["potential"] >= 0).all()
    assert (made.prices["price"] >= made.prices["potential"]).all()
    assert made.proof.proved
    assert made.proof.value == made.proof.bound
    proposed = set(made.proposals["candidate.id"])
    assert proposed.isdisjoint(made.held["candidate.id"])
    assert made.totals.points == made.proposals["points"].sum()


@FEW
@given(pools())
def test_the_order_of_rows_makes_no_difference(snapshot: PoolSnapshot) -> None:
    turned = replace(
        snapshot,
        candidates=snapshot.candidates[list(reversed(range(snapshot.candidates.height)))],
        placements=snapshot.placements[list(reversed(range(snapshot.placements.height)))],
    )
    here, there = plan(snapshot, busy()), plan(turned, busy())
    assert here.proposals.equals(there.proposals)
    assert here.prices.sort("placement.id").equals(there.prices.sort("placement.id"))
    assert here.held.equals(there.held)


@FEW
@given(pools())
def test_with_no_limit_at_all_nobody_waits(snapshot: PoolSnapshot) -> None:
    """With a limit of 0 days everybody has waited long enough: nobody is held, as many placed."""
    made = plan(snapshot, busy(0))
    assert made.held.is_empty()
    assert made.totals.placed == plan(snapshot, Policy.default()).totals.placed


def test_an_opening_that_one_person_could_take_is_worth_nothing_to_others() -> None:
    worth = potentials(
        array_pairs((0, 0, 500)), np.array([1]), replace(ONE, candidates_in=0.0), n_candidates=1
    )
    assert worth.tolist() == [0]


def test_a_potential_is_what_the_best_who_comes_would_give() -> None:
    """Two kinds of people for one opening: the best who come set its price."""
    pairs = array_pairs((0, 0, 100), (1, 0, 700))
    many = potentials(pairs, np.array([1]), replace(ONE, candidates_in=50.0), n_candidates=2)
    assert many.tolist() == [700]
    # nobody comes: the price of the only opening is what the second best would give
    none = potentials(pairs, np.array([1]), replace(ONE, candidates_in=0.0), n_candidates=2)
    assert none.tolist() == [100]


def test_an_opening_that_closes_first_is_kept_for_nobody() -> None:
    pairs = array_pairs((0, 0, 100), (0, 1, 100))
    worth = potentials(
        pairs,
        np.array([1, 1]),
        replace(ONE, candidates_in=50.0),
        n_candidates=1,
        closes=np.array([0.0001, np.inf]),
    )
    assert worth[0] == 0
    assert worth[1] == 100


def test_the_expectation_is_the_mean_over_futures() -> None:
    """One like the only person comes with chance 1 - exp(-1) within the horizon: then the price."""
    outlook = Outlook(0.1, 0.0, 0.0, 0.0, weeks=10, samples=4000, seed=3)
    worth = potentials(array_pairs((0, 0, 1000)), np.array([1]), outlook, n_candidates=1)
    assert worth[0] == pytest.approx(1000 * (1 - np.exp(-1)), rel=0.05)


def test_more_openings_to_come_are_worth_less_each() -> None:
    pairs = array_pairs((0, 0, 400), (1, 0, 600))
    few = potentials(pairs, np.array([1]), ONE, n_candidates=2)
    many = potentials(pairs, np.array([1]), replace(ONE, openings_in=30.0), n_candidates=2)
    assert many[0] < few[0]


def two_kinds(weak_waits: int = 30) -> PoolSnapshot:
    """One opening, somebody who suits it badly, and one whose like would suit it well."""
    weak = candidate(
        id="weak", occupations_wished=[COOK], waiting_since=TODAY - timedelta(days=weak_waits)
    )
    strong = candidate(id="strong", deployed=True, deployed_until=None)
    return pool([weak, strong], [placement(openings=1)])


def test_people_like_who_is_here_are_expected() -> None:
    """Only the like of who seeks is expected: their points without waiting are the potential."""
    made = plan(two_kinds(), busy(more="[waiting_time]\npoints = 0\n"))
    assert made.held["candidate.id"].to_list() == ["weak"]
    assert made.held["until"].to_list() == [TODAY + timedelta(days=700)]
    assert made.totals.potentials["people_held"] == 1
    assert made.totals.potentials["openings_kept"] == 1
    assert made.totals.potentials["source"] == "policy"
    assert made.totals.openings_left == 1
    assert plan(two_kinds(730), busy()).totals.placed == 1


def test_who_is_pinned_or_loses_work_is_not_held() -> None:
    snapshot = two_kinds()
    soon = snapshot.candidates.with_columns(
        pl.lit(True).alias("candidate.deployed"),
        pl.lit(TODAY + timedelta(days=14)).alias("candidate.deployed_until"),
        pl.lit(True).alias("candidate.wants_to_continue"),
    ).filter(pl.col("candidate.id") == "weak")
    facts = candidate_facts(soon, TODAY, busy())
    assert held_until(facts, busy()).to_list() == [None]


def pool_history(months: int, **counts: int) -> pl.DataFrame:
    """The same counts in every one of the last whole months."""
    days = pl.date_range(
        TODAY.replace(day=1) - timedelta(days=31 * months), TODAY, "1mo", eager=True
    ).dt.month_start()
    rows = [
        {"month": day, "event": event, "count": counts.get(event, 0)}
        for day in days[-months - 1 : -1]
        for event in EVENTS
    ]
    return pl.DataFrame(rows, schema=HISTORY_SCHEMA)


def test_the_pools_own_past_goes_before_the_policy() -> None:
    policy = busy()
    short = replace(two_kinds(), history=pool_history(5, candidates_in=9))
    assert outlook_of(short, policy) == outlook_of(two_kinds(), policy)
    year = replace(two_kinds(), history=pool_history(14, candidates_in=10, openings_out=2))
    found = outlook_of(year, policy)
    assert found is not None
    assert (found.source, found.months) == ("history", 12)
    assert found.candidates_in == pytest.approx(120 * 7 / 365, rel=0.01)
    assert found.openings_out == pytest.approx(24 * 7 / 365, rel=0.01)
    assert found.openings_in == 0


def test_a_question_tells_what_is_kept_and_until_when() -> None:
    policy = busy(more="[waiting_time]\npoints = 0\n")
    snapshot = two_kinds()
    made = plan(snapshot, policy)
    row = rank(snapshot, made.prices, policy, candidate="weak").row(0, named=True)
    kept = made.held.row(0, named=True)
    assert (row["potential"], row["held_until"]) == (kept["potential"], kept["until"])
    told = explain(row, policy)
    assert (told.potential, told.held_until) == (kept["potential"], kept["until"])
    # for who has waited beyond the limit the same opening is as dear, and nobody waits for it
    long = two_kinds(800)
    row = rank(long, made.prices, policy, candidate="weak").row(0, named=True)
    assert (row["potential"], row["held_until"]) == (kept["potential"], None)
