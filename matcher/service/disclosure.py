"""
What an employer sees of a person: a card under a pseudonym, as far as consent goes at this moment.

Nothing is copied into the proposal: every reading asks the consents anew. The candidate's id is
not part of it, and two employers see two pseudonyms that cannot be joined.
"""

import base64
import hashlib
import hmac
import uuid
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlmodel import Session

from matcher.domain import disclosure as rules
from matcher.domain import journeys
from matcher.domain.disclosure import CONTACT, Bands, Disclosure, Person
from matcher.errors import NotFound
from matcher.store import audit, cards, consents, vault
from matcher.store.cards import Put

PSEUDONYM_LETTERS = 10
STAGES = ("none", "anonymous", "contact", "scheme")


@dataclass(frozen=True)
class Card:
    """
    A person as an employer sees them.

    Parameters
    ----------
    stage
        0 nothing, 1 anonymous, 2 name and contact, 3 scheme facts.
    bands
        Level, distance and hours, widened until five people are in them; None at stage 0.
    shown
        Further fields that consent names, or that work asks for.
    """

    proposal_id: uuid.UUID
    placement_id: uuid.UUID
    pseudonym: str
    stage: int
    bands: Bands | None = None
    competences: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()
    shown: dict[str, Any] = field(default_factory=dict)


def card(db: Session, proposal_id: uuid.UUID) -> tuple[Card, Put]:
    """
    Return the card of a proposal for the employer whose work it is, and what it was made of.

    That it was shown, and at which stage, is noted in the record of who looked.

    Raises
    ------
    NotFound
        No coach has passed on such a proposal.
    """
    put = cards.put_to_employer(db, proposal_id)
    if put is None:
        raise NotFound("There is no such proposal.")
    name = pseudonym(db, put.candidate_id, put.employer_id)
    allowed = _allowed(db, put)
    audit.note_reads(
        db,
        [(put.pool_id, audit.acting(), put.candidate_id)],
        f"card.stage_{STAGES[allowed.stage]}",
    )
    if allowed.stage == 0:
        return Card(put.proposal_id, put.placement_id, name, 0), put
    values: dict[str, Any] = {}
    if any(each in CONTACT for each in allowed.fields):
        values |= vault.open_identity(db, put.candidate_id)
    if any(each not in CONTACT for each in allowed.fields):
        values |= cards.scheme_facts(db, put.candidate_id)
    found = Card(
        put.proposal_id,
        put.placement_id,
        name,
        allowed.stage,
        _bands(db, put),
        tuple(cards.common_tags(db, "candidate_competence", "uri", put)),
        tuple(cards.common_tags(db, "candidate_interest", "tag", put)),
        {each: values[each] for each in allowed.fields},
    )
    return found, put


def pseudonym(db: Session, candidate_id: uuid.UUID, employer_id: uuid.UUID) -> str:
    """Return what an employer calls a person: a label of their own, never a key to search by."""
    key = vault.purpose_key(db, "pseudonyms")
    digest = hmac.new(key, candidate_id.bytes + employer_id.bytes, hashlib.sha256).digest()
    letters = base64.b32encode(digest).decode()[:PSEUDONYM_LETTERS]
    return f"{letters[:5]}-{letters[5:]}"


def _allowed(db: Session, put: Put) -> Disclosure:
    if put.restricted or not (put.in_play or put.at_work):
        return Disclosure(0)
    granted = consents.in_force(db, [put.candidate_id], put.employer_id).get(put.candidate_id)
    return rules.disclosure(granted, at_work=put.at_work)


def _bands(db: Session, put: Put) -> Bands:
    people = cards.crowd(db, put.pool_id)
    here = (put.latitude, put.longitude)
    km = [
        None if None in here or None in home else _km(here, home)
        for home in ((latitude, longitude) for _, _, _, latitude, longitude, _ in people)
    ]
    crowd = [
        (Person(level, far, hours), count)
        for (level, hours, _, _, _, count), far in zip(people, km, strict=True)
    ]
    own = next((far for row, far in zip(people, km, strict=True) if row[2] == put.home), None)
    return rules.bands(Person(put.level, own, put.hours), crowd)


def _km(here: tuple[Any, Any], home: tuple[Any, Any]) -> float:
    return float(journeys.kilometres(*(np.array([value]) for value in (*here, *home)))[0])
