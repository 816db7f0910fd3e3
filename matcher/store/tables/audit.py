"""The record: what happened, in a chain that shows every change; and who read about whom."""

import uuid
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    Text,
)
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from matcher.store.tables.base import NOW, ZERO, matches

# What is hashed is joined by line ends, so none may stand within a part.
ONE_LINE = "^[^\\n]+$"
CODE = "^[a-z_]+([.][a-z_]+)*$"


class AuditHead(SQLModel, table=True):
    """The last link of a pool's chain. Who appends locks it, after every other lock."""

    __tablename__ = "audit_head"
    __table_args__ = (ForeignKeyConstraint(["pool_id"], ["pool.id"]),)

    pool_id: uuid.UUID = Field(primary_key=True)
    seq: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs=ZERO)
    hash: bytes = Field(default=b"", sa_type=LargeBinary, sa_column_kwargs={"server_default": ""})


class AuditEvent(SQLModel, table=True):
    """
    One thing that was done, without personal data. Never changed, never deleted (triggers).

    ``commitment`` is SHA-256 of salt and detail (`AuditDetail`); ``hash`` is SHA-256 of what
    stands in the row and of ``previous``, the hash of the entry before.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id"], ["pool.id"]),
        matches("actor", ONE_LINE),
        matches("action", CODE),
    )

    pool_id: uuid.UUID = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: datetime
    actor: str = Field(max_length=200)
    action: str = Field(max_length=60)
    commitment: bytes = Field(sa_type=LargeBinary)
    previous: bytes = Field(sa_type=LargeBinary)
    hash: bytes = Field(sa_type=LargeBinary)


class AuditDetail(SQLModel, table=True):
    """
    What an entry is about: ids, codes and names of fields, as canonical JSON. Erasable.

    Without its salt nobody can guess what a commitment stood for.
    """

    __tablename__ = "audit_detail"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id", "seq"], ["audit_event.pool_id", "audit_event.seq"]),
        Index(
            "audit_detail_subject_idx",
            "pool_id",
            "subject",
            postgresql_where=sql("subject is not null"),
        ),
    )

    pool_id: uuid.UUID = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    salt: bytes = Field(sa_type=LargeBinary)
    detail: str = Field(sa_type=Text)
    # The candidate whom it is about.
    subject: uuid.UUID | None = None


class AccessLog(SQLModel, table=True):
    """
    That somebody read about a person: a plain insert; the sweep links what came in to the chain.

    Linking gives ``seq`` and ``commitment`` (SHA-256 of salt and subject); erasing the subject
    empties ``salt`` and ``subject``. Nothing else ever changes in a row (trigger).
    """

    __tablename__ = "access_log"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id"], ["pool.id"]),
        Index("access_log_unlinked_idx", "pool_id", "id", postgresql_where=sql("seq is null")),
        Index("access_log_linked_idx", "pool_id", "seq"),
        Index(None, "at"),
        Index(
            "access_log_subject_idx",
            "pool_id",
            "subject",
            postgresql_where=sql("subject is not null"),
        ),
        matches("actor", ONE_LINE),
        matches("action", CODE),
    )

    id: int = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    pool_id: uuid.UUID
    at: datetime | None = Field(default=None, nullable=False, sa_column_kwargs=NOW)
    actor: str = Field(max_length=200)
    action: str = Field(max_length=60)
    subject: uuid.UUID | None = None
    salt: bytes | None = Field(default=None, sa_type=LargeBinary)
    commitment: bytes | None = Field(default=None, sa_type=LargeBinary)
    seq: int | None = Field(default=None, sa_type=BigInteger)


class Refusal(SQLModel, table=True):
    """
    Requests that were refused for the same reason within a minute: about nobody, of an account.

    Without a pool it is of somebody who was not signed in; with one the sweep puts it into the
    pool's chain, and ``seq`` is the entry. Nothing else ever changes in a row (trigger).
    """

    __table_args__ = (
        ForeignKeyConstraint(["pool_id"], ["pool.id"]),
        Index("refusal_unlinked_idx", "pool_id", "id", postgresql_where=sql("seq is null")),
        Index(None, "pool_id", "last_at"),
        matches("code", CODE),
        CheckConstraint("requests > 0", name="requests"),
    )

    id: int = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    pool_id: uuid.UUID | None = None
    # No key to the account: one that is gone stays known by its number, as in the chain.
    account_id: uuid.UUID | None = None
    operation: str | None = Field(default=None, max_length=60)
    code: str = Field(max_length=60)
    requests: int
    first_at: datetime
    last_at: datetime
    seq: int | None = Field(default=None, sa_type=BigInteger)
