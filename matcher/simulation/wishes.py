"""What people have said about work: marks, vetoes, exclusions, parkings, consents."""

from datetime import date

import numpy as np
import polars as pl

from matcher.simulation.branches import BRANCHES, OCCUPATION_SECTORS, OCCUPATIONS, SHARES
from matcher.simulation.draws import (
    Ints,
    Texts,
    day,
    pick,
    pick_index,
    share_of,
    spread,
    table,
    unless,
)
from matcher.simulation.employers import Work
from matcher.simulation.people import People

SHARE_MARKING, SHARE_VETO = 0.55, 0.08
RECEIVERS = ("werkgevers in de pool", "arbeidsmarktregio")


def wish_tables(
    rng: np.random.Generator, people: People, work: Work, today: date
) -> dict[str, pl.DataFrame]:
    """Return the import tables of preferences, exclusions, parkings and consents."""
    return {
        "candidate_preference": _preferences(rng, people, work),
        "candidate_exclusion": _exclusions(rng, people, work, today),
        "candidate_parking": _parkings(rng, people, work, today),
        "candidate_consent": _consents(rng, people, today),
    }


def _nearby(rng: np.random.Generator, people: People, work: Work, row: Ints) -> Ints:
    """Return a placement per row, out of those in the person's own municipality if it has any."""
    where = work.municipality[work.site]
    order = np.argsort(where, kind="stable")
    home = people.municipality[row]
    first = np.searchsorted(where[order], home, side="left")
    count = np.searchsorted(where[order], home, side="right") - first
    inside = order[np.minimum(first + (rng.random(len(row)) * count).astype(np.int64),
                              len(order) - 1)]  # fmt: skip
    return np.where(count > 0, inside, rng.integers(0, len(where), len(row)))


def _preferences(rng: np.random.Generator, people: People, work: Work) -> pl.DataFrame:
    n = len(people)
    marking = share_of(rng, n, SHARE_MARKING, -people.gaps)
    vetoing = share_of(rng, n, SHARE_VETO)
    row, _ = spread(np.where(marking, rng.integers(1, 5, n), 0))
    own = rng.random(len(row)) < 0.7
    branch = np.where(own, people.branch[row], pick_index(rng, len(row), SHARES))
    kind = pick(rng, len(row), ("occupation", "sector", "placement"), (0.4, 0.3, 0.3))
    mark = np.clip(np.round(rng.normal(5.2, 2.2, len(row)) + 2.0 * own), 0, 10).astype(np.int64)
    marks = table(
        {
            "candidate": people.key[row],
            "target_kind": kind,
            "target": _target(
                rng, kind, branch, work.placement_key[_nearby(rng, people, work, row)]
            ),
            "mark": mark,
            "veto": False,
        },
        mark=pl.Int64,
        veto=pl.Boolean,
    )
    refused = np.flatnonzero(vetoing)
    # Nobody vetoes the branch they wish: the next one in the list.
    other = (people.branch[refused] + rng.integers(1, len(BRANCHES), len(refused))) % len(BRANCHES)
    veto_kind = pick(rng, len(refused), ("occupation", "sector"), (0.4, 0.6))
    vetoes = table(
        {
            "candidate": people.key[refused],
            "target_kind": veto_kind,
            "target": _target(rng, veto_kind, other, people.key[refused]),
            "mark": None,
            "veto": True,
        },
        mark=pl.Int64,
        veto=pl.Boolean,
    )
    # A veto wins from a mark for the same work.
    return (
        pl.concat([vetoes, marks])
        .unique(["candidate", "target_kind", "target"], keep="first", maintain_order=True)
        .sort("candidate", maintain_order=True)
    )


def _target(rng: np.random.Generator, kind: Texts, branch: Ints, placement: Texts) -> Texts:
    """Return what is marked: an occupation or sector of the branch, or the placement."""
    width = np.array([len(titles) for titles in OCCUPATIONS])
    at = (np.cumsum(width) - width)[branch] + (rng.random(len(branch)) * width[branch]).astype(int)
    occupation = np.array([uri for uris in OCCUPATIONS for uri in uris], dtype=object)[at]
    sector = np.array([code for codes in OCCUPATION_SECTORS for code in codes], dtype=object)[at]
    return np.where(kind == "occupation", occupation, np.where(kind == "sector", sector, placement))


def _exclusions(rng: np.random.Generator, people: People, work: Work, today: date) -> pl.DataFrame:
    n = len(people)
    at_employer = np.flatnonzero(share_of(rng, n, 0.03))
    of_kind = np.flatnonzero(share_of(rng, n, 0.02))
    employer = work.employer[_nearby(rng, people, work, at_employer)]
    reasons = pick(rng, len(at_employer), ("never_here", "known_conflict", "felt_unsafe"))
    ends = day(today, rng.integers(20, 365, len(at_employer)))
    return pl.concat(
        [
            table(
                {
                    "candidate": people.key[at_employer],
                    "target_kind": "employer",
                    "target": work.employer_key[employer],
                    "reason_code": reasons,
                    "until": unless(ends, reasons != "known_conflict"),
                },
                until=pl.Date,
            ),
            table(
                {
                    "candidate": people.key[of_kind],
                    "target_kind": "kind",
                    "target": pick(rng, len(of_kind), ("voluntary", "work_experience", "regular")),
                    "reason_code": "not_for_me",
                    "until": None,
                },
                until=pl.Date,
            ),
        ]
    ).sort("candidate", maintain_order=True)


def _parkings(rng: np.random.Generator, people: People, work: Work, today: date) -> pl.DataFrame:
    n = len(people)
    pair = np.flatnonzero(share_of(rng, n, 0.05))
    person = np.flatnonzero(share_of(rng, n, 0.008))
    # Some have run out: they must have no effect any more.
    ends = day(today, rng.integers(-60, 180, len(pair)))
    return pl.concat(
        [
            table(
                {
                    "candidate": people.key[pair],
                    "target_kind": "pair",
                    "target": work.placement_key[_nearby(rng, people, work, pair)],
                    "reason_code": pick(rng, len(pair), ("not_for_me", "too_far", "not_ready_yet")),
                    "until": ends,
                },
                until=pl.Date,
            ),
            table(
                {
                    "candidate": people.key[person],
                    "target_kind": "person",
                    "target": None,
                    "reason_code": "not_now",
                    "until": day(today, rng.integers(5, 60, len(person))),
                },
                target=pl.String,
                until=pl.Date,
            ),
        ]
    ).sort("candidate", maintain_order=True)


def _consents(rng: np.random.Generator, people: People, today: date) -> pl.DataFrame:
    row = np.flatnonzero(share_of(rng, len(people), 0.72, -people.gaps))
    n = len(row)
    since = rng.integers(10, 700, n)
    withdrawn = rng.random(n) < 0.02
    moment = pl.Series(day(today, -rng.integers(1, 10, n))).dt.strftime("%Y-%m-%dT09:00:00Z")
    return table(
        {
            "candidate": people.key[row],
            "purpose": "matching",
            "receiver": pick(rng, n, RECEIVERS, (0.85, 0.15)),
            "fields": pick(rng, n, ("name|phone", "name|phone|email"), (0.5, 0.5)),
            "from_on": day(today, -since),
            "until_on": unless(day(today, 730 - since), rng.random(n) < 0.4),
            "withdrawn_at": unless(moment, ~withdrawn),
            "given_how": pick(rng, n, ("gesprek", "formulier", "portaal"), (0.6, 0.3, 0.1)),
        }
    )
