"""The people of a synthetic pool: what is recorded of their wishes, limits and needs."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from matcher.domain.columns import BEARING_DEMANDS, GUIDANCE_LEVELS
from matcher.simulation.branches import SHARES
from matcher.simulation.draws import (
    Bools,
    Floats,
    Ints,
    Texts,
    day,
    graded,
    keys,
    pick,
    pick_index,
    share_of,
    table,
    unless,
    yes_no_unknown,
)
from matcher.simulation.regions import Ground

POSTCODE_LETTERS = tuple("ABCDEGHJKLMNPRTVWXZ")
MEDIAN_WAIT_DAYS = 420
LONGEST_WAIT_DAYS = 4_380
# Five days of morning, afternoon and evening, then the weekend.
_DAY, _MORNING, _ALL_DAY = "110", "100", "111"
DAYPARTS = (
    _DAY * 5 + "000" * 2,
    _DAY * 2 + _MORNING + _DAY + _MORNING + "000" * 2,
    _MORNING * 5 + "000" * 2,
    _ALL_DAY * 5 + "000" * 2,
    _ALL_DAY * 5 + _DAY * 2,
)


@dataclass(frozen=True, eq=False, slots=True)
class People:
    """
    The people before their facts are drawn: one row each.

    ``burden`` is the hidden standard normal figure that lets a person's limits, needs and steps
    hang together, ``gaps`` (standard normal, leaning by sex and age class) says how likely facts
    are missing, and ``branch`` is the branch they wish. ``age`` is in years.
    """

    key: Texts
    municipality: Ints
    area: Ints
    burden: Floats
    gaps: Floats
    branch: Ints
    sex: Texts
    age: Ints

    def __len__(self) -> int:
        """Return the number of people."""
        return len(self.key)


def settle_people(rng: np.random.Generator, n: int, ground: Ground) -> People:
    """Return ``n`` people with a home, a wished branch, and what only the audit may know."""
    municipality, area = ground.settle(rng, n)
    sex = pick(rng, n, ("M", "V"), (0.52, 0.48))
    age = np.clip(np.round(rng.normal(43, 12.5, n)), 18, 66).astype(np.int64)
    # On purpose: thin files are not spread evenly, so that the fairness report has a finding.
    gaps = rng.standard_normal(n) + 0.35 * (sex == "V") + 0.45 * (age < 27) - 0.25
    return People(
        key=keys("K", n, 6),
        municipality=municipality,
        area=area,
        burden=rng.standard_normal(n),
        gaps=gaps,
        branch=pick_index(rng, n, SHARES),
        sex=sex,
        age=age,
    )


def candidates(
    rng: np.random.Generator,
    people: People,
    ground: Ground,
    today: date,
    coach: pl.Series,
    at_sheltered: Bools,
) -> pl.DataFrame:
    """
    Return the import table of candidates, before deployments are written into it.

    ``coach`` is the key of each one's coach, or null; ``at_sheltered`` marks who works at a
    sheltered placement now, and so must have the advice for it.
    """
    n = len(people)
    return table(
        {
            "key": people.key,
            "state": np.where(share_of(rng, n, 0.01), "inactive", "active"),
            **_home(rng, people, ground),
            **_time(rng, people, today),
            **_wishes(rng, people),
            **_limits(rng, people, today),
            **_support(rng, people, coach),
            **_path(rng, people, today),
            **_restricted(rng, people, today, at_sheltered),
            "objects_to_automation": share_of(rng, n, 0.007),
            "restricted": share_of(rng, n, 0.003),
            "checked_on": day(
                today,
                -np.where(share_of(rng, n, 0.30, people.gaps), rng.integers(181, 900, n),
                          rng.integers(1, 181, n)),
            ),
        }
    )  # fmt: skip


def missing(rng: np.random.Generator, people: People, share: float) -> Bools:
    """Mark whose fact is not recorded, sooner where a file is thin."""
    return share_of(rng, len(people), share, people.gaps)


def _home(rng: np.random.Generator, people: People, ground: Ground) -> dict[str, object]:
    n = len(people)
    pc4 = ground.country.pc4[people.area]
    letters = pick(rng, n, POSTCODE_LETTERS) + pick(rng, n, POSTCODE_LETTERS)
    no_limit = missing(rng, people, 0.20)
    within = pick_index(rng, n, (0.60, 0.30, 0.10))
    kilometres = np.choose(
        within,
        (
            rng.choice((5, 7, 10), n, p=(0.2, 0.2, 0.6)),
            rng.choice((15, 20, 25), n),
            rng.choice((30, 50), n),
        ),
    )
    minutes = np.choose(
        within,
        (
            rng.choice((30, 45), n, p=(0.4, 0.6)),
            rng.choice((45, 60), n),
            rng.choice((60, 75, 90), n),
        ),
    )
    # Some record a radius code instead of kilometres: 1 to 5 stand for 5 to 50 km.
    by_code = share_of(rng, n, 0.15) & ~no_limit
    return {
        "municipality": ground.code[people.municipality],
        "mediation_postcode": unless(pc4 + letters, missing(rng, people, 0.005)),
        "place": ground.country.place[ground.country.area_place[people.area]],
        "max_distance_km": unless(kilometres, no_limit | by_code),
        "radius_code": unless(np.searchsorted((5, 10, 15, 25, 50), kilometres) + 1, ~by_code),
        "max_travel_minutes": unless(minutes, no_limit),
        "walking": yes_no_unknown(rng, n, 0.62, 0.13),
    }


def _time(rng: np.random.Generator, people: People, today: date) -> dict[str, object]:
    n = len(people)
    band = graded(rng, -people.burden, (0.20, 0.35, 0.30, 0.15), 0.4)
    low = np.array((8, 16, 20, 32))[band] + 4 * (band < 3) * rng.integers(0, 2, n)
    high = np.array((16, 24, 32, 40))[band]
    soon = rng.integers(-200, 1, n)
    later = rng.integers(1, 120, n)
    from_later = share_of(rng, n, 0.12)
    until = share_of(rng, n, 0.04)
    unknown = missing(rng, people, 0.35)
    return {
        "hours_min": unless(low, missing(rng, people, 0.06)),
        "hours_max": unless(high, missing(rng, people, 0.03)),
        "office_hours": yes_no_unknown(rng, n, 0.25, 0.55),
        "irregular_work_ok": yes_no_unknown(rng, n, 0.40, 0.40),
        "dayparts": unless(pick(rng, n, DAYPARTS, (0.45, 0.18, 0.14, 0.15, 0.08)), unknown),
        "available_from": unless(
            day(today, np.where(from_later, later, soon)), missing(rng, people, 0.08)
        ),
        "available_until": unless(day(today, rng.integers(130, 500, n)), ~until),
    }


def _wishes(rng: np.random.Generator, people: People) -> dict[str, object]:
    n = len(people)
    willing = -people.burden
    return {
        "heavy_work_ok": unless(
            graded(rng, willing, (0.45, 0.55), 0.5) == 1, missing(rng, people, 0.25)
        ),
        "outside_wish_ok": yes_no_unknown(rng, n, 0.55, 0.20),
        "below_level_ok": yes_no_unknown(rng, n, 0.50, 0.20),
        "work_level": unless(
            graded(rng, willing, (8, 30, 33, 22, 5, 2), 0.35) + 1, missing(rng, people, 0.42)
        ),
        "contract_type": unless(pick(rng, n, ("B", "O"), (0.7, 0.3)), missing(rng, people, 0.4)),
        "contract_kind": unless(
            pick(rng, n, ("01", "02", "03", "04"), (0.62, 0.15, 0.08, 0.15)),
            missing(rng, people, 0.4),
        ),
        "wanted_training": unless(
            pick(rng, n, ("none", "praktijkverklaring", "bbl"), (0.62, 0.24, 0.14)),
            missing(rng, people, 0.25),
        ),
    }


def _limits(rng: np.random.Generator, people: People, today: date) -> dict[str, object]:
    """Return the most each can bear; a quarter of the people were never assessed."""
    n = len(people)
    unknown = missing(rng, people, 0.25)
    bears: dict[str, object] = {
        f"limit_{demand}": unless(
            3 - graded(rng, people.burden, (0.77, 0.14, 0.07, 0.02), 0.55), unknown
        )
        for demand in BEARING_DEMANDS
    }
    return bears | {
        "need_supervision": unless(
            graded(rng, people.burden, (0.42, 0.38, 0.16, 0.04), 0.7), unknown
        ),
        "need_structure": unless(
            graded(rng, people.burden, (0.42, 0.38, 0.16, 0.04), 0.7), unknown
        ),
        "demands_by": unless(
            pick(rng, n, ("arbeidsdeskundige", "jobcoach", "klantmanager"), (0.3, 0.4, 0.3)),
            unknown,
        ),
        "demands_on": unless(day(today, -rng.integers(10, 1_000, n)), unknown),
        "needs_adaptation": yes_no_unknown(rng, n, 0.12, 0.82, unknown),
        "needs_guidance": yes_no_unknown(rng, n, 0.76, 0.18, unknown),
        "needs_variation": yes_no_unknown(rng, n, 0.12, 0.82, unknown),
    }


def _support(rng: np.random.Generator, people: People, coach: pl.Series) -> dict[str, object]:
    n = len(people)
    need = graded(rng, people.burden, (0.10, 0.35, 0.35, 0.20), 0.7)
    unknown = missing(rng, people, 0.12)
    hours = np.array((0.0, 0.5, 1.5, 3.0))[need] + np.round(rng.random(n) * (need > 0), 1)
    return {
        "guidance_need": unless(np.array(GUIDANCE_LEVELS, dtype=object)[need], unknown),
        "guidance_hours": unless(np.round(hours, 1), unknown),
        "coach": coach,
    }


def _path(rng: np.random.Generator, people: People, today: date) -> dict[str, object]:
    n = len(people)
    step = graded(rng, -people.burden, (5, 12, 23, 30, 25, 5), 0.6) + 1
    unknown = missing(rng, people, 0.15)
    waited = np.minimum(MEDIAN_WAIT_DAYS * rng.lognormal(0.0, 1.0, n), LONGEST_WAIT_DAYS)
    waited = waited.astype(np.int64) + 1
    return {
        "ladder_step": unless(step, unknown),
        "ladder_date": unless(day(today, -rng.integers(1, 365, n)), unknown),
        "expected_ladder_step": unless(
            np.minimum(step + rng.integers(0, 2, n), 6), unknown | share_of(rng, n, 0.4)
        ),
        "waiting_since": unless(day(today, -waited), share_of(rng, n, 0.01)),
        "scheme": pick(
            rng, n, ("participatiewet", "wajong", "wia", "ww", "geen"), (74, 8, 6, 6, 6)
        ),
        "payer": pick(rng, n, ("gemeente", "uwv", "geen"), (78, 17, 5)),
        "distance_class": unless(
            np.where(graded(rng, people.burden, (0.35, 0.65), 0.5) == 1, "groot", "klein"),
            missing(rng, people, 0.10),
        ),
    }


def _restricted(
    rng: np.random.Generator, people: People, today: date, at_sheltered: Bools
) -> dict[str, object]:
    """Return the facts that no rule reads, save the advice that opens sheltered work."""
    n = len(people)
    rest = max(0.04 - at_sheltered.mean(), 0.0)
    advised = at_sheltered | share_of(rng, n, rest, people.burden, ~at_sheltered)
    centre = np.clip(rng.normal(56, 15, n), 5, 100)
    half = rng.integers(10, 31, n) / 2
    unknown = missing(rng, people, 0.40)
    return {
        "sheltered_advice": unless(day(today, -rng.integers(200, 2_500, n)), ~advised),
        "register_flag": yes_no_unknown(rng, n, 0.45, 0.40),
        "wage_value_low": unless(np.clip(centre - half, 0, 100).astype(np.int64), unknown),
        "wage_value_high": unless(np.clip(centre + half, 0, 100).astype(np.int64), unknown),
        "wage_value_on": unless(day(today, -rng.integers(20, 1_400, n)), unknown),
    }
