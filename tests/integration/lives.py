"""The proposal of one person from day to day: what people say of it, and what follows."""

import uuid
from dataclasses import dataclass
from datetime import date

import polars as pl
import pytest
from sqlalchemy import text
from sqlmodel import col, select

from matcher.domain.policy import Policy
from matcher.domain.reasons import Role
from matcher.errors import MatcherError
from matcher.optimisation.prepared import prepare
from matcher.optimisation.ranking import rank
from matcher.service import decisions as deciding
from matcher.service.decisions import Outcome, Saying
from matcher.store import reading
from matcher.store.database import transaction
from matcher.store.tables import (
    Candidate,
    Decision,
    Deployment,
    Placement,
    Proposal,
)
from tests.integration.publications import ids, publish
from tests.small_pools import write_pool


def proposed_pool() -> uuid.UUID:
    """Write a pool whose first person is proposed the first placement, with one opening."""
    with transaction() as db:
        made = write_pool(db, "pool", people=4, placements=3)
        db.execute(text("update placement set openings = 1, state = 'open'"))
    publish(made, {0: 0})
    return made


def decide(proposal: uuid.UUID, role: Role, outcome: Outcome = "accept", **more: object) -> None:
    """Say something of a proposal as it is now, in the name of a role."""
    with transaction() as db:
        version = db.get_one(Proposal, proposal).version
        saying = Saying(f"the {role}", role, outcome, **more)  # type: ignore[arg-type]
        deciding.decide(db, proposal, version, saying)


@dataclass
class Life:
    """The proposal of one person, and what people say of it."""

    pool_id: uuid.UUID
    person: int = 0

    @property
    def proposal(self) -> Proposal:
        with transaction() as db:
            return db.exec(
                select(Proposal)
                .where(col(Proposal.candidate_id) == uuid.UUID(self.candidate_id))
                .order_by(col(Proposal.first_proposed_at).desc(), col(Proposal.id))
            ).first()  # type: ignore[return-value]

    @property
    def candidate_id(self) -> str:
        return ids(Candidate, self.pool_id)[self.person]

    @property
    def placement(self) -> Placement:
        with transaction() as db:
            return db.get_one(Placement, self.proposal.placement_id)

    @property
    def candidate(self) -> Candidate:
        with transaction() as db:
            return db.get_one(Candidate, uuid.UUID(self.candidate_id))

    @property
    def deployment(self) -> Deployment:
        with transaction() as db:
            return db.exec(
                select(Deployment).where(Deployment.proposal_id == self.proposal.id)
            ).one()

    def say(self, outcome: Outcome, role: Role = "coach", **more: object) -> Proposal:
        now = self.proposal
        with transaction() as db:
            saying = Saying("Invented", role, outcome, **more)  # type: ignore[arg-type]
            deciding.decide(db, now.id, now.version, saying)
        return self.proposal

    def refused(self, code: str, outcome: Outcome, role: Role = "coach", **more: object) -> None:
        before = self.proposal
        with pytest.raises(MatcherError) as told:
            self.say(outcome, role, **more)
        assert told.value.code == code
        assert self.proposal == before
        assert "Invented" not in told.value.message


def change(statement: str, **values: object) -> None:
    with transaction() as db:
        db.execute(text(statement), values)


def today(pool_id: uuid.UUID) -> date:
    with transaction() as db:
        return db.execute(
            text("select (now() at time zone timezone)::date from pool where id = :id"),
            {"id": pool_id},
        ).scalar_one()


def decisions() -> list[tuple[str, str, str | None, bool]]:
    with transaction() as db:
        rows = db.exec(select(Decision).order_by(col(Decision.decided_at)))
        return [(row.role, row.outcome, row.reason_code, row.overrides) for row in rows]


def verdicts(pool_id: uuid.UUID, person: int, placement: int) -> dict[str, bool | None]:
    """Return what the rules say of a pair in the next snapshot."""
    with transaction("REPEATABLE READ") as db:
        snapshot = reading.read_snapshot(db, pool_id, today(pool_id))
        prices = reading.read_prices(db, pool_id)
    policy = Policy.default()
    ranked = rank(
        prepare(snapshot, policy), prices, policy, candidate=ids(Candidate, pool_id)[person]
    )
    wanted = pl.col("placement.id") == ids(Placement, pool_id)[placement]
    row = ranked.row(by_predicate=wanted, named=True)
    return {code: row[f"rule.{code}"] for code in ("not_parked", "not_excluded")}
