"""
Pins, people who go apart or together, and placements that take a whole team.

Revision 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NEW_ID = sa.text("gen_random_uuid()")


def upgrade() -> None:
    op.add_column(
        "placement",
        sa.Column("team", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "proposal",
        sa.Column("pinned", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "proposal",
        sa.Column(
            "notes",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
    )
    op.create_table(
        "pin",
        sa.Column("id", sa.Uuid(), server_default=NEW_ID, nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("placement_pool_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("pinned_by", sa.String(length=200), nullable=False),
        sa.Column(
            "pinned_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=2000), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=200), nullable=True),
        sa.CheckConstraint("pinned_by <> ''", name=op.f("pin_pinned_by_filled_check")),
        sa.CheckConstraint(
            "(withdrawn_at is null) = (withdrawn_by is null)",
            name=op.f("pin_withdrawn_by_somebody_check"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name=op.f("pin_pool_id_candidate_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["placement_pool_id", "placement_id"],
            ["placement.pool_id", "placement.id"],
            name=op.f("pin_placement_pool_id_placement_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pin_pkey")),
    )
    op.create_index(
        "pin_one_in_force_idx",
        "pin",
        ["candidate_id", "placement_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at is null"),
    )
    op.create_index(op.f("pin_pool_id_candidate_id_idx"), "pin", ["pool_id", "candidate_id"])
    op.create_index(
        op.f("pin_placement_pool_id_placement_id_idx"),
        "pin",
        ["placement_pool_id", "placement_id"],
    )
    op.create_table(
        "companion",
        sa.Column("id", sa.Uuid(), server_default=NEW_ID, nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("reason_code", sa.String(length=60), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "relation in ('apart', 'together')", name=op.f("companion_relation_check")
        ),
        sa.CheckConstraint("candidate_id <> other_id", name=op.f("companion_two_people_check")),
        *(
            sa.ForeignKeyConstraint(
                ["pool_id", column],
                ["candidate.pool_id", "candidate.id"],
                name=op.f(f"companion_pool_id_{column}_fkey"),
                ondelete="CASCADE",
            )
            for column in ("candidate_id", "other_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("companion_pkey")),
    )
    op.create_index(
        "companion_once_idx",
        "companion",
        [sa.text("least(candidate_id, other_id)"), sa.text("greatest(candidate_id, other_id)")],
        unique=True,
    )
    for column in ("candidate_id", "other_id"):
        op.create_index(op.f(f"companion_pool_id_{column}_idx"), "companion", ["pool_id", column])


def downgrade() -> None:
    op.drop_table("companion")
    op.drop_table("pin")
    for column in ("notes", "pinned"):
        op.drop_column("proposal", column)
    op.drop_column("placement", "team")
