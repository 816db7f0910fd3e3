"""What changes among the people of a synthetic pool in a week; every cell is text, as in a CSV."""

from datetime import date

import numpy as np
import polars as pl

from matcher.simulation.draws import Bools, share_of
from matcher.simulation.names import emails, person_names, phones
from matcher.simulation.people import DAYPARTS

Tables = dict[str, pl.DataFrame]
Changed = tuple[Tables, dict[str, int]]

SHARE_LEAVING, SHARE_ARRIVING, SHARE_CHANGING = 0.005, 0.005, 0.015
SHARE_WITHDRAWING = 0.001
# What a new person brings along; the rest comes later, from talks and from work.
_LISTS_BROUGHT = (
    "candidate_transport", "candidate_licence", "candidate_education", "candidate_course",
    "candidate_language", "candidate_competence", "candidate_interest", "candidate_occupation",
    "candidate_sector", "audit_attributes", "identities",
)  # fmt: skip


def at_work(tables: Tables) -> pl.Series:
    """Return the keys of who has an active or planned deployment."""
    work = tables["deployments"]
    return work.filter(pl.col("state") != "ended")["candidate"].unique().sort()


def idle(tables: Tables) -> Bools:
    """Mark the active candidates without a deployment, in the order of their table."""
    people = tables["candidates"]
    busy = people["key"].is_in(at_work(tables).implode())
    return ((people["state"] == "active") & ~busy).to_numpy()


def leave(rng: np.random.Generator, tables: Tables, today: date) -> Changed:
    """Let some who are not at work leave the pool; the record stays, inactive."""
    people = tables["candidates"]
    gone = share_of(rng, len(people), SHARE_LEAVING, among=idle(tables))
    state = pl.when(pl.Series(gone, dtype=pl.Boolean)).then(pl.lit("inactive")).otherwise("state")
    changed = people.with_columns(state.alias("state"))
    return tables | {"candidates": changed}, {"candidates_gone": int(gone.sum())}


def arrive(rng: np.random.Generator, tables: Tables, today: date) -> Changed:
    """Let new people come: facts like those of somebody here, with a key and name of their own."""
    people = tables["candidates"]
    count = max(1, round(SHARE_ARRIVING * len(people)))
    like = people.gather(np.sort(rng.choice(len(people), min(count, len(people)), replace=False)))
    first = int(people["key"].str.slice(1).cast(pl.Int64).max() or 0) + 1  # type: ignore[arg-type]
    keys = np.array([f"K{first + row:06d}" for row in range(len(like))], dtype=object)
    renamed = pl.DataFrame({"candidate": like["key"], "new": keys.tolist()})
    unwritten = ["wants_to_continue", "expected_ladder_step", "wage_value_low", "wage_value_high",
                 "wage_value_on", "sheltered_advice"]  # fmt: skip
    arrived = like.with_columns(
        pl.Series("key", keys.tolist(), dtype=pl.String),
        pl.lit("active").alias("state"),
        *(pl.lit(today.isoformat()).alias(name) for name in ("waiting_since", "checked_on")),
        *(pl.lit(None, pl.String).alias(name) for name in unwritten),
    )
    new: Tables = {"candidates": pl.concat([people, arrived])}
    for name in _LISTS_BROUGHT:
        brought = (
            renamed.join(tables[name], on="candidate", maintain_order="left_right")
            .with_columns(pl.col("new").alias("candidate"))
            .select(tables[name].columns)
        )
        if name == "identities":
            brought = brought.with_columns(
                pl.Series("name", person_names(rng, len(brought)).tolist(), dtype=pl.String),
                pl.Series("email", emails(brought["candidate"].to_numpy()).tolist()),
                pl.Series("phone", phones(rng, len(brought)).tolist()),
            )
        new[name] = pl.concat([tables[name], brought])
    return tables | new, {"candidates_new": len(arrived)}


def change_profiles(rng: np.random.Generator, tables: Tables, today: date) -> Changed:
    """Let some profiles be checked: gaps are filled, and half of them go a ladder step up."""
    people = tables["candidates"]
    n = len(people)
    checked = share_of(rng, n, SHARE_CHANGING)
    up = pl.Series(checked & (rng.random(n) < 0.5), dtype=pl.Boolean)
    seen = pl.Series(checked, dtype=pl.Boolean)
    step = pl.col("ladder_step").cast(pl.Int64)
    changed = people.with_columns(
        pl.when(seen).then(pl.lit(today.isoformat())).otherwise("checked_on").alias("checked_on"),
        pl.when(up & pl.col("ladder_step").is_not_null())
        .then(pl.min_horizontal(step + 1, 6).cast(pl.String))
        .otherwise("ladder_step")
        .alias("ladder_step"),
        *(
            pl.when(seen).then(pl.col(name).fill_null(value)).otherwise(name).alias(name)
            for name, value in (("dayparts", DAYPARTS[0]), ("max_travel_minutes", "45"))
        ),
    )
    return tables | {"candidates": changed}, {"profiles_changed": int(checked.sum())}


def withdraw_consent(rng: np.random.Generator, tables: Tables, today: date) -> Changed:
    """Let a few withdraw their consent."""
    consents = tables["candidate_consent"]
    standing = consents["withdrawn_at"].is_null().to_numpy()
    withdrawn = share_of(rng, len(consents), SHARE_WITHDRAWING, among=standing)
    moment = pl.lit(f"{today.isoformat()}T09:00:00Z")
    changed = consents.with_columns(
        pl.when(pl.Series(withdrawn, dtype=pl.Boolean))
        .then(moment)
        .otherwise("withdrawn_at")
        .alias("withdrawn_at")
    )
    return tables | {"candidate_consent": changed}, {"consents_withdrawn": int(withdrawn.sum())}
