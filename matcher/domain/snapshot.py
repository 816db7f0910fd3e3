"""A pool at one moment, as frames: all that a match run reads, and nothing else."""

import hashlib
import io
import json
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from datetime import date

import polars as pl

from matcher.domain.columns import candidate, placement, read_schema
from matcher.errors import SnapshotError

CANDIDATE_SCHEMA = read_schema(candidate)
PLACEMENT_SCHEMA = read_schema(placement)
TRAVEL_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "home": pl.String,
    "site": pl.String,
    "mode": pl.String,
    "minutes": pl.Float32,
    "source": pl.String,
}
"""Measured journeys, one row per pair of PC4 areas and mode."""
PREVIOUS_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "candidate.id": pl.String,
    "placement.id": pl.String,
}
"""Undecided proposals of the last published run."""
RESOURCE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "limit": pl.String,
    "group": pl.String,
    "capacity": pl.Int64,
    "floor": pl.Int64,
}
"""What a group of a limit has left, in the unit of the limit, and the least it must use."""
PIN_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "candidate.id": pl.String,
    "placement.id": pl.String,
    "turn": pl.Int64,
}
"""Pairs that a person fixed: the plan must hold them. ``turn`` counts the pins, the oldest 1."""
COMPANION_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "candidate.id": pl.String,
    "other.id": pl.String,
    "relation": pl.Enum(["apart", "together"]),
    "candidate.bound": pl.String,
    "other.bound": pl.String,
}
"""
Two people who must not work together, or who start together; each two of them once.

``bound`` is the placement where that one of the two goes already: by a proposal that somebody said
yes to or holds, or by a deployment; null where the run still plans for them.
"""
HISTORY_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "month": pl.Date,
    "event": pl.Enum(["candidates_in", "candidates_out", "openings_in", "openings_out"]),
    "count": pl.Int64,
}
"""How many people and openings came and went, by month (its first day), whole months only."""


def _empty(schema: dict[str, pl.DataType | type[pl.DataType]]) -> Callable[[], pl.DataFrame]:
    return lambda: pl.DataFrame(schema=schema)


@dataclass(frozen=True)
class PoolSnapshot:
    """
    All of a pool at one moment.

    ``candidates`` and ``placements`` hold the columns of `matcher.domain.columns` that are read
    and not made, one row per person or placement, in any order. The other frames may be empty:
    each tells one thing that a run keeps to. ``today`` is the business date: no definition reads a
    clock.

    Raises
    ------
    SnapshotError
        A column is missing or has another type, or an id stands twice.
    """

    today: date
    candidates: pl.DataFrame
    placements: pl.DataFrame
    travel_times: pl.DataFrame
    previous: pl.DataFrame
    resources: pl.DataFrame = field(default_factory=_empty(RESOURCE_SCHEMA))
    pins: pl.DataFrame = field(default_factory=_empty(PIN_SCHEMA))
    companions: pl.DataFrame = field(default_factory=_empty(COMPANION_SCHEMA))
    history: pl.DataFrame = field(default_factory=_empty(HISTORY_SCHEMA))

    def __post_init__(self) -> None:
        """Check the frames once, here, so that nothing later has to."""
        _check("candidates", self.candidates, CANDIDATE_SCHEMA, "candidate.id")
        _check("placements", self.placements, PLACEMENT_SCHEMA, "placement.id")
        _check("travel_times", self.travel_times, TRAVEL_SCHEMA, None)
        _check("previous", self.previous, PREVIOUS_SCHEMA, None)
        _check("resources", self.resources, RESOURCE_SCHEMA, None)
        _check("pins", self.pins, PIN_SCHEMA, None)
        _check("companions", self.companions, COMPANION_SCHEMA, None)
        _check("history", self.history, HISTORY_SCHEMA, None)

    @classmethod
    def of(
        cls,
        today: date,
        candidates: Iterable[dict[str, object]],
        placements: Iterable[dict[str, object]],
        travel_times: Iterable[dict[str, object]] = (),
        previous: Iterable[dict[str, object]] = (),
        resources: Iterable[dict[str, object]] = (),
        pins: Iterable[dict[str, object]] = (),
        companions: Iterable[dict[str, object]] = (),
        history: Iterable[dict[str, object]] = (),
    ) -> "PoolSnapshot":
        """Make a snapshot of rows of full column names; what a row leaves out is null."""
        return cls(
            today,
            _frame(candidates, CANDIDATE_SCHEMA),
            _frame(placements, PLACEMENT_SCHEMA),
            _frame(travel_times, TRAVEL_SCHEMA),
            _frame(previous, PREVIOUS_SCHEMA),
            _frame(resources, RESOURCE_SCHEMA),
            _frame(pins, PIN_SCHEMA),
            _frame(companions, COMPANION_SCHEMA),
            _frame(history, HISTORY_SCHEMA),
        )

    def digest(self) -> str:
        """Return the SHA-256 of the content in hexadecimal, the same in whatever row order."""
        total = hashlib.sha256(self.today.isoformat().encode())
        for name in _FRAMES:
            frame: pl.DataFrame = getattr(self, name)
            keys = [column for column in frame.columns if column in _KEYS]
            total.update(name.encode())
            total.update(_canonical(frame.sort(keys)))
        return total.hexdigest()

    def to_bytes(self) -> bytes:
        """Return the snapshot as bytes for another process."""
        return pack_frames(
            {"today": self.today.isoformat()}, {name: getattr(self, name) for name in _FRAMES}
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "PoolSnapshot":
        """Read what `to_bytes` wrote."""
        head, frames = unpack_frames(data)
        return cls(today=date.fromisoformat(str(head["today"])), **frames)


_FRAMES = tuple(field.name for field in fields(PoolSnapshot) if field.name != "today")
_KEYS = {
    *("candidate.id", "placement.id", "home", "site", "mode", "source"),
    *("limit", "group", "other.id", "relation", "month", "event"),
}


def pack_frames(head: dict[str, object], frames: dict[str, pl.DataFrame]) -> bytes:
    """Return a JSON head and named frames as one block of bytes, each part length first."""
    parts = [json.dumps({**head, "frames": list(frames)}).encode()]
    parts += [_ipc(frame) for frame in frames.values()]
    return b"".join(struct.pack(">Q", len(part)) + part for part in parts)


def unpack_frames(data: bytes) -> tuple[dict[str, object], dict[str, pl.DataFrame]]:
    """Read what `pack_frames` wrote; SnapshotError when it is cut short."""
    parts: list[bytes] = []
    at = 0
    while at < len(data):
        (length,) = struct.unpack_from(">Q", data, at)
        part = data[at + 8 : at + 8 + length]
        if len(part) != length:
            raise SnapshotError(f"{length} bytes announced, {len(part)} found: cut short")
        parts.append(part)
        at += 8 + length
    head: dict[str, object] = json.loads(parts[0])
    names: list[str] = head.pop("frames")  # type: ignore[assignment]
    frames = {
        name: pl.read_ipc(io.BytesIO(part)) for name, part in zip(names, parts[1:], strict=True)
    }
    return head, frames


def _ipc(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.rechunk().write_ipc(out, compression="uncompressed")
    return out.getvalue()


def _canonical(frame: pl.DataFrame) -> bytes:
    """Return the content as text: buffers of equal frames may differ under their nulls."""
    flat = frame.with_columns(
        pl.col(name).cast(pl.List(pl.String)).list.join("\x1f")
        for name, dtype in frame.schema.items()
        if isinstance(dtype, pl.List)
    )
    return flat.write_csv(null_value="\\N").encode()


def _frame(
    rows: Iterable[dict[str, object]], schema: dict[str, pl.DataType | type[pl.DataType]]
) -> pl.DataFrame:
    found = list(rows)
    for row in found:
        for name in row:
            if name not in schema:
                raise SnapshotError(f"{name} is no column of a snapshot")
    return pl.DataFrame(
        {name: [row.get(name) for row in found] for name in schema}, schema=schema, strict=True
    )


def _check(
    what: str,
    frame: pl.DataFrame,
    schema: dict[str, pl.DataType | type[pl.DataType]],
    key: str | None,
) -> None:
    if frame.schema != pl.Schema(schema):
        found = frame.schema
        for name, dtype in schema.items():
            if name not in found:
                raise SnapshotError(f"{what} has no column {name}")
            if found[name] != dtype:
                raise SnapshotError(f"{what} {name} is {found[name]}, it must be {dtype}")
        extra = [name for name in found if name not in schema]
        raise SnapshotError(
            f"{what} has columns in another order or too many: {', '.join(extra) or 'order'}"
        )
    if key and frame[key].null_count():
        raise SnapshotError(f"{what} has a row without {key}")
    if key and frame[key].n_unique() != frame.height:
        twice = frame[key].filter(frame[key].is_duplicated())[0]
        raise SnapshotError(f"{what} has {key} {twice} twice")
