"""What the sign-in reads and writes, one statement each. None of it belongs to a pool."""

import hashlib
import uuid
from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import Connection, Row, text
from sqlmodel import Session

from matcher.domain.actors import Actor

IDLE: Final = "30 minutes"
_SEEN_AGAIN = "1 minute"
"""How stale `seen_at` may be: a row written at every request would cost more than the request."""

_ACTOR = """
    m.account_id, m.role, m.pool_id, m.coach_id, m.candidate_id, m.municipality, m.scopes,
    a.password_temporary, a.password_hash is not null and not exists (
        select from second_factor f where f.account_id = a.id and f.confirmed_at is not null
    ) as second_factor_missing, array(
        select e.employer_id from membership_employer e where e.membership_id = m.id
    ) as employer_ids
"""
_BY_SESSION = text(f"""
    select s.id as session_id, s.seen_at < now() - interval '{_SEEN_AGAIN}' as stale, {_ACTOR}
    from web_session s join membership m on m.id = s.membership_id
    join account a on a.id = m.account_id
    where s.token_hash = :token and s.expires_at > now()
        and s.seen_at > now() - interval '{IDLE}' and not a.disabled
""")
_OF_SERVICE = f"""
    select null::uuid as session_id, {_ACTOR}
    from membership m join account a on a.id = m.account_id
    where m.role = 'service' and not a.disabled
        and date_trunc('second', a.tokens_from) <= to_timestamp(:issued)
        and (cast(:pool as uuid) is null or m.pool_id = :pool)
"""
_BY_ACCOUNT = text(_OF_SERVICE + " and a.id = :account order by m.created_at, m.id limit 1")
_BY_SUBJECT = text(
    _OF_SERVICE
    + " and a.issuer = :issuer and a.subject = :subject order by m.created_at, m.id limit 1"
)


def digest(token: str) -> str:
    """Return what is kept of a secret that only its bearer has."""
    return hashlib.sha256(token.encode()).hexdigest()


def actor_of_session(db: Session | Connection, token: str) -> Actor | None:
    """Return who holds a session that is not over, and note that they are there."""
    row = db.execute(_BY_SESSION, {"token": digest(token)}).first()
    if row is None:
        return None
    if row.stale:
        # Whoever ends it at this moment has it locked: many wait for this answer, so it waits not.
        db.execute(
            text(
                "update web_session set seen_at = now() where id in"
                " (select id from web_session where id = :id for update skip locked)"
            ),
            {"id": row.session_id},
        )
    return _actor(row)


def actor_of_account(
    db: Session | Connection, account_id: uuid.UUID, pool_id: uuid.UUID | None, issued: float
) -> Actor | None:
    """Return the service of a token of our own; ``issued`` is in seconds since 1970."""
    values = {"account": account_id, "pool": pool_id, "issued": issued}
    row = db.execute(_BY_ACCOUNT, values).first()
    return None if row is None else _actor(row)


def actor_of_subject(
    db: Session | Connection, issuer: str, subject: str, pool_id: uuid.UUID | None, issued: float
) -> Actor | None:
    """Return the service that another issuer's token speaks of."""
    values = {"issuer": issuer, "subject": subject, "pool": pool_id, "issued": issued}
    row = db.execute(_BY_SUBJECT, values).first()
    return None if row is None else _actor(row)


def begin_session(db: Session, membership_id: uuid.UUID, token: str) -> uuid.UUID:
    """Write a session and return its id."""
    made: uuid.UUID = db.execute(
        text(
            "insert into web_session (membership_id, token_hash) values (:membership, :token)"
            " returning id"
        ),
        {"membership": membership_id, "token": digest(token)},
    ).scalar_one()
    return made


def end_sessions(db: Session, account_id: uuid.UUID) -> None:
    """End every session of an account, and refuse the tokens that it has."""
    db.execute(
        text(
            "delete from web_session s using membership m"
            " where m.id = s.membership_id and m.account_id = :account"
        ),
        {"account": account_id},
    )
    db.execute(
        text("update account set tokens_from = now() where id = :account"), {"account": account_id}
    )


def end_other_sessions(db: Session, account_id: uuid.UUID, session_id: uuid.UUID | None) -> None:
    """End the sessions of an account but for this one."""
    db.execute(
        text(
            "delete from web_session s using membership m where m.id = s.membership_id"
            " and m.account_id = :account and s.id is distinct from cast(:kept as uuid)"
        ),
        {"account": account_id, "kept": session_id},
    )


def end_session(db: Session, session_id: uuid.UUID) -> None:
    """End one session."""
    db.execute(text("delete from web_session where id = :id"), {"id": session_id})


def memberships(db: Session, account_id: uuid.UUID) -> list[Row[Any]]:
    """Return the roles of an account (id, pool_id, role), the oldest first."""
    return list(
        db.execute(
            text(
                "select id, pool_id, role from membership where account_id = :account"
                " order by created_at, id"
            ),
            {"account": account_id},
        ).all()
    )


def add_employers(
    db: Session, pool_id: uuid.UUID, membership_id: uuid.UUID, employers: Collection[uuid.UUID]
) -> None:
    """Tie a role to employers."""
    for employer_id in employers:
        db.execute(
            text("insert into membership_employer values (:pool, :membership, :employer)"),
            {"pool": pool_id, "membership": membership_id, "employer": employer_id},
        )


def take_on(db: Session, actor: Actor, employer_id: uuid.UUID) -> None:
    """Tie an account manager to an employer that is new."""
    db.execute(
        text(
            "insert into membership_employer (pool_id, membership_id, employer_id)"
            " select m.pool_id, m.id, :employer from membership m"
            " where m.account_id = :account and m.pool_id = :pool and m.role = :role"
        ),
        {
            "employer": employer_id,
            "account": actor.account_id,
            "pool": actor.pool_id,
            "role": actor.role,
        },
    )


def _actor(row: Row[Any]) -> Actor:
    return Actor(
        account_id=row.account_id,
        role=row.role,
        pool_id=row.pool_id,
        coach_id=row.coach_id,
        candidate_id=row.candidate_id,
        employer_ids=frozenset(row.employer_ids),
        municipality=row.municipality,
        scopes=frozenset(row.scopes),
        session_id=row.session_id,
        password_temporary=row.password_temporary,
        second_factor_missing=row.second_factor_missing,
    )
