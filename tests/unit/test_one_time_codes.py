"""Codes as RFC 4226 (appendix D) and RFC 6238 (appendix B, of its eight digits the last six)."""

import pytest

from matcher.service import one_time_codes as codes

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("counter", "code"),
    list(
        enumerate(
            [
                "755224",
                "287082",
                "359152",
                "969429",
                "338314",
                "254676",
                "287922",
                "162583",
                "399871",
                "520489",
            ]
        ),
    ),
)
def test_by_counter(counter: int, code: str) -> None:
    assert codes.code_at(SECRET, counter) == code


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_by_time(seconds: int, code: str) -> None:
    step = codes.step_at(seconds)
    assert codes.code_at(SECRET, step) == code
    assert codes.matched_step(SECRET, code, seconds, 0) == step
    # a minute off is too far, half a minute is not; and never twice
    assert codes.matched_step(SECRET, code, seconds + 30, 0) == step
    assert codes.matched_step(SECRET, code, seconds + 60, 0) is None
    assert codes.matched_step(SECRET, code, seconds, step) is None


def test_what_is_no_code_is_none() -> None:
    for given in ("", "28708", "2870820", "287082 ", "\u0662\u0668\u0667\u0660\u0668\u0662"):
        assert codes.matched_step(SECRET, given, 59, 0) is None


def test_how_people_type_it() -> None:
    (first, *others) = codes.recovery_codes()
    assert len(others) == 9
    assert codes.bare(f" {first.upper()} ") == first.replace("-", "")
    assert len(codes.bare(first)) == 24
    assert codes.spelled(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
