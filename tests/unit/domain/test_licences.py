"""Which licences come with which."""

import pytest

from matcher.domain.licences import IMPLIED, with_implied


@pytest.mark.parametrize(
    ("held", "implied"),
    [
        ("AM", {"AM"}),
        ("A", {"A", "A2", "A1", "AM"}),
        ("B", {"B", "AM"}),
        ("BE", {"BE", "B", "AM"}),
        ("C", {"C", "C1", "B", "AM"}),
        ("CE", {"CE", "C", "C1", "C1E", "BE", "B", "AM"}),
        ("DE", {"DE", "D", "D1", "D1E", "BE", "B", "AM"}),
        ("T", {"T"}),
    ],
)
def test_what_comes_with_a_licence(held: str, implied: set[str]) -> None:
    assert with_implied(held) == implied


def test_no_licence_comes_with_itself() -> None:
    for licence in IMPLIED:
        assert licence not in IMPLIED[licence]
        assert all(licence not in with_implied(other) for other in IMPLIED[licence])
