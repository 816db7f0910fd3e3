"""
Decisions: a coach's own choice has no run; work of another pool can be shared.

Revision 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

RUNS = ("first_run_id", "run_id")
WITHIN_POOL = "deployment_pool_id_placement_id_fkey"
ANY_POOL = "deployment_placement_id_fkey"


def upgrade() -> None:
    for column in RUNS:
        op.alter_column("proposal", column, existing_type=sa.Uuid(), nullable=True)
    op.drop_constraint(WITHIN_POOL, "deployment", type_="foreignkey")
    op.create_foreign_key(ANY_POOL, "deployment", "placement", ["placement_id"], ["id"])


def downgrade() -> None:
    op.execute(
        "delete from deployment d using placement p"
        " where p.id = d.placement_id and p.pool_id <> d.pool_id"
    )
    op.drop_constraint(ANY_POOL, "deployment", type_="foreignkey")
    op.create_foreign_key(
        WITHIN_POOL,
        "deployment",
        "placement",
        ["pool_id", "placement_id"],
        ["pool_id", "id"],
    )
    op.execute("delete from proposal where run_id is null")
    op.execute("update proposal set first_run_id = run_id where first_run_id is null")
    for column in RUNS:
        op.alter_column("proposal", column, existing_type=sa.Uuid(), nullable=False)
