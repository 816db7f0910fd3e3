"""The ways of working that are compared: what an office may do by hand, and what is computed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from matcher.domain.outlook import POTENTIAL_PARAMETERS
from matcher.domain.terms import kept_proposal, waiting_time
from matcher.domain.tiers import longest_waiting as longest_waiting_tier
from matcher.optimisation.assignment import Pairs, assign
from matcher.optimisation.assignment.greedy import choose_in_order
from matcher.simulation.worlds import Flags, Floats, Ints

SHARE_KNOWN = 0.25
"""How many of the placements a coach knows in today's practice: an assumption."""

KEPT_POINTS = kept_proposal.points
WAITING_POINTS = waiting_time.points
FULL_AFTER_DAYS = int(waiting_time.parameters["full_after_days"].default)
AT_LEAST_DAYS = int(longest_waiting_tier.parameters["at_least_days"].default)
THREE_YEARS_DAYS = 1095
SIX_YEARS_DAYS = 2190
"""In six years waiting counts as much a day as in the product, and on after two years."""
LIMIT_DAYS = int(POTENTIAL_PARAMETERS["waiting_limit_days"].default)


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
    kept
        Per pair: proposed last time and still undecided.
    look_ahead
        Gives what each opening is expected to be worth to people still to come.
    """

    pairs: Pairs
    openings: Ints
    waiting_days: Ints
    coach: Ints
    ends_soon: Flags
    knows: Floats
    luck: Floats
    kept: Flags
    look_ahead: Callable[[], Ints]

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

    def tiers(self, at_least_days: int = AT_LEAST_DAYS) -> Ints:
        """Return the product's tiers: keep at work, longest waiting, everybody."""
        long = longest_waiting(self.waiting_days) & (self.waiting_days >= at_least_days)
        return np.where(self.ends_soon, 0, np.where(long, 1, 2))

    def with_waiting(self, full_after_days: int = FULL_AFTER_DAYS) -> Pairs:
        """Return the pairs with the points of the fit, and those for waiting and being kept."""
        days = np.clip(self.waiting_days, 0, full_after_days)
        points = np.round(WAITING_POINTS * days / FULL_AFTER_DAYS).astype(np.int64)
        return Pairs(
            self.pairs.candidate,
            self.pairs.placement,
            self.pairs.points + points[self.pairs.candidate] + KEPT_POINTS * self.kept,
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


@dataclass(frozen=True)
class Choice:
    """Which pairs are proposed, and how far that is proved to be best; None where nothing is."""

    chosen: Flags
    gap: float | None = None


Choose = Callable[[Situation], Choice]


@dataclass(frozen=True)
class Approach:
    """One way of working: its code, what people read, whether it is simple, and what it chooses."""

    code: str
    label: str
    simple: bool
    choose: Choose


def _in_order(now: Situation, *keys: Ints | Floats | Flags) -> Choice:
    return Choice(choose_in_order(now.pairs, now.openings, now.n_people, list(keys)))


def _at_random(now: Situation) -> Choice:
    return _in_order(now, ~now.kept, now.luck)


def _first_come(now: Situation) -> Choice:
    return _in_order(now, ~now.kept, now.turn, -now.pairs.points)


def _first_come_in_sight(now: Situation) -> Choice:
    seen = np.flatnonzero(now.knows < SHARE_KNOWN)
    pairs = Pairs(now.pairs.candidate[seen], now.pairs.placement[seen], now.pairs.points[seen])
    keys = [~now.kept[seen], now.turn[seen], -pairs.points]
    taken = choose_in_order(pairs, now.openings, now.n_people, keys)
    chosen = np.zeros(len(now.pairs), np.bool_)
    chosen[seen[taken]] = True
    return Choice(chosen)


def _coach_by_coach(now: Situation) -> Choice:
    return _in_order(now, ~now.kept, now.coach[now.pairs.candidate], -now.pairs.points)


def _best_pair_first(now: Situation) -> Choice:
    return _in_order(now, -now.pairs.points)


def _solved(now: Situation, pairs: Pairs, tiers: Ints | None, most_first: bool) -> Choice:
    found = assign(
        pairs, now.openings, n_candidates=now.n_people, tiers=tiers, most_first=most_first
    )
    return Choice(found.chosen, found.gap)


def _points_alone(now: Situation) -> Choice:
    return _solved(now, now.pairs, None, False)


def _most_people(now: Situation) -> Choice:
    return _solved(now, now.with_waiting(), None, True)


def _waiting_counts_on(now: Situation) -> Choice:
    return _solved(now, now.with_waiting(SIX_YEARS_DAYS), None, True)


def _three_years(now: Situation) -> Choice:
    return _solved(now, now.with_waiting(), now.tiers(THREE_YEARS_DAYS), True)


def _with_tiers(now: Situation) -> Choice:
    return _solved(now, now.with_waiting(), now.tiers(), True)


def _potentials(now: Situation) -> Choice:
    """As `matcher.optimisation.prospects.look_ahead` and a plan do with a snapshot."""
    pairs = now.with_waiting()
    net = pairs.points - now.look_ahead()[pairs.placement]
    may_wait = (now.waiting_days < LIMIT_DAYS) & ~now.ends_soon
    at = np.flatnonzero(~may_wait[pairs.candidate] | (net > 0))
    open_to_all = Pairs(pairs.candidate[at], pairs.placement[at], net[at])
    found = _solved(now, open_to_all, now.tiers(), True)
    chosen = np.zeros(len(pairs), np.bool_)
    chosen[at[found.chosen]] = True
    return Choice(chosen, found.gap)


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
    Approach("waiting_counts_on", "the same, up to six years", False, _waiting_counts_on),
    Approach("three_years", "with tiers, from three years", False, _three_years),
    PRODUCT,
    Approach("potentials", "with potentials", False, _potentials),
)
