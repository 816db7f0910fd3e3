"""Notes that somebody has looked at what asked to be looked at."""

import uuid

from sqlalchemy import Table, func, update
from sqlmodel import Session, SQLModel


def review(db: Session, model: type[SQLModel], row_id: uuid.UUID, actor: str) -> bool:
    """
    Note that somebody looked at a row; return whether nobody had.

    Parameters
    ----------
    model
        A table with ``reviewed_at`` and ``reviewed_by``.
    """
    table: Table = model.__table__  # type: ignore[attr-defined]
    done = db.execute(
        update(table)
        .where(table.c.id == row_id, table.c.reviewed_at.is_(None))
        .values(reviewed_at=func.now(), reviewed_by=actor)
        .returning(table.c.id)
    )
    return done.first() is not None
