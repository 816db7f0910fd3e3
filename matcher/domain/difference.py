"""
The difference of two plans: who moves, counted, and what each plan reaches.

`pair_changes` compares who is proposed where, person by person; it takes any two frames of pairs,
so last night's undecided proposals do as well as a plan. `difference` tells two plans beside each
other as counts, without naming anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from matcher.domain.plan import Plan

HOW = pl.Enum(["kept", "moved", "gained", "lost"])
PERSON, PLACE = "candidate.id", "placement.id"
TOTALS = (
    "seeking",
    "placed",
    "points",
    "longest_waiting",
    "longest_waiting_placed",
    "without_eligible",
    "openings",
    "openings_left",
)
"""Counts of `matcher.domain.plan.Totals` that are told of both plans."""


@dataclass(frozen=True)
class Reached:
    """
    What a plan reaches, as far as two plans are compared.

    Parameters
    ----------
    pairs
        ``candidate.id`` and ``placement.id`` of every proposal; other columns are not looked at.
    totals
        A count for each of `TOTALS`.
    tiers, placed_by_tier
        People by the code of their tier, in the order of the policy, and those with a proposal.
    proved
        Whether no plan is better.
    """

    pairs: pl.DataFrame
    totals: Mapping[str, int]
    tiers: Mapping[str, int]
    placed_by_tier: Mapping[str, int]
    proved: bool

    @classmethod
    def by(cls, plan: Plan) -> "Reached":
        """Return what a plan reaches."""
        return cls(
            plan.proposals,
            {name: getattr(plan.totals, name) for name in TOTALS},
            plan.totals.tiers,
            plan.totals.placed_by_tier,
            plan.proof.proved,
        )


def pair_changes(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """
    Return what becomes of everybody who has a pair before or after.

    Parameters
    ----------
    before, after
        Pairs: ``candidate.id`` and ``placement.id``, each person at most once; other columns are
        not looked at.

    Returns
    -------
    ``candidate.id``, ``before`` and ``after`` (placement ids, null for none) and ``how``:
    ``kept`` (the same placement), ``moved`` (another one), ``gained`` (none before) or ``lost``
    (none after); in the order of the ids.
    """
    both = before.select(PERSON, pl.col(PLACE).alias("before")).join(
        after.select(PERSON, pl.col(PLACE).alias("after")), on=PERSON, how="full", coalesce=True
    )
    return both.with_columns(
        how=pl.when(pl.col("before").is_null())
        .then(pl.lit("gained"))
        .when(pl.col("after").is_null())
        .then(pl.lit("lost"))
        .when(pl.col("before") == pl.col("after"))
        .then(pl.lit("kept"))
        .otherwise(pl.lit("moved"))
        .cast(HOW)
    ).sort(PERSON)


def placement_changes(changes: pl.DataFrame) -> pl.DataFrame:
    """
    Return what becomes of every placement whose people change.

    Parameters
    ----------
    changes
        What `pair_changes` gives.

    Returns
    -------
    ``placement.id``, ``before`` and ``after`` (people proposed), ``came`` and ``left`` (people);
    those whose number changes most first, then those with most people who come or leave.
    """
    stays = pl.col("how") == "kept"
    sides = [
        changes.drop_nulls(side)
        .group_by(pl.col(side).alias(PLACE))
        .agg(pl.len().cast(pl.Int64).alias(side), (~stays).sum().cast(pl.Int64).alias(moved))
        for side, moved in (("before", "left"), ("after", "came"))
    ]
    both = sides[0].join(sides[1], on=PLACE, how="full", coalesce=True)
    counted = both.select(
        PLACE, *(pl.col(n).fill_null(0) for n in ("before", "after", "came", "left"))
    )
    return counted.filter(pl.col("came") + pl.col("left") > 0).sort(
        (pl.col("after") - pl.col("before")).abs(),
        pl.col("came") + pl.col("left"),
        PLACE,
        descending=[True, True, False],
    )


def difference(before: Reached, after: Reached, top: int = 10) -> dict[str, Any]:
    """
    Return what two plans reach beside each other, as JSON can hold it; nobody is named.

    Returns
    -------
    ``totals`` (each of `TOTALS`) and ``tiers`` (people with a proposal, by tier): before, after and
    how many ``more``; points are those of each plan's own policy. ``people``: how many kept their
    placement, moved, gained or lost one. ``changed``: how many placements have other people, and
    ``placements`` the ``top`` of them, as `placement_changes` gives them. ``proved``: of both.
    """
    changes = pair_changes(before.pairs, after.pairs)
    placements = placement_changes(changes)
    return {
        "totals": {name: _sides(before.totals[name], after.totals[name]) for name in TOTALS},
        "tiers": [
            {
                "tier": code,
                "people": after.tiers.get(code, 0),
                **_sides(before.placed_by_tier.get(code, 0), after.placed_by_tier.get(code, 0)),
            }
            for code in dict.fromkeys([*after.tiers, *before.tiers])
        ],
        "people": {how: int((changes["how"] == how).sum()) for how in HOW.categories},
        "changed": placements.height,
        "placements": placements.head(top).rename({PLACE: "placement"}).to_dicts(),
        "proved": before.proved and after.proved,
    }


def _sides(before: int, after: int) -> dict[str, int]:
    return {"before": before, "after": after, "more": after - before}
