"""Erasing a person leaves no trace in any table, and every figure as it was."""

import threading
import time
import uuid
from typing import Any

import pytest
from sqlalchemy import text

from matcher.errors import NotFound
from matcher.service import agreements, erasure, identity, import_jobs, runs
from matcher.store import audit
from matcher.store.database import transaction
from tests.integration.imports import changed_tables, everything, execute, select
from tests.integration.lives import decide
from tests.integration.nights import compute_plan, publish_plan
from tests.integration.traces import tables_with, waiting_for_locks
from tests.small_pools import write_pool

KEY = "candidate-key-canary"
NAME, NOTES = "Canary Kanarie", "notes of a canary"


@pytest.fixture
def pool(database: str) -> uuid.UUID:
    with transaction() as db:
        return write_pool(db, "noord", people=12, placements=8)


def canary(pool: uuid.UUID, state: str = "open") -> uuid.UUID:
    """Mark the person of a proposal in a state: a key, a name, notes, a consent, a file."""
    (row,) = select(
        "select candidate_id from proposal where state = :state order by id limit 1", state=state
    )
    execute("update candidate set key = :key where id = :id", key=KEY, id=row[0])
    execute(
        "insert into candidate_consent (pool_id, candidate_id, purpose, given_how)"
        " values (:pool, :id, 'matching', 'said by the canary')",
        pool=pool, id=row[0],
    )  # fmt: skip
    with transaction() as db:
        identity.change(db, row[0], {"name": NAME, "notes": NOTES})
        job = import_jobs.submit(db, pool, "pool", "people.csv", f"key,name\n{KEY},{NAME}".encode())
    report = f'{{"errors": [{{"value": "{KEY}"}}, {{"value": "other"}}]}}'
    execute(
        "update import_job set state = 'succeeded', finished_at = now(),"
        " report = cast(:report as jsonb) where id = :id",
        report=report, id=job,
    )  # fmt: skip
    return uuid.UUID(str(row[0]))


def traces(who: uuid.UUID) -> dict[str, list[str]]:
    return tables_with(str(who), KEY, NAME, "Kanarie", NOTES, "said by the canary")


def erased(who: uuid.UUID, **options: Any) -> erasure.Receipt:
    with audit.acting_as("manager"), transaction() as db:
        return erasure.erase(db, who, **options)


def at_work(pool: uuid.UUID) -> uuid.UUID:
    """Take one proposal all the way to work, and mark its person."""
    who = canary(pool)
    ((proposal,),) = select("select id from proposal where candidate_id = :id", id=who)
    decide(proposal, "coach")
    decide(proposal, "employer")
    return who


def figures() -> list[Any]:
    return [
        select("select outcome, role, count(*) from decision group by 1, 2 order by 1, 2"),
        select("select state, count(*) from deployment group by 1 order by 1"),
        select(
            "select month, event, band, work, sum(people) from impact_fact group by 1, 2, 3, 4"
            " order by 1, 2, 3, 4"
        ),
        select("select proposals, totals from publication join match_run on id = run_id"),
    ]


def test_no_table_holds_anything_of_an_erased_person(pool: uuid.UUID) -> None:
    publish_plan(pool)
    who = at_work(pool)
    decide(
        select("select id from proposal where state = 'open' order by id limit 1")[0][0],
        "coach", "decline", reason_code="too_far",
    )  # fmt: skip
    assert set(traces(who)) >= {str(who), KEY, "said by the canary"}
    before = figures()
    receipt = erased(who)
    assert (receipt.state, receipt.figures_unchanged) == ("done", True)
    assert traces(who) == {}
    assert figures() == before
    assert before[2], "no figure was counted at all"
    assert receipt.counts["proposal"] == receipt.counts["published"] == 1
    assert receipt.counts["subject_key"] == receipt.counts["candidate_consent"] == 1
    assert select("select candidate_id, tombstone is not null from deployment") == [(None, True)]
    assert select("select erased from publication") == [(1,)]
    assert select("select taken from placement where taken > 0") == [(1,)]
    assert select("select report from import_job") == [
        ({"errors": [{"value": "other"}], "warnings": []},)
    ]


def test_the_work_is_still_ended_and_counted(pool: uuid.UUID) -> None:
    from matcher.service.deployments import change_deployment

    publish_plan(pool)
    erased(at_work(pool))
    ((deployment, version),) = select("select id, version from deployment")
    with transaction() as db:
        change_deployment(
            db, deployment, version, {"state": "ended", "end_reason": "contract_ended"}
        )
    assert select("select event, band, people from impact_fact where event = 'work_ended'") == [
        ("work_ended", "unknown", 1)
    ]
    assert select("select from placement where taken > 0") == []


def test_a_reserved_opening_is_given_back(pool: uuid.UUID) -> None:
    publish_plan(pool)
    who = canary(pool)
    ((proposal,),) = select("select id from proposal where candidate_id = :id", id=who)
    decide(proposal, "coach")
    assert select("select sum(taken) from placement") == [(1,)]
    assert erased(who).counts["openings_released"] == 1
    assert select("select sum(taken) from placement") == [(0,)]


def test_a_dry_run_counts_the_same_and_changes_nothing(pool: uuid.UUID) -> None:
    publish_plan(pool)
    who = at_work(pool)
    before = everything()
    would = erased(who, dry_run=True)
    assert changed_tables(before) == set()
    assert would.state == "dry_run"
    did = erased(who)
    assert {name: did.counts[name] for name in would.counts} == dict(would.counts)


def test_nobody_is_erased_twice(pool: uuid.UUID) -> None:
    publish_plan(pool)
    who = canary(pool)
    erased(who)
    before = everything()
    with pytest.raises(NotFound):
        erased(who)
    assert changed_tables(before) == set()


def test_a_legal_hold_refuses_and_says_why(pool: uuid.UUID) -> None:
    publish_plan(pool)
    who = canary(pool)
    execute(
        "insert into legal_hold (pool_id, candidate_id, ground, placed_by)"
        " values (:pool, :id, 'an objection is before the court', 'manager')",
        pool=pool, id=who,
    )  # fmt: skip
    receipt = erased(who)
    assert (receipt.state, receipt.ground) == ("refused", "an objection is before the court")
    assert select("select state, ground from erasure") == [
        ("refused", "an objection is before the court")
    ]
    assert traces(who)
    execute("update legal_hold set lifted_at = now(), lifted_by = 'manager'")
    assert erased(who).state == "done"
    assert traces(who) == {}


def test_a_plan_under_way_leaves_out_who_was_erased_meanwhile(pool: uuid.UUID) -> None:
    publish_plan(pool)
    who = canary(pool)
    claim, found = compute_plan(pool)
    assert str(who) in found.proposals["candidate.id"].to_list()
    before = select(
        "select month, event, band, work, sum(people) from impact_fact group by 1,2,3,4"
    )
    assert erased(who).state == "done"
    with transaction() as db:
        published = runs.publish(db, claim, found)
    assert published == found.proposals.height - 1
    assert traces(who) == {}
    assert figures()[2] == before


def test_an_erasure_waits_for_a_plan_that_is_being_published(
    pool: uuid.UUID, database: str
) -> None:
    publish_plan(pool)
    who = canary(pool)
    claim, found = compute_plan(pool)
    receipts: list[erasure.Receipt] = []
    thread = threading.Thread(target=lambda: receipts.append(erased(who)))
    with transaction() as db:
        runs.publish(db, claim, found)
        thread.start()
        until = time.monotonic() + 20
        while not waiting_for_locks(database):
            assert time.monotonic() < until, "the erasure did not wait"
            time.sleep(0.02)
    thread.join(30)
    assert [receipt.state for receipt in receipts] == ["done"]
    assert traces(who) == {}
    assert select("select sum(erased) from publication") == [(1,)]


@pytest.mark.parametrize("under_way", [False, True])
def test_a_run_that_named_their_pin_names_it_no_more(pool: uuid.UUID, under_way: bool) -> None:
    publish_plan(pool)
    who = canary(pool)
    with transaction() as db:
        places = db.execute(text("select id from placement order by id limit 2")).scalars().all()
        other = db.execute(
            text("select id from candidate where id <> :id order by id limit 1"), {"id": who}
        ).scalar_one()
        for place in places:
            agreements.pin(db, who, place, actor="the coach")
        apart = {"other_id": who, "relation": "apart", "reason_code": None, "until": None}
        agreements.join(db, other, apart)
    if not under_way:
        publish_plan(pool)
        told = select("select totals->'pin_conflicts' from match_run order by created_at desc")
        assert str(who) in str(told[0])
        receipt = erased(who)
        assert receipt.counts["pin_conflicts_without_id"] == 1
        assert (receipt.counts["pin"], receipt.counts["companion"]) == (2, 1)
    else:
        claim, found = compute_plan(pool)
        assert str(who) in str(found.totals.pin_conflicts)
        erased(who)
        with transaction() as db:
            runs.publish(db, claim, found)
    assert traces(who) == {}


def test_every_table_that_names_a_person_is_part_of_them(database: str) -> None:
    others = select(
        "select distinct conrelid::regclass::text from pg_constraint where contype = 'f'"
        " and confrelid = 'candidate'::regclass and confdeltype <> 'c'"
    )
    assert sorted(others) == [("deployment",), ("exceptional_access",)]
