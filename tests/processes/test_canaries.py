"""
Marker values of a person go in with every file, and come out nowhere.

A whole day with real servers and processes: an import, one that is refused, a night, questions,
decisions, an export, errors. Then logs, everything that Redis was told, the arguments of every
process, what commands said and the files they wrote are searched.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

import psutil
import pytest
import redis

from matcher.errors import MatcherError
from matcher.service import decisions, identity, import_jobs
from matcher.service.decisions import Saying
from matcher.settings import settings
from matcher.store.database import transaction
from tests.integration.imports import pool_zip
from tests.integration.traces import tables_with
from tests.integration.workbooks import sonar_person, sonar_workbook
from tests.processes import fleet

pytestmark = pytest.mark.usefixtures("house")

NUMBER = "900000012"
CANARIES = {
    "name": "Canarina Kanariepiet",
    "phone": "088-7654321",
    "email": "kanariepost@example.org",
    "street": "Kanariezangweg",
    "notes": "een kanarienotitie",
}
MARKERS = (*CANARIES.values(), "Kanariepiet", NUMBER)
COMMAND = (sys.executable, "-P", "-c", "from api.cli import app; app()")


class Ears:
    """Hears everything that Redis is told, and sees the arguments of every process."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.seen: set[str] = set()
        self._over = threading.Event()
        self._client = redis.Redis.from_url(str(settings().redis_url))
        self._threads = [
            threading.Thread(target=self._listen, daemon=True),
            threading.Thread(target=self._look, daemon=True),
        ]

    def _listen(self) -> None:
        with self._client.monitor() as monitor, suppress(redis.ConnectionError, ValueError):
            for command in monitor.listen():
                self.heard.append(str(command["command"]))
                if self._over.is_set():
                    return

    def _look(self) -> None:
        while not self._over.is_set():
            for process in psutil.process_iter():
                with suppress(psutil.Error):
                    self.seen.add(" ".join(process.cmdline()))
            time.sleep(0.1)

    @contextmanager
    def open(self) -> Iterator["Ears"]:
        for thread in self._threads:
            thread.start()
        try:
            yield self
        finally:
            self._over.set()
            # The last word, which wakes the listener.
            redis.Redis.from_url(str(settings().redis_url)).ping()
            for thread in self._threads:
                thread.join(10)

    def stored(self) -> str:
        """Everything that Redis holds now."""
        return repr([self._client.dump(key) for key in self._client.keys("*")])


def said_by(*words: str) -> str:
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, check=False)
    return f"{done.stdout}{done.stderr}"


def imported(pool: UUID, content: bytes, kind: str, worker: fleet.Member) -> UUID:
    with transaction() as db:
        job = import_jobs.submit(db, pool, kind, "people.zip", content)
    fleet.wait_for(
        lambda: fleet.rows(
            "select from import_job where id = :id and finished_at is not null", id=job
        ),
        60,
        [worker],
    )
    return job


def test_nothing_of_a_person_is_told_where_it_must_not_be(tmp_path: Path) -> None:
    said: list[str] = []
    with fleet.worker() as worker, Ears().open() as ears:
        worker.wait_until_ready()
        pool = fleet.pool()
        ((key, who),) = fleet.rows(
            "select key, id from candidate where pool_id = :pool and key = 'candidate-0'",
            pool=pool,
        )
        ((pool_key,),) = fleet.rows("select key from pool where id = :pool", pool=pool)
        columns = ",".join(CANARIES)
        row = ",".join(CANARIES.values())
        good = {"identities": f"candidate,{columns}\n{key},{row}\n", "candidates": f"key\n{key}\n"}
        first = imported(pool, pool_zip(good), "pool", worker)
        assert fleet.rows("select state from import_job where id = :id", id=first) == [
            ("succeeded",)
        ]
        # Names where a number is meant, a name that is far too long, a number as a key.
        bad = {
            "identities": f"candidate,name,birth_date\n{key},{CANARIES['name'] * 20},"
            f"{CANARIES['notes']}\n"
        }
        imported(pool, pool_zip(bad), "pool", worker)
        people = [
            sonar_person(**{"BSN": NUMBER, "Volledige Naam": CANARIES["name"]}),
            sonar_person(**{"ID_WZ": NUMBER, "BSN": NUMBER, "E-mailadres": CANARIES["email"]}),
        ]
        imported(pool, sonar_workbook(people), "sonar", worker)

        run = fleet.request(pool)
        fleet.wait_for(lambda: fleet.state(run) == "succeeded", 90, [worker])
        with transaction() as db:
            assert identity.read(db, who).values["name"] == CANARIES["name"]
        for words in (
            ("ask", key), ("explain", key, "placement-0"), ("ask", CANARIES["name"]),
            ("export", "--pool", pool_key, str(tmp_path / "out")),
            ("export", "--pool", pool_key, str(tmp_path / "out.xlsx")),
            ("erase", key, "--dry-run"), ("retain", "--pool", pool_key),
        ):  # fmt: skip
            answer = said_by(*words)
            # What somebody types themselves is told back to them alone.
            said.append(answer.replace(words[-1], ""))
        ((proposal, version),) = fleet.rows(
            "select id, version from proposal where pool_id = :pool and state = 'open'"
            " order by id limit 1",
            pool=pool,
        )
        for saying in (
            Saying(actor="coach", role="coach", outcome="decline", reason_code=CANARIES["name"]),
            Saying(actor="coach", role="coach", outcome="accept"),
            Saying(actor="coach", role="employer", outcome="decline", reason_code="gone"),
        ):
            try:
                with transaction() as db:
                    decisions.decide(db, proposal, version, saying)
            except MatcherError as error:
                said.append(str(error))
        logs = worker.log.read_text()
        stored = ears.stored()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    said += [path.read_bytes().decode("latin-1") for path in files]
    assert any("workers.child" in line for line in ears.seen), "no solver was seen"
    assert any("LPUSH" in line.upper() or "BRPOP" in line.upper() for line in ears.heard)
    for marker in MARKERS:
        assert marker not in logs, "a log"
        assert marker not in stored, "Redis"
        assert not [line for line in ears.heard if marker in line], "a message"
        arguments = [line for line in ears.seen if marker in line and "api.cli" not in line]
        assert not arguments, "the arguments of a process"
        assert not [text for text in said if marker in text], "what was said or written"
    # The uploads are still there, for a day, and even they are sealed.
    assert fleet.rows("select from import_job where content is not null")
    assert tables_with(*MARKERS) == {}
