"""What of a record a role is told: whom it is about is not an employer's to know from here."""

from collections.abc import Callable, Mapping
from typing import Final

from api.access import ACCOUNT_MANAGER, AUDITOR, EMPLOYER, POOL_MANAGER
from api.identity import present
from api.schemas.proposals import ProposalCard
from matcher.domain.actors import ActorRole
from matcher.service.records import Kind, Record

Telling = Callable[[Record], Record]

CARD: Final = tuple(ProposalCard.model_fields)


def shown(kind: Kind, record: Record) -> Record:
    """Return a record as the present actor's role is told it."""
    telling = TELLINGS.get((kind.name, present().role))
    return record if telling is None else telling(record)


def _card(record: Record) -> Record:
    return {name: record[name] for name in CARD}


def _without_person(record: Record) -> Record:
    return {**record, "candidate_id": None}


def _without_why(record: Record) -> Record:
    """A reason that the person or the coach gave is theirs."""
    theirs = record["role"] in (EMPLOYER, ACCOUNT_MANAGER)
    return record if theirs else {**record, "reason_code": None, "seen_at": None}


def _without_prose(record: Record) -> Record:
    choice = record["evidence"].get("choice")
    if choice is None:
        return record
    return {**record, "evidence": {**record["evidence"], "choice": {**choice, "reason": None}}}


TELLINGS: Final[Mapping[tuple[str, ActorRole], Telling]] = {
    ("proposal", EMPLOYER): _card,
    ("proposal", ACCOUNT_MANAGER): _card,
    ("proposal", AUDITOR): _without_prose,
    ("proposal", POOL_MANAGER): _without_prose,
    ("decision", EMPLOYER): _without_why,
    ("decision", ACCOUNT_MANAGER): _without_why,
    ("deployment", EMPLOYER): _without_person,
    ("deployment", ACCOUNT_MANAGER): _without_person,
}
"""Kind of record and role -> what is told; what is not here is told as it stands."""
