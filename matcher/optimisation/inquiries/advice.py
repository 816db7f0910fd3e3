"""Advice to who runs a pool: where one more of something would help most."""

from typing import Any

import numpy as np

from matcher.optimisation.inquiries.imagining import OPENINGS, best_imagined
from matcher.optimisation.inquiries.openings import best_openings
from matcher.optimisation.inquiries.resources import best_resources
from matcher.optimisation.inquiries.telling import waits_long
from matcher.optimisation.solving import Progress, Solved


def answer_advice(solved: Solved, top: int, tell: Progress) -> dict[str, Any]:
    """
    Return what would help most: one more opening, one more of a resource, other work.

    Returns
    -------
    ``waiting``, the people without a proposal by tier, and how many of them ``over_a_year``;
    ``openings``, the placements where one more opening brings most; ``resources``, the groups of
    limits where one more supervisor, coach hour or room brings most; ``imagined``, the work that
    would bring most with ``OPENINGS`` openings, as it could be imagined again. Everything told was
    solved again; ``weighed`` counts what was compared to find it.
    """
    openings, weighed_openings = best_openings(solved, top, tell)
    resources, weighed_resources = best_resources(solved, top, tell)
    imagined, weighed_imagined = best_imagined(solved, top, tell)
    return {
        "kind": "advice",
        "waiting": _waiting(solved),
        "openings": openings,
        "resources": resources,
        "imagined": imagined,
        "imagined_openings": OPENINGS,
        "weighed": {
            "openings": weighed_openings,
            "resources": weighed_resources,
            "imagined": weighed_imagined,
        },
    }


def _waiting(solved: Solved) -> dict[str, Any]:
    pool = solved.pool
    waits = np.ones(pool.prepared.people.size, np.bool_)
    waits[solved.pairs.candidate[solved.outcome.chosen]] = False
    counts = np.bincount(pool.tier[waits], minlength=len(pool.tier_codes))
    return {
        "people": {code: int(n) for code, n in zip(pool.tier_codes, counts, strict=True) if n},
        "total": int(waits.sum()),
        "over_a_year": int((waits & waits_long(solved)).sum()),
    }
