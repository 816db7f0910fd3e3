"""Journeys measured before a run, where the settings name a service for them."""

from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from matcher.service import travel
from matcher.service.travel_osrm import Osrm
from matcher.settings import settings


def measure(db: Session, pool_id: UUID) -> int:
    """
    Ask the service of the settings for the journeys of a pool that are not kept yet.

    Returns
    -------
    the number of journeys known as measured; 0 without a service. One that does not answer leaves
    estimates, labelled as such, and is asked again before the next run.
    """
    url = settings().osrm_url
    if url is None:
        return 0
    # The service may take longer over a pool than a transaction is else allowed to wait.
    db.execute(text("set local idle_in_transaction_session_timeout = 0"))
    times = travel.refresh(db, pool_id, Osrm(url))
    return int((times["source"] != travel.ESTIMATE).sum())
