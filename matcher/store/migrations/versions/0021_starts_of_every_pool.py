"""
How many people begin at an employer, from whichever pool, for whoever shares its work.

Revision 0021, after 0020.
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# With the rights of its owner: how many begin at shared work is told to the pools that share it, of
# whom and from where is not. Of other employers the API learns nothing.
EMPLOYER_STARTS = """
    create function employer_starts_since(since date)
    returns table (employer_id uuid, people bigint)
    language sql stable security definer set search_path = public, pg_temp
    as $$
        select x.employer_id, count(*) from (
            select p.employer_id, p.pool_id
            from deployment d join placement p on p.id = d.placement_id
            where d.state in ('planned', 'active') and d.from_on >= since
            union all
            select p.employer_id, p.pool_id
            from proposal q join placement p on p.id = q.placement_id
            where (
                q.state in ('with_employer', 'accepted')
                or q.state = 'open' and q.held_until > now()
            ) and not exists (select from deployment d where d.proposal_id = q.id)
        ) x
        where 'workpool_api' not in (session_user::text, current_setting('role'))
            or x.pool_id = nullif(current_setting('app.pool', true), '')::uuid
            or exists (
                select from sharing_agreement a where a.pool_id = x.pool_id
                    and a.other_pool_id = nullif(current_setting('app.pool', true), '')::uuid
            )
        group by x.employer_id
    $$
"""


def upgrade() -> None:
    op.execute(EMPLOYER_STARTS)


def downgrade() -> None:
    op.execute("drop function employer_starts_since(date)")
