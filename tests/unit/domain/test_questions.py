"""Questions to the solver: what each kind takes, and what it refuses by name."""

from typing import Any

import pytest

from matcher.domain.changes import AddOpenings
from matcher.domain.questions import KINDS, Question
from matcher.errors import Invalid

MORE = {"change": "add_openings", "placement": "p", "add": 2}
IMAGINED = {"change": "imagine", "kind": "voluntary", "place": "3511", "hours": 24}
GOOD: list[dict[str, Any]] = [
    {"kind": "difference", "changes": [MORE]},
    {"kind": "candidate", "candidate": "c", "top": 3},
    {"kind": "placement", "placement": "p"},
    {"kind": "pair", "candidate": "c", "placement": "p"},
    {"kind": "advice", "top": 50},
    {"kind": "imagined", "changes": [IMAGINED]},
]


@pytest.mark.parametrize("data", GOOD, ids=lambda data: data["kind"])
def test_a_question_comes_back_from_json_as_it_was(data: dict[str, Any]) -> None:
    question = Question.from_json(data)
    assert question.to_json() == data
    assert Question.from_json(question.to_json()) == question


def test_every_kind_is_tried() -> None:
    assert {data["kind"] for data in GOOD} == set(KINDS)


def test_ten_are_told_unless_said_otherwise() -> None:
    assert Question("advice").top == 10
    assert Question("difference", changes=(AddOpenings("p"),)).candidate is None


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ([], "must be an object"),
        ({}, "kind is missing: one of difference"),
        ({"kind": "advise"}, "Maybe: advice"),
        ({"kind": "advice", "tops": 3}, "Maybe: top"),
        ({"kind": "advice", "top": 0}, "from 1 to 50"),
        ({"kind": "advice", "top": True}, "from 1 to 50"),
        ({"kind": "advice", "candidate": "c"}, "has no candidate: it takes only top"),
        ({"kind": "candidate"}, "needs candidate"),
        ({"kind": "candidate", "candidate": "c", "placement": "p"}, "has no placement"),
        ({"kind": "candidate", "candidate": 3}, "candidate must be an id"),
        ({"kind": "candidate", "candidate": "c" * 101}, "at most 100"),
        ({"kind": "pair", "candidate": "c"}, "needs placement"),
        ({"kind": "difference"}, "needs changes"),
        ({"kind": "difference", "changes": "more"}, "must be a list"),
        ({"kind": "difference", "changes": [MORE] * 51}, "at most 50"),
        ({"kind": "imagined", "changes": [MORE]}, "only changes of imagine"),
    ],
    ids=str,
)  # fmt: skip
def test_a_bad_question_names_the_field_and_the_way_out(data: Any, told: str) -> None:
    with pytest.raises(Invalid) as refused:
        Question.from_json(data)
    assert told in str(refused.value)
    assert refused.value.code == "bad_question"
