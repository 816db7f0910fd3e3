"""Which dropped proposals fell to a team, or to who goes together or apart with somebody."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain import causes
from matcher.domain.plan import Plan
from matcher.optimisation.assignment import Pairs
from matcher.optimisation.companions import Companions, prepared_openings
from matcher.optimisation.prepared import Prepared, rows_of

Ints = NDArray[np.int64]


def bonds_of(
    gone: pl.DataFrame, prepared: Prepared, companions: Companions, eligible: Pairs, made: Plan
) -> pl.DataFrame:
    """
    Return how teams and companions stand to pairs that a plan dropped, row by row.

    Parameters
    ----------
    gone
        ``person`` and ``place``, rows of the prepared pool or -1, and ``instead``, the placement
        that the person has now, or null.
    eligible
        All eligible pairs.

    Returns
    -------
    ``against``, companions leave the pair impossible; ``bond``, the code of a cause, where a team
    or somebody whom the person goes apart from decided; ``together``, the person starts with
    others.
    """
    logic = companions.logic
    home = dict(
        zip(
            rows_of(prepared.candidates["candidate.id"], made.proposals["candidate.id"]).tolist(),
            rows_of(prepared.placements["placement.id"], made.proposals["placement.id"]).tolist(),
            strict=True,
        )
    )
    instead = rows_of(prepared.placements["placement.id"], gone["instead"]).tolist()
    rows = list(zip(gone["person"], gone["place"], instead, strict=True))
    groups = _groups(logic.together)
    openings = prepared_openings(prepared).to_list()
    wanted = {(one, place) for who, place, _ in rows for one in groups.get(who, ()) if place >= 0}
    possible = _among(eligible, wanted, len(openings))
    teams, filled = set(logic.team.tolist()), set(home.values())
    apart = _partners(logic.apart)
    against = _banned(rows, companions)
    bonds: list[str | None] = []
    for at, (who, place, now) in enumerate(rows):
        group = groups.get(who, frozenset())
        if place < 0 or who < 0:
            bonds.append(None)
            continue
        against[at] |= len(group) > openings[place] or any(
            (one, place) not in possible for one in group
        )
        bonds.append(
            causes.TEAM_NOT_FILLED.code
            if place in teams and place not in filled
            else causes.TEAM_ELSEWHERE.code
            if now in teams
            else causes.COMPANION_FIRST.code
            if logic.site is not None
            and any(
                one in home and logic.site[home[one]] == logic.site[place]
                for one in apart.get(who, ())
            )
            else None
        )
    return pl.DataFrame(
        {
            "against": against,
            "bond": pl.Series(bonds, dtype=pl.String),
            "together": [who in groups for who, _, _ in rows],
        },
        schema={"against": pl.Boolean, "bond": pl.String, "together": pl.Boolean},
    )


def _banned(rows: list[tuple[int, int, int]], companions: Companions) -> list[bool]:
    """Return which pairs are ruled out by where a companion goes already."""
    there = [at for at, (who, place, _) in enumerate(rows) if who >= 0 and place >= 0]
    people, places = (np.array([rows[at][side] for at in there], np.int32) for side in range(2))
    out = np.zeros(len(rows), np.bool_)
    out[there] = companions.banned(Pairs(people, places, np.zeros(len(there), np.int64)))
    return out.tolist()


def _partners(two: NDArray[np.int32]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for one, other in two.tolist():
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return found


def _groups(together: NDArray[np.int32]) -> dict[int, frozenset[int]]:
    """Return for everybody who starts with others all of that group, themselves included."""
    partners = _partners(together)
    found: dict[int, frozenset[int]] = {}
    for first in partners:
        if first in found:
            continue
        group, edge = {first}, [first]
        while edge:
            edge = [each for one in edge for each in partners[one] if each not in group]
            group.update(edge)
        found.update(dict.fromkeys(group, frozenset(group)))
    return found


def _among(pairs: Pairs, wanted: set[tuple[int, int]], width: int) -> set[tuple[int, int]]:
    """Return which of the wanted pairs are among these."""
    if not wanted:
        return set()
    asked = sorted(wanted)
    keys = np.array([who * width + place for who, place in asked], np.int64)
    here = np.isin(keys, pairs.candidate.astype(np.int64) * width + pairs.placement)
    return {pair for pair, found in zip(asked, here, strict=True) if found}
