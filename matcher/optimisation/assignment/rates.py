"""
Rates: what one unit of each resource is worth, and the bound that prices and rates prove.

Whatever prices and rates of at least 0 one takes, no plan within the limits is worth more than all
surplus, openings times price and capacity times rate together, with a candidate's surplus the best
``points + worth - price - amounts x rates`` or 0 (weak duality). So neither the linear program nor
the search for rates needs to be exact for its bound to hold.
"""

from dataclasses import dataclass, replace
from math import inf

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

from matcher.optimisation.assignment.arrays import Int32Array, IntArray, Problem
from matcher.optimisation.assignment.auction import hold_auction
from matcher.optimisation.assignment.limits import Rows
from matcher.optimisation.assignment.prices import surpluses

# Rates are whole thousandths of a point per unit; so are the totals here.
THOUSANDTHS = 1000
# A search that has not come nearer in so many steps takes smaller ones.
PATIENCE = 6
LEAST_STRIDE = 0.02
# Amounts times rates stay within 62 bits.
LARGEST_PROFIT = 2**60


@dataclass(frozen=True)
class Rated:
    """
    Prices and rates, and what they prove.

    Parameters
    ----------
    prices, surplus
        In thousandths of a point, never negative, shapes (n_placements,) and (n_candidates,).
    rates
        In thousandths of a point per unit, never negative, shape (n_resources,).
    profit
        What each pair is worth after its use of resources, in thousandths, shape (n_pairs,).
    total
        The bound, in thousandths.
    match
        A plan within the openings that is near the best for these rates; it may break limits.
    """

    prices: IntArray
    surplus: IntArray
    rates: IntArray
    profit: IntArray
    total: int
    match: Int32Array

    @property
    def bound(self) -> int:
        """No plan within the limits has a higher value, in points."""
        return self.total // THOUSANDTHS

    def reduced(self, problem: Problem) -> IntArray:
        """Return how much a plan with each pair stays below the bound, at most 0, thousandths."""
        paid = self.surplus[problem.candidate] + self.prices[problem.placement]
        return np.asarray(self.profit - paid)


def rated(
    problem: Problem, gain: IntArray, rows: Rows, rates: IntArray, prices: IntArray | None = None
) -> Rated:
    """
    Return what these rates prove, with these prices or those of an auction.

    Parameters
    ----------
    gain
        Points and worth of each pair, shape (n_pairs,).
    """
    highest = LARGEST_PROFIT // max(int(np.abs(rows.use.data).max(initial=1)), 1)
    rates = np.minimum(rates, highest // max(rows.n_rows, 1))
    profit = THOUSANDTHS * gain - rows.use.T @ rates
    match = np.full(problem.n_candidates, -1, np.int32)
    if prices is None:
        guide = hold_auction(replace(problem, points=profit), None, None)
        prices, match = -(-guide.prices // guide.scale), guide.match
    # Where there are no openings a price costs nothing, and keeps everybody away.
    prices = np.where(problem.openings == 0, max(int(profit.max()), 0), prices)
    nothing = np.zeros(problem.n_candidates, np.int64)
    surplus = surpluses(problem.starts, problem.placement, profit, nothing, prices)
    total = int(surplus.sum(dtype=object)) if surplus.size else 0
    total += sum(
        int((many.astype(object) * each).sum()) if many.size else 0
        for many, each in ((problem.openings, prices), (rows.capacity, rates))
    )
    return Rated(prices, surplus, rates, profit, total, match)


@dataclass(frozen=True)
class Program:
    """The linear program: share of each pair, prices and rates in thousandths; 0 if unsolved."""

    share: NDArray[np.float64]
    prices: IntArray
    rates: IntArray


def solve_program(problem: Problem, gain: IntArray, rows: Rows, seconds: float = inf) -> Program:
    """Return the linear program over all pairs of this problem, by interior points (HiGHS)."""
    count, columns = problem.n_pairs, np.arange(problem.n_pairs)
    ones = np.ones(count)
    n, m = problem.n_candidates, problem.n_placements
    use = rows.use.tocoo()
    matrix = csr_array(
        (
            np.concatenate([ones, ones, use.data]),
            (
                np.concatenate([problem.candidate, n + problem.placement, n + m + use.row]),
                np.concatenate([columns, columns, use.col]),
            ),
        ),
        shape=(n + m + rows.n_rows, count),
    )
    result = linprog(
        -gain.astype(np.float64),
        A_ub=matrix,
        b_ub=np.concatenate([np.ones(n), problem.openings, rows.capacity]),
        bounds=(0, None),
        method="highs-ipm",
        options={"time_limit": max(seconds, 0.01)},
    )
    share, duals = np.zeros(count), np.zeros(n + m + rows.n_rows, np.int64)
    if result.status == 0:
        share, duals = result.x, thousandths(-result.ineqlin.marginals)
    return Program(share, duals[n : n + m], duals[n + m :])


def thousandths(duals: NDArray[np.float64]) -> IntArray:
    """Return duals as whole thousandths, at least 0."""
    return np.rint(np.clip(duals * THOUSANDTHS, 0, LARGEST_PROFIT)).astype(np.int64)


class RateSearch:
    """
    Subgradient search for rates: dearer where a plan uses too much, cheaper where too little.

    Steps after Polyak (1969); the plan for the rates of each step comes from an auction.
    """

    def __init__(self, problem: Problem, gain: IntArray, rows: Rows) -> None:
        self.problem, self.gain, self.rows = problem, gain, rows
        self.rates = np.zeros(rows.n_rows, np.float64)
        self.stride, self.waited = 1.0, 0
        self.best: Rated | None = None

    @property
    def exhausted(self) -> bool:
        """Say whether further steps would hardly change anything."""
        return self.stride < LEAST_STRIDE

    def step(self, value: int) -> Rated:
        """Take one step towards a value that a plan is known to reach, and return where it led."""
        here = rated(self.problem, self.gain, self.rows, np.rint(self.rates).astype(np.int64))
        if self.best is None or here.total < self.best.total:
            nearer = self.best is None or self.best.total - here.total > abs(here.total) * 1e-5
            self.best = here
            self.waited = 0 if nearer else self.waited + 1
        else:
            self.waited += 1
        if self.waited >= PATIENCE:
            self.stride, self.waited = self.stride / 2, 0
            self.rates = self.best.rates.astype(np.float64)
            here = self.best
        excess = (self.rows.used(here.match) - self.rows.capacity).astype(np.float64)
        excess[(excess < 0) & (self.rates <= 0)] = 0
        # In units of each capacity, so that hours and cents take steps of their own size.
        unit = np.maximum(np.abs(self.rows.capacity), 1).astype(np.float64)
        length = float(((excess / unit) ** 2).sum())
        if length > 0:
            gap = max(here.total - THOUSANDTHS * value, THOUSANDTHS)
            self.rates = np.maximum(self.rates + self.stride * gap * excess / unit**2 / length, 0)
        else:
            self.stride = 0.0
        return here
