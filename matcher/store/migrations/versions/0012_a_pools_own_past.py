"""
When people and placements came and placements closed, and what an opening is kept for.

Revision 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NOTE_CLOSED = """
    create function note_closed() returns trigger language plpgsql as $$
    begin
        new.closed_on = case
            when new.state <> 'closed' then null
            when tg_op = 'UPDATE' and old.state = 'closed' then old.closed_on
            else current_date
        end;
        return new;
    end $$
"""


def upgrade() -> None:
    today = sa.text("current_date")
    op.add_column(
        "candidate", sa.Column("entered_on", sa.Date(), nullable=False, server_default=today)
    )
    op.add_column(
        "placement", sa.Column("posted_on", sa.Date(), nullable=False, server_default=today)
    )
    op.add_column("placement", sa.Column("closed_on", sa.Date(), nullable=True))
    op.execute("update placement set closed_on = current_date where state = 'closed'")
    op.execute(NOTE_CLOSED)
    op.execute(
        "create trigger placement_closed_on before insert or update of state on placement"
        " for each row execute function note_closed()"
    )
    op.add_column(
        "price",
        sa.Column("potential", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
    )
    op.create_check_constraint(
        op.f("price_potential_check"), "price", "potential between 0 and price"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("price_potential_check"), "price")
    op.drop_column("price", "potential")
    op.execute("drop trigger placement_closed_on on placement")
    op.execute("drop function note_closed()")
    op.drop_column("placement", "closed_on")
    op.drop_column("placement", "posted_on")
    op.drop_column("candidate", "entered_on")
