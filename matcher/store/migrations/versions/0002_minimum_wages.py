"""
The adult minimum hourly wages that are known at release, as dated reference data.

Revision 0002, after 0001. A later amount is a row more, not a change of these.
"""

from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Seen at secondary sources, not in the Staatscourant itself.
SOURCE = "advado.nl and vertiadvies.nl, seen in 2026"
WAGES = {
    date(2024, 7, 1): Decimal("13.68"),
    date(2025, 1, 1): Decimal("14.06"),
    date(2026, 1, 1): Decimal("14.71"),
}
TABLE = sa.table("minimum_wage", sa.column("valid_from"), sa.column("hourly"), sa.column("source"))


def upgrade() -> None:
    op.bulk_insert(
        TABLE,
        [{"valid_from": day, "hourly": hourly, "source": SOURCE} for day, hourly in WAGES.items()],
    )


def downgrade() -> None:
    op.execute(TABLE.delete().where(TABLE.c.valid_from.in_(WAGES)))
