"""
The tables of the first release.

Revision 0001, the first.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

FINAL = "state in ('succeeded', 'failed', 'cancelled')"
FUNCTIONS = {
    "refuse_to_leave_a_final_state": """
        begin
            if new.state is distinct from old.state then
                raise exception 'a % that is % stays so', tg_table_name, old.state
                    using errcode = 'check_violation';
            end if;
            return new;
        end
    """,
    "refuse_to_change_a_policy": """
        begin
            raise exception 'a policy is not changed: publish a new version'
                using errcode = 'check_violation';
        end
    """,
}


def upgrade() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("actor_id", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("route", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("resource_ref", sa.String(length=500)),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("key <> ''", name=op.f("idempotency_key_key_filled_check")),
        sa.CheckConstraint("status between 100 and 599", name=op.f("idempotency_key_status_check")),
        sa.PrimaryKeyConstraint("actor_id", "key", name=op.f("idempotency_key_pkey")),
    )
    op.create_index(op.f("idempotency_key_created_at_idx"), "idempotency_key", ["created_at"])
    op.create_table(
        "minimum_wage",
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("hourly", sa.Numeric(precision=8, scale=2), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.CheckConstraint("source <> ''", name=op.f("minimum_wage_source_filled_check")),
        sa.CheckConstraint("hourly > 0", name=op.f("minimum_wage_hourly_check")),
        sa.PrimaryKeyConstraint("valid_from", name=op.f("minimum_wage_pkey")),
    )
    op.create_table(
        "pool",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("key", sa.String(length=63), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(), server_default="place", nullable=False),
        sa.Column(
            "municipalities",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("region", sa.String(length=100)),
        sa.Column("horizon_days", sa.Integer(), server_default="42", nullable=False),
        sa.Column(
            "timezone", sa.String(length=64), server_default="Europe/Amsterdam", nullable=False
        ),
        sa.Column("fence", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("published_run_id", sa.Uuid()),
        sa.CheckConstraint("key ~ '^[a-z0-9][a-z0-9-]{0,62}$'", name=op.f("pool_key_check")),
        sa.CheckConstraint("kind in ('branch', 'chain', 'place')", name=op.f("pool_kind_check")),
        sa.CheckConstraint("name <> ''", name=op.f("pool_name_filled_check")),
        sa.CheckConstraint(
            "timestamp '2000-01-01 00:00' at time zone timezone is not null",
            name=op.f("pool_timezone_check"),
        ),
        sa.CheckConstraint("horizon_days between 1 and 365", name=op.f("pool_horizon_days_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("pool_pkey")),
        sa.UniqueConstraint("key", name=op.f("pool_key_key")),
    )
    op.create_table(
        "postcode_area",
        sa.Column("pc4", sa.String(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("source", sa.String(length=200)),
        sa.CheckConstraint("pc4 ~ '^[1-9][0-9]{3}$'", name=op.f("postcode_area_pc4_check")),
        sa.CheckConstraint(
            "latitude between -90 and 90", name=op.f("postcode_area_latitude_check")
        ),
        sa.CheckConstraint(
            "longitude between -180 and 180", name=op.f("postcode_area_longitude_check")
        ),
        sa.PrimaryKeyConstraint("pc4", name=op.f("postcode_area_pkey")),
    )
    op.create_table(
        "service_state",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("service_state_pkey")),
    )
    op.create_table(
        "travel_time",
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("minutes", sa.Float(), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("data_version", sa.String(length=100)),
        sa.CheckConstraint(
            "destination ~ '^[1-9][0-9]{3}$'", name=op.f("travel_time_destination_check")
        ),
        sa.CheckConstraint(
            "mode in ('walking', 'bicycle', 'moped', 'car', 'motorcycle', 'public_transport')",
            name=op.f("travel_time_mode_check"),
        ),
        sa.CheckConstraint("origin ~ '^[1-9][0-9]{3}$'", name=op.f("travel_time_origin_check")),
        sa.CheckConstraint("source <> ''", name=op.f("travel_time_source_filled_check")),
        sa.CheckConstraint("minutes between 0 and 1440", name=op.f("travel_time_minutes_check")),
        sa.PrimaryKeyConstraint("origin", "destination", "mode", name=op.f("travel_time_pkey")),
    )
    op.create_table(
        "coach",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("hours_per_week", sa.Float()),
        sa.Column("caseload_max", sa.Integer()),
        sa.Column("region", sa.String(length=100)),
        sa.Column(
            "specialisms",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.CheckConstraint("name <> ''", name=op.f("coach_name_filled_check")),
        sa.CheckConstraint(
            "caseload_max between 0 and 1000", name=op.f("coach_caseload_max_check")
        ),
        sa.CheckConstraint(
            "hours_per_week between 0 and 60", name=op.f("coach_hours_per_week_check")
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("coach_pool_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("coach_pkey")),
        sa.UniqueConstraint("pool_id", "id", name=op.f("coach_pool_id_id_key")),
        sa.UniqueConstraint("pool_id", "key", name=op.f("coach_pool_id_key_key")),
    )
    op.create_table(
        "employer",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("kvk_number", sa.String()),
        sa.Column("trade_name", sa.String(length=500), nullable=False),
        sa.Column("sbi_code", sa.String()),
        sa.Column("training_firm", sa.Boolean()),
        sa.Column(
            "crebo", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("starts_per_week", sa.Integer()),
        sa.Column("pso_level", sa.String()),
        sa.Column("pso_until", sa.Date()),
        sa.Column("code_until", sa.Date()),
        sa.Column("no_displacement_on", sa.Date()),
        sa.Column("impact_first", sa.Boolean()),
        sa.Column("independent", sa.Boolean()),
        sa.Column("self_supporting", sa.Boolean()),
        sa.Column("governance", sa.Boolean()),
        sa.Column("marks_on", sa.Date()),
        sa.CheckConstraint("kvk_number ~ '^[0-9]{8}$'", name=op.f("employer_kvk_number_check")),
        sa.CheckConstraint(
            "pso_level in ('none', 'aspirant', 'basis', '1', '2', '3', '30plus')",
            name=op.f("employer_pso_level_check"),
        ),
        sa.CheckConstraint("sbi_code ~ '^[0-9]{5}$'", name=op.f("employer_sbi_code_check")),
        sa.CheckConstraint("trade_name <> ''", name=op.f("employer_trade_name_filled_check")),
        sa.CheckConstraint(
            "starts_per_week between 0 and 10000", name=op.f("employer_starts_per_week_check")
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("employer_pool_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("employer_pkey")),
        sa.UniqueConstraint("pool_id", "id", name=op.f("employer_pool_id_id_key")),
        sa.UniqueConstraint("pool_id", "key", name=op.f("employer_pool_id_key_key")),
    )
    op.create_table(
        "import_job",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), server_default="queued", nullable=False),
        sa.Column(
            "not_before",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("hinted_at", sa.DateTime(timezone=True)),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("max_attempts", sa.Integer(), server_default="3", nullable=False),
        sa.Column("fence", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("owner", sa.String(length=200)),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True)),
        sa.Column(
            "cancel_requested", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column("error_code", sa.String(length=60)),
        sa.Column(
            "progress",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("created_by", sa.String(length=200)),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("content", sa.LargeBinary()),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("dry_run", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("skip_bad_rows", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "report",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(state = 'running') = (lease_until is not null)", name=op.f("import_job_lease_check")
        ),
        sa.CheckConstraint(
            "(state in ('succeeded', 'failed', 'cancelled')) = (finished_at is not null)",
            name=op.f("import_job_finished_check"),
        ),
        sa.CheckConstraint("file_name <> ''", name=op.f("import_job_file_name_filled_check")),
        sa.CheckConstraint(
            "kind in ('pool', 'sonar', 'candidates', 'employers', 'placements')",
            name=op.f("import_job_kind_check"),
        ),
        sa.CheckConstraint(
            "state <> 'running' or owner is not null", name=op.f("import_job_owner_check")
        ),
        sa.CheckConstraint(
            "state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')",
            name=op.f("import_job_state_check"),
        ),
        sa.CheckConstraint(
            "attempt between 0 and max_attempts", name=op.f("import_job_attempt_check")
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("import_job_pool_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("import_job_pkey")),
        sa.UniqueConstraint("pool_id", "id", name=op.f("import_job_pool_id_id_key")),
    )
    op.create_index(
        "import_job_one_running_idx",
        "import_job",
        ["pool_id"],
        unique=True,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_index(
        "import_job_open_idx",
        "import_job",
        ["created_at"],
        postgresql_where=sa.text("state in ('queued', 'running')"),
    )
    op.create_table(
        "match_run",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), server_default="queued", nullable=False),
        sa.Column(
            "not_before",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("hinted_at", sa.DateTime(timezone=True)),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("max_attempts", sa.Integer(), server_default="3", nullable=False),
        sa.Column("fence", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("owner", sa.String(length=200)),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True)),
        sa.Column(
            "cancel_requested", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column("error_code", sa.String(length=60)),
        sa.Column(
            "progress",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("created_by", sa.String(length=200)),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("business_date", sa.Date()),
        sa.Column("solver_failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("snapshot_hash", sa.String(length=64)),
        sa.Column("policy_version", sa.Integer()),
        sa.Column("policy_digest", sa.String(length=64)),
        sa.Column("code_version", sa.String(length=60)),
        sa.Column("seed", sa.BigInteger()),
        sa.Column("solver", sa.String(length=60)),
        sa.Column("solver_status", sa.String(length=30)),
        sa.Column("gap", sa.Float()),
        sa.Column(
            "proof",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "totals",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "timings",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "refusals",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(kind = 'nightly') = (business_date is not null)",
            name=op.f("match_run_business_date_check"),
        ),
        sa.CheckConstraint(
            "(state = 'running') = (lease_until is not null)", name=op.f("match_run_lease_check")
        ),
        sa.CheckConstraint(
            "(state in ('succeeded', 'failed', 'cancelled')) = (finished_at is not null)",
            name=op.f("match_run_finished_check"),
        ),
        sa.CheckConstraint(
            "kind in ('nightly', 'request', 'what_if')", name=op.f("match_run_kind_check")
        ),
        sa.CheckConstraint(
            "state <> 'running' or owner is not null", name=op.f("match_run_owner_check")
        ),
        sa.CheckConstraint(
            "state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')",
            name=op.f("match_run_state_check"),
        ),
        sa.CheckConstraint(
            "attempt between 0 and max_attempts", name=op.f("match_run_attempt_check")
        ),
        sa.CheckConstraint("gap >= 0", name=op.f("match_run_gap_check")),
        sa.CheckConstraint(
            "solver_failures between 0 and attempt", name=op.f("match_run_solver_failures_check")
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("match_run_pool_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("match_run_pkey")),
        sa.UniqueConstraint("pool_id", "id", name=op.f("match_run_pool_id_id_key")),
    )
    op.create_index(
        "match_run_one_nightly_idx",
        "match_run",
        ["pool_id", "business_date"],
        unique=True,
        postgresql_where=sa.text("kind = 'nightly'"),
    )
    op.create_index(
        "match_run_one_open_request_idx",
        "match_run",
        ["pool_id", "kind"],
        unique=True,
        postgresql_where=sa.text("kind = 'request' and state in ('queued', 'running')"),
    )
    op.create_index(
        "match_run_one_running_idx",
        "match_run",
        ["pool_id"],
        unique=True,
        postgresql_where=sa.text("state = 'running' and kind <> 'what_if'"),
    )
    op.create_index(
        "match_run_open_idx",
        "match_run",
        ["created_at"],
        postgresql_where=sa.text("state in ('queued', 'running')"),
    )
    op.create_index(
        op.f("match_run_pool_id_created_at_idx"), "match_run", ["pool_id", "created_at"]
    )
    op.create_table(
        "policy",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("decided_by", sa.String(length=200)),
        sa.Column("toml", sa.String(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("digest <> ''", name=op.f("policy_digest_filled_check")),
        sa.CheckConstraint("version between 1 and 1000000", name=op.f("policy_version_check")),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("policy_pool_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("policy_pkey")),
        sa.UniqueConstraint("pool_id", "version", name=op.f("policy_pool_id_version_key")),
    )
    op.create_table(
        "sharing_agreement",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("other_pool_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kinds", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("from_on", sa.Date()),
        sa.Column("until_on", sa.Date()),
        sa.CheckConstraint(
            "from_on <= until_on", name=op.f("sharing_agreement_from_on_before_until_on_check")
        ),
        sa.CheckConstraint(
            "pool_id <> other_pool_id", name=op.f("sharing_agreement_two_pools_check")
        ),
        sa.ForeignKeyConstraint(
            ["other_pool_id"], ["pool.id"], name=op.f("sharing_agreement_other_pool_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["pool.id"], name=op.f("sharing_agreement_pool_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("sharing_agreement_pkey")),
        sa.UniqueConstraint(
            "pool_id",
            "other_pool_id",
            "from_on",
            name=op.f("sharing_agreement_pool_id_other_pool_id_from_on_key"),
        ),
    )
    op.create_table(
        "candidate",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("state", sa.String(), server_default="active", nullable=False),
        sa.Column("restricted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("municipality", sa.String()),
        sa.Column("mediation_postcode", sa.String()),
        sa.Column("place", sa.String(length=100)),
        sa.Column("max_distance_km", sa.Integer()),
        sa.Column("radius_code", sa.Integer()),
        sa.Column("max_travel_minutes", sa.Integer()),
        sa.Column("walking", sa.Boolean()),
        sa.Column("hours_min", sa.Integer()),
        sa.Column("hours_max", sa.Integer()),
        sa.Column("office_hours", sa.Boolean()),
        sa.Column("irregular_work_ok", sa.Boolean()),
        sa.Column("dayparts", sa.String()),
        sa.Column("available_from", sa.Date()),
        sa.Column("available_until", sa.Date()),
        sa.Column("heavy_work_ok", sa.Boolean()),
        sa.Column("outside_wish_ok", sa.Boolean()),
        sa.Column("below_level_ok", sa.Boolean()),
        sa.Column("work_level", sa.Integer()),
        sa.Column("contract_type", sa.String()),
        sa.Column("contract_kind", sa.String()),
        sa.Column("needs_adaptation", sa.Boolean()),
        sa.Column("needs_guidance", sa.Boolean()),
        sa.Column("needs_variation", sa.Boolean()),
        sa.Column("limit_lifting", sa.Integer()),
        sa.Column("limit_standing", sa.Integer()),
        sa.Column("limit_walking", sa.Integer()),
        sa.Column("limit_pace", sa.Integer()),
        sa.Column("limit_deadlines", sa.Integer()),
        sa.Column("limit_stimuli", sa.Integer()),
        sa.Column("limit_public_contact", sa.Integer()),
        sa.Column("limit_teamwork", sa.Integer()),
        sa.Column("limit_concentration", sa.Integer()),
        sa.Column("limit_outdoors", sa.Integer()),
        sa.Column("need_supervision", sa.Integer()),
        sa.Column("need_structure", sa.Integer()),
        sa.Column("demands_by", sa.String(length=100)),
        sa.Column("demands_on", sa.Date()),
        sa.Column("guidance_need", sa.String()),
        sa.Column("guidance_hours", sa.Float()),
        sa.Column("coach_id", sa.Uuid()),
        sa.Column("ladder_step", sa.Integer()),
        sa.Column("ladder_date", sa.Date()),
        sa.Column("expected_ladder_step", sa.Integer()),
        sa.Column("waiting_since", sa.Date()),
        sa.Column("scheme", sa.String(length=100)),
        sa.Column("payer", sa.String(length=100)),
        sa.Column("sheltered_advice", sa.Date()),
        sa.Column("register_flag", sa.Boolean()),
        sa.Column("wage_value_low", sa.Integer()),
        sa.Column("wage_value_high", sa.Integer()),
        sa.Column("wage_value_on", sa.Date()),
        sa.Column("distance_class", sa.String()),
        sa.Column("wanted_training", sa.String()),
        sa.Column("wants_to_continue", sa.Boolean()),
        sa.Column(
            "objects_to_automation", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column("checked_on", sa.Date()),
        sa.CheckConstraint(
            "contract_kind in ('01', '02', '03', '04')", name=op.f("candidate_contract_kind_check")
        ),
        sa.CheckConstraint(
            "contract_type in ('B', 'O')", name=op.f("candidate_contract_type_check")
        ),
        sa.CheckConstraint("dayparts ~ '^[01]{21}$'", name=op.f("candidate_dayparts_check")),
        sa.CheckConstraint(
            "distance_class in ('groot', 'klein')", name=op.f("candidate_distance_class_check")
        ),
        sa.CheckConstraint(
            "guidance_need in ('none', 'light', 'medium', 'intensive')",
            name=op.f("candidate_guidance_need_check"),
        ),
        sa.CheckConstraint(
            "mediation_postcode ~* '^[1-9][0-9]{3}(?!sa|sd|ss)[a-z]{2}$'",
            name=op.f("candidate_mediation_postcode_check"),
        ),
        sa.CheckConstraint(
            "municipality ~ '^[0-9]{4}$'", name=op.f("candidate_municipality_check")
        ),
        sa.CheckConstraint("state in ('active', 'inactive')", name=op.f("candidate_state_check")),
        sa.CheckConstraint(
            "wanted_training in ('none', 'praktijkverklaring', 'bbl')",
            name=op.f("candidate_wanted_training_check"),
        ),
        sa.CheckConstraint(
            "available_from <= available_until",
            name=op.f("candidate_available_from_before_available_until_check"),
        ),
        sa.CheckConstraint(
            "expected_ladder_step between 1 and 6",
            name=op.f("candidate_expected_ladder_step_check"),
        ),
        sa.CheckConstraint(
            "guidance_hours between 0 and 99", name=op.f("candidate_guidance_hours_check")
        ),
        sa.CheckConstraint("hours_max between 0 and 99", name=op.f("candidate_hours_max_check")),
        sa.CheckConstraint(
            "hours_min <= hours_max", name=op.f("candidate_hours_min_before_hours_max_check")
        ),
        sa.CheckConstraint("hours_min between 0 and 99", name=op.f("candidate_hours_min_check")),
        sa.CheckConstraint("ladder_step between 1 and 6", name=op.f("candidate_ladder_step_check")),
        sa.CheckConstraint(
            "limit_concentration between 0 and 3", name=op.f("candidate_limit_concentration_check")
        ),
        sa.CheckConstraint(
            "limit_deadlines between 0 and 3", name=op.f("candidate_limit_deadlines_check")
        ),
        sa.CheckConstraint(
            "limit_lifting between 0 and 3", name=op.f("candidate_limit_lifting_check")
        ),
        sa.CheckConstraint(
            "limit_outdoors between 0 and 3", name=op.f("candidate_limit_outdoors_check")
        ),
        sa.CheckConstraint("limit_pace between 0 and 3", name=op.f("candidate_limit_pace_check")),
        sa.CheckConstraint(
            "limit_public_contact between 0 and 3",
            name=op.f("candidate_limit_public_contact_check"),
        ),
        sa.CheckConstraint(
            "limit_standing between 0 and 3", name=op.f("candidate_limit_standing_check")
        ),
        sa.CheckConstraint(
            "limit_stimuli between 0 and 3", name=op.f("candidate_limit_stimuli_check")
        ),
        sa.CheckConstraint(
            "limit_teamwork between 0 and 3", name=op.f("candidate_limit_teamwork_check")
        ),
        sa.CheckConstraint(
            "limit_walking between 0 and 3", name=op.f("candidate_limit_walking_check")
        ),
        sa.CheckConstraint(
            "max_distance_km between 0 and 999", name=op.f("candidate_max_distance_km_check")
        ),
        sa.CheckConstraint(
            "max_travel_minutes between 0 and 999", name=op.f("candidate_max_travel_minutes_check")
        ),
        sa.CheckConstraint(
            "need_structure between 0 and 3", name=op.f("candidate_need_structure_check")
        ),
        sa.CheckConstraint(
            "need_supervision between 0 and 3", name=op.f("candidate_need_supervision_check")
        ),
        sa.CheckConstraint("radius_code between 1 and 9", name=op.f("candidate_radius_code_check")),
        sa.CheckConstraint(
            "wage_value_high between 0 and 100", name=op.f("candidate_wage_value_high_check")
        ),
        sa.CheckConstraint(
            "wage_value_low <= wage_value_high",
            name=op.f("candidate_wage_value_low_before_wage_value_high_check"),
        ),
        sa.CheckConstraint(
            "wage_value_low between 0 and 100", name=op.f("candidate_wage_value_low_check")
        ),
        sa.CheckConstraint("work_level between 1 and 6", name=op.f("candidate_work_level_check")),
        sa.ForeignKeyConstraint(
            ["pool_id", "coach_id"],
            ["coach.pool_id", "coach.id"],
            name=op.f("candidate_pool_id_coach_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("candidate_pool_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("candidate_pkey")),
        sa.UniqueConstraint("pool_id", "id", name=op.f("candidate_pool_id_id_key")),
        sa.UniqueConstraint("pool_id", "key", name=op.f("candidate_pool_id_key_key")),
    )
    op.create_table(
        "employer_contact",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("employer_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=35), nullable=False),
        sa.Column("function", sa.String(length=100)),
        sa.Column("email", sa.String(length=254)),
        sa.Column("phone", sa.String(length=50)),
        sa.CheckConstraint("name <> ''", name=op.f("employer_contact_name_filled_check")),
        sa.ForeignKeyConstraint(
            ["pool_id", "employer_id"],
            ["employer.pool_id", "employer.id"],
            name=op.f("employer_contact_pool_id_employer_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("employer_contact_pkey")),
    )
    op.create_index(
        op.f("employer_contact_pool_id_employer_id_idx"),
        "employer_contact",
        ["pool_id", "employer_id"],
    )
    op.create_table(
        "publication",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("proposals", sa.Integer(), nullable=False),
        sa.Column("erased", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "published_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("digest <> ''", name=op.f("publication_digest_filled_check")),
        sa.CheckConstraint("proposals >= 0 and erased >= 0", name=op.f("publication_counts_check")),
        sa.ForeignKeyConstraint(
            ["pool_id", "run_id"],
            ["match_run.pool_id", "match_run.id"],
            name=op.f("publication_pool_id_run_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("publication_pkey")),
        sa.UniqueConstraint("pool_id", "fence", name=op.f("publication_pool_id_fence_key")),
        sa.UniqueConstraint("pool_id", "run_id", name=op.f("publication_pool_id_run_id_key")),
    )
    op.create_table(
        "site",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("employer_id", sa.Uuid(), nullable=False),
        sa.Column("postcode", sa.String()),
        sa.Column("place", sa.String(length=100)),
        sa.Column("street", sa.String(length=200)),
        sa.Column("house_number", sa.String(length=20)),
        sa.Column("max_guided_site", sa.Integer()),
        sa.CheckConstraint(
            "postcode ~* '^[1-9][0-9]{3}(?!sa|sd|ss)[a-z]{2}$'", name=op.f("site_postcode_check")
        ),
        sa.CheckConstraint(
            "max_guided_site between 0 and 10000", name=op.f("site_max_guided_site_check")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "employer_id"],
            ["employer.pool_id", "employer.id"],
            name=op.f("site_pool_id_employer_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("site_pool_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("site_pkey")),
        sa.UniqueConstraint("pool_id", "id", name=op.f("site_pool_id_id_key")),
        sa.UniqueConstraint("pool_id", "key", name=op.f("site_pool_id_key_key")),
    )
    op.create_index(op.f("site_pool_id_employer_id_idx"), "site", ["pool_id", "employer_id"])
    op.create_table(
        "audit_attribute",
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("sex", sa.String(length=20)),
        sa.Column("age_class", sa.String(length=20)),
        sa.Column("origin_class", sa.String(length=40)),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name=op.f("audit_attribute_pool_id_candidate_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pool_id", "candidate_id", name=op.f("audit_attribute_pkey")),
    )
    op.create_table(
        "candidate_competence",
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("uri", sa.String(length=500), nullable=False),
        sa.CheckConstraint("uri <> ''", name=op.f("candidate_competence_uri_filled_check")),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name=op.f("candidate_competence_pool_id_candidate_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "pool_id", "candidate_id", "uri", name=op.f("candidate_competence_pkey")
        ),
    )
    op.create_table(
        "candidate_consent",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=100), nullable=False),
        sa.Column("receiver", sa.String(length=200)),
        sa.Column(
            "fields", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("from_on", sa.Date()),
        sa.Column("until_on", sa.Date()),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("given_how", sa.String(length=200)),
        sa.CheckConstraint("purpose <> ''", name=op.f("candidate_consent_purpose_filled_check")),
        sa.CheckConstraint(
            "from_on <= until_on", name=op.f("candidate_consent_from_on_before_until_on_check")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name=op.f("candidate_consent_pool_id_candidate_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("candidate_consent_pkey")),
    )
    op.create_index(
        op.f("candidate_consent_pool_id_candidate_id_idx"),
        "candidate_consent",
        ["pool_id", "candidate_id"],
    )
    op.create_table(
        "candidate_course",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("certified_on", sa.Date()),
        sa.Column("expires_on", sa.Date()),
        sa.CheckConstraint("name <> ''", name=op.f("candidate_course_name_filled_check")),
        sa.CheckConstraint(
            "certified_on <= expires_on",
            name=op.f("candidate_course_certified_on_before_expires_on_check"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name=op.f("candidate_course_pool_id_candidate_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("candidate_course_pkey")),
    )
    op.create_index(
        op.f("candidate_course_pool_id_candidate_id_idx"),
        "candidate_course",
        ["pool_id", "candidate_id"],
    )
    op.create_table(
        "candidate_education",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("diploma", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("status", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("started_on", sa.Date()),
        sa.Column("ended_on", sa.Date()),
        sa.CheckConstraint(
            "diploma in (0, 1, 2, 8)", name=op.f("candidate_education_diploma_check")
        ),
        sa.CheckConstraint(
            "level in (1, 2, 3, 4, 5, 6, 9)", name=op.f("candidate_education_level_check")
        ),
        sa.CheckConstraint(
            "started_on <= ended_on",
            name=op.f("candidate_education_started_on_before_ended_on_check"),
        ),
        sa.CheckConstraint("status between 0 and 3", name=op.f("candidate_education_status_check")),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name=op.f("candidate_education_pool_id_candidate_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("candidate_education_pkey")),
    )
    op.create_index(
        op.f("candidate_education_pool_id_candidate_id_idx"),
        "candidate_education",
        ["pool_id", "candidate_id"],
    )
    op.create_table(
        "candidate_exclusion",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("target_kind", sa.String(), nullable=False),
        sa.Column("target", sa.String(length=100), nullable=False),
        sa.Column("reason_code", sa.String(length=60)),
        sa.Column("until", sa.Date()),
        sa.CheckConstraint("target <> ''", name=op.f("candidate_exclusion_target_filled_check")),
        sa.CheckConstraint(
            "target_kind in ('employer', 'kind')",
            name=op.f("candidate_exclusion_target_kind_check"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name=op.f("candidate_exclusion_pool_id_candidate_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("candidate_exclusion_pkey")),
    )
    op.create_index(
        op.f("candidate_exclusion_pool_id_candidate_id_idx"),
        "candidate_exclusion",
        ["pool_id", "candidate_id"],
    )
    op.create_table(
        "candidate_experience",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("started_on", sa.Date()),
        sa.Column("ended_on", sa.Date()),
        sa.Column("organisation", sa.String(length=70)),
        sa.Column("occupation", sa.String(length=500)),
        sa.Column("employer_id", sa.Uuid()),
        sa.CheckConstraint(
            "started_on <= ended_on",
            name=op.f("candidate_experience_started_on_before_ended_on_check"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name=op.f("candidate_experience_pool_id_candidate_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "employer_id"],
            ["employer.pool_id", "employer.id"],
            name=op.f("candidate_experience_pool_id_employer_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("candidate_experience_pkey")),
    )
    op.create_index(
        op.f("candidate_experience_pool_id_candidate_id_idx"),
        "candidate_experience",
        ["pool_id", "candidate_id"],
    )
    op.create_table(
        "candidate_identity",
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200)),
        sa.Column("phone", sa.String(length=50)),
        sa.Column("email", sa.String(length=254)),
        sa.Column("street", sa.String(length=200)),
        sa.Column("house_number", sa.String(length=20)),
        sa.Column("house_number_addition", sa.String(length=20)),
        sa.Column("birth_date", sa.Date()),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name=op.f("candidate_identity_pool_id_candidate_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pool_id", "candidate_id", name=op.f("candidate_identity_pkey")),
    )
    op.create_table(
        "candidate_interest",
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.String(length=120), nullable=False),
        sa.CheckConstraint("tag <> ''", name=op.f("candidate_interest_tag_filled_check")),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name=op.f("candidate_interest_pool_id_candidate_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "pool_id", "candidate_id", "tag", name=op.f("candidate_interest_pkey")
        ),
    )
    op.create_table(
        "candidate_language",
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("oral", sa.Integer()),
        sa.Column("written", sa.Integer()),
        sa.Column("reading", sa.Integer()),
        sa.Column("listening", sa.Integer()),
        sa.CheckConstraint(
            "language ~ '^[a-z]{3}$'", name=op.f("candidate_language_language_check")
        ),
        sa.CheckConstraint(
            "listening in (0, 1, 2, 3, 4, 8)", name=op.f("candidate_language_listening_check")
        ),
        sa.CheckConstraint(
            "oral in (0, 1, 2, 3, 4, 8)", name=op.f("candidate_language_oral_check")
        ),
        sa.CheckConstraint(
            "reading in (0, 1, 2, 3, 4, 8)", name=op.f("candidate_language_reading_check")
        ),
        sa.CheckConstraint(
            "written in (0, 1, 2, 3, 4, 8)", name=op.f("candidate_language_written_check")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name=op.f("candidate_language_pool_id_candidate_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "pool_id", "candidate_id", "language", name=op.f("candidate_language_pkey")
        ),
    )
    op.create_table(
        "candidate_licence",
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("licence", sa.String(), nullable=False),
        sa.CheckConstraint(
            "licence in ('A', 'A1', 'A2', 'AM', 'B', 'B+', 'BE', 'T', 'C', 'C1', 'C1E', 'CE', "
            "'D', 'D1', 'D1E', 'DE')",
            name=op.f("candidate_licence_licence_check"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name=op.f("candidate_licence_pool_id_candidate_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "pool_id", "candidate_id", "licence", name=op.f("candidate_licence_pkey")
        ),
    )
    op.create_table(
        "candidate_occupation",
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("occupation", sa.String(length=500), nullable=False),
        sa.Column("rank", sa.Integer()),
        sa.CheckConstraint(
            "occupation <> ''", name=op.f("candidate_occupation_occupation_filled_check")
        ),
        sa.CheckConstraint("rank between 1 and 99", name=op.f("candidate_occupation_rank_check")),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name=op.f("candidate_occupation_pool_id_candidate_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "pool_id", "candidate_id", "occupation", name=op.f("candidate_occupation_pkey")
        ),
    )
    op.create_table(
        "candidate_parking",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("target_kind", sa.String(), nullable=False),
        sa.Column("target", sa.String(length=100)),
        sa.Column("reason_code", sa.String(length=60)),
        sa.Column("until", sa.Date()),
        sa.CheckConstraint(
            "(target_kind = 'person') = (target is null)",
            name=op.f("candidate_parking_target_check"),
        ),
        sa.CheckConstraint(
            "target_kind in ('pair', 'kind', 'person')",
            name=op.f("candidate_parking_target_kind_check"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name=op.f("candidate_parking_pool_id_candidate_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("candidate_parking_pkey")),
    )
    op.create_index(
        op.f("candidate_parking_pool_id_candidate_id_idx"),
        "candidate_parking",
        ["pool_id", "candidate_id"],
    )
    op.create_table(
        "candidate_preference",
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("target_kind", sa.String(), nullable=False),
        sa.Column("target", sa.String(length=500), nullable=False),
        sa.Column("mark", sa.Integer()),
        sa.Column("veto", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("target <> ''", name=op.f("candidate_preference_target_filled_check")),
        sa.CheckConstraint(
            "target_kind in ('occupation', 'sector', 'placement')",
            name=op.f("candidate_preference_target_kind_check"),
        ),
        sa.CheckConstraint("mark between 0 and 10", name=op.f("candidate_preference_mark_check")),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name=op.f("candidate_preference_pool_id_candidate_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "pool_id",
            "candidate_id",
            "target_kind",
            "target",
            name=op.f("candidate_preference_pkey"),
        ),
    )
    op.create_table(
        "candidate_sector",
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("sbi_code", sa.String(), nullable=False),
        sa.CheckConstraint("sbi_code ~ '^[0-9]{5}$'", name=op.f("candidate_sector_sbi_code_check")),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name=op.f("candidate_sector_pool_id_candidate_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "pool_id", "candidate_id", "sbi_code", name=op.f("candidate_sector_pkey")
        ),
    )
    op.create_table(
        "candidate_transport",
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("for_commute", sa.Boolean()),
        sa.Column("for_work", sa.Boolean()),
        sa.CheckConstraint(
            "mode in ('car', 'moped', 'bicycle', 'motorcycle', 'public_transport', 'other')",
            name=op.f("candidate_transport_mode_check"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name=op.f("candidate_transport_pool_id_candidate_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "pool_id", "candidate_id", "mode", name=op.f("candidate_transport_pkey")
        ),
    )
    op.create_table(
        "coach_site",
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("coach_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id", "coach_id"],
            ["coach.pool_id", "coach.id"],
            name=op.f("coach_site_pool_id_coach_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "site_id"],
            ["site.pool_id", "site.id"],
            name=op.f("coach_site_pool_id_site_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pool_id", "coach_id", "site_id", name=op.f("coach_site_pkey")),
    )
    op.create_table(
        "supervisor_group",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("supervisors", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("max_guided", sa.Integer()),
        sa.CheckConstraint(
            "max_guided between 0 and 10000", name=op.f("supervisor_group_max_guided_check")
        ),
        sa.CheckConstraint(
            "supervisors between 0 and 1000", name=op.f("supervisor_group_supervisors_check")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "site_id"],
            ["site.pool_id", "site.id"],
            name=op.f("supervisor_group_pool_id_site_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["pool.id"], name=op.f("supervisor_group_pool_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("supervisor_group_pkey")),
        sa.UniqueConstraint("pool_id", "id", name=op.f("supervisor_group_pool_id_id_key")),
        sa.UniqueConstraint("pool_id", "key", name=op.f("supervisor_group_pool_id_key_key")),
    )
    op.create_index(
        op.f("supervisor_group_pool_id_site_id_idx"), "supervisor_group", ["pool_id", "site_id"]
    )
    op.create_table(
        "placement",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("employer_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid()),
        sa.Column("supervisor_group_id", sa.Uuid()),
        sa.Column("number", sa.String(length=11)),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("description", sa.String(length=2000)),
        sa.Column("kind", sa.String(), server_default="wage_earning", nullable=False),
        sa.Column("contract_type", sa.String()),
        sa.Column("openings", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("taken", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("hours_min", sa.Integer()),
        sa.Column("hours_max", sa.Integer()),
        sa.Column("dayparts", sa.String()),
        sa.Column("office_hours", sa.Boolean()),
        sa.Column("irregular_work", sa.Boolean()),
        sa.Column("start_earliest", sa.Date()),
        sa.Column("start_latest", sa.Date()),
        sa.Column("ends_on", sa.Date()),
        sa.Column(
            "season_months", sa.ARRAY(sa.Integer()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("closes_on", sa.Date()),
        sa.Column("hourly_wage", sa.Numeric(precision=8, scale=2)),
        sa.Column("youth_scale", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("neighbourhood", sa.String(length=100)),
        sa.Column("level_min", sa.Integer()),
        sa.Column("occupation", sa.String(length=500)),
        sa.Column("sector", sa.String()),
        sa.Column("demand_lifting", sa.Integer()),
        sa.Column("demand_standing", sa.Integer()),
        sa.Column("demand_walking", sa.Integer()),
        sa.Column("demand_pace", sa.Integer()),
        sa.Column("demand_deadlines", sa.Integer()),
        sa.Column("demand_stimuli", sa.Integer()),
        sa.Column("demand_public_contact", sa.Integer()),
        sa.Column("demand_teamwork", sa.Integer()),
        sa.Column("demand_concentration", sa.Integer()),
        sa.Column("demand_outdoors", sa.Integer()),
        sa.Column("offer_supervision", sa.Integer()),
        sa.Column("offer_structure", sa.Integer()),
        sa.Column("guidance_offered", sa.String()),
        sa.Column("adaptation_possible", sa.Boolean()),
        sa.Column("adaptation_note", sa.String(length=500)),
        sa.Column("variation_offered", sa.Boolean()),
        sa.Column("ladder_min", sa.Integer()),
        sa.Column("ladder_step_up", sa.Integer()),
        sa.Column("own_vehicle_for_work", sa.Boolean()),
        sa.Column("training_offered", sa.String()),
        sa.Column("training_crebo", sa.String(length=10)),
        sa.Column("with_trial", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("trial_weeks", sa.Integer()),
        sa.Column("subsidised", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("shuttle_postcode", sa.String()),
        sa.Column("shuttle_place", sa.String(length=100)),
        sa.Column("shuttle_minutes", sa.Integer()),
        sa.Column("state", sa.String(), server_default="draft", nullable=False),
        sa.CheckConstraint(
            "contract_type in ('B', 'O')", name=op.f("placement_contract_type_check")
        ),
        sa.CheckConstraint("dayparts ~ '^[01]{21}$'", name=op.f("placement_dayparts_check")),
        sa.CheckConstraint(
            "guidance_offered in ('none', 'light', 'medium', 'intensive')",
            name=op.f("placement_guidance_offered_check"),
        ),
        sa.CheckConstraint(
            "kind in ('wage_earning', 'sheltered', 'learning', 'work_experience', 'voluntary', "
            "'regular')",
            name=op.f("placement_kind_check"),
        ),
        sa.CheckConstraint("sector ~ '^[0-9]{5}$'", name=op.f("placement_sector_check")),
        sa.CheckConstraint(
            "shuttle_postcode ~* '^[1-9][0-9]{3}(?!sa|sd|ss)[a-z]{2}$'",
            name=op.f("placement_shuttle_postcode_check"),
        ),
        sa.CheckConstraint(
            "state in ('draft', 'open', 'paused', 'full', 'closed')",
            name=op.f("placement_state_check"),
        ),
        sa.CheckConstraint("title <> ''", name=op.f("placement_title_filled_check")),
        sa.CheckConstraint(
            "training_offered in ('none', 'praktijkverklaring', 'bbl')",
            name=op.f("placement_training_offered_check"),
        ),
        sa.CheckConstraint(
            "demand_concentration between 0 and 3",
            name=op.f("placement_demand_concentration_check"),
        ),
        sa.CheckConstraint(
            "demand_deadlines between 0 and 3", name=op.f("placement_demand_deadlines_check")
        ),
        sa.CheckConstraint(
            "demand_lifting between 0 and 3", name=op.f("placement_demand_lifting_check")
        ),
        sa.CheckConstraint(
            "demand_outdoors between 0 and 3", name=op.f("placement_demand_outdoors_check")
        ),
        sa.CheckConstraint("demand_pace between 0 and 3", name=op.f("placement_demand_pace_check")),
        sa.CheckConstraint(
            "demand_public_contact between 0 and 3",
            name=op.f("placement_demand_public_contact_check"),
        ),
        sa.CheckConstraint(
            "demand_standing between 0 and 3", name=op.f("placement_demand_standing_check")
        ),
        sa.CheckConstraint(
            "demand_stimuli between 0 and 3", name=op.f("placement_demand_stimuli_check")
        ),
        sa.CheckConstraint(
            "demand_teamwork between 0 and 3", name=op.f("placement_demand_teamwork_check")
        ),
        sa.CheckConstraint(
            "demand_walking between 0 and 3", name=op.f("placement_demand_walking_check")
        ),
        sa.CheckConstraint("hourly_wage >= 0", name=op.f("placement_hourly_wage_check")),
        sa.CheckConstraint("hours_max between 0 and 99", name=op.f("placement_hours_max_check")),
        sa.CheckConstraint(
            "hours_min <= hours_max", name=op.f("placement_hours_min_before_hours_max_check")
        ),
        sa.CheckConstraint("hours_min between 0 and 99", name=op.f("placement_hours_min_check")),
        sa.CheckConstraint("ladder_min between 1 and 6", name=op.f("placement_ladder_min_check")),
        sa.CheckConstraint(
            "ladder_step_up between 1 and 6", name=op.f("placement_ladder_step_up_check")
        ),
        sa.CheckConstraint("level_min between 1 and 6", name=op.f("placement_level_min_check")),
        sa.CheckConstraint(
            "offer_structure between 0 and 3", name=op.f("placement_offer_structure_check")
        ),
        sa.CheckConstraint(
            "offer_supervision between 0 and 3", name=op.f("placement_offer_supervision_check")
        ),
        sa.CheckConstraint("openings between 1 and 10000", name=op.f("placement_openings_check")),
        sa.CheckConstraint(
            "season_months <@ array[1,2,3,4,5,6,7,8,9,10,11,12]",
            name=op.f("placement_season_months_check"),
        ),
        sa.CheckConstraint(
            "shuttle_minutes between 0 and 999", name=op.f("placement_shuttle_minutes_check")
        ),
        sa.CheckConstraint(
            "start_earliest <= ends_on", name=op.f("placement_start_earliest_before_ends_on_check")
        ),
        sa.CheckConstraint(
            "start_earliest <= start_latest",
            name=op.f("placement_start_earliest_before_start_latest_check"),
        ),
        sa.CheckConstraint("taken between 0 and openings", name=op.f("placement_taken_check")),
        sa.CheckConstraint(
            "trial_weeks between 0 and 52", name=op.f("placement_trial_weeks_check")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "employer_id"],
            ["employer.pool_id", "employer.id"],
            name=op.f("placement_pool_id_employer_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "site_id"],
            ["site.pool_id", "site.id"],
            name=op.f("placement_pool_id_site_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "supervisor_group_id"],
            ["supervisor_group.pool_id", "supervisor_group.id"],
            name=op.f("placement_pool_id_supervisor_group_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("placement_pool_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("placement_pkey")),
        sa.UniqueConstraint("pool_id", "id", name=op.f("placement_pool_id_id_key")),
        sa.UniqueConstraint("pool_id", "key", name=op.f("placement_pool_id_key_key")),
    )
    op.create_index(
        op.f("placement_pool_id_employer_id_idx"), "placement", ["pool_id", "employer_id"]
    )
    op.create_table(
        "placement_requirement",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("value", sa.String(length=500)),
        sa.Column("level", sa.Integer()),
        sa.Column("essential", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("safety", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("reason", sa.String(length=500)),
        sa.CheckConstraint(
            "field in ('level', 'language', 'licence', 'certificate', 'competence', 'experience')",
            name=op.f("placement_requirement_field_check"),
        ),
        sa.CheckConstraint(
            "level between 0 and 99", name=op.f("placement_requirement_level_check")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "placement_id"],
            ["placement.pool_id", "placement.id"],
            name=op.f("placement_requirement_pool_id_placement_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("placement_requirement_pkey")),
    )
    op.create_index(
        op.f("placement_requirement_pool_id_placement_id_idx"),
        "placement_requirement",
        ["pool_id", "placement_id"],
    )
    op.create_table(
        "placement_tag",
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.String(length=120), nullable=False),
        sa.CheckConstraint("tag <> ''", name=op.f("placement_tag_tag_filled_check")),
        sa.ForeignKeyConstraint(
            ["pool_id", "placement_id"],
            ["placement.pool_id", "placement.id"],
            name=op.f("placement_tag_pool_id_placement_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pool_id", "placement_id", "tag", name=op.f("placement_tag_pkey")),
    )
    op.create_table(
        "placement_task",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("share_percent", sa.Float()),
        sa.Column("minutes_a_day", sa.Integer()),
        sa.CheckConstraint("name <> ''", name=op.f("placement_task_name_filled_check")),
        sa.CheckConstraint(
            "minutes_a_day between 0 and 1440", name=op.f("placement_task_minutes_a_day_check")
        ),
        sa.CheckConstraint(
            "share_percent between 0 and 100", name=op.f("placement_task_share_percent_check")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "placement_id"],
            ["placement.pool_id", "placement.id"],
            name=op.f("placement_task_pool_id_placement_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("placement_task_pkey")),
    )
    op.create_index(
        op.f("placement_task_pool_id_placement_id_idx"),
        "placement_task",
        ["pool_id", "placement_id"],
    )
    op.create_table(
        "price",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("placement_pool_id", sa.Uuid(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("price >= 0", name=op.f("price_price_check")),
        sa.ForeignKeyConstraint(
            ["placement_pool_id", "placement_id"],
            ["placement.pool_id", "placement.id"],
            name=op.f("price_placement_pool_id_placement_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "run_id"],
            ["publication.pool_id", "publication.run_id"],
            name=op.f("price_pool_id_run_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "placement_id", name=op.f("price_pkey")),
    )
    op.create_index(
        op.f("price_placement_pool_id_placement_id_idx"),
        "price",
        ["placement_pool_id", "placement_id"],
    )
    op.create_table(
        "proposal",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("first_run_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("placement_pool_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_version", sa.Integer(), nullable=False),
        sa.Column("placement_version", sa.Integer(), nullable=False),
        sa.Column(
            "first_proposed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("state", sa.String(), server_default="open", nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True)),
        sa.Column("reserved_until", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column(
            "points_by_term",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "unknowns",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "evidence",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("price", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("surplus", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("minutes", sa.Float()),
        sa.Column("mode", sa.String(length=30)),
        sa.Column("journey_source", sa.String(length=100)),
        sa.Column("tier", sa.String(length=60)),
        sa.CheckConstraint(
            "held_until is null or state = 'open'", name=op.f("proposal_held_until_check")
        ),
        sa.CheckConstraint(
            "reserved_until is null or state = 'with_employer'",
            name=op.f("proposal_reserved_until_check"),
        ),
        sa.CheckConstraint(
            "state in ('open', 'with_employer', 'accepted', 'declined', 'expired', "
            "'withdrawn', 'superseded')",
            name=op.f("proposal_state_check"),
        ),
        sa.CheckConstraint("minutes >= 0", name=op.f("proposal_minutes_check")),
        sa.CheckConstraint("price >= 0", name=op.f("proposal_price_check")),
        sa.CheckConstraint("surplus >= 0", name=op.f("proposal_surplus_check")),
        sa.ForeignKeyConstraint(
            ["placement_pool_id", "placement_id"],
            ["placement.pool_id", "placement.id"],
            name=op.f("proposal_placement_pool_id_placement_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name=op.f("proposal_pool_id_candidate_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "first_run_id"],
            ["match_run.pool_id", "match_run.id"],
            name=op.f("proposal_pool_id_first_run_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "run_id"],
            ["publication.pool_id", "publication.run_id"],
            name=op.f("proposal_pool_id_run_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("proposal_pkey")),
        sa.UniqueConstraint("pool_id", "id", name=op.f("proposal_pool_id_id_key")),
    )
    op.create_index(
        "proposal_one_live_idx",
        "proposal",
        ["candidate_id"],
        unique=True,
        postgresql_where=sa.text("state in ('open', 'with_employer')"),
    )
    op.create_index(
        "proposal_open_idx",
        "proposal",
        ["first_proposed_at"],
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        op.f("proposal_placement_pool_id_placement_id_idx"),
        "proposal",
        ["placement_pool_id", "placement_id"],
    )
    op.create_index(
        op.f("proposal_pool_id_candidate_id_idx"), "proposal", ["pool_id", "candidate_id"]
    )
    op.create_index(op.f("proposal_pool_id_run_id_idx"), "proposal", ["pool_id", "run_id"])
    op.create_table(
        "decision",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("proposal_id", sa.Uuid()),
        sa.Column("actor_id", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(length=60)),
        sa.Column("overrides", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True)),
        sa.Column(
            "decided_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("actor_id <> ''", name=op.f("decision_actor_id_filled_check")),
        sa.CheckConstraint(
            "outcome in ('accept', 'decline', 'hold', 'withdraw')",
            name=op.f("decision_outcome_check"),
        ),
        sa.CheckConstraint(
            "role in ('candidate', 'coach', 'employer', 'account_manager', 'pool_manager')",
            name=op.f("decision_role_check"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "proposal_id"],
            ["proposal.pool_id", "proposal.id"],
            name=op.f("decision_pool_id_proposal_id_fkey"),
            ondelete="SET NULL (proposal_id)",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("decision_pkey")),
        sa.UniqueConstraint("pool_id", "id", name=op.f("decision_pool_id_id_key")),
    )
    op.create_index(
        op.f("decision_pool_id_proposal_id_idx"), "decision", ["pool_id", "proposal_id"]
    )
    op.create_table(
        "deployment",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("candidate_id", sa.Uuid()),
        sa.Column("tombstone", sa.String(length=100)),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("proposal_id", sa.Uuid()),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date()),
        sa.Column("state", sa.String(), server_default="planned", nullable=False),
        sa.Column("phase", sa.String()),
        sa.Column("hours_per_week", sa.Float()),
        sa.Column("formal_employer", sa.String(length=200)),
        sa.Column("end_reason", sa.String(length=60)),
        sa.CheckConstraint(
            "phase in ('introduction', 'trial', 'subsidised', 'regular', 'aftercare')",
            name=op.f("deployment_phase_check"),
        ),
        sa.CheckConstraint(
            "state in ('planned', 'active', 'ended')", name=op.f("deployment_state_check")
        ),
        sa.CheckConstraint(
            "candidate_id is not null or tombstone is not null",
            name=op.f("deployment_candidate_id_check"),
        ),
        sa.CheckConstraint(
            "from_on <= until_on", name=op.f("deployment_from_on_before_until_on_check")
        ),
        sa.CheckConstraint(
            "hours_per_week between 0 and 99", name=op.f("deployment_hours_per_week_check")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "candidate_id"],
            ["candidate.pool_id", "candidate.id"],
            name=op.f("deployment_pool_id_candidate_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "placement_id"],
            ["placement.pool_id", "placement.id"],
            name=op.f("deployment_pool_id_placement_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "proposal_id"],
            ["proposal.pool_id", "proposal.id"],
            name=op.f("deployment_pool_id_proposal_id_fkey"),
            ondelete="SET NULL (proposal_id)",
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("deployment_pool_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("deployment_pkey")),
        sa.UniqueConstraint("pool_id", "id", name=op.f("deployment_pool_id_id_key")),
        sa.UniqueConstraint("pool_id", "key", name=op.f("deployment_pool_id_key_key")),
        sa.UniqueConstraint("proposal_id", name=op.f("deployment_proposal_id_key")),
    )
    op.create_index(
        "deployment_one_of_each_idx",
        "deployment",
        ["candidate_id", "state"],
        unique=True,
        postgresql_where=sa.text("state in ('planned', 'active')"),
    )
    op.create_index(
        op.f("deployment_pool_id_placement_id_idx"), "deployment", ["pool_id", "placement_id"]
    )
    # Pool, run and publication point in a circle, so the last of the three keys comes after them.
    op.create_foreign_key(
        op.f("pool_id_published_run_id_fkey"),
        "pool",
        "publication",
        ["id", "published_run_id"],
        ["pool_id", "run_id"],
    )
    for name, statement in FUNCTIONS.items():
        op.execute(
            f"create function {name}() returns trigger language plpgsql as $$ {statement} $$"
        )
    for table in ("match_run", "import_job"):
        op.execute(
            f"create trigger {table}_final before update on {table} for each row"
            f" when (old.{FINAL}) execute function refuse_to_leave_a_final_state()"
        )
    op.execute(
        "create trigger policy_fixed before update or delete on policy"
        " for each row execute function refuse_to_change_a_policy()"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("pool_id_published_run_id_fkey"), "pool")
    op.drop_table("deployment")
    op.drop_table("decision")
    op.drop_table("proposal")
    op.drop_table("price")
    op.drop_table("placement_task")
    op.drop_table("placement_tag")
    op.drop_table("placement_requirement")
    op.drop_table("placement")
    op.drop_table("supervisor_group")
    op.drop_table("coach_site")
    op.drop_table("candidate_transport")
    op.drop_table("candidate_sector")
    op.drop_table("candidate_preference")
    op.drop_table("candidate_parking")
    op.drop_table("candidate_occupation")
    op.drop_table("candidate_licence")
    op.drop_table("candidate_language")
    op.drop_table("candidate_interest")
    op.drop_table("candidate_identity")
    op.drop_table("candidate_experience")
    op.drop_table("candidate_exclusion")
    op.drop_table("candidate_education")
    op.drop_table("candidate_course")
    op.drop_table("candidate_consent")
    op.drop_table("candidate_competence")
    op.drop_table("audit_attribute")
    op.drop_table("site")
    op.drop_table("publication")
    op.drop_table("employer_contact")
    op.drop_table("candidate")
    op.drop_table("sharing_agreement")
    op.drop_table("policy")
    op.drop_table("match_run")
    op.drop_table("import_job")
    op.drop_table("employer")
    op.drop_table("coach")
    op.drop_table("travel_time")
    op.drop_table("service_state")
    op.drop_table("postcode_area")
    op.drop_table("pool")
    op.drop_table("minimum_wage")
    op.drop_table("idempotency_key")
    for name in FUNCTIONS:
        op.execute(f"drop function {name}()")
