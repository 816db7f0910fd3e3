"""
The limits of a night as one sparse matrix over its eligible pairs.

Amounts and groups come from the definitions and the policy, capacities from the snapshot. Only a
group that can bind gets a row: where even the thirstiest people together stay below its capacity,
it can stand in nobody's way.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.ceilings import Ceiling, Floor
from matcher.domain.columns import COLUMNS
from matcher.domain.limits import LIMITS
from matcher.domain.plan import RATE_SCHEMA
from matcher.domain.policy import Policy
from matcher.domain.snapshot import PoolSnapshot
from matcher.errors import SnapshotError
from matcher.optimisation.assignment import Limits, Pairs
from matcher.optimisation.pairing import pair_up
from matcher.optimisation.prepared import Prepared, Rows

CHUNK = 1_000_000
WHOLE_POOL = "pool"
NO_GROUP = -1

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Use:
    """
    One limit of this night, and what pairs use of it.

    Parameters
    ----------
    code, unit
        The limit, ceiling or floor.
    groups
        Its groups that have a capacity, sorted.
    capacity
        What each group has left, shape (n_groups,); of a floor the people it asks for.
    hard
        Does the plan keep to it?
    floor
        Is it a floor?
    amount, per
        Expressions over pairs.
    """

    code: str
    unit: str
    groups: tuple[str, ...]
    capacity: Ints
    hard: bool
    floor: bool
    amount: pl.Expr
    per: pl.Expr

    @property
    def columns(self) -> frozenset[str]:
        """The columns that amount and group read."""
        return frozenset((*self.amount.meta.root_names(), *self.per.meta.root_names()))


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


def uses_of(snapshot: PoolSnapshot, prepared: Prepared, policy: Policy) -> tuple[Use, ...]:
    """
    Return the limits, ceilings and floors of a night, each with what its groups have left.

    Raises
    ------
    SnapshotError
        A resource of an unknown limit, without a capacity, or given twice.
    """
    found = [
        *_defined(snapshot.resources, prepared, policy),
        *(_ceiling(each, snapshot) for each in policy.ceilings if each.in_force(snapshot.today)),
        *(_floor(each, prepared) for each in policy.floors),
    ]
    return tuple(each for each in found if each.groups)


def _defined(resources: pl.DataFrame, prepared: Prepared, policy: Policy) -> list[Use]:
    _check_resources(resources)
    found = []
    for limit in LIMITS:
        mode = policy.limit_mode(limit.code)
        if mode == "off":
            continue
        mine = resources.filter(pl.col("limit") == limit.code).sort("group")
        groups, capacity = mine["group"].to_list(), mine["capacity"].to_numpy()
        if limit.advisory:
            # nobody's capacity: told for the pool as a whole
            groups = prepared.placements["placement.pool"].drop_nulls().unique().sort().to_list()
            capacity = np.full(len(groups), -1, np.int64)
        found.append(
            Use(
                limit.code,
                limit.unit,
                tuple(groups),
                capacity.astype(np.int64) if limit.advisory else np.maximum(capacity, 0),
                mode == "hard",
                False,
                policy.expression(limit),
                limit.per,
            )
        )
    return found


def _check_resources(resources: pl.DataFrame) -> None:
    known = [limit.code for limit in LIMITS if not limit.advisory]
    for code, group, capacity, _ in resources.iter_rows():
        if code not in known:
            raise SnapshotError(
                f"resources name the limit {code!r}, which is not defined.\n"
                f"Maybe: {', '.join(known)}."
            )
        if group is None or capacity is None:
            raise SnapshotError(
                f"resources of {code}: group {group!r} has the capacity {capacity!r}.\n"
                "Maybe leave the row out: a group without a number has no limit."
            )
    twice = resources.filter(resources.select("limit", "group").is_duplicated())
    if twice.height:
        raise SnapshotError(f"resources of {twice['limit'][0]}: {twice['group'][0]} stands twice")


def _ceiling(ceiling: Ceiling, snapshot: PoolSnapshot) -> Use:
    taken = snapshot.placements.filter(ceiling.condition.expression())["placement.taken"].sum()
    left = max(ceiling.capacity - int(taken or 0) * ceiling.amount, 0)
    return Use(
        ceiling.code,
        ceiling.unit,
        (WHOLE_POOL,),
        np.array([left], np.int64),
        ceiling.hard,
        False,
        ceiling.condition.expression().cast(pl.Int64) * ceiling.amount,
        pl.lit(WHOLE_POOL),
    )


def _floor(floor: Floor, prepared: Prepared) -> Use:
    condition = floor.condition.expression()
    people = floor.people
    if people is None:
        assert floor.share is not None
        members = int(prepared.candidates.select(condition.sum()).item() or 0)
        people = int(np.ceil(round(floor.share * members, 9)))
    return Use(
        floor.code,
        "people",
        (WHOLE_POOL,),
        np.array([people], np.int64),
        True,
        True,
        condition.cast(pl.Int64),
        pl.lit(WHOLE_POOL),
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


def measure(use: Use, prepared: Prepared, people: Rows, places: Rows) -> tuple[Ints, Ints]:
    """
    Return the group that each pair uses a limit of, or -1, and the amount, both (n_pairs,).

    Raises
    ------
    SnapshotError
        An amount is negative or unknown.
    """
    sides = {name.partition(".")[0] for name in use.columns}
    if sides <= {"candidate"}:
        group, amount = _of(use, prepared.candidates)
        group, amount = group[people], amount[people]
    elif sides <= {"placement"}:
        group, amount = _of(use, prepared.placements)
        group, amount = group[places], amount[places]
    else:
        found = [
            _of(use, pair_up(prepared, people[at : at + CHUNK], places[at : at + CHUNK], read))
            for read in (use.columns,)
            for at in range(0, max(people.size, 1), CHUNK)
        ]
        group, amount = (np.concatenate([each[side] for each in found]) for side in range(2))
    wrong = np.flatnonzero((group >= 0) & (amount < 0))
    if wrong.size:
        raise _bad_amount(use, prepared, people[wrong[0]], places[wrong[0]])
    return group, amount


_UNKNOWN = -1


def _of(use: Use, frame: pl.DataFrame) -> tuple[Ints, Ints]:
    place = {name: at for at, name in enumerate(use.groups)}
    made = frame.select([name for name in COLUMNS if name in use.columns]).with_columns(
        use.per.cast(pl.String)
        .replace_strict(place, default=NO_GROUP, return_dtype=pl.Int64)
        .fill_null(NO_GROUP)
        .alias("group"),
        use.amount.cast(pl.Int64).fill_null(_UNKNOWN).alias("amount"),
    )
    return made["group"].to_numpy(), made["amount"].to_numpy()


def _bad_amount(use: Use, prepared: Prepared, person: int, place: int) -> SnapshotError:
    rows = np.array([person], np.int32), np.array([place], np.int32)
    value = pair_up(prepared, *rows, use.columns).select(use.amount.alias("amount")).item()
    return SnapshotError(
        f"limit {use.code}: a pair uses {value!r} {use.unit} at placement "
        f"{prepared.placements['placement.id'][int(place)]}.\n"
        "Maybe its expression leaves a value open: an amount is a whole number from 0."
    )


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
