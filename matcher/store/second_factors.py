"""What a second factor reads and writes, one statement each; the secret sealed at rest."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

from matcher.store import sealing, vault
from matcher.store.access import digest

PURPOSE = "second factors"


@dataclass(frozen=True)
class Factor:
    """What an account shares with an app, and the last step of 30 seconds that was used."""

    secret: bytes
    confirmed: bool
    last_step: int


def read(db: Session, account_id: uuid.UUID) -> Factor | None:
    """Return the factor of an account, locked; None without one."""
    row = db.execute(
        text(
            "select secret, confirmed_at is not null, last_step from second_factor"
            " where account_id = :account for update"
        ),
        {"account": account_id},
    ).first()
    if row is None:
        return None
    key = vault.purpose_key(db, PURPOSE)
    opened = sealing.unseal(key, row[0], "second_factor", "secret", account_id)
    return Factor(opened, row[1], row[2])


def is_confirmed(db: Session, account_id: uuid.UUID) -> bool:
    """Return whether an account has a factor that was confirmed."""
    query = "select exists (select from second_factor where account_id = :account"
    return bool(
        db.execute(text(f"{query} and confirmed_at is not null)"), {"account": account_id}).scalar()
    )


def begin(db: Session, account_id: uuid.UUID, secret: bytes) -> None:
    """Keep a secret that is still to be confirmed, in place of one that never was."""
    sealed = sealing.seal(
        vault.purpose_key(db, PURPOSE), secret, "second_factor", "secret", account_id
    )
    db.execute(
        text(
            "insert into second_factor (account_id, secret) values (:account, :secret)"
            " on conflict (account_id) do update set secret = excluded.secret, last_step = 0"
            " where second_factor.confirmed_at is null"
        ),
        {"account": account_id, "secret": sealed},
    )


def confirm(db: Session, account_id: uuid.UUID, recovery_codes: Iterable[str]) -> None:
    """Let a factor count from now on, with these codes beside it."""
    db.execute(
        text("update second_factor set confirmed_at = now() where account_id = :account"),
        {"account": account_id},
    )
    for code in recovery_codes:
        db.execute(
            text("insert into recovery_code (account_id, code_hash) values (:account, :hash)"),
            {"account": account_id, "hash": digest(code)},
        )


def use_step(db: Session, account_id: uuid.UUID, step: int) -> None:
    """Note the last step that was used; it is not taken again."""
    db.execute(
        text("update second_factor set last_step = :step where account_id = :account"),
        {"account": account_id, "step": step},
    )


def use_recovery_code(db: Session, account_id: uuid.UUID, code: str) -> bool:
    """Use up a recovery code; return whether it was one."""
    used = db.execute(
        text(
            "delete from recovery_code where account_id = :account and code_hash = :hash"
            " returning true"
        ),
        {"account": account_id, "hash": digest(code)},
    )
    return bool(used.scalar())


def recovery_codes_left(db: Session, account_id: uuid.UUID) -> int:
    """Return how many recovery codes were not used yet."""
    left: int = db.execute(
        text("select count(*) from recovery_code where account_id = :account"),
        {"account": account_id},
    ).scalar_one()
    return left


def remove(db: Session, account_id: uuid.UUID) -> bool:
    """Take a factor and its codes away; return whether there was one that counted."""
    gone = db.execute(
        text(
            "delete from second_factor where account_id = :account"
            " returning confirmed_at is not null"
        ),
        {"account": account_id},
    )
    return bool(gone.scalar())
