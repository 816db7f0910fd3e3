"""The record (logboek) as an auditor reads it."""

import uuid

from pydantic import Field

from api.schemas.common import ApiModel, Instant, JsonObject


class AuditEvent(ApiModel):
    """An entry of the record (logboekregel): who did what, and when."""

    pool_id: uuid.UUID
    seq: int = Field(description="Its place in the pool's chain, from 1, without gaps.")
    recorded_at: Instant
    actor: str
    action: str = Field(description="As noun.verb, such as `proposal.accept`.")
    subject: uuid.UUID | None = Field(description="The candidate whom it is about.")
    detail: JsonObject | None = Field(description="Ids, codes, names of fields; null once erased.")
    hash: str = Field(description="SHA-256 of the entry and of the hash before it.")


class AuditPage(ApiModel):
    """A part of the record, in its order."""

    items: list[AuditEvent]
    next_cursor: int | None = Field(
        description="Give it as `cursor` for the next page; null on the last one."
    )


class AuditFault(ApiModel):
    """What is wrong with the record, and at which entry."""

    code: str
    seq: int
    text: str


class AuditVerification(ApiModel):
    """Whether the record is whole: every hash computed again."""

    pool_id: uuid.UUID
    pool: str
    valid: bool
    entries: int
    reads: int = Field(description="Of the access log, linked to the chain.")
    erased: int = Field(description="Details that an erasure took: no fault.")
    anchored: int | None = Field(description="The entry that a head kept elsewhere confirms.")
    fault_count: int
    faults: list[AuditFault] = Field(description="The first hundred.")
