"""All pairs of a small snapshot, evaluated one way: no prefilter, no gates, no blocks."""

from typing import Any

import numpy as np
import polars as pl

from matcher.domain.columns import COLUMNS
from matcher.domain.policy import Policy
from matcher.domain.snapshot import PoolSnapshot
from matcher.optimisation.evaluation import columns_read, evaluate
from matcher.optimisation.pairing import pair_up
from matcher.optimisation.prepared import Rows, prepare
from tests.builders import candidate, placement, pool

IDS = frozenset({"candidate.id", "placement.id"})


def every_row(n_people: int, n_places: int) -> tuple[Rows, Rows]:
    """Return the rows of all pairs, candidate after candidate."""
    people = np.repeat(np.arange(n_people, dtype=np.int32), n_places)
    return people, np.tile(np.arange(n_places, dtype=np.int32), n_people)


def all_pairs(snapshot: PoolSnapshot, policy: Policy) -> pl.DataFrame:
    """Return every pair with its verdicts and points."""
    prepared = prepare(snapshot, policy)
    rows = every_row(prepared.people.size, prepared.places.size)
    return evaluate(pair_up(prepared, *rows, columns_read(policy) | IDS), policy)


def made(
    *,
    person: dict[str, Any] | None = None,
    place: dict[str, Any] | None = None,
    policy: Policy | None = None,
    **others: Any,
) -> dict[str, Any]:
    """Return all columns of one pair, of which these facts differ from the defaults."""
    snapshot = pool([candidate(**(person or {}))], [placement(**(place or {}))], **others)
    prepared = prepare(snapshot, policy or Policy.default())
    return pair_up(prepared, *every_row(1, 1), COLUMNS).row(0, named=True)
