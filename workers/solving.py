"""Starts the solver's process, feeds it, limits it, listens to it, and stops it."""

import contextlib
import hashlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from matcher.domain.plan import Plan
from matcher.domain.policy import Policy
from matcher.domain.snapshot import PoolSnapshot
from matcher.errors import SnapshotError, SolverFailed
from matcher.settings import settings
from workers import wire
from workers.lease import Held

CHILD = (sys.executable, "-P", "-m", "workers.child")
PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ", "PYTHONPATH", "NUMBA_CACHE_DIR")
"""All that the child sees of our environment: no address, no key."""
ONE_THREAD = {
    "POLARS_MAX_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}

TERM_SECONDS = 2.0
"""Between asking the child to end and ending it."""
LOOK_SECONDS = 0.1
"""How often the lease and the clock are looked at."""
CHUNK_BYTES = 1 << 20


def solve_in_child(
    snapshot: PoolSnapshot,
    policy: Policy,
    held: Held,
    *,
    one_thread: bool = False,
    command: Sequence[str] = CHILD,
) -> Plan:
    """
    Return the plan, computed in a process of its own.

    Parameters
    ----------
    held
        Told of the progress, and looked at: a lost lease or a cancellation stops the child.
    one_thread
        After a failure of the solver: the same plan with less memory and nothing at once. The
        plan's solver then says so.

    Raises
    ------
    RunStopped
        The run was lost or cancelled.
    SolverFailed
        The child crashed, ran into a limit, said something damaged, or its solver failed.
    SnapshotError
        Snapshot or policy are at fault: another attempt would end the same.
    """
    payload = _solved(wire.PLAN, policy, snapshot, None, held, one_thread, command)
    plan = Plan.from_bytes(payload)
    if one_thread:
        plan = replace(plan, proof=replace(plan.proof, solver=f"{plan.proof.solver}, one thread"))
    return plan


def ask_in_child(
    snapshot: PoolSnapshot,
    policy: Policy,
    question: Mapping[str, Any],
    held: Held,
    *,
    one_thread: bool = False,
    command: Sequence[str] = CHILD,
) -> dict[str, Any]:
    """
    Return the answer to a question (`matcher.domain.questions`), computed in its own process.

    Parameters and errors are those of `solve_in_child`; a question that does not suit the pool is
    a SnapshotError too.
    """
    payload = _solved(wire.ANSWER, policy, snapshot, question, held, one_thread, command)
    answer: dict[str, Any] = json.loads(payload)
    return answer


def _solved(
    expected: bytes,
    policy: Policy,
    snapshot: PoolSnapshot,
    question: Mapping[str, Any] | None,
    held: Held,
    one_thread: bool,
    command: Sequence[str],
) -> bytes:
    """Return what the child answers, of the expected kind and undamaged."""
    limits = settings()
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    cpu_seconds = limits.solver_seconds * (os.cpu_count() or 1)
    parts = policy.to_toml().encode(), snapshot.to_bytes(), json.dumps(question).encode()
    job = b"".join(wire.message(wire.JOB, part) for part in parts)
    with _child(
        [*command, str(limits.solver_memory_mb), str(cpu_seconds)],
        environment | (ONE_THREAD if one_thread else {}),
    ) as child:
        answer = _answer(child, job, held, time.monotonic() + limits.solver_seconds)
        # It ends by itself right after its last word.
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(TERM_SECONDS)
    return _read(answer, child.returncode, expected)


@contextlib.contextmanager
def _child(
    command: Sequence[str], environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process in a session of its own; afterwards it is gone, whatever happened."""
    child = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        cwd="/",
        bufsize=0,
        start_new_session=True,
    )
    with child:
        try:
            yield child
        finally:
            _stop(child)


def _stop(child: subprocess.Popen[bytes]) -> None:
    for what in (signal.SIGTERM, signal.SIGKILL):
        if child.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, what)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(TERM_SECONDS)


def _answer(
    child: subprocess.Popen[bytes], job: bytes, held: Held, until: float
) -> tuple[bytes, bytes] | None:
    """Feed the child and listen until it closes its output; its last word, kind and payload."""
    assert child.stdin is not None
    assert child.stdout is not None
    heard = wire.Messages()
    last: tuple[bytes, bytes] | None = None
    rest = memoryview(job)
    for pipe in (child.stdin, child.stdout):
        os.set_blocking(pipe.fileno(), False)
    with selectors.DefaultSelector() as ready:
        ready.register(child.stdin, selectors.EVENT_WRITE)
        ready.register(child.stdout, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select(LOOK_SECONDS):
                if key.fileobj is child.stdin:
                    try:
                        rest = rest[os.write(key.fd, rest[:CHUNK_BYTES]) :]
                    except BrokenPipeError:
                        rest = rest[:0]
                    if not rest:
                        # It stays open: its end tells the child that we are gone.
                        ready.unregister(child.stdin)
                    continue
                chunk = os.read(key.fd, CHUNK_BYTES)
                if not chunk:
                    return last
                for kind, payload in heard.add(chunk):
                    if kind == wire.PROGRESS:
                        held.progress(*json.loads(payload))
                    else:
                        last = kind, payload
            held.check()
            if time.monotonic() > until:
                raise _took_too_long()


def _took_too_long() -> SolverFailed:
    return SolverFailed(
        f"The solver took more than {settings().solver_seconds} s. "
        "Maybe: raise WORKPOOL_SOLVER_SECONDS.",
        code="solver_time_limit",
    )


def _read(answer: tuple[bytes, bytes] | None, code: int, expected: bytes) -> bytes:
    if code == -signal.SIGXCPU:
        raise _took_too_long()
    if code < 0:
        raise SolverFailed(
            f"The solver's process was ended by {signal.Signals(-code).name}. "
            "Maybe: raise WORKPOOL_SOLVER_MEMORY_MB.",
            code="solver_crashed",
        )
    if code or answer is None:
        raise SolverFailed(
            f"The solver's process ended with status {code} and no answer.", code="solver_crashed"
        )
    kind, payload = answer
    if kind in (wire.PLAN, wire.ANSWER):
        digest, found = payload[: wire.DIGEST_BYTES], payload[wire.DIGEST_BYTES :]
        if kind != expected or hashlib.sha256(found).digest() != digest:
            raise SolverFailed("The solver's answer is damaged.", code="solver_answer_damaged")
        return found
    error_code, message = json.loads(payload)
    if kind == wire.REFUSED:
        raise SnapshotError(message, code=error_code)
    raise SolverFailed(message, code=error_code)
