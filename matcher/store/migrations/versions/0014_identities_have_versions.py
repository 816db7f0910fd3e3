"""
Who somebody is has a version; figures are counted with the rights of who owns the tables.

Revision 0014, after 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COUNTING = ("impact_of_decisions()", "impact_of_new_work()", "impact_of_work()")


def upgrade() -> None:
    op.add_column(
        "candidate_identity",
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
    )
    # An employer's answer is counted in the pool of the person, which may be another one.
    for function in COUNTING:
        op.execute(f"alter function {function} security definer set search_path = public, pg_temp")


def downgrade() -> None:
    for function in COUNTING:
        op.execute(f"alter function {function} security invoker reset search_path")
    op.drop_column("candidate_identity", "version")
