"""Who the people are, invented, and what only the fairness report may know; and their coaches."""

from datetime import date

import numpy as np
import polars as pl

from matcher.simulation.draws import Ints, Texts, day, keys, pick, share_of, spread, table, unless
from matcher.simulation.employers import Work
from matcher.simulation.names import emails, person_names, phones, street_names
from matcher.simulation.people import People
from matcher.simulation.regions import Ground

AGE_CLASSES = ((27, "18-26"), (45, "27-44"), (55, "45-54"), (200, "55+"))
ORIGINS = ("nederland", "europa", "buiten europa")


def identities(rng: np.random.Generator, people: People, today: date) -> pl.DataFrame:
    """Return the import table of identities, apart from the profiles."""
    n = len(people)
    born = day(today, -(people.age * 365.25).astype(np.int64) - rng.integers(0, 365, n))
    return table(
        {
            "candidate": people.key,
            "name": person_names(rng, n),
            "phone": unless(phones(rng, n), share_of(rng, n, 0.08, people.gaps)),
            "email": unless(emails(people.key), share_of(rng, n, 0.20, people.gaps)),
            "street": street_names(rng, n),
            "house_number": rng.integers(1, 320, n).astype(str),
            "house_number_addition": unless(pick(rng, n, ("a", "b", "bis")), rng.random(n) < 0.9),
            "birth_date": born,
        }
    )


def audit_attributes(rng: np.random.Generator, people: People) -> pl.DataFrame:
    """Return the import table of audit attributes, read by the fairness report alone."""
    limits = np.array([limit for limit, _ in AGE_CLASSES])
    names = np.array([name for _, name in AGE_CLASSES], dtype=object)
    return table(
        {
            "candidate": people.key,
            "sex": people.sex,
            "age_class": names[np.searchsorted(limits, people.age, side="right")],
            "origin_class": pick(rng, len(people), ORIGINS, (0.62, 0.12, 0.26)),
        }
    )


def coach_of(rng: np.random.Generator, people: People, coaches: int) -> Ints:
    """Return each one's coach (position), even caseloads, municipality by municipality."""
    order = np.lexsort((rng.random(len(people)), people.municipality))
    coach = np.empty(len(people), dtype=np.int64)
    coach[order] = np.arange(len(people)) * coaches // len(people)
    return coach


def coach_keys(coaches: int) -> Texts:
    """Return the keys of that many coaches."""
    return keys("C", coaches, 5)


def coach_tables(
    rng: np.random.Generator, people: People, work: Work, ground: Ground, coach: Ints, coaches: int
) -> dict[str, pl.DataFrame]:
    """Return the import tables of coaches and of the sites they serve, in their own region."""
    home = np.zeros(coaches, dtype=np.int64)
    home[coach] = people.municipality
    key = coach_keys(coaches)
    served, _ = spread(rng.integers(3, 9, coaches))
    site = _site_near(rng, work, home[served])
    return {
        "coaches": table(
            {
                "key": key,
                "name": person_names(rng, coaches),
                "hours_per_week": rng.choice((20.0, 24.0, 28.0, 32.0), coaches),
                "caseload_max": rng.choice((40, 50, 60), coaches),
                "region": ground.name[home],
                "specialisms": unless(
                    pick(rng, coaches, ("taal|jongeren", "arbeidsontwikkeling", "beschut werk")),
                    rng.random(coaches) < 0.25,
                ),
            }
        ),
        "coach_sites": table({"coach": key[served], "site": work.site_key[site]}).unique(
            maintain_order=True
        ),
    }


def _site_near(rng: np.random.Generator, work: Work, municipality: Ints) -> Ints:
    """Return a site per row, out of those in that municipality if it has any."""
    order = np.argsort(work.municipality, kind="stable")
    sorted_by = work.municipality[order]
    first = np.searchsorted(sorted_by, municipality, side="left")
    count = np.searchsorted(sorted_by, municipality, side="right") - first
    at = np.minimum(first + (rng.random(len(first)) * count).astype(np.int64), len(order) - 1)
    return np.where(count > 0, order[at], rng.integers(0, len(order), len(first)))
