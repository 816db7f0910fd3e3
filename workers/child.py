"""
The solver's own process: policy and snapshot in, plan out; with a question, its answer out.

A crash, a memory limit or a kill costs one attempt here and leaves the worker whole. It has no
database and no queue, and gets neither their addresses nor any key.
"""

import fcntl
import hashlib
import json
import os
import resource
import sys
import threading
from collections.abc import Callable

from workers import wire

NICENESS = 10
"""People who wait for an answer go before a night's computing."""


def main() -> None:
    memory_mb, cpu_seconds = map(int, sys.argv[1:])
    _limit(memory_mb, cpu_seconds)
    answers = os.dup(1)
    # What a library prints must not get between the answers.
    os.dup2(2, 1)
    try:
        policy, snapshot, question = (wire.read(0, wire.JOB) for _ in range(3))
    except EOFError:
        os._exit(1)
    # Before the imports, which take 2 s and more on a busy machine.
    _end_with_the_worker()
    kind, payload = _solve(policy, snapshot, json.loads(question), answers)
    wire.write(answers, kind, payload)
    # At once: no interpreter clean-up with a thread that waits in a read.
    os._exit(0)


def _solve(
    policy: bytes, snapshot: bytes, question: dict[str, object] | None, answers: int
) -> tuple[bytes, bytes]:
    from matcher.errors import MatcherError, SolverFailed

    def progress(phase: str, done: int, total: int) -> None:
        wire.write(answers, wire.PROGRESS, json.dumps([phase, done, total]).encode())

    try:
        kind, found = _found(policy, snapshot, question, progress)
    except SolverFailed as error:
        return wire.FAILED, json.dumps([error.code, error.message]).encode()
    except MatcherError as error:
        return wire.REFUSED, json.dumps([error.code, error.message]).encode()
    except MemoryError:
        return wire.FAILED, b'["solver_out_of_memory", "The solver ran out of memory."]'
    return kind, hashlib.sha256(found).digest() + found


def _found(
    policy: bytes,
    snapshot: bytes,
    question: dict[str, object] | None,
    progress: Callable[[str, int, int], None],
) -> tuple[bytes, bytes]:
    from matcher.domain.policy import Policy
    from matcher.domain.snapshot import PoolSnapshot

    of = PoolSnapshot.from_bytes(snapshot), Policy.from_toml(policy.decode())
    if question is None:
        from matcher.optimisation.planning import plan

        return wire.PLAN, plan(*of, progress=progress).to_bytes()

    from matcher.domain.questions import Question
    from matcher.optimisation.inquiry import answer

    found = answer(*of, Question.from_json(question), progress)
    return wire.ANSWER, json.dumps(found, allow_nan=False).encode()


def _limit(memory_mb: int, cpu_seconds: int) -> None:
    # Linux counts what is really used as data; address space is reserved far beyond it.
    space = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
    resource.setrlimit(space, (memory_mb << 20, memory_mb << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    # A core file would hold the facts of a whole pool.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(NICENESS)


def _end_with_the_worker() -> None:
    """Die when the worker, who holds the other end of standard input, is gone."""
    threading.Thread(target=_wait_for_the_end, daemon=True).start()
    if sys.platform == "linux":
        # The flow solver keeps all other threads waiting, 3.8 s with 5 million arcs; the kernel's
        # own signal, which ends a process that does not catch it, took 0.03 s.
        fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)


def _wait_for_the_end() -> None:
    os.read(0, 1)
    os._exit(1)


if __name__ == "__main__":
    main()
