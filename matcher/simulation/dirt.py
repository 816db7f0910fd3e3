"""Rows as real exports have them, which the import refuses: written only when asked for."""

import numpy as np
import polars as pl

from matcher.simulation.draws import Ints

REFUSED = {
    "duplicate_candidate": 0.02,
    "second_coach": 0.01,
    "malformed_postcode": 0.01,
    "end_before_start": 0.005,
}
"""Share of the candidates with each kind of dirt, at least one of each."""
BAD_POSTCODES = ("9351", "9351 SS", "0351AB", "93511A", "AB9351", "NNB")


def soil(
    rng: np.random.Generator, tables: dict[str, pl.DataFrame]
) -> tuple[dict[str, pl.DataFrame], dict[str, int]]:
    """Return the tables with dirty rows among the candidates and deployments, and how many."""
    people = tables["candidates"]
    counts = {kind: max(1, round(share * len(people))) for kind, share in REFUSED.items()}
    # Every dirty row is another person's, as far as there are enough.
    order = rng.permutation(len(people))
    rows: dict[str, Ints] = {}
    for kind, count in counts.items():
        rows[kind] = order[:count]
        order = np.roll(order, -count)
    coaches = tables["coaches"]["key"]
    other = coaches.gather(rng.integers(0, len(coaches), counts["second_coach"]))
    twice = people.gather(rows["duplicate_candidate"])
    moved = people.gather(rows["second_coach"]).with_columns(other.alias("coach"))
    number = pl.int_range(pl.len())
    at_bad_postcode = number.is_in(rows["malformed_postcode"].tolist())
    backwards = number.is_in(rows["end_before_start"].tolist())
    from_day = pl.col("available_from").fill_null(pl.col("checked_on"))
    bad = pl.Series(BAD_POSTCODES).gather(rng.integers(0, len(BAD_POSTCODES), len(people)))
    people = people.with_columns(
        pl.when(at_bad_postcode)
        .then(bad)
        .otherwise("mediation_postcode")
        .alias("mediation_postcode"),
        pl.when(backwards).then(from_day).otherwise("available_from").alias("available_from"),
        pl.when(backwards)
        .then(from_day - pl.duration(days=10))
        .otherwise("available_until")
        .alias("available_until"),
    )
    deployments = tables["deployments"]
    late = min(max(1, round(REFUSED["end_before_start"] * len(deployments))), len(deployments))
    reversed_rows = number.is_in(rng.permutation(len(deployments))[:late].tolist())
    deployments = deployments.with_columns(
        pl.when(reversed_rows)
        .then(pl.col("from_on") - pl.duration(days=3))
        .otherwise("until_on")
        .alias("until_on")
    )
    soiled = {"candidates": pl.concat([people, twice, moved]), "deployments": deployments}
    return tables | soiled, counts | {"deployment_end_before_start": late}
