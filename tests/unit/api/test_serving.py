"""What goes on beside the API while it serves."""

import subprocess
import sys

import pytest

from api.cli import session
from api.cli.processes import look_after
from api.cli.session import MOST_RESTARTS, RESTART_SECONDS, Crew
from matcher.errors import Unavailable


class Counted(Crew):
    def __init__(self) -> None:
        super().__init__()
        self.checks = 0

    def check(self) -> None:
        self.checks += 1
        super().check()


def test_workers_are_looked_after_until_the_api_ends() -> None:
    crew = Counted()
    words = [sys.executable, "-c", "import time; time.sleep(1)"]
    with subprocess.Popen(words) as server:
        look_after(server, crew, every=0.1)
    assert crew.checks >= 2
    assert server.returncode == 0


def test_what_keeps_ending_is_given_up_and_what_ends_now_and_then_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    started: list[tuple[str, ...]] = []

    def ending(words: tuple[str, ...]) -> subprocess.Popen[bytes]:
        started.append(words)
        process = subprocess.Popen([sys.executable, "-c", ""])
        process.wait()
        return process

    monkeypatch.setattr(session, "_started", ending)
    monkeypatch.setattr(session, "monotonic", lambda: now)
    crew = Crew()
    with crew.process("worker", "nightly"):
        for _ in range(4 * MOST_RESTARTS):
            now += RESTART_SECONDS / MOST_RESTARTS
            crew.check()
        now += RESTART_SECONDS
        for _ in range(MOST_RESTARTS):
            crew.check()
        with pytest.raises(Unavailable, match=r"keeps ending; its log is .*worker-nightly"):
            crew.check()
    assert started == [("worker", "nightly")] * (1 + 5 * MOST_RESTARTS)
