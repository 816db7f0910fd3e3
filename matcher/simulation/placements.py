"""The placements of a synthetic pool: hours, dates, wages, demands, guidance."""

from collections.abc import Iterable, Mapping
from datetime import date

import numpy as np
import polars as pl

from matcher.domain.columns import BEARING_DEMANDS, GUIDANCE_LEVELS
from matcher.simulation.branches import (
    BRANCHES,
    DEMANDS,
    OCCUPATION_SECTORS,
    OCCUPATIONS,
    SEASON,
)
from matcher.simulation.draws import (
    Bools,
    Floats,
    Ints,
    Texts,
    day,
    graded,
    pick,
    pick_index,
    share_of,
    table,
    unless,
    yes_no_unknown,
)
from matcher.simulation.employers import Work, crebo
from matcher.simulation.people import POSTCODE_LETTERS
from matcher.simulation.regions import Ground

LOWEST_WAGE = 15.60
"""Euro an hour, above the adult minimum of 2026: the pool pays it wherever work is paid."""
PAID = ("wage_earning", "sheltered", "regular")
INTENSIVE = GUIDANCE_LEVELS.index("intensive")
BUSY_MONTH = 0.8
"""A seasonal placement has work in the months whose index is at least this."""
# Mornings; days; Monday to Thursday; evenings; mornings with Saturday.
_PATTERNS = (
    "100" * 5 + "000" * 2,
    "110" * 5 + "000" * 2,
    "110" * 4 + "000" * 3,
    "001" * 5 + "000" * 2,
    "100" * 6 + "000",
)
_EVENING, _SATURDAY = 3, 4
# Ladder step a kind of work suits from, and the step it leads to.
_LADDER_MIN = {"wage_earning": 4, "regular": 5, "learning": 4, "work_experience": 3,
               "sheltered": 3, "voluntary": 3}  # fmt: skip
_LADDER_UP = {"wage_earning": 5, "regular": 6, "learning": 5, "work_experience": 4,
              "sheltered": 5, "voluntary": 4}  # fmt: skip
_GUIDANCE_LEANING = {"wage_earning": 0.2, "regular": -1.2, "learning": 0.4, "work_experience": 0.3,
                     "sheltered": -0.6, "voluntary": -0.2}  # fmt: skip


def placements(
    rng: np.random.Generator, work: Work, ground: Ground, trade_name: Texts, today: date
) -> pl.DataFrame:
    """Return the import table of placements; ``trade_name`` has one row per employer."""
    branch = work.branch[work.employer]
    n = len(branch)
    width = np.array([len(titles) for titles in OCCUPATIONS])
    number = (rng.random(n) * width[branch]).astype(np.int64)
    at = (np.cumsum(width) - width)[branch] + number
    title = _flat([each.titles for each in BRANCHES])[at]
    guidance = _guidance_level(rng, work.kind)
    columns = {
        "key": work.placement_key,
        "employer": work.employer_key[work.employer],
        "site": work.site_key[work.site],
        "supervisor_group": work.group_key[work.site],
        "number": np.array([f"V{row:06d}" for row in range(1, n + 1)], dtype=object),
        "title": title,
        "description": title + " bij " + trade_name[work.employer] + ".",
        "kind": work.kind,
        "contract_type": unless(pick(rng, n, ("B", "O"), (0.8, 0.2)), rng.random(n) < 0.2),
        "openings": work.openings,
        "taken": work.taken,
        "occupation": _flat(OCCUPATIONS)[at],
        "sector": _flat(OCCUPATION_SECTORS)[at],
        **_hours(rng, branch, guidance),
        **_dates(rng, branch, today),
        **_pay(rng, work),
        **_demands(rng, branch, work.kind, guidance),
        **_guidance(rng, guidance),
        **_steps(rng, work, branch, guidance),
        **_address(rng, work, ground),
        "state": _state(rng, work),
    }
    return table(columns)


def _flat(lists: Iterable[Iterable[str]]) -> Texts:
    """Return the values of all branches in one row."""
    return np.array([value for values in lists for value in values], dtype=object)


def _of_kind(kind: Texts, values: Mapping[str, float]) -> Floats:
    """Return the value of each one's kind."""
    return pl.Series(kind.tolist()).replace_strict(values, return_dtype=pl.Float64).to_numpy()


def _hours(rng: np.random.Generator, branch: Ints, guidance: Ints) -> dict[str, object]:
    n = len(branch)
    band = pick_index(rng, n, (0.12, 0.26, 0.27, 0.22, 0.13))
    evening = rng.random(n) < np.array([each.evening for each in BRANCHES])[branch]
    pattern = np.where(evening, _EVENING, pick_index(rng, n, (0.44, 0.34, 0.17, 0.0, 0.05)))
    irregular = evening & (rng.random(n) < 0.5) | (rng.random(n) < 0.04)
    office = ~evening & ~irregular & (pattern != _SATURDAY)
    # Who offers intensive guidance lets the person choose the hours, and mostly the days.
    tailored = guidance == INTENSIVE
    low = np.where(tailored, 8, np.array((8, 16, 20, 24, 32))[band])
    high = np.where(tailored, 36, np.array((16, 24, 28, 32, 40))[band])
    return {
        "hours_min": unless(low, rng.random(n) < 0.04),
        "hours_max": unless(high, rng.random(n) < 0.04),
        "dayparts": unless(
            np.array(_PATTERNS, dtype=object)[pattern],
            ~evening & (tailored | (rng.random(n) < 0.35)),
        ),
        "office_hours": unless(office, rng.random(n) < 0.08),
        "irregular_work": unless(irregular, ~irregular & (rng.random(n) < 0.05)),
    }


def _dates(rng: np.random.Generator, branch: Ints, today: date) -> dict[str, object]:
    n = len(branch)
    earliest = rng.integers(-30, 40, n)
    latest = np.maximum(earliest, 0) + rng.integers(45, 160, n)
    seasonal = (SEASON[branch].min(axis=1) < BUSY_MONTH) & (rng.random(n) < 0.20)
    busy = np.array(
        [
            "|".join(str(month + 1) for month in np.flatnonzero(index >= BUSY_MONTH))
            for index in SEASON
        ],
        dtype=object,
    )
    closing = np.where(rng.random(n) < 0.02, rng.integers(-40, 0, n), rng.integers(7, 150, n))
    return {
        "start_earliest": unless(day(today, earliest), rng.random(n) < 0.15),
        "start_latest": unless(day(today, latest), rng.random(n) < 0.30),
        "ends_on": unless(day(today, latest + rng.integers(120, 400, n)), rng.random(n) < 0.6),
        "season_months": unless(busy[branch], ~seasonal),
        "closes_on": unless(day(today, closing), rng.random(n) < 0.5),
    }


def _pay(rng: np.random.Generator, work: Work) -> dict[str, object]:
    n = len(work.kind)
    paid = np.isin(work.kind, PAID)
    young = (work.kind == "learning") & (rng.random(n) < 0.3)
    wage = np.round(np.minimum(LOWEST_WAGE + rng.exponential(1.1, n), 28.0), 2)
    trial = paid & (rng.random(n) < 0.30)
    return {
        "hourly_wage": unless(wage, ~paid),
        "youth_scale": young,
        "with_trial": trial,
        "trial_weeks": unless(rng.choice((4, 8, 8, 12), n), ~trial),
        "subsidised": (work.kind == "wage_earning") & (rng.random(n) < 0.6),
    }


def _guidance_level(rng: np.random.Generator, kind: Texts) -> Ints:
    """Return the guidance offered, 0 none to 3 intensive, more of it in protected kinds of work."""
    leaning = _of_kind(kind, _GUIDANCE_LEANING)
    level = graded(rng, _standard(leaning), (22, 44, 24, 10), 0.6)
    # Sheltered work is never light on guidance; what is intensive is mostly open to others too.
    return np.where(kind == "sheltered", np.maximum(level, INTENSIVE - 1), level)


def _standard(values: Floats | Ints) -> Floats:
    """Return the values with mean 0 and spread 1."""
    spread: Floats = (values - values.mean()) / max(float(values.std()), 0.1)
    return spread


def _demands(
    rng: np.random.Generator, branch: Ints, kind: Texts, guidance: Ints
) -> dict[str, object]:
    """Return the demands of the branch, a little more or less; less where people are protected."""
    n = len(branch)
    jitter = pick_index(rng, n * len(BEARING_DEMANDS), (0.24, 0.62, 0.14)).reshape(n, -1) - 1
    eased = (kind == "sheltered") | (guidance == INTENSIVE)
    asked = np.clip(DEMANDS[branch] + jitter - eased[:, None], 0, 3)
    return {
        f"demand_{demand}": unless(asked[:, column], rng.random(n) < 0.05)
        for column, demand in enumerate(BEARING_DEMANDS)
    }


def _guidance(rng: np.random.Generator, guidance: Ints) -> dict[str, object]:
    n = len(guidance)
    leaning = _standard(guidance)
    adaptable = yes_no_unknown(rng, n, 0.40, 0.30)
    note = pick(
        rng, n, ("Hulpmiddel voor tillen, via UWV", "Rustige werkplek, door werkgever",
                 "Kortere blokken met pauzes", "Zitmogelijkheid, door werkgever"),
    )  # fmt: skip
    offers = {
        f"offer_{support}": unless(
            graded(rng, leaning, (0.08, 0.27, 0.40, 0.25), 0.85), rng.random(n) < 0.08
        )
        for support in ("supervision", "structure")
    }
    return offers | {
        "guidance_offered": np.array(GUIDANCE_LEVELS, dtype=object)[guidance],
        "adaptation_possible": adaptable,
        "adaptation_note": unless(note, ~adaptable.fill_null(False).to_numpy()),
        "variation_offered": yes_no_unknown(rng, n, 0.45, 0.20),
    }


def _steps(rng: np.random.Generator, work: Work, branch: Ints, guidance: Ints) -> dict[str, object]:
    n = len(branch)
    lowest = np.clip(_of_kind(work.kind, _LADDER_MIN) + pick_index(rng, n, (3, 5, 1)) - 1, 1, 6)
    lowest = np.where(guidance == INTENSIVE, np.minimum(lowest, 2), lowest)
    learning = work.kind == "learning"
    training = np.where(
        learning,
        pick(rng, n, ("praktijkverklaring", "bbl"), (0.6, 0.4)),
        pick(rng, n, ("none", "praktijkverklaring"), (0.88, 0.12)),
    )
    own_vehicle = rng.random(n) < np.array([each.vehicle for each in BRANCHES])[branch]
    return {
        "level_min": unless(np.array((2, 3, 4))[pick_index(rng, n, (50, 38, 12))],
                            rng.random(n) < 0.7),
        "ladder_min": unless(lowest.astype(np.int64), rng.random(n) < 0.38),
        "ladder_step_up": unless(_of_kind(work.kind, _LADDER_UP).astype(np.int64),
                                 rng.random(n) < 0.2),
        "own_vehicle_for_work": unless(own_vehicle, ~own_vehicle & (rng.random(n) < 0.1)),
        "training_offered": training,
        "training_crebo": unless(crebo(work)[work.employer], training == "none"),
    }  # fmt: skip


def _address(rng: np.random.Generator, work: Work, ground: Ground) -> dict[str, object]:
    """Return the neighbourhood, and for some rural estates a shuttle from the main town."""
    n = len(work.site)
    municipality, area = work.municipality[work.site], work.area[work.site]
    homes = np.searchsorted(ground.home_municipality, np.arange(len(ground.name)))
    stop = ground.home_area[homes][municipality]
    place = ground.country.place[ground.country.area_place]
    on_estate = work.estate[work.site] == 1
    remote = on_estate & (ground.country.area_place[area] != ground.country.area_place[stop])
    shuttle = (share_of(rng, len(work.site_key), 0.5)[work.site]) & remote
    letters = pick(rng, n, POSTCODE_LETTERS) + pick(rng, n, POSTCODE_LETTERS)
    return {
        "neighbourhood": np.where(on_estate, "Bedrijventerrein " + place[area], place[area]),
        "shuttle_postcode": unless(ground.country.pc4[stop] + letters, ~shuttle),
        "shuttle_place": unless(place[stop], ~shuttle),
        "shuttle_minutes": unless(rng.integers(8, 22, n), ~shuttle),
    }


def _state(rng: np.random.Generator, work: Work) -> Texts:
    """Return open for most, full where no opening is left, and few paused, closed or draft."""
    n = len(work.kind)
    full: Bools = work.taken >= work.openings
    other = pick(rng, n, ("open", "paused", "closed", "draft"), (94, 3, 1.5, 1.5))
    # Where people are at work the placement is no draft, and not closed on them.
    other = np.where((work.taken > 0) & np.isin(other, ("closed", "draft")), "open", other)
    return np.where(full, "full", other)
