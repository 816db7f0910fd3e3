"""The employers of a synthetic pool: their sites, supervisors, contacts and coaches."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from matcher.simulation.branches import BRANCHES, SHARES
from matcher.simulation.draws import (
    Bools,
    Ints,
    Texts,
    day,
    keys,
    pick,
    pick_index,
    share_of,
    spread,
    table,
    unless,
    yes_no_unknown,
)
from matcher.simulation.names import emails, person_names, phones, street_names, trade_names
from matcher.simulation.people import POSTCODE_LETTERS
from matcher.simulation.regions import Ground
from matcher.simulation.sizes import Size

KINDS = ("wage_earning", "regular", "learning", "work_experience", "sheltered", "voluntary")
KIND_SHARES = (45, 15, 12, 12, 10, 6)
PEOPLE_PER_SUPERVISOR = 4


@dataclass(frozen=True, eq=False, slots=True)
class Work:
    """
    Who posts what where, before facts are drawn.

    Employers have a ``branch``; sites an ``site_employer``, ``municipality``, ``area`` and
    ``estate`` (0, 1); placements an ``employer``, ``site``, ``kind`` and ``openings``, of which
    ``taken`` are taken. All but ``branch`` and the two kinds of rows are positions.
    """

    branch: Ints
    site_employer: Ints
    municipality: Ints
    area: Ints
    estate: Ints
    employer: Ints
    site: Ints
    kind: Texts
    openings: Ints
    taken: Ints
    employer_key: Texts
    site_key: Texts
    group_key: Texts
    placement_key: Texts


def lay_out_work(rng: np.random.Generator, size: Size, ground: Ground) -> Work:
    """Return employers, sites and placements with exactly the openings of the size."""
    branch = pick_index(rng, size.employers, SHARES)
    per_employer = _openings_per_employer(rng, branch, size.openings)
    employer, openings = _split(rng, per_employer, size.placements)
    two_sites = share_of(rng, size.employers, 0.12)
    site_employer = np.r_[np.arange(size.employers), np.flatnonzero(two_sites)]
    second = np.full(size.employers, -1)
    second[two_sites] = size.employers + np.arange(int(two_sites.sum()))
    at_second = (second[employer] >= 0) & (rng.random(len(employer)) < 0.5)
    municipality, area, estate = ground.locate(rng, len(site_employer))
    units, _ = spread(openings)
    # Where many work, somebody is at work already: single openings are mostly free.
    chance = (openings[units] - 0.6) / (openings[units] - 0.6).sum()
    taken_units = rng.choice(len(units), size.openings - size.free, replace=False, p=chance)
    return Work(
        branch=branch,
        site_employer=site_employer,
        municipality=municipality,
        area=area,
        estate=estate,
        employer=employer,
        site=np.where(at_second, second[employer], employer),
        kind=pick(rng, len(employer), KINDS, KIND_SHARES),
        openings=openings,
        taken=np.bincount(units[taken_units], minlength=len(openings)),
        employer_key=keys("W", size.employers, 5),
        site_key=keys("S", len(site_employer), 5),
        group_key=keys("G", len(site_employer), 5),
        placement_key=keys("P", len(employer), 5),
    )


def _openings_per_employer(rng: np.random.Generator, branch: Ints, openings: int) -> Ints:
    """Return openings per employer: most 1-2, a fifth 3-5, the large ones 6-20; exact in total."""
    n = len(branch)
    large = rng.random(n) < np.array([each.heavy for each in BRANCHES])[branch]
    middle = rng.random(n) < 0.22
    count = np.where(
        large, rng.integers(6, 21, n), np.where(middle, rng.integers(3, 6, n),
                                                rng.integers(1, 3, n)),
    )  # fmt: skip
    surplus = int(count.sum()) - openings
    while surplus:
        # Large employers give or take first, so that the small ones stay small.
        open_to = np.flatnonzero(count > 2 if surplus > 0 else count > 3)
        if not len(open_to):
            open_to = np.flatnonzero(count > 1) if surplus > 0 else np.arange(n)
        chosen = rng.choice(open_to, min(abs(surplus), len(open_to)), replace=False)
        count[chosen] -= np.sign(surplus)
        surplus = int(count.sum()) - openings
    return count.astype(np.int64)


def _split(rng: np.random.Generator, per_employer: Ints, placements: int) -> tuple[Ints, Ints]:
    """Return employer and openings of each placement: every employer's openings, cut at random."""
    unit_employer, number = spread(per_employer)
    starts = number == 0
    others = np.flatnonzero(~starts)
    starts[rng.choice(others, placements - len(per_employer), replace=False)] = True
    placement = np.cumsum(starts) - 1
    return unit_employer[starts], np.bincount(placement)


def employer_tables(
    rng: np.random.Generator, work: Work, ground: Ground, today: date
) -> dict[str, pl.DataFrame]:
    """Return the import tables employers, employer_contacts, sites and supervisor_groups."""
    n = len(work.branch)
    employers = _employers(rng, work, today)
    contact = person_names(rng, n)
    contacts = table(
        {
            "employer": work.employer_key,
            "name": contact,
            "function": pick(rng, n, ("Bedrijfsleider", "Personeelszaken", "Eigenaar")),
            "email": emails(work.employer_key),
            "phone": phones(rng, n),
        }
    )
    return {
        "employers": employers,
        "employer_contacts": contacts,
        "sites": _sites(rng, work, ground),
        "supervisor_groups": _supervisor_groups(rng, work),
    }


def trains(work: Work) -> Bools:
    """Mark the employers that post learning work."""
    return np.bincount(work.employer[work.kind == "learning"], minlength=len(work.branch)) > 0


def crebo(work: Work) -> Texts:
    """Return the (invented) qualification number of each employer's branch."""
    numbers = np.array([f"{25_901 + row}" for row in range(len(BRANCHES))], dtype=object)
    return numbers[work.branch]


def _employers(rng: np.random.Generator, work: Work, today: date) -> pl.DataFrame:
    n = len(work.branch)
    recognised = (trains(work) & (rng.random(n) < 0.97)) | (rng.random(n) < 0.15)
    pso = pick(
        rng, n, ("none", "aspirant", "basis", "1", "2", "3", "30plus"), (66, 6, 6, 10, 6, 4, 2)
    )
    marked = share_of(rng, n, 0.18)
    declared = day(
        today, -np.where(rng.random(n) < 0.97, rng.integers(1, 340, n), rng.integers(380, 800, n))
    )
    sectors = np.array([branch.sectors[0] for branch in BRANCHES], dtype=object)
    frame = table(
        {
            "key": work.employer_key,
            "kvk_number": kvk_numbers(n),
            "trade_name": trade_names(rng, work.branch),
            "sbi_code": sectors[work.branch],
            "training_firm": unless(recognised, ~recognised & (rng.random(n) < 0.3)),
            "crebo": unless(crebo(work), ~recognised),
            "starts_per_week": unless(rng.integers(1, 4, n), rng.random(n) < 0.6),
            "pso_level": pso,
            "pso_until": unless(day(today, rng.integers(-60, 700, n)), pso == "none"),
            "code_until": unless(day(today, rng.integers(-90, 700, n)), ~share_of(rng, n, 0.08)),
            "no_displacement_on": unless(declared, share_of(rng, n, 0.03)),
        }
    )
    marks = [
        yes_no_unknown(rng, n, 0.7, 0.2, ~marked).alias(mark)
        for mark in ("impact_first", "independent", "self_supporting", "governance")
    ]
    return frame.with_columns(
        *marks, unless(day(today, -rng.integers(10, 700, n)), ~marked).alias("marks_on")
    )


def kvk_numbers(n: int) -> Texts:
    """
    Return ``n`` company numbers that no company has: eight digits from 00000001 on.

    Real numbers begin at 01. Numbers that, with a zero before them, would pass the test of the
    citizen service number are left out.
    """
    number = np.arange(1, n + n // 5 + 20)
    digits = number[:, None] // 10 ** np.arange(8, -1, -1) % 10
    passes = (digits @ np.array([9, 8, 7, 6, 5, 4, 3, 2, -1])) % 11 == 0
    return np.array([f"{each:08d}" for each in number[~passes][:n]], dtype=object)


def _sites(rng: np.random.Generator, work: Work, ground: Ground) -> pl.DataFrame:
    n = len(work.area)
    letters = pick(rng, n, POSTCODE_LETTERS) + pick(rng, n, POSTCODE_LETTERS)
    room = np.bincount(work.site, weights=work.openings, minlength=n).astype(np.int64)
    return table(
        {
            "key": work.site_key,
            "employer": work.employer_key[work.site_employer],
            "postcode": ground.country.pc4[work.area] + letters,
            "place": ground.country.place[ground.country.area_place[work.area]],
            "street": street_names(rng, n),
            "house_number": rng.integers(1, 240, n).astype(str),
            "max_guided_site": unless(room + 4, rng.random(n) < 0.7),
        }
    )


def _supervisor_groups(rng: np.random.Generator, work: Work) -> pl.DataFrame:
    """Return one group per site, one in ten of them a supervisor short of the openings."""
    n = len(work.site_key)
    guided = np.bincount(work.site, weights=work.openings, minlength=n)
    enough = np.maximum(np.ceil(guided / PEOPLE_PER_SUPERVISOR), 1).astype(np.int64)
    # Those at work already are always guided, so a group is never cut below them.
    at_work = np.bincount(work.site, weights=work.taken, minlength=n)
    least = np.maximum(np.ceil(at_work / PEOPLE_PER_SUPERVISOR), 1).astype(np.int64)
    short = rng.random(n) < 0.10
    supervisors = np.maximum(enough - short, least)
    # A few have lost their only supervisor: their placements must wait.
    supervisors[(rng.random(n) < 0.01) & (at_work == 0)] = 0
    return table(
        {
            "key": work.group_key,
            "site": work.site_key,
            "supervisors": supervisors,
            "max_guided": unless(supervisors * 5, rng.random(n) < 0.85),
        }
    )
