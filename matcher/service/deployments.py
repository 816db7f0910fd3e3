"""Deployments: work that begins when an employer accepts, goes on, and ends with a reason."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session

from matcher.errors import Conflict, Invalid, NotFound, Stale
from matcher.service.records import Kind, telling
from matcher.store import audit
from matcher.store import decisions as store
from matcher.store.decisions import Clock, lock
from matcher.store.tables import Candidate, Deployment, Placement, Proposal

DEPLOYMENTS = Kind(
    "deployment",
    Deployment,
    (
        "id",
        "pool_id",
        "key",
        "version",
        "candidate_id",
        "placement_id",
        "proposal_id",
        "from_on",
        "until_on",
        "state",
        "phase",
        "hours_per_week",
        "formal_employer",
        "end_reason",
    ),
    about="candidate_id",
)
"""Who is at work where, was, or is going to be."""


def begin(
    db: Session,
    clock: Clock,
    placement: Placement,
    proposal: Proposal,
    starts_on: date | None,
    actor: str | None = None,
) -> Deployment:
    """
    Write the deployment of a proposal that the employer accepts.

    It is planned when its first day has not come or the person is still at work, else active.

    Parameters
    ----------
    starts_on
        The first day; without it the earliest that the placement and present work allow.

    Raises
    ------
    Conflict
        ``second_deployment``: the person has such work already, or works until later than that.
    Invalid
        It would begin after the placement ends.
    """
    work = store.work_of(db, proposal.candidate_id)
    present = work.get("active")
    first = starts_on or max(clock.today, placement.start_earliest or clock.today)
    if present is not None and present.until_on is not None and present.until_on >= first:
        if starts_on is not None:
            raise _second(f"The person is at work until {present.until_on}.")
        first = present.until_on + timedelta(days=1)
    state = "planned" if present is not None or first > clock.today else "active"
    if state in work:
        raise _second(f"The person has a deployment that is {state} already.")
    if placement.ends_on is not None and placement.ends_on < first:
        raise Invalid(f"The placement ends on {placement.ends_on}.", code="starts_too_late")
    deployment = Deployment(
        pool_id=proposal.pool_id,
        key=f"proposal-{proposal.id}",
        candidate_id=proposal.candidate_id,
        placement_id=placement.id,
        proposal_id=proposal.id,
        from_on=first,
        until_on=placement.ends_on,
        state=state,
    )
    db.add(deployment)
    db.flush()
    _tell(db, deployment, "create", ("from_on", "until_on", "state"), actor)
    return deployment


def change_deployment(
    db: Session, deployment_id: uuid.UUID, version: int, values: Mapping[str, Any]
) -> None:
    """
    Change a deployment: its days, hours or phase; let it begin, or end it with a reason.

    An end gives the opening back. Without a last day it ends today; work that never began keeps
    none.

    Raises
    ------
    NotFound, Stale
        There is no such deployment, or it has another version by now.
    Conflict
        ``deployment_ended``, ``second_deployment``.
    Invalid
        An end without reason, a reason without end, days that do not go together.
    """
    seen = db.get(Deployment, deployment_id)
    if seen is None:
        raise DEPLOYMENTS.not_found()
    lock(db, Placement, seen.placement_id)
    if seen.candidate_id is not None:
        lock(db, Candidate, seen.candidate_id)
    deployment = lock(db, Deployment, deployment_id)
    if deployment is None:
        raise NotFound("There is no such deployment.")
    if deployment.version != version:
        raise Stale("Somebody changed this deployment since you read it. Maybe: read it again.")
    if not values:
        return
    if deployment.state == "ended":
        raise Conflict("The deployment has ended; it stays so.", code="deployment_ended")
    ends = values.get("state") == "ended"
    if ends != (values.get("end_reason") is not None):
        raise Invalid("state ended and endReason come together.", code="reason_required")
    if values.get("state") == "active" and deployment.state == "planned":
        _check_free(db, deployment)
    today = store.clock(db, deployment.pool_id).today
    with telling(DEPLOYMENTS):
        for name, value in values.items():
            setattr(deployment, name, value)
        if ends:
            if "until_on" not in values:
                begun = deployment.from_on <= today
                deployment.until_on = today if begun else None
            store.release_opening(db, deployment.placement_id)
        deployment.version += 1
        db.flush()
    _tell(db, deployment, "end" if ends else "change", values)


def _tell(
    db: Session,
    deployment: Deployment,
    action: str,
    fields: Iterable[str],
    actor: str | None = None,
) -> None:
    audit.append(
        db,
        deployment.pool_id,
        actor,
        f"deployment.{action}",
        {
            "id": deployment.id,
            "placement": deployment.placement_id,
            "version": deployment.version,
            "fields": sorted(fields),
            "reason": deployment.end_reason,
        },
        deployment.candidate_id,
    )


def _check_free(db: Session, deployment: Deployment) -> None:
    assert deployment.candidate_id is not None
    if "active" in store.work_of(db, deployment.candidate_id):
        raise _second("The person is still at work elsewhere. Maybe: end that deployment first.")


def _second(message: str) -> Conflict:
    return Conflict(message, code="second_deployment")
