"""Texts as codes and bits, the same by looking up and by casting."""

import numpy as np
import polars as pl

from matcher.optimisation.encoding import (
    Vocabulary,
    as_words,
    elements_of,
    joined,
    many_bits_each,
    one_bit_each,
    unfolded,
)

NAMES = Vocabulary(pl.Series(["c", "a", None, "b", "a"]))
LISTS = pl.DataFrame({"x": [["a", "zz"], None, [], ["c", "b", "a"]]})


def test_codes_are_alphabetical() -> None:
    assert NAMES.names == ["a", "b", "c"]
    assert NAMES.codes_of(pl.Series(["b", "q", None])).tolist() == [1, -1, -1]


def test_many_names_give_the_same_codes_as_few() -> None:
    few = pl.Series(["c", None, "q"])
    many = pl.concat([few] * 10)
    assert NAMES.codes_of(many).tolist() == NAMES.codes_of(few).tolist() * 10


def test_an_empty_vocabulary_knows_nothing() -> None:
    none = Vocabulary(pl.Series([], dtype=pl.String))
    assert none.codes_of(pl.Series(["a", None])).tolist() == [-1, -1]
    assert one_bit_each(0).shape == (0, 1)


def test_rows_of_codes_leave_out_what_is_not_known() -> None:
    codes = NAMES.rows_of(unfolded(LISTS, {"x": elements_of("x")})["x"])
    assert codes.starts.tolist() == [0, 1, 1, 1, 4]
    assert codes.code.tolist() == [0, 2, 1, 0]
    assert codes.position.tolist() == [0, 2, 3, 4]
    assert codes.row.tolist() == [0, 3, 3, 3]


def test_lists_of_several_subjects_become_one() -> None:
    codes = NAMES.rows_of(unfolded(LISTS, {"x": elements_of("x")})["x"])
    both = joined(codes, codes)
    assert both.starts.tolist() == [0, 2, 2, 2, 8]
    assert both.code.tolist() == [0, 0, 2, 1, 0, 2, 1, 0]


def test_bits_beyond_one_word() -> None:
    bits = one_bit_each(130)
    assert bits.shape == (130, 3)
    assert np.bitwise_count(bits).sum(axis=1).tolist() == [1] * 130
    assert many_bits_each([[0, 64, 129], []], 130).tolist() == [[1, 1, 2], [0, 0, 0]]


def test_words_hold_each_rows_codes() -> None:
    codes = NAMES.rows_of(unfolded(LISTS, {"x": elements_of("x")})["x"])
    assert as_words(codes, one_bit_each(3))[:, 0].tolist() == [1, 0, 0, 7]
