"""
A record may be opened outside the caseload: for a reason, for a while, and looked at afterwards.

Revision 0018, after 0017.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exceptional_access",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid()),
        sa.Column("opened_by", sa.String(length=200), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.Column("words", sa.LargeBinary()),
        sa.Column(
            "opened_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("open_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("closed_by", sa.String(length=200)),
        sa.Column("reviewed_at", sa.DateTime(timezone=True)),
        sa.Column("reviewed_by", sa.String(length=200)),
        sa.CheckConstraint(
            "reason_code in ('colleague_absent', 'person_asks', 'urgent', 'handover')",
            name=op.f("exceptional_access_reason_code_check"),
        ),
        sa.CheckConstraint(
            "opened_by <> ''", name=op.f("exceptional_access_opened_by_filled_check")
        ),
        sa.CheckConstraint(
            "open_until > opened_at", name=op.f("exceptional_access_open_until_check")
        ),
        sa.CheckConstraint(
            "(closed_at is null) = (closed_by is null)",
            name=op.f("exceptional_access_closed_check"),
        ),
        sa.CheckConstraint(
            "(reviewed_at is null) = (reviewed_by is null)",
            name=op.f("exceptional_access_reviewed_check"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name=op.f("exceptional_access_pool_id_candidate_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("exceptional_access_pkey")),
    )
    for columns in (["pool_id", "candidate_id"], ["pool_id", "opened_at"]):
        name = f"exceptional_access_{'_'.join(columns)}_idx"
        op.create_index(op.f(name), "exceptional_access", columns)
    op.create_index(
        "exceptional_access_open_idx",
        "exceptional_access",
        ["pool_id", "opened_by"],
        postgresql_where=sa.text("closed_at is null"),
    )


def downgrade() -> None:
    op.drop_table("exceptional_access")
