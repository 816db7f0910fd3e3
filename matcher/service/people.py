"""Pools, coaches and candidates as records: what of them people see and change."""

import uuid

from sqlalchemy import update
from sqlmodel import Session

from matcher.domain.columns import BEARING_DEMANDS
from matcher.service.records import Kind, Part, change, table_of
from matcher.store.tables import (
    Candidate,
    CandidateCompetence,
    CandidateCourse,
    CandidateExclusion,
    CandidateExperience,
    CandidateInterest,
    CandidateLanguage,
    CandidateLicence,
    CandidateOccupation,
    CandidateParking,
    CandidatePreference,
    CandidateSector,
    CandidateTransport,
    Coach,
    CoachSite,
    Pool,
    Proposal,
)

POOLS = Kind(
    "pool",
    Pool,
    (
        "id",
        "key",
        "version",
        "name",
        "kind",
        "municipalities",
        "region",
        "horizon_days",
        "timezone",
        "published_run_id",
    ),
    order=("key", "id"),
)

COACHES = Kind(
    "coach",
    Coach,
    (
        "id",
        "pool_id",
        "key",
        "version",
        "name",
        "hours_per_week",
        "caseload_max",
        "region",
        "specialisms",
    ),
    (Part("sites", CoachSite, "coach_id", ("site_id",)),),
)

_PROFILE = (
    "state",
    "restricted",
    "municipality",
    "mediation_postcode",
    "place",
    "max_distance_km",
    "radius_code",
    "max_travel_minutes",
    "walking",
    "hours_min",
    "hours_max",
    "office_hours",
    "irregular_work_ok",
    "dayparts",
    "available_from",
    "available_until",
    "heavy_work_ok",
    "outside_wish_ok",
    "below_level_ok",
    "work_level",
    "contract_type",
    "contract_kind",
    "needs_adaptation",
    "needs_guidance",
    "needs_variation",
    *(f"limit_{demand}" for demand in BEARING_DEMANDS),
    "need_supervision",
    "need_structure",
    "demands_by",
    "demands_on",
    "guidance_need",
    "guidance_hours",
    "coach_id",
    "ladder_step",
    "ladder_date",
    "expected_ladder_step",
    "waiting_since",
    "sheltered_advice",
    "distance_class",
    "wanted_training",
    "wants_to_continue",
    "objects_to_automation",
    "checked_on",
)


def _part(name: str, model: type, *columns: str) -> Part:
    return Part(name, model, "candidate_id", columns)


CANDIDATES = Kind(
    "candidate",
    Candidate,
    ("id", "pool_id", "key", "version", *_PROFILE),
    (
        _part("transport", CandidateTransport, "mode", "for_commute", "for_work"),
        _part("licences", CandidateLicence, "licence"),
        _part("courses", CandidateCourse, "name", "certified_on", "expires_on"),
        _part(
            "experience",
            CandidateExperience,
            "started_on",
            "ended_on",
            "organisation",
            "occupation",
            "employer_id",
        ),
        _part(
            "languages", CandidateLanguage, "language", "oral", "written", "reading", "listening"
        ),
        _part("competences", CandidateCompetence, "uri"),
        _part("interests", CandidateInterest, "tag"),
        _part("occupations", CandidateOccupation, "rank", "occupation"),
        _part("sectors", CandidateSector, "sbi_code"),
        _part("preferences", CandidatePreference, "target_kind", "target", "mark", "veto"),
        _part("exclusions", CandidateExclusion, "target_kind", "target", "reason_code", "until"),
        _part("parkings", CandidateParking, "target_kind", "target", "reason_code", "until"),
    ),
    about="id",
)
"""
The matching profile under a pseudonymous id.

Who somebody is, what they consented to, and what no rule may read (scheme, payer, wage value,
register flag) are not part of it.
"""


def end_candidate(db: Session, candidate_id: uuid.UUID, version: int) -> None:
    """
    Let a candidate leave the pool: inactive from now on, undecided proposals withdrawn.

    The record stays, so that somebody who comes back is not a stranger.

    Raises
    ------
    NotFound, Stale
        There is no such candidate, or they have another version by now.
    """
    change(db, CANDIDATES, candidate_id, version, {"state": "inactive"})
    withdraw_open_proposals(db, candidate_id=candidate_id)


def withdraw_open_proposals(db: Session, **of: uuid.UUID) -> None:
    """Withdraw the undecided proposals of a candidate or a placement, held ones too."""
    proposal = table_of(Proposal)
    db.execute(
        update(proposal)
        .where(
            proposal.c.state == "open", *(proposal.c[name] == value for name, value in of.items())
        )
        .values(state="withdrawn", held_until=None, version=proposal.c.version + 1)
    )
