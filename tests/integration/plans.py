"""Plans written by hand, for tests of what publishing does with them."""

import json
from collections.abc import Iterable

import polars as pl

from matcher.domain.plan import Plan, Proof, Totals
from matcher.domain.snapshot import PoolSnapshot


def plan_for(
    snapshot: PoolSnapshot,
    pairs: Iterable[tuple[str, str]],
    *,
    points: int = 500,
    eligible: int = 0,
) -> Plan:
    """Return a plan of a snapshot that proposes the given pairs of (candidate, placement) ids."""
    chosen = pl.DataFrame(
        list(pairs), schema={"candidate.id": pl.String, "placement.id": pl.String}, orient="row"
    )
    proposals = (
        chosen.join(snapshot.candidates.select("candidate.id", "candidate.version"), "candidate.id")
        .join(snapshot.placements.select("placement.id", "placement.version"), "placement.id")
        .with_columns(
            points=pl.lit(points, pl.Int64),
            points_by_term=pl.lit(json.dumps({"preference": {"share": 0.5, "points": points}})),
            unknowns=pl.lit(json.dumps(["level_met"])),
            evidence=pl.lit(json.dumps({"candidate.hours_min": 8, "placement.title": 'a "b", c'})),
            price=pl.lit(100, pl.Int64),
            surplus=pl.lit(points - 100, pl.Int64),
            tier=pl.lit("everybody"),
            minutes=pl.lit(20, pl.Int16),
            mode=pl.lit("bicycle").cast(pl.Enum(["walking", "bicycle"])),
            journey_measured=pl.lit(False),
            alternatives=pl.lit("[]"),
            pinned=pl.lit(False),
            notes=pl.lit("[]"),
            bundle=pl.lit(None, pl.String),
        )
    )
    prices = snapshot.placements.select(
        "placement.id", price=pl.lit(100, pl.Int64), potential=pl.lit(0, pl.Int64)
    )
    openings = int(snapshot.placements["placement.openings"].sum())
    placed = proposals.height
    return Plan(
        proposals=proposals,
        prices=prices,
        unplaced=pl.DataFrame(
            schema={"candidate.id": pl.String, "tier": pl.String, "eligible": pl.Int64}
        ),
        totals=Totals(
            candidates=snapshot.candidates.height,
            seeking=snapshot.candidates.height,
            placed=placed,
            points=points * placed,
            placements=snapshot.placements.height,
            openings=openings,
            openings_left=openings - placed,
            pairs=10,
            pairs_eligible=max(eligible, placed),
            without_eligible=0,
            longest_waiting=1,
            longest_waiting_placed=0,
            sampled_people=0,
            refusals={"reachable": 3},
        ),
        proof=Proof("optimal", points * placed, points * placed, 0.0, True, "flow"),
        timings={"pairing": 0.1, "assignment": 0.2},
    )
