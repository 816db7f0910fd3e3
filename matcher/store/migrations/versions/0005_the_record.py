"""
The record: a chain of what was done, details apart that can be erased, and who read.

Only the functions write it, with the rights of who owns the tables; SHA-256 is built in.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Rows are joined by line ends: none stands within a part, so no two contents look the same.
# Instants are hashed as microseconds since 1970, which no setting of a session changes.
FUNCTIONS = (
    """
    create function audit_micros(moment timestamptz) returns bigint
    language sql immutable parallel safe
    return (extract(epoch from moment) * 1000000)::bigint
    """,
    # The head is locked here, and at the end of a transaction: nobody who holds it waits for
    # another row, so no two writers can wait for one another.
    r"""
    create function audit_append(
        pool uuid, actors text[], actions text[], details text[], subjects uuid[]
    ) returns bigint
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare
        number bigint;
        tip bytea;
        moment timestamptz;
        salt bytea;
        promised bytea;
        made bytea;
    begin
        select h.seq, h.hash into number, tip from audit_head h where h.pool_id = pool for update;
        if not found then
            insert into audit_head (pool_id) values (pool) on conflict do nothing;
            select h.seq, h.hash into number, tip
            from audit_head h where h.pool_id = pool for update;
        end if;
        for i in 1 .. cardinality(actors) loop
            number := number + 1;
            moment := clock_timestamp();
            salt := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
            promised := sha256(salt || convert_to(details[i], 'UTF8'));
            made := sha256(convert_to(concat_ws(E'\n',
                pool, number, audit_micros(moment), actors[i], actions[i],
                encode(promised, 'hex'), encode(tip, 'hex')
            ), 'UTF8'));
            insert into audit_event
                (pool_id, seq, at, actor, action, commitment, previous, hash)
            values (pool, number, moment, actors[i], actions[i], promised, tip, made);
            insert into audit_detail (pool_id, seq, salt, detail, subject)
            values (pool, number, salt, details[i], subjects[i]);
            tip := made;
        end loop;
        update audit_head set seq = number, hash = tip where pool_id = pool;
        return number;
    end $$
    """,
    # One entry stands for a batch of reads: how many, which, and a digest over them.
    r"""
    create function audit_link(pool uuid, most int) returns int
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare
        ids bigint[];
        digest text;
        number bigint;
    begin
        select array_agg(r.id order by r.id) into ids from (
            select a.id from access_log a where a.pool_id = pool and a.seq is null
            order by a.id limit most for update skip locked
        ) r;
        if ids is null then
            return 0;
        end if;
        update access_log a set
            salt = case when a.subject is null then a.salt else s.salt end,
            commitment = coalesce(
                a.commitment, sha256(s.salt || convert_to(coalesce(a.subject::text, ''), 'UTF8'))
            )
        from (
            select unnest(ids) as id, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
                as salt
        ) s
        where a.id = s.id;
        select encode(sha256(convert_to(string_agg(concat_ws(E'\n',
            a.id, audit_micros(a.at), a.actor, a.action, encode(a.commitment, 'hex')
        ), E'\n' order by a.id), 'UTF8')), 'hex') into digest
        from access_log a where a.id = any(ids);
        number := audit_append(pool, array['system'], array['access.linked'], array[
            format('{"digest":"%s","first":%s,"last":%s,"reads":%s}',
                digest, ids[1], ids[cardinality(ids)], cardinality(ids))
        ], array[null]::uuid[]);
        update access_log set seq = number where id = any(ids);
        return cardinality(ids);
    end $$
    """,
    # The entries stay, their details and salts go: what a commitment stood for is lost for good.
    r"""
    create function audit_forget(pool uuid, person uuid, out seqs bigint[], out reads int)
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
        with gone as (
            delete from audit_detail d where d.pool_id = pool and d.subject = person
            returning d.seq
        )
        select coalesce(array_agg(seq order by seq), '{}') into seqs from gone;
        with gone as (
            update access_log a set subject = null, salt = null, commitment = coalesce(
                a.commitment, sha256(
                    uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
                    || convert_to(person::text, 'UTF8')
                )
            )
            where a.pool_id = pool and a.subject = person
            returning 1
        )
        select count(*) into reads from gone;
    end $$
    """,
    """
    create function refuse_to_change_the_record() returns trigger language plpgsql as $$
    begin
        raise exception 'the record is only added to: % of % is refused', tg_op, tg_table_name
            using errcode = 'restrict_violation';
    end $$
    """,
)
# What each table refuses; a head only moves on, a read is only linked or emptied of its subject.
TRIGGERS = (
    ("audit_event", "update or delete", ""),
    ("audit_detail", "update", ""),
    ("audit_head", "update", "when (new.seq <= old.seq or new.pool_id <> old.pool_id)"),
    ("audit_head", "delete", ""),
    (
        "access_log",
        "update",
        "when (row(new.id, new.pool_id, new.at, new.actor, new.action)"
        " is distinct from row(old.id, old.pool_id, old.at, old.actor, old.action)"
        " or new.subject is distinct from old.subject and new.subject is not null"
        " or new.salt is distinct from old.salt"
        " and new.salt is not null and old.salt is not null"
        " or old.commitment is not null and new.commitment is distinct from old.commitment"
        " or old.seq is not null and new.seq is distinct from old.seq)",
    ),
    ("access_log", "delete", ""),
)
TABLES = ("access_log", "audit_detail", "audit_event", "audit_head")


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("hash", sa.LargeBinary(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("audit_head_pool_id_fkey")),
        sa.PrimaryKeyConstraint("pool_id", name=op.f("audit_head_pkey")),
    )
    op.create_table(
        "audit_event",
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        *_words("audit_event"),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("audit_event_pool_id_fkey")),
        sa.PrimaryKeyConstraint("pool_id", "seq", name=op.f("audit_event_pkey")),
    )
    op.create_table(
        "audit_detail",
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["pool_id", "seq"],
            ["audit_event.pool_id", "audit_event.seq"],
            name=op.f("audit_detail_pool_id_seq_fkey"),
        ),
        sa.PrimaryKeyConstraint("pool_id", "seq", name=op.f("audit_detail_pkey")),
    )
    op.create_table(
        "access_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("commitment", sa.LargeBinary(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        *_words("access_log"),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("access_log_pool_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("access_log_pkey")),
    )
    with_subject = sa.text("subject is not null")
    for table in ("audit_detail", "access_log"):
        op.create_index(
            f"{table}_subject_idx", table, ["pool_id", "subject"], postgresql_where=with_subject
        )
    op.create_index(
        "access_log_unlinked_idx",
        "access_log",
        ["pool_id", "id"],
        postgresql_where=sa.text("seq is null"),
    )
    op.create_index("access_log_linked_idx", "access_log", ["pool_id", "seq"])
    for function in FUNCTIONS:
        op.execute(function)
    refuse = "execute function refuse_to_change_the_record()"
    for number, (table, what, when) in enumerate(TRIGGERS):
        op.execute(
            f"create trigger {table}_kept_{number} before {what} on {table}"
            f" for each row {when} {refuse}"
        )
    for table in TABLES:
        op.execute(
            f"create trigger {table}_whole before truncate on {table} for each statement {refuse}"
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    for name in (
        "refuse_to_change_the_record",
        "audit_forget",
        "audit_link",
        "audit_append",
        "audit_micros",
    ):
        op.execute(f"drop function {name}")


def _words(table: str) -> tuple[sa.CheckConstraint, ...]:
    return (
        sa.CheckConstraint(r"actor ~ '^[^\n]+$'", name=op.f(f"{table}_actor_check")),
        sa.CheckConstraint(
            r"action ~ '^[a-z_]+([.][a-z_]+)*$'", name=op.f(f"{table}_action_check")
        ),
    )
