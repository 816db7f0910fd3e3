"""
How long records are kept: a pool's own rules, each with its legal ground, carried out every night.

No period is built in. What is due is told first (a dry run changes nothing); a legal hold keeps
the records of its person; what must be handed over to an archive is told and left to people.
"""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict

from sqlmodel import Session

from matcher.errors import Invalid
from matcher.service import erasure
from matcher.store import audit, upkeep
from matcher.store import retention as store
from matcher.store.retention import CLASSES, Due

__all__ = ["CLASSES", "Due", "apply", "apply_where_due", "due", "set_rule"]

OpenTransaction = Callable[[], AbstractContextManager[Session]]
PEOPLE_PER_SWEEP = 20


def due(db: Session, pool_id: uuid.UUID) -> list[Due]:
    """Return what a pool need not keep any longer, by rule: the dry run."""
    return store.due(db, pool_id)


def set_rule(
    db: Session,
    pool_id: uuid.UUID,
    record_class: str,
    *,
    ground: str,
    days: int,
    action: str,
    decided_by: str,
) -> None:
    """
    Decide how long a pool keeps records of a class.

    Parameters
    ----------
    ground
        The law or decision that says so.
    days
        From the event that `CLASSES` names.

    Raises
    ------
    Invalid
        ``unknown_record_class``, ``unknown_action``.
    """
    if record_class not in CLASSES:
        raise Invalid(f"A rule is about {', '.join(CLASSES)}.", code="unknown_record_class")
    actions = CLASSES[record_class].actions
    if action not in actions:
        raise Invalid(
            f"For {record_class} the action is {' or '.join(actions)}.", code="unknown_action"
        )
    values = {"record_class": record_class, "ground": ground, "days": days, "action": action}
    store.set_rule(db, pool_id, values, decided_by)
    audit.append(db, pool_id, decided_by, "retention.decide", values)


def apply(open_transaction: OpenTransaction, pool_id: uuid.UUID, most_people: int) -> list[Due]:
    """
    End what is due, at most so many people, in a transaction per person or thousand of records.

    Returns
    -------
    what was due before.
    """
    with open_transaction() as db:
        found = store.due(db, pool_id)
    for rule in found:
        if rule.rows == 0 or rule.action == "hand_over":
            continue
        if rule.record_class == "candidate":
            _erase_people(open_transaction, pool_id, rule, most_people)
        else:
            _end_records(open_transaction, pool_id, rule)
    if any(rule.rows for rule in found):
        with open_transaction() as db:
            audit.append(
                db, pool_id, audit.SYSTEM, "retention.apply", {"due": list(map(asdict, found))}
            )
    return found


def apply_where_due(open_transaction: OpenTransaction) -> int:
    """Apply the rules of each pool once a day, people some at a time; return how many pools."""
    with open_transaction() as db:
        pools = store.pools_due(db)
    done = 0
    for pool_id, day in pools:
        name = f"retention {pool_id} {day}"
        with open_transaction() as db:
            if upkeep.noted(db, name):
                continue
        apply(open_transaction, pool_id, PEOPLE_PER_SWEEP)
        with open_transaction() as db:
            left = [rule for rule in store.due(db, pool_id) if rule.action != "hand_over"]
            if not any(rule.rows for rule in left):
                upkeep.note_once(db, name)
        done += 1
    return done


def _erase_people(
    open_transaction: OpenTransaction, pool_id: uuid.UUID, rule: Due, most: int
) -> None:
    with open_transaction() as db:
        people = store.due_ids(db, pool_id, rule)[:most]
    for candidate_id in people:
        with open_transaction() as db:
            erasure.erase(db, candidate_id, actor=audit.SYSTEM)


def _end_records(open_transaction: OpenTransaction, pool_id: uuid.UUID, rule: Due) -> None:
    while True:
        with open_transaction() as db:
            ids = store.due_ids(db, pool_id, rule)
            if not ids:
                return
            store.end(db, rule, ids)
