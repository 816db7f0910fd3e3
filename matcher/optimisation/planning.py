"""The whole pool at once: from a snapshot to a proved plan."""

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.plan import Plan, Proof, Totals
from matcher.domain.policy import Policy
from matcher.domain.snapshot import PoolSnapshot
from matcher.errors import SolverFailed
from matcher.optimisation.alternatives import alternatives_of_proposals
from matcher.optimisation.assignment import Outcome, Pairs, assign
from matcher.optimisation.evaluation import criteria_of, evaluate, judge, score
from matcher.optimisation.facts import (
    candidate_facts,
    gates_of,
    placement_facts,
    seeking,
    tiers_of,
)
from matcher.optimisation.fairness import Night, fairness_report
from matcher.optimisation.pairing import pair_up
from matcher.optimisation.places import encode_placements
from matcher.optimisation.prefilter import Prefilter, build_prefilter
from matcher.optimisation.prepared import Rows, join_sides
from matcher.optimisation.records import proposal_columns, record_proposals
from matcher.optimisation.refusals import refusals_of_empty_openings
from matcher.optimisation.tie import tie_of

Progress = Callable[[str, int, int], None]


def plan(
    snapshot: PoolSnapshot,
    policy: Policy,
    previous: Plan | None = None,
    progress: Progress | None = None,
) -> Plan:
    """
    Return the best plan for a pool, with its proof.

    As many people as possible of the first tier get a proposal, then of the second, and so on;
    then points decide; among equally good plans a hash of the stable ids. The order of the rows of
    the snapshot makes no difference.

    Parameters
    ----------
    snapshot
        The pool at one moment.
    policy
        Its rules, points and tiers.
    previous
        The plan whose proposals are still undecided, instead of ``snapshot.previous``.
    progress
        Called with a phase (``prepare``, ``pairs``, ``assign``, ``alternatives``, ``explain``),
        what is done and what there is to do.

    Raises
    ------
    SolverFailed
        The certificate does not close.
    """
    tell = progress or (lambda phase, done, total: None)
    clock = _Clock()
    tell("prepare", 0, 1)
    pool = _Pool(snapshot, policy, previous)
    clock.stop("prepare")
    pairs, looked_at = _eligible_pairs(pool, policy, tell)
    clock.stop("pairs")
    tell("assign", 0, 1)
    tie = _ties(pool, pairs, policy)
    outcome = _assign(pool, pairs, tie, policy)
    clock.stop("assign")
    others = alternatives_of_proposals(
        pairs,
        pool.openings,
        outcome,
        pool.tier,
        pool.tier_codes,
        pool.prepared.placements["placement.id"],
        lambda done, total: tell("alternatives", done, total),
    )
    clock.stop("alternatives")
    tell("explain", 0, 1)
    made = _as_plan(pool, pairs, outcome, others, looked_at, policy)
    clock.stop("explain")
    night = Night(pool.prepared, pairs, pool.openings, pool.tier, tie, policy)
    totals = replace(made.totals, fairness=fairness_report(night, outcome))
    clock.stop("fairness")
    tell("explain", 1, 1)
    return replace(made, totals=totals, timings=clock.seconds)


class _Clock:
    """Seconds per phase."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = perf_counter()

    def stop(self, phase: str) -> None:
        now = perf_counter()
        self.seconds[phase] = round(now - self._since, 4)
        self._since = now


class _Pool:
    """The people who seek and the placements that passed the gates, in canonical order."""

    def __init__(self, snapshot: PoolSnapshot, policy: Policy, previous: Plan | None) -> None:
        people = candidate_facts(snapshot.candidates.sort("candidate.id"), snapshot.today, policy)
        places = placement_facts(snapshot.placements.sort("placement.id"), snapshot.today, policy)
        self.n_candidates = people.height
        self.n_placements = places.height
        gates = gates_of(places, policy)
        closed = gates.select(~pl.all().fill_null(False))
        self.kept_out = {
            code.removeprefix("gate."): int(closed[code].sum()) for code in closed.columns
        }
        passed = closed.select(~pl.any_horizontal(pl.all())).to_series()
        if previous is not None:
            kept = previous.proposals.select("candidate.id", "placement.id")
            snapshot = replace(snapshot, previous=kept)
        self.prepared = join_sides(
            people.filter(seeking(policy)),
            encode_placements(places.filter(passed), gates.filter(passed)),
            snapshot,
            policy,
        )
        self.openings: NDArray[np.int64] = (
            self.prepared.placements["placement.openings_free"].cast(pl.Int64).to_numpy()
        )
        self.tier_codes = [code for code, _ in policy.tier_expressions()]
        self.tier = tiers_of(self.prepared.candidates, policy)


def _eligible_pairs(pool: _Pool, policy: Policy, tell: Progress) -> tuple[Pairs, int]:
    """Return all eligible pairs with their points, and how many were looked at."""
    prepared = pool.prepared
    prefilter = build_prefilter(prepared, policy)
    people: list[Rows] = []
    places: list[Rows] = []
    points: list[NDArray[np.int64]] = []
    looked_at = 0
    tell("pairs", 0, prepared.people.size)
    for some_people, some_places, done in prefilter.blocks():
        looked_at += some_people.size
        kept, worth = _evaluate_block(prefilter, some_people, some_places, policy)
        people.append(some_people[kept])
        places.append(some_places[kept])
        points.append(worth)
        tell("pairs", done, prepared.people.size)
    if not people:
        nothing = np.zeros(0, np.int32)
        return Pairs(nothing, nothing, np.zeros(0, np.int64)), 0
    return Pairs(np.concatenate(people), np.concatenate(places), np.concatenate(points)), looked_at


def _evaluate_block(
    prefilter: Prefilter, people: Rows, places: Rows, policy: Policy
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return which pairs are eligible, and the points of those."""
    criteria = criteria_of(policy)
    open_rules = criteria.rules.keys() - prefilter.settled
    read = {name for code in open_rules for name in criteria.rules[code].meta.root_names()}
    pairs = pair_up(prefilter.prepared, people, places, read)
    kept = judge(pairs, policy, open_rules)["eligible"].to_numpy()
    eligible = pair_up(prefilter.prepared, people[kept], places[kept], criteria.term_columns)
    return kept, score(eligible, policy)["points"].to_numpy()


def _ties(pool: _Pool, pairs: Pairs, policy: Policy) -> NDArray[np.int64]:
    person, place = pool.prepared.people.hashes, pool.prepared.places.hashes
    return tie_of(person[pairs.candidate], place[pairs.placement], policy)


def _assign(pool: _Pool, pairs: Pairs, tie: NDArray[np.int64], policy: Policy) -> Outcome:
    outcome = assign(
        pairs,
        pool.openings,
        n_candidates=pool.prepared.people.size,
        tiers=pool.tier,
        tie=tie,
        seed=policy.seed,
    )
    if not outcome.proved or outcome.value != outcome.bound:
        raise SolverFailed(
            f"the plan is worth {outcome.value}, and {outcome.bound} is not ruled out"
        )
    return outcome


def _as_plan(
    pool: _Pool,
    pairs: Pairs,
    outcome: Outcome,
    alternatives: pl.Series,
    looked_at: int,
    policy: Policy,
) -> Plan:
    prepared = pool.prepared
    people, places = pairs.candidate[outcome.chosen], pairs.placement[outcome.chosen]
    tier = pl.Series("tier", np.array(pool.tier_codes, dtype=object), dtype=pl.String)
    proposed = evaluate(
        pair_up(prepared, people, places, proposal_columns(policy)), policy
    ).with_columns(
        pl.Series("price", outcome.prices[places]),
        pl.Series("surplus", outcome.surplus[people]),
        tier[pool.tier[people]],
        alternatives,
    )
    # the plan's own points and the record's come from two evaluations of the same pair
    if not np.array_equal(proposed["points"].to_numpy(), pairs.points[outcome.chosen]):
        raise SolverFailed("a proposal has other points than the plan counted")
    placed = np.zeros(prepared.people.size, np.bool_)
    placed[people] = True
    choices = np.bincount(pairs.candidate, minlength=prepared.people.size)
    waiting = np.flatnonzero(~placed)
    unplaced = pl.DataFrame(
        {
            "candidate.id": prepared.candidates["candidate.id"][waiting],
            "tier": tier[pool.tier[waiting]],
            "eligible": choices[waiting],
        }
    )
    left = pool.openings - np.bincount(places, minlength=prepared.places.size)
    refusals, sampled = refusals_of_empty_openings(prepared, waiting, left, policy)
    long = prepared.candidates["candidate.among_longest_waiting"].fill_null(False).to_numpy()
    totals = Totals(
        candidates=pool.n_candidates,
        seeking=prepared.people.size,
        placed=outcome.placed,
        points=outcome.points,
        placements=pool.n_placements,
        openings=int(pool.openings.sum()),
        openings_left=int(left.sum()),
        pairs=looked_at,
        pairs_eligible=len(pairs),
        without_eligible=int((choices == 0).sum()),
        longest_waiting=int(long.sum()),
        longest_waiting_placed=int((long & placed).sum()),
        sampled_people=sampled,
        tiers=_by_tier(pool, np.ones_like(placed)),
        placed_by_tier=_by_tier(pool, placed),
        refusals=refusals,
        gates=pool.kept_out,
    )
    return Plan(
        proposals=record_proposals(proposed, policy),
        prices=pl.DataFrame(
            {
                "placement.id": prepared.placements["placement.id"],
                "price": pl.Series(outcome.prices, dtype=pl.Int64),
            }
        ),
        unplaced=unplaced,
        totals=totals,
        proof=Proof(
            outcome.status,
            outcome.value,
            outcome.bound,
            outcome.gap,
            outcome.proved,
            "min-cost flow",
        ),
        timings={},
    )


def _by_tier(pool: _Pool, which: NDArray[np.bool_]) -> dict[str, int]:
    counts = np.bincount(pool.tier[which], minlength=len(pool.tier_codes))
    return {code: int(count) for code, count in zip(pool.tier_codes, counts, strict=True)}
