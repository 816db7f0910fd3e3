"""Citizen service numbers of nobody: made in code, so that none stands in a file as it is."""

from itertools import count

# Numbers that begin so are handed out for tests alone.
TESTS_ALONE = 9999


def citizen_number_of_nobody(number: int = 0) -> str:
    """Return a number that passes the eleven test; another for each ``number``, from 0 to 899."""
    passing = (
        f"{first}{last}"
        for first in count(TESTS_ALONE * 10_000)
        if (last := weighted(str(first)) % 11) < 10
    )
    return next(each for index, each in enumerate(passing) if index == number)


def weighted(digits: str) -> int:
    """Return the first eight digits, weighted with 9 to 2."""
    return sum(weight * int(digit) for weight, digit in zip(range(9, 1, -1), digits, strict=True))
