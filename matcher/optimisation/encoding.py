"""
Texts as numbers: lists of names become words of 64 bits or rows of codes.

Only what the placements name can ever make a difference to a pair, so every vocabulary is made
from the placements, whatever its size; a name that no placement knows is left out of a
candidate's numbers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Int8Array = NDArray[np.int8]
Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Words = NDArray[np.uint64]

BITS = 64


@dataclass(frozen=True)
class Lists:
    """The elements of a column of lists, all after each other, and how many each row has."""

    elements: pl.Series
    lengths: Int64Array

    @property
    def recorded(self) -> BoolArray:
        """Whether a row has anything."""
        return self.lengths > 0


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
        Where each code stood among all list elements, for values kept beside them.
    """

    starts: Int64Array
    code: Int32Array
    position: Int64Array

    @property
    def row(self) -> Int64Array:
        """The row of each code."""
        return np.repeat(np.arange(self.starts.size - 1), np.diff(self.starts))


class Vocabulary:
    """Names and their codes 0, 1, 2 ... in alphabetical order."""

    def __init__(self, names: pl.Series) -> None:
        self._names = pl.Enum(names.drop_nulls().unique().sort())
        self.names: list[str] = self._names.categories.to_list()
        self._code = {name: code for code, name in enumerate(self.names)}

    def __len__(self) -> int:
        """Return how many names it holds."""
        return len(self.names)

    def codes_of(self, names: pl.Series) -> Int32Array:
        """Return a code per name, -1 for null and for names that it does not hold."""
        if len(names) <= len(self.names):
            # a cast takes as long as there are names in the vocabulary; a few are looked up
            found = [self._code.get(name, -1) for name in names.to_list()]
            return np.array(found, dtype=np.int32)
        codes = names.cast(self._names, strict=False).to_physical().cast(pl.Int32)
        return codes.fill_null(-1).to_numpy()

    def rows_of(self, lists: Lists) -> Codes:
        """Return the codes of each row's elements; names that it does not hold are dropped."""
        code = self.codes_of(lists.elements)
        known = code >= 0
        kept = np.zeros(code.size + 1, dtype=np.int64)
        np.cumsum(known, out=kept[1:])
        starts = np.zeros(lists.lengths.size + 1, dtype=np.int64)
        np.cumsum(lists.lengths, out=starts[1:])
        return Codes(kept[starts], code[known], np.flatnonzero(known))


def unfolded(frame: pl.DataFrame, lists: Mapping[str, pl.Expr]) -> dict[str, Lists]:
    """
    Return lists as elements and lengths, all in one pass over the frame.

    ``lists`` names expressions over the elements of one column each, made with `elements_of`.
    """
    found = frame.select(
        *(expression.implode().alias(name) for name, expression in lists.items()),
        *(
            pl.col(expression.meta.root_names()[0])
            .list.len()
            .fill_null(0)
            .cast(pl.Int64)
            .implode()
            .alias(f"{name} lengths")
            for name, expression in lists.items()
        ),
    )
    return {name: Lists(found[name][0], found[f"{name} lengths"][0].to_numpy()) for name in lists}


def elements_of(column: str) -> pl.Expr:
    """Return the elements of all lists of a column, in order; null and empty lists give none."""
    return pl.col(column).explode(empty_as_null=False, keep_nulls=False)


def joined(*several: Codes) -> Codes:
    """Return the codes of several lists per row as one list per row; positions are lost."""
    row = np.concatenate([codes.row for codes in several])
    order = np.argsort(row, kind="stable")
    starts = np.sum([codes.starts for codes in several], axis=0)
    code = np.concatenate([codes.code for codes in several])[order]
    return Codes(starts, code, np.full(code.size, -1))


def as_words(codes: Codes, meaning: Words) -> Words:
    """
    Return each row's codes as bits, shape (n_rows, n_words).

    ``meaning[code]`` holds the bits of one code: a single one, or more when holding one thing
    means holding others.
    """
    words = np.zeros((codes.starts.size - 1, meaning.shape[1]), dtype=np.uint64)
    np.bitwise_or.at(words, codes.row, meaning[codes.code])
    return words


def one_bit_each(size: int) -> Words:
    """Return bit ``i`` for code ``i``, shape (size, n_words), with at least one word."""
    words = np.zeros((size, max(1, -(-size // BITS))), dtype=np.uint64)
    code = np.arange(size)
    words[code, code // BITS] = np.uint64(1) << (code % BITS).astype(np.uint64)
    return words


def many_bits_each(rows: Iterable[Iterable[int]], size: int) -> Words:
    """Return the bits of several codes for each row, shape (n_rows, n_words)."""
    single = one_bit_each(size)
    words = [np.bitwise_or.reduce(single[sorted(codes)], axis=0) for codes in rows]
    return np.array(words, dtype=np.uint64).reshape(len(words), single.shape[1])
