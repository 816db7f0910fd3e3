"""What a match run gives: proposals, prices, who has none, totals, and the proof."""

from dataclasses import asdict, dataclass, field
from typing import Any

import polars as pl

from matcher.domain.snapshot import pack_frames, unpack_frames

CHANGE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "candidate.id": pl.String,
    "placement.id": pl.String,
    "cause": pl.String,
    "rules": pl.List(pl.String),
    "gates": pl.List(pl.String),
    "points": pl.Int64,
    "instead": pl.String,
    "others": pl.List(pl.String),
}
"""Undecided proposals of the last plan that this one does not hold, with the cause."""

HELD_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "candidate.id": pl.String,
    "placement.id": pl.String,
    "points": pl.Int64,
    "potential": pl.Int64,
    "until": pl.Date,
}
"""Who could have been placed and is held back, the best opening kept, and until when at most."""

USE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "candidate.id": pl.String,
    "limit": pl.String,
    "group": pl.String,
    "amount": pl.Int64,
}
"""What the proposals use of the hard limits whose group has a number."""


@dataclass(frozen=True)
class PinConflict:
    """
    Pins that a plan cannot hold together, though it can hold all but any one of them.

    ``resource`` says what is short or against it: ``candidate`` (one placement each), ``openings``,
    ``limit``, ``apart``, ``together``, ``team``, ``companion`` (where somebody else goes already),
    ``gate.<code>``, ``rule.<code>``, ``candidate_not_in_run`` or ``placement_not_in_pool``. Of the
    ``pins``, candidate and placement by id, the last one is left out.
    """

    resource: str
    pins: tuple[tuple[str, str], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        pins = [{"candidate": person, "placement": place} for person, place in self.pins]
        return {"resource": self.resource, "pins": pins}


@dataclass(frozen=True)
class Totals:
    """
    Counts of a plan.

    ``seeking`` are the people a proposal could be made for; ``tiers`` and ``placed_by_tier`` count
    people by the code of their tier; ``longest_waiting`` and ``longest_waiting_placed`` the
    longest-waiting tenth; ``openings`` those that passed the gates, ``openings_left`` those
    without a proposal. ``pairs`` were looked at, ``pairs_eligible`` passed all rules.
    ``refusals`` counts, by rule, the openings left empty for which that rule refuses more than half
    of the people without a proposal (on a sample of ``sampled_people`` of them); ``gates`` counts
    the placements that each gate kept out. ``fairness`` compares the plan with first come, first
    served, by group (`matcher.optimisation.fairness`); ``stability`` tells what share of the last
    plan's undecided proposals changed, and why (`matcher.optimisation.stability`);
    ``potentials`` what was expected of people still to come, and how many are held back for them
    (`matcher.optimisation.prospects`; empty where nothing is known or it is switched off);
    ``limits`` says by limit how many groups are full and what one more unit is worth
    (`matcher.optimisation.limiting`); ``conflicts`` names the floors that cannot be met, each with
    the limits that stand in their way. ``pinned`` counts the pins that the plan holds;
    ``pin_conflicts`` names the others (`PinConflict`).
    """

    candidates: int
    seeking: int
    placed: int
    points: int
    placements: int
    openings: int
    openings_left: int
    pairs: int
    pairs_eligible: int
    without_eligible: int
    longest_waiting: int
    longest_waiting_placed: int
    sampled_people: int
    tiers: dict[str, int] = field(default_factory=dict)
    placed_by_tier: dict[str, int] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    gates: dict[str, int] = field(default_factory=dict)
    fairness: dict[str, Any] = field(default_factory=dict)
    stability: dict[str, Any] = field(default_factory=dict)
    potentials: dict[str, Any] = field(default_factory=dict)
    limits: dict[str, Any] = field(default_factory=dict)
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    pinned: int = 0
    pin_conflicts: list[dict[str, Any]] = field(default_factory=list)


RATE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "limit": pl.String,
    "group": pl.String,
    "unit": pl.String,
    "kind": pl.Enum(["limit", "advisory", "floor"]),
    "capacity": pl.Int64,
    "used": pl.Int64,
    "rate": pl.Float64,
}


@dataclass(frozen=True)
class Proof:
    """
    Why a plan is best, or how near: its value and what no plan can exceed.

    ``value`` is points plus what tiers and "most people first" add; ``bound`` is at most the sum of
    all surpluses, of openings times prices and of capacities times rates. ``proved`` when they are
    equal, or within the gap that the policy asks for; ``gap`` is in points of the plan.
    """

    status: str
    value: int
    bound: int
    gap: float
    proved: bool
    solver: str


@dataclass(frozen=True)
class Plan:
    """
    The outcome of `matcher.plan`.

    ``proposals``: one row per proposed pair with ``candidate.id, candidate.version,
    placement.id, placement.version, points, points_by_term`` (JSON: term -> share, points),
    ``unknowns`` (JSON: rules to be settled), ``evidence`` (JSON: column -> value read),
    ``price, surplus, tier, minutes, mode, journey_measured, alternatives`` (JSON: the best other
    placements of the person, each with what the whole plan would lose), ``pinned``, ``notes``
    (JSON: codes with numbers of people: ``team``, ``starts_together``), ``bundle`` (proposals of
    one bundle are published together or not at all; null is none).
    ``prices``: ``placement.id, price, potential`` for every placement that passed the gates: what
    an opening would cost the plan, and how much of it is kept for people still to come.
    ``held``: as `HELD_SCHEMA`, who could have been placed and is held back for them.
    ``unplaced``: ``candidate.id, tier, eligible`` (number of eligible placements).
    ``changes``: what became of the last plan's undecided pairs that this one does not propose
    (`matcher.optimisation.stability`).
    ``rates``: ``limit, group, unit, kind, capacity, used, rate`` for every group of every limit:
    ``capacity`` is null where there is none, of a floor what it asks; ``rate`` is what one more
    unit adds to the value at most.
    ``uses``: as `USE_SCHEMA`, so that what is left can be looked at again when it is published.
    """

    proposals: pl.DataFrame
    prices: pl.DataFrame
    unplaced: pl.DataFrame
    totals: Totals
    proof: Proof
    timings: dict[str, float]
    changes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CHANGE_SCHEMA))
    held: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=HELD_SCHEMA))
    rates: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=RATE_SCHEMA))
    uses: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=USE_SCHEMA))

    def to_bytes(self) -> bytes:
        """Return the plan as bytes for another process."""
        return pack_frames(
            {
                "totals": asdict(self.totals),
                "proof": asdict(self.proof),
                "timings": self.timings,
            },
            {
                "proposals": self.proposals,
                "prices": self.prices,
                "unplaced": self.unplaced,
                "changes": self.changes,
                "held": self.held,
                "rates": self.rates,
                "uses": self.uses,
            },
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Plan":
        """Read what `to_bytes` wrote."""
        head, frames = unpack_frames(data)
        return cls(
            totals=Totals(**head["totals"]),  # type: ignore[arg-type]
            proof=Proof(**head["proof"]),  # type: ignore[arg-type]
            timings=head["timings"],  # type: ignore[arg-type]
            **frames,
        )
