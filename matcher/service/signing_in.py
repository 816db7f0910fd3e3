"""Signing in with a name, a password and perhaps a code, and the sessions that come of it."""

import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session

from matcher.domain.actors import Actor
from matcher.errors import NotFound
from matcher.service import lockout, passwords, second_factors
from matcher.service.accounts import ACCOUNTS
from matcher.store import access, audit
from matcher.store.tables import Account


@dataclass(frozen=True)
class SignedIn:
    """A session that has begun: its secret, which only the one who signed in gets."""

    token: str
    actor: Actor


@dataclass(frozen=True)
class Tried:
    """
    What somebody tried to sign in with, and ``refused``, the code of why it does not hold.

    ``account_id`` is that of the name; None for a name that is nobody's. Neither is for who tried.
    """

    account_id: uuid.UUID | None
    refused: str | None


def check(db: Session, name: str, password: str, code: str | None = None) -> Tried:
    """
    Return whether a name, a password and, where there is one, a second factor's code hold.

    From the fifth failure on the account is locked, each time twice as long, for an hour at most;
    while it is, what is right is refused too. That is told to nobody: the answer is the same for a
    wrong password, a code that is wrong or missing, and a name that is not there. Commit in any
    case: a failure counts.
    """
    account = db.execute(
        select(Account).where(ACCOUNTS.table.c.name == name).with_for_update()
    ).scalar_one_or_none()
    stored = None if account is None or account.disabled else account.password_hash
    right = passwords.verified(password, stored)
    if account is None:
        return Tried(None, "sign_in_refused")
    if lockout.is_locked(db, account):
        return Tried(account.id, "sign_in_locked")
    why = None
    if not right:
        why = "sign_in_refused"
    elif not second_factors.passes(db, account.id, code):
        why = "second_factor_refused"
    lockout.count(db, account, right=why is None)
    return Tried(account.id, why)


def begin(db: Session, account_id: uuid.UUID, membership_id: uuid.UUID | None = None) -> SignedIn:
    """
    Begin a session of an account in one of its roles, the oldest when none is named.

    Raises
    ------
    NotFound
        It has no such role, or none at all.
    """
    roles = [row.id for row in access.memberships(db, account_id) if row.role != "service"]
    chosen = membership_id or next(iter(roles), None)
    if chosen is None or chosen not in roles:
        raise NotFound("The account has no such role.")
    token = secrets.token_urlsafe(32)
    access.begin_session(db, chosen, token)
    actor = access.actor_of_session(db, token)
    if actor is None:
        raise NotFound("The account has no such role.")
    assert actor.pool_id is not None
    audit.append(db, actor.pool_id, actor.name, "session.begin", {"role": actor.role})
    return SignedIn(token, actor)


def csrf_token(token: str) -> str:
    """Return what a request that changes something must bring beside its cookie."""
    return hashlib.sha256(b"csrf " + token.encode()).hexdigest()


def is_csrf_token(given: str, token: str) -> bool:
    """Return whether it is the one of this session, in the same time for every wrong one."""
    return hmac.compare_digest(given.encode(), csrf_token(token).encode())
