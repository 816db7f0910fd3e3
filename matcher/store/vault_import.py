"""Identities of an import, to the vault: only who is new or differs is written."""

import uuid

import polars as pl
from sqlalchemy import text
from sqlmodel import Session

from matcher.store import vault
from matcher.store.vault import FIELDS


def write_identities(db: Session, pool_id: uuid.UUID, frame: pl.DataFrame) -> tuple[int, int]:
    """
    Write checked identities, each whole; return how many people are new to the vault, or changed.

    Parameters
    ----------
    frame
        ``candidate``, a key of the pool, and any of `FIELDS`; the people are written already.
    """
    present = [name for name in FIELDS if name in frame.columns]
    rows = db.execute(
        text("select key, id from candidate where pool_id = :pool_id and key = any(:keys)"),
        {"pool_id": pool_id, "keys": frame["candidate"].to_list()},
    )
    ids: dict[str, uuid.UUID] = {row.key: row.id for row in rows}
    told: dict[uuid.UUID, dict[str, str | None]] = {
        ids[row["candidate"]]: dict.fromkeys(FIELDS) | {name: row[name] for name in present}
        for row in frame.select("candidate", pl.col(present).cast(pl.String)).iter_rows(named=True)
    }
    known = vault.open_identities(db, list(told))
    changed = {each: values for each, values in told.items() if known.get(each) != values}
    vault.save_identities(db, pool_id, changed)
    created = sum(each not in known for each in changed)
    return created, len(changed) - created
