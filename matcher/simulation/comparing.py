"""Figures of many worlds in one: means, paired differences, and intervals from the bootstrap."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.simulation.approaches import APPROACHES, PRODUCT
from matcher.simulation.replay import HINDSIGHT, MEASURES, SECONDS, Measure

RESAMPLES = 2_000
FEWEST_WORLDS = 5
"""With fewer worlds of a kind an interval would be far too narrow, and none is given."""

NOTHING = "–"

CELL = ("weeks", "step_days", "load", "thickness", "refusal")

JUDGED = tuple(made for made in MEASURES if made.code not in ("changed", "gap", SECONDS))
"""What is good for people: a simple way that is fast, or changes nothing, does not win by that."""


@dataclass(frozen=True)
class Estimate:
    """
    A mean over worlds with its 95 % interval; without one where there are too few worlds.

    The mean is None where nobody is measured: a way of working that proves nothing has no gap.
    """

    mean: float | None
    low: float | None
    high: float | None

    def text(self, decimals: int, sign: bool = False) -> str:
        """Return it as people read it: 12.3 [11.0, 13.5]."""
        if self.mean is None:
            return NOTHING
        form = f"{'+' if sign else ''}.{decimals}f"
        told = f"{self.mean:{form}}"
        if self.low is None or self.high is None:
            return told
        return f"{told} [{self.low:{form}}, {self.high:{form}}]"


@dataclass(frozen=True)
class Win:
    """A simple way of working that does better than the product in one measure of one cell."""

    weeks: int
    load: float
    thickness: int
    refusal: float
    label: str
    measure: Measure
    difference: Estimate


def estimate(cells: list[NDArray[np.float64]]) -> Estimate:
    """
    Return the mean of cell means, with a 95 % percentile interval of the bootstrap.

    Worlds are drawn again within each cell, so that a cell weighs the same in every draw. Source:
    Efron and Tibshirani (1993), An Introduction to the Bootstrap.
    """
    if any(np.isnan(cell).any() for cell in cells):
        return Estimate(None, None, None)
    mean = float(np.mean([cell.mean() for cell in cells]))
    if min(cell.size for cell in cells) < FEWEST_WORLDS:
        return Estimate(mean, None, None)
    random = np.random.default_rng(0)
    drawn = np.zeros(RESAMPLES)
    for cell in cells:
        at = random.integers(0, cell.size, (RESAMPLES, cell.size))
        drawn += cell[at].mean(axis=1)
    low, high = np.quantile(drawn / len(cells), [0.025, 0.975])
    return Estimate(mean, float(low), float(high))


def means(rows: pl.DataFrame, weeks: int) -> dict[str, dict[str, Estimate]]:
    """Return, for nights or years, the estimate of each measure by way of working."""
    some = rows.filter(pl.col("weeks") == weeks)
    return {
        code: {
            made.code: estimate(_cells(some.filter(pl.col("approach") == code), made.code))
            for made in MEASURES
        }
        for code in codes()
    }


def differences(rows: pl.DataFrame, weeks: int) -> dict[str, dict[str, Estimate]]:
    """Return the same of each other way of working minus the product, on the same worlds."""
    some = _minus_product(rows.filter(pl.col("weeks") == weeks))
    return {
        code: {
            made.code: estimate(_cells(some.filter(pl.col("approach") == code), made.code))
            for made in MEASURES
        }
        for code in codes()
        if code not in (PRODUCT.code, HINDSIGHT)
    }


def wins(rows: pl.DataFrame) -> list[Win]:
    """Return where a simple way of working does better: the whole interval of the difference."""
    found = []
    paired = _minus_product(rows)
    for cell in paired.partition_by(CELL, maintain_order=True):
        weeks, _, load, thickness, refusal = cell.select(CELL).row(0)
        for each in APPROACHES:
            mine = cell.filter(pl.col("approach") == each.code)
            for made in JUDGED if each.simple else ():
                told = estimate([mine[made.code].to_numpy()])
                if told.low is None or told.high is None:
                    continue
                if (told.low > 0) if made.more_is_better else (told.high < 0):
                    found.append(Win(weeks, load, thickness, refusal, each.label, made, told))
    return found


def codes() -> list[str]:
    """Return the ways of working in order, hindsight last."""
    return [*(each.code for each in APPROACHES), HINDSIGHT]


def label_of(code: str) -> str:
    """Return what people read for a way of working."""
    return next((each.label for each in APPROACHES if each.code == code), HINDSIGHT)


def _minus_product(rows: pl.DataFrame) -> pl.DataFrame:
    world = [*CELL, "people", "seed"]
    product = rows.filter(pl.col("approach") == PRODUCT.code)
    return (
        rows.join(product, on=world, suffix=" of product")
        .with_columns(pl.col(made.code) - pl.col(f"{made.code} of product") for made in MEASURES)
        .select(rows.columns)
        .sort(*world, "approach")
    )


def _cells(rows: pl.DataFrame, measure: str) -> list[NDArray[np.float64]]:
    return [
        cell[measure].cast(pl.Float64).fill_null(np.nan).to_numpy()
        for cell in rows.partition_by(CELL, maintain_order=True)
    ]
