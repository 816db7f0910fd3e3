"""What else was possible for each proposed person, and what it would have cost others."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.optimisation.assignment import Limits, Outcome, Pairs
from matcher.optimisation.assignment.alternatives import Alternative
from matcher.optimisation.surroundings import Surroundings

KEPT = 3
"""So many are stored with a proposal, the least loss first."""
MOST_PAIRS = 10_000_000
"""With more eligible pairs than this nothing is stored: the exchanges take 100 bytes a pair."""
TOLD_EVERY = 500


def alternatives_of_proposals(
    pairs: Pairs,
    openings: NDArray[np.int64],
    outcome: Outcome,
    limits: Limits,
    tier: NDArray[np.int64],
    tier_codes: Sequence[str],
    placement_ids: pl.Series,
    tell: Callable[[int, int], None],
) -> pl.Series:
    """
    Return the best other placements of every proposed person as JSON, in the order of the pairs.

    Each names its ``placement``, the ``people`` who would have a proposal less by tier (above 0) or
    more (below 0), the ``points`` less of the whole plan, how many ``others`` would move, and
    whether it is ``exact``: what solving the whole pool again with that pair fixed would give. If
    not, that plan keeps to all limits, and a better one may exist. A pool of more than
    `MOST_PAIRS` eligible pairs gets empty lists.
    """
    people = pairs.candidate[outcome.chosen]
    if not people.size or len(pairs) > MOST_PAIRS:
        return pl.Series("alternatives", ["[]"] * people.size, pl.String)
    around = Surroundings(pairs, openings, outcome, tier, limits)
    ids = placement_ids.to_list()
    # people are counted by the tiers that somebody is in
    codes = [tier_codes[at] for at in np.unique(tier)]
    told: list[str] = []
    for done, person in enumerate(people):
        if done % TOLD_EVERY == 0:
            tell(done, people.size)
        found = around.of_candidate(int(person), KEPT)
        told.append(json.dumps([_as_plain(each, codes, ids) for each in found]))
    tell(people.size, people.size)
    return pl.Series("alternatives", told, pl.String)


def _as_plain(found: Alternative, tier_codes: Sequence[str], ids: Sequence[str]) -> dict[str, Any]:
    return {
        "placement": ids[found.placement],
        "people": {
            code: count for code, count in zip(tier_codes, found.fewer_people, strict=True) if count
        },
        "points": found.fewer_points,
        "others": len({move.candidate for move in found.moves} - {found.candidate}),
        "exact": found.exact,
    }
