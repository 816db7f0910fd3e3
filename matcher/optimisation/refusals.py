"""Why openings stay empty: the rules that refuse most of the people still waiting."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.policy import Policy
from matcher.optimisation.evaluation import IF_UNKNOWN, criteria_of, judge
from matcher.optimisation.pairing import pair_up
from matcher.optimisation.prepared import Prepared

PAIRS_IN_SAMPLE = 2_000_000
MOST_PEOPLE = 500
PAIRS_IN_BLOCK = 500_000


def refusals_of_empty_openings(
    prepared: Prepared, waiting: NDArray[np.int64], left: NDArray[np.int64], policy: Policy
) -> tuple[dict[str, int], int]:
    """
    Return by rule the empty openings of which it refuses most people, and the people sampled.

    Of the people without a proposal (``waiting``, row numbers) a sample that a hash of their ids
    picks is held against every placement with openings ``left``, all rules and no prefilter. The
    openings of a placement count for every rule that refuses more than half of the sample there.
    """
    rules = list(criteria_of(policy).rules)
    places = np.flatnonzero(left > 0).astype(np.int32)
    if not places.size or not waiting.size:
        return {}, 0
    size = min(MOST_PEOPLE, waiting.size, max(1, PAIRS_IN_SAMPLE // places.size))
    sample = waiting[np.argsort(prepared.people.hashes[waiting], kind="stable")[:size]].astype(
        np.int32
    )
    refused = np.zeros((places.size, len(rules)), np.int64)
    at_once = max(1, PAIRS_IN_BLOCK // places.size)
    for first in range(0, size, at_once):
        some = sample[first : first + at_once]
        pairs = pair_up(
            prepared,
            np.repeat(some, places.size),
            np.tile(places, some.size),
            criteria_of(policy).rule_columns,
        )
        verdicts = judge(pairs, policy).select(
            ~pl.col(f"rule.{code}").fill_null(IF_UNKNOWN[code]) for code in rules
        )
        refused += verdicts.to_numpy().reshape(some.size, places.size, len(rules)).sum(axis=0)
    counts = ((2 * refused > size) * left[places][:, None]).sum(axis=0)
    return {
        rules[at]: int(counts[at]) for at in np.argsort(-counts, kind="stable") if counts[at] > 0
    }, size
