"""
A placement that is not there yet, described in a line, and made into one that can be matched.

What the line does not say is taken from what is usual in the pool: among its placements with the
same tasks, else of the same kind, else all of them. So the demands of light packing are those of
the packing that the pool knows.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from matcher.domain.columns import BEARING_DEMANDS, GUIDANCE_LEVELS, PLACEMENT_KINDS
from matcher.domain.gates import PAID_KINDS
from matcher.domain.near_names import near
from matcher.domain.places import locate
from matcher.domain.snapshot import PLACEMENT_SCHEMA, PoolSnapshot
from matcher.domain.values import shown
from matcher.errors import SnapshotError

MOST_OPENINGS = 10_000
MOST_HOURS = 60
MOST_TASKS = 20
PEOPLE_PER_SUPERVISOR = 4
PREFIX = "imagined-"

SUPPORT = {"none": 0, "light": 1, "medium": 2, "intensive": 3}
"""Supervision and structure that go with a level of guidance, both on 0-3."""
USUAL = (
    *(f"demand_{demand}" for demand in BEARING_DEMANDS),
    "adaptation_possible",
    "variation_offered",
    "occupation",
    "sector",
    "minimum_wage",
)
"""Facts that are taken from similar placements."""


@dataclass(frozen=True)
class Imagined:
    """
    What is said of an imagined placement.

    ``place`` is a postcode area (PC4) where the pool has people or work, or the name of a Dutch
    place. ``hours`` a week are a number, or fewest and most. ``tasks`` are tags of the work as the
    pool's placements have them; ``demands`` (0-3 by name, such as ``lifting``) override what is
    usual for them.
    """

    kind: str
    place: str
    hours: Any
    guidance: str = "light"
    openings: int = 1
    tasks: Any = ()
    demands: Any = field(default=())

    def __post_init__(self) -> None:
        """
        Check it.

        Raises
        ------
        SnapshotError
            One value that does not suit, by name, with those that do.
        """
        _check_one_of("kind", self.kind, PLACEMENT_KINDS)
        _check_one_of("guidance", self.guidance, GUIDANCE_LEVELS)
        if not isinstance(self.place, str) or not 0 < len(self.place.strip()) <= 100:
            raise SnapshotError(
                "An imagined placement needs place: a postcode area such as 9351, or the name of a "
                "place."
            )
        _hours(self.hours)
        if type(self.openings) is not int or not 1 <= self.openings <= MOST_OPENINGS:
            raise SnapshotError(
                f"openings must be a whole number from 1 to {MOST_OPENINGS}, not "
                f"{shown(self.openings)}."
            )
        if not isinstance(self.tasks, list | tuple) or len(self.tasks) > MOST_TASKS:
            raise SnapshotError(f"tasks must be a list of at most {MOST_TASKS} tags.")
        for task in self.tasks:
            if not isinstance(task, str) or not 0 < len(task) <= 100:
                raise SnapshotError(f"tasks must be tags, not {shown(task)}.")
        for name, level in _demands(self.demands).items():
            _check_one_of("demands", name, BEARING_DEMANDS)
            if type(level) is not int or not 0 <= level <= 3:
                raise SnapshotError(f"demands {name} must be 0, 1, 2 or 3, not {shown(level)}.")


def area_of(snapshot: PoolSnapshot, place: str) -> tuple[float, float]:
    """
    Return latitude and longitude in degrees of a postcode area, or of a place by its name.

    Raises
    ------
    SnapshotError
        The pool has nobody and no work in that area, or no such place is known.
    """
    wanted = place.strip()
    if not wanted.isdigit():
        if found := locate(wanted):
            return found
        raise SnapshotError(f"place {shown(wanted)} is not known. Maybe: give a postcode area.")
    known = pl.concat(
        frame.select(
            pl.col(f"{side}.{area}").alias("area"),
            pl.col(f"{side}.latitude").alias("latitude"),
            pl.col(f"{side}.longitude").alias("longitude"),
        )
        for side, area, frame in (
            ("candidate", "home", snapshot.candidates),
            ("placement", "site", snapshot.placements),
        )
    ).drop_nulls()
    here = known.filter(pl.col("area") == wanted)
    if here.is_empty():
        areas = known["area"].unique().to_list()
        raise SnapshotError(
            f"place {wanted} is no postcode area where the pool has people or work."
            f"{near(wanted, areas)} Or give the name of a place."
        )
    return here["latitude"][0], here["longitude"][0]


def imagined_row(imagined: Imagined, snapshot: PoolSnapshot) -> pl.DataFrame:
    """
    Return the imagined placement as one row of placements.

    Its id is ``imagined-1`` or the next number that is free. It is open now and all year, within
    office hours, asks nothing that must be proved (licence, certificate, level, language), pays
    the minimum wage where its kind is paid, and has one supervisor for every four openings.

    Raises
    ------
    SnapshotError
        Its place is not known.
    """
    latitude, longitude = area_of(snapshot, imagined.place)
    fewest, most = _hours(imagined.hours)
    similar = _similar(imagined, snapshot.placements)
    usual = {name: _usual(similar, f"placement.{name}") for name in USUAL}
    demands = {f"demand_{demand}": usual[f"demand_{demand}"] or 0 for demand in BEARING_DEMANDS} | {
        f"demand_{name}": level for name, level in _demands(imagined.demands).items()
    }
    paid = imagined.kind in PAID_KINDS
    facts = {
        **usual,
        **demands,
        "id": _free_id(snapshot.placements["placement.id"]),
        "version": 1,
        "pool": _pool(snapshot),
        "shared": False,
        "employer": "imagined",
        "title": f"Imagined: {imagined.kind.replace('_', ' ')} at {imagined.place.strip()}",
        "site": imagined.place.strip() if imagined.place.strip().isdigit() else None,
        "latitude": latitude,
        "longitude": longitude,
        "kind": imagined.kind,
        "state": "open",
        "openings": imagined.openings,
        "taken": 0,
        "hours_min": fewest,
        "hours_max": most,
        "office_hours": True,
        "irregular_work": False,
        "hourly_wage": (usual["minimum_wage"] or 0.0) if paid else None,
        "minimum_wage": (usual["minimum_wage"] or 0.0) if paid else None,
        "youth_scale": False,
        "licences_required": [],
        "certificates_required": [],
        "languages_required": [],
        "safety_languages_required": [],
        "competences_wished": [],
        "essentials_without_reason": 0,
        "tags": list(imagined.tasks),
        "offer_supervision": SUPPORT[imagined.guidance],
        "offer_structure": SUPPORT[imagined.guidance],
        "guidance_offered": imagined.guidance,
        "supervisors": -(-imagined.openings // PEOPLE_PER_SUPERVISOR),
        "own_vehicle_for_work": False,
        "training_offered": "none",
        "training_recognised": True,
        "with_trial": False,
        "subsidised": False,
        "no_displacement_on": snapshot.today,
        "pso_level": "none",
        "code_in_force": False,
        "season_months": [],
        "coaches": [],
    }
    return pl.DataFrame(
        {name: [facts.get(name.partition(".")[2])] for name in PLACEMENT_SCHEMA},
        schema=PLACEMENT_SCHEMA,
        strict=True,
    )


def _similar(imagined: Imagined, placements: pl.DataFrame) -> pl.DataFrame:
    tags = pl.col("placement.tags").list
    same_tasks = pl.any_horizontal(
        pl.lit(False), *(tags.contains(task).fill_null(False) for task in imagined.tasks)
    )
    of_tasks = placements.filter(same_tasks)
    of_kind = placements.filter(pl.col("placement.kind") == imagined.kind)
    return next((found for found in (of_tasks, of_kind) if found.height), placements)


def _usual(placements: pl.DataFrame, name: str) -> Any:
    """Return the value that most have, of several the smallest; None when none is recorded."""
    counts = Counter(placements[name].drop_nulls().to_list())
    return min(counts, key=lambda value: (-counts[value], value), default=None)


def _free_id(ids: pl.Series) -> str:
    taken = set(ids.filter(ids.str.starts_with(PREFIX)).to_list())
    number = 1
    while f"{PREFIX}{number}" in taken:
        number += 1
    return f"{PREFIX}{number}"


def _pool(snapshot: PoolSnapshot) -> str | None:
    pools = snapshot.candidates["candidate.pool"].drop_nulls()
    return None if pools.is_empty() else str(pools[0])


def _hours(value: object) -> tuple[int, int]:
    bounds = (value, value) if not isinstance(value, list | tuple) else tuple(value)
    whole = len(bounds) == 2 and all(type(bound) is int for bound in bounds)
    if not whole or not 1 <= bounds[0] <= bounds[1] <= MOST_HOURS:
        raise SnapshotError(
            f"hours must be a whole number from 1 to {MOST_HOURS}, or fewest and most, not "
            f"{shown(value)}."
        )
    return bounds[0], bounds[1]


def _demands(value: object) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    if value == () or value == []:
        return {}
    raise SnapshotError(f"demands must be levels by name, not {shown(value)}.")


def _check_one_of(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise SnapshotError(
            f"{name} must be one of {', '.join(known)}, not {shown(value)}."
            f"{near(str(value), known)}"
        )
