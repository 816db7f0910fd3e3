"""Small rows that must not pile up, and the notes of when something last happened."""

from sqlalchemy import text
from sqlmodel import Session


def note(db: Session, name: str) -> None:
    """Note that something happened now, by the database's clock."""
    db.execute(
        text(
            """
            insert into service_state (name, at) values (:name, now())
            on conflict (name) do update set at = greatest(service_state.at, excluded.at)
            """
        ),
        {"name": name},
    )


def note_once(db: Session, name: str) -> bool:
    """Note that something happened, unless it is noted already; return whether it was not."""
    return bool(
        db.execute(
            text(
                """
                insert into service_state (name, at) values (:name, now())
                on conflict (name) do nothing returning true
                """
            ),
            {"name": name},
        ).scalar()
    )


def is_due(db: Session, name: str, seconds: int) -> bool:
    """Return whether something was not noted for so long, and note that it happens now."""
    return bool(
        db.execute(
            text(
                """
                insert into service_state (name, at) values (:name, now())
                on conflict (name) do update set at = excluded.at
                where service_state.at <= now() - make_interval(secs => :seconds)
                returning true
                """
            ),
            {"name": name, "seconds": seconds},
        ).scalar()
    )


def noted(db: Session, name: str) -> bool:
    """Return whether something is noted to have happened."""
    query = text("select exists (select from service_state where name = :name)")
    return bool(db.execute(query, {"name": name}).scalar())


def forget_old_keys(db: Session) -> None:
    """Delete the keys of creating requests after 24 hours: no caller repeats one for so long."""
    db.execute(text("delete from idempotency_key where created_at < now() - interval '24 hours'"))


def forget_sessions(db: Session) -> None:
    """Delete sessions that are over, and sign-ins that never came back."""
    db.execute(
        text(
            "delete from web_session"
            " where expires_at <= now() or seen_at < now() - interval '30 minutes'"
        )
    )
    db.execute(text("delete from sign_in_attempt where created_at < now() - interval '10 minutes'"))
