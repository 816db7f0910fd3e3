"""Limits at sizes that no enumeration reaches: generalised assignment, and a town with budgets."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from matcher.optimisation.assignment import Limits, Outcome, Pairs, assign, limited
from tests.benchmarks.instances import invent


@dataclass(frozen=True)
class Jobs:
    """A generalised assignment problem: each job to one agent, within each agent's time."""

    cost: np.ndarray
    time: np.ndarray
    available: np.ndarray

    @classmethod
    def of(cls, kind: str, n_agents: int, n_jobs: int, seed: int) -> "Jobs":
        """
        Invent one of type a to e, by increasing difficulty.

        As described by P. C. Chu and J. E. Beasley (1997), "A genetic algorithm for the generalised
        assignment problem", Computers & Operations Research 24(1); e after M. Laguna et al. (1995).
        """
        random = np.random.default_rng(seed)
        if kind in "de":
            time = random.integers(1, 101, (n_agents, n_jobs))
            cost = 111 - time + random.integers(-10, 11, (n_agents, n_jobs))
            if kind == "e":
                uniform = random.random((2, n_agents, n_jobs))
                time = np.ceil(1 - 10 * np.log(1 - uniform[0])).astype(np.int64)
                cost = np.rint(1000 / time - 10 * uniform[1]).astype(np.int64)
            return cls(cost, time, (0.8 * time.sum(axis=1) / n_agents).astype(np.int64))
        time = random.integers(5, 26, (n_agents, n_jobs))
        cost = random.integers(10, 51, (n_agents, n_jobs))
        if kind == "c":
            return cls(cost, time, (0.8 * time.sum(axis=1) / n_agents).astype(np.int64))
        cheapest = cost.argmin(axis=0) == np.arange(n_agents)[:, None]
        most = (time * cheapest).sum(axis=1).max()
        available = 0.6 * (n_jobs / n_agents) * 15 + 0.4 * most
        share = 1.0 if kind == "a" else 0.7
        return cls(cost, time, np.full(n_agents, int(share * available)))

    def solve(self, **options: object) -> Outcome:
        """Solve it at the array door: jobs are people, agents are placements."""
        n_agents, n_jobs = self.cost.shape
        agent, job = np.divmod(np.arange(self.cost.size), n_jobs)
        limits = Limits(np.arange(self.cost.size), agent, self.time.ravel(), self.available)
        return assign(
            Pairs(job, agent, -self.cost.ravel()),
            np.full(n_agents, n_jobs),
            n_candidates=n_jobs,
            limits=limits,
            **options,
        )

    def least_cost(self) -> int:
        """Return the least cost, from HiGHS and another model: every job exactly once."""
        n_agents, n_jobs = self.cost.shape
        each_job = np.tile(np.eye(n_jobs), n_agents)
        each_agent = np.kron(np.eye(n_agents), np.ones(n_jobs)) * self.time.ravel()
        result = milp(
            self.cost.ravel(),
            integrality=np.ones(self.cost.size),
            bounds=Bounds(0, 1),
            constraints=[
                LinearConstraint(each_job, 1, 1),
                LinearConstraint(each_agent, -np.inf, self.available),
            ],
            options={"mip_rel_gap": 0.0},
        )
        assert result.status == 0
        return round(result.fun)


@pytest.mark.parametrize("kind", ["a", "b", "c"])
@pytest.mark.parametrize("seed", [1, 2])
def test_generalised_assignment_is_proved_optimal(kind: str, seed: int) -> None:
    jobs = Jobs.of(kind, n_agents=5, n_jobs=25, seed=seed)
    outcome = jobs.solve()
    assert (outcome.placed, outcome.status) == (25, "optimal")
    assert -outcome.points == jobs.least_cost()


@pytest.mark.parametrize("kind", ["a", "b", "c"])
def test_the_search_finds_the_least_cost_too(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited, "FEW_PAIRS", 0)
    jobs = Jobs.of(kind, n_agents=5, n_jobs=25, seed=3)
    outcome = jobs.solve()
    assert (outcome.placed, outcome.status) == (25, "optimal")
    assert -outcome.points == jobs.least_cost()


@pytest.mark.parametrize("most_first", [True, False])
def test_a_town_with_budgets(most_first: bool) -> None:
    town = invent("town", 300, 80, 6_000, seed=4)
    random = np.random.default_rng(6)
    count = len(town.pairs)
    coach = random.integers(0, 6, town.n_candidates)[town.pairs.candidate]
    fund = 6 + random.integers(0, 3, town.openings.size)[town.pairs.placement]
    pair = np.tile(np.arange(count), 2)
    resource = np.concatenate([coach, fund])
    amount = np.concatenate([random.integers(2, 13, count), random.integers(5, 40, count)])
    free = assign(town.pairs, town.openings, n_candidates=town.n_candidates)
    asked = free.chosen[pair]
    capacity = np.bincount(resource[asked], amount[asked], minlength=9).astype(np.int64) * 3 // 4
    limits = Limits(pair, resource, amount, capacity)
    outcome = assign(
        town.pairs,
        town.openings,
        n_candidates=town.n_candidates,
        most_first=most_first,
        limits=limits,
        time_limit_seconds=30.0,
        relative_gap=0.03,
    )
    chosen = outcome.chosen
    used = np.bincount(resource[chosen[pair]], amount[chosen[pair]], minlength=9)
    assert (used <= capacity).all()
    assert np.bincount(town.pairs.candidate[chosen]).max() == 1
    taken = np.bincount(town.pairs.placement[chosen], minlength=town.openings.size)
    assert (taken <= town.openings).all()
    worth = outcome.worth[town.pairs.candidate[chosen]].sum()
    assert outcome.value == town.pairs.points[chosen].sum() + worth
    assert outcome.proved
    assert outcome.status in ("optimal", "within_gap")
    # The bound of prices and rates by weak duality, from the arrays alone.
    thousandths = 1000 * (town.pairs.points + outcome.worth[town.pairs.candidate])
    np.subtract.at(thousandths, pair, amount * outcome.rates[resource])
    paid = 1000 * (outcome.surplus[town.pairs.candidate] + outcome.prices[town.pairs.placement])
    assert (thousandths <= paid)[town.openings[town.pairs.placement] > 0].all()
    total = 1000 * int(outcome.surplus.sum() + (town.openings * outcome.prices).sum())
    assert total + int((capacity * outcome.rates).sum()) >= 1000 * outcome.bound


class Stopped(Exception):
    """Somebody cancelled."""


def test_a_search_tells_how_far_it_is_and_stops_when_told_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limited, "FEW_PAIRS", 0)
    told: list[tuple[str, int, int]] = []

    def stop(phase: str, done: int, total: int) -> None:
        told.append((phase, done, total))
        raise Stopped

    with pytest.raises(Stopped):
        Jobs.of("c", n_agents=5, n_jobs=25, seed=3).solve(time_limit_seconds=20.0, progress=stop)
    ((phase, done, total),) = told
    assert phase == "limits"
    assert total <= 20_000
    assert 0 <= done <= total


@pytest.mark.parametrize("kind", ["d", "e"])
def test_hard_instances_end_within_one_percent_and_a_bound_near_it(kind: str) -> None:
    jobs = Jobs.of(kind, n_agents=5, n_jobs=25, seed=1)
    outcome, least = jobs.solve(time_limit_seconds=10.0), jobs.least_cost()
    assert outcome.placed == 25
    assert -outcome.points <= least * 1.01
    assert outcome.bound - outcome.value <= least * 0.02
