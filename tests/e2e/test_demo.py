"""What a newcomer does first, as it is: files in, a night by a real worker, a proved plan out."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

COMMAND = [sys.executable, "-P", "-c", "from api.cli import app; app()"]
PATIENCE_SECONDS = 240


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory in which the demo has run once."""
    return tmp_path_factory.mktemp("demo")


def workpool(home: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words],
        cwd=home,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def environment(**settings: str) -> dict[str, str]:
    """The environment without the servers of the other tests."""
    kept = {name: value for name, value in os.environ.items() if "WORKPOOL_" not in name}
    root = str(Path(__file__).parents[2])
    return {**kept, "PYTHONPATH": root, "COLUMNS": "200", **settings}


def started_in(home: Path) -> list[str]:
    """Processes that work in that directory or name it."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline", "cwd"]):
        words = " ".join(process.info["cmdline"] or [])
        if process.pid != os.getpid() and (str(home) in words or process.info["cwd"] == str(home)):
            found.append(words)
    return found


@pytest.fixture(scope="module")
def first(home: Path) -> subprocess.CompletedProcess[str]:
    return workpool(home, "demo", "--once")


def test_the_demo_ends_with_a_proved_plan_of_the_whole_region(
    home: Path, first: subprocess.CompletedProcess[str]
) -> None:
    assert first.returncode == 0, first.stderr
    screen = first.stdout
    placed = re.search(r"([\d,]+) of ([\d,]+) people who seek a placement have a proposal", screen)
    assert placed is not None
    assert int(placed[2].replace(",", "")) > 2_000
    assert int(placed[1].replace(",", "")) > 500
    proof = re.search(r"the plan is worth ([\d,]+), .* worth more than ([\d,]+)", screen)
    assert proof is not None
    assert proof[1] == proof[2]
    for words in (
        "Proved best",
        "First come, first served would",
        "Longest waiting",
        "stay empty",
        "Seconds by phase",
    ):
        assert words in screen
    assert "1." in screen.partition("One person's answer")[2]


def test_it_leaves_no_process_behind(home: Path, first: subprocess.CompletedProcess[str]) -> None:
    assert first.returncode == 0
    assert started_in(home) == []


def test_a_second_demo_keeps_the_data_and_shows_the_same_night(
    home: Path, first: subprocess.CompletedProcess[str]
) -> None:
    second = workpool(home, "demo", "--once")
    assert second.returncode == 0, second.stderr
    assert second.stdout == first.stdout
    assert "Imported" not in second.stderr


def test_killing_the_worker_in_the_middle_of_a_run_ends_in_the_same_plan(
    home: Path, first: subprocess.CompletedProcess[str]
) -> None:
    assert first.returncode == 0
    quick = {"WORKPOOL_LEASE_SECONDS": "3", "WORKPOOL_SWEEP_SECONDS": "1"}
    calm = json.loads(workpool(home, "match", "--pool", "example", "--wait", "--json").stdout)
    with subprocess.Popen(
        [*COMMAND, "match", "--pool", "example", "--wait", "--json"],
        cwd=home,
        env=environment(**quick),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        killed = kill_while_solving(running.pid)
        told, problems = running.communicate(timeout=PATIENCE_SECONDS)
    assert killed, "no solver was seen at work, so nothing was tested"
    assert running.returncode == 0, problems
    stormy = json.loads(told)
    assert stormy["totals"] == calm["totals"]
    assert stormy["proof"] == calm["proof"]
    assert stormy["attempt"] > calm["attempt"] == 1


def kill_while_solving(command: int) -> bool:
    """Kill the worker of that command, all of it, as soon as its solver is at work."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        family = psutil.Process(command).children(recursive=True)
        for process in family:
            try:
                words = process.cmdline()
            except psutil.Error:
                continue
            if "workers.child" in words:
                for worker in (each for each in family if is_run_worker(each)):
                    worker.send_signal(signal.SIGKILL)
                return True
        time.sleep(0.02)
    return False


def is_run_worker(process: psutil.Process) -> bool:
    try:
        return "interactive" in process.cmdline()
    except psutil.Error:
        return False
