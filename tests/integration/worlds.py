"""Two pools with everything in them, seen from one coach and one employer of the first."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlmodel import Session, select

from matcher.service import agreements, consents, decisions, holds, import_jobs
from matcher.service.decisions import Saying
from matcher.store import erased, exceptional, vault
from matcher.store.database import transaction
from matcher.store.tables import (
    Candidate,
    Coach,
    Deployment,
    Employer,
    Placement,
    Proposal,
    ReadAlarm,
    Restriction,
    Site,
    SupervisorGroup,
)
from tests.integration.nights import publish_plan
from tests.small_pools import write_pool

Ids = dict[str, UUID]


@dataclass
class World:
    """Ids by name of the address part, of what is one's own and of what is somebody else's."""

    own: Ids
    other: Ids
    elsewhere: Ids
    unknown: Ids = field(default_factory=dict)


def make_world() -> World:
    """Write both pools; ``own`` is one coach's and one employer's, ``other`` their colleagues'."""
    with transaction() as db:
        # Made when it is first asked for, by whoever asks.
        vault.purpose_key(db, "pseudonyms")
    own, other = _pool("noord")
    elsewhere, _ = _pool("zuid")
    return World(own, other, elsewhere, {name: uuid4() for name in own})


def _pool(key: str) -> tuple[Ids, Ids]:
    with transaction() as db:
        pool_id = write_pool(db, key, people=8, placements=6)
        employers = [*db.exec(select(Employer).where(Employer.pool_id == pool_id))]
        second = Employer(pool_id=pool_id, key="employer-2", trade_name="Invented others")
        db.add(second)
        db.flush()
        employers.append(second)
    run_id, _ = publish_plan(pool_id)
    with transaction() as db:
        first, last = _two_proposals(db, pool_id)
        parts = []
        for number, (proposal, employer) in enumerate(zip((first, last), employers, strict=True)):
            both = (first.candidate_id, last.candidate_id)
            parts.append(_part(db, proposal, employer, run_id, number, both))
        rest = text(
            "update candidate set coach_id = :coach where coach_id is null and pool_id = :p"
        )
        db.execute(rest, {"coach": parts[1]["coaches"], "p": pool_id})
    return parts[0], parts[1]


def _two_proposals(db: Session, pool_id: UUID) -> tuple[Proposal, Proposal]:
    proposals = db.exec(
        select(Proposal).where(Proposal.pool_id == pool_id).order_by(text("placement_id"))
    ).all()
    first = proposals[0]
    return first, next(each for each in proposals if each.placement_id != first.placement_id)


def _part(
    db: Session,
    proposal: Proposal,
    employer: Employer,
    run_id: UUID,
    number: int,
    both: tuple[UUID, UUID],
) -> Ids:
    pool_id = proposal.pool_id
    placement = db.get_one(Placement, proposal.placement_id)
    site = Site(pool_id=pool_id, key=f"own-site-{number}", employer_id=employer.id, place="Zeist")
    coach = Coach(pool_id=pool_id, key=f"coach-{number}", name="Invented")
    db.add_all([site, coach])
    db.flush()
    placement.employer_id, placement.site_id = employer.id, site.id
    group = SupervisorGroup(pool_id=pool_id, key=f"group-{number}", site_id=site.id, supervisors=9)
    db.add(group)
    db.get_one(Candidate, proposal.candidate_id).coach_id = coach.id
    db.flush()
    pin_id = agreements.pin(db, proposal.candidate_id, placement.id, actor="somebody")
    companion = db.exec(
        select(Candidate.id).where(
            Candidate.pool_id == pool_id,
            Candidate.coach_id.is_(None),  # type: ignore[union-attr]
            # A companion is named to the coach, so it is neither of the two that are looked for.
            Candidate.id.not_in(both),  # type: ignore[attr-defined]
        )
    ).first()
    values = {"other_id": companion, "relation": "apart", "until": None, "reason_code": None}
    companion_id = agreements.join(db, proposal.candidate_id, values)
    db.refresh(proposal)
    # One's own is with the employer; the other one no employer has heard of.
    saying = Saying(actor="x", role="coach", outcome="accept" if number == 0 else "hold")
    decision_id = decisions.decide(db, proposal.id, proposal.version, saying)
    deployment = Deployment(
        pool_id=pool_id,
        key=f"work-{number}",
        candidate_id=proposal.candidate_id,
        placement_id=placement.id,
        from_on=date(2026, 1, 1),
        state="active",
    )
    db.add(deployment)
    db.flush()
    import_id = import_jobs.submit(
        db, pool_id, "candidates", "x.csv", b"key\n", dry_run=True, skip_bad_rows=False,
        created_by="x",
    )  # fmt: skip
    consent = {"purpose": "matching", "fields": ["contact"]}
    consent_id = consents.give(db, proposal.candidate_id, consent, actor="x")
    hold = {"ground": "before the court", "until_on": None}
    hold_id = holds.place(db, proposal.candidate_id, hold, actor="x")
    restriction = Restriction(
        pool_id=pool_id,
        candidate_id=proposal.candidate_id,
        ground="claims",
        reason="over by now",
        placed_by="x",
        informed_on=date(2026, 1, 1),
        lifted_by="x",
        lifted_at=datetime(2026, 1, 2, tzinfo=UTC),
    )
    db.add(restriction)
    db.flush()
    look_id = uuid4()
    exceptional.insert(
        db, look_id, pool_id, proposal.candidate_id,
        opened_by="x", reason_code="urgent", words=None, hours=4,
    )  # fmt: skip
    alarm_id = uuid4()
    db.add(ReadAlarm(id=alarm_id, pool_id=pool_id, read_by="x", people=201))
    erasure_id = erased.keep_receipt(db, pool_id, handle="h", actor="x", counts={})
    return {
        "consents": consent_id,
        "legal-holds": hold_id,
        "restrictions": restriction.id,
        "erasures": erasure_id,
        "exceptional-accesses": look_id,
        "read-alarms": alarm_id,
        "pools": pool_id,
        "coaches": coach.id,
        "candidates": proposal.candidate_id,
        "employers": employer.id,
        "sites": site.id,
        "supervisor-groups": group.id,
        "placements": placement.id,
        "match-runs": run_id,
        "proposals": proposal.id,
        "decisions": decision_id,
        "deployments": deployment.id,
        "imports": import_id,
        "pins": pin_id,
        "companions": companion_id,
    }
