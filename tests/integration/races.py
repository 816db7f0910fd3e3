"""Doing things at the same instant."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from matcher.errors import Conflict, MatcherError, Unavailable

Result = TypeVar("Result")


def at_once(tasks: list[Callable[[], Result]]) -> list[Result | MatcherError]:
    """Start all at the same instant; give what each returned, or our own error it raised."""
    together = threading.Barrier(len(tasks))

    def run(task: Callable[[], Result]) -> Result | MatcherError:
        together.wait()
        try:
            return task()
        except MatcherError as error:
            return error

    with ThreadPoolExecutor(len(tasks)) as threads:
        return list(threads.map(run, tasks))


def patiently(task: Callable[[], str]) -> str:
    """Ask again when the database is busy, as a client does."""
    while True:
        try:
            return task()
        except Unavailable:
            continue
        except Conflict as error:
            if error.code != "busy":
                return error.code
