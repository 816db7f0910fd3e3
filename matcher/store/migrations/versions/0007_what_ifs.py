"""
A run of kind what_if is asked a question, and answers it in its row.

Revision 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COLUMNS = ("question", "answer")
CHECKS = {
    "question": "(kind = 'what_if') = (question is not null)",
    "answer": "answer is null or kind = 'what_if'",
}


def upgrade() -> None:
    # Until now none was ever asked for.
    op.execute("delete from match_run where kind = 'what_if'")
    for name in COLUMNS:
        op.add_column(
            "match_run",
            sa.Column(name, postgresql.JSONB(none_as_null=True, astext_type=sa.Text())),
        )
    for name, check in CHECKS.items():
        op.create_check_constraint(op.f(f"match_run_{name}_check"), "match_run", check)


def downgrade() -> None:
    op.execute("delete from match_run where kind = 'what_if'")
    for name in COLUMNS:
        op.drop_constraint(op.f(f"match_run_{name}_check"), "match_run", type_="check")
        op.drop_column("match_run", name)
