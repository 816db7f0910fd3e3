"""The ways of working that are compared: what an office may do by hand, and what is computed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from matcher.optimisation.assignment import Outcome, Pairs, assign
from matcher.optimisation.assignment.greedy import choose_in_order
from matcher.simulation.worlds import Flags, Floats, Ints

SHARE_KNOWN = 0.25
"""How many of the placements a coach knows in today's practice: an assumption."""

WAITING_POINTS = 100
FULL_AFTER_DAYS = 730
AT_LEAST_DAYS = 365


@dataclass(frozen=True)
class Situation:
    """
    What is known at one moment, per person, placement or pair that is there then.

    Parameters
    ----------
    pairs
        The eligible pairs with the points of the fit.
    openings
        Openings left.
    waiting_days
        Per person; -1 for who is not there.
    coach, ends_soon, knows, luck
        As in `matcher.simulation.worlds.World`.
    """

    pairs: Pairs
    openings: Ints
    waiting_days: Ints
    coach: Ints
    ends_soon: Flags
    knows: Floats
    luck: Floats

    @property
    def n_people(self) -> int:
        """How many people there are at some time."""
        return self.waiting_days.size

    @property
    def turn(self) -> Ints:
        """The place of each pair's person in the order of waiting, 0 the longest."""
        turn = np.empty(self.n_people, np.int64)
        turn[np.argsort(-self.waiting_days, kind="stable")] = np.arange(self.n_people)
        return turn[self.pairs.candidate]

    @property
    def tiers(self) -> Ints:
        """The product's default tiers: keep at work, longest waiting, everybody."""
        long = longest_waiting(self.waiting_days) & (self.waiting_days >= AT_LEAST_DAYS)
        return np.where(self.ends_soon, 0, np.where(long, 1, 2))

    @property
    def with_waiting(self) -> Pairs:
        """The pairs with the points of the fit and those for waiting."""
        share = np.clip(self.waiting_days / FULL_AFTER_DAYS, 0, 1)
        points = np.round(WAITING_POINTS * share).astype(np.int64)
        return Pairs(
            self.pairs.candidate,
            self.pairs.placement,
            self.pairs.points + points[self.pairs.candidate],
        )


def longest_waiting(waiting_days: Ints) -> Flags:
    """Return the longest-waiting tenth of who is there: whose waiting is not negative."""
    there = waiting_days >= 0
    tenth = -(-int(there.sum()) // 10)
    if tenth == 0:
        return there
    last = np.sort(waiting_days[there])[-tenth]
    longest: Flags = there & (waiting_days >= last)
    return longest


Choose = Callable[[Situation], Flags]


@dataclass(frozen=True)
class Approach:
    """One way of working: its code, what people read, whether it is simple, and what it chooses."""

    code: str
    label: str
    simple: bool
    choose: Choose


def _in_order(now: Situation, *keys: Ints | Floats) -> Flags:
    return choose_in_order(now.pairs, now.openings, now.n_people, keys)


def _at_random(now: Situation) -> Flags:
    return _in_order(now, now.luck)


def _first_come(now: Situation) -> Flags:
    return _in_order(now, now.turn, -now.pairs.points)


def _first_come_in_sight(now: Situation) -> Flags:
    seen = np.flatnonzero(now.knows < SHARE_KNOWN)
    pairs = Pairs(now.pairs.candidate[seen], now.pairs.placement[seen], now.pairs.points[seen])
    taken = choose_in_order(pairs, now.openings, now.n_people, [now.turn[seen], -pairs.points])
    chosen = np.zeros(len(now.pairs), np.bool_)
    chosen[seen[taken]] = True
    return chosen


def _coach_by_coach(now: Situation) -> Flags:
    return _in_order(now, now.coach[now.pairs.candidate], -now.pairs.points)


def _best_pair_first(now: Situation) -> Flags:
    return _in_order(now, -now.pairs.points)


def _solved(now: Situation, pairs: Pairs, tiers: Ints | None, most_first: bool) -> Outcome:
    return assign(
        pairs, now.openings, n_candidates=now.n_people, tiers=tiers, most_first=most_first
    )


def _points_alone(now: Situation) -> Flags:
    return _solved(now, now.pairs, None, False).chosen


def _most_people(now: Situation) -> Flags:
    return _solved(now, now.with_waiting, None, True).chosen


def _with_tiers(now: Situation) -> Flags:
    return _solved(now, now.with_waiting, now.tiers, True).chosen


PRODUCT = Approach("with_tiers", "with tiers (the product)", False, _with_tiers)

APPROACHES = (
    Approach("random", "random feasible", True, _at_random),
    Approach(
        "first_come_in_sight",
        "first come, coaches know 25 %",
        True,
        _first_come_in_sight,
    ),
    Approach("first_come", "first come, first served", True, _first_come),
    Approach("coach_by_coach", "coach by coach", True, _coach_by_coach),
    Approach("best_pair_first", "best pair first", True, _best_pair_first),
    Approach("points_alone", "most points", False, _points_alone),
    Approach("most_people", "most people, waiting counts", False, _most_people),
    PRODUCT,
)
