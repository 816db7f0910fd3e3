"""Asking the solver: a question becomes a run of kind what_if, which never publishes anything."""

import uuid
from collections.abc import Iterable

from sqlmodel import Session

from matcher.domain.changes import Change, SetPolicy
from matcher.domain.imagining import PREFIX
from matcher.domain.questions import Question
from matcher.errors import Conflict, Invalid, NotFound, SnapshotError
from matcher.service import policies
from matcher.store import audit, runs, what_ifs

MOST_OPEN = 20
"""What-ifs of a pool that wait or are computed."""


def read_question(data: object) -> Question:
    """
    Return a question that somebody sent.

    Raises
    ------
    Invalid
        It is at fault: the field, and the way out.
    """
    try:
        return Question.from_json(data)
    except SnapshotError as error:
        # of a snapshot it would be our fault; here it is the caller's
        raise Invalid(error.message, code="bad_question") from error


def request(
    db: Session, pool_id: uuid.UUID, question: Question, created_by: str | None = None
) -> uuid.UUID:
    """
    Queue a question and return the id of its run; hint at it after the commit.

    It needs no fence of the pool, and is answered beside a night.

    Raises
    ------
    NotFound
        No such pool, candidate or placement.
    PolicyError
        A change of the policy that it cannot have.
    Conflict
        ``too_many_what_ifs``: the pool has `MOST_OPEN` of them open.
    """
    today = runs.local_date(db, pool_id)
    if today is None:
        raise NotFound(f"There is no pool {pool_id}.")
    candidates = _named(question, "candidate")
    if unknown := what_ifs.unknown_candidates(db, pool_id, candidates):
        raise NotFound(f"There is no candidate {unknown[0]} in this pool.")
    placements = _named(question, "placement")
    if unknown := what_ifs.unknown_placements(db, pool_id, placements, today):
        raise NotFound(f"There is no placement {unknown[0]} in this pool.")
    if any(isinstance(change, SetPolicy) for change in question.changes):
        policy = policies.in_force(db, pool_id, today)
        for change in question.changes:
            policy = change.on_policy(policy)
    run_id = what_ifs.insert(db, pool_id, question.to_json(), created_by, MOST_OPEN)
    if run_id is None:
        raise Conflict(
            f"The pool has {MOST_OPEN} questions open already. Maybe: wait for one of them, or "
            "cancel one.",
            code="too_many_what_ifs",
        )
    # Who asked what kind, and about whom; not what they asked.
    audit.append(
        db,
        pool_id,
        created_by,
        "what_if.request",
        {"run": run_id, "kind": question.kind, "changes": len(question.changes)},
        candidates[0] if len(candidates) == 1 else None,
    )
    return run_id


def _named(question: Question, side: str) -> list[uuid.UUID]:
    """Return the ids of people or placements that a question and its changes name."""
    parts: Iterable[Question | Change] = (question, *question.changes)
    names = {str(name) for part in parts if (name := getattr(part, side, None)) is not None}
    return [_uuid(side, name) for name in sorted(names) if not name.startswith(PREFIX)]


def _uuid(side: str, name: str) -> uuid.UUID:
    try:
        return uuid.UUID(name)
    except ValueError:
        raise Invalid(f"{side} must be an id (a UUID).", code="bad_question") from None
