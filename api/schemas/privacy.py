"""Who somebody is, what they consented to, and what the law lets them ask."""

import uuid
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.schemas.common import ApiModel, Changing, Code, Day, Instant, JsonObject, Line

Mail = Annotated[str, StringConstraints(min_length=3, max_length=254, pattern=r"^[^\u0000\s]+$")]
Notes = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\u0000]*$")]
# What it must look like further, the product says in words of its own and never repeats it.
Number = Annotated[str, StringConstraints(min_length=1, max_length=20, pattern=r"^[^\u0000]*$")]
Ground = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\u0000]*$")]
Place = Annotated[str, StringConstraints(min_length=1, max_length=20, pattern=r"^[^\u0000]*$")]


class Identity(ApiModel):
    """Who a candidate is (identiteit), out of the vault."""

    name: str | None
    phone: str | None
    email: str | None
    street: str | None
    house_number: str | None
    house_number_addition: str | None
    birth_date: date | None
    notes: str | None = Field(description="Between coach and person: null to a pool manager.")
    bsn: str | None = Field(
        description="Citizen service number (burgerservicenummer), where `WORKPOOL_KEEP_BSN` lets "
        "it be kept; null to who only stands in for a colleague."
    )
    version: int
    warnings: list[str] = Field(description="What whoever wrote it should think of.")


class IdentityChange(Changing):
    """What is known anew of who a candidate is; null takes it away."""

    name: Line | None = None
    phone: Annotated[str, StringConstraints(max_length=50, pattern=r"^[0-9+() -]+$")] | None = None
    email: Mail | None = None
    street: Line | None = None
    house_number: Place | None = None
    house_number_addition: Place | None = None
    birth_date: Day | None = None
    notes: Notes | None = Field(default=None, description="Nothing about health.")
    bsn: Number | None = Field(
        default=None,
        description="Citizen service number, nine digits, where `WORKPOOL_KEEP_BSN` lets it be "
        "kept; null takes it away, always.",
    )


class CandidateSearch(ApiModel):
    """By what a person is looked for; in a body, so that it stands in no address."""

    bsn: Number = Field(description="Citizen service number, nine digits.")


class CandidateFound(ApiModel):
    """Who was found, of those whom the one who asks may see."""

    candidate_id: uuid.UUID | None


class ConsentCreate(ApiModel):
    """What a candidate agrees may be shown, to whom and for how long."""

    purpose: Annotated[
        str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\u0000]*$")
    ] = "matching"
    fields: Annotated[list[Code], Field(max_length=20)] = Field(
        description="`card`, `contact`, `scheme` or names of fields; none is the anonymous card.",
    )
    employer_id: uuid.UUID | None = Field(
        default=None, description="For this employer alone; without it for all of the pool."
    )
    from_on: Day | None = None
    until_on: Day | None = None
    given_how: Line | None = Field(default=None, description="Such as spoken, or on a form.")


class Consent(ApiModel):
    """A consent (toestemming). It is never changed, only withdrawn."""

    id: uuid.UUID
    pool_id: uuid.UUID
    candidate_id: uuid.UUID
    purpose: str
    fields: list[str]
    employer_id: uuid.UUID | None
    receiver: str | None = Field(description="Whom a file named, where no employer is.")
    from_on: date | None
    until_on: date | None
    withdrawn_at: Instant | None
    given_how: str | None
    recorded_by: str | None
    recorded_at: Instant


class Withdrawal(ApiModel):
    """That a consent was withdrawn, and what closed with it."""

    consent: Consent
    proposals_closed: int


class ErasureRow(ApiModel):
    """A receipt (wisbewijs): that somebody was erased, or why not. It does not say who."""

    id: uuid.UUID
    pool_id: uuid.UUID
    state: Literal["done", "refused"]
    ground: str | None = Field(description="Of the legal hold that refused it.")
    actor: str
    erased_at: Instant = Field(description="When, or when it was refused.")
    counts: JsonObject = Field(description="Rows by kind.")


class ErasurePreview(ApiModel):
    """What an erasure would take, or the legal hold that would refuse it."""

    state: Literal["dry_run", "refused"]
    ground: str | None
    counts: dict[str, int]
    figures_unchanged: bool


class LegalHoldCreate(ApiModel):
    """A legal ground on which somebody's data must be kept."""

    ground: Ground
    until_on: Day | None = None


class LegalHold(ApiModel):
    """A legal hold (bewaarplicht): it refuses an erasure and stops retention."""

    id: uuid.UUID
    pool_id: uuid.UUID
    candidate_id: uuid.UUID
    ground: str
    until_on: date | None
    placed_by: str
    placed_at: Instant
    lifted_by: str | None
    lifted_at: Instant | None


class RestrictionCreate(ApiModel):
    """Why somebody's data are not to be used."""

    ground: Literal["accuracy", "unlawful", "claims", "objection"] = Field(
        description="GDPR 18(1): the facts are contested (a), the use is unlawful (b), kept for "
        "the person's legal claims (c), an objection is being weighed (d)."
    )
    reason: Ground


class Lifting(ApiModel):
    """When the person was told that their data are used again."""

    informed_on: Day


class Restriction(ApiModel):
    """A restriction (beperking): no run plans for the person, and no employer sees them."""

    id: uuid.UUID
    pool_id: uuid.UUID
    candidate_id: uuid.UUID
    ground: str
    reason: str
    placed_by: str
    placed_at: Instant
    informed_on: date | None
    lifted_by: str | None
    lifted_at: Instant | None


class Card(ApiModel):
    """A person as an employer sees them (kandidaatkaart), as far as consent goes now."""

    proposal_id: uuid.UUID
    placement_id: uuid.UUID
    pseudonym: str = Field(description="This employer's own word for the person; no search key.")
    stage: int = Field(
        ge=0, le=3, description="0 nothing, 1 anonymous, 2 name and contact, 3 scheme facts."
    )
    level: str | None = Field(description="Working and thinking level, or a band of it.")
    distance_km: str | None
    hours_per_week: str | None
    competences: list[str]
    interests: list[str]
    shown: JsonObject = Field(description="What consent names further, or work asks for.")


class RetentionRuleCreate(ApiModel):
    """How long a pool keeps records of a class, and on which ground."""

    record_class: Code
    ground: Ground
    days: Annotated[int, Field(ge=0, le=36_500)]
    action: Literal["erase", "anonymise", "hand_over"]


class RetentionDue(ApiModel):
    """A rule of a pool, and what is due under it."""

    record_class: str
    action: str
    ground: str
    days: int
    rows: int
    held: int = Field(description="Kept by a legal hold.")


class Retention(ApiModel):
    """How long a pool keeps what (bewaartermijnen), and what is due: nothing is changed."""

    rules: list[RetentionDue]
