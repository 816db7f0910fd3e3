"""
What was refused, counted by minute, account, operation and code; the sweep puts it into the chains.

Revision 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

FUNCTIONS = (
    # With the rights of its owner: whoever is refused may be of any pool, or of none. An account
    # that did not get as far as a role is refused in each of its pools.
    """
    create function note_refusals(
        pools uuid[], accounts uuid[], operations text[], codes text[], requests int[],
        firsts timestamptz[], lasts timestamptz[]
    ) returns void
    language sql security definer set search_path = public, pg_temp as $$
        insert into refusal (pool_id, account_id, operation, code, requests, first_at, last_at)
        select p.pool_id, r.account_id, r.operation, r.code, r.requests, r.first_at, r.last_at
        from unnest(pools, accounts, operations, codes, requests, firsts, lasts)
            as r (pool_id, account_id, operation, code, requests, first_at, last_at)
        cross join lateral (
            select o.id as pool_id from pool o where o.id = r.pool_id
            union
            select m.pool_id from membership m
            where r.pool_id is null and m.account_id = r.account_id
            union
            select null where r.pool_id is null
                and not exists (select from membership m where m.account_id = r.account_id)
        ) p
    $$
    """,
    # The counts stand in the entry itself, so its commitment is to them.
    """
    create function link_refusals(pool uuid, most int) returns int
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare
        ids bigint[];
        told text;
        number bigint;
    begin
        select array_agg(r.id order by r.id) into ids from (
            select a.id from refusal a where a.pool_id = pool and a.seq is null
            order by a.id limit most for update skip locked
        ) r;
        if ids is null then
            return 0;
        end if;
        select jsonb_build_object('refused', jsonb_agg(jsonb_build_object(
            'account', a.account_id, 'code', a.code, 'operation', a.operation,
            'requests', a.requests,
            'first_at', to_char(a.first_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            'last_at', to_char(a.last_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
        ) order by a.id))::text into told
        from refusal a where a.id = any(ids);
        number := audit_append(
            pool, array['system'], array['request.refuse'], array[told], array[null]::uuid[]
        );
        update refusal set seq = number where id = any(ids);
        return cardinality(ids);
    end $$
    """,
)
# A count is linked once, and goes only where it is in no chain.
TRIGGERS = (
    (
        "update",
        "when (old.seq is not null or row(new.id, new.pool_id, new.account_id, new.operation,"
        " new.code, new.requests, new.first_at, new.last_at) is distinct from row(old.id,"
        " old.pool_id, old.account_id, old.operation, old.code, old.requests, old.first_at,"
        " old.last_at))",
    ),
    ("delete", "when (old.pool_id is not null)"),
)


def upgrade() -> None:
    op.create_table(
        "refusal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("operation", sa.String(length=60), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(r"code ~ '^[a-z_]+([.][a-z_]+)*$'", name=op.f("refusal_code_check")),
        sa.CheckConstraint("requests > 0", name=op.f("refusal_requests_check")),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("refusal_pool_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("refusal_pkey")),
    )
    op.create_index(
        "refusal_unlinked_idx",
        "refusal",
        ["pool_id", "id"],
        postgresql_where=sa.text("seq is null"),
    )
    op.create_index(op.f("refusal_pool_id_last_at_idx"), "refusal", ["pool_id", "last_at"])
    for function in FUNCTIONS:
        op.execute(function)
    refuse = "execute function refuse_to_change_the_record()"
    for number, (what, when) in enumerate(TRIGGERS):
        op.execute(
            f"create trigger refusal_kept_{number} before {what} on refusal"
            f" for each row {when} {refuse}"
        )
    op.execute(
        f"create trigger refusal_whole before truncate on refusal for each statement {refuse}"
    )


def downgrade() -> None:
    op.execute("drop function link_refusals")
    op.execute("drop function note_refusals")
    op.drop_table("refusal")
