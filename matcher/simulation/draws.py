"""Random draws for the synthetic pool: whole columns at once, shares met exactly."""

import zlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Dates = NDArray[np.datetime64]
Texts = NDArray[np.object_]
PolarsType = pl.DataType | type[pl.DataType]


def stream(seed: int, topic: str) -> np.random.Generator:
    """Return the generator of one topic, so that a change in one topic leaves the others alone."""
    return np.random.default_rng(
        np.random.SeedSequence(seed, spawn_key=(zlib.crc32(topic.encode()),))
    )


def pick(
    rng: np.random.Generator, n: int, options: Sequence[Any], weights: Sequence[float] | None = None
) -> Texts:
    """Return ``n`` options, drawn by weight (equal if None), shape (n,)."""
    values = np.empty(len(options), dtype=object)
    values[:] = options
    return values[pick_index(rng, n, np.ones(len(options)) if weights is None else weights)]


def pick_index(rng: np.random.Generator, n: int, weights: Sequence[float] | Floats) -> Ints:
    """Return ``n`` positions, drawn by weight, shape (n,)."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    found: Ints = np.searchsorted(edges, rng.random(n) * edges[-1], side="right").astype(np.int64)
    return found


def graded(
    rng: np.random.Generator, leaning: Floats, shares: Sequence[float], tie: float = 0.6
) -> Ints:
    """
    Return a grade per row, 0 first, with exactly these shares (to rounding).

    ``leaning`` is a standard normal figure per row; rows that lean high get high grades, with
    correlation ``tie`` in [-1, 1] before the cut. So one hidden figure makes the facts of a
    person hang together, as they do in life.
    """
    n = len(leaning)
    figure = tie * leaning + np.sqrt(1 - tie**2) * rng.standard_normal(n)
    place = np.empty(n)
    place[np.argsort(figure, kind="stable")] = (np.arange(n) + 0.5) / max(n, 1)
    edges = np.cumsum(shares) / np.sum(shares)
    return np.minimum(np.searchsorted(edges, place, side="right"), len(shares) - 1)


def share_of(
    rng: np.random.Generator,
    n: int,
    share: float,
    leaning: Floats | None = None,
    among: Bools | None = None,
) -> Bools:
    """
    Mark ``round(n * share)`` of the rows, shape (n,).

    Rows that lean high are marked sooner; ``among`` limits the choice to those rows (and fewer
    are marked when there are too few of them).
    """
    chance = rng.standard_normal(n)
    if leaning is not None:
        chance = chance + leaning
    if among is not None:
        chance = np.where(among, chance, -np.inf)
    count = min(round(n * share), n if among is None else int(among.sum()))
    marked = np.zeros(n, dtype=np.bool_)
    marked[np.argsort(-chance, kind="stable")[:count]] = True
    return marked


def yes_no_unknown(
    rng: np.random.Generator, n: int, yes: float, no: float, unknown: Bools | None = None
) -> pl.Series:
    """Return true, false and null with shares ``yes``, ``no`` and the rest, as Boolean."""
    answer = pick_index(rng, n, (yes, no, 1 - yes - no))
    if unknown is not None:
        answer = np.where(unknown, 2, answer)
    return unless(answer == 0, answer == 2)


def unless(values: pl.Series | NDArray[Any], missing: Bools) -> pl.Series:
    """Return the values as a series, null where ``missing``."""
    series = pl.Series(_series(values))
    kept = pl.Series(~missing, dtype=pl.Boolean)
    return pl.select(pl.when(kept).then(series).alias("v")).to_series()


def table(columns: Mapping[str, Any], **dtypes: PolarsType) -> pl.DataFrame:
    """
    Return columns as a frame; a column that is one value gets it in every row.

    Texts become String and answers Boolean, also where there is no row; ``dtypes`` names the type
    of columns that may hold nothing to tell it by.
    """
    n = next(len(each) for each in columns.values() if isinstance(each, np.ndarray | pl.Series))
    made = {
        name: _series(values if isinstance(values, np.ndarray | pl.Series) else [values] * n)
        for name, values in columns.items()
    }
    types: dict[str, PolarsType] = {
        name: pl.String for name, values in columns.items() if isinstance(values, str)
    }
    return pl.DataFrame(made).with_columns(
        pl.col(name).cast(dtype) for name, dtype in (types | dtypes).items()
    )


def _series(values: Any) -> Any:
    if isinstance(values, np.ndarray) and values.dtype.kind in "OU":
        return pl.Series(values.tolist(), dtype=pl.String)
    return values


def day(today: date, offsets: Any) -> Dates:
    """Return the dates that many days from ``today``, negative for the past."""
    return np.datetime64(today, "D") + np.asarray(offsets).astype("timedelta64[D]")


def keys(letter: str, n: int, width: int) -> Texts:
    """Return keys such as ``K000001``, shape (n,)."""
    return np.array([f"{letter}{number:0{width}d}" for number in range(1, n + 1)], dtype=object)


def spread(counts: Ints) -> tuple[Ints, Ints]:
    """Return, for rows that repeat ``counts`` times, the row and the number within it (0 first)."""
    row = np.repeat(np.arange(len(counts)), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    return row, np.arange(len(row)) - first
