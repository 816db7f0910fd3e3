"""After the benchmarks: the engine's figures in one table, each beside its bar and its goal."""

from tests.benchmarks.report import SPEED, show_table


def pytest_terminal_summary() -> None:
    if SPEED:
        show_table(
            "The engine",
            ["", "found", "at most", "goal", "bar met"],
            [[*row[:4], "yes" if row[4] else "no"] for row in SPEED],
        )
