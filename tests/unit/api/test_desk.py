"""Whoever asks at the desk at the same moment is answered together, and each with their own."""

import asyncio
import threading
from collections.abc import Sequence
from contextvars import ContextVar

import pytest

from api.desk import MOST_AT_ONCE, Desk, together
from matcher.errors import NotFound, Unavailable

whose: ContextVar[str] = ContextVar("whose")


class Counter:
    """Doubles numbers, knows no odd ones, and keeps what it was asked in one go."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.working = threading.Event()

    def __call__(self, asked: Sequence[int]) -> list[int | Exception]:
        self.groups.append(list(asked))
        self.working.set()
        assert self.may_go_on.wait(20)
        return [NotFound(f"no {each}") if each % 2 else each * 2 for each in asked]


async def until(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, 20)


def test_who_comes_while_others_are_served_is_served_with_all_who_wait() -> None:
    counter = Counter()
    counter.may_go_on.clear()

    async def day() -> list[int | BaseException]:
        desk = Desk(counter)
        first = asyncio.create_task(desk.ask(0))
        await until(counter.working)
        others = [asyncio.create_task(desk.ask(number)) for number in range(1, 121)]
        await asyncio.sleep(0)
        counter.may_go_on.set()
        return await asyncio.gather(first, *others, return_exceptions=True)

    found = asyncio.run(day())
    assert [len(group) for group in counter.groups] == [1, MOST_AT_ONCE, MOST_AT_ONCE, 20]
    for number, answer in enumerate(found):
        if number % 2:
            assert isinstance(answer, NotFound)
            assert answer.message == f"no {number}"
        else:
            assert answer == number * 2


def test_what_stops_the_desk_is_told_to_all_and_stops_nobody_for_ever() -> None:
    away = True

    def work(asked: Sequence[int]) -> list[int | Exception]:
        if away:
            raise Unavailable("The database is away.")
        return list(asked)

    async def day() -> int:
        nonlocal away
        desk = Desk(work)
        told = await asyncio.gather(*map(desk.ask, range(120)), return_exceptions=True)
        assert [str(each) for each in told] == ["The database is away."] * 120
        away = False
        return await desk.ask(7)

    assert asyncio.run(day()) == 7


def test_who_leaves_takes_nobody_along() -> None:
    counter = Counter()
    counter.may_go_on.clear()

    async def day() -> list[int]:
        desk = Desk(counter)
        first = asyncio.create_task(desk.ask(2))
        await until(counter.working)
        leaving, staying = (asyncio.create_task(desk.ask(number)) for number in (4, 6))
        await asyncio.sleep(0)
        first.cancel()
        leaving.cancel()
        counter.may_go_on.set()
        found = [await staying, await desk.ask(8)]
        assert first.cancelled()
        assert leaving.cancelled()
        return found

    assert asyncio.run(day()) == [12, 16]


def test_a_desk_that_is_closed_leaves_nobody_waiting() -> None:
    counter = Counter()
    counter.may_go_on.clear()

    async def day() -> None:
        desk = Desk(counter)
        asking = [asyncio.create_task(desk.ask(number)) for number in (2, 4)]
        await until(counter.working)
        serving = desk._serving
        assert serving is not None
        late = asyncio.create_task(desk.ask(6))
        await asyncio.sleep(0)
        serving.cancel()
        counter.may_go_on.set()
        told = await asyncio.wait_for(
            asyncio.gather(*asking, late, return_exceptions=True), timeout=20
        )
        assert [type(each) for each in told] == [asyncio.CancelledError] * 3
        assert await desk.ask(10) == 20

    asyncio.run(day())


def test_a_group_is_answered_on_behalf_of_who_came_first_in_it() -> None:
    heard: list[tuple[str, list[int]]] = []
    working, may_go_on = threading.Event(), threading.Event()

    def work(asked: Sequence[int]) -> list[int | Exception]:
        heard.append((whose.get(), list(asked)))
        working.set()
        assert may_go_on.wait(20)
        return list(asked)

    async def ask(name: str, number: int) -> None:
        whose.set(name)
        await together(work, "pool", number)

    async def day() -> None:
        first = asyncio.create_task(ask("first", 1))
        await until(working)
        others = [asyncio.create_task(ask(f"at {at}", at)) for at in (2, 3)]
        await asyncio.sleep(0)
        may_go_on.set()
        await asyncio.gather(first, *others)

    asyncio.run(day())
    assert heard == [("first", [1]), ("at 2", [2, 3])]


def test_each_subject_has_a_desk_of_its_own() -> None:
    groups: list[list[int]] = []

    def work(asked: Sequence[int]) -> list[int | Exception]:
        groups.append(list(asked))
        return list(asked)

    async def day() -> list[int]:
        return await asyncio.gather(
            *(together(work, number % 2, number) for number in range(6)),
        )

    for _ in range(2):
        groups.clear()
        assert asyncio.run(day()) == list(range(6))
        assert sorted(map(len, groups), reverse=True)[0] <= 3
        assert all(len({number % 2 for number in group}) == 1 for group in groups)


def test_too_few_answers_are_an_error_and_no_silence() -> None:
    async def day() -> None:
        desk: Desk[int, int] = Desk(lambda asked: [])
        await asyncio.wait_for(desk.ask(1), 20)

    with pytest.raises(ValueError, match="shorter"):
        asyncio.run(day())
