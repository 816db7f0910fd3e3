"""Employers, their sites and supervisors, and placements as records."""

import uuid

from sqlmodel import Session

from matcher.domain.columns import BEARING_DEMANDS
from matcher.service.people import withdraw_open_proposals
from matcher.service.records import Kind, Part, change
from matcher.store.tables import (
    Employer,
    Placement,
    PlacementRequirement,
    PlacementTag,
    PlacementTask,
    Site,
    SupervisorGroup,
)

EMPLOYERS = Kind(
    "employer",
    Employer,
    (
        "id",
        "pool_id",
        "key",
        "version",
        "trade_name",
        "kvk_number",
        "sbi_code",
        "training_firm",
        "crebo",
        "starts_per_week",
        "pso_level",
        "pso_until",
        "code_until",
        "no_displacement_on",
        "impact_first",
        "independent",
        "self_supporting",
        "governance",
        "marks_on",
    ),
)
"""Organisations. The people to call there are not part of it."""

SITES = Kind(
    "site",
    Site,
    (
        "id",
        "pool_id",
        "key",
        "version",
        "employer_id",
        "postcode",
        "place",
        "street",
        "house_number",
        "max_guided_site",
    ),
)

SUPERVISOR_GROUPS = Kind(
    "supervisor group",
    SupervisorGroup,
    ("id", "pool_id", "key", "version", "site_id", "supervisors", "max_guided"),
)

PLACEMENTS = Kind(
    "placement",
    Placement,
    (
        "id",
        "pool_id",
        "key",
        "version",
        "employer_id",
        "site_id",
        "supervisor_group_id",
        "number",
        "title",
        "description",
        "state",
        "kind",
        "contract_type",
        "openings",
        "taken",
        "team",
        "hours_min",
        "hours_max",
        "dayparts",
        "office_hours",
        "irregular_work",
        "start_earliest",
        "start_latest",
        "ends_on",
        "season_months",
        "closes_on",
        "hourly_wage",
        "youth_scale",
        "level_min",
        "occupation",
        "sector",
        *(f"demand_{demand}" for demand in BEARING_DEMANDS),
        "offer_supervision",
        "offer_structure",
        "guidance_offered",
        "adaptation_possible",
        "adaptation_note",
        "variation_offered",
        "ladder_min",
        "ladder_step_up",
        "own_vehicle_for_work",
        "training_offered",
        "training_crebo",
        "with_trial",
        "trial_weeks",
        "subsidised",
        "shuttle_postcode",
        "shuttle_place",
        "shuttle_minutes",
    ),
    (
        Part(
            "requirements",
            PlacementRequirement,
            "placement_id",
            ("field", "value", "level", "essential", "safety", "reason"),
        ),
        Part("tasks", PlacementTask, "placement_id", ("name", "share_percent", "minutes_a_day")),
        Part("tags", PlacementTag, "placement_id", ("tag",)),
    ),
)


def end_placement(db: Session, placement_id: uuid.UUID, version: int) -> None:
    """
    Close a placement: it takes nobody any more, and undecided proposals are withdrawn.

    Raises
    ------
    NotFound, Stale
        There is no such placement, or it has another version by now.
    """
    change(db, PLACEMENTS, placement_id, version, {"state": "closed"})
    withdraw_open_proposals(db, placement_id=placement_id)
