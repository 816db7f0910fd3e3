"""
What pairs use up of each limit, ceiling and floor, and of which group.

Amounts and groups come from the definitions and the policy, capacities from the snapshot.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.ceilings import WHOLE_POOL, Ceiling, Floor
from matcher.domain.columns import COLUMNS
from matcher.domain.limits import LIMITS
from matcher.domain.plan import USE_SCHEMA
from matcher.domain.policy import Policy
from matcher.domain.snapshot import PoolSnapshot
from matcher.errors import SnapshotError
from matcher.optimisation.pairing import pair_up
from matcher.optimisation.prepared import Prepared, Rows

CHUNK = 1_000_000
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
        _taken_by(ceiling),
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


def uses_of_pairs(
    prepared: Prepared, people: Rows, places: Rows, policy: Policy, today: date
) -> pl.DataFrame:
    """
    Return what pairs use of the hard limits and ceilings, whether or not those have a capacity.

    Returns
    -------
    ``pair`` (which of the given, from 0), ``limit``, ``group``, ``amount`` (above 0).
    """
    hard = [
        *(
            (each.code, each.per, policy.expression(each))
            for each in LIMITS
            if policy.limit_mode(each.code) == "hard"
        ),
        *(
            (each.code, pl.lit(WHOLE_POOL), _taken_by(each))
            for each in policy.ceilings
            if each.hard and each.in_force(today)
        ),
    ]
    read = {name for _, *made in hard for each in made for name in each.meta.root_names()}
    pairs = pair_up(prepared, people, places, read).with_row_index("pair")
    found = [
        pairs.select(
            pl.col("pair").cast(pl.Int64),
            pl.lit(code).alias("limit"),
            per.cast(pl.String).alias("group"),
            amount.cast(pl.Int64).alias("amount"),
        ).filter(pl.col("group").is_not_null() & (pl.col("amount") > 0))
        for code, per, amount in hard
    ]
    of_pair = {"pair": pl.Int64, **USE_SCHEMA}
    del of_pair["candidate.id"]
    return pl.concat([pl.DataFrame(schema=of_pair), *found])


def _taken_by(ceiling: Ceiling) -> pl.Expr:
    return ceiling.condition.expression().cast(pl.Int64) * ceiling.amount


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
