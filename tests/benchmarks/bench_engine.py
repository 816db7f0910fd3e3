"""
The array door beside plain min-cost flow, SciPy's matching and best pair first.

Every method runs in a process of its own on the same arrays, so that its peak is its own. CPU
seconds are the least of a few runs; the loops are compiled, or read from their cache, before.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from matcher.optimisation.assignment import Outcome, Pairs, assign
from matcher.optimisation.assignment.arrays import arrange
from matcher.optimisation.assignment.greedy import best_pair_first
from matcher.optimisation.assignment.prices import certificate
from matcher.optimisation.assignment.worth import rank_tiers
from tests.benchmarks.instances import Instance, invent
from tests.benchmarks.peers import expanded_matching, plain_flow
from tests.benchmarks.report import note_speed, show_table

REFERENCE = "SimpleMinCostFlow, most people, then points"
ENGINE = "assign: most people, then points"
TIERS = "assign: two tiers, then points"
# candidates, placements, pairs; times the reference and bytes: at most, and the goal
SIZES = {
    "10,000 × 2,500": (10_000, 2_500, 1_000_000, (1.0, 0.15), None),
    "100,000 × 25,000": (100_000, 25_000, 8_000_000, (1.2, 0.3), (1.5e9, 0.5e9)),
    "400,000 × 100,000": (400_000, 100_000, 17_000_000, (1.3, 0.25), None),
}


def engine(pool: Instance, tiers: NDArray[np.int64] | None = None) -> Outcome:
    """Assign, with prices, certificate and ties by the hash of the engine."""
    return assign(pool.pairs, pool.openings, n_candidates=pool.n_candidates, tiers=tiers)


def greedy(pool: Instance) -> tuple[int, int]:
    """Take the best pair, then the best that is left."""
    problem = arrange(pool.pairs, pool.openings, pool.n_candidates)
    tier = rank_tiers(None, True, pool.n_candidates)
    match = best_pair_first(problem, tier, np.zeros(len(pool.pairs), np.int64))
    taken = match[match >= 0]
    return taken.size, int(problem.points[taken].sum())


METHODS: dict[str, Callable[[Instance], tuple[int, int] | Outcome]] = {
    REFERENCE: plain_flow,
    ENGINE: engine,
    TIERS: lambda pool: engine(pool, pool.tiers),
    "best pair first": greedy,
    "SciPy min_weight_full_bipartite_matching": lambda pool: expanded_matching(pool, 10_000),
}


def measure(method: str, arrays: Path) -> dict[str, float]:
    """Run one method on the arrays of a file and return what it took and gave."""
    with np.load(arrays) as held:
        pairs = Pairs(held["candidate"], held["placement"], held["points"])
        pool = Instance("", pairs, held["openings"], int(held["n_candidates"]), held["tiers"])
    seconds = []
    for _ in range(3 if len(pairs) < 2_000_000 else 1):
        start = time.process_time()
        answer = METHODS[method](pool)
        seconds.append(time.process_time() - start)
    peak = peak_bytes()
    if isinstance(answer, Outcome):
        certificate(pairs, pool.openings, answer)
        answer = answer.placed, answer.points
    placed, points = answer
    return {"seconds": min(seconds), "bytes": peak, "placed": placed, "points": points}


def peak_bytes() -> int:
    """Return the peak of this process alone; getrusage would count the one that started it."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


@pytest.mark.parametrize("size", SIZES)
def test_the_engine_beside_its_peers(size: str, tmp_path: Path) -> None:
    n_candidates, n_placements, n_pairs, times, most_bytes = SIZES[size]
    pool = invent(size, n_candidates, n_placements, n_pairs, seed=1)
    arrays = tmp_path / "pool.npz"
    np.savez(
        arrays,
        candidate=pool.pairs.candidate,
        placement=pool.pairs.placement,
        points=pool.pairs.points,
        openings=pool.openings,
        n_candidates=n_candidates,
        tiers=pool.tiers,
    )
    found = {}
    for method in METHODS:
        if method.startswith("SciPy") and n_pairs > 1_000_000:
            continue
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.bench_engine", method, str(arrays)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found[method] = json.loads(done.stdout)
    reference, own = found[REFERENCE], found[ENGINE]
    show_table(
        f"Engine, {size}, {len(pool.pairs):,} pairs, {pool.openings.sum():,} openings",
        ["", "CPU s", "× reference", "peak MB", "people placed", "points"],
        [
            [
                method,
                f"{each['seconds']:.2f}",
                f"{each['seconds'] / reference['seconds']:.2f}",
                f"{each['bytes'] / 1e6:,.0f}",
                f"{each['placed']:,}",
                f"{each['points']:,}",
            ]
            for method, each in found.items()
        ],
    )
    assert (own["placed"], own["points"]) == (reference["placed"], reference["points"])
    ratio = own["seconds"] / reference["seconds"]
    told, met = [f"{ratio:.2f} ×"], ratio <= times[0]
    if most_bytes is not None:
        told.append(f"{own['bytes'] / 1e9:.2f} GB")
        met &= own["bytes"] <= most_bytes[0]
    bar, goal = (
        ", ".join([f"{times[at]:g} ×"] + ([f"{most_bytes[at] / 1e9:g} GB"] if most_bytes else []))
        for at in (0, 1)
    )
    note_speed(f"assign, {size}, × {REFERENCE}", ", ".join(told), bar, goal, met=met)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(sys.argv[1], Path(sys.argv[2]))))
