"""A snapshot checks itself once, travels as bytes, and has one digest whatever its row order."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from matcher.domain.columns import COLUMNS, base_columns, candidate, placement, read_schema
from matcher.domain.limits import LIMITS
from matcher.domain.plan import Plan, Proof, Totals
from matcher.domain.policy import Policy
from matcher.domain.snapshot import PoolSnapshot
from matcher.errors import SnapshotError

TODAY = date(2026, 3, 1)


def snapshot() -> PoolSnapshot:
    return PoolSnapshot.of(
        TODAY,
        [
            {"candidate.id": "b", "candidate.licences": ["B"], "candidate.guidance_need": "light"},
            {"candidate.id": "a", "candidate.waiting_since": date(2025, 1, 1)},
        ],
        [{"placement.id": "p", "placement.openings": 2}],
        previous=[{"candidate.id": "a", "placement.id": "p"}],
        resources=[{"limit": "site", "group": "s", "capacity": 3}],
        pins=[{"candidate.id": "b", "placement.id": "p"}],
        companions=[{"candidate.id": "a", "other.id": "b", "relation": "apart"}],
        history=[{"month": date(2026, 2, 1), "event": "candidates_in", "count": 4}],
    )


def test_there_and_back_again() -> None:
    first = snapshot()
    second = PoolSnapshot.from_bytes(first.to_bytes())
    assert second.today == TODAY
    assert second.candidates.equals(first.candidates)
    assert second.placements.equals(first.placements)
    for name in ("previous", "resources", "pins", "companions", "history"):
        assert getattr(second, name).height == 1
        assert getattr(second, name).equals(getattr(first, name))
    assert second.digest() == first.digest()


def test_the_digest_ignores_row_order_and_sees_every_change() -> None:
    first = snapshot()
    turned = replace(first, candidates=first.candidates[[1, 0]])
    assert turned.digest() == first.digest()
    moved = first.candidates.with_columns(pl.lit(3, pl.Int8).alias("candidate.ladder_step"))
    assert replace(first, candidates=moved).digest() != first.digest()
    roomier = first.resources.with_columns(capacity=pl.lit(4, pl.Int64))
    assert replace(first, resources=roomier).digest() != first.digest()


def test_a_missing_column_is_named() -> None:
    first = snapshot()
    with pytest.raises(SnapshotError, match=r"no column candidate\.hours_min"):
        PoolSnapshot(
            TODAY,
            first.candidates.drop("candidate.hours_min"),
            first.placements,
            first.travel_times,
            first.previous,
        )


def test_a_wrong_type_is_named() -> None:
    first = snapshot()
    wrong = first.placements.with_columns(pl.col("placement.openings").cast(pl.Int64))
    with pytest.raises(SnapshotError, match=r"placement\.openings is Int64, it must be Int32"):
        PoolSnapshot(TODAY, first.candidates, wrong, first.travel_times, first.previous)


def test_an_id_that_stands_twice_is_named() -> None:
    with pytest.raises(SnapshotError, match=r"candidate\.id a twice"):
        PoolSnapshot.of(TODAY, [{"candidate.id": "a"}, {"candidate.id": "a"}], [])


def test_an_unknown_column_is_named() -> None:
    with pytest.raises(SnapshotError, match=r"candidate\.sex is no column"):
        PoolSnapshot.of(TODAY, [{"candidate.id": "a", "candidate.sex": "f"}], [])


def test_bytes_that_are_cut_short_are_refused() -> None:
    with pytest.raises(SnapshotError, match="cut short"):
        PoolSnapshot.from_bytes(snapshot().to_bytes()[:-10])


def test_a_snapshot_holds_only_what_a_definition_or_an_identity_needs() -> None:
    policy = Policy.default()
    read = {
        name
        for expression in (
            *policy.gate_expressions().values(),
            *policy.rule_expressions().values(),
            *(share for _, _, share in policy.term_expressions().values()),
            *(expression for _, expression in policy.tier_expressions()),
        )
        for name in expression.meta.root_names()
    }
    read |= {name for limit in LIMITS for name in limit.columns_read}
    needed = set(base_columns(read))
    held = set(read_schema(candidate)) | set(read_schema(placement))
    # keys, versions and texts that name the pair; what a pool's own tier or floor may read; what
    # keeps people together or apart
    needed |= {
        "candidate.municipality",
        "candidate.id", "candidate.version", "candidate.distance_class",
        "placement.workplace", "placement.team",
        "placement.id", "placement.version", "placement.title", "placement.adaptation_note",
    }  # fmt: skip
    assert held - needed == set()
    assert needed <= set(COLUMNS)


def test_a_plan_travels_as_bytes() -> None:
    plan = Plan(
        proposals=pl.DataFrame({"candidate.id": ["a"], "points": [3]}),
        prices=pl.DataFrame({"placement.id": ["p"], "price": [0]}),
        unplaced=pl.DataFrame({"candidate.id": ["b"]}),
        totals=Totals(2, 2, 1, 3, 1, 1, 0, 2, 1, 1, 0, 0, 1, {"everybody": 2}),
        proof=Proof("optimal", 3, 3, 0.0, True, "flow"),
        timings={"pairs": 0.1},
    )
    back = Plan.from_bytes(plan.to_bytes())
    assert back.totals == plan.totals
    assert back.proof == plan.proof
    assert back.proposals.equals(plan.proposals)
