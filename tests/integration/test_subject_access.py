"""All that is kept about a person, and nothing of anybody else."""

import csv
import json
import uuid
from pathlib import Path

import pytest

from matcher.errors import Invalid, NotFound
from matcher.service import identity, subject_access
from matcher.store import audit
from matcher.store.database import transaction
from tests.integration.imports import execute, select
from tests.integration.lives import decide
from tests.integration.nights import publish_plan
from tests.small_pools import write_pool


@pytest.fixture
def person(database: str) -> uuid.UUID:
    with transaction() as db:
        pool = write_pool(db, "noord", people=10, placements=6)
    publish_plan(pool)
    ((proposal, who),) = select(
        "select id, candidate_id from proposal where state = 'open' order by id limit 1"
    )
    decide(proposal, "coach")
    decide(proposal, "employer")
    execute(
        "insert into candidate_consent (pool_id, candidate_id, purpose) values (:pool, :id, 'm')",
        pool=pool, id=who,
    )  # fmt: skip
    with audit.acting_as("the coach"), transaction() as db:
        identity.change(db, who, {"name": "=Canary", "notes": "a canary"})
        identity.read(db, who)
    return uuid.UUID(str(who))


def test_everything_is_there_and_nobody_else(person: uuid.UUID) -> None:
    with transaction() as db:
        found = subject_access.everything(db, person)
    assert found["identity"][0]["name"] == "=Canary"
    assert len(found["profile"]) == len(found["proposals"]) == len(found["deployments"]) == 1
    assert found["proposals"][0]["evidence"]
    assert {row["outcome"] for row in found["decisions"]} == {"accept"}
    assert found["candidate_transport"]
    assert found["candidate_consent"]
    assert [(row["actor"], row["action"]) for row in found["who_looked"]] == [
        ("the coach", "identity.read")
    ]
    assert {"identity.change", "proposal.accept"} <= {
        row["action"] for row in found["what_was_done"]
    }
    others = {str(row[0]) for row in select("select id from candidate where id <> :id", id=person)}
    assert not {other for other in others if other in repr(found)}


def test_that_it_was_asked_for_is_recorded(person: uuid.UUID) -> None:
    with audit.acting_as("the manager"), transaction() as db:
        subject_access.everything(db, person)
    assert ("the manager", "candidate.export") in select("select actor, action from audit_event")


def test_the_files_are_for_their_owner_and_hold_no_formula(
    person: uuid.UUID, tmp_path: Path
) -> None:
    out = tmp_path / "answer"
    with transaction() as db:
        subject_access.write(subject_access.everything(db, person), out)
    assert out.stat().st_mode & 0o077 == 0
    whole = json.loads((out / "all.json").read_text())
    assert whole["identity"][0]["name"] == "=Canary"
    with (out / "identity.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert row["name"] == "'=Canary"
    with transaction() as db, pytest.raises(Invalid, match="not empty"):
        subject_access.write(subject_access.everything(db, person), out)


def test_nobody_is_not_exported(database: str) -> None:
    with transaction() as db, pytest.raises(NotFound):
        subject_access.everything(db, uuid.uuid4())
