"""The access table: complete, deny by default, and the same as the scopes where both speak."""

import re
from pathlib import Path
from uuid import uuid4

import pytest

from api.access import OPERATIONS, check_complete
from api.rates import Counters, Problem, Rate
from matcher.domain.actors import PEOPLE, ROLES, Actor
from matcher.errors import MatcherError
from matcher.store.scopes import SCOPES

ROOT = Path(__file__).parents[3]


def test_an_operation_without_a_line_stops_the_start() -> None:
    check_complete(OPERATIONS)
    with pytest.raises(MatcherError, match="eraseEverything has no line"):
        check_complete([*OPERATIONS, "eraseEverything"])
    with pytest.raises(MatcherError, match="readPool is not there, but has a line"):
        check_complete(set(OPERATIONS) - {"readPool"})


def test_nobody_may_what_nobody_was_given() -> None:
    for name, access in OPERATIONS.items():
        if access.everyone:
            continue
        for role in ROLES:
            actor = Actor(uuid4(), role, uuid4())
            assert access.allows(actor) == (role in access.roles), (name, role)


def test_no_service_decides() -> None:
    for name in ("createDecision", "createChoice", "createPin", "createMembership"):
        assert OPERATIONS[name].scope is None, name


def test_a_scope_is_of_a_role_that_there_is() -> None:
    for table, roles in SCOPES.items():
        assert set(roles) <= {*PEOPLE, "service"}, table


def test_routes_take_no_row_by_its_id_past_the_scopes() -> None:
    for path in (ROOT / "api" / "routes").glob("*.py"):
        assert not re.search(r"db\.get(_one)?\(", path.read_text()), path.name


def test_too_often_is_told_with_when_to_try_again() -> None:
    counters, rate = Counters(), Rate("tries", 2, 60)
    for key in ("a", "a", "b"):
        counters.take(rate, key)
    with pytest.raises(Problem) as refused:
        counters.take(rate, "a")
    assert refused.value.status == 429
    assert refused.value.headers is not None
    assert 1 <= int(refused.value.headers["Retry-After"]) <= 61
    counters.take(rate, "b")
