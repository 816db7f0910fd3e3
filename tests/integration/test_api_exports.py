"""A pool's tables for a spreadsheet, over HTTP."""

import csv
import io
import zipfile
from uuid import UUID

import polars as pl
import pytest
from starlette.testclient import TestClient

from api.rates import EXPORTS, counters
from matcher.store.database import transaction
from tests.integration.imports import execute, select
from tests.integration.nights import publish_plan
from tests.integration.signing import signed_in
from tests.small_pools import write_pool

FORMULA = "=cmd|' /C calc'!A0"


@pytest.fixture
def pool(api: TestClient) -> UUID:
    counters.forget()
    with transaction() as db:
        made, other = write_pool(db, "noord", people=6), write_pool(db, "zuid", people=6)
    publish_plan(made)
    publish_plan(other)
    execute("update placement set title = :title", title=FORMULA)
    execute("update candidate set key = 'elsewhere ' || key where pool_id = :pool", pool=other)
    return made


def test_a_manager_gets_csv_and_workbook_without_formulas(api: TestClient, pool: UUID) -> None:
    manager = signed_in("pool_manager", pool)
    told = api.get(f"/pools/{pool}/export", headers=manager)
    assert (told.status_code, told.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert told.headers["content-disposition"] == 'attachment; filename="proposals.csv"'
    rows = list(csv.DictReader(io.StringIO(told.text)))
    ((count,),) = select("select count(*) from proposal where pool_id = :pool", pool=pool)
    assert len(rows) == count > 0
    assert {row["title"] for row in rows} == {f"'{FORMULA}"}
    assert "elsewhere" not in told.text
    book = api.get(f"/pools/{pool}/export?format=xlsx", headers=manager)
    assert book.content.startswith(b"PK")
    read = pl.read_excel(io.BytesIO(book.content), engine="calamine")
    assert (read.height, set(read["title"])) == (count, {f"'{FORMULA}"})
    for table in ("deployments", "figures"):
        assert api.get(f"/pools/{pool}/export?table={table}", headers=manager).status_code == 200


@pytest.mark.parametrize("title", ["external:\\\\elsewhere\\share", "https://x.example"])
def test_text_in_a_workbook_is_no_link(api: TestClient, pool: UUID, title: str) -> None:
    execute("update placement set title = :title", title=title)
    manager = signed_in("pool_manager", pool)
    book = api.get(f"/pools/{pool}/export?format=xlsx", headers=manager)
    with zipfile.ZipFile(io.BytesIO(book.content)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml")
    assert b"hyperlink" not in sheet
    read = pl.read_excel(io.BytesIO(book.content), engine="calamine")
    assert set(read["title"]) == {title}


def test_it_is_noted_and_counted_and_nobody_elses(api: TestClient, pool: UUID) -> None:
    manager = signed_in("pool_manager", pool)
    for _ in range(EXPORTS.most):
        assert api.get(f"/pools/{pool}/export", headers=manager).status_code == 200
    refused = api.get(f"/pools/{pool}/export", headers=manager)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 3000
    noted = "select count(*) from audit_event where action = 'export.make' and pool_id = :pool"
    assert select(noted, pool=pool) == [(EXPORTS.most,)]
    counters.forget()
    for role in ("auditor", "contact_point"):
        who = signed_in(role, pool)  # type: ignore[arg-type]
        assert api.get(f"/pools/{pool}/export", headers=who).status_code == 403
    ((other,),) = select("select id from pool where id <> :pool", pool=pool)
    assert api.get(f"/pools/{other}/export", headers=manager).status_code == 404
    bad = api.get(f"/pools/{pool}/export?format=ods", headers=manager)
    assert (bad.status_code, "format" in bad.text) == (400, True)
