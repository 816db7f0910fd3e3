"""
Prices from an auction: close to the best ones, fast, and only a guide to the exact answer.

Candidates bid for openings; a bid raises the price by what the candidate gains over its second
best choice, and a step. Coarse steps come first, each finer round starts a little below the prices
of the one before (Bertsekas, "Auction algorithms for network flow problems", 1992; openings of one
placement are alike, Bertsekas & Castañon 1989). Nothing is proved here.
"""

from dataclasses import dataclass
from time import monotonic

import numpy as np

from matcher.optimisation.assignment.arrays import Int32Array, IntArray, Problem
from matcher.optimisation.assignment.bidding import LOOKS_OF_A_BID, NEVER, bid
from matcher.optimisation.assignment.labels import NO_TIER
from matcher.optimisation.assignment.worth import find_unserved_tier

# Points are multiplied so that the finest step is about this share of their span, but not finer
# than an eighth of a point: the plan only has to be near the best one.
FINEST_SHARE = 8000
LARGEST_SCALE = 8
# The first step is this share of their span, and each round takes a step so much finer.
COARSEST_SHARE = 10
STEP_FACTOR = 20
# A round starts this many steps of the round before below its prices, or further if need be.
FALL_STEPS = 2
FALL_FACTOR = 4
MOST_FALLS = 3
# So many prices among a thousand may stay unpaid after a round that is not the last.
UNPAID_AMONG_1000 = 1
# Each candidate's best pairs are remembered; the others are looked at again only when these fall.
REMEMBERED = 6
# In the first round, prices move too much for a memory to last.
REMEMBERED_AT_FIRST = 2
# When everybody has looked at all their pairs and bid so many times, it is a price war, which flow
# settles faster.
MOST_TIMES = 50
# Between so many looks, about a fifth of a second, nobody asks what time it is.
LOOKS_AT_ONCE = 20_000_000
# Beyond these points an offer could pass the price that nobody pays.
LARGEST_POINTS = 2**50


@dataclass(frozen=True)
class Guide:
    """
    Prices and a plan near the best ones, in points multiplied by ``scale``.

    Parameters
    ----------
    scale
        What points and worth are multiplied by.
    step
        The last step; candidates are content with the plan up to this.
    prices
        Shape (n_placements,); ``NEVER`` where nobody can go.
    worth
        What placing a candidate counted, in points, not multiplied, shape (n_candidates,).
    match
        Position of each candidate's pair, or -1, shape (n_candidates,).
    finished
        False where time or looks ran out.
    """

    scale: int
    step: int
    prices: IntArray
    worth: IntArray
    match: Int32Array
    finished: bool


def can_be_held(problem: Problem) -> bool:
    """Say whether there is anything to bid for, in points that the sums have room for."""
    points = problem.points
    return points.size > 0 and max(int(points.max()), -int(points.min())) < LARGEST_POINTS


def hold_auction(problem: Problem, tier: Int32Array | None, deadline: float | None) -> Guide:
    """
    Let candidates bid until everybody is content up to a small step.

    The worth of being placed starts at nothing and rises until no exchange would serve the order
    of goals better, so that prices stay as low as the pool allows.
    """
    span = max(int(problem.points.max() - problem.points.min()), 1)
    scale = min(max(FINEST_SHARE // span, 1), LARGEST_SCALE)
    finest = max(span * scale // FINEST_SHARE, 1)
    auction = Auction(problem, tier, scale, span, deadline)
    step = max(span * scale // COARSEST_SHARE, 1)
    finished = auction.hold_round(
        np.zeros(problem.n_placements, np.int64), step, coarse=step > finest
    )
    while finished and step > finest:
        start = np.where(auction.taken >= auction.seats, auction.prices, 0)
        fall = FALL_STEPS * step
        step = max(step // STEP_FACTOR, finest)
        for _ in range(MOST_FALLS):
            finished = auction.hold_round(np.maximum(start - fall, 0), step)
            # A price that nobody pays was too high at the start, and others may hang on it.
            unpaid = np.count_nonzero((auction.taken < auction.seats) & (auction.prices > 0))
            few = problem.n_placements * UNPAID_AMONG_1000 // 1000 if step > finest else 0
            if not finished or unpaid <= few:
                break
            fall *= FALL_FACTOR
    return Guide(scale, step, auction.prices, auction.worth, auction.match, finished)


class Auction:
    """One auction, round after round: seats, bids, prices and what being placed is worth."""

    def __init__(
        self,
        problem: Problem,
        tier: Int32Array | None,
        scale: int,
        span: int,
        deadline: float | None,
    ) -> None:
        n_candidates, n_placements = problem.n_candidates, problem.n_placements
        self.problem, self.tier, self.scale, self.span = problem, tier, scale, span
        self.deadline = deadline
        self.bidders = np.flatnonzero(np.diff(problem.starts)).astype(np.int32)
        pairs_of = np.bincount(problem.placement, minlength=n_placements)
        # One seat more than people who can come is never taken, and so keeps the price at 0.
        self.seats = np.minimum(problem.openings, pairs_of + 1)
        self.first_seat = np.zeros(n_placements + 1, np.int64)
        np.cumsum(self.seats, out=self.first_seat[1:])
        self.bids = np.zeros(self.first_seat[-1], np.int64)
        self.holder = np.zeros(self.first_seat[-1], np.int32)
        self.best_pairs = np.empty(n_candidates * REMEMBERED, np.int32)
        self.best_placements = np.empty(n_candidates * REMEMBERED, np.int32)
        self.best_points = np.empty(n_candidates * REMEMBERED, np.int64)
        self.worth = np.zeros(n_candidates, np.int64)
        self.ahead = np.zeros(0 if tier is None else int(tier.max(initial=0)) + 1, np.int64)
        self.looks_left = MOST_TIMES * (problem.n_pairs + LOOKS_OF_A_BID * n_candidates)

    def hold_round(self, start: IntArray, step: int, coarse: bool = False) -> bool:
        """
        Let everybody bid anew from these prices; false when time or looks ran out.

        After a coarse round nobody is missed yet: too much is still lost in the steps.
        """
        problem = self.problem
        self.prices = np.where(self.seats == 0, NEVER, start)
        self.match = np.full(problem.n_candidates, -1, np.int32)
        self.taken = np.zeros(problem.n_placements, np.int64)
        self.best_placements[:] = -1
        self.beyond = np.full(problem.n_candidates, NEVER, np.int64)
        queue = np.zeros(max(self.bidders.size, 1), np.int32)
        bidders = self.bidders
        while bidders.size > 0:
            queue[: bidders.size] = bidders
            remembered = REMEMBERED_AT_FIRST if coarse else REMEMBERED
            if not self.take_bids(queue, bidders.size, step, remembered):
                return False
            if self.tier is None or coarse or not self.raise_worth(self.tier):
                break
            bidders = self.bidders[self.match[self.bidders] < 0]
        return True

    def take_bids(self, queue: Int32Array, n_queued: int, step: int, remembered: int) -> bool:
        """Take bids until nobody is in the queue; false when time or looks ran out."""
        state = np.array([0, n_queued], np.int64)
        while state[1] > 0:
            self.looks_left -= bid(
                self.problem.starts,
                self.problem.placement,
                self.problem.points,
                self.worth,
                self.scale,
                step,
                self.first_seat,
                self.bids,
                self.holder,
                self.taken,
                self.prices,
                self.match,
                queue,
                state,
                self.best_pairs,
                self.best_placements,
                self.best_points,
                self.beyond,
                remembered,
                LOOKS_AT_ONCE,
            )
            late = self.deadline is not None and monotonic() > self.deadline
            if late or self.looks_left < 0:
                return False
        return True

    def raise_worth(self, tier: Int32Array) -> bool:
        """Raise what being placed is worth if that can serve the goals better; say whether."""
        # An opening that is still priced is missed for its price, not for want of worth.
        spare = (self.taken < self.problem.openings) & (self.prices == 0)
        unserved, _ = find_unserved_tier(self.problem, tier, self.match, spare)
        self.looks_left -= self.problem.n_pairs
        if unserved == NO_TIER:
            return False
        # What this tier and all before it count more than the tier after it.
        ahead = self.ahead
        ahead[unserved] = max(2 * ahead[unserved], self.span // 8, 1)
        self.worth = np.cumsum(ahead[::-1])[::-1][tier]
        return int(self.worth.max()) * self.scale < NEVER // 4
