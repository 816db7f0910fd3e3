"""Hints: sent by a thread of their own, dropped rather than waited for, lost without harm."""

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.owners import eventually
from tests.servers import OwnServers
from workers.hints import WAITING

HINTER = Path(__file__).parent / "hinter.py"
Tell = Callable[[str], dict[str, float]]


@contextmanager
def hinter() -> Iterator[tuple[subprocess.Popen[str], Tell]]:
    process = subprocess.Popen(
        [sys.executable, str(HINTER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    assert process.stdout
    commands, answers = process.stdin, process.stdout

    def tell(command: str) -> dict[str, float]:
        commands.write(f"{command}\n")
        commands.flush()
        answer: dict[str, float] = json.loads(answers.readline())
        return answer

    with process:
        try:
            yield process, tell
        finally:
            commands.close()
            process.wait(20)


def waiting(client: redis.Redis, queue: str) -> list[dict[str, Any]]:
    return [json.loads(message) for message in client.lrange(f"workpool:{queue}", 0, -1)]


def test_a_hint_names_its_task_and_one_id_and_nothing_else(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client, hinter() as (_, tell):
        assert tell("give")["taken"] == 1
        tell("close")
        (message,) = waiting(client, "interactive")
        positional, named, _ = json.loads(base64.b64decode(message["body"]))
        assert message["headers"]["task"] == "match_run"
        assert positional == []
        assert named == {"run_id": "00000000-0000-0000-0000-000000000007"}
        assert tell("send") == pytest.approx({"taken": 3, "slowest": 0.5}, abs=0.5)
        assert len(waiting(client, "nightly")) == 3


def test_a_hint_after_closing_starts_the_sender_anew(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client, hinter() as (_, tell):
        for expected in (1, 2):
            tell("give")
            tell("close")
            assert len(waiting(client, "interactive")) == expected


@pytest.mark.slow
def test_nobody_waits_for_a_frozen_redis(own_servers: OwnServers) -> None:
    pid = own_servers.redis.pid
    assert pid
    with hinter() as (process, tell):
        assert tell("give")["taken"] == 1
        os.kill(pid, signal.SIGSTOP)
        try:
            many = tell(f"give {WAITING + 100}")
            assert many["slowest"] < 0.1
            # The queue, and what the sender holds in its hand meanwhile.
            assert WAITING <= many["taken"] <= WAITING + 3
            assert tell("close")["slowest"] < 6
        finally:
            os.kill(pid, signal.SIGCONT)
        with redis.Redis.from_url(own_servers.redis.url) as client:
            before = len(waiting(client, "interactive"))
            assert tell("give")["taken"] == 1
            assert eventually(lambda: len(waiting(client, "interactive")) > before)
        started = time.monotonic()
        assert process.stdin
        process.stdin.close()
        assert process.wait(20) == 0
        assert time.monotonic() - started < 6


def test_a_killed_redis_costs_hints_and_no_time_and_after_it_they_go_again(
    own_servers: OwnServers,
) -> None:
    with hinter() as (_, tell):
        tell("give")
        own_servers.redis.kill()
        assert tell("give 20")["slowest"] < 0.1
        # The first failure ends it: a sweep does not wait for each of its hints.
        sent = tell("send")
        assert sent["taken"] == 0
        assert sent["slowest"] < 10
        own_servers.redis.start()
        with redis.Redis.from_url(own_servers.redis.url) as client:
            assert eventually(lambda: tell("send")["taken"] == 3)
            assert len(waiting(client, "nightly")) >= 3
