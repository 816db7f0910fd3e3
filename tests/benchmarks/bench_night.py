"""
A whole night: claimed by a real worker, computed in its child, published with explanations.

The pool is generated, imported and matched by the `workpool` command in a folder of its own, with
durable embedded servers; the child's peak is read from the system while it runs.
"""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from tests.benchmarks.report import show_table

COMMAND = [sys.executable, "-P", "-c", "from api.cli import app; app()"]
# seconds from claim to publication, bytes of the child: at most
BARS = {"region": (None, None), "large-region": (30, 1.5e9), "stress": (300, 4e9)}


def workpool(home: Path, *words: str) -> str:
    kept = {name: value for name, value in os.environ.items() if "WORKPOOL_" not in name}
    root = str(Path(__file__).parents[2])
    return subprocess.run(
        [*COMMAND, *words],
        cwd=home,
        env={**kept, "PYTHONPATH": root},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout


class Peak:
    """The most memory that a solver's process of this machine took, and for how long it ran."""

    def __init__(self) -> None:
        self.bytes = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            for process in psutil.process_iter(["cmdline", "memory_info"]):
                if "workers.child" in (process.info["cmdline"] or []):
                    self.bytes = max(self.bytes, process.info["memory_info"].rss)


@pytest.mark.parametrize("size", list(BARS))
def test_a_night(size: str, tmp_path: Path) -> None:
    folder = tmp_path / "pool"
    started = time.monotonic()
    workpool(tmp_path, "generate", str(folder), "--size", size, "--seed", "1")
    generated = time.monotonic()
    workpool(tmp_path, "pool", "create", "night")
    workpool(tmp_path, "import", str(folder), "--kind", "pool", "--pool", "night")
    imported = time.monotonic()
    with Peak() as peak:
        told = json.loads(workpool(tmp_path, "match", "--pool", "night", "--wait", "--json"))
    seconds, totals, timings = told["seconds"], told["totals"], told["timings"]
    limit, most = BARS[size]
    show_table(
        f"A night of the {size} pool",
        ("what", "measured", "at most"),
        [
            ("claimed to published, seconds", f"{seconds:.1f}", limit),
            ("peak of the child, GB", f"{peak.bytes / 1e9:.2f}", most and most / 1e9),
            ("candidates seeking", f"{totals['seeking']:,}", None),
            ("with a proposal", f"{totals['placed']:,}", None),
            ("pairs looked at", f"{totals['pairs']:,}", None),
            ("eligible pairs", f"{totals['pairs_eligible']:,}", None),
            ("pairs a second", f"{totals['pairs'] / max(timings['pairs'], 1e-9):,.0f}", None),
            *((f"seconds: {phase}", f"{value:.2f}", None) for phase, value in timings.items()),
            ("generate, seconds", f"{generated - started:.1f}", None),
            ("import, seconds", f"{imported - generated:.1f}", None),
        ],
    )
    assert told["proof"]["proved"]
    assert peak.bytes > 0
    assert limit is None or seconds <= limit
    assert most is None or peak.bytes <= most
