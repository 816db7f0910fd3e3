"""What an import refuses, leaves out on purpose, or says of a bad row."""

import uuid

import pytest

from tests.integration.imports import (
    changed_tables,
    errors,
    everything,
    execute,
    make_pool,
    run,
    select,
    small_pool,
)


@pytest.fixture
def pool(database: str) -> uuid.UUID:
    return make_pool()


def test_openings_cannot_go_below_what_is_taken(pool: uuid.UUID) -> None:
    run(pool, small_pool())
    execute("update placement set taken = 2 where key = 'p1'")
    fewer = {"placements": "key,employer,title,openings\np1,e1,Tuin,1\n"}
    report = run(pool, fewer)
    assert errors(report) == [("placements.csv", 2, "openings", "1", "openings_below_taken")]
    assert not report.accepted


def test_a_second_active_deployment_beside_the_stored_one_is_an_error(pool: uuid.UUID) -> None:
    run(pool, small_pool())
    more = {"deployments": "key,candidate,placement,from_on,state\nd9,c1,p2,2026-01-01,active\n"}
    assert errors(run(pool, more)) == [
        ("deployments.csv", 2, "state", "active", "second_deployment")
    ]


def test_one_bad_last_row_refuses_everything(pool: uuid.UUID) -> None:
    files = small_pool()
    files["candidates"] += "c3,99999,9351,2,1,maybe,k9,2024-02-30\n"
    before = everything()
    report = run(pool, files)
    assert (report.accepted, report.written) == (False, False)
    assert changed_tables(before) == set()
    assert errors(report) == [
        ("candidates.csv", 4, "hours_max", "1", "out_of_order"),
        ("candidates.csv", 4, "mediation_postcode", "9351", "bad_value"),
        ("candidates.csv", 4, "municipality", "99999", "bad_value"),
        ("candidates.csv", 4, "waiting_since", "2024-02-30", "bad_value"),
        ("candidates.csv", 4, "walking", "maybe", "bad_value"),
    ]


def test_bad_rows_are_left_out_on_purpose_with_what_refers_to_them(pool: uuid.UUID) -> None:
    files = small_pool()
    files["employers"] = "key,trade_name\ne1,Groen BV\ne2,\n"
    report = run(pool, files, skip_bad_rows=True)
    assert report.accepted
    assert report.errors_by_code == {"missing": 1, "refers_to_bad_row": 3}
    assert errors(report) == [
        ("employers.csv", 3, "trade_name", None, "missing"),
        ("deployments.csv", 3, "placement", "p2", "refers_to_bad_row"),
        ("placements.csv", 3, "employer", "e2", "refers_to_bad_row"),
        ("sites.csv", 3, "employer", "e2", "refers_to_bad_row"),
    ]
    assert {name: counts.left_out for name, counts in report.tables.items() if counts.left_out} == {
        "employers": 1,
        "sites": 1,
        "placements": 1,
        "deployments": 1,
    }
    assert select("select key from placement") == [("p1",)]
    assert select("select key from deployment") == [("d1",)]


def test_a_bad_row_leaves_the_stored_person_as_they_were(pool: uuid.UUID) -> None:
    run(pool, small_pool())
    before = everything()
    files = {
        "candidates": "key,hours_max\nc1,many\n",
        "candidate_licence": "candidate,licence\nc1,T\n",
    }
    report = run(pool, files, skip_bad_rows=True)
    assert report.accepted
    assert changed_tables(before) == set()


def test_a_row_that_refers_to_a_contradiction_is_left_out_too(pool: uuid.UUID) -> None:
    run(pool, small_pool())
    execute("update placement set taken = 2 where key = 'p1'")
    files = {
        "placements": "key,employer,title,openings\np1,e1,Tuin,1\n",
        "placement_tags": "placement,tag\np1,nieuw\n",
    }
    report = run(pool, files, skip_bad_rows=True)
    assert report.errors_by_code == {"openings_below_taken": 1, "refers_to_bad_row": 1}
    assert select("select tag from placement_tag") == [("buiten",)]


def test_who_somebody_is_never_stands_in_an_error(pool: uuid.UUID) -> None:
    files = small_pool()
    canary = "canary" * 60
    files["identities"] = (
        "candidate,name,phone,email,street,house_number,house_number_addition,birth_date\n"
        f"c1,{canary},{canary},{canary},{canary},{canary},{canary},canary\n"
        f"c1,{canary},,,,,,\nc2,x\x07canary,,,,,,\n"
    )
    files["employer_contacts"] = f"employer,name,email,phone\ne1,{canary},{canary},{canary}\n"
    report = run(pool, files, skip_bad_rows=True)
    assert report.error_count == 13
    assert "canary" not in str(report.to_dict())


def test_long_lists_of_errors_are_cut_and_counted(pool: uuid.UUID) -> None:
    people = "key,hours_max\n" + "".join(f"c{n},many\n" for n in range(1500))
    report = run(pool, people.encode(), "candidates")
    assert (report.error_count, len(report.errors)) == (1500, 1000)
    assert report.to_dict()["errors_by_code"] == {"bad_value": 1500}
