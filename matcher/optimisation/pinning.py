"""
Pins, teams and companions of a pool: what of them this night's plan has to keep to.

A pin is a person's own choice, so it goes before every rule but those that only the law, the
person themselves or work under way can lift (``binds_pins``), and before no gate. Pins that cannot
be, or do not fit together, are named (`PinConflict`); of those the oldest are kept.
"""

import json
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.plan import PinConflict
from matcher.domain.policy import Policy
from matcher.domain.rules import ELIGIBILITY_RULES
from matcher.domain.snapshot import PIN_SCHEMA, PoolSnapshot
from matcher.optimisation.assignment import Clash, Fixing, Logic, Pairs
from matcher.optimisation.assignment.consistency import Within
from matcher.optimisation.companions import Companions
from matcher.optimisation.evaluation import IF_UNKNOWN, criteria_of, judge, score
from matcher.optimisation.pairing import pair_up
from matcher.optimisation.places import encode_placements
from matcher.optimisation.prepared import Prepared, join_sides, rows_of

BINDING = tuple(rule.code for rule in ELIGIBILITY_RULES if rule.binds_pins)
NO_PLAN_FOR = "candidate_not_in_run"
NOT_SHARED = "placement_not_in_pool"
FULL_GATE = "has_openings_left"

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Pins:
    """
    The pins of a night, each by itself: those that can be, the oldest first, and those that cannot.

    ``wanted`` has ``candidate.id`` and ``placement.id``.
    """

    wanted: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PIN_SCHEMA))
    conflicts: tuple[PinConflict, ...] = ()


def possible_pins(
    snapshot: PoolSnapshot,
    people: pl.DataFrame,
    places: pl.DataFrame,
    gates: pl.DataFrame,
    policy: Policy,
) -> Pins:
    """
    Return which pins can be at all: the person is in the run, gates are open, no binding rule.

    Parameters
    ----------
    people, places
        All candidates and placements with their facts.
    gates
        ``gate.<code>`` of the placements, true, false or null.
    """
    if snapshot.pins.is_empty():
        return Pins()
    pins = snapshot.pins.unique(["candidate.id", "placement.id"]).sort(
        "turn", "candidate.id", "placement.id", nulls_last=True
    )
    person = rows_of(people["candidate.id"], pins["candidate.id"])
    place = rows_of(places["placement.id"], pins["placement.id"])
    refused = [
        *((NO_PLAN_FOR, row) for row in np.flatnonzero(person < 0).tolist()),
        *((NOT_SHARED, row) for row in np.flatnonzero(place < 0).tolist()),
    ]
    passed = np.zeros(places.height, np.bool_)
    passed[gates.select(pl.all_horizontal(pl.all().fill_null(False))).to_series()] = True
    for name in gates.columns:
        code = name.removeprefix("gate.")
        closed = np.append(~gates[name].fill_null(False).to_numpy(), False)[place]
        resource = "openings" if code == FULL_GATE else f"gate.{code}"
        refused += [(resource, row) for row in np.flatnonzero(closed).tolist()]
    there = np.flatnonzero((person >= 0) & np.append(passed, False)[place])
    if there.size:
        who, who_of = np.unique(person[there], return_inverse=True)
        where, where_of = np.unique(place[there], return_inverse=True)
        prepared = join_sides(
            people[who], encode_placements(places[where], gates[where]), snapshot, policy
        )
        read = frozenset(
            name for code in BINDING for name in criteria_of(policy).rules[code].meta.root_names()
        )
        verdicts = judge(
            pair_up(prepared, who_of.astype(np.int32), where_of.astype(np.int32), read),
            policy,
            BINDING,
        )
        for code in BINDING:
            fails = ~verdicts[f"rule.{code}"].fill_null(IF_UNKNOWN[code]).to_numpy()
            refused += [(f"rule.{code}", int(there[row])) for row in np.flatnonzero(fails)]
    out = {row for _, row in refused}
    pairs = pins.select("candidate.id", "placement.id").rows()
    return Pins(
        pins.filter(pl.Series([row not in out for row in range(pins.height)], dtype=pl.Boolean)),
        tuple(PinConflict(resource, (pairs[row],)) for resource, row in sorted(refused, key=_row)),
    )


def _row(refused: tuple[str, int]) -> int:
    return refused[1]


@dataclass(frozen=True)
class Agreed:
    """
    What a plan keeps to beside rules and limits.

    Parameters
    ----------
    pairs
        The eligible pairs that companions leave, and those that are pinned.
    fixed
        Which of them are pinned, shape (n_pairs,).
    logic
        Teams, and people apart or together.
    conflicts
        Pins that are left out, with what stands against them.
    """

    pairs: Pairs
    fixed: Flags
    logic: Logic
    conflicts: tuple[PinConflict, ...] = ()

    @classmethod
    def nothing(cls, pairs: Pairs) -> "Agreed":
        """Return that nothing is agreed about these pairs."""
        return cls(pairs, np.zeros(len(pairs), np.bool_), Logic())

    def bound(self, chosen: Flags) -> tuple[Flags, Flags]:
        """Return which pairs of a plan nobody may move, and which pairs are left with those."""
        if not self.logic:
            return self.fixed, np.ones(chosen.size, np.bool_)
        people = np.concatenate([self.logic.apart.ravel(), self.logic.together.ravel()])
        held = np.isin(self.pairs.candidate, people) | np.isin(
            self.pairs.placement, self.logic.team
        )
        return self.fixed | (held & chosen), ~held | chosen

    def notes(self, chosen: Flags) -> pl.DataFrame:
        """
        Return what each chosen pair hangs on, in their order.

        Returns
        -------
        ``pinned``; ``notes`` as JSON, codes with numbers of people and nobody's name; ``bundle``,
        the same text for pairs that only go together.
        """
        people, places = self.pairs.candidate[chosen], self.pairs.placement[chosen]
        at_place = np.bincount(places, minlength=1)
        home = dict(zip(people.tolist(), places.tolist(), strict=True))
        teams = set(self.logic.team.tolist())
        group = self._groups(home)
        sizes = Counter(group.values())
        notes, bundles = [], []
        for person, place in home.items():
            told = []
            if place in teams:
                told.append({"code": "team", "others": int(at_place[place]) - 1})
            if person in group:
                told.append({"code": "starts_together", "others": sizes[group[person]] - 1})
            notes.append(json.dumps(told))
            bundles.append(
                f"team {place}"
                if place in teams
                else f"together {group[person]}"
                if person in group
                else None
            )
        return pl.DataFrame(
            {"pinned": self.fixed[chosen], "notes": notes, "bundle": bundles},
            schema={"pinned": pl.Boolean, "notes": pl.String, "bundle": pl.String},
        )

    def _groups(self, home: dict[int, int]) -> dict[int, int]:
        """Return for each placed person who starts with others the first row of that group."""
        group: dict[int, int] = {}
        twos = [two for two in self.logic.together.tolist() if two[0] in home and two[1] in home]
        changed = True
        while changed:
            changed = False
            for one, other in twos:
                first = min(group.get(one, one), group.get(other, other))
                changed |= group.get(one) != first or group.get(other) != first
                group[one] = group[other] = first
        return group


def agreed_on(
    pairs: Pairs,
    openings: Ints,
    prepared: Prepared,
    pins: Pins,
    companions: Companions,
    policy: Policy,
    within: Within,
    potential: Ints,
) -> Agreed:
    """
    Return what is agreed about these pairs: pins that fit together, and companions.

    Parameters
    ----------
    pairs
        All eligible pairs.
    within
        Gives the limits of some pairs, which the pins must not exceed.
    potential
        What comes off the points of each placement's pairs, shape (n_placements,).
    """
    banned = companions.banned(pairs)
    if banned.any():
        pairs = _some(pairs, ~banned)
    n_pairs = len(pairs)
    if pins.wanted.is_empty():
        return Agreed(pairs, np.zeros(n_pairs, np.bool_), companions.logic, pins.conflicts)
    people = rows_of(prepared.candidates["candidate.id"], pins.wanted["candidate.id"])
    places = rows_of(prepared.placements["placement.id"], pins.wanted["placement.id"])
    eligible = pairs
    pairs, at = _with_pinned(
        pairs, people.astype(np.int32), places.astype(np.int32), prepared, policy, potential
    )
    asked = Pairs(pairs.candidate[at], pairs.placement[at], pairs.points[at])
    bound = companions.banned(asked)
    fixing = Fixing(pairs, openings, prepared.people.size, companions.logic, within)
    kept, clashes = fixing.keep_first(at[~bound].tolist())
    names = dict(
        zip(at.tolist(), pins.wanted.select("candidate.id", "placement.id").rows(), strict=True)
    )
    conflicts = [
        *pins.conflicts,
        *(PinConflict("companion", (names[each],)) for each in at[bound].tolist()),
        *(_named(clash, names) for clash in clashes),
    ]
    fixed = np.zeros(len(pairs), np.bool_)
    fixed[kept] = True
    stays = fixed | (np.arange(len(pairs)) < len(eligible))
    return Agreed(_some(pairs, stays), fixed[stays], companions.logic, tuple(conflicts))


def _named(clash: Clash, names: dict[int, tuple[str, str]]) -> PinConflict:
    return PinConflict(clash.breach.what, tuple(names[each] for each in clash.pairs))


def _some(pairs: Pairs, which: Flags) -> Pairs:
    return Pairs(pairs.candidate[which], pairs.placement[which], pairs.points[which])


def _with_pinned(
    pairs: Pairs,
    people: NDArray[np.int32],
    places: NDArray[np.int32],
    prepared: Prepared,
    policy: Policy,
    potential: Ints,
) -> tuple[Pairs, Ints]:
    """Return the pairs with the pinned ones at their end if they are new, and where those are."""
    width = max(prepared.places.size, 1)
    key = pairs.candidate.astype(np.int64) * width + pairs.placement
    order = np.argsort(key, kind="stable")
    wanted = people.astype(np.int64) * width + places
    found = np.searchsorted(key[order], wanted)
    here = np.append(key[order], -1)[found] == wanted
    at = np.append(order, -1)[found]
    at[~here] = len(pairs) + np.arange(int((~here).sum()))
    scored = score(
        pair_up(prepared, people[~here], places[~here], criteria_of(policy).term_columns), policy
    )
    more = scored["points"].to_numpy() - potential[places[~here]]
    return (
        Pairs(
            np.concatenate([pairs.candidate, people[~here]]),
            np.concatenate([pairs.placement, places[~here]]),
            np.concatenate([pairs.points, more]),
        ),
        at,
    )
