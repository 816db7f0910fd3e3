"""A pool solved once: made ready, its eligible pairs, the outcome; a plan and answers read it."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from time import perf_counter

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.plan import Plan
from matcher.domain.policy import Policy
from matcher.domain.snapshot import PoolSnapshot
from matcher.optimisation.assignment import Outcome, Pairs, take_out
from matcher.optimisation.bounded import Bounded, assign_within
from matcher.optimisation.companions import companions_of
from matcher.optimisation.evaluation import criteria_of, judge, score
from matcher.optimisation.facts import (
    candidate_facts,
    gates_of,
    placement_facts,
    seeking,
    tiers_of,
)
from matcher.optimisation.limiting import bind
from matcher.optimisation.pairing import pair_up
from matcher.optimisation.pinning import Agreed, agreed_on, possible_pins
from matcher.optimisation.places import encode_placements
from matcher.optimisation.prefilter import Prefilter, build_prefilter
from matcher.optimisation.prepared import Prepared, Rows, join_sides
from matcher.optimisation.prospects import Prospects, look_ahead
from matcher.optimisation.tie import tie_of
from matcher.optimisation.uses import uses_of

Progress = Callable[[str, int, int], None]


class Clock:
    """Seconds per phase."""

    def __init__(self) -> None:
        """Start to count."""
        self.seconds: dict[str, float] = {}
        self._since = perf_counter()

    def stop(self, phase: str) -> None:
        """Count the time since the last stop for a phase."""
        now = perf_counter()
        self.seconds[phase] = round(now - self._since, 4)
        self._since = now


class Pool:
    """The people who seek and the placements that passed the gates, in canonical order."""

    def __init__(self, snapshot: PoolSnapshot, policy: Policy, previous: Plan | None) -> None:
        """Make a snapshot ready; ``previous`` as `solve` takes it."""
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
        self.snapshot = snapshot
        self.pins = possible_pins(snapshot, people, places, gates, policy)
        # A coach's own choice also goes for who is parked or objects to automated proposals.
        pinned = pl.col("candidate.id").is_in(self.pins.wanted["candidate.id"].implode())
        self.prepared = join_sides(
            people.filter(seeking(policy) | pinned),
            encode_placements(places.filter(passed), gates.filter(passed)),
            snapshot,
            policy,
        )
        self.openings: NDArray[np.int64] = (
            self.prepared.placements["placement.openings_free"].cast(pl.Int64).to_numpy()
        )
        self.tier_codes = [code for code, _ in policy.tier_expressions()]
        self.tier = tiers_of(self.prepared.candidates, policy)
        self.companions = companions_of(snapshot, self.prepared)


@dataclass(frozen=True)
class Solved:
    """
    A pool and its best plan, as rows and arrays.

    Parameters
    ----------
    snapshot, policy
        What was solved.
    pool
        The people who seek and the placements that passed the gates.
    prospects
        All eligible pairs, and what is kept for people still to come.
    looked_at
        How many pairs the rules were asked about.
    tie
        Which of equally good pairs comes first, lower first, shape (n_pairs,).
    outcome
        The plan, with its proof.
    bounded
        The same with the limits it keeps to, and floors that cannot be met.
    agreed
        Pins, teams and companions that it keeps to.
    """

    snapshot: PoolSnapshot
    policy: Policy
    pool: Pool
    prospects: Prospects
    looked_at: int
    tie: NDArray[np.int64]
    outcome: Outcome
    bounded: Bounded
    agreed: Agreed

    @cached_property
    def free(self) -> "Solved":
        """
        The same among those who may move: without pins, teams, and who goes apart or together.

        Their openings and what they use of limits are taken out with them. Beside pins alone its
        outcome is as exact as the whole one; beside the others it is a plan that was found.
        """
        fixed, stays = self.agreed.bound(self.outcome.chosen)
        if stays.all() and not fixed.any():
            return self
        rest = take_out(
            self.pairs,
            self.pool.openings,
            fixed,
            self.pool.prepared.people.size,
            self.bounded.binding.limits,
        ).among(stays)
        outcome = rest.taken_from(self.outcome, self.pairs, fixed)
        if self.agreed.logic:
            outcome = replace(outcome, method="search")
        assert rest.limits is not None
        pool = copy(self.pool)
        pool.openings = rest.openings
        return replace(
            self,
            pool=pool,
            prospects=replace(self.prospects, now=rest.pairs),
            tie=self.tie[rest.positions],
            outcome=outcome,
            bounded=replace(
                self.bounded,
                outcome=outcome,
                binding=replace(self.bounded.binding, limits=rest.limits),
            ),
            agreed=Agreed.nothing(rest.pairs),
        )

    @property
    def pairs(self) -> Pairs:
        """The pairs that may be proposed now, their points less what is kept for others."""
        return self.prospects.now

    @property
    def points(self) -> int:
        """The points of the plan as shown."""
        return int(self.prospects.shown.points[self.outcome.chosen].sum())


def solve(
    snapshot: PoolSnapshot,
    policy: Policy,
    previous: Plan | None = None,
    tell: Progress = lambda phase, done, total: None,
    clock: Clock | None = None,
) -> Solved:
    """
    Return a pool with its best plan.

    Parameters
    ----------
    snapshot, policy, previous
        As `matcher.optimisation.planning.plan` takes them.
    tell
        Called with a phase (``prepare``, ``pairs``, ``assign``), what is done and what there is.
    clock
        Counts the seconds of each phase.

    Raises
    ------
    SolverFailed
        The certificate does not close.
    """
    clock = clock or Clock()
    tell("prepare", 0, 1)
    pool = Pool(snapshot, policy, previous)
    clock.stop("prepare")
    every, looked_at = eligible_pairs(pool, policy, tell)
    clock.stop("pairs")
    prospects = look_ahead(snapshot, pool.prepared, pool.openings, every, policy)
    clock.stop("potentials")
    tell("assign", 0, 1)
    uses = uses_of(snapshot, pool.prepared, policy)
    agreed = agreed_on(
        prospects.now,
        pool.openings,
        pool.prepared,
        pool.pins,
        pool.companions,
        policy,
        lambda some: bind(uses, pool.prepared, some, pool.openings).limits,
        prospects.potential,
    )
    prospects = replace(prospects, now=agreed.pairs)
    tie = _ties(pool, agreed.pairs, policy)
    binding = bind(uses, pool.prepared, agreed.pairs, pool.openings)
    bounded = assign_within(
        agreed,
        pool.openings,
        binding,
        tiers=pool.tier,
        tie=tie,
        policy=policy,
        progress=tell,
    )
    clock.stop("assign")
    return Solved(
        snapshot, policy, pool, prospects, looked_at, tie, bounded.outcome, bounded, agreed
    )


def eligible_pairs(pool: Pool, policy: Policy, tell: Progress) -> tuple[Pairs, int]:
    """Return all eligible pairs with their points, and how many were looked at."""
    return pairs_of(pool.prepared, policy, tell)


def pairs_of(prepared: Prepared, policy: Policy, tell: Progress) -> tuple[Pairs, int]:
    """Return the eligible pairs of two sides, by row number, and how many were looked at."""
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


def _ties(pool: Pool, pairs: Pairs, policy: Policy) -> NDArray[np.int64]:
    person, place = pool.prepared.people.hashes, pool.prepared.places.hashes
    return tie_of(person[pairs.candidate], place[pairs.placement], policy)
