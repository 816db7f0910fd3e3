"""
The best eligible placements of some people at once: the first page of a coach's question.

What `matcher.optimisation.ranking` gives for one person, with the same rules, terms and order, but
without the pairs that are not eligible; so most pairs are left after the rules about the journey,
and people who ask at the same moment share the work.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.policy import Policy
from matcher.optimisation.evaluation import criteria_of, evaluate, judge, score
from matcher.optimisation.explanation import explanation_columns
from matcher.optimisation.pairing import pair_up
from matcher.optimisation.places import Places
from matcher.optimisation.prepared import Prepared, Rows
from matcher.optimisation.tie import tie_of

JOURNEY = frozenset({"pair.km", "pair.minutes"})
"""A rule that reads these refuses most pairs, and costs least."""


@dataclass(frozen=True)
class Offer:
    """
    The placements of a pool, made ready to be asked about.

    ``passing`` are the rows that pass every gate; ``price`` has a value per row.
    """

    places: Places
    passing: Rows
    price: NDArray[np.int64]


@dataclass(frozen=True)
class Best:
    """One person's eligible placements, best first, by row numbers."""

    person: int
    places: Rows

    def part(self, rows: slice) -> "Best":
        """Return a page of it."""
        return Best(self.person, self.places[rows])


def offer_of(places: Places, prices: pl.DataFrame) -> Offer:
    """Return placements made ready; ``prices`` has ``placement.id`` and ``price``."""
    passing = places.gates.select(pl.all_horizontal(pl.all().fill_null(False))).to_series()
    ids = places.frame.select("placement.id")
    price = ids.join(prices, on="placement.id", how="left", maintain_order="left")["price"]
    return Offer(
        places=places,
        passing=np.flatnonzero(passing.to_numpy()).astype(np.int32),
        price=price.fill_null(0).to_numpy(),
    )


def best_placements(prepared: Prepared, offer: Offer, policy: Policy) -> list[Best]:
    """
    Return the eligible placements of every person, best first, one `Best` per row.

    Parameters
    ----------
    prepared
        Some people, joined to ``offer.places``.
    """
    n = prepared.people.size
    people = np.repeat(np.arange(n, dtype=np.int32), offer.passing.size)
    places = np.tile(offer.passing, n)
    criteria = criteria_of(policy)
    near = [
        code
        for code, rule in criteria.rules.items()
        if not JOURNEY.isdisjoint(rule.meta.root_names())
    ]
    for codes in (near, [code for code in criteria.rules if code not in near]):
        columns = {name for code in codes for name in criteria.rules[code].meta.root_names()}
        judged = judge(pair_up(prepared, people, places, columns), policy, codes)
        eligible = judged["eligible"].to_numpy()
        people, places = people[eligible], places[eligible]
    scored = score(pair_up(prepared, people, places, criteria.term_columns), policy)
    ties = tie_of(prepared.people.hashes[people], prepared.places.hashes[places], policy)
    surplus = scored["points"].to_numpy() - offer.price[places]
    order = np.lexsort((ties, -surplus, people))
    people, places = people[order], places[order]
    ends = np.searchsorted(people, np.arange(n + 1))
    return [Best(row, places[first:last]) for row, (first, last) in enumerate(pairwise(ends))]


def evaluated(prepared: Prepared, offer: Offer, bests: list[Best], policy: Policy) -> pl.DataFrame:
    """Return the pairs of several people with all that `explain` reads, in the order given."""
    people = _joined([np.full(best.places.size, best.person, np.int32) for best in bests])
    places = _joined([best.places for best in bests])
    pairs = evaluate(pair_up(prepared, people, places, explanation_columns(policy)), policy)
    price = pl.Series("price", offer.price[places])
    gates = offer.places.gates[places]
    return pl.concat([pairs, gates], how="horizontal").with_columns(
        price,
        (pl.col("points") - price).alias("surplus"),
        eligible=pl.all_horizontal("eligible", pl.col(gates.columns).fill_null(False)),
    )


def _joined(rows: list[Rows]) -> Rows:
    return np.concatenate([np.empty(0, np.int32), *rows])
