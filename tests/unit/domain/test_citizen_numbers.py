"""Which numbers cannot be a citizen service number, and what is told about it."""

import pytest

from matcher.domain.citizen_numbers import citizen_number
from matcher.errors import Invalid
from tests.invented import citizen_number_of_nobody, weighted

NUMBERS = [citizen_number_of_nobody(each) for each in range(0, 300, 7)]


def test_those_of_the_tests_are_many_and_of_nobody() -> None:
    assert len(set(NUMBERS)) == len(NUMBERS)
    assert all(len(each) == 9 and each.startswith("9999") for each in NUMBERS)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_that_passes_is_kept_as_it_is(number: str) -> None:
    assert citizen_number(number) == number
    assert citizen_number(f" {number[:4]}.{number[4:6]} .{number[6:]} ") == number


@pytest.mark.parametrize("number", NUMBERS)
def test_one_wrong_digit_is_always_found(number: str) -> None:
    for place in range(9):
        for digit in "0123456789":
            wrong = number[:place] + digit + number[place + 1 :]
            if wrong != number:
                with pytest.raises(Invalid):
                    citizen_number(wrong)


@pytest.mark.parametrize("number", NUMBERS)
def test_two_neighbours_that_changed_places_are_always_found(number: str) -> None:
    for place in range(8):
        wrong = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        if wrong != number:
            with pytest.raises(Invalid, match="eleven test"):
                citizen_number(wrong)


def test_a_lost_zero_comes_back() -> None:
    for first in range(1_000_000, 1_000_050):
        last = weighted(f"0{first}") % 11
        if last < 10:
            assert citizen_number(f"{first}{last}") == f"0{first}{last}"


@pytest.mark.parametrize(
    "told",
    ["", " ", "000000000", "00000000", "1234567", "9" * 10, "99999999x", "-99999999", "\uff19" * 9,
     "1e8", "99999999\n", f"{citizen_number_of_nobody()[:8]}X"],
)  # fmt: skip
def test_what_is_none_is_refused_and_not_repeated(told: str) -> None:
    with pytest.raises(Invalid) as refused:
        citizen_number(told)
    assert refused.value.code == "bad_bsn"
    assert not told.strip() or told.strip() not in refused.value.message
