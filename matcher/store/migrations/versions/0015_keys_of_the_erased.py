"""
A receipt of an erasure keeps a keyed hash of the sender's key.

Revision 0015, after 0014.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("erasure", sa.Column("key_handle", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("erasure", "key_handle")
