"""What a citizen service number (BSN) looks like, and which numbers cannot be one."""

import re
from typing import Final

from matcher.errors import Invalid

DIGITS: Final = 9
_BETWEEN = re.compile(r"[ .]")
_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)


def citizen_number(told: str) -> str:
    """
    Return a citizen service number as its nine digits.

    Spaces and dots between them are left out, and a number of eight digits gets back the zero that
    spreadsheets take away. The digits, weighted with 9 to 2 and -1, must add up to a multiple of
    11 (elfproef): one wrong digit, or two that changed places, never do.

    Raises
    ------
    Invalid
        ``bad_bsn``: it cannot be one. The message does not tell it.
    """
    digits = _BETWEEN.sub("", told)
    if not (digits.isascii() and digits.isdigit() and len(digits) in (DIGITS - 1, DIGITS)):
        raise Invalid(
            "bsn is no citizen service number: that has 9 digits, or 8 without its leading zero.",
            code="bad_bsn",
        )
    digits = digits.zfill(DIGITS)
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True))
    if total % 11 or not int(digits):
        raise Invalid(
            "bsn is no citizen service number: it fails the eleven test (elfproef). "
            "Maybe: look for a wrong digit, or two that changed places.",
            code="bad_bsn",
        )
    return digits
