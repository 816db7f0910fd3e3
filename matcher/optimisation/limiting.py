"""
The limits of a night as one sparse matrix over its eligible pairs.

What pairs use, and of what, is in `matcher.optimisation.uses`. Only a group that can bind gets a
row: where even the thirstiest people together stay below its capacity, it can stand in nobody's
way.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.plan import RATE_SCHEMA
from matcher.optimisation.assignment import Limits, Pairs
from matcher.optimisation.prepared import Prepared, Rows
from matcher.optimisation.uses import NO_GROUP, Use, measure

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Binding:
    """
    The rows that can bind.

    Parameters
    ----------
    uses
        Every limit of the night, those that cannot bind and the advisory ones included.
    limits
        What the plan keeps to; without rows if nothing can bind.
    row_of
        For each row of the limits: place of its limit among the uses, and of its group.
    """

    uses: tuple[Use, ...]
    limits: Limits
    row_of: tuple[tuple[int, int], ...]

    def without(self, rows: frozenset[int]) -> "Binding":
        """Return the same without some rows."""
        kept = np.array([row not in rows for row in range(len(self.limits))], np.bool_)
        number = np.cumsum(kept) - 1
        use = kept[self.limits.resource]
        return Binding(
            self.uses,
            Limits(
                self.limits.pair[use],
                number[self.limits.resource[use]],
                self.limits.amount[use],
                self.limits.capacity[kept],
            ),
            tuple(each for each, keep in zip(self.row_of, kept, strict=True) if keep),
        )


def bind(uses: tuple[Use, ...], prepared: Prepared, pairs: Pairs, openings: Ints) -> Binding:
    """
    Return the limits that can bind on these pairs as one sparse matrix.

    Raises
    ------
    SnapshotError
        An amount is negative or unknown; the message names the limit, the amount and the pair.
    """
    parts: list[tuple[Ints, Ints, Ints]] = []
    capacities: list[int] = []
    row_of: list[tuple[int, int]] = []
    for at, use in enumerate(uses):
        if not use.hard:
            continue
        group, amount = measure(use, prepared, pairs.candidate, pairs.placement)
        bound = _can_bind(use, group, amount, pairs, openings)
        number = np.full(len(use.groups) + 1, NO_GROUP, np.int64)
        number[bound] = len(capacities) + np.arange(bound.size)
        row = number[group]
        chosen = np.flatnonzero((row >= 0) & (amount > 0))
        sign = -1 if use.floor else 1
        parts.append((chosen, row[chosen], sign * amount[chosen]))
        capacities += [sign * int(use.capacity[each]) for each in bound]
        row_of += [(at, int(each)) for each in bound]
    pair, resource, amount = (
        np.concatenate([part[side] for part in parts] or [np.zeros(0, np.int64)])
        for side in range(3)
    )
    return Binding(uses, Limits(pair, resource, amount, np.array(capacities)), tuple(row_of))


def _can_bind(
    use: Use, group: Ints, amount: Ints, pairs: Pairs, openings: Ints
) -> NDArray[np.intp]:
    """Return the groups whose capacity some plan could exceed, or whose floor some could miss."""
    if use.floor:
        return np.flatnonzero(use.capacity > 0)
    frame = pl.DataFrame(
        {
            "group": group,
            "candidate": pairs.candidate,
            "placement": pairs.placement,
            "amount": amount,
            "room": openings[pairs.placement],
        }
    ).filter((pl.col("group") >= 0) & (pl.col("amount") > 0) & (pl.col("room") > 0))
    by_person = frame.group_by("group", "candidate").agg(pl.col("amount").max())
    by_place = frame.group_by("group", "placement").agg(
        (pl.col("amount").max() * pl.col("room").first()).alias("amount")
    )
    most = np.zeros(len(use.groups), np.int64)
    for side in (by_place, by_person):
        total = side.group_by("group").agg(pl.col("amount").sum())
        asked = np.zeros(len(use.groups), np.int64)
        asked[total["group"].to_numpy()] = total["amount"].to_numpy()
        most = asked if side is by_place else np.minimum(most, asked)
    return np.flatnonzero(most > use.capacity)


def rates_of_placements(binding: Binding, prepared: Prepared, rates: Ints) -> Ints:
    """
    Return what a pair pays at each placement for the limits on the placements' side, in points.

    Together with the prices of openings they put the placements of one person in the order of the
    plan; limits on the person's side weigh on all of them alike.

    Parameters
    ----------
    rates
        As `rates_of` takes them.

    Returns
    -------
    rounded up, shape (n_placements,).
    """
    places = np.arange(prepared.places.size, dtype=np.int32)
    nobody = np.zeros(places.size, np.int32)
    found = np.zeros(places.size, np.int64)
    for at, use in enumerate(binding.uses):
        rate = np.zeros(len(use.groups) + 1, np.int64)
        for (of, member), each in zip(binding.row_of, rates, strict=False):
            if of == at:
                rate[member] = each
        one_sided = all(name.startswith("placement.") for name in use.columns)
        if use.floor or not one_sided or not rate.any():
            continue
        group, amount = measure(use, prepared, nobody, places)
        found += rate[group] * np.maximum(amount, 0)
    return -(-found // 1000)


def rates_of(
    binding: Binding, prepared: Prepared, people: Rows, places: Rows, rates: Ints
) -> pl.DataFrame:
    """
    Return what a plan uses of every group of every limit, and what one more unit is worth.

    Parameters
    ----------
    people, places
        The chosen pairs.
    rates
        For each row of the binding's limits, in thousandths of a point of value, shape (n_rows,),
        or nothing where there are none.

    Returns
    -------
    the frame that `matcher.domain.plan.Plan` calls ``rates``.
    """
    rate_of = {row: float(rate) / 1000 for row, rate in zip(binding.row_of, rates, strict=False)}
    parts = []
    for at, use in enumerate(binding.uses):
        group, amount = measure(use, prepared, people, places)
        inside = group >= 0
        used = np.bincount(group[inside], amount[inside], minlength=len(use.groups))
        parts.append(
            {
                "limit": use.code,
                "group": list(use.groups),
                "unit": use.unit,
                "kind": "floor" if use.floor else "limit" if use.hard else "advisory",
                "capacity": [int(each) if each >= 0 else None for each in use.capacity],
                "used": used.astype(np.int64),
                "rate": [rate_of.get((at, each), 0.0) for each in range(len(use.groups))],
            }
        )
    empty = pl.DataFrame(schema=RATE_SCHEMA)
    return pl.concat([empty, *(pl.DataFrame(part).cast(RATE_SCHEMA) for part in parts)])  # type: ignore[arg-type]
