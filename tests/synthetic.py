"""Seeded pools as snapshots, of any size, with gaps in the facts as real files have them."""

from datetime import date

import numpy as np
import polars as pl

from matcher.domain.columns import BEARING_DEMANDS, PLACEMENT_KINDS
from matcher.domain.snapshot import CANDIDATE_SCHEMA, PLACEMENT_SCHEMA, PoolSnapshot

TODAY = date(2026, 11, 21)
DAY_NUMBER = (TODAY - date(1970, 1, 1)).days
KM_PER_DEGREE = 111.2
OCCUPATIONS = [
    f"https://example.org/occupation/{group}-{n}" for group in range(30) for n in range(8)
]
SECTORS = [f"{branch:02d}{rest}00" for branch in range(10, 20) for rest in range(4)]
LICENCES = ["AM", "B", "BE", "C", "CE", "T"]
CERTIFICATES = ["VCA", "HACCP", "forklift", "welding", "first aid"]
TAGS = [f"tag {n}" for n in range(40)]
COMPETENCES = [f"https://example.org/competence/{n}" for n in range(120)]


class _Draw:
    """Random columns of one length."""

    def __init__(self, rng: np.random.Generator, size: int) -> None:
        self.rng, self.size = rng, size

    def some(self, values: list, shares: list[float] | None = None, missing: float = 0.0):
        at = self.rng.choice(len(values), self.size, p=shares)
        return self.gaps(pl.Series([values[i] for i in at]), missing)

    def gaps(self, series: pl.Series, missing: float) -> pl.Series:
        if not missing:
            return series
        known = pl.Series(self.rng.random(self.size) >= missing)
        return pl.select(pl.when(known).then(series)).to_series()

    def yes(self, share: float, missing: float = 0.0) -> pl.Series:
        return self.gaps(pl.Series(self.rng.random(self.size) < share), missing)

    def lists(self, values: list[str], mean: float, missing: float = 0.0) -> pl.Series:
        lengths = np.minimum(self.rng.poisson(mean, self.size), len(values))
        found = [
            [values[i] for i in sorted(set(self.rng.integers(0, len(values), length)))]
            for length in lengths
        ]
        return self.gaps(pl.Series(found, dtype=pl.List(pl.String)), missing)

    def days(self, low: int, high: int, missing: float = 0.0) -> pl.Series:
        day = DAY_NUMBER + self.rng.integers(low, high, self.size)
        return self.gaps(pl.Series(day.astype(np.int32)).cast(pl.Date), missing)


def snapshot(n_candidates: int, n_placements: int, seed: int = 0, regions: int = 1) -> PoolSnapshot:
    """Return a pool of these sizes; each of its regions is some 40 km across."""
    rng = np.random.default_rng(seed)
    centres = np.stack([rng.uniform(50.9, 53.3, regions), rng.uniform(4.0, 6.9, regions)], axis=1)
    weights = rng.lognormal(0, 0.8, regions)
    weights /= weights.sum()
    towns = [
        centres[region] + rng.normal(0, 10, (12, 2)) / KM_PER_DEGREE * [1, 1.6]
        for region in range(regions)
    ]

    def located(size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        region = rng.choice(regions, size, p=weights)
        town = np.minimum(rng.zipf(1.6, size) - 1, 11)
        place = np.array([towns[r][t] for r, t in zip(region, town, strict=True)])
        place = place + rng.normal(0, 1.5, (size, 2)) / KM_PER_DEGREE * [1, 1.6]
        # areas of about a kilometre, as PC4 areas are
        place = np.round(place, 2)
        pc4 = (np.round(place[:, 0] * 100) * 1000 + np.round(place[:, 1] * 100)).astype(int)
        return region, place, pc4

    return PoolSnapshot(
        TODAY,
        _candidates(rng, n_candidates, located),
        _placements(rng, n_placements, located),
        pl.DataFrame(
            schema={
                "home": pl.String,
                "site": pl.String,
                "mode": pl.String,
                "minutes": pl.Float32,
                "source": pl.String,
            }
        ),
        pl.DataFrame(schema={"candidate.id": pl.String, "placement.id": pl.String}),
    )


def _candidates(rng: np.random.Generator, n: int, located) -> pl.DataFrame:
    draw = _Draw(rng, n)
    region, place, pc4 = located(n)
    known = pl.Series(rng.random(n) >= 0.02)
    waiting = np.minimum(rng.lognormal(np.log(420), 1.0, n), 9000).astype(int)
    hours_min = draw.some([8, 12, 16, 20, 24, 32], [0.05, 0.15, 0.3, 0.25, 0.15, 0.1], 0.1)
    deployed = rng.random(n) < 0.15
    deployed_until = pl.select(
        pl.when(pl.Series(deployed)).then(draw.days(5, 250, 0.2))
    ).to_series()
    modes = ["bicycle", "public_transport", "car", "moped"]
    columns = {
        "id": pl.Series([f"c{i:07d}" for i in range(n)]),
        "version": np.ones(n, np.int64),
        "pool": pl.Series(["pool"] * n),
        "coach": pl.Series(
            [f"coach {r} {k}" for r, k in zip(region, rng.integers(0, 80, n), strict=True)]
        ),
        "municipality": pl.Series([f"{1000 + r:04d}" for r in region]),
        "home": pl.select(pl.when(known).then(pl.Series([str(each) for each in pc4]))).to_series(),
        "latitude": pl.select(pl.when(known).then(pl.Series(place[:, 0]))).to_series(),
        "longitude": pl.select(pl.when(known).then(pl.Series(place[:, 1]))).to_series(),
        "max_travel_minutes": draw.some([20, 30, 45, 60], [0.2, 0.35, 0.3, 0.15], 0.2),
        "max_distance_km": draw.some([5, 10, 25, 50], [0.3, 0.3, 0.3, 0.1], 0.4),
        "radius_code": draw.some([1, 2, 3, 4, 5], None, 0.5),
        "walks": draw.yes(0.95, 0.2),
        "transport": draw.gaps(draw.lists(modes, 1.6), 0.08),
        "vehicle_for_work": draw.yes(0.2, 0.2),
        "licences": draw.lists(LICENCES, 0.5, 0.1),
        "certificates": draw.lists(CERTIFICATES, 0.5, 0.2),
        "languages": draw.gaps(
            pl.Series(
                [
                    [f"nld:oral:{a}", f"nld:written:{max(1, a - b)}"]
                    for a, b in zip(rng.integers(1, 5, n), rng.integers(0, 2, n), strict=True)
                ]
            ),
            0.12,
        ),
        "competences": draw.lists(COMPETENCES, 8, 0.2),
        "interests": draw.lists(TAGS, 4, 0.2),
        "occupations_wished": draw.lists(OCCUPATIONS, 1.5, 0.25),
        "sectors_wished": draw.lists(SECTORS, 1.0, 0.38),
        "preferences": draw.gaps(
            pl.Series(
                [
                    [f"occupation:{OCCUPATIONS[a]}:{m}", f"sector:{SECTORS[b]}:{m // 2}"]
                    for a, b, m in zip(
                        rng.integers(0, len(OCCUPATIONS), n),
                        rng.integers(0, len(SECTORS), n),
                        rng.integers(0, 11, n),
                        strict=True,
                    )
                ]
            ),
            0.45,
        ),
        "exclusions": draw.gaps(
            pl.Series(
                [
                    [f"sector:{SECTORS[b][:2]}", f"kind:{PLACEMENT_KINDS[k]}"]
                    for b, k in zip(
                        rng.integers(0, len(SECTORS), n), rng.integers(0, 6, n), strict=True
                    )
                ]
            ),
            0.92,
        ),
        "parkings": draw.gaps(
            pl.Series(
                [
                    ["person:"] if p < 0.1 else [f"pair:p{k:06d}"]
                    for p, k in zip(rng.random(n), rng.integers(0, 80, n), strict=True)
                ]
            ),
            0.9,
        ),
        "hours_min": hours_min,
        "hours_max": hours_min + pl.Series(rng.integers(0, 13, n)),
        "office_hours": draw.yes(0.3, 0.2),
        "irregular_work_ok": draw.yes(0.5, 0.2),
        "dayparts": draw.gaps(
            pl.Series(
                [
                    "".join(f"{m}{a}{e}" for m, a, e in zip(*rows, strict=True))
                    for rows in zip(
                        (rng.random((n, 7)) < 0.85).astype(int),
                        (rng.random((n, 7)) < 0.8).astype(int),
                        (rng.random((n, 7)) < 0.3).astype(int),
                        strict=True,
                    )
                ]
            ),
            0.35,
        ),
        "available_from": draw.days(-200, 60, 0.1),
        "available_until": draw.days(30, 700, 0.8),
        "heavy_work_ok": draw.yes(0.6, 0.2),
        "work_level": draw.some([1, 2, 3, 4, 5, 6], [0.08, 0.3, 0.33, 0.22, 0.05, 0.02], 0.2),
        **{
            f"limit_{demand}": draw.some([0, 1, 2, 3], [0.05, 0.15, 0.3, 0.5], 0.15)
            for demand in BEARING_DEMANDS
        },
        "need_supervision": draw.some([0, 1, 2, 3], [0.3, 0.4, 0.2, 0.1], 0.2),
        "need_structure": draw.some([0, 1, 2, 3], [0.3, 0.4, 0.2, 0.1], 0.2),
        "needs_adaptation": draw.yes(0.1, 0.2),
        "needs_variation": draw.yes(0.1, 0.2),
        "guidance_need": draw.some(
            ["none", "light", "medium", "intensive"], [0.1, 0.35, 0.35, 0.2], 0.1
        ),
        "ladder_step": draw.some([1, 2, 3, 4, 5, 6], [0.05, 0.12, 0.23, 0.3, 0.25, 0.05], 0.15),
        "wanted_training": draw.some(["none", "praktijkverklaring", "bbl"], [0.7, 0.2, 0.1], 0.3),
        "waiting_since": draw.gaps(
            pl.Series((DAY_NUMBER - waiting).astype(np.int32)).cast(pl.Date), 0.02
        ),
        "sheltered_advice": draw.days(-900, -10, 0.96),
        "distance_class": draw.some(["klein", "groot"], [0.4, 0.6], 0.1),
        "experience_recorded": draw.yes(0.6),
        "experience": draw.gaps(
            pl.Series(
                [
                    [f"e{e}:{OCCUPATIONS[a]}"]
                    for e, a in zip(
                        rng.integers(0, 60, n), rng.integers(0, len(OCCUPATIONS), n), strict=True
                    )
                ]
            ),
            0.6,
        ),
        "objects_to_automation": draw.yes(0.01),
        "deployed": pl.Series(deployed),
        "deployed_until": deployed_until,
        "follow_up_planned": pl.Series(deployed & (rng.random(n) < 0.1)),
        "wants_to_continue": draw.yes(0.6, 0.2),
    }
    return _frame("candidate", columns, CANDIDATE_SCHEMA)


def _placements(rng: np.random.Generator, n: int, located) -> pl.DataFrame:
    draw = _Draw(rng, n)
    region, place, pc4 = located(n)
    openings = 1 + np.minimum(rng.geometric(0.45, n), 15)
    hours_min = draw.some([8, 12, 16, 20, 24, 32], [0.2, 0.25, 0.25, 0.15, 0.1, 0.05], 0.1)
    shuttle = pl.Series(rng.random(n) < 0.03)
    columns = {
        "id": pl.Series([f"p{i:06d}" for i in range(n)]),
        "version": np.ones(n, np.int64),
        "pool": pl.Series(["pool"] * n),
        "shared": pl.Series(np.zeros(n, np.bool_)),
        "employer": pl.Series([f"e{i}" for i in rng.integers(0, max(1, n // 2), n)]),
        "title": pl.Series(["work"] * n),
        "workplace": pl.Series([f"site {each}" for each in pc4]),
        "supervisor_group": pl.Series([None] * n, dtype=pl.String),
        "site": pl.Series([str(each) for each in pc4]),
        "latitude": pl.Series(place[:, 0]),
        "longitude": pl.Series(place[:, 1]),
        "shuttle_latitude": pl.select(
            pl.when(shuttle).then(pl.Series(place[:, 0] + 0.1))
        ).to_series(),
        "shuttle_longitude": pl.select(pl.when(shuttle).then(pl.Series(place[:, 1]))).to_series(),
        "shuttle_minutes": pl.select(pl.when(shuttle).then(pl.lit(12))).to_series(),
        "kind": draw.some(list(PLACEMENT_KINDS), [0.45, 0.1, 0.12, 0.12, 0.06, 0.15]),
        "state": draw.some(["open", "paused"], [0.95, 0.05]),
        "openings": openings,
        "taken": np.minimum(rng.integers(0, 2, n), openings),
        "team": pl.Series(np.zeros(n, np.bool_)),
        "group_free": draw.some([0, 1, 2, 4, 8], None, 0.7),
        "hours_min": hours_min,
        "hours_max": hours_min + pl.Series(rng.integers(4, 25, n)),
        "office_hours": draw.yes(0.7, 0.05),
        "irregular_work": draw.yes(0.25, 0.05),
        "dayparts": draw.gaps(
            draw.some(["110110110110110000000", "100100100100100000000", "111111111111111000000"]),
            0.3,
        ),
        "start_earliest": draw.days(-30, 40, 0.4),
        "start_latest": draw.days(20, 200, 0.5),
        "closes_on": draw.days(-5, 200, 0.6),
        "season_months": draw.gaps(
            pl.Series([[3, 4, 5, 6, 7, 8, 9, 10]] * n, dtype=pl.List(pl.Int8)), 0.85
        ).fill_null([]),
        "hourly_wage": pl.Series(rng.uniform(14.5, 20, n)),
        "minimum_wage": pl.Series(np.full(n, 14.71)),
        "youth_scale": draw.yes(0.1),
        "licences_required": draw.lists(LICENCES, 0.15),
        "certificates_required": draw.lists(CERTIFICATES, 0.1),
        "languages_required": draw.gaps(
            pl.Series([[f"nld:oral:{a}"] for a in rng.integers(1, 4, n)]), 0.6
        ).fill_null([]),
        "safety_languages_required": draw.gaps(
            pl.Series([[f"nld:oral:{a}"] for a in rng.integers(1, 3, n)]), 0.9
        ).fill_null([]),
        "level_required": draw.some([1, 2, 3, 4], [0.4, 0.4, 0.15, 0.05], 0.5),
        "competences_wished": draw.lists(COMPETENCES, 4),
        "essentials_without_reason": draw.some([0, 1], [0.97, 0.03]),
        "occupation": draw.some(OCCUPATIONS, None, 0.05),
        "sector": draw.some(SECTORS, None, 0.1),
        "tags": draw.lists(TAGS, 3),
        **{
            f"demand_{demand}": draw.some([0, 1, 2, 3], [0.35, 0.35, 0.22, 0.08], 0.1)
            for demand in BEARING_DEMANDS
        },
        "offer_supervision": draw.some([1, 2, 3], None, 0.05),
        "offer_structure": draw.some([1, 2, 3], None, 0.05),
        "guidance_offered": draw.some(
            ["none", "light", "medium", "intensive"], [0.2, 0.4, 0.3, 0.1], 0.05
        ),
        "supervisors": draw.some([1, 2, 3]),
        "adaptation_possible": draw.yes(0.5, 0.1),
        "adaptation_note": pl.Series(["a stool"] * n),
        "variation_offered": draw.yes(0.6, 0.1),
        "ladder_min": draw.some([2, 3, 4, 5], [0.3, 0.4, 0.2, 0.1], 0.3),
        "ladder_step_up": draw.some([4, 5, 6], None, 0.3),
        "own_vehicle_for_work": draw.yes(0.05),
        "training_offered": draw.some(["none", "praktijkverklaring", "bbl"], [0.6, 0.25, 0.15]),
        "training_recognised": draw.yes(0.7),
        "with_trial": draw.yes(0.2),
        "subsidised": draw.yes(0.2),
        "no_displacement_on": draw.days(-400, -1),
        "pso_level": draw.some(["none", "aspirant", "1", "2", "3", "30plus"]),
        "code_in_force": draw.yes(0.1),
        "coaches": pl.Series(
            [
                [f"coach {r} {k}", f"coach {r} {k + 1}"]
                for r, k in zip(region, rng.integers(0, 80, n), strict=True)
            ]
        ),
    }
    return _frame("placement", columns, PLACEMENT_SCHEMA)


def _frame(side: str, columns: dict, schema: dict) -> pl.DataFrame:
    frame = pl.DataFrame({f"{side}.{name}": pl.Series(values) for name, values in columns.items()})
    return frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
