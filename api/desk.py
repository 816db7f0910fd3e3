"""
One desk for questions that arrive at the same moment: whoever is first answers for all who wait.

A single question costs mostly what it costs to begin, so fifty together cost little more than one.
Nobody waits for company: a question that finds the desk free is answered at once. Each pool has a
desk of its own: a transaction sees one pool. Whose question it is, is settled for each of them.
"""

import threading
from collections.abc import Sequence
from functools import cache
from uuid import UUID

from matcher.errors import MatcherError
from matcher.service import matching
from matcher.service.matching import Answer, Question
from matcher.store.audit import acting, note_reads
from matcher.store.database import transaction

MOST_AT_ONCE = 50


class _Ticket:
    def __init__(self, question: Question) -> None:
        self.question = question
        # Another thread may find the answer: the record must tell who asked.
        self.actor = acting()
        self.turn = threading.Event()
        self.answer: Answer | BaseException | None = None


class Desk:
    """Answers the questions of many threads, in groups."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Ticket] = []
        self._open = True

    def ask(self, question: Question) -> Answer:
        """
        Return the answer to a question, worked out by this thread or by another.

        Raises
        ------
        MatcherError
            What the question itself, or the group it was in, came upon.
        """
        ticket = _Ticket(question)
        with self._lock:
            self._waiting.append(ticket)
            first, self._open = self._open, False
        if not first:
            # Set when the answer is there, or when it is this thread's turn to work.
            ticket.turn.wait()
        if ticket.answer is None:
            self._work()
        if isinstance(ticket.answer, BaseException):
            raise ticket.answer
        assert ticket.answer is not None
        return ticket.answer

    def _work(self) -> None:
        with self._lock:
            group = self._waiting[:MOST_AT_ONCE]
            self._waiting = self._waiting[MOST_AT_ONCE:]
        answers: Sequence[Answer | BaseException]
        try:
            answers = _answers(group)
        except BaseException as error:
            # Nobody may wait for ever: what stopped this thread is the answer to all.
            answers = [error] * len(group)
        for ticket, answer in zip(group, answers, strict=True):
            ticket.answer = answer
        with self._lock:
            self._open = not self._waiting
            following = self._waiting[:1]
        for ticket in (*group, *following):
            ticket.turn.set()


@cache
def desk_of(pool_id: UUID | None) -> Desk:
    """Return the desk of a pool."""
    return Desk()


def _answers(group: Sequence[_Ticket]) -> Sequence[Answer | MatcherError]:
    # One moment for the whole group: what is kept in memory and what is read must agree.
    with transaction("REPEATABLE READ") as db:
        answers = matching.answer_all(db, [ticket.question for ticket in group])
        read = [
            (answer.pool_id, ticket.actor, ticket.question.candidate_id)
            for ticket, answer in zip(group, answers, strict=True)
            if isinstance(answer, Answer)
        ]
        note_reads(db, read, "candidate.match")
        return answers
