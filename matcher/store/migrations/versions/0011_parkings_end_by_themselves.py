"""
A parking ends when the facts behind it change, and a decline tells what it brought.

Revision 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "candidate_parking",
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )
    op.create_index(
        "candidate_parking_lifted_by_facts_idx",
        "candidate_parking",
        ["candidate_id"],
        postgresql_where=sa.text("facts is not null and until is null"),
    )
    op.add_column("decision", sa.Column("next_proposal_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("decision", "next_proposal_id")
    op.drop_index("candidate_parking_lifted_by_facts_idx", table_name="candidate_parking")
    op.drop_column("candidate_parking", "facts")
