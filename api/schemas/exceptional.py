"""Records opened outside the own caseload (noodtoegang)."""

import uuid
from typing import Literal

from pydantic import Field

from api.schemas.common import ApiModel, Instant, Key, Prose
from matcher.domain.exceptional import REASONS

ReasonCode = Literal["colleague_absent", "person_asks", "urgent", "handover"]
assert set(REASONS) == set(ReasonCode.__args__)  # type: ignore[attr-defined]


class ExceptionalAccessCreate(ApiModel):
    """Whose record, and why."""

    candidate_key: Key = Field(
        description="The pool's key of the person, as they or their papers give it."
    )
    reason_code: ReasonCode = Field(
        description="; ".join(f"`{code}`: {text}" for code, text in REASONS.items())
    )
    words: Prose | None = Field(
        default=None, description="More about why. Sealed, and erased with the person."
    )


class ExceptionalAccess(ApiModel):
    """A look into a record of another caseload (noodtoegang): for a reason, and for a while."""

    id: uuid.UUID
    pool_id: uuid.UUID
    candidate_id: uuid.UUID | None = Field(description="Null once the person was erased.")
    opened_by: str = Field(description="The account of the coach.")
    reason_code: ReasonCode
    opened_at: Instant
    open_until: Instant = Field(description="Then it is over, unless it was closed before.")
    closed_at: Instant | None
    closed_by: str | None
    reviewed_at: Instant | None = Field(description="When a manager looked at it.")
    reviewed_by: str | None


class ExplainedAccess(ExceptionalAccess):
    """The same with the coach's own words, for coach and manager."""

    words: str | None


class ReadAlarm(ApiModel):
    """That a coach read about very many people within an hour (leesalarm); not about whom."""

    id: uuid.UUID
    pool_id: uuid.UUID
    read_by: str = Field(description="The account of the coach.")
    people: int
    raised_at: Instant
    reviewed_at: Instant | None = Field(description="When a manager looked into it.")
    reviewed_by: str | None
