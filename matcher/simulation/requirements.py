"""What the placements ask, essential or wished, and what the work consists of."""

import numpy as np
import polars as pl

from matcher.simulation.branches import BRANCHES, COMPETENCES, TASKS
from matcher.simulation.draws import Bools, Ints, Texts, pick, pick_index, spread, table
from matcher.simulation.employers import Work

REASONS = {
    "level": "Werkinstructies worden schriftelijk gegeven.",
    "language": "Overleg op de werkvloer is in het Nederlands.",
    "safety": "Veiligheidsinstructies moeten begrepen worden.",
    "licence": "De werkplekken zijn alleen met de bedrijfsauto te bereiken.",
    "certificate": "Zonder dit certificaat is het werk niet toegestaan.",
}
SHARE_LEVEL_ESSENTIAL = 0.4
SHARE_LANGUAGE, SHARE_LANGUAGE_ESSENTIAL, SHARE_LANGUAGE_SAFETY = 0.50, 0.70, 0.12
SHARE_CERTIFICATE_ESSENTIAL = 0.7
_SAFETY_BRANCHES = ("logistics", "industry", "reuse")


def requirement_tables(
    rng: np.random.Generator, work: Work, placements: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Return the import tables of requirements (never more than five essential), tasks and tags."""
    branch = work.branch[work.employer]
    return {
        "placement_requirements": _requirements(rng, work, branch, placements),
        "placement_tasks": _tasks(rng, work, branch),
        "placement_tags": _tags(rng, work, branch),
    }


def _requirement(
    work: Work,
    row: Ints,
    field: str,
    value: Texts | None,
    level: Ints | None = None,
    essential: Bools | bool = False,
    safety: Bools | bool = False,
) -> pl.DataFrame:
    """Return rows of one kind of requirement; what is essential gets its reason."""
    frame = table(
        {
            "row": row,
            "field": field,
            "value": value,
            "level": level,
            "essential": np.broadcast_to(essential, len(row)),
            "safety": np.broadcast_to(safety, len(row)),
        },
        value=pl.String,
        level=pl.Int64,
        essential=pl.Boolean,
        safety=pl.Boolean,
    )
    reason = (
        pl.when(pl.col("safety"))
        .then(pl.lit(REASONS["safety"]))
        .when(pl.col("essential"))
        .then(pl.lit(REASONS.get(field)))
    )
    return frame.with_columns(
        pl.Series("placement", work.placement_key[row].tolist(), dtype=pl.String),
        reason.alias("reason"),
    )


def _requirements(
    rng: np.random.Generator, work: Work, branch: Ints, placements: pl.DataFrame
) -> pl.DataFrame:
    n = len(branch)
    level = placements["level_min"].to_numpy()
    with_level = np.flatnonzero(placements["level_min"].is_not_null().to_numpy())
    spoken = np.flatnonzero(rng.random(n) < SHARE_LANGUAGE)
    risky = np.isin([each.name for each in BRANCHES], _SAFETY_BRANCHES)[branch[spoken]]
    safety = risky & (rng.random(len(spoken)) < SHARE_LANGUAGE_SAFETY / 0.33)
    driven = np.flatnonzero(rng.random(n) < np.array([each.licence for each in BRANCHES])[branch])
    certificate = np.array([each.certificate[0] for each in BRANCHES], dtype=object)
    certified = np.flatnonzero(
        rng.random(n) < np.array([each.certificate[1] for each in BRANCHES])[branch]
    )
    wished, _ = spread(rng.integers(0, 4, n))
    own = [np.array(COMPETENCES, dtype=object)[list(each.competences)] for each in BRANCHES]
    experienced = np.flatnonzero(rng.random(n) < 0.08)
    parts = [
        _requirement(work, with_level, "level", None, level[with_level].astype(np.int64),
                     rng.random(len(with_level)) < SHARE_LEVEL_ESSENTIAL),
        _requirement(work, spoken, "language",
                     pick(rng, len(spoken), ("nld:oral", "nld:reading"), (0.85, 0.15)),
                     np.array((2, 3))[pick_index(rng, len(spoken), (0.65, 0.35))],
                     safety | (rng.random(len(spoken)) < SHARE_LANGUAGE_ESSENTIAL), safety),
        _requirement(work, driven, "licence",
                     pick(rng, len(driven), ("B", "T", "C"), (0.80, 0.10, 0.10)), None,
                     rng.random(len(driven)) < 0.8),
        _requirement(work, certified, "certificate", certificate[branch[certified]], None,
                     rng.random(len(certified)) < SHARE_CERTIFICATE_ESSENTIAL),
        _requirement(work, wished, "competence",
                     _one_of_own(rng, own, branch[wished])),
        _requirement(work, experienced, "experience", None,
                     rng.integers(1, 4, len(experienced))),
    ]  # fmt: skip
    return (
        pl.concat(parts)
        .unique(["row", "field", "value"], keep="first", maintain_order=True)
        .sort("row", maintain_order=True)
        .select("placement", "field", "value", "level", "essential", "safety", "reason")
    )


def _one_of_own(rng: np.random.Generator, own: list[Texts], branch: Ints) -> Texts:
    """Return one value per row out of its branch's own list."""
    width = np.array([len(values) for values in own])
    flat = np.concatenate(own)
    first = np.cumsum(width) - width
    return np.asarray(flat[first[branch] + (rng.random(len(branch)) * width[branch]).astype(int)])


def _tasks(rng: np.random.Generator, work: Work, branch: Ints) -> pl.DataFrame:
    """Return the branch's tasks, each with its share of the week, adding up to the whole week."""
    own = list(TASKS.values())
    width = np.array([len(tasks) for tasks in own])
    row, number = spread(width[branch])
    flat = np.array([task for tasks in own for task in tasks], dtype=object)
    weight = pl.Series(0.5 + rng.random(len(row)))
    frame = table({"row": row, "weight": weight}).with_columns(
        (pl.col("weight") / pl.col("weight").sum().over("row") * 100).round(0).alias("share")
    )
    # Rounding may leave a percent over or short: the first task takes it.
    share = frame.with_columns(
        pl.when(pl.int_range(pl.len()).over("row") == 0)
        .then(pl.col("share") + 100 - pl.col("share").sum().over("row"))
        .otherwise("share")
        .cast(pl.Int64)
        .alias("share")
    )["share"]
    return table(
        {
            "placement": work.placement_key[row],
            "name": flat[(np.cumsum(width) - width)[branch[row]] + number],
            "share_percent": share,
            "minutes_a_day": (share * 3.6).round(0).cast(pl.Int64),
        }
    )


def _tags(rng: np.random.Generator, work: Work, branch: Ints) -> pl.DataFrame:
    row, _ = spread(rng.integers(2, 6, len(branch)))
    own = [np.array(each.tags, dtype=object) for each in BRANCHES]
    frame = table({"placement": work.placement_key[row], "tag": _one_of_own(rng, own, branch[row])})
    return frame.unique(maintain_order=True)
