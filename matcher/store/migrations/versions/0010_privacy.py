"""
Figures that outlive people, erasure, legal hold and retention; consents for one employer.

Revision 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

FUNCTIONS = (
    """
    create function waiting_band(since date, day date) returns text language sql immutable
    return case
        when since is null or day is null then 'unknown'
        when day < since + interval '6 months' then 'under_6_months'
        when day < since + interval '24 months' then '6_to_24_months'
        else 'over_24_months'
    end
    """,
    """
    create function impact_of_decisions() returns trigger language plpgsql as $$
    begin
        insert into impact_fact (pool_id, month, event, band, work, people)
        select d.pool_id, date_trunc('month', d.decided_at at time zone o.timezone)::date,
            d.outcome || '_by_' || d.role,
            waiting_band(c.waiting_since, d.decided_at::date), p.kind, count(*)
        from made d
        join pool o on o.id = d.pool_id
        join proposal q on q.id = d.proposal_id
        join candidate c on c.id = q.candidate_id
        join placement p on p.id = q.placement_id
        group by 1, 2, 3, 4, 5;
        return null;
    end $$
    """,
    """
    create function impact_of_new_work() returns trigger language plpgsql as $$
    begin
        insert into impact_fact (pool_id, month, event, band, work, people)
        select d.pool_id, date_trunc('month', e.day)::date, e.event,
            waiting_band(c.waiting_since, e.day), p.kind, count(*)
        from made d
        join placement p on p.id = d.placement_id
        left join candidate c on c.id = d.candidate_id
        cross join lateral (values
            ('work_started', d.from_on, d.state in ('active', 'ended')),
            ('work_ended', coalesce(d.until_on, d.from_on), d.state = 'ended')
        ) e (event, day, happened)
        where e.happened
        group by 1, 2, 3, 4, 5;
        return null;
    end $$
    """,
    """
    create function impact_of_work() returns trigger language plpgsql as $$
    begin
        insert into impact_fact (pool_id, month, event, band, work, people)
        select d.pool_id, date_trunc('month', e.day)::date, e.event,
            waiting_band(c.waiting_since, e.day), p.kind, count(*)
        from made d
        join was w on w.id = d.id
        join placement p on p.id = d.placement_id
        left join candidate c on c.id = d.candidate_id
        cross join lateral (values
            ('work_started', d.from_on, w.state = 'planned' and d.state = 'active'),
            ('work_ended', coalesce(d.until_on, d.from_on),
                w.state = 'active' and d.state = 'ended'),
            ('work_not_begun', d.from_on, w.state = 'planned' and d.state = 'ended')
        ) e (event, day, happened)
        where e.happened
        group by 1, 2, 3, 4, 5;
        return null;
    end $$
    """,
    """
    create function note_inactive() returns trigger language plpgsql as $$
    begin
        new.inactive_since = case
            when new.state = 'active' then null
            when tg_op = 'UPDATE' and old.state = 'inactive' then old.inactive_since
            else current_date
        end;
        return new;
    end $$
    """,
)
TRIGGERS = (
    ("decision", "decision_impact",
     "after insert on decision referencing new table as made for each statement",
     "impact_of_decisions"),
    ("deployment", "deployment_new_impact",
     "after insert on deployment referencing new table as made for each statement",
     "impact_of_new_work"),
    ("deployment", "deployment_impact",
     "after update on deployment referencing old table as was new table as made "
     "for each statement",
     "impact_of_work"),
    ("candidate", "candidate_inactive_since",
     "before insert or update of state on candidate for each row",
     "note_inactive"),
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "impact_fact",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("event", sa.String(60), nullable=False),
        sa.Column("band", sa.String(30), nullable=False),
        sa.Column("work", sa.String(30), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.CheckConstraint("people > 0", name=op.f("impact_fact_people_check")),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name="impact_fact_pool_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="impact_fact_pkey"),
    )
    op.create_index("impact_fact_pool_id_month_idx", "impact_fact", ["pool_id", "month"])
    op.create_table(
        "erasure",
        *_pool_row("erasure"),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("handle", sa.String(64), nullable=False),
        sa.Column("ground", sa.String(500), nullable=True),
        sa.Column("actor", sa.String(200), nullable=False),
        _now("at"),
        sa.Column(
            "counts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.CheckConstraint("state in ('done', 'refused')", name=op.f("erasure_state_check")),
        sa.CheckConstraint("actor <> ''", name=op.f("erasure_actor_filled_check")),
        sa.CheckConstraint(
            "(state = 'refused') = (ground is not null)", name=op.f("erasure_ground_check")
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name="erasure_pool_id_fkey"),
    )
    op.create_index("erasure_pool_id_at_idx", "erasure", ["pool_id", "at"])
    op.create_table(
        "legal_hold",
        *_pool_row("legal_hold"),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.String(500), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("placed_by", sa.String(200), nullable=False),
        _now("placed_at"),
        sa.Column("lifted_by", sa.String(200), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ground <> ''", name=op.f("legal_hold_ground_filled_check")),
        sa.CheckConstraint("placed_by <> ''", name=op.f("legal_hold_placed_by_filled_check")),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name="legal_hold_pool_id_candidate_id_fkey",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "legal_hold_standing_idx",
        "legal_hold",
        ["candidate_id"],
        postgresql_where=sa.text("lifted_at is null"),
    )
    op.create_table(
        "retention_rule",
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("record_class", sa.String(), nullable=False),
        sa.Column("ground", sa.String(500), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(200), nullable=False),
        _now("decided_at"),
        sa.CheckConstraint(
            "record_class in ('candidate', 'consent', 'proposal', 'deployment', 'import', "
            "'what_if')",
            name=op.f("retention_rule_record_class_check"),
        ),
        sa.CheckConstraint(
            "action in ('erase', 'anonymise', 'hand_over')",
            name=op.f("retention_rule_action_check"),
        ),
        sa.CheckConstraint("ground <> ''", name=op.f("retention_rule_ground_filled_check")),
        sa.CheckConstraint("decided_by <> ''", name=op.f("retention_rule_decided_by_filled_check")),
        sa.CheckConstraint("days between 0 and 36500", name=op.f("retention_rule_days_check")),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name="retention_rule_pool_id_fkey"),
        sa.PrimaryKeyConstraint("pool_id", "record_class", name="retention_rule_pkey"),
    )
    op.add_column("candidate", sa.Column("inactive_since", sa.Date(), nullable=True))
    op.execute("update candidate set inactive_since = current_date where state = 'inactive'")
    op.add_column("candidate_consent", sa.Column("employer_id", sa.Uuid(), nullable=True))
    op.add_column("candidate_consent", sa.Column("recorded_by", sa.String(200), nullable=True))
    op.add_column("candidate_consent", _now("recorded_at"))
    op.create_foreign_key(
        "candidate_consent_pool_id_employer_id_fkey",
        "candidate_consent",
        "employer",
        ["pool_id", "employer_id"],
        ["pool_id", "id"],
    )
    # An erasure looks for a person's work, also for what has ended.
    op.create_index(
        "deployment_pool_id_candidate_id_idx", "deployment", ["pool_id", "candidate_id"]
    )
    for statement in FUNCTIONS:
        op.execute(statement)
    for _, name, what, function in TRIGGERS:
        op.execute(f"create trigger {name} {what} execute function {function}()")


def downgrade() -> None:
    for table, name, _, _ in TRIGGERS:
        op.execute(f"drop trigger {name} on {table}")
    for function in (
        "note_inactive()",
        "impact_of_work()",
        "impact_of_new_work()",
        "impact_of_decisions()",
        "waiting_band(date, date)",
    ):
        op.execute(f"drop function {function}")
    op.drop_index("deployment_pool_id_candidate_id_idx", "deployment")
    op.drop_constraint(
        "candidate_consent_pool_id_employer_id_fkey", "candidate_consent", type_="foreignkey"
    )
    for column in ("recorded_at", "recorded_by", "employer_id"):
        op.drop_column("candidate_consent", column)
    op.drop_column("candidate", "inactive_since")
    for table in ("retention_rule", "legal_hold", "erasure", "impact_fact"):
        op.drop_table(table)


def _pool_row(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"{table}_pkey"),
    )


def _now(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )
