"""What changes at work in a synthetic pool in a week; every cell is text, as in a CSV."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from matcher.simulation.churn_people import Changed, Tables, idle
from matcher.simulation.draws import Texts, pick, share_of

SHARE_ENDING_EARLY = 0.012
SHARE_DECIDED = 0.02
ACCEPTED, DECLINED = 0.45, 0.40
"""Of the decisions; the rest expires and leaves no trace in a folder."""
SHARE_CLOSING, SHARE_OPENING = 0.015, 0.015
PARKED_DAYS = 180


def end_deployments(rng: np.random.Generator, tables: Tables, today: date) -> Changed:
    """End what was to end before today, and a few of the others early."""
    work = tables["deployments"]
    active = (work["state"] == "active").to_numpy()
    due = active & (work["until_on"] < today.isoformat()).fill_null(False).to_numpy()
    early = share_of(rng, len(work), SHARE_ENDING_EARLY * active.mean(), among=active & ~due)
    changed = _ended(tables, pl.Series(due | early), today, "contract_ended")
    return changed, {
        "deployments_ended": int(due.sum()),
        "deployments_broken_off": int(early.sum()),
    }


def _ended(tables: Tables, rows: pl.Series, today: date, reason: str) -> Tables:
    """Return the tables with these deployments ended: openings released, experience told."""
    yesterday = (today - timedelta(days=1)).isoformat()
    work = tables["deployments"]
    last = pl.min_horizontal(pl.col("until_on").fill_null(yesterday), pl.lit(yesterday))
    last = pl.max_horizontal(last, pl.col("from_on"))
    ended = work.with_columns(
        pl.when(rows).then(pl.lit("ended")).otherwise("state").alias("state"),
        pl.when(rows).then(last).otherwise("until_on").alias("until_on"),
        pl.when(rows).then(pl.lit("aftercare")).otherwise("phase").alias("phase"),
        pl.when(rows).then(pl.lit(reason)).otherwise("end_reason").alias("end_reason"),
    )
    gone = ended.filter(rows)
    here = tables["placements"].select(pl.col("key").alias("placement"), "employer", "occupation")
    told = gone.join(here, on="placement", how="left", maintain_order="left").select(
        "candidate",
        pl.col("from_on").alias("started_on"),
        pl.col("until_on").alias("ended_on"),
        pl.lit(None, pl.String).alias("organisation"),
        "occupation",
        "employer",
    )
    people = tables["candidates"].with_columns(
        pl.when(pl.col("key").is_in(gone["candidate"].implode()))
        .then(pl.lit(None, pl.String))
        .otherwise("wants_to_continue")
        .alias("wants_to_continue")
    )
    return tables | {
        "deployments": ended,
        "candidates": people,
        "candidate_experience": pl.concat([tables["candidate_experience"], told]),
        "placements": _recounted(tables["placements"], ended),
    }


def _recounted(placements: pl.DataFrame, work: pl.DataFrame) -> pl.DataFrame:
    """Return the placements with the openings that are taken now; full and open follow it."""
    held = work.filter(pl.col("state") != "ended").group_by("placement").len("held")
    counted = placements.join(
        held, left_on="key", right_on="placement", how="left", maintain_order="left"
    )
    taken = pl.col("held").fill_null(0)
    openings = pl.col("openings").cast(pl.Int64)
    return counted.with_columns(
        taken.cast(pl.String).alias("taken"),
        pl.when(pl.col("state").is_in(["open", "full"]))
        .then(pl.when(taken >= openings).then(pl.lit("full")).otherwise(pl.lit("open")))
        .otherwise("state")
        .alias("state"),
    ).drop("held")


def start_planned(rng: np.random.Generator, tables: Tables, today: date) -> Changed:
    """Let planned deployments begin whose first day has come, save where another still runs."""
    work = tables["deployments"]
    running = work.filter(pl.col("state") == "active")["candidate"]
    begins = (
        (pl.col("state") == "planned")
        & (pl.col("from_on") <= today.isoformat())
        & ~pl.col("candidate").is_in(running.implode())
    )
    count = work.select(begins.sum()).item()
    started = work.with_columns(
        pl.when(begins).then(pl.lit("active")).otherwise("state").alias("state"),
        pl.when(begins).then(pl.lit("introduction")).otherwise("phase").alias("phase"),
    )
    return tables | {"deployments": started}, {"deployments_started": count}


def decide(rng: np.random.Generator, tables: Tables, today: date) -> Changed:
    """Let people and employers decide: accepted work is planned, declined work is parked."""
    people, placements = tables["candidates"], tables["placements"]
    asked = np.flatnonzero(share_of(rng, len(people), SHARE_DECIDED, among=idle(tables)))
    free = placements.filter(pl.col("state") == "open").select(
        "key",
        free=pl.col("openings").cast(pl.Int64) - pl.col("taken").cast(pl.Int64),
    )
    # One opening, one person: every free opening is a row, in a random order.
    openings = free["key"].gather(np.repeat(np.arange(len(free)), free["free"].to_numpy()))
    asked = rng.permutation(asked)[: len(openings)]
    proposed = pl.DataFrame(
        {
            "candidate": people["key"].gather(asked),
            "placement": openings.gather(rng.permutation(len(openings))[: len(asked)]),
            "answer": pick(
                rng, len(asked), ("accept", "decline", "expire"),
                (ACCEPTED, DECLINED, 1 - ACCEPTED - DECLINED),
            ).tolist(),
        },
        schema_overrides={"answer": pl.String},
    )  # fmt: skip
    accepted = proposed.filter(pl.col("answer") == "accept")
    declined = proposed.filter(pl.col("answer") == "decline")
    work = pl.concat([tables["deployments"], _planned(rng, tables, accepted, today)])
    until = (today + timedelta(days=PARKED_DAYS)).isoformat()
    parked = declined.select(
        "candidate",
        pl.lit("pair").alias("target_kind"),
        pl.col("placement").alias("target"),
        pl.lit("not_for_me").alias("reason_code"),
        pl.lit(until).alias("until"),
    )
    changed = {
        "deployments": work,
        "placements": _recounted(placements, work),
        "candidate_parking": pl.concat([tables["candidate_parking"], parked]),
    }
    return tables | changed, {"accepted": len(accepted), "declined": len(declined)}


def _planned(
    rng: np.random.Generator, tables: Tables, accepted: pl.DataFrame, today: date
) -> pl.DataFrame:
    """Return a planned deployment per accepted proposal, beginning within a month."""
    n = len(accepted)
    first = int(tables["deployments"]["key"].str.slice(1).cast(pl.Int64).max() or 0)  # type: ignore[arg-type]
    begins = np.datetime64(today, "D") + rng.integers(1, 29, n).astype("timedelta64[D]")
    made = pl.DataFrame(
        {
            "key": pl.Series([f"D{first + 1 + row:06d}" for row in range(n)], dtype=pl.String),
            "candidate": accepted["candidate"],
            "placement": accepted["placement"],
            "from_on": pl.Series(begins).dt.strftime("%Y-%m-%d"),
            "until_on": pl.Series(begins + np.timedelta64(200, "D")).dt.strftime("%Y-%m-%d"),
            "state": pl.Series(["planned"] * n, dtype=pl.String),
            "phase": pl.Series(["introduction"] * n, dtype=pl.String),
            "hours_per_week": pl.Series(["24"] * n, dtype=pl.String),
            "formal_employer": pl.Series(["werkgever"] * n, dtype=pl.String),
            "end_reason": pl.Series([None] * n, dtype=pl.String),
        }
    )
    return made.select(tables["deployments"].columns)


def close_and_open(rng: np.random.Generator, tables: Tables, today: date) -> Changed:
    """Close some placements where nobody works, and open others like those there are."""
    placements = tables["placements"]
    n = len(placements)
    empty = ((placements["state"] == "open") & (placements["taken"] == "0")).to_numpy()
    closing = share_of(rng, n, SHARE_CLOSING, among=empty)
    kept = placements.with_columns(
        pl.when(pl.Series(closing, dtype=pl.Boolean))
        .then(pl.lit("closed"))
        .otherwise("state")
        .alias("state")
    )
    like = np.sort(rng.choice(n, min(n, max(1, round(SHARE_OPENING * n))), replace=False))
    first = int(placements["key"].str.slice(1).cast(pl.Int64).max() or 0)  # type: ignore[arg-type]
    keys = np.array([f"P{first + 1 + row:05d}" for row in range(len(like))], dtype=object)
    opened = placements.gather(like).with_columns(
        pl.Series("key", keys.tolist(), dtype=pl.String),
        pl.lit("0").alias("taken"),
        pl.lit("open").alias("state"),
        pl.lit(today.isoformat()).alias("start_earliest"),
        *(pl.lit(None, pl.String).alias(day) for day in ("start_latest", "ends_on", "closes_on")),
    )
    new: Tables = {"placements": pl.concat([kept, opened])}
    for name in ("placement_requirements", "placement_tasks", "placement_tags"):
        new[name] = _with_copies(tables[name], placements["key"].gather(like), keys)
    return tables | new, {
        "placements_closed": int(closing.sum()),
        "placements_opened": len(opened),
    }


def _with_copies(rows: pl.DataFrame, of: pl.Series, keys: Texts) -> pl.DataFrame:
    """Return the rows, and those of these placements again under their new keys."""
    renamed = pl.DataFrame({"placement": of, "new": pl.Series(keys.tolist(), dtype=pl.String)})
    copies = renamed.join(rows, on="placement", maintain_order="left_right")
    return pl.concat([rows, copies.with_columns(placement="new").select(rows.columns)])


def largest_employer_closes(rng: np.random.Generator, tables: Tables, today: date) -> Changed:
    """Close the employer with most openings: its placements, and the work of all who are there."""
    placements = tables["placements"]
    largest = (
        placements.group_by("employer")
        .agg(pl.col("openings").cast(pl.Int64).sum())
        .sort("openings", "employer", descending=[True, False])["employer"][0]
    )
    own = placements.filter(pl.col("employer") == largest)["key"]
    work = tables["deployments"]
    there = work["placement"].is_in(own.implode())
    never_began = there & (work["state"] == "planned")
    stopped = tables | {"deployments": work.filter(~never_began)}
    active = there & (work["state"] == "active")
    ended = _ended(stopped, active.filter(~never_began), today, "employer_closed")
    closed = ended["placements"].with_columns(
        pl.when(pl.col("employer") == largest)
        .then(pl.lit("closed"))
        .otherwise("state")
        .alias("state")
    )
    return ended | {"placements": closed}, {"people_out_of_work": int(active.sum())}


def shuttle_stops(rng: np.random.Generator, tables: Tables, today: date) -> Changed:
    """Take away the shuttle that serves most placements."""
    placements = tables["placements"]
    stops = placements["shuttle_place"].drop_nulls().value_counts()
    if stops.is_empty():
        return tables, {"shuttles_stopped": 0}
    busiest = stops.sort("count", "shuttle_place", descending=[True, False])["shuttle_place"][0]
    gone = (pl.col("shuttle_place") == busiest).fill_null(False)
    changed = placements.with_columns(
        pl.when(gone).then(pl.lit(None, pl.String)).otherwise(name).alias(name)
        for name in ("shuttle_postcode", "shuttle_minutes", "shuttle_place")
    )
    return tables | {"placements": changed}, {"shuttles_stopped": 1}
