"""
Restrictions of use, each with its ground; no file and no change of the profile lifts one.

Revision 0017, after 0016.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

STAYS = """
    create function restriction_stays() returns trigger language plpgsql
    security definer set search_path = public, pg_temp as $$
    begin
        new.restricted = exists (
            select from restriction r where r.candidate_id = new.id and r.lifted_at is null
        );
        return new;
    end $$
"""
TRIGGER = """
    create trigger restriction_stays before update of restricted on candidate for each row
    when (old.restricted and not new.restricted) execute function restriction_stays()
"""


def upgrade() -> None:
    op.create_table(
        "restriction",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("placed_by", sa.String(200), nullable=False),
        sa.Column(
            "placed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("informed_on", sa.Date(), nullable=True),
        sa.Column("lifted_by", sa.String(200), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "ground in ('accuracy', 'unlawful', 'claims', 'objection')",
            name=op.f("restriction_ground_check"),
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("restriction_reason_filled_check")),
        sa.CheckConstraint("placed_by <> ''", name=op.f("restriction_placed_by_filled_check")),
        sa.CheckConstraint(
            "(lifted_at is null) = (informed_on is null)",
            name=op.f("restriction_informed_on_check"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name="restriction_pool_id_candidate_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("restriction_pkey")),
    )
    op.create_index(op.f("restriction_candidate_id_idx"), "restriction", ["candidate_id"])
    op.execute(STAYS)
    op.execute(TRIGGER)


def downgrade() -> None:
    op.execute("drop trigger restriction_stays on candidate")
    op.execute("drop function restriction_stays()")
    op.drop_table("restriction")
