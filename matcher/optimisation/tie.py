"""Which of two equally good pairs comes first: a hash of stable ids, in favour of nobody."""

import hashlib

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.policy import Policy


def hash_ids(ids: pl.Series, policy: Policy) -> NDArray[np.uint64]:
    """Return 64 bits per id, others for another policy version or seed."""
    salt = f"{policy.version} {policy.seed}".encode()
    digests = b"".join(
        hashlib.blake2b(text.encode(), digest_size=8, salt=salt[:16]).digest() for text in ids
    )
    return np.frombuffer(digests, dtype="<u8")


def tie_of(people: NDArray[np.uint64], places: NDArray[np.uint64]) -> NDArray[np.int64]:
    """
    Return whole numbers of 62 bits for pairs of hashed ids, lower first.

    The mixing is the finaliser of SplitMix64 (Steele, Lea and Flood 2014).
    """
    mixed = people + places * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(2)).astype(np.int64)
