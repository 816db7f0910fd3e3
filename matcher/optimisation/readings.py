"""How the facts of either side are written, and the numbers that both sides make of them alike."""

from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.columns import MODES
from matcher.optimisation.encoding import (
    BoolArray,
    Int8Array,
    Int32Array,
    Vocabulary,
    Words,
    elements_of,
)

Vectors = NDArray[np.float64]

SETS = {
    "certificates": ("candidate.certificates", "placement.certificates_required"),
    "competences": ("candidate.competences", "placement.competences_wished"),
    "tags": ("candidate.interests", "placement.tags"),
}
"""Sets that both sides name alike, by subject."""

AFTER_LAST_COLON = r":[^:]*$"


@cache
def mode_names() -> tuple[Vocabulary, Int32Array]:
    """
    Return the names of the modes, and for each code the place of its mode in `MODES`.

    Made when first asked for: a process that forks later must not have computed with polars.
    """
    names = Vocabulary(pl.Series(MODES))
    return names, np.array([MODES.index(name) for name in names.names], dtype=np.int32)


def occupation_group(occupation: pl.Expr) -> pl.Expr:
    """
    Return the group of an occupation: its URI up to the last ``-``.

    A convention of our reference list, whose URIs end in a group and a number within it; an
    occupation of another list without ``-`` is a group of its own.
    """
    return occupation.str.replace(r"-[^-]*$", "")


def skill_of(column: str) -> pl.Expr:
    """Return ``language:skill`` of ``language:skill:level``."""
    return elements_of(column).str.replace(AFTER_LAST_COLON, "")


def level_of(column: str) -> pl.Expr:
    """Return the number after the last colon."""
    return elements_of(column).str.extract(r":(\d+)$").cast(pl.Int8, strict=False)


def numbers_of(
    frame: pl.DataFrame, side: str, degrees: tuple[str, ...], **others: pl.Expr
) -> pl.DataFrame:
    """Return places in degrees (NaN where unknown), dayparts as a number, and other columns."""
    return frame.select(
        *(
            pl.col(f"{side}.{name}").fill_null(float("nan")).alias(name)
            for name in ("latitude", "longitude", *degrees)
        ),
        # read as one binary number, the last daypart lowest; the order is all the same
        pl.col(f"{side}.dayparts")
        .str.to_integer(base=2, strict=False, dtype=pl.UInt64)
        .alias("dayparts"),
        **others,
    )


def dayparts_of(numbers: pl.DataFrame) -> tuple[Words, BoolArray]:
    """Return dayparts as one word of bits per row, and which are known."""
    dayparts = numbers["dayparts"]
    return dayparts.fill_null(0).to_numpy().reshape(-1, 1), dayparts.is_not_null().to_numpy()


def unit_vectors(numbers: pl.DataFrame, latitude: str, longitude: str) -> Vectors:
    """Return places on the globe as unit vectors, shape (n, 3); NaN where unknown."""
    north = np.radians(numbers[latitude].to_numpy())
    east = np.radians(numbers[longitude].to_numpy())
    return np.stack(
        [np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1
    )


def whole_numbers(column: pl.Series, missing: int) -> Int8Array:
    """Return small whole numbers with a stand-in for null."""
    return column.fill_null(missing).to_numpy()


def levels_of(frame: pl.DataFrame, columns: list[str]) -> Int8Array:
    """Return columns of levels side by side, -1 where not recorded."""
    levels = frame.select(pl.col(columns).fill_null(-1)).to_numpy()
    return np.ascontiguousarray(levels, dtype=np.int8)
