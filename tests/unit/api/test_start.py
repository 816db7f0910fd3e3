"""What starting says."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["api.cli", "api.main", "workers.app", "workers.child"])
def test_a_process_starts_without_a_word(module: str) -> None:
    # Some libraries insist on their warnings whatever the filters: those do not end the process.
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import {module}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
