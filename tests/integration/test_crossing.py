"""Whose pool an employer's request is about: found once a request, where it is first needed."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from starlette.testclient import TestClient

from matcher.store.database import engine
from tests.integration.sharing import Shared, shared_work


@pytest.fixture
def shared(api: TestClient) -> Shared:
    return shared_work(api)


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count what goes to the database: statements, transactions, looks for another pool."""
    found: Counter[str] = Counter()

    def statement(_: Any, __: Any, text: str, *___: Any) -> None:
        found["statements"] += 1
        found["looks"] += "q.pool_id <> " in text or "d.pool_id <> " in text

    def ended(_: Any) -> None:
        found["transactions"] += 1

    listened = (("before_cursor_execute", statement), ("commit", ended))
    for name, listener in listened:
        event.listen(engine(), name, listener)
    try:
        yield found
    finally:
        for name, listener in listened:
            event.remove(engine(), name, listener)


@pytest.mark.parametrize(("below", "transactions"), [("", 1), ("/card", 2), ("/decisions", 2)])
def test_one_look_serves_the_whole_request(shared: Shared, below: str, transactions: int) -> None:
    path = f"/proposals/{shared.passed_on()}{below}"
    with counted() as found:
        assert shared.get(path, shared.employer).status_code == 200
    # The look is in the first transaction of the request, not in one of its own.
    assert (found["looks"], found["transactions"]) == (1, transactions)
    shared.end_agreement()
    with counted() as found:
        assert shared.get(path, shared.employer).status_code == 404
    assert found["looks"] == 1


def test_work_is_looked_up_as_proposals_are(shared: Shared) -> None:
    shared.decide(shared.passed_on(), shared.employer)
    (work,) = shared.get("/deployments", shared.employer).json()["items"]
    with counted() as found:
        assert shared.get(f"/deployments/{work['id']}", shared.employer).status_code == 200
    assert (found["looks"], found["transactions"]) == (1, 1)


def test_who_answers_on_no_shared_work_looks_for_none(shared: Shared) -> None:
    proposal = shared.passed_on()
    for path, who in (("/proposals", shared.employer), (f"/proposals/{proposal}", shared.coach)):
        with counted() as found:
            assert shared.get(path, who).status_code == 200
        assert (found["looks"], found["transactions"]) == (0, 1)
