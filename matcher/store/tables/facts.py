"""The lists and sets of a candidate: what they have, can, wish and refuse."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from matcher.store.tables.base import (
    EMPTY_LIST,
    FALSE,
    JSON,
    KEY_LENGTH,
    NOW,
    SBI_PATTERN,
    TEXTS,
    ZERO,
    PoolRow,
    among,
    belongs_to,
    between,
    filled,
    in_order,
    matches,
    one_of,
    part_of,
)

CAR_AND_CYCLE_LICENCES = ("A", "A1", "A2", "AM", "B", "B+", "BE", "T")
TRUCK_AND_BUS_LICENCES = ("C", "C1", "C1E", "CE", "D", "D1", "D1E", "DE")


class CandidateSetRow(SQLModel):
    """One element of a set that a candidate has: the element itself is part of the key."""

    pool_id: uuid.UUID = Field(primary_key=True)
    candidate_id: uuid.UUID = Field(primary_key=True)


class CandidateListRow(PoolRow):
    """One element of a list that a candidate has, in which two may be alike."""

    candidate_id: uuid.UUID


class CandidateTransport(CandidateSetRow, table=True):
    """A means of transport, and whether it serves the journey to work and the work itself."""

    __tablename__ = "candidate_transport"
    __table_args__ = (
        part_of("candidate"),
        one_of("mode", "car", "moped", "bicycle", "motorcycle", "public_transport", "other"),
    )

    mode: str = Field(primary_key=True)
    for_commute: bool | None = None
    for_work: bool | None = None


class CandidateLicence(CandidateSetRow, table=True):
    """A driving licence."""

    __tablename__ = "candidate_licence"
    __table_args__ = (
        part_of("candidate"),
        one_of("licence", *CAR_AND_CYCLE_LICENCES, *TRUCK_AND_BUS_LICENCES),
    )

    licence: str = Field(primary_key=True)


class CandidateEducation(CandidateListRow, table=True):
    """A school or study, finished or not."""

    __tablename__ = "candidate_education"
    __table_args__ = (
        part_of("candidate"),
        Index(None, "pool_id", "candidate_id"),
        among("level", 1, 2, 3, 4, 5, 6, 9),
        among("diploma", 0, 1, 2, 8),
        *between(0, 3, "status"),
        in_order("started_on", "ended_on"),
    )

    # 1 primary, 2 vmbo, 3 havo or vwo, 4 mbo, 5 hbo, 6 wo, 9 other.
    level: int
    # 0 unknown, 1 yes, 2 no, 8 does not apply.
    diploma: int = Field(default=0, sa_column_kwargs=ZERO)
    # 0 unknown, 1 finished, 2 broken off, 3 running.
    status: int = Field(default=0, sa_column_kwargs=ZERO)
    started_on: date | None = None
    ended_on: date | None = None


class CandidateCourse(CandidateListRow, table=True):
    """A course or certificate."""

    __tablename__ = "candidate_course"
    __table_args__ = (
        part_of("candidate"),
        Index(None, "pool_id", "candidate_id"),
        filled("name"),
        in_order("certified_on", "expires_on"),
    )

    name: str = Field(max_length=120)
    certified_on: date | None = None
    expires_on: date | None = None


class CandidateExperience(CandidateListRow, table=True):
    """Earlier work; with the employer when that is one of the pool's."""

    __tablename__ = "candidate_experience"
    __table_args__ = (
        part_of("candidate"),
        belongs_to("employer"),
        Index(None, "pool_id", "candidate_id"),
        in_order("started_on", "ended_on"),
    )

    started_on: date | None = None
    ended_on: date | None = None
    organisation: str | None = Field(default=None, max_length=70)
    occupation: str | None = Field(default=None, max_length=500)
    employer_id: uuid.UUID | None = None


class CandidateLanguage(CandidateSetRow, table=True):
    """Command of a language: 0 unknown, 1 none, 2 fair, 3 good, 4 excellent, 8 does not apply."""

    __tablename__ = "candidate_language"
    __table_args__ = (
        part_of("candidate"),
        matches("language", "^[a-z]{3}$"),
        *(among(skill, 0, 1, 2, 3, 4, 8) for skill in ("oral", "written", "reading", "listening")),
    )

    language: str = Field(primary_key=True)
    oral: int | None = None
    written: int | None = None
    reading: int | None = None
    listening: int | None = None


class CandidateCompetence(CandidateSetRow, table=True):
    """A competence, by its URI."""

    __tablename__ = "candidate_competence"
    __table_args__ = (part_of("candidate"), filled("uri"))

    uri: str = Field(max_length=500, primary_key=True)


class CandidateInterest(CandidateSetRow, table=True):
    """An interest, in the words that placements use as tags."""

    __tablename__ = "candidate_interest"
    __table_args__ = (part_of("candidate"), filled("tag"))

    tag: str = Field(max_length=120, primary_key=True)


class CandidateOccupation(CandidateSetRow, table=True):
    """A wished occupation, by its URI; rank 1 is wished most."""

    __tablename__ = "candidate_occupation"
    __table_args__ = (part_of("candidate"), filled("occupation"), *between(1, 99, "rank"))

    occupation: str = Field(max_length=500, primary_key=True)
    rank: int | None = None


class CandidateSector(CandidateSetRow, table=True):
    """A wished sector (SBI, with leading zeros)."""

    __tablename__ = "candidate_sector"
    __table_args__ = (part_of("candidate"), matches("sbi_code", SBI_PATTERN))

    sbi_code: str = Field(primary_key=True)


class CandidatePreference(CandidateSetRow, table=True):
    """A mark or a veto for an occupation, a sector or one placement (by its key)."""

    __tablename__ = "candidate_preference"
    __table_args__ = (
        part_of("candidate"),
        one_of("target_kind", "occupation", "sector", "placement"),
        filled("target"),
        *between(0, 10, "mark"),
    )

    target_kind: str = Field(primary_key=True)
    target: str = Field(max_length=500, primary_key=True)
    mark: int | None = None
    veto: bool = Field(default=False, sa_column_kwargs=FALSE)


class CandidateExclusion(CandidateListRow, table=True):
    """An employer (by key) or a kind of placement where this person will not be proposed."""

    __tablename__ = "candidate_exclusion"
    __table_args__ = (
        part_of("candidate"),
        Index(None, "pool_id", "candidate_id"),
        one_of("target_kind", "employer", "kind"),
        filled("target"),
    )

    target_kind: str
    target: str = Field(max_length=KEY_LENGTH)
    reason_code: str | None = Field(default=None, max_length=60)
    # Null: until withdrawn.
    until: date | None = None


class CandidateParking(CandidateListRow, table=True):
    """A pair (placement by key), a kind of placement or the whole person, left out for a while."""

    __tablename__ = "candidate_parking"
    __table_args__ = (
        part_of("candidate"),
        Index(None, "pool_id", "candidate_id"),
        Index(
            "candidate_parking_lifted_by_facts_idx",
            "candidate_id",
            postgresql_where=sql("facts is not null and until is null"),
        ),
        one_of("target_kind", "pair", "kind", "person"),
        CheckConstraint("(target_kind = 'person') = (target is null)", name="target"),
    )

    target_kind: str
    target: str | None = Field(default=None, max_length=KEY_LENGTH)
    reason_code: str | None = Field(default=None, max_length=60)
    # Null: until its reason's condition is lifted.
    until: date | None = None
    # The facts that lift it when they change, as they were: {kind, values, placement}.
    facts: dict[str, Any] | None = Field(default=None, sa_type=JSON)


class CandidateConsent(CandidateListRow, table=True):
    """
    What a candidate agreed may be shown, to whom and for how long. Only ever withdrawn.

    ``employer_id`` names one employer; without it ``receiver`` says who, and nobody said is all
    employers of the pool. ``fields`` are names of fields or of groups of them
    (`matcher.domain.disclosure`); none is the anonymous card.
    """

    __tablename__ = "candidate_consent"
    __table_args__ = (
        part_of("candidate"),
        Index(None, "pool_id", "candidate_id"),
        belongs_to("employer"),
        filled("purpose"),
        in_order("from_on", "until_on"),
    )

    purpose: str = Field(max_length=100)
    receiver: str | None = Field(default=None, max_length=200)
    employer_id: uuid.UUID | None = None
    fields: list[str] = Field(default_factory=list, sa_type=TEXTS, sa_column_kwargs=EMPTY_LIST)
    from_on: date | None = None
    until_on: date | None = None
    withdrawn_at: datetime | None = None
    given_how: str | None = Field(default=None, max_length=200)
    recorded_by: str | None = Field(default=None, max_length=200)
    recorded_at: datetime | None = Field(default=None, nullable=False, sa_column_kwargs=NOW)
