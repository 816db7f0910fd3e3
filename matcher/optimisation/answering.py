"""
The best eligible placements of some people at once: the first page of a coach's question.

What `matcher.optimisation.ranking` gives for one person, with the same rules, terms and order, but
without the pairs that are not eligible; so most pairs are left after the rules about the journey,
and people who ask at the same moment share the work.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.policy import Policy
from matcher.optimisation.evaluation import criteria_of, evaluate, judge, score
from matcher.optimisation.explanation import explanation_columns
from matcher.optimisation.pairing import pair_up
from matcher.optimisation.places import Places
from matcher.optimisation.prepared import Prepared, Rows
from matcher.optimisation.prospects import with_potential
from matcher.optimisation.tie import tie_of

JOURNEY = frozenset({"pair.km", "pair.minutes"})
"""A rule that reads these refuses most pairs, and costs least."""


@dataclass(frozen=True)
class Offer:
    """
    The placements of a pool, made ready to be asked about.

    ``passing`` are the rows that pass every gate; ``price`` and ``potential``, the
    part of it that is kept for people still to come, have a value per row. ``stages`` are
    the rules in the order of looking, each with the columns that they read.
    """

    places: Places
    passing: Rows
    price: NDArray[np.int64]
    potential: NDArray[np.int64]
    policy: Policy
    stages: tuple[tuple[tuple[str, ...], frozenset[str]], ...]
    scored: frozenset[str]
    explained: frozenset[str]


@dataclass(frozen=True)
class Ranking:
    """
    The eligible pairs of some people: person after person, each person's best first.

    The pairs of the person in row ``i`` stand at ``starts[i]`` to ``starts[i + 1]``; ``judged`` has
    what `evaluate` adds to a pair.
    """

    prepared: Prepared
    offer: Offer
    people: Rows
    places: Rows
    starts: NDArray[np.int64]
    price: NDArray[np.int64]
    judged: pl.DataFrame

    def shown(self, rows: NDArray[np.int64]) -> pl.DataFrame:
        """Return pairs, by their numbers, with all that `explain` reads of a pair."""
        columns = self.offer.explained
        pairs = pair_up(self.prepared, self.people[rows], self.places[rows], columns)
        told = _priced(pl.concat([pairs, self.judged[rows]], how="horizontal"), self.price[rows])
        potential = self.offer.potential[self.places[rows]]
        return with_potential(told, self.prepared, self.people[rows], potential, self.offer.policy)


def offer_of(places: Places, prices: pl.DataFrame, policy: Policy) -> Offer:
    """Return placements made ready; ``prices`` has ``placement.id`` and ``price``."""
    passing = places.gates.select(pl.all_horizontal(pl.all().fill_null(False))).to_series()
    ids = places.frame.select("placement.id")
    known = ids.join(prices, on="placement.id", how="left", maintain_order="left")
    kept = (
        known["potential"] if "potential" in known.columns else pl.zeros(known.height, eager=True)
    )
    return Offer(
        places=places,
        passing=np.flatnonzero(passing.to_numpy()).astype(np.int32),
        price=known["price"].fill_null(0).to_numpy(),
        potential=kept.fill_null(0).cast(pl.Int64).to_numpy(),
        policy=policy,
        stages=_stages(policy),
        scored=criteria_of(policy).term_columns,
        explained=explanation_columns(policy),
    )


def _stages(policy: Policy) -> tuple[tuple[tuple[str, ...], frozenset[str]], ...]:
    """Return the rules about the journey, then the others."""
    reads = {
        code: frozenset(rule.meta.root_names()) for code, rule in criteria_of(policy).rules.items()
    }
    near = tuple(code for code, columns in reads.items() if not JOURNEY.isdisjoint(columns))
    others = tuple(code for code in reads if code not in near)
    return tuple(
        (codes, frozenset().union(*(reads[code] for code in codes))) for codes in (near, others)
    )


def rank_eligible(prepared: Prepared, offer: Offer) -> Ranking:
    """
    Return the eligible placements of every person, best first.

    Parameters
    ----------
    prepared
        Some people, joined to ``offer.places``.
    """
    n = prepared.people.size
    people = np.repeat(np.arange(n, dtype=np.int32), offer.passing.size)
    places = np.tile(offer.passing, n)
    policy = offer.policy
    verdicts = pl.DataFrame()
    for codes, columns in offer.stages:
        judged = judge(pair_up(prepared, people, places, columns), policy, codes)
        eligible = judged["eligible"]
        verdicts = pl.concat(
            [verdicts, judged.select(f"rule.{code}" for code in codes)], how="horizontal"
        ).filter(eligible)
        people, places = people[eligible.to_numpy()], places[eligible.to_numpy()]
    read = offer.scored
    scored = score(pair_up(prepared, people, places, read), policy).drop(read)
    ties = tie_of(prepared.people.hashes[people], prepared.places.hashes[places], policy)
    price = offer.price[places]
    order = np.lexsort((ties, price - scored["points"].to_numpy(), people))
    people = people[order]
    return Ranking(
        prepared=prepared,
        offer=offer,
        people=people,
        places=places[order],
        starts=np.searchsorted(people, np.arange(n + 1)),
        price=price[order],
        judged=pl.concat([verdicts, scored], how="horizontal")[order].with_columns(
            eligible=pl.lit(True)
        ),
    )


def evaluate_pair(prepared: Prepared, offer: Offer, place: int) -> pl.DataFrame:
    """Return the first person's pair with a placement, with all that `explain` reads."""
    people, places = np.zeros(1, np.int32), np.array([place], np.int32)
    pair = evaluate(pair_up(prepared, people, places, offer.explained), offer.policy)
    gates = offer.places.gates[places]
    told = _priced(
        pl.concat([pair, gates], how="horizontal").with_columns(
            eligible=pl.all_horizontal("eligible", pl.col(gates.columns).fill_null(False))
        ),
        offer.price[places],
    )
    return with_potential(told, prepared, people, offer.potential[places], offer.policy)


def _priced(pairs: pl.DataFrame, price: NDArray[np.int64]) -> pl.DataFrame:
    return pairs.with_columns(price=pl.Series(price), surplus=pairs["points"] - pl.Series(price))
