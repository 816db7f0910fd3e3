"""Records end when a pool's own rule says so, after a dry run that changes nothing."""

import uuid
from typing import Any

import pytest

from matcher.errors import Invalid
from matcher.service import retention
from matcher.service.retention import Due
from matcher.service.sweeping import sweep
from matcher.store.database import transaction
from tests.integration.imports import changed_tables, everything, execute, select
from tests.integration.lives import decide
from tests.integration.nights import publish_plan
from tests.small_pools import write_pool

LAW = "Archiefwet, an invented period"


@pytest.fixture
def pool(database: str) -> uuid.UUID:
    with transaction() as db:
        made = write_pool(db, "noord", people=10, placements=6)
    publish_plan(made)
    return made


def rule(pool: uuid.UUID, record_class: str, days: int = 100, action: str = "erase") -> None:
    with transaction() as db:
        retention.set_rule(
            db, pool, record_class, ground=LAW, days=days, action=action, decided_by="manager"
        )


def due(pool: uuid.UUID) -> list[tuple[str, int, int]]:
    with transaction() as db:
        return [(each.record_class, each.rows, each.held) for each in retention.due(db, pool)]


def applied(pool: uuid.UUID) -> list[Due]:
    return retention.apply(transaction, pool, 100)


def count(query: str) -> Any:
    return select(f"select count(*) from {query}")[0][0]


def test_without_a_rule_nothing_ends(pool: uuid.UUID) -> None:
    execute("update candidate set state = 'inactive'")
    execute("update candidate set inactive_since = '2001-01-01'")
    before = everything()
    assert due(pool) == []
    assert applied(pool) == []
    assert changed_tables(before) == set()


def test_who_left_long_ago_is_erased_and_who_is_held_stays(pool: uuid.UUID) -> None:
    execute("update candidate set state = 'inactive' where key in ('candidate-1', 'candidate-2')")
    assert select("select distinct inactive_since from candidate where state = 'active'") == [
        (None,)
    ]
    execute("update candidate set inactive_since = current_date - 101 where state = 'inactive'")
    execute(
        "insert into legal_hold (pool_id, candidate_id, ground, placed_by)"
        " select pool_id, id, 'before the court', 'manager' from candidate"
        " where key = 'candidate-2'"
    )
    rule(pool, "candidate")
    before = everything()
    assert due(pool) == [("candidate", 1, 1)]
    assert changed_tables(before) == set()
    applied(pool)
    assert count("candidate") == 9
    assert count("erasure where state = 'done'") == 1
    assert due(pool) == [("candidate", 0, 1)]


def test_a_period_counts_from_the_event(pool: uuid.UUID) -> None:
    execute("update candidate set state = 'inactive' where key = 'candidate-1'")
    execute("update candidate set inactive_since = current_date - 100 where state = 'inactive'")
    rule(pool, "candidate")
    assert due(pool) == [("candidate", 0, 0)]


def test_old_proposals_go_and_are_counted(pool: uuid.UUID) -> None:
    execute("update proposal set state = 'expired', first_proposed_at = now() - interval '1 year'")
    proposals = count("proposal")
    rule(pool, "proposal")
    applied(pool)
    assert count("proposal") == 0
    assert select("select erased from publication") == [(proposals,)]


def test_work_that_ended_keeps_no_person(pool: uuid.UUID) -> None:
    one = select("select id from proposal where state = 'open' order by id limit 1")[0][0]
    decide(one, "coach")
    decide(one, "employer")
    execute(
        "update deployment set state = 'ended', end_reason = 'x', from_on = '2020-01-01',"
        " until_on = '2020-02-01'"
    )
    rule(pool, "deployment", action="anonymise")
    applied(pool)
    assert select("select candidate_id, tombstone from deployment") == [(None, "kept no longer")]


def test_handing_over_is_told_and_left_to_people(pool: uuid.UUID) -> None:
    execute("update candidate set state = 'inactive'")
    execute("update candidate set inactive_since = '2001-01-01'")
    rule(pool, "candidate", action="hand_over")
    assert applied(pool)[0].rows == 10
    assert count("candidate") == 10


def test_the_sweep_does_it_once_a_day(pool: uuid.UUID) -> None:
    execute("update candidate set state = 'inactive' where key = 'candidate-1'")
    execute("update candidate set inactive_since = '2001-01-01' where state = 'inactive'")
    rule(pool, "candidate")
    sweep()
    assert count("candidate") == 9
    execute("update candidate set state = 'inactive' where key = 'candidate-2'")
    execute("update candidate set inactive_since = '2001-01-01' where state = 'inactive'")
    sweep()
    assert count("candidate") == 9


@pytest.mark.parametrize(
    ("record_class", "action"), [("diary", "erase"), ("import", "anonymise"), ("candidate", "keep")]
)
def test_a_rule_that_nobody_can_carry_out_is_refused(
    pool: uuid.UUID, record_class: str, action: str
) -> None:
    with pytest.raises(Invalid):
        rule(pool, record_class, action=action)
