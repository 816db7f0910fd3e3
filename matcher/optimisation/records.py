"""What a plan keeps of each proposed pair, so that it can be explained long after."""

import polars as pl

from matcher.domain.policy import Policy
from matcher.optimisation.evaluation import columns_read, criteria_of


def proposal_columns(policy: Policy) -> frozenset[str]:
    """Return the columns that a proposal's record needs."""
    return columns_read(policy) | {
        "candidate.id",
        "candidate.version",
        "placement.id",
        "placement.version",
        "pair.minutes",
        "pair.mode",
        "pair.journey_measured",
    }


def record_proposals(pairs: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """
    Return evaluated pairs as the rows of a plan's proposals, sorted by candidate.

    ``pairs`` also has ``price``, ``surplus``, ``tier``, ``alternatives``, ``pinned``, ``notes`` and
    ``bundle``. Points by term,
    unknowns, evidence and alternatives are JSON: small, of no fixed shape, read only to be shown.
    """
    criteria = criteria_of(policy)
    points = pl.struct(
        pl.struct(
            pl.col(f"share.{code}").round(4).alias("share"),
            pl.col(f"points.{code}").alias("points"),
        ).alias(code)
        for code in criteria.terms
    )
    unknowns = pl.concat_list(
        pl.when(pl.col(f"rule.{code}").is_null()).then(pl.lit(code)) for code in criteria.rules
    ).list.drop_nulls()
    evidence = pl.struct(sorted(columns_read(policy)))
    return pairs.select(
        "candidate.id",
        "candidate.version",
        "placement.id",
        "placement.version",
        "points",
        points.struct.json_encode().alias("points_by_term"),
        _json_list(unknowns).alias("unknowns"),
        evidence.struct.json_encode().alias("evidence"),
        "price",
        "surplus",
        "tier",
        pl.col("pair.minutes").alias("minutes"),
        pl.col("pair.mode").cast(pl.String).alias("mode"),
        pl.col("pair.journey_measured").alias("journey_measured"),
        "alternatives",
        "pinned",
        "notes",
        "bundle",
    ).sort("candidate.id")


def _json_list(codes: pl.Expr) -> pl.Expr:
    """Return lists of codes as JSON; a code has no character that JSON would escape."""
    quoted = codes.list.eval(pl.concat_str(pl.lit('"'), pl.element(), pl.lit('"')))
    return pl.concat_str(pl.lit("["), quoted.list.join(","), pl.lit("]"))
