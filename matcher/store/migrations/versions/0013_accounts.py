"""
Accounts, their roles in pools, and sessions; and how many hold an opening, for whoever asks.

Revision 0013, after 0012.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = ("web_session", "membership_employer", "membership", "sign_in_attempt", "account")

# With the rights of its owner: how many wait for a shared placement is told to both pools, of whom
# is not.
HELD_OPENINGS = """
    create function held_openings() returns table (placement_id uuid, people bigint)
    language sql stable security definer set search_path = public, pg_temp
    as $$
        select q.placement_id, count(*) from proposal q
        where q.state = 'open' and q.held_until > now()
        group by q.placement_id
    $$
"""


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("password_hash", sa.String(length=300)),
        sa.Column(
            "password_temporary", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True)),
        sa.Column("issuer", sa.String(length=500)),
        sa.Column("subject", sa.String(length=255)),
        sa.Column("disabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "tokens_from",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "name ~ '^[a-z0-9][a-z0-9._@+-]{0,99}$'", name=op.f("account_name_check")
        ),
        sa.CheckConstraint(
            "(issuer is null) = (subject is null)", name=op.f("account_subject_check")
        ),
        sa.CheckConstraint("failures >= 0", name=op.f("account_failures_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("account_pkey")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("account_issuer_subject_key")),
        sa.UniqueConstraint("name", name=op.f("account_name_key")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("verifier", sa.String(length=128), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("sign_in_attempt_pkey")),
    )
    op.create_index(
        op.f("sign_in_attempt_created_at_idx"), "sign_in_attempt", ["created_at"], unique=False
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid()),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("coach_id", sa.Uuid()),
        sa.Column("candidate_id", sa.Uuid()),
        sa.Column("municipality", sa.String()),
        sa.Column(
            "scopes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(role = 'candidate') = (candidate_id is not null)",
            name=op.f("membership_candidate_check"),
        ),
        sa.CheckConstraint(
            "(role = 'coach') = (coach_id is not null)", name=op.f("membership_coach_check")
        ),
        sa.CheckConstraint(
            "municipality ~ '^[0-9]{4}$'", name=op.f("membership_municipality_check")
        ),
        sa.CheckConstraint(
            "pool_id is not null or role = 'service'", name=op.f("membership_pool_check")
        ),
        sa.CheckConstraint(
            "role = 'service' or cardinality(scopes) = 0", name=op.f("membership_scopes_check")
        ),
        sa.CheckConstraint(
            "role in ('coach', 'account_manager', 'pool_manager', 'contact_point', 'employer',"
            " 'candidate', 'auditor', 'service')",
            name=op.f("membership_role_check"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("membership_account_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name=op.f("membership_pool_id_candidate_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "coach_id"],
            ["coach.pool_id", "coach.id"],
            name=op.f("membership_pool_id_coach_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["pool.id"], name=op.f("membership_pool_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("membership_pkey")),
        sa.UniqueConstraint(
            "account_id", "pool_id", "role", name=op.f("membership_account_id_pool_id_role_key")
        ),
        sa.UniqueConstraint("pool_id", "id", name=op.f("membership_pool_id_id_key")),
    )
    op.create_index(
        op.f("membership_pool_id_candidate_id_idx"),
        "membership",
        ["pool_id", "candidate_id"],
        unique=False,
    )
    op.create_index(
        op.f("membership_pool_id_coach_id_idx"), "membership", ["pool_id", "coach_id"], unique=False
    )
    op.create_table(
        "membership_employer",
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("employer_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id", "employer_id"],
            ["employer.pool_id", "employer.id"],
            name=op.f("membership_employer_pool_id_employer_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "membership_id"],
            ["membership.pool_id", "membership.id"],
            name=op.f("membership_employer_pool_id_membership_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "pool_id", "membership_id", "employer_id", name=op.f("membership_employer_pkey")
        ),
    )
    op.create_index(
        op.f("membership_employer_pool_id_employer_id_idx"),
        "membership_employer",
        ["pool_id", "employer_id"],
        unique=False,
    )
    op.create_table(
        "web_session",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now() + interval '10 hours'"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"],
            ["membership.id"],
            name=op.f("web_session_membership_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("web_session_pkey")),
        sa.UniqueConstraint("token_hash", name=op.f("web_session_token_hash_key")),
    )
    op.create_index(op.f("web_session_expires_at_idx"), "web_session", ["expires_at"], unique=False)
    op.create_index(
        op.f("web_session_membership_id_idx"), "web_session", ["membership_id"], unique=False
    )
    op.execute(HELD_OPENINGS)


def downgrade() -> None:
    op.execute("drop function held_openings()")
    for table in TABLES:
        op.drop_table(table)
