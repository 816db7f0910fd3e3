"""
Erasing one person out of 100,000, with everything that hangs on them; the bar is 2 seconds.

The pool is written by SQL: profile and lists of everybody, four proposals each, decisions, work,
ten noted reads each, questions to the solver and uploads.
"""

import statistics
import time

from sqlalchemy import text

from api.launcher.start import servers
from matcher.service import erasure
from matcher.store import migrations
from matcher.store.database import allow_time, dispose, transaction
from tests.benchmarks.report import show_table

BAR_SECONDS = 2.0
ERASED = 10
LISTS = (
    ("candidate_transport", "mode", "'car'"),
    ("candidate_licence", "licence", "'B'"),
    ("candidate_interest", "tag", "'groen'"),
    ("candidate_competence", "uri", "'u:' || right(key, 2)"),
    ("candidate_sector", "sbi_code", "'01234'"),
    ("candidate_language", "language", "'nld'"),
    ("candidate_consent", "purpose", "'matching'"),
    ("candidate_experience", "organisation", "'o'"),
    ("candidate_education", "level", "2"),
    ("candidate_course", "name", "'vca'"),
    ("candidate_identity", "name", "'x'"),
)
POOL = (
    "insert into pool (key, name) values ('stress', 'Stress')",
    "insert into employer (pool_id, key, trade_name)"
    " select id, 'e' || n, 'E' from pool, generate_series(1, 2000) n",
    "insert into placement (pool_id, key, employer_id, title, openings, state, kind)"
    " select e.pool_id, 'p' || n, e.id, 'W', 3, 'open', 'voluntary'"
    " from generate_series(1, 20000) n join employer e on e.key = 'e' || (n % 2000 + 1)",
    "insert into candidate (pool_id, key, waiting_since)"
    " select id, 'c' || n, '2025-01-01' from pool, generate_series(1, 100000) n",
    *(
        f"insert into {table} (pool_id, candidate_id, {column})"
        f" select pool_id, id, {value} from candidate"
        for table, column, value in LISTS
    ),
    "insert into subject_key (pool_id, candidate_id, wrapped, master)"
    " select pool_id, id, 'x', 'm' from candidate",
    "insert into match_run (pool_id, kind, state, finished_at, attempt)"
    " select id, 'request', 'succeeded', now(), 1 from pool",
    "insert into publication (run_id, pool_id, fence, proposals, digest)"
    " select id, pool_id, 1, 400000, 'd' from match_run",
    "with p as (select row_number() over () as n, id, pool_id from placement),"
    " c as (select row_number() over () as n, id, pool_id from candidate)"
    " insert into proposal (pool_id, first_run_id, run_id, candidate_id, placement_pool_id,"
    " placement_id, candidate_version, placement_version, points, state)"
    " select c.pool_id, r.id, r.id, c.id, p.pool_id, p.id, 1, 1, 100, s"
    " from c join p on p.n = c.n % 20000 + 1, match_run r,"
    " (values ('open'), ('superseded'), ('superseded'), ('declined')) v (s)",
    "insert into decision (pool_id, proposal_id, actor_id, role, outcome, reason_code)"
    " select pool_id, id, 'k', 'coach', 'decline', 'too_far' from proposal"
    " where state = 'declined'",
    "insert into deployment (pool_id, key, candidate_id, placement_id, from_on, state)"
    " select c.pool_id, 'd' || c.key || n, c.id, (select id from placement limit 1),"
    " '2025-01-01', case n when 1 then 'active' else 'ended' end"
    " from candidate c, generate_series(1, 3) n where c.key < 'c5'",
    "insert into access_log (pool_id, actor, action, subject)"
    " select pool_id, 'k', 'candidate.read', id from candidate, generate_series(1, 10)",
    "insert into match_run (pool_id, kind, state, finished_at, attempt, question, answer)"
    " select id, 'what_if', 'succeeded', now(), 1, '{\"kind\": \"candidate\"}',"
    " jsonb_build_object('x', repeat('y', 5000)) from pool, generate_series(1, 2000)",
    "insert into import_job (pool_id, kind, state, finished_at, file_name, digest, content)"
    " select id, 'pool', 'succeeded', now(), 'f', 'd', 'x' from pool, generate_series(1, 50)",
    "analyze",
)


def test_erasing_one_person_out_of_a_hundred_thousand() -> None:
    taken = []
    with servers(throwaway=True):
        migrations.upgrade()
        with transaction() as db:
            allow_time(db, 600)
            for statement in POOL:
                db.execute(text(statement))
        with transaction() as db:
            people = db.execute(
                text("select id from candidate where key < 'c5' order by key limit :most"),
                {"most": ERASED},
            ).scalars()
            chosen = list(people)
        for candidate_id in chosen:
            started = time.perf_counter()
            with transaction() as db:
                receipt = erasure.erase(db, candidate_id, actor="bench")
            taken.append(time.perf_counter() - started)
            assert receipt.figures_unchanged
            assert receipt.counts["proposal"] == 4
        dispose()
    show_table(
        f"Erasing {ERASED} people, one after another, out of 100,000 with 400,000 proposals",
        ("", "median s", "slowest s", "bar s"),
        [
            (
                "erase",
                f"{statistics.median(taken):.2f}",
                f"{max(taken):.2f}",
                f"{BAR_SECONDS:.0f}",
            )
        ],
    )
    assert max(taken) <= BAR_SECONDS
