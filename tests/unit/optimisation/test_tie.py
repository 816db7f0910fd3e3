"""Ties: the same everywhere and always, and no one's favourite."""

import numpy as np
import polars as pl

from matcher.domain.policy import Policy
from matcher.optimisation.tie import hash_ids, tie_of

IDS = pl.Series([f"{n:032x}" for n in range(400)])


def test_a_hash_is_the_same_on_every_machine() -> None:
    assert hash_ids(pl.Series(["candidate-1"])).tolist() == [5933776305890428582]


def test_ties_are_whole_distinct_and_not_negative() -> None:
    hashes = hash_ids(IDS)
    ties = tie_of(np.repeat(hashes[:20], 20), np.tile(hashes[20:40], 20), Policy.default())
    assert ties.dtype == np.int64
    assert (ties >= 0).all()
    assert np.unique(ties).size == 400


def test_another_version_or_seed_favours_others() -> None:
    people, places = hash_ids(IDS[:200]), hash_ids(IDS[200:])
    orders = [
        tuple(np.argsort(tie_of(people, places, policy)))
        for policy in (
            Policy.default(),
            Policy.from_toml("", version=1),
            Policy.from_toml("[run]\nseed = 1"),
        )
    ]
    assert len(set(orders)) == 3


def test_no_person_comes_first_everywhere() -> None:
    people, places = hash_ids(IDS[:10]), hash_ids(IDS[10:])
    ties = tie_of(np.repeat(people, places.size), np.tile(places, people.size), Policy.default())
    winners = ties.reshape(people.size, places.size).argmin(axis=0)
    assert np.bincount(winners, minlength=10).max() < 80
