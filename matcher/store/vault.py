"""
The vault: who people are, encrypted under a key of each person's own.

The matching profile stands elsewhere, in the clear, under an id that says nothing. Nothing here is
ever read by a rule, a run, an export or a log. Names cannot be sorted or searched in SQL: open
them, then sort.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import text
from sqlmodel import Session

from matcher.settings import settings
from matcher.store import sealing
from matcher.store.sealing import Master

IDENTITY = "candidate_identity"
SUBJECT_KEY = "subject_key"
PURPOSE_KEY = "purpose_key"
FIELDS = (
    "name",
    "phone",
    "email",
    "street",
    "house_number",
    "house_number_addition",
    "birth_date",
    "notes",
)
HASHES = "import keys"
UPLOADS = "uploads"
AT_ONCE = 5_000

Values = Mapping[str, str | None]


def open_identity(db: Session, candidate_id: uuid.UUID) -> dict[str, str | None]:
    """Return who somebody is, a text or None per field; all None where nothing is kept."""
    found = open_identities(db, [candidate_id])
    return found.get(candidate_id) or dict.fromkeys(FIELDS)


def identity_version(db: Session, candidate_id: uuid.UUID) -> int:
    """Return the version of who somebody is; 0 where nothing is kept. The row is locked."""
    found = db.execute(
        text(f"select version from {IDENTITY} where candidate_id = :id for no key update"),
        {"id": candidate_id},
    ).scalar()
    return found or 0


def open_identities(
    db: Session, candidate_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, dict[str, str | None]]:
    """
    Return who some people are, by id; without those of whom nothing is kept.

    Raises
    ------
    Unavailable
        ``no_secret_key``, ``vault_sealed``: there is no key, or it does not open what is there.
    """
    found: dict[uuid.UUID, dict[str, str | None]] = {}
    for part in _parts(candidate_ids):
        rows = db.execute(
            text(
                f"select candidate_id, {', '.join(FIELDS)} from {IDENTITY} "
                "where candidate_id = any(:ids)"
            ),
            {"ids": part},
        ).all()
        keys = _keys(db, [row[0] for row in rows])
        for candidate_id, *sealed in rows:
            found[candidate_id] = {
                name: None
                if value is None
                else sealing.unseal(
                    keys[candidate_id], value, IDENTITY, name, candidate_id
                ).decode()
                for name, value in zip(FIELDS, sealed, strict=True)
            }
    return found


def save_identities(db: Session, pool_id: uuid.UUID, people: Mapping[uuid.UUID, Values]) -> None:
    """Write who people are, each whole: a field that is not given becomes unknown."""
    columns = ", ".join(FIELDS)
    for part in _parts(list(people)):
        keys = _keys(db, part, make_for=pool_id)
        values: dict[str, object] = {"pool_id": pool_id, "ids": part}
        for name in FIELDS:
            values[name] = [
                None
                if (value := people[each].get(name)) is None
                else sealing.seal(keys[each], value.encode(), IDENTITY, name, each)
                for each in part
            ]
        arrays = ", ".join(f"cast(:{name} as bytea[])" for name in FIELDS)
        db.execute(
            text(
                f"insert into {IDENTITY} (pool_id, candidate_id, {columns}) "
                f"select :pool_id, * from unnest(cast(:ids as uuid[]), {arrays}) "
                "on conflict (pool_id, candidate_id) do update set "
                + ", ".join(f"{name} = excluded.{name}" for name in FIELDS)
                + f", version = {IDENTITY}.version + 1"
            ),
            values,
        )


def seal_upload(db: Session, import_id: uuid.UUID, content: bytes) -> bytes:
    """Return a file as it may wait in the database: it holds names and addresses."""
    return sealing.seal(purpose_key(db, UPLOADS), content, "import_job", "content", import_id)


def open_upload(db: Session, import_id: uuid.UUID, sealed: bytes) -> bytes:
    """Return a file that waited in the database."""
    return sealing.unseal(purpose_key(db, UPLOADS), sealed, "import_job", "content", import_id)


def seal_about(
    db: Session,
    pool_id: uuid.UUID,
    candidate_id: uuid.UUID,
    value: str,
    table: str,
    column: str,
    row: uuid.UUID,
) -> bytes:
    """Return words about somebody, of another table, sealed under that person's own key."""
    key = _keys(db, [candidate_id], make_for=pool_id)[candidate_id]
    return sealing.seal(key, value.encode(), table, column, row)


def open_about(
    db: Session, candidate_id: uuid.UUID, sealed: bytes, table: str, column: str, row: uuid.UUID
) -> str:
    """Return words that `seal_about` sealed."""
    key = _keys(db, [candidate_id])[candidate_id]
    return sealing.unseal(key, sealed, table, column, row).decode()


def purpose_key(db: Session, purpose: str, first: bytes | None = None) -> bytes:
    """
    Return the installation's key for a purpose, made when it is first asked for.

    It is random (or ``first``), kept wrapped, and outlives a rotation of the master key: what
    was made with it, such as a pseudonym, stays the same.
    """
    known = sealing.masters()
    query = text(f"select wrapped, master from {PURPOSE_KEY} where purpose = :purpose")
    row = db.execute(query, {"purpose": purpose}).first()
    if row is None:
        made = first or sealing.new_key()
        db.execute(
            text(
                f"insert into {PURPOSE_KEY} (purpose, wrapped, master) "
                "values (:purpose, :wrapped, :master) on conflict do nothing"
            ),
            {
                "purpose": purpose,
                "wrapped": sealing.wrap(known[0], made, PURPOSE_KEY, purpose),
                "master": known[0].fingerprint,
            },
        )
        row = db.execute(query, {"purpose": purpose}).one()
    return sealing.unwrap(known, row[0], row[1], PURPOSE_KEY, purpose)


def hash_key(db: Session) -> bytes | None:
    """Return the key of hashes in imported keys, kept since a rotation; None before any."""
    query = f"select from {PURPOSE_KEY} where purpose = :purpose"
    kept = db.execute(text(query), {"purpose": HASHES}).first()
    return None if kept is None else purpose_key(db, HASHES)


def rotate(db: Session) -> int:
    """
    Wrap keys anew under the present master key, some thousands; return how many.

    Called until it returns 0. The values themselves are not touched. A rotation that stops
    half-way goes on where it was: each key names the master key that it is wrapped under.

    Raises
    ------
    Unavailable
        ``vault_sealed``: the key that some are wrapped under is not known.
    """
    known = sealing.masters()
    before = settings().secret_key_before
    if before is not None:
        # The hashes that stand in for numbers were made with that secret itself.
        purpose_key(db, HASHES, first=before.get_secret_value().encode())
    return sum(
        _rewrap(db, known, table, column)
        for table, column in ((PURPOSE_KEY, "purpose"), (SUBJECT_KEY, "candidate_id"))
    )


def _rewrap(db: Session, known: tuple[Master, ...], table: str, column: str) -> int:
    rows = db.execute(
        text(
            f"select {column}, wrapped, master from {table} where master <> :present "
            f"order by {column} limit {AT_ONCE} for update"
        ),
        {"present": known[0].fingerprint},
    ).all()
    if not rows:
        return 0
    wrapped = [
        sealing.wrap(known[0], sealing.unwrap(known, old, master, table, row_id), table, row_id)
        for row_id, old, master in rows
    ]
    kind = "uuid" if table == SUBJECT_KEY else "text"
    db.execute(
        text(
            f"update {table} t set wrapped = n.wrapped, master = :present "
            f"from unnest(cast(:ids as {kind}[]), cast(:wrapped as bytea[])) n (id, wrapped) "
            f"where t.{column} = n.id"
        ),
        {"present": known[0].fingerprint, "ids": [row[0] for row in rows], "wrapped": wrapped},
    )
    return len(rows)


def _keys(
    db: Session, candidate_ids: Sequence[uuid.UUID], make_for: uuid.UUID | None = None
) -> dict[uuid.UUID, bytes]:
    """Return the data keys of some people, new ones too for those of a pool who have none."""
    known = sealing.masters()
    query = text(
        f"select candidate_id, wrapped, master from {SUBJECT_KEY} where candidate_id = any(:ids)"
    )
    if make_for is not None:
        have = set(db.execute(query, {"ids": list(candidate_ids)}).scalars())
        new = [each for each in candidate_ids if each not in have]
        wrapped = [sealing.wrap(known[0], sealing.new_key(), SUBJECT_KEY, each) for each in new]
        db.execute(
            text(
                f"insert into {SUBJECT_KEY} (pool_id, candidate_id, wrapped, master) "
                "select :pool_id, n.id, n.wrapped, :master "
                "from unnest(cast(:ids as uuid[]), cast(:wrapped as bytea[])) n (id, wrapped) "
                "on conflict do nothing"
            ),
            {
                "pool_id": make_for,
                "ids": new,
                "wrapped": wrapped,
                "master": known[0].fingerprint,
            },
        )
    return {
        candidate_id: sealing.unwrap(known, wrapped, master, SUBJECT_KEY, candidate_id)
        for candidate_id, wrapped, master in db.execute(query, {"ids": list(candidate_ids)})
    }


def _parts(ids: Sequence[uuid.UUID]) -> Iterator[list[uuid.UUID]]:
    for start in range(0, len(ids), AT_ONCE):
        yield list(ids[start : start + AT_ONCE])
