"""
Rules about kinds: evaluated once per kind of person and kind of placement, and kept as bits.

Most rules compare a few facts with a few values each. All people with the same facts are one kind
to such a rule, so its own expression on one pair of each two kinds tells every pair.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.columns import COLUMNS
from matcher.domain.policy import Policy
from matcher.optimisation.encoding import BITS, Int32Array, Words
from matcher.optimisation.evaluation import criteria_of, judge
from matcher.optimisation.pairing import pair_up
from matcher.optimisation.prepared import Prepared

LARGEST_TABLE = 3_000_000
"""Pairs of kinds that a rule may be evaluated for; a rule with more is left to the frames."""

LARGEST_WORDS = 8_000_000
"""Words of 64 bits that the rows of one rule may take."""

JOURNEY = frozenset({"pair.km", "pair.minutes", "pair.mode", "pair.journey_measured"})
_OF_NO_KIND = JOURNEY | {"pair.proposed_last_run"}


@dataclass(frozen=True)
class Kinds:
    """
    Which placements each kind of person may have, rule by rule.

    Parameters
    ----------
    bits
        A row of bits over the placements, in the order given, shape (n_rows, n_words).
    row_of
        The row for each candidate and table, shape (n_candidates, n_tables).
    rules
        The rule of each table.
    """

    bits: Words
    row_of: NDArray[np.int32]
    rules: tuple[str, ...]


def kinds_of_rules(prepared: Prepared, policy: Policy, order: Int32Array) -> Kinds:
    """Return the tables of all rules that tell few enough kinds apart; ``order`` is of bits."""
    asked = {
        code: expression.meta.root_names()
        for code, expression in criteria_of(policy).rules.items()
        if _OF_NO_KIND.isdisjoint(expression.meta.root_names())
    }
    people = _Sorter(prepared.candidates, _behind(chain(*asked.values()), "candidate"))
    places = _Sorter(prepared.placements, _behind(chain(*asked.values()), "placement"))
    rows: list[Words] = [np.zeros((0, -(-order.size // BITS)), np.uint64)]
    row_of: list[Int32Array] = []
    rules: list[str] = []
    above = 0
    for code, read in asked.items():
        person, some_people = people.kinds(_behind(read, "candidate"))
        place, some_places = places.kinds(_behind(read, "placement"))
        if some_people.size * some_places.size > LARGEST_TABLE:
            continue
        pairs = pair_up(
            prepared,
            np.repeat(some_people, some_places.size),
            np.tile(some_places, some_people.size),
            read,
        )
        passed = judge(pairs, policy, [code])["eligible"].to_numpy()
        table, of_person = _distinct_rows(passed.reshape(some_people.size, some_places.size))
        if table.shape[0] * order.size > LARGEST_WORDS * BITS:
            continue
        rows.append(_as_bits(table, place[order]))
        row_of.append((of_person[person] + above).astype(np.int32))
        rules.append(code)
        above += table.shape[0]
    return Kinds(
        np.concatenate(rows),
        np.ascontiguousarray(np.stack(row_of, axis=1))
        if row_of
        else np.zeros((prepared.people.size, 0), np.int32),
        tuple(rules),
    )


class _Sorter:
    """Sorts the rows of one frame into kinds, by codes of its columns."""

    def __init__(self, frame: pl.DataFrame, columns: Iterable[str]) -> None:
        self._height = frame.height
        schema = frame.schema
        codes = frame.select(_dense_codes(name, schema[name]) for name in columns)
        self._codes = {column.name: column.to_numpy() for column in codes}

    def kinds(self, columns: Iterable[str]) -> tuple[Int32Array, Int32Array]:
        """Return the kind of each row and one row of each kind."""
        kind = np.zeros(self._height, np.int64)
        for name in columns:
            codes = self._codes[name]
            # made dense again at once, so that the product cannot overflow
            combined = kind * (int(codes.max(initial=0)) + 1) + codes
            kind = np.unique(combined, return_inverse=True)[1]
        first = np.unique(kind, return_index=True)[1]
        return kind.astype(np.int32), first.astype(np.int32)


def _behind(read: Iterable[str], namespace: str) -> list[str]:
    """Return the columns of one side that an expression reads or that pair columns come from."""
    found: set[str] = set()
    for name in read:
        found |= {name} if not name.startswith("pair.") else set(COLUMNS[name].made_from)
    return sorted(name for name in found if name.startswith(f"{namespace}."))


def _dense_codes(name: str, dtype: pl.DataType) -> pl.Expr:
    """Return equal whole numbers for equal values, null included."""
    column = pl.col(name)
    if isinstance(dtype, pl.List):
        # a length first, so that no list of texts equals another one of other texts
        texts = column.cast(pl.List(pl.String)).list
        column = texts.len().cast(pl.String) + " " + texts.join("\x1f")
    elif isinstance(dtype, pl.Enum):
        column = column.to_physical()
    elif dtype == pl.Boolean:
        column = column.cast(pl.Int8)
    return column.rank("dense").cast(pl.Int64).fill_null(0)


def _distinct_rows(table: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    packed = np.packbits(table, axis=1)
    if not packed.size:
        return table, np.arange(table.shape[0])
    as_one = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1])))[:, 0]
    _, first, inverse = np.unique(as_one, return_index=True, return_inverse=True)
    return table[first], inverse


def _as_bits(table: NDArray[np.bool_], kind_of_place: Int32Array) -> Words:
    """Return the rows of a table spread over the placements, as bits."""
    n_words = -(-kind_of_place.size // BITS)
    words = np.zeros((table.shape[0], n_words), np.uint64)
    padded = np.zeros(n_words * BITS, np.bool_)
    for row, allowed in enumerate(table):
        padded[: kind_of_place.size] = allowed[kind_of_place]
        words[row] = np.packbits(padded, bitorder="little").view(np.uint64)
    return words
