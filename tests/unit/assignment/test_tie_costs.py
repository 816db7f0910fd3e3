"""Costs of ties leave the solver room for its own arithmetic."""

import numpy as np
import pytest

from matcher.optimisation.assignment.ties import tie_costs


@pytest.mark.parametrize("n_nodes", [3, 1_780, 120_000])
def test_prices_may_grow_along_a_path_through_all_nodes(n_nodes: int) -> None:
    """Ties of 62 bits among 941 people of a pool of 95,000 once ended as BAD_COST_RANGE."""
    rng = np.random.default_rng(1)
    ties = rng.integers(0, 2**62, 1_000)
    hashes = rng.integers(0, 2**63, 1_000).astype(np.uint64)
    costs = tie_costs(ties, hashes, n_nodes // 2, n_nodes, more_people=False)
    assert costs.min() >= 0
    assert int(costs.max()) * (n_nodes + 3) ** 2 < 2**62
    # and what is lower stays lower, as far as the digits reach
    order = np.argsort(ties, kind="stable")
    assert (np.diff(costs[order]) >= 0).all()
