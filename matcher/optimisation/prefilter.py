"""
The prefilter: which pairs are worth looking at, without making a frame of all pairs.

It never drops a pair that the rules keep, because it asks the rules themselves:

- a rule that compares few kinds of people with few kinds of placements is evaluated once per pair
  of kinds (`matcher.optimisation.kinds`);
- a rule about the journey is asked how many minutes and kilometres it lets each person travel at
  most, and what is further away is passed over by a grid.

What is left goes to the rules as frames, block by block.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.policy import Policy
from matcher.optimisation.evaluation import criteria_of, judge
from matcher.optimisation.grid import Grid, chord_of, find_near, grid_of
from matcher.optimisation.kinds import JOURNEY, Kinds, kinds_of_rules
from matcher.optimisation.people import SHUTTLE
from matcher.optimisation.prepared import Prepared, Rows

PAIRS_IN_BLOCK = 1_000_000

FURTHEST_MINUTES = 24 * 60
FURTHEST_KM = 1_000
"""A rule that lets somebody travel this long or this far has no limit."""

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Prefilter:
    """
    What a pair must at least meet.

    ``most_minutes`` and ``most_km`` are per candidate, infinite where no rule limits them;
    ``without_way`` tells whether a pair passes when the person has no way to get there.
    """

    prepared: Prepared
    grid: Grid
    kinds: Kinds
    most_minutes: FloatArray
    most_km: FloatArray
    without_way: NDArray[np.bool_]

    @property
    def settled(self) -> frozenset[str]:
        """The rules that it decides in full: what it lets through has passed them."""
        return frozenset(self.kinds.rules)

    def blocks(self, size: int = PAIRS_IN_BLOCK) -> Iterator[tuple[Rows, Rows, int]]:
        """
        Give the pairs that are left as rows of both sides, candidate after candidate.

        A block has about ``size`` pairs and comes with the number of candidates done so far.
        """
        people, places = self.prepared.people, self.prepared.places
        if not people.size or not places.size:
            return
        speeds, measured, grid = self.prepared.speeds, self.prepared.measured, self.grid
        degrees = _degrees(self.prepared.candidates, "candidate")
        reach = _reach_km(self, np.isnan(degrees.sum(axis=1)))
        reach_chord, limit_chord = _squared_chords(reach), _squared_chords(self.most_km)
        with_shuttle = np.flatnonzero(~np.isnan(places.stop[grid.order, 0])).astype(np.int32)
        at_site = np.argsort(places.site_code[grid.order], kind="stable").astype(np.int32)
        sites = np.searchsorted(
            places.site_code[grid.order][at_site], np.arange(len(places.names["sites"]) + 1)
        ).astype(np.int64)
        out_people = np.empty(size + places.size, np.int32)
        out_places = np.empty(size + places.size, np.int32)
        done = 0
        while done < people.size:
            done, count = find_near(
                done,
                size,
                self.kinds.bits,
                self.kinds.row_of,
                people.home,
                degrees,
                reach,
                reach_chord,
                limit_chord,
                self.most_minutes,
                people.modes,
                speeds.per_km,
                speeds.extra,
                measured.home_code,
                grid.order,
                grid.located,
                grid.starts,
                grid.n_rows,
                grid.n_columns,
                grid.corner,
                grid.cell,
                places.site,
                with_shuttle,
                places.stop,
                places.ride,
                measured.starts,
                measured.site,
                measured.minutes,
                sites,
                at_site,
                out_people,
                out_places,
            )
            yield out_people[:count].copy(), out_places[:count].copy(), done


def build_prefilter(prepared: Prepared, policy: Policy) -> Prefilter:
    """Return the prefilter of a prepared snapshot under a policy."""
    degrees = _degrees(prepared.placements, "placement")
    grid = grid_of(degrees[:, 0], degrees[:, 1])
    kinds = kinds_of_rules(prepared, policy, grid.order)
    return Prefilter(prepared, grid, kinds, *_travel_limits(prepared, policy))


def _travel_limits(
    prepared: Prepared, policy: Policy
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """
    Return the most minutes and km that the rules let each candidate travel, and `without_way`.

    Each rule about the journey is evaluated on a ladder of minutes without distance, and of
    kilometres without minutes. That asks of such a rule that it never refuses a shorter journey
    than one it lets pass; the tests compare the prefilter with the rules themselves. A rule that
    reads more than the person and the length of the journey sets no limit here.
    """
    size = prepared.people.size
    most_minutes, most_km = np.full(size, math.inf), np.full(size, math.inf)
    without_way = np.ones(size, np.bool_)
    frame = prepared.candidates.with_columns(
        pl.Series("pair.mode_assumed", prepared.people.mode_assumed)
    )
    for code, expression in criteria_of(policy).rules.items():
        read = set(expression.meta.root_names())
        person = sorted(name for name in read if name.startswith("candidate."))
        if JOURNEY.isdisjoint(read) or not read <= {*person, *_LENGTH}:
            continue
        people = frame.select(*person, "pair.mode_assumed")
        minutes = _highest_rung(people, code, policy, "pair.minutes", FURTHEST_MINUTES)
        # kilometres are no whole numbers: up to the next rung may pass too
        km = _highest_rung(people, code, policy, "pair.km", FURTHEST_KM)
        np.minimum(most_minutes, minutes, out=most_minutes)
        np.minimum(most_km, np.where(km >= 0, km + 1, km), out=most_km)
        nowhere = people.with_columns(pl.lit(None, pl.Int16).alias("pair.minutes"), _NO_KM)
        without_way &= judge(nowhere, policy, [code])["eligible"].to_numpy()
    return most_minutes, most_km, without_way


_LENGTH = ("pair.minutes", "pair.km", "pair.mode_assumed")
_NO_MINUTES = pl.lit(0).alias("pair.minutes")
_NO_KM = pl.lit(0).alias("pair.km")


def _highest_rung(
    people: pl.DataFrame, code: str, policy: Policy, column: str, furthest: int
) -> FloatArray:
    """Return the most of a column that a rule lets pass; -1 for none, infinite beyond furthest."""
    kinds = people.unique()
    ladder = pl.DataFrame({column: np.arange(furthest + 1)}).with_columns(
        _NO_KM if column == "pair.minutes" else _NO_MINUTES
    )
    passed = judge(kinds.join(ladder, how="cross"), policy, [code]).filter("eligible")
    highest = passed.group_by(people.columns).agg(pl.col(column).max().alias("highest"))
    found = people.join(
        highest, on=people.columns, how="left", nulls_equal=True, maintain_order="left"
    )["highest"]
    rung = found.cast(pl.Float64).fill_null(-1.0).to_numpy()
    return np.where(rung >= furthest, math.inf, rung)


def _reach_km(prefilter: Prefilter, homeless: NDArray[np.bool_]) -> FloatArray:
    """Return how far each candidate may get by an own mode; infinite where it cannot be told."""
    prepared = prefilter.prepared
    reach = np.full(prepared.people.size, -1.0)
    speeds = prepared.speeds
    for mode in range(speeds.per_km.size):
        if mode != SHUTTLE:
            usable = (prepared.people.modes >> mode) & 1 > 0
            km = (prefilter.most_minutes + 0.5 - speeds.extra[mode]) / speeds.per_km[mode]
            np.maximum(reach, np.where(usable, km, -1.0), out=reach)
    np.minimum(reach, prefilter.most_km, out=reach)
    # without any mode there are no minutes, without a home no kilometres either
    reach[(prepared.people.modes == 0) & prefilter.without_way] = math.inf
    reach[homeless] = math.inf
    return reach


def _degrees(frame: pl.DataFrame, side: str) -> FloatArray:
    columns = frame.select(
        pl.col(f"{side}.latitude", f"{side}.longitude").fill_null(math.nan)
    ).to_numpy()
    return np.ascontiguousarray(columns)


def _squared_chords(km: FloatArray) -> FloatArray:
    """Return squared chords of distances; -1 for none at all, infinite for no limit."""
    squared = np.array([chord_of(each) for each in km.clip(0, FURTHEST_KM * 100)]) ** 2
    return np.where(km < 0, -1.0, np.where(np.isinf(km), math.inf, squared))
