"""A pool folder and plain files into a real database: whole or nothing, and only what differs."""

import time
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text

from matcher.errors import RunStopped
from matcher.service import importing
from matcher.service.importing import Counts
from matcher.store.database import transaction
from tests.integration.imports import (
    changed_tables,
    errors,
    everything,
    execute,
    make_pool,
    opened,
    pool_zip,
    run,
    select,
    small_pool,
    totals,
)
from tests.integration.workbooks import plain_workbook

NOTHING_REFUSED = {"created": 0, "changed": 0, "left_out": 0}


@pytest.fixture
def pool(database: str) -> uuid.UUID:
    return make_pool()


def test_a_pool_is_written_as_its_files_say(pool: uuid.UUID) -> None:
    report = run(pool, small_pool())
    assert (report.accepted, report.error_count) == (True, 0)
    assert totals(report) == {
        "created": sum(report.rows.values()),
        "changed": 0,
        "unchanged": 0,
        "left_out": 0,
    }
    assert select("select key, specialisms, hours_per_week from coach order by key") == [
        ("k1", ["green", 'care, \\\\ "x"'], 28.0),
        ("k2", [], None),
    ]
    assert select(
        "select p.key, e.key, s.key, g.key, p.title, openings, taken, season_months, hourly_wage,"
        " p.state, p.version from placement p join employer e on e.id = p.employer_id"
        " left join site s on s.id = p.site_id"
        " left join supervisor_group g on g.id = p.supervisor_group_id order by 1"
    ) == [
        ("p1", "e1", "s1", "g1", "Tuin, onderhoud", 3, 1, [3, 4, 5], Decimal("14.71"), "open", 1),
        ("p2", "e2", None, None, "Zorghulp", 1, 0, [], None, "draft", 1),
    ]
    assert select(
        "select c.key, municipality, walking, k.key, waiting_since, state, c.version"
        " from candidate c left join coach k on k.id = c.coach_id order by 1"
    ) == [
        ("c1", "0014", True, "k1", date(2024, 1, 31), "active", 1),
        ("c2", None, None, None, None, "active", 1),
    ]
    assert select("select level, count(*) from candidate_education group by 1 order by 1") == [
        (2, 1),
        (4, 2),
    ]
    assert select("select fields, withdrawn_at from candidate_consent") == [
        (["hours", "licences"], datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC))
    ]
    assert [(who["name"], who["birth_date"]) for who in opened()] == [
        ("Canary Kanarie", "1990-05-06")
    ]
    assert select("select employer_id is not null, organisation from candidate_experience") == [
        (True, "Groen")
    ]
    assert select("select pc4, latitude from postcode_area") == [("9712", 53.2194)]


def test_the_same_files_twice_change_nothing(pool: uuid.UUID) -> None:
    run(pool, small_pool())
    before = everything()
    report = run(pool, small_pool())
    assert changed_tables(before) == set()
    assert totals(report) == {**NOTHING_REFUSED, "unchanged": sum(report.rows.values())}


def test_a_changed_row_rises_in_version_and_no_other_does(pool: uuid.UUID) -> None:
    run(pool, small_pool())
    files = small_pool()
    files["candidates"] = files["candidates"].replace("c1,0014", "c1,0015")
    report = run(pool, files)
    assert report.tables["candidates"] == Counts(0, 1, 1, 0)
    assert select("select key, municipality, version from candidate order by key") == [
        ("c1", "0015", 2),
        ("c2", None, 1),
    ]


def test_a_changed_list_raises_its_owner_once(pool: uuid.UUID) -> None:
    run(pool, small_pool())
    files = small_pool()
    files["candidates"] = files["candidates"].replace("c1,0014", "c1,0015")
    files["candidate_licence"] = "candidate,licence\nc1,B\nc1,T\nc2,AM\n"
    files["candidate_education"] = "candidate,level\nc1,4\nc2,2\n"
    files["placement_tags"] = "placement,tag\np1,buiten\np1,groen\n"
    report = run(pool, files)
    assert report.tables["candidate_licence"] == Counts(2, 1, 1, 0)
    assert report.tables["candidate_education"] == Counts(0, 1, 2, 0)
    assert report.tables["candidates"] == Counts(0, 2, 0, 0)
    assert report.tables["placements"] == Counts(0, 1, 1, 0)
    assert select("select key, version from candidate order by key") == [("c1", 2), ("c2", 2)]
    assert select("select key, version from placement order by key") == [("p1", 2), ("p2", 1)]
    assert select("select licence from candidate_licence order by 1") == [("AM",), ("B",), ("T",)]


def test_who_somebody_is_raises_no_version(pool: uuid.UUID) -> None:
    run(pool, small_pool())
    files = small_pool()
    files["identities"] = "candidate,name\nc1,Other Name\nc2,Second\n"
    report = run(pool, files)
    assert report.tables["identities"] == Counts(1, 1, 0, 0)
    assert sorted((who["name"], who["email"]) for who in opened()) == [
        ("Other Name", None),
        ("Second", None),
    ]
    assert select("select distinct version from candidate") == [(1,)]


def test_people_who_are_absent_stay_and_keep_their_lists(pool: uuid.UUID) -> None:
    run(pool, small_pool())
    report = run(
        pool,
        {
            "candidates": "key,hours_max\nc2,30\nc3,12\n",
            "candidate_education": "candidate,level\nc3,1\n",
        },
    )
    assert report.tables["candidates"] == Counts(1, 1, 0, 0)
    assert select(
        "select c.key, hours_max, count(e.id) from candidate c"
        " left join candidate_education e on e.candidate_id = c.id group by 1, 2 order by 1"
    ) == [("c1", 24, 2), ("c2", 30, 0), ("c3", 12, 1)]


def test_a_column_that_is_absent_is_left_alone(pool: uuid.UUID) -> None:
    run(pool, small_pool())
    run(pool, {"candidates": "key,hours_max\nc1,20\n"})
    assert select("select hours_max, municipality, walking from candidate where key = 'c1'") == [
        (20, "0014", True)
    ]


def test_an_empty_cell_takes_the_value_away(pool: uuid.UUID) -> None:
    run(pool, small_pool())
    run(pool, {"candidates": "key,municipality\nc1,\n"})
    assert select("select municipality from candidate where key = 'c1'") == [(None,)]


def test_a_list_can_come_without_its_owners(pool: uuid.UUID) -> None:
    run(pool, small_pool())
    report = run(pool, {"candidate_licence": "candidate,licence\nc2,T\n"})
    assert report.tables == {"candidate_licence": Counts(1, 0, 0, 0)}
    assert select("select key, version from candidate order by key") == [("c1", 1), ("c2", 2)]
    assert len(select("select from candidate_licence")) == 3


def test_openings_once_taken_are_counted_here(pool: uuid.UUID) -> None:
    run(pool, small_pool())
    execute("update placement set taken = 2 where key = 'p1'")
    report = run(pool, small_pool())
    assert report.tables["placements"] == Counts(0, 0, 2, 0)
    assert select("select taken from placement where key = 'p1'") == [(2,)]


def test_a_deployment_ends_before_the_next_one_starts(pool: uuid.UUID) -> None:
    # In both orders, so that it is not the order of the rows that makes it right.
    head = "key,candidate,placement,from_on,until_on,state\n"
    files = small_pool()
    files["deployments"] = (
        head + "d1,c1,p1,2025-01-01,,active\nd2,c1,p2,2026-01-01,,planned\n"
        "d3,c2,p2,2026-01-01,,planned\nd4,c2,p1,2025-01-01,,active\n"
    )
    run(pool, files)
    files["deployments"] = (
        head + "d1,c1,p1,2025-01-01,2025-12-31,ended\nd2,c1,p2,2026-01-01,,active\n"
        "d3,c2,p2,2026-01-01,,active\nd4,c2,p1,2025-01-01,2025-12-31,ended\n"
        "d5,c1,p1,2027-01-01,,planned\n"
    )
    report = run(pool, files)
    assert report.tables["deployments"] == Counts(1, 4, 0, 0)
    assert select("select key, state from deployment order by key") == [
        ("d1", "ended"),
        ("d2", "active"),
        ("d3", "active"),
        ("d4", "ended"),
        ("d5", "planned"),
    ]


def test_a_dry_run_says_what_would_happen_and_writes_nothing(pool: uuid.UUID) -> None:
    before = everything()
    dry = run(pool, small_pool(), dry_run=True)
    assert changed_tables(before) == set()
    real = run(pool, small_pool())
    assert dry.tables == real.tables
    assert (dry.accepted, dry.written, real.written) == (True, False, True)
    before = everything()
    files = small_pool()
    files["candidates"] = files["candidates"].replace("c1,0014", "c1,0015")
    assert run(pool, files, dry_run=True).tables["candidates"] == Counts(0, 1, 1, 0)
    assert changed_tables(before) == set()


def test_two_imports_fit_in_one_transaction(pool: uuid.UUID) -> None:
    with transaction() as db:
        for dry_run in (True, False, False):
            report = importing.run(db, pool, pool_zip(small_pool()), "pool", dry_run=dry_run)
    assert totals(report)["created"] == 0
    assert len(select("select from candidate")) == 2


def test_pools_do_not_meet(pool: uuid.UUID) -> None:
    other = make_pool("zuid")
    run(pool, small_pool())
    report = run(other, {"candidates": "key,coach\nc9,k1\n"})
    assert errors(report) == [("candidates.csv", 2, "coach", "k1", "unknown_reference")]
    run(other, small_pool())
    assert select("select count(*), count(distinct pool_id) from candidate") == [(4, 2)]


def test_a_sharing_agreement_names_another_pool(pool: uuid.UUID) -> None:
    make_pool("zuid")
    head = "other_pool,kinds,from_on\n"
    assert run(pool, {"sharing_agreements": head + "zuid,regular|learning,2026-01-01\n"}).accepted
    again = run(pool, {"sharing_agreements": head + "zuid,regular,2026-01-01\n"})
    assert again.tables["sharing_agreements"] == Counts(0, 1, 0, 0)
    for name in ("west", "noord"):
        report = run(pool, {"sharing_agreements": head + f"{name},,2026-01-01\n"})
        assert report.errors_by_code == {"unknown_reference": 1}


def test_plain_files_are_one_table(pool: uuid.UUID) -> None:
    report = run(pool, b"key;trade_name\ne1;Groen BV\n", "employers")
    assert report.tables == {"employers": Counts(1, 0, 0, 0)}
    rows = [["key", "employer", "title", "openings", "hourly_wage"], ["p1", "e1", "Tuin", 2, 14.5]]
    assert run(pool, plain_workbook(rows), "placements").accepted
    assert select("select title, openings, hourly_wage from placement") == [
        ("Tuin", 2, Decimal("14.50"))
    ]
    people = "key;place;hours_max\nc1;Zoë;20\n".encode("cp1252")
    assert run(pool, people, "candidates", encoding="cp1252").accepted
    assert select("select place from candidate") == [("Zoë",)]
    csv = run(pool, b"key,employer,title,openings,hourly_wage\np1,e1,Tuin,2,14.50\n", "placements")
    assert csv.tables["placements"] == Counts(0, 0, 1, 0)


def test_progress_is_told_by_phase(pool: uuid.UUID) -> None:
    seen: list[tuple[str, int, int]] = []
    report = run(pool, small_pool(), progress=lambda *told: seen.append(told))
    assert list(dict.fromkeys(phase for phase, _, _ in seen)) == ["read", "check", "write"]
    for phase in ("read", "check", "write"):
        done = [(done, total) for name, done, total in seen if name == phase]
        assert done == sorted(done)
        assert done[-1][0] == done[-1][1]
    assert seen[-1][2] == sum(report.rows.values())


def test_it_can_be_stopped_at_every_step(pool: uuid.UUID) -> None:
    before = everything()
    asked = 0

    def stops(last: int) -> bool:
        nonlocal asked
        asked += 1
        return asked == last

    assert run(pool, small_pool(), dry_run=True, should_stop=lambda: stops(0)).accepted
    steps = asked
    assert steps > 2 * len(small_pool())
    for last in (1, steps // 3, steps // 2, steps):
        asked = 0
        with pytest.raises(RunStopped):
            run(pool, small_pool(), should_stop=lambda last=last: stops(last))
    assert changed_tables(before) == set()


def test_reading_may_take_longer_than_a_transaction_may_idle(pool: uuid.UUID) -> None:
    def slowly(phase: str, done: int, total: int) -> None:
        if (phase, done) == ("check", 0):
            time.sleep(0.5)

    with transaction() as db:
        db.execute(text("set local idle_in_transaction_session_timeout = '100ms'"))
        assert importing.run(db, pool, pool_zip(small_pool()), "pool", progress=slowly).accepted
    assert len(select("select from candidate")) == 2
