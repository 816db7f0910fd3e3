"""
Marker values of a person go in with every file, and come out nowhere.

A whole day with real servers and processes: an import, one that is refused, a night, questions,
decisions, an export, errors. Then logs, everything that Redis was told, the arguments of every
process, what commands said and the files they wrote are searched. And a day over a served API,
with names typed into addresses, bodies, headers and sign-ins: its log, what it refuses, its tables.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

import httpx2
import psutil
import pytest
import redis
from sqlalchemy import make_url

from api.launcher.start import API_DATABASE_URL
from matcher.errors import MatcherError
from matcher.service import decisions, identity, import_jobs
from matcher.service.accounts import Links
from matcher.service.decisions import Saying
from matcher.settings import settings
from matcher.store.acting import API_ROLE
from matcher.store.database import transaction
from matcher.store.tables import Candidate, Coach
from tests.integration.imports import pool_zip
from tests.integration.signing import signed_in
from tests.integration.traces import tables_with
from tests.integration.workbooks import sonar_person, sonar_workbook
from tests.invented import citizen_number_of_nobody
from tests.owners import eventually
from tests.processes import fleet

pytestmark = pytest.mark.usefixtures("house")

NUMBER = "900000012"
"""Fails the eleven test; the other passes it, so that it is kept."""
KEPT, NOT_KEPT = citizen_number_of_nobody(), citizen_number_of_nobody(1)
CANARIES = {
    "name": "Canarina Kanariepiet",
    "phone": "088-7654321",
    "email": "kanariepost@example.org",
    "street": "Kanariezangweg",
    "notes": "een kanarienotitie",
}
MARKERS = (*CANARIES.values(), "Kanariepiet", NUMBER, KEPT, NOT_KEPT)
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


class Served:
    """The API in a process of its own, as `workpool serve` starts it; all that it says is kept."""

    def __init__(self, log: Path) -> None:
        self.log = log
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        own = make_url(str(settings().database_url)).set(username=API_ROLE)
        environment = {
            "WORKPOOL_PORT": str(self.port),
            "WORKPOOL_KEEP_BSN": "true",
            API_DATABASE_URL: own.render_as_string(hide_password=False),
        }
        with log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "api.server"],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=os.environ | environment,
                start_new_session=True,
            )

    def answers(self) -> bool:
        with suppress(httpx2.HTTPError):
            return httpx2.get(f"http://127.0.0.1:{self.port}/api/v1/health/live").is_success
        return False

    def end(self) -> None:
        """End it warmly: it writes down what it has counted."""
        self.process.terminate()
        assert self.process.wait(30) in (0, -signal.SIGTERM)
        assert self.process.stdin is not None
        self.process.stdin.close()


@contextmanager
def served_apart(log: Path) -> Iterator[httpx2.Client]:
    server = Served(log)
    try:
        assert eventually(server.answers, fleet.START_SECONDS), log.read_text()
        with httpx2.Client(base_url=f"http://127.0.0.1:{server.port}/api/v1", timeout=30) as client:
            yield client
    finally:
        server.end()


def day_over_http(client: httpx2.Client, pool: UUID, who: UUID, run: Callable[[UUID], None]) -> str:
    """
    Do a day in which people type others' names everywhere; return what was refused in words.

    Parameters
    ----------
    run
        Waits until a run has ended.
    """
    manager = signed_in("pool_manager", pool)
    with transaction() as db:
        coach = Coach(pool_id=pool, key="canary-coach", name="Invented")
        db.add(coach)
        db.flush()
        db.get_one(Candidate, who).coach_id = coach.id
    as_coach = signed_in("coach", pool, Links(coach_id=coach.id))
    person = f"/candidates/{who}"
    name, mail, notes = CANARIES["name"], CANARIES["email"], CANARIES["notes"]
    known = client.get(f"{person}/identity", headers=as_coach)
    assert known.json()["name"] == name
    told = client.patch(
        f"{person}/identity",
        json={"notes": notes, "name": name, "bsn": KEPT},
        headers={**as_coach, "If-Match": known.headers["ETag"]},
    )
    assert told.status_code == 200, told.text
    assert told.json()["bsn"] == KEPT
    found = client.post("/candidates/searches", json={"bsn": KEPT}, headers=manager)
    assert found.json() == {"candidateId": str(who)}
    nobody = client.post("/candidates/searches", json={"bsn": NOT_KEPT}, headers=as_coach)
    assert nobody.json() == {"candidateId": None}
    others = client.get("/candidates", headers=manager).json()["items"]
    another = next(each["id"] for each in others if each["id"] != str(who))
    version = client.get(f"/candidates/{another}/identity", headers=manager).headers["ETag"]
    as_manager = {**manager, "If-Match": version}
    made = client.post("/match-runs", json={"poolId": str(pool)}, headers=manager)
    assert made.status_code == 202, made.text
    run(UUID(made.json()["id"]))
    assert client.get(f"{person}/matches", headers=as_coach).status_code == 200
    stale = {"If-Match": '"99"'}
    upload = {"file": (f"{name}.csv", f"key,{name}\n{NUMBER},{mail}\n".encode())}
    ask = client.request
    refused = [
        # What is typed where somebody signs in: a name, a mail address, both.
        ask("POST", "/session", json={"name": mail, "password": notes}),
        ask("POST", "/session", json={"name": name, "password": mail}),
        ask("POST", "/session", json={"name": mail, "password": notes, name: mail}),
        ask("GET", "/candidates", headers={"Authorization": f"Bearer {mail}"}),
        ask("GET", "/candidates", headers={"Cookie": f"workpool={mail}"}),
        ask("GET", "/session/openid/return", params={"state": name, "code": mail}),
        # In addresses, where the server's own log would have them.
        ask("GET", "/candidates", params={"key": name * 20, "state": mail}, headers=manager),
        ask("GET", f"/candidates/{NUMBER}", params={"name": name}, headers=as_coach),
        ask("GET", f"/candidates/{name}/matches", headers=as_coach),
        ask("GET", f"/{mail}/{name}", headers=as_coach),
        ask("GET", f"/proposals/{CANARIES['phone']}/card", headers=as_coach),
        ask("GET", "/audit-events", params={"poolId": str(pool), "actor": name}, headers=as_coach),
        # In bodies.
        ask("POST", "/candidates", headers=manager, json={"poolId": name, "key": [mail]}),
        ask("POST", "/candidates", headers=manager, json={"poolId": str(pool), name: notes}),
        ask("PATCH", f"{person}/identity", headers={**as_coach, **stale}, json={"name": name}),
        ask("PATCH", person, headers={**as_coach, **stale}, json={"hoursMin": name}),
        ask("PATCH", person, headers={**as_coach, **stale}, content=f'{{"notes": "{notes}'),
        ask("POST", "/coaches", headers=manager, content=f'"{name}"' * 100_000),
        ask("POST", f"{person}/consents", headers=manager, json={"fields": [name]}),
        ask("POST", "/imports", headers=manager, files=upload, data={"kind": name}),
        # A number that somebody has, one that nobody can have, a word; from who may not ask.
        ask("PATCH", f"/candidates/{another}/identity", headers=as_manager, json={"bsn": KEPT}),
        ask("PATCH", f"/candidates/{another}/identity", headers=as_manager, json={"bsn": NUMBER}),
        ask("PATCH", f"/candidates/{another}/identity", headers=as_manager, json={KEPT: KEPT}),
        ask("POST", "/candidates/searches", headers=as_coach, json={"bsn": NUMBER}),
        ask("POST", "/candidates/searches", headers=as_coach, json={"bsn": [KEPT, name]}),
        ask("POST", "/candidates/searches", headers=as_coach, json={"bsn": KEPT * 9}),
        ask("POST", "/candidates/searches", headers=signed_in("auditor", pool), json={"bsn": KEPT}),
        ask("GET", f"/candidates/{KEPT}", headers=as_coach),
        ask("GET", "/candidates", params={"bsn": KEPT, "poolId": KEPT}, headers=manager),
        # In headers.
        ask("POST", "/coaches", headers={**manager, "Idempotency-Key": "a b"}, json={"key": mail}),
        ask("POST", "/coaches", headers={**manager, "X-CSRF-Token": mail}, json={"name": name}),
        ask("GET", "/coaches", headers={**manager, "Origin": f"https://{mail.split('@')[1]}"}),
        ask("GET", "/coaches", headers={**manager, "Accept": mail}),
    ]
    assert [answer.status_code for answer in refused if not 400 <= answer.status_code < 500] == []
    assert len({answer.json()["code"] for answer in refused}) >= 10
    # Nothing found is no refusal, and its address is told nowhere either.
    assert ask("GET", "/coaches", params={"key": name}, headers=manager).json()["items"] == []
    return "\n".join(f"{answer.headers} {answer.text}" for answer in refused)


def test_nothing_of_a_person_is_told_by_the_api(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    with fleet.worker() as worker, Ears().open() as ears:
        worker.wait_until_ready()
        pool = fleet.pool()
        ((key, who),) = fleet.rows(
            "select key, id from candidate where pool_id = :pool and key = 'candidate-1'",
            pool=pool,
        )
        row = ",".join(CANARIES.values())
        files = {"identities": f"candidate,{','.join(CANARIES)}\n{key},{row}\n"}
        imported(pool, pool_zip({**files, "candidates": f"key\n{key}\n"}), "pool", worker)

        def ended(run: UUID) -> None:
            fleet.wait_for(lambda: fleet.state(run) == "succeeded", 90, [worker])

        with served_apart(log) as client:
            said = day_over_http(client, pool, who, ended)
        logs = log.read_text() + worker.log.read_text()
        stored = ears.stored()
    refusals = fleet.rows("select code, requests from refusal")
    assert sum(requests for _, requests in refusals) >= 33
    for code, _ in refusals:
        assert f"refused code={code} " in logs, "a refusal that the log does not tell"
    for marker in MARKERS:
        assert marker not in logs, "a log"
        assert marker not in said, "a refusal"
        assert marker not in stored, "Redis"
        assert not [line for line in ears.heard if marker in line], "a message"
        assert not [line for line in ears.seen if marker in line], "the arguments of a process"
    assert tables_with(*MARKERS) == {}
