"""
Who reads about very many people within an hour is asked why.

Revision 0020, after 0019.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "read_alarm",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("read_by", sa.String(length=200), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column(
            "raised_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("reviewed_at", sa.DateTime(timezone=True)),
        sa.Column("reviewed_by", sa.String(length=200)),
        sa.CheckConstraint("people > 0", name=op.f("read_alarm_people_check")),
        sa.CheckConstraint("read_by <> ''", name=op.f("read_alarm_read_by_filled_check")),
        sa.CheckConstraint(
            "(reviewed_at is null) = (reviewed_by is null)", name=op.f("read_alarm_reviewed_check")
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("read_alarm_pool_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("read_alarm_pkey")),
    )
    op.create_index(
        op.f("read_alarm_pool_id_raised_at_idx"), "read_alarm", ["pool_id", "raised_at"]
    )
    op.create_index(op.f("access_log_at_idx"), "access_log", ["at"])


def downgrade() -> None:
    op.drop_index(op.f("access_log_at_idx"), "access_log")
    op.drop_table("read_alarm")
