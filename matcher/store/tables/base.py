"""
What all tables share: names of constraints, the columns of a pool's row, and short forms of checks.

``SQLModel(table=True)`` does not validate, and rows also arrive by COPY, so whatever a value may be
is said to the database, as a CHECK.
"""

import uuid

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

# Set before any table is declared: a constraint without a name cannot be dropped by a migration.
SQLModel.metadata.naming_convention = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "ck": "%(table_name)s_%(constraint_name)s_check",
}

TODAY = {"server_default": text("current_date")}
NOW = {"server_default": text("now()")}
NEW_ID = {"server_default": text("gen_random_uuid()")}
FALSE = {"server_default": text("false")}
ZERO = {"server_default": text("0")}
ONE = {"server_default": text("1")}
EMPTY_LIST = {"server_default": text("'{}'")}
EMPTY_OBJECT = {"server_default": text("'{}'::jsonb")}
TEXTS = ARRAY(Text)
JSON = JSONB
# Without it nothing is written down as the JSON value null, which no check takes for nothing.
MAYBE_JSON = JSONB(none_as_null=True)

KEY_LENGTH = 100
SBI_PATTERN = "^[0-9]{5}$"
# No space, and not the letter pairs that the post never gives out.
PC6_PATTERN = "^[1-9][0-9]{3}(?!sa|sd|ss)[a-z]{2}$"
DAYPARTS_PATTERN = "^[01]{21}$"


class PoolRow(SQLModel):
    """A row that belongs to one pool."""

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True, sa_column_kwargs=NEW_ID)
    pool_id: uuid.UUID


class KeyedRow(PoolRow):
    """A pool's row that its sender names by a key of their own, and that people edit."""

    key: str = Field(min_length=1, max_length=KEY_LENGTH)
    # Rises with every change of content (its lists included); it is the ETag, and publishing
    # leaves out a proposal whose candidate or placement has another version than the snapshot.
    version: int = Field(default=1, sa_column_kwargs=ONE)


def keyed() -> tuple[UniqueConstraint | ForeignKeyConstraint, ...]:
    """Constraints of a `KeyedRow`: one row per key in a pool, and a target for composite keys."""
    return (
        UniqueConstraint("pool_id", "id"),
        UniqueConstraint("pool_id", "key"),
        ForeignKeyConstraint(["pool_id"], ["pool.id"]),
    )


def belongs_to(
    parent: str, column: str | None = None, *, ondelete: str | None = None
) -> ForeignKeyConstraint:
    """
    Return a foreign key to a row of the same pool.

    A plain key on the id alone would accept the row of another pool.
    """
    column = column or f"{parent}_id"
    return ForeignKeyConstraint(
        ["pool_id", column], [f"{parent}.pool_id", f"{parent}.id"], ondelete=ondelete
    )


def part_of(parent: str) -> ForeignKeyConstraint:
    """Return a foreign key to the row that this one is a detail of: it goes when that goes."""
    return belongs_to(parent, ondelete="CASCADE")


def one_of(column: str, *values: str) -> CheckConstraint:
    """Return a check that a text is one of these words."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} in ({words})", name=column)


def among(column: str, *values: int) -> CheckConstraint:
    """Return a check that a code is one of these numbers."""
    return CheckConstraint(f"{column} in ({', '.join(map(str, values))})", name=column)


def between(low: int, high: int, *columns: str) -> tuple[CheckConstraint, ...]:
    """Return a check per column that its value lies in this range, both ends included."""
    return tuple(
        CheckConstraint(f"{column} between {low} and {high}", name=column) for column in columns
    )


def matches(column: str, pattern: str, *, any_case: bool = False) -> CheckConstraint:
    """Return a check that a text follows a pattern."""
    operator = "~*" if any_case else "~"
    return CheckConstraint(f"{column} {operator} '{pattern}'", name=column)


def in_order(first: str, last: str) -> CheckConstraint:
    """Return a check that the first is not above the last, when both are known."""
    return CheckConstraint(f"{first} <= {last}", name=f"{first}_before_{last}")


def filled(column: str) -> CheckConstraint:
    """Return a check that a text is not empty."""
    return CheckConstraint(f"{column} <> ''", name=f"{column}_filled")
