"""Small pools of invented people, written straight to the database, for tests of what runs do."""

import random
from datetime import date, timedelta
from uuid import UUID

from sqlmodel import Session

from matcher.store.tables import Candidate, CandidateTransport, Employer, Placement, Pool, Site

PLACES = ("Utrecht", "Amersfoort", "Zeist", "Nieuwegein", "Houten")


def write_pool(
    db: Session, key: str, *, people: int = 40, placements: int = 15, seed: int = 1
) -> UUID:
    """Write a pool whose people can do some of its placements, and return its id."""
    chance = random.Random(seed)
    pool = Pool(key=key, name=f"Pool {key}")
    db.add(pool)
    db.flush()
    employer = Employer(pool_id=pool.id, key="employer", trade_name="Invented works")
    db.add(employer)
    db.flush()
    sites = [
        Site(pool_id=pool.id, key=f"site-{place}", employer_id=employer.id, place=place)
        for place in PLACES
    ]
    db.add_all(sites)
    db.flush()
    db.add_all(
        Placement(
            pool_id=pool.id,
            key=f"placement-{number}",
            employer_id=employer.id,
            site_id=sites[number % len(sites)].id,
            title=f"Work {number}",
            kind="voluntary",
            state="open",
            openings=chance.randint(1, 3),
            hours_min=chance.choice((8, 16, 24)),
            hours_max=32,
            level_min=chance.choice((1, 1, 2, 3)),
        )
        for number in range(placements)
    )
    candidates = [
        Candidate(
            pool_id=pool.id,
            key=f"candidate-{number}",
            place=chance.choice(PLACES),
            hours_min=8,
            hours_max=chance.choice((12, 20, 28, 36)),
            work_level=chance.randint(1, 4),
            waiting_since=date(2026, 1, 1) + timedelta(days=chance.randint(0, 300)),
        )
        for number in range(people)
    ]
    db.add_all(candidates)
    db.flush()
    db.add_all(
        CandidateTransport(
            pool_id=pool.id,
            candidate_id=candidate.id,
            mode=chance.choice(("bicycle", "public_transport", "car")),
            for_commute=True,
        )
        for candidate in candidates
    )
    db.flush()
    return pool.id
