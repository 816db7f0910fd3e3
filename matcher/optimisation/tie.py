"""Which of two equally good pairs comes first: a hash of stable ids, in favour of nobody."""

import hashlib

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.policy import Policy

_GOLDEN = 0x9E3779B97F4A7C15


def hash_ids(ids: pl.Series) -> NDArray[np.uint64]:
    """Return 64 bits per id, the same on every machine and in every version."""
    digests = b"".join(hashlib.blake2b(text.encode(), digest_size=8).digest() for text in ids)
    return np.frombuffer(digests, dtype="<u8")


def tie_of(
    people: NDArray[np.uint64], places: NDArray[np.uint64], policy: Policy
) -> NDArray[np.int64]:
    """
    Return whole numbers of 62 bits for pairs of hashed ids, lower first.

    Another version of the policy or another seed gives others. The mixing is the finaliser of
    SplitMix64 (Steele, Lea and Flood 2014).
    """
    salt = np.uint64((policy.version * 0x632BE59BD9B4E019 + policy.seed) * _GOLDEN % 2**64)
    mixed = (people ^ salt) + places * np.uint64(_GOLDEN)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    ties: NDArray[np.int64] = ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(2)).view(np.int64)
    return ties
