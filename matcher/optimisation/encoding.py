"""
Texts as numbers: lists of names become words of 64 bits or rows of codes.

Only what the placements name can ever make a difference to a pair, so every vocabulary is made
from the placements, whatever its size; a name that no placement knows is left out of a
candidate's numbers.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]
Words = NDArray[np.uint64]

BITS = 64


@dataclass(frozen=True)
class Codes:
    """
    Lists of codes, row after row.

    Parameters
    ----------
    starts
        The codes of row ``i`` are ``code[starts[i]:starts[i + 1]]``, shape (n_rows + 1,).
    code
        Shape (n_codes,).
    position
        Where each code stood among all list elements in order, for values kept beside them.
    """

    starts: Int64Array
    code: Int32Array
    position: Int64Array


class Vocabulary:
    """Names and their codes 0, 1, 2 ... in alphabetical order."""

    def __init__(self, names: pl.Series) -> None:
        self._names = pl.Enum(names.drop_nulls().unique().sort())

    def __len__(self) -> int:
        """Return how many names it holds."""
        return len(self._names.categories)

    @property
    def names(self) -> list[str]:
        """The names in the order of their codes."""
        return self._names.categories.to_list()

    def codes_of(self, names: pl.Series) -> Int32Array:
        """Return a code per name, -1 for null and for names that it does not hold."""
        if not len(self):
            return np.full(len(names), -1, dtype=np.int32)
        codes = names.cast(self._names, strict=False).to_physical().cast(pl.Int32)
        return codes.fill_null(-1).to_numpy()

    def rows_of(
        self, lists: pl.Series, name: Callable[[pl.Series], pl.Series] | None = None
    ) -> Codes:
        """
        Return the codes of each list; names that it does not hold are dropped.

        ``name`` tells how a name is read from an element, when an element holds more than that.
        """
        elements = flat(lists)
        code = self.codes_of(name(elements) if name else elements)
        known = code >= 0
        starts = np.zeros(len(lists) + 1, dtype=np.int64)
        np.cumsum(lists.list.len().fill_null(0).to_numpy(), out=starts[1:])
        kept = np.zeros(code.size + 1, dtype=np.int64)
        np.cumsum(known, out=kept[1:])
        return Codes(kept[starts], code[known], np.flatnonzero(known))


def flat(lists: pl.Series) -> pl.Series:
    """Return the elements of all lists, in order; null and empty lists give none."""
    return lists.explode(empty_as_null=False, keep_nulls=False)


def as_words(codes: Codes, meaning: Words) -> Words:
    """
    Return each row's codes as bits, shape (n_rows, n_words).

    ``meaning[code]`` holds the bits of one code: a single one, or more when holding one thing
    means holding others.
    """
    n_rows = codes.starts.size - 1
    words = np.zeros((n_rows, meaning.shape[1]), dtype=np.uint64)
    row = np.repeat(np.arange(n_rows), np.diff(codes.starts))
    np.bitwise_or.at(words, row, meaning[codes.code])
    return words


def one_bit_each(size: int) -> Words:
    """Return bit ``i`` for code ``i``, shape (size, n_words), with at least one word."""
    words = np.zeros((size, max(1, -(-size // BITS))), dtype=np.uint64)
    code = np.arange(size)
    words[code, code // BITS] = np.uint64(1) << (code % BITS).astype(np.uint64)
    return words


def many_bits_each(names: Iterable[Iterable[int]], size: int) -> Words:
    """Return the bits of several codes for each row, shape (n_rows, n_words)."""
    single = one_bit_each(size)
    rows = [np.bitwise_or.reduce(single[sorted(codes)], axis=0) for codes in names]
    return np.array(rows, dtype=np.uint64).reshape(len(rows), single.shape[1])


def recorded(lists: pl.Series) -> NDArray[np.bool_]:
    """Return whether a list holds anything."""
    return (lists.list.len().fill_null(0) > 0).to_numpy()


def whole(
    column: pl.Series, missing: int, dtype: type[np.generic] = np.int8
) -> NDArray[np.generic]:
    """Return whole numbers with a stand-in for null."""
    return column.fill_null(missing).to_numpy().astype(dtype)


def bits_of_text(column: pl.Series) -> tuple[Words, NDArray[np.bool_]]:
    """Return texts of 0 and 1 as one word each, the first character lowest, and which are known."""
    known = column.is_not_null()
    # a text read from the left is a number with its last character lowest; order is all the same
    number = column.str.to_integer(base=2, strict=False, dtype=pl.UInt64)
    words = number.fill_null(0).to_numpy().astype(np.uint64).reshape(-1, 1)
    return words, (known & number.is_not_null()).to_numpy()
