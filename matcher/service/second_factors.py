"""
A second factor for local accounts: an app's codes beside the password, and codes for without it.

Whoever signs in through the organisation's provider has the provider's. ``WORKPOOL_SECOND_FACTOR``
says whether it is off, offered, or required of everybody with a password.
"""

import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlmodel import Session

from matcher.errors import Conflict
from matcher.service import lockout, passwords
from matcher.service import one_time_codes as codes
from matcher.settings import settings
from matcher.store import access, audit
from matcher.store import second_factors as store
from matcher.store.tables import Account

OFF: Final = "off"
REQUIRED: Final = "required"


@dataclass(frozen=True)
class Enrolment:
    """What an app needs, told once: the secret as it is typed, and as a QR code holds it."""

    secret: str
    address: str


def begin(db: Session, account_id: uuid.UUID, password: str) -> Enrolment | None:
    """
    Make a secret for somebody's app; return None when the password is wrong.

    It counts once `confirm` has seen a code of it.

    Raises
    ------
    Conflict
        ``second_factor_off``, ``no_password``, or ``second_factor_there``: one counts already.
    Unavailable
        ``no_secret_key``: there is no key to seal it with.
    """
    _check_on()
    account = db.get_one(Account, account_id, with_for_update=True)
    if account.password_hash is None:
        raise Conflict(
            "This account has no password here: its second factor is the provider's.",
            code="no_password",
        )
    if not passwords.verified(password, account.password_hash):
        return None
    if store.is_confirmed(db, account_id):
        raise Conflict(
            "There is a second factor already. Maybe: take it away first, with a code of it.",
            code="second_factor_there",
        )
    secret = codes.new_secret()
    store.begin(db, account_id, secret)
    return Enrolment(codes.spelled(secret), codes.address(secret, account.name))


def confirm(
    db: Session, account_id: uuid.UUID, session_id: uuid.UUID | None, code: str
) -> list[str] | None:
    """
    Let the factor count from now on; return the recovery codes, or None when the code is wrong.

    Every other session of the account ends: it was begun without one.

    Raises
    ------
    Conflict
        ``second_factor_off``, ``second_factor_there``; ``not_begun``: there is no secret yet.
    """
    _check_on()
    found = store.read(db, account_id)
    if found is None:
        raise Conflict("Begin first: POST /session/second-factor.", code="not_begun")
    if found.confirmed:
        raise Conflict("It was confirmed already.", code="second_factor_there")
    step = codes.matched_step(found.secret, codes.bare(code), _now(db), found.last_step)
    if step is None:
        return None
    made = codes.recovery_codes()
    store.use_step(db, account_id, step)
    store.confirm(db, account_id, map(codes.bare, made))
    access.end_other_sessions(db, account_id, session_id)
    _tell(db, account_id, "second_factor.begin")
    return made


def passes(db: Session, account_id: uuid.UUID, code: str | None) -> bool:
    """
    Return whether an account may sign in with this code: any, where it has no factor that counts.

    A code is taken once: of the app's, neither it nor an earlier one again; a recovery code is
    used up. Call it only when the password was right.
    """
    if settings().second_factor == OFF:
        return True
    found = store.read(db, account_id)
    if found is None or not found.confirmed:
        return True
    given = codes.bare(code or "")
    if len(given) == codes.DIGITS:
        step = codes.matched_step(found.secret, given, _now(db), found.last_step)
        if step is not None:
            store.use_step(db, account_id, step)
        return step is not None
    if store.use_recovery_code(db, account_id, given):
        _tell(db, account_id, "second_factor.recover", by=str(account_id))
        return True
    return False


def remove(db: Session, account_id: uuid.UUID, password: str, code: str) -> bool:
    """
    Take an account's own factor away; return False when password or code are wrong.

    Commit in any case: a failure counts as one of signing in does.

    Raises
    ------
    Conflict
        ``no_second_factor``: there is none that counts.
    """
    account = db.get_one(Account, account_id, with_for_update=True)
    if not store.is_confirmed(db, account_id):
        raise Conflict("There is no second factor to take away.", code="no_second_factor")
    if lockout.is_locked(db, account):
        return False
    right = passwords.verified(password, account.password_hash) and passes(db, account_id, code)
    lockout.count(db, account, right=right)
    if right:
        store.remove(db, account_id)
        _tell(db, account_id, "second_factor.end")
    return right


def reset(db: Session, account_id: uuid.UUID) -> None:
    """Take an account's factor away, as its operator does for who has lost it."""
    if store.remove(db, account_id):
        _tell(db, account_id, "second_factor.reset")


def _tell(db: Session, account_id: uuid.UUID, action: str, by: str | None = None) -> None:
    # Into the record of every pool that the account works in; without a name, of whoever acts.
    for pool_id in {row.pool_id for row in access.memberships(db, account_id)} - {None}:
        audit.append(db, pool_id, by, action, {"account": str(account_id)})


def _check_on() -> None:
    if settings().second_factor == OFF:
        raise Conflict("There is no second factor here.", code="second_factor_off")


def _now(db: Session) -> float:
    return float(db.execute(text("select extract(epoch from clock_timestamp())")).scalar_one())
