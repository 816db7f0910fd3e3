"""The life of a what-if: asked, answered in its row, deleted; and what it leaves alone."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from matcher.domain.questions import Question
from matcher.errors import Conflict, Invalid, NotFound, PolicyError, RunStopped, SolverFailed
from matcher.optimisation.inquiry import answer
from matcher.service import runs, what_ifs
from matcher.store.database import transaction
from matcher.store.tables import MatchRun
from tests.integration.steps import beat, claim, due, expire, publish, row, sweep
from tests.integration.steps import request as request_run
from tests.small_pools import write_pool
from workers import tasks

MORE_POINTS = {"change": "set_policy", "table": "short_journey", "name": "points", "value": 300}
QUESTION = Question.from_json({"kind": "difference", "changes": [MORE_POINTS]})


@pytest.fixture
def pool_id(database: str, redis_url: str) -> uuid.UUID:
    with transaction() as db:
        return write_pool(db, "pool")


def ask(pool_id: uuid.UUID, question: Question = QUESTION) -> uuid.UUID:
    with transaction() as db:
        return runs.request(db, pool_id, "what_if", "tester", question)


def fence(pool_id: uuid.UUID) -> int:
    (found,) = values("select fence from pool where id = :id", id=pool_id)
    return int(found)


def values(statement: str, **names: object) -> list[Any]:
    with transaction() as db:
        return list(db.execute(text(statement), names).scalars())


def claimed(run_id: uuid.UUID) -> runs.Claim:
    got = claim(run_id)
    assert got is not None
    return got


def end(got: runs.Claim) -> None:
    with transaction() as db:
        runs.answer(db, got, {"kind": "advice"}, {"child": 1.0})


def test_a_question_is_answered_in_its_row_beside_a_running_night(pool_id: uuid.UUID) -> None:
    with transaction() as db:
        night, _ = runs.tonight(db, pool_id)
    computing = claimed(night)
    before = fence(pool_id)
    asked = ask(pool_id)
    tasks.match_run(str(asked))
    found = row(asked)
    assert (found.state, found.kind, found.attempt, found.error_code) == (
        "succeeded", "what_if", 1, None,
    )  # fmt: skip
    assert (found.created_by, found.question) == ("tester", QUESTION.to_json())
    assert found.snapshot_hash
    assert found.policy_digest
    assert {"read", "child"} == set(found.timings)
    with transaction("REPEATABLE READ") as db:
        reading = runs.read(db, computing)
    assert found.answer == answer(reading.snapshot, reading.policy, QUESTION)
    assert found.answer["totals"]["placed"]["before"] > 0
    # the night has not noticed
    assert fence(pool_id) == before
    assert values("select count(*) from publication") == [0]
    assert values("select count(*) from proposal") == [0]
    beat(computing)
    publish(computing)
    assert row(night).state == "succeeded"


def test_what_ifs_run_beside_each_other_and_each_has_a_fence_of_its_own(
    pool_id: uuid.UUID,
) -> None:
    first, second = claimed(ask(pool_id)), claimed(ask(pool_id))
    night = claimed(request_run(pool_id))
    assert (first.fence, second.fence) == (1, 1)
    beat(first)
    end(second)
    beat(night)
    end(first)


def test_who_lost_a_what_if_cannot_answer_it(pool_id: uuid.UUID) -> None:
    asked = ask(pool_id)
    lost = claimed(asked)
    expire(asked)
    assert sweep().reaped == 1
    due(asked)
    again = claimed(asked)
    assert (again.fence, again.attempt) == (lost.fence + 1, 2)
    with pytest.raises(RunStopped) as stopped:
        end(lost)
    assert stopped.value.code == "run_lost"
    assert row(asked).answer is None
    end(again)
    assert row(asked).answer == {"kind": "advice"}


def test_what_was_cancelled_is_not_answered(pool_id: uuid.UUID) -> None:
    waiting, asked = ask(pool_id), ask(pool_id)
    got = claimed(asked)
    with transaction() as db:
        assert runs.cancel(db, waiting).state == "cancelled"
        runs.cancel(db, asked)
    with pytest.raises(RunStopped) as stopped:
        end(got)
    assert stopped.value.code == "run_cancelled"
    with transaction() as db:
        runs.stop(db, got, stopped.value)
    assert (row(asked).state, row(asked).answer) == ("cancelled", None)


def test_a_question_that_does_not_suit_the_pool_ends_with_what_was_wrong(
    pool_id: uuid.UUID,
) -> None:
    imagined = {"change": "imagine", "kind": "voluntary", "place": "9999", "hours": 16}
    asked = ask(pool_id, Question.from_json({"kind": "difference", "changes": [imagined]}))
    tasks.match_run(str(asked))
    found = row(asked)
    assert (found.state, found.error_code, found.attempt) == ("failed", "bad_snapshot", 1)
    assert found.answer is not None
    assert "place 9999 is no postcode area" in found.answer["error"]["message"]


def test_a_failure_of_the_solver_costs_an_attempt(pool_id: uuid.UUID) -> None:
    asked = ask(pool_id)
    for attempt in (1, 2, 3):
        got = claimed(asked)
        assert (got.attempt, got.solver_failures) == (attempt, attempt - 1)
        with transaction() as db:
            runs.fail(db, got, SolverFailed("crashed", code="solver_crashed"))
        sweep()
        if attempt < 3:
            due(asked)
    assert (row(asked).state, row(asked).error_code) == ("failed", "solver_crashed")


def test_the_sweep_hints_at_every_what_if_and_at_one_other_run(pool_id: uuid.UUID) -> None:
    first, second, run = ask(pool_id), ask(pool_id), request_run(pool_id)
    assert sorted(sweep().runs) == sorted(
        [(first, "what_if"), (second, "what_if"), (run, "request")]
    )
    assert sweep().runs == []
    claimed(run)
    third = ask(pool_id)
    assert sweep().runs == [(third, "what_if")]


def test_a_pool_has_at_most_twenty_open(
    pool_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(what_ifs, "MOST_OPEN", 5)

    def try_one(_: int) -> str:
        try:
            ask(pool_id)
        except Conflict as refused:
            return refused.message[:30]
        return "queued"

    with ThreadPoolExecutor(10) as threads:
        found = list(threads.map(try_one, range(10)))
    assert sorted(found) == ["The pool has 5 questions open "] * 5 + ["queued"] * 5
    (open_one,) = values("select id from match_run where state = 'queued' limit 1")
    end(claimed(open_one))
    ask(pool_id)


def test_ended_what_ifs_are_deleted_after_a_day_and_nothing_else(pool_id: uuid.UUID) -> None:
    old, young, waiting = ask(pool_id), ask(pool_id), ask(pool_id)
    run = claimed(request_run(pool_id))
    publish(run)
    end(claimed(old))
    end(claimed(young))
    age(old)
    age(run.run_id)
    sweep()
    left = set(values("select id from match_run"))
    assert left == {young, waiting, run.run_id}


def age(run_id: uuid.UUID) -> None:
    """Let a run have ended more than a day ago."""
    with transaction() as db:
        db.execute(text("set local session_replication_role = replica"))
        db.execute(
            text("update match_run set finished_at = now() - interval '25 hours' where id = :id"),
            {"id": run_id},
        )


def unknown() -> str:
    return str(uuid.uuid4())


BAD: list[tuple[Callable[[], dict[str, Any]], type[Exception], str]] = [
    (lambda: {"kind": "candidate", "candidate": unknown()}, NotFound, "no candidate"),
    (lambda: {"kind": "candidate", "candidate": "K1"}, Invalid, "candidate must be an id"),
    (lambda: {"kind": "placement", "placement": unknown()}, NotFound, "no placement"),
    (
        lambda: {
            "kind": "difference",
            "changes": [{"change": "remove_placement", "placement": unknown()}],
        },
        NotFound,
        "no placement",
    ),
    (
        lambda: {"kind": "difference", "changes": [MORE_POINTS | {"table": "short_journy"}]},
        PolicyError,
        "Maybe: short_journey",
    ),
    (
        lambda: {"kind": "difference", "changes": [MORE_POINTS | {"value": -1}]},
        PolicyError,
        "between 0 and 10000",
    ),
]


@pytest.mark.parametrize(("data", "error", "told"), BAD)
def test_a_bad_question_is_refused_when_it_is_asked(
    pool_id: uuid.UUID, data: Callable[[], dict[str, Any]], error: type[Exception], told: str
) -> None:
    with pytest.raises(error) as refused:
        ask(pool_id, Question.from_json(data()))
    assert told in str(refused.value)
    assert values("select count(*) from match_run") == [0]


def test_somebody_of_another_pool_cannot_be_asked_about(pool_id: uuid.UUID) -> None:
    with transaction() as db:
        other = write_pool(db, "other", people=1, placements=1)
    (theirs,) = values("select id from candidate where pool_id = :id", id=other)
    with pytest.raises(NotFound):
        ask(pool_id, Question("candidate", candidate=str(theirs)))
    (place,) = values("select id from placement where pool_id = :id", id=other)
    with pytest.raises(NotFound):
        ask(pool_id, Question("placement", placement=str(place)))


def test_a_placement_that_another_pool_shares_can_be_asked_about(pool_id: uuid.UUID) -> None:
    with transaction() as db:
        other = write_pool(db, "other", people=1, placements=1)
        db.execute(
            text("insert into sharing_agreement (pool_id, other_pool_id) values (:other, :pool)"),
            {"other": other, "pool": pool_id},
        )
    (place,) = values("select id from placement where pool_id = :id", id=other)
    ask(pool_id, Question("placement", placement=str(place)))


def test_only_a_what_if_has_a_question(pool_id: uuid.UUID) -> None:
    with transaction() as db, pytest.raises(Invalid, match="needs a question"):
        runs.request(db, pool_id, "what_if")
    with transaction() as db, pytest.raises(Invalid, match="only that kind has one"):
        runs.request(db, pool_id, "request", question=QUESTION)
    with transaction() as db, pytest.raises(NotFound):
        runs.request(db, uuid.uuid4(), "what_if", question=QUESTION)


def test_faults_of_a_sent_question_are_the_callers(database: str) -> None:
    with pytest.raises(Invalid, match="protected") as refused:
        what_ifs.read_question(
            {
                "kind": "difference",
                "changes": [
                    {"change": "set_candidate", "candidate": "x", "column": "gender", "value": "v"}
                ],
            }
        )
    assert refused.value.code == "bad_question"


def test_a_run_that_publishes_has_neither_question_nor_answer(pool_id: uuid.UUID) -> None:
    found: MatchRun = row(request_run(pool_id))
    assert (found.question, found.answer) == (None, None)
