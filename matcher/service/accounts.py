"""Accounts and their roles: made, given, taken back; passwords reset and changed."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from matcher.domain.actors import ActorRole
from matcher.errors import Conflict, Invalid, NotFound
from matcher.service import passwords, records, second_factors
from matcher.service.records import Kind, telling
from matcher.service.work import EMPLOYERS
from matcher.store import access, audit
from matcher.store.acting import acting
from matcher.store.tables import Account, Membership

ACCOUNTS = Kind("account", Account, ("id", "name"), order=("name", "id"))
MEMBERSHIPS = Kind(
    "membership",
    Membership,
    ("id", "pool_id", "account_id", "role"),
    order=("created_at", "id"),
)

EMPLOYER_ROLES = ("account_manager", "employer")


@dataclass(frozen=True)
class Links:
    """What a role is tied to; see `matcher.domain.actors.Actor`."""

    coach_id: uuid.UUID | None = None
    candidate_id: uuid.UUID | None = None
    employer_ids: Collection[uuid.UUID] = ()
    municipality: str | None = None
    scopes: Collection[str] = ()


def create(
    db: Session, name: str, *, issuer: str | None = None, subject: str | None = None
) -> uuid.UUID:
    """
    Make an account without a password and return its id.

    Parameters
    ----------
    issuer, subject
        Who vouches for it, and what it is called there: for a sign-in or a token from elsewhere.

    Raises
    ------
    Conflict
        ``name_taken``: an account has that name, or that subject, already.
    Invalid
        The name is not made of small letters, digits and ``. _ @ + -``.
    """
    account = Account(name=name, issuer=issuer, subject=subject)
    try:
        with telling(ACCOUNTS):
            db.add(account)
            db.flush()
    except Invalid as error:
        if "same element" in error.message:
            raise Conflict("There is such an account already.", code="name_taken") from None
        raise Invalid(
            "An account's name has 1 to 100 small letters, digits and . _ @ + -", code="bad_name"
        ) from None
    return account.id


def find(db: Session, name: str) -> uuid.UUID:
    """Return the id of the account with a name; NotFound when there is none."""
    found = db.execute(
        select(ACCOUNTS.table.c.id).where(ACCOUNTS.table.c.name == name)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such account.")
    account_id: uuid.UUID = found
    return account_id


def grant(
    db: Session,
    account_id: uuid.UUID,
    pool_id: uuid.UUID | None,
    role: ActorRole,
    links: Links | None = None,
) -> uuid.UUID:
    """
    Give an account a role in a pool, and return the membership.

    The account's sessions and tokens end: what somebody may do is settled when they sign in.

    Raises
    ------
    Conflict
        ``role_taken``: the account has that role there already.
    Invalid
        The role is not tied to what it needs, or to something of another pool.
    """
    links = links or Links()
    if bool(links.employer_ids) != (role in EMPLOYER_ROLES):
        raise Invalid(
            f"Employers are named for {' and '.join(EMPLOYER_ROLES)}, and for nobody else.",
            code="bad_links",
        )
    membership = Membership(
        account_id=account_id,
        pool_id=pool_id,
        role=role,
        coach_id=links.coach_id,
        candidate_id=links.candidate_id,
        municipality=links.municipality,
        scopes=sorted(links.scopes),
    )
    try:
        with telling(MEMBERSHIPS):
            db.add(membership)
            db.flush()
            if links.employer_ids:
                assert pool_id is not None
                access.add_employers(db, pool_id, membership.id, links.employer_ids)
    except Invalid as error:
        if "same element" in error.message:
            raise Conflict("The account has that role already.", code="role_taken") from None
        raise
    access.end_sessions(db, account_id)
    _record(db, membership, "role.grant")
    return membership.id


def revoke(db: Session, membership_id: uuid.UUID) -> None:
    """Take a role back; the account's sessions and tokens end. NotFound when there is none."""
    membership = db.get(Membership, membership_id)
    if membership is None:
        raise MEMBERSHIPS.not_found()
    access.end_sessions(db, membership.account_id)
    _record(db, membership, "role.revoke")
    db.delete(membership)
    db.flush()


def _record(db: Session, membership: Membership, action: str) -> None:
    if membership.pool_id is not None:
        detail = {"account": str(membership.account_id), "role": membership.role}
        audit.append(db, membership.pool_id, None, action, detail)


def create_employer(db: Session, values: Mapping[str, Any]) -> uuid.UUID:
    """Write a new employer and return its id; an account manager's new employer is theirs."""
    made = records.create(db, EMPLOYERS, values)
    actor = acting.get()
    if actor is not None and actor.role == "account_manager":
        access.take_on(db, actor, made)
        acting.set(replace(actor, employer_ids=actor.employer_ids | {made}))
    return made


def close(db: Session, account_id: uuid.UUID) -> None:
    """Let nobody in with an account, from the next request on; its roles stay as they are."""
    _set_disabled(db, account_id, True)
    access.end_sessions(db, account_id)


def reopen(db: Session, account_id: uuid.UUID) -> None:
    """Let the holder of a closed account in again; sessions and tokens of before stay ended."""
    _set_disabled(db, account_id, False)


def _set_disabled(db: Session, account_id: uuid.UUID, disabled: bool) -> None:
    db.get_one(Account, account_id).disabled = disabled
    db.flush()
    action = "account.close" if disabled else "account.reopen"
    held = access.memberships(db, account_id)
    for pool_id in dict.fromkeys(row.pool_id for row in held if row.pool_id is not None):
        audit.append(db, pool_id, None, action, {"account": str(account_id)})


def reset(db: Session, account_id: uuid.UUID) -> str:
    """
    Give an account a new one-time password and return it; its sessions end.

    Its second factor goes too: whoever lost both begins anew.
    """
    account = db.get_one(Account, account_id)
    password = passwords.one_time()
    account.password_hash = passwords.hashed(password)
    account.password_temporary = True
    account.failures, account.locked_until = 0, None
    db.flush()
    access.end_sessions(db, account_id)
    second_factors.reset(db, account_id)
    return password


def change_password(db: Session, account_id: uuid.UUID, old: str, new: str) -> bool:
    """
    Set an account's own password; return False when the old one is wrong. Its sessions end.

    Raises
    ------
    Invalid
        ``weak_password``, also when the new one is the old one.
    """
    account = db.get_one(Account, account_id, with_for_update=True)
    if not passwords.verified(old, account.password_hash):
        return False
    if new == old:
        raise Invalid("The new password is the old one.", code="weak_password")
    account.password_hash = passwords.hashed(new)
    account.password_temporary = False
    db.flush()
    access.end_sessions(db, account_id)
    return True
