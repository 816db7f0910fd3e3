"""
Desks: what is asked at the same moment is answered together, in one thread and one look.

A single question costs mostly what it costs to begin, so fifty together cost little more than one.
Nobody waits for company: whoever finds the desk free is served at once, and who comes meanwhile is
served with all who wait. A thread each, as FastAPI has it, would cost two changes of thread a
request, and let forty who wait keep everybody else out.
"""

import asyncio
from asyncio import AbstractEventLoop, Future
from collections.abc import Callable, Hashable, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast
from weakref import WeakKeyDictionary

from starlette.concurrency import run_in_threadpool

MOST_AT_ONCE = 50

Asked = TypeVar("Asked")
Found = TypeVar("Found")
Work = Callable[[Sequence[Asked]], Sequence[Found | Exception]]
"""Answers several questions in their order; an error is the answer to one question alone."""


@dataclass(frozen=True)
class _Ticket(Generic[Asked, Found]):
    asked: Asked
    answer: Future[Found]
    context: Context = field(default_factory=copy_context)


class Desk(Generic[Asked, Found]):
    """Gathers the questions of one event loop, and has a thread answer them in groups."""

    def __init__(self, work: Work[Asked, Found]) -> None:
        self._work = work
        self._waiting: list[_Ticket[Asked, Found]] = []
        self._serving: asyncio.Task[None] | None = None

    async def ask(self, asked: Asked) -> Found:
        """
        Return the answer to a question.

        Raises
        ------
        MatcherError
            What the question itself, or the group it was in, came upon.
        """
        answer: Future[Found] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Ticket(asked, answer))
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve())
        return await answer

    async def _serve(self) -> None:
        group: list[_Ticket[Asked, Found]] = []
        try:
            while self._waiting:
                waiting = self._waiting
                group, self._waiting = waiting[:MOST_AT_ONCE], waiting[MOST_AT_ONCE:]
                for ticket, found in await self._answered(group):
                    if ticket.answer.done():
                        continue  # nobody waits for it any more
                    if isinstance(found, Exception):
                        ticket.answer.set_exception(found)
                    else:
                        ticket.answer.set_result(found)
        finally:
            # After the last group there is nobody; after a shutdown nobody may wait for ever.
            for ticket in (*group, *self._waiting):
                ticket.answer.cancel()
            self._waiting, self._serving = [], None

    async def _answered(
        self, group: Sequence["_Ticket[Asked, Found]"]
    ) -> list[tuple["_Ticket[Asked, Found]", Found | Exception]]:
        """Return the group with its answers, found on behalf of who came first in it."""
        asked = [ticket.asked for ticket in group]
        try:
            found = await run_in_threadpool(group[0].context.run, self._work, asked)
            return list(zip(group, found, strict=True))
        except Exception as error:
            return [(ticket, error) for ticket in group]


_desks: WeakKeyDictionary[AbstractEventLoop, dict[Hashable, Desk[Any, Any]]] = WeakKeyDictionary()


async def together(work: Work[Asked, Found], of: Hashable, asked: Asked) -> Found:
    """
    Return the answer to a question, found with those that others ask of the same at this moment.

    Parameters
    ----------
    work
        Finds the answers, in a thread, in the context (`contextvars`) of one of those who ask.
    of
        What the questions of one group have in common, such as a pool: each has its own desk.

    Raises
    ------
    MatcherError
        What the question itself, or the group it was in, came upon.
    """
    desks = _desks.setdefault(asyncio.get_running_loop(), {})
    desk = desks.setdefault((work, of), Desk(work))
    return cast(Found, await desk.ask(asked))
