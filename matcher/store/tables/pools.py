"""The pool, and with whom it shares placements."""

import uuid
from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from matcher.store.tables.base import (
    EMPTY_LIST,
    NEW_ID,
    ONE,
    TEXTS,
    ZERO,
    between,
    filled,
    in_order,
    matches,
    one_of,
)


class Pool(SQLModel, table=True):
    """A labour pool: the tenant that all other rows belong to."""

    __table_args__ = (
        UniqueConstraint("key"),
        # Composite, so that a pool can only point at a publication of its own.
        ForeignKeyConstraint(
            ["id", "published_run_id"],
            ["publication.pool_id", "publication.run_id"],
            use_alter=True,
        ),
        matches("key", "^[a-z0-9][a-z0-9-]{0,62}$"),
        filled("name"),
        one_of("kind", "branch", "chain", "place"),
        *between(1, 365, "horizon_days"),
        # The server itself refuses a zone that it does not know.
        CheckConstraint(
            "timestamp '2000-01-01 00:00' at time zone timezone is not null", name="timezone"
        ),
    )

    id: uuid.UUID = Field(
        default_factory=uuid.uuid4,
        primary_key=True,
        sa_column_kwargs=NEW_ID,
    )
    key: str = Field(max_length=63)
    # Rises with every change of content, and not with the fence or a publication: the ETag.
    version: int = Field(default=1, sa_column_kwargs=ONE)
    name: str = Field(max_length=200)
    kind: str = Field(default="place", sa_column_kwargs={"server_default": "place"})
    municipalities: list[str] = Field(
        default_factory=list, sa_type=TEXTS, sa_column_kwargs=EMPTY_LIST
    )
    region: str | None = Field(default=None, max_length=100)
    horizon_days: int = Field(default=42, sa_column_kwargs={"server_default": "42"})
    timezone: str = Field(
        default="Europe/Amsterdam",
        max_length=64,
        sa_column_kwargs={"server_default": "Europe/Amsterdam"},
    )
    # Raised by every claim of a run: whoever holds an older number may not publish.
    fence: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs=ZERO)
    published_run_id: uuid.UUID | None = None


class SharingAgreement(SQLModel, table=True):
    """Kinds of placement that one pool opens to the candidates of another, for a while."""

    __tablename__ = "sharing_agreement"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id"], ["pool.id"]),
        ForeignKeyConstraint(["other_pool_id"], ["pool.id"]),
        UniqueConstraint("pool_id", "other_pool_id", "from_on"),
        CheckConstraint("pool_id <> other_pool_id", name="two_pools"),
        in_order("from_on", "until_on"),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True, sa_column_kwargs=NEW_ID)
    pool_id: uuid.UUID
    other_pool_id: uuid.UUID
    kinds: list[str] = Field(default_factory=list, sa_type=TEXTS, sa_column_kwargs=EMPTY_LIST)
    from_on: date | None = None
    until_on: date | None = None
