"""What candidates have and wish, as lists: transport, languages, schooling, competences, work."""

from datetime import date

import numpy as np
import polars as pl

from matcher.simulation.branches import (
    BRANCHES,
    COMPETENCES,
    OCCUPATION_SECTORS,
    OCCUPATIONS,
    SHARES,
    TAGS,
)
from matcher.simulation.draws import (
    Bools,
    Ints,
    Texts,
    day,
    graded,
    pick,
    pick_index,
    share_of,
    spread,
    table,
    unless,
    yes_no_unknown,
)
from matcher.simulation.people import People, missing

# Of those with any transport, so that with the 8% without the shares come out as wished.
_NO_MODE = 0.08
_MODES = {"bicycle": 0.752, "public_transport": 0.652, "moped": 0.06, "motorcycle": 0.015}
CERTIFICATES = {"VCA": 0.14, "Heftruck": 0.06, "BHV": 0.06, "HACCP": 0.09}
"""Share of the people who hold each certificate."""


def skill_tables(rng: np.random.Generator, people: People, today: date) -> dict[str, pl.DataFrame]:
    """Return the import tables that list what people have and wish, by name."""
    transport, licences = _mobility(rng, people)
    occupations, sectors = _wished_work(rng, people)
    return {
        "candidate_transport": transport,
        "candidate_licence": licences,
        "candidate_education": _education(rng, people, today),
        "candidate_course": _courses(rng, people, today),
        "candidate_language": _languages(rng, people),
        "candidate_competence": _competences(rng, people),
        "candidate_interest": _interests(rng, people),
        "candidate_occupation": occupations,
        "candidate_sector": sectors,
    }


def _listed(people: People, marks: dict[str, Bools], column: str) -> pl.DataFrame:
    """Return one row per person and mark, by person."""
    rows = [np.flatnonzero(mark) for mark in marks.values()]
    named = np.repeat(np.array(list(marks), dtype=object), [len(row) for row in rows])
    row = np.concatenate(rows)
    order = np.argsort(row, kind="stable")
    return table({"candidate": people.key[row[order]], column: named[order]})


def _mobility(rng: np.random.Generator, people: People) -> tuple[pl.DataFrame, pl.DataFrame]:
    n = len(people)
    some = ~share_of(rng, n, _NO_MODE, people.gaps)
    licence = share_of(rng, n, 0.35, -people.burden)
    car = share_of(rng, n, 0.25, among=some & licence)
    modes = {mode: some & (rng.random(n) < share) for mode, share in _MODES.items()}
    # Who has transport has at least a bicycle when nothing else came up.
    nothing = some & ~car & ~np.logical_or.reduce(list(modes.values()))
    modes["bicycle"] |= nothing
    transport = _listed(people, {"car": car, **modes}, "mode")
    rows = len(transport)
    motorised = transport["mode"].is_in(["car", "moped", "motorcycle"]).to_numpy()
    transport = transport.with_columns(
        yes_no_unknown(rng, rows, 0.90, 0.02).alias("for_commute"),
        unless(rng.random(rows) < np.where(motorised, 0.6, 0.1), rng.random(rows) < 0.3).alias(
            "for_work"
        ),
    )
    heavy = share_of(rng, n, 0.03, among=licence)
    held = {
        "B": licence,
        "AM": share_of(rng, n, 0.04),
        "BE": share_of(rng, n, 0.03, among=licence),
        "C": heavy,
        "CE": heavy & (rng.random(n) < 0.4),
        "T": share_of(rng, n, 0.02),
    }
    return transport, _listed(people, held, "licence")


def _education(rng: np.random.Generator, people: People, today: date) -> pl.DataFrame:
    known = np.flatnonzero(~missing(rng, people, 0.42))
    burden = -people.burden[known]
    level = np.array((1, 2, 3, 4, 5, 6, 9))[graded(rng, burden, (14, 30, 8, 36, 7, 2, 3), 0.4)]
    status = pick_index(rng, len(known), (0.12, 0.62, 0.22, 0.04))
    diploma = np.choose(status, (0, 1, 2, 2))
    ended = np.maximum(people.age[known] - 18 - level // 3, 0) * 365 + rng.integers(
        1, 365, len(known)
    )
    lasted = rng.integers(300, 1_500, len(known))
    running = status == 3
    return table(
        {
            "candidate": people.key[known],
            "level": level,
            "diploma": diploma,
            "status": status,
            "started_on": day(today, -(np.where(running, 0, ended) + lasted)),
            "ended_on": unless(day(today, -ended), running),
        }
    )


def _courses(rng: np.random.Generator, people: People, today: date) -> pl.DataFrame:
    n = len(people)
    held = {name: share_of(rng, n, share) for name, share in CERTIFICATES.items()}
    held["Werknemersvaardigheden"] = share_of(rng, n, 0.10)
    courses = _listed(people, held, "name")
    rows = len(courses)
    certified = -rng.integers(30, 3_000, rows)
    # Ten years of validity: nearly all still count, some ran out.
    expires = certified + rng.choice((1_095, 3_650), rows, p=(0.2, 0.8))
    endless = (courses["name"] == "Werknemersvaardigheden").to_numpy()
    return courses.with_columns(
        pl.Series("certified_on", day(today, certified)),
        unless(day(today, expires), endless).alias("expires_on"),
    )


def _languages(rng: np.random.Generator, people: People) -> pl.DataFrame:
    known = np.flatnonzero(~missing(rng, people, 0.12))
    oral = graded(rng, -people.burden[known], (10, 30, 35, 25), 0.2) + 1
    lower = share_of(rng, len(known), 0.40)
    written = np.maximum(oral - lower, 1)
    unknown = rng.random(len(known)) < 0.3
    dutch = table(
        {
            "candidate": people.key[known],
            "language": "nld",
            "oral": oral,
            "written": written,
            "reading": unless(np.where(lower, written, oral), unknown),
            "listening": unless(oral, unknown),
        }
    )
    more = np.flatnonzero(share_of(rng, len(people), 0.28))
    skill = rng.integers(2, 5, len(more))
    other = table(
        {
            "candidate": people.key[more],
            "language": pick(rng, len(more), ("eng", "fry", "ara", "tir", "pol", "tur"),
                             (45, 15, 15, 8, 9, 8)),
            "oral": skill,
            "written": np.maximum(skill - rng.integers(0, 2, len(more)), 1),
            "reading": unless(skill, np.ones(len(more), dtype=np.bool_)),
            "listening": unless(skill, np.ones(len(more), dtype=np.bool_)),
        }
    )  # fmt: skip
    return pl.concat([dutch, other]).sort("candidate", maintain_order=True)


def _several(
    rng: np.random.Generator, people: People, counts: Ints, own: list[Texts], all_of: Texts
) -> pl.DataFrame:
    """Return distinct values per person, two in three of them from the wished branch's own."""
    row, _ = spread(counts)
    branch = people.branch[row]
    width = np.array([len(values) for values in own])
    options = np.full((len(own), width.max()), None, dtype=object)
    for number, values in enumerate(own):
        options[number, : len(values)] = values
    from_own = options[branch, (rng.random(len(row)) * width[branch]).astype(np.int64)]
    value = np.where(rng.random(len(row)) < 2 / 3, from_own, pick(rng, len(row), list(all_of)))
    frame = table({"candidate": people.key[row], "value": value})
    return frame.unique(maintain_order=True)


def _competences(rng: np.random.Generator, people: People) -> pl.DataFrame:
    counts = np.where(missing(rng, people, 0.20), 0, rng.integers(2, 8, len(people)))
    every = np.array(COMPETENCES, dtype=object)
    own = [every[list(branch.competences)] for branch in BRANCHES]
    return _several(rng, people, counts, own, every).rename({"value": "uri"})


def _interests(rng: np.random.Generator, people: People) -> pl.DataFrame:
    counts = np.where(missing(rng, people, 0.30), 0, rng.integers(1, 5, len(people)))
    own = [np.array(branch.tags, dtype=object) for branch in BRANCHES]
    return _several(rng, people, counts, own, np.array(TAGS, dtype=object)).rename({"value": "tag"})


def _wished_work(rng: np.random.Generator, people: People) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the wished occupations, best first, and the sectors they lie in."""
    n = len(people)
    counts = np.where(missing(rng, people, 0.20), 0, rng.integers(1, 4, n))
    row, rank = spread(counts)
    branch = np.where(rank < 2, people.branch[row], pick_index(rng, len(row), SHARES))
    width = np.array([len(titles) for titles in OCCUPATIONS])
    number = (rng.random(len(row)) * width[branch]).astype(np.int64)
    flat = np.array([uri for titles in OCCUPATIONS for uri in titles], dtype=object)
    sector = np.array([code for codes in OCCUPATION_SECTORS for code in codes], dtype=object)
    at = (np.cumsum(width) - width)[branch] + number
    wished = table(
        {"candidate": people.key[row], "occupation": flat[at], "sbi_code": sector[at], "row": row}
    ).unique(["candidate", "occupation"], keep="first", maintain_order=True)
    occupations = wished.select(
        "candidate", "occupation", (pl.int_range(pl.len()).over("candidate") + 1).alias("rank")
    )
    # Who wishes no occupation may still name a sector.
    hidden = missing(rng, people, 0.38)
    silent = np.flatnonzero((counts == 0) & ~hidden)
    first = np.array([codes[0] for codes in OCCUPATION_SECTORS], dtype=object)
    named = table(
        {"candidate": people.key[silent], "sbi_code": first[people.branch[silent]], "row": silent}
    )
    sectors = (
        pl.concat([wished.select("candidate", "sbi_code", "row"), named])
        .filter(~pl.Series(hidden).gather(pl.concat([wished["row"], named["row"]])))
        .unique(["candidate", "sbi_code"], keep="first", maintain_order=True)
        .sort("row", maintain_order=True)
        .select("candidate", "sbi_code")
    )
    return occupations, sectors
