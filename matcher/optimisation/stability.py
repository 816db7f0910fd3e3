"""What became of the last plan's undecided proposals, each change with its cause."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain import causes
from matcher.domain.causes import Cause
from matcher.domain.plan import CHANGE_SCHEMA, Plan
from matcher.domain.policy import Policy
from matcher.domain.snapshot import PoolSnapshot
from matcher.optimisation.bonds import bonds_of
from matcher.optimisation.evaluation import IF_UNKNOWN, columns_read, criteria_of, evaluate
from matcher.optimisation.facts import gates_of, placement_facts
from matcher.optimisation.pairing import pair_up
from matcher.optimisation.prepared import Prepared, rows_of
from matcher.optimisation.solving import Solved


def changes_since(solved: Solved, made: Plan) -> pl.DataFrame:
    """
    Return the undecided pairs of the last plan that this plan does not propose, with their causes.

    Returns
    -------
    as `matcher.domain.plan.Plan.changes`: the cause, and by cause in ``rules`` what refuses the
    pair now, in ``gates`` what closed the placement, in ``points`` how many more (below 0 less) the
    person's proposal has now, in ``instead`` where it is, in ``others`` the people by tier who are
    at the placement now and were not.
    """
    pool, policy = solved.pool, solved.policy
    snapshot, prepared = pool.snapshot, pool.prepared
    previous = snapshot.previous
    now = made.proposals.select(
        "candidate.id", instead=pl.col("placement.id"), points_now=pl.col("points")
    )
    gone = previous.join(now, on="candidate.id", how="left", maintain_order="left").filter(
        pl.col("instead").is_null() | (pl.col("instead") != pl.col("placement.id"))
    )
    if gone.is_empty():
        return pl.DataFrame(schema=CHANGE_SCHEMA)
    gone = gone.with_columns(
        pl.Series("person", rows_of(prepared.candidates["candidate.id"], gone["candidate.id"])),
        pl.Series("place", rows_of(prepared.placements["placement.id"], gone["placement.id"])),
    )
    bonds = bonds_of(gone, prepared, pool.companions, solved.prospects.every, made)
    gone = gone.hstack(bonds)
    pairs = _judged(gone, prepared, policy)
    gone = gone.join(pairs, on=["candidate.id", "placement.id"], how="left", maintain_order="left")
    gone = (
        gone.join(_closed_by(snapshot, gone, policy), on="placement.id", how="left")
        .join(_newcomers(previous, made), on="placement.id", how="left")
        .join(_openings_left(prepared, made), on="placement.id", how="left")
    )
    in_snapshot = pl.col("placement.id").is_in(snapshot.placements["placement.id"].implode())
    more = pl.col("points_now") - pl.col("points_then")
    cause = (
        pl.when(pl.col("person") < 0)
        .then(_named(causes.PERSON_GONE))
        .when((pl.col("place") < 0) & ~in_snapshot)
        .then(_named(causes.PLACEMENT_GONE))
        .when(pl.col("place") < 0)
        .then(_named(causes.PLACEMENT_CLOSED))
        .when(pl.col("rules").list.len() > 0)
        .then(_named(causes.REFUSED_NOW))
        .when(pl.col("against"))
        .then(_named(causes.COMPANION_AGAINST))
        .when(more > 0)
        .then(_named(causes.BETTER_ELSEWHERE))
        .when(pl.col("bond").is_not_null())
        .then(pl.col("bond"))
        .when((pl.col("left") <= 0) & (pl.col("others").list.len() > 0))
        .then(_named(causes.OTHERS_FIRST))
        .when(pl.col("left") <= 0)
        .then(_named(causes.FEWER_OPENINGS))
        .when(pl.col("together"))
        .then(_named(causes.COMPANION_FIRST))
        .when(more == 0)
        .then(_named(causes.EQUALLY_GOOD))
        .otherwise(_named(causes.KEPT_FREE))
    )
    return gone.select(
        "candidate.id",
        "placement.id",
        cause.alias("cause"),
        pl.col("rules").fill_null([]),
        pl.col("gates").fill_null([]),
        more.alias("points"),
        "instead",
        pl.col("others").fill_null([]),
    ).sort("candidate.id")


def stability_report(previous: pl.DataFrame, changes: pl.DataFrame) -> dict[str, Any]:
    """
    Return how many undecided proposals there were, and what share the new plan changed.

    As `matcher.domain.causes.counted`; publishing adds what it leaves out itself.
    """
    counts = dict(changes.group_by("cause").len().sort("cause").iter_rows())
    return causes.counted(previous.height, counts)


def _named(cause: Cause) -> pl.Expr:
    return pl.lit(cause.code)


def _judged(gone: pl.DataFrame, prepared: Prepared, policy: Policy) -> pl.DataFrame:
    """Return the pairs that can still be judged, with what refuses them and their points."""
    here = gone.filter((pl.col("person") >= 0) & (pl.col("place") >= 0))
    read = columns_read(policy) | {"candidate.id", "placement.id"}
    pairs = evaluate(pair_up(prepared, _rows(here["person"]), _rows(here["place"]), read), policy)
    refused = [
        pl.when(~pl.col(f"rule.{code}").fill_null(IF_UNKNOWN[code])).then(pl.lit(code))
        for code in criteria_of(policy).rules
    ]
    return pairs.select(
        "candidate.id",
        "placement.id",
        pl.concat_list(refused).list.drop_nulls().alias("rules"),
        points_then=pl.col("points"),
    )


def _rows(numbers: pl.Series) -> NDArray[np.int32]:
    return numbers.to_numpy().astype(np.int32)


def _closed_by(snapshot: PoolSnapshot, gone: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Return ``placement.id, gates``: which gates the placements that are left out fail."""
    wanted = gone.filter(pl.col("place") < 0)["placement.id"].unique()
    shut = snapshot.placements.filter(pl.col("placement.id").is_in(wanted.implode()))
    gates = gates_of(placement_facts(shut, snapshot.today, policy), policy)
    failed = [
        pl.when(~pl.col(name).fill_null(False)).then(pl.lit(name.removeprefix("gate.")))
        for name in gates.columns
    ]
    return pl.concat([shut.select("placement.id"), gates], how="horizontal").select(
        "placement.id", pl.concat_list(failed).list.drop_nulls().alias("gates")
    )


def _newcomers(previous: pl.DataFrame, made: Plan) -> pl.DataFrame:
    """Return ``placement.id, others``: the tiers of those who were not proposed there before."""
    return (
        made.proposals.select("candidate.id", "placement.id", "tier")
        .join(previous, on=["candidate.id", "placement.id"], how="anti")
        .group_by("placement.id")
        .agg(others=pl.col("tier").sort())
    )


def _openings_left(prepared: Prepared, made: Plan) -> pl.DataFrame:
    """Return ``placement.id, left``: the openings that this plan leaves empty."""
    used = made.proposals.group_by("placement.id").len("used")
    free = prepared.placements.select("placement.id", "placement.openings_free")
    return free.join(used, on="placement.id", how="left").select(
        "placement.id",
        left=pl.col("placement.openings_free").cast(pl.Int64)
        - pl.col("used").cast(pl.Int64).fill_null(0),
    )
