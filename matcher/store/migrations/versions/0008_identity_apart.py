"""
Who people are stands encrypted, under a key of each person's own.

Revision 0008, after 0007.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from matcher.store import sealing

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PLAIN: dict[str, sa.types.TypeEngine[Any]] = {
    "name": sa.String(200),
    "phone": sa.String(50),
    "email": sa.String(254),
    "street": sa.String(200),
    "house_number": sa.String(20),
    "house_number_addition": sa.String(20),
    "birth_date": sa.Date(),
}
TABLE = "candidate_identity"
AT_ONCE = 5_000


def upgrade() -> None:
    op.create_table(
        "subject_key",
        *_of_candidate("subject_key"),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("master", sa.String(16), nullable=False),
    )
    op.create_index("subject_key_master_idx", "subject_key", ["master"])
    op.create_table(
        "candidate_number",
        *_of_candidate("candidate_number"),
        sa.Column("bsn", sa.LargeBinary(), nullable=False),
        sa.Column("blind", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("pool_id", "blind", name="candidate_number_pool_id_blind_key"),
    )
    op.create_table(
        "purpose_key",
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("master", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("purpose", name="purpose_key_pkey"),
    )
    for name in PLAIN:
        op.alter_column(TABLE, name, new_column_name=f"plain_{name}")
        op.add_column(TABLE, sa.Column(name, sa.LargeBinary(), nullable=True))
    op.add_column(TABLE, sa.Column("notes", sa.LargeBinary(), nullable=True))
    _seal_all(op.get_bind())
    for name in PLAIN:
        op.drop_column(TABLE, f"plain_{name}")


def downgrade() -> None:
    for name, kind in PLAIN.items():
        op.add_column(TABLE, sa.Column(f"plain_{name}", kind, nullable=True))
    _unseal_all(op.get_bind())
    op.drop_column(TABLE, "notes")
    for name in PLAIN:
        op.drop_column(TABLE, name)
        op.alter_column(TABLE, f"plain_{name}", new_column_name=name)
    for table in ("purpose_key", "candidate_number", "subject_key"):
        op.drop_table(table)


def _of_candidate(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name=f"{table}_pool_id_candidate_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pool_id", "candidate_id", name=f"{table}_pkey"),
    )


def _seal_all(bind: sa.Connection) -> None:
    """Encrypt what was kept in the clear; without anything kept no key is asked for."""
    columns = ", ".join(f"plain_{name}" for name in PLAIN)
    query = sa.text(
        f"select pool_id, candidate_id, {columns} from {TABLE} t where not exists ("
        f"select from subject_key k where k.candidate_id = t.candidate_id) limit {AT_ONCE}"
    )
    while rows := bind.execute(query).all():
        master = sealing.masters()[0]
        keys, sealed = [], []
        for pool_id, row_id, *values in rows:
            key = sealing.new_key()
            wrapped = sealing.wrap(master, key, "subject_key", row_id)
            keys.append(
                {"pool": pool_id, "id": row_id, "key": wrapped, "master": master.fingerprint}
            )
            sealed.append(
                {"id": row_id}
                | {
                    name: value and sealing.seal(key, str(value).encode(), TABLE, name, row_id)
                    for name, value in zip(PLAIN, values, strict=True)
                }
            )
        bind.execute(
            sa.text(
                "insert into subject_key (pool_id, candidate_id, wrapped, master) "
                "values (:pool, :id, :key, :master)"
            ),
            keys,
        )
        sets = ", ".join(f"{name} = :{name}" for name in PLAIN)
        bind.execute(sa.text(f"update {TABLE} set {sets} where candidate_id = :id"), sealed)


def _unseal_all(bind: sa.Connection) -> None:
    columns = ", ".join(f"t.{name}" for name in PLAIN)
    rows = bind.execute(
        sa.text(
            f"select t.candidate_id, k.wrapped, k.master, {columns} from {TABLE} t "
            "join subject_key k on k.candidate_id = t.candidate_id"
        )
    ).all()
    if not rows:
        return
    known = sealing.masters()
    sets = ", ".join(
        f"plain_{name} = cast(:{name} as {'date' if name == 'birth_date' else 'text'})"
        for name in PLAIN
    )
    opened = []
    for row_id, wrapped, fingerprint, *values in rows:
        key = sealing.unwrap(known, wrapped, fingerprint, "subject_key", row_id)
        opened.append(
            {"id": row_id}
            | {
                name: value and sealing.unseal(key, value, TABLE, name, row_id).decode()
                for name, value in zip(PLAIN, values, strict=True)
            }
        )
    bind.execute(sa.text(f"update {TABLE} set {sets} where candidate_id = :id"), opened)
