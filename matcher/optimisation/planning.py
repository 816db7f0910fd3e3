"""The whole pool at once: from a snapshot to a proved plan."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.plan import Plan, Proof, Totals
from matcher.domain.policy import Policy
from matcher.domain.snapshot import PoolSnapshot
from matcher.errors import SolverFailed
from matcher.optimisation.alternatives import alternatives_of_proposals
from matcher.optimisation.bounded import prices_of_floors, solver_of, told_limits
from matcher.optimisation.evaluation import evaluate
from matcher.optimisation.fairness import Night, fairness_report
from matcher.optimisation.limiting import rates_of, rates_of_placements
from matcher.optimisation.pairing import pair_up
from matcher.optimisation.prepared import Rows
from matcher.optimisation.prospects import told_prospects, who_is_held
from matcher.optimisation.records import proposal_columns, record_proposals
from matcher.optimisation.refusals import refusals_of_empty_openings
from matcher.optimisation.solving import Clock, Pool, Progress, Solved, solve
from matcher.optimisation.stability import changes_since, stability_report
from matcher.optimisation.uses import uses_of_pairs


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
    clock = Clock()
    solved = solve(snapshot, policy, previous, tell, clock)
    pool, outcome = solved.pool, solved.outcome
    others = _alternatives(solved, lambda done, total: tell("alternatives", done, total))
    clock.stop("alternatives")
    tell("explain", 0, 1)
    made = _as_plan(solved, others)
    clock.stop("explain")
    night = Night(
        pool.prepared,
        solved.prospects.shown,
        pool.openings,
        pool.tier,
        solved.tie,
        policy,
        solved.bounded.binding.limits,
        replace(solved.agreed, pairs=solved.prospects.shown),
    )
    fairness = fairness_report(night, outcome)
    clock.stop("fairness")
    changes = changes_since(solved, made)
    stability = stability_report(pool.snapshot.previous, changes)
    clock.stop("stability")
    tell("explain", 1, 1)
    return replace(
        made,
        totals=replace(made.totals, fairness=fairness, stability=stability),
        timings=clock.seconds,
        changes=changes,
    )


def _alternatives(solved: Solved, tell: Callable[[int, int], None]) -> pl.Series:
    """Return the alternatives of all proposals: none for who is bound, none past the bound."""
    found = pl.DataFrame({"person": solved.pairs.candidate[solved.outcome.chosen]})
    free = solved.free
    told = alternatives_of_proposals(
        free.pairs,
        free.pool.openings,
        free.outcome,
        free.bounded.binding.limits,
        free.pool.tier,
        free.pool.tier_codes,
        free.pool.prepared.placements["placement.id"],
        tell,
    )
    moving = pl.DataFrame({"person": free.pairs.candidate[free.outcome.chosen], "found": told})
    found = found.join(moving, on="person", how="left", maintain_order="left")
    return found["found"].fill_null("[]").alias("alternatives")


def _as_plan(solved: Solved, alternatives: pl.Series) -> Plan:
    pool, pairs, outcome, policy = solved.pool, solved.pairs, solved.outcome, solved.policy
    prepared, prospects = pool.prepared, solved.prospects
    on_places = rates_of_placements(solved.bounded.binding, prepared, outcome.rates)
    prices = outcome.prices + on_places + prospects.potential
    people, places = pairs.candidate[outcome.chosen], pairs.placement[outcome.chosen]
    tier = pl.Series("tier", np.array(pool.tier_codes, dtype=object), dtype=pl.String)
    proposed = evaluate(
        pair_up(prepared, people, places, proposal_columns(policy)), policy
    ).with_columns(
        pl.Series("price", prices[places]),
        pl.Series("surplus", outcome.surplus[people]),
        tier[pool.tier[people]],
        alternatives,
        *solved.agreed.notes(outcome.chosen),
    )
    # the plan's own points and the record's come from two evaluations of the same pair
    if not np.array_equal(proposed["points"].to_numpy(), prospects.shown.points[outcome.chosen]):
        raise SolverFailed("a proposal has other points than the plan counted")
    placed = np.zeros(prepared.people.size, np.bool_)
    placed[people] = True
    choices = np.bincount(prospects.every.candidate, minlength=prepared.people.size)
    waiting = np.flatnonzero(~placed)
    unplaced = pl.DataFrame(
        {
            "candidate.id": prepared.candidates["candidate.id"][waiting],
            "tier": tier[pool.tier[waiting]],
            "eligible": choices[waiting],
        }
    )
    left = pool.openings - np.bincount(places, minlength=prepared.places.size)
    held = who_is_held(prospects, prepared, placed, left, policy)
    refusals, sampled = refusals_of_empty_openings(prepared, waiting, left, policy)
    floors = prices_of_floors(
        solved.agreed, pool.openings, solved.bounded, tiers=pool.tier, tie=solved.tie, policy=policy
    )
    rates = rates_of(solved.bounded.binding, prepared, people, places, outcome.rates)
    long = prepared.candidates["candidate.among_longest_waiting"].fill_null(False).to_numpy()
    totals = Totals(
        candidates=pool.n_candidates,
        seeking=prepared.people.size,
        placed=outcome.placed,
        points=solved.points,
        placements=pool.n_placements,
        openings=int(pool.openings.sum()),
        openings_left=int(left.sum()),
        pairs=solved.looked_at,
        pairs_eligible=len(prospects.every),
        without_eligible=int((choices == 0).sum()),
        longest_waiting=int(long.sum()),
        longest_waiting_placed=int((long & placed).sum()),
        sampled_people=sampled,
        tiers=_by_tier(pool, np.ones_like(placed)),
        placed_by_tier=_by_tier(pool, placed),
        refusals=refusals,
        gates=pool.kept_out,
        potentials=told_prospects(prospects, prepared, held, left),
        limits=told_limits(solved.bounded, rates, floors),
        conflicts=list(solved.bounded.conflicts),
        pinned=int(solved.agreed.fixed.sum()),
        pin_conflicts=[conflict.to_dict() for conflict in solved.agreed.conflicts],
    )
    return Plan(
        proposals=record_proposals(proposed, policy),
        prices=pl.DataFrame(
            {
                "placement.id": prepared.placements["placement.id"],
                "price": pl.Series(prices, dtype=pl.Int64),
                "potential": pl.Series(prospects.potential, dtype=pl.Int64),
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
            solver_of(solved.bounded),
        ),
        timings={},
        held=held,
        rates=rates,
        uses=_uses(pool, people, places, rates, policy),
    )


def _uses(
    pool: Pool, people: Rows, places: Rows, rates: pl.DataFrame, policy: Policy
) -> pl.DataFrame:
    """Return what the proposals use of each hard limit whose group has a number."""
    numbered = rates.filter(pl.col("kind") == "limit").select("limit", "group")
    found = uses_of_pairs(pool.prepared, people, places, policy, pool.snapshot.today)
    who = pool.prepared.candidates["candidate.id"][people[found["pair"].to_numpy()]]
    return (
        found.select(who, "limit", "group", "amount")
        .join(numbered, on=["limit", "group"], how="semi")
        .sort("candidate.id", "limit")
    )


def _by_tier(pool: Pool, which: NDArray[np.bool_]) -> dict[str, int]:
    counts = np.bincount(pool.tier[which], minlength=len(pool.tier_codes))
    return {code: int(count) for code, count in zip(pool.tier_codes, counts, strict=True)}
