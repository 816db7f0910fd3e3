"""What goes on beside the API while it serves."""

import subprocess
import sys

from api.cli.processes import look_after
from api.cli.session import Crew


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
