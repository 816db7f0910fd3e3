"""Accounts, the roles they have in pools, and sessions. They are read before a pool is known."""

import uuid
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from matcher.domain.actors import ROLES
from matcher.store.tables.base import (
    EMPTY_LIST,
    FALSE,
    NEW_ID,
    NOW,
    TEXTS,
    ZERO,
    belongs_to,
    matches,
    one_of,
    part_of,
)

NAME_PATTERN = "^[a-z0-9][a-z0-9._@+-]{0,99}$"


class Account(SQLModel, table=True):
    """Who can sign in: a person or a service. The name is a login, not who somebody is."""

    __table_args__ = (
        UniqueConstraint("name"),
        UniqueConstraint("issuer", "subject"),
        matches("name", NAME_PATTERN),
        CheckConstraint("(issuer is null) = (subject is null)", name="subject"),
        CheckConstraint("failures >= 0", name="failures"),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True, sa_column_kwargs=NEW_ID)
    name: str = Field(max_length=100)
    # argon2id; null where somebody else (an issuer) tells who they are.
    password_hash: str | None = Field(default=None, max_length=300)
    # Given out by somebody else: nothing else is possible until it has been changed.
    password_temporary: bool = Field(default=False, sa_column_kwargs=FALSE)
    failures: int = Field(default=0, sa_column_kwargs=ZERO)
    locked_until: datetime | None = None
    # Who vouches for this account, and what it is called there.
    issuer: str | None = Field(default=None, max_length=500)
    subject: str | None = Field(default=None, max_length=255)
    disabled: bool = Field(default=False, sa_column_kwargs=FALSE)
    # A token that was issued before is not taken any more.
    tokens_from: datetime | None = Field(default=None, nullable=False, sa_column_kwargs=NOW)
    created_at: datetime | None = Field(default=None, nullable=False, sa_column_kwargs=NOW)


class SecondFactor(SQLModel, table=True):
    """What an account shares with an authenticator app, sealed; it counts once it is confirmed."""

    __tablename__ = "second_factor"
    __table_args__ = (
        ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        CheckConstraint("last_step >= 0", name="last_step"),
    )

    account_id: uuid.UUID = Field(primary_key=True)
    secret: bytes = Field(sa_type=LargeBinary)
    begun_at: datetime | None = Field(default=None, nullable=False, sa_column_kwargs=NOW)
    confirmed_at: datetime | None = None
    # Of 30 seconds since 1970: a code of it, or of an earlier one, is not taken again.
    last_step: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs=ZERO)


class RecoveryCode(SQLModel, table=True):
    """A code for who is without their app, of which only a hash is here; gone once it is used."""

    __tablename__ = "recovery_code"
    __table_args__ = (
        ForeignKeyConstraint(["account_id"], ["second_factor.account_id"], ondelete="CASCADE"),
    )

    account_id: uuid.UUID = Field(primary_key=True)
    code_hash: str = Field(max_length=64, primary_key=True)


class Membership(SQLModel, table=True):
    """A role of an account in a pool, and what that role is tied to."""

    __table_args__ = (
        ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["pool_id"], ["pool.id"], ondelete="CASCADE"),
        UniqueConstraint("account_id", "pool_id", "role"),
        UniqueConstraint("pool_id", "id"),
        part_of("coach"),
        part_of("candidate"),
        Index(None, "pool_id", "coach_id"),
        Index(None, "pool_id", "candidate_id"),
        one_of("role", *ROLES),
        CheckConstraint("(role = 'coach') = (coach_id is not null)", name="coach"),
        CheckConstraint("(role = 'candidate') = (candidate_id is not null)", name="candidate"),
        CheckConstraint("pool_id is not null or role = 'service'", name="pool"),
        CheckConstraint("role = 'service' or cardinality(scopes) = 0", name="scopes"),
        matches("municipality", "^[0-9]{4}$"),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True, sa_column_kwargs=NEW_ID)
    account_id: uuid.UUID
    # Null for a service that may make pools and nothing else.
    pool_id: uuid.UUID | None = None
    role: str
    coach_id: uuid.UUID | None = None
    candidate_id: uuid.UUID | None = None
    municipality: str | None = None
    scopes: list[str] = Field(default_factory=list, sa_type=TEXTS, sa_column_kwargs=EMPTY_LIST)
    created_at: datetime | None = Field(default=None, nullable=False, sa_column_kwargs=NOW)


class MembershipEmployer(SQLModel, table=True):
    """An employer of an account manager, or that an employer's account speaks for."""

    __tablename__ = "membership_employer"
    __table_args__ = (
        belongs_to("membership", ondelete="CASCADE"),
        part_of("employer"),
        Index(None, "pool_id", "employer_id"),
    )

    pool_id: uuid.UUID = Field(primary_key=True)
    membership_id: uuid.UUID = Field(primary_key=True)
    employer_id: uuid.UUID = Field(primary_key=True)


class WebSession(SQLModel, table=True):
    """Somebody who is signed in. Of the id in their cookie only a hash is here."""

    __tablename__ = "web_session"
    __table_args__ = (
        ForeignKeyConstraint(["membership_id"], ["membership.id"], ondelete="CASCADE"),
        UniqueConstraint("token_hash"),
        Index(None, "membership_id"),
        Index(None, "expires_at"),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True, sa_column_kwargs=NEW_ID)
    membership_id: uuid.UUID
    token_hash: str = Field(max_length=64)
    created_at: datetime | None = Field(default=None, nullable=False, sa_column_kwargs=NOW)
    seen_at: datetime | None = Field(default=None, nullable=False, sa_column_kwargs=NOW)
    expires_at: datetime = Field(
        sa_column_kwargs={"server_default": sql("now() + interval '10 hours'")}
    )


class SignInAttempt(SQLModel, table=True):
    """A sign-in that is on its way through an issuer; gone once it is back, or after a while."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index(None, "created_at"),)

    state_hash: str = Field(max_length=64, primary_key=True)
    verifier: str = Field(max_length=128)
    nonce: str = Field(max_length=64)
    created_at: datetime | None = Field(default=None, nullable=False, sa_column_kwargs=NOW)
