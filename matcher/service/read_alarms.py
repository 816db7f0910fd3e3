"""An alarm when a coach reads about very many people: somebody asks them why."""

import uuid

from sqlmodel import Session

from matcher.errors import Conflict
from matcher.service import records
from matcher.service.records import Kind
from matcher.settings import settings
from matcher.store import audit, reviews, upkeep
from matcher.store import read_alarms as store
from matcher.store.read_alarms import Alarm
from matcher.store.tables import ReadAlarm

ALARMS = Kind(
    "read alarm",
    ReadAlarm,
    ("id", "pool_id", "read_by", "people", "raised_at", "reviewed_at", "reviewed_by"),
    order=("raised_at", "id"),
)
EVERY_SECONDS = 60


def sound(db: Session) -> list[Alarm]:
    """Raise the alarms that are due, once a minute at most, and return them."""
    if not upkeep.is_due(db, "read alarm", EVERY_SECONDS):
        return []
    found = store.find(db, settings().read_alarm_people)
    for alarm in found:
        detail = {"alarm": alarm.id, "account": alarm.read_by, "people": alarm.people}
        audit.append(db, alarm.pool_id, None, "access.alarm", detail)
    return found


def review(db: Session, alarm_id: uuid.UUID, *, actor: str) -> uuid.UUID:
    """
    Note that a manager looked into it, and return its id; the task is then done.

    Raises
    ------
    NotFound
        There is none.
    Conflict
        ``reviewed_already``.
    """
    found = records.read(db, ALARMS, alarm_id)
    if not reviews.review(db, ReadAlarm, alarm_id, actor):
        raise Conflict("Somebody looked at it already.", code="reviewed_already")
    audit.append(db, found["pool_id"], actor, "access.review", {"alarm": alarm_id})
    return alarm_id
