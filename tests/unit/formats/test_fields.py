"""Parsers of cells: what is a value, what is not, whatever is written."""

from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.formats import fields
from matcher.domain.formats.fields import Parser, list_of, text, whole


def parsed(parser: Parser, *cells: str) -> list[object]:
    frame = pl.DataFrame({"cell": list(cells)}, schema={"cell": pl.String})
    read = frame.select(value=parser.parse(pl.col("cell")))["value"]
    assert read.dtype == parser.dtype
    return read.to_list()


@pytest.mark.parametrize(
    ("parser", "cell", "value"),
    [
        (whole(0, 3), "3", 3),
        (whole(0, 3), "4", None),
        (whole(0, 3), "-1", None),
        (whole(-5, 3), "-1", -1),
        (whole(0, 3), "1.0", None),
        (whole(0, 3), "\u0661", None),
        (whole(0, 10**9), "99999999999999999999", None),
        (fields.whole_of(1, 8), "8", 8),
        (fields.whole_of(1, 8), "2", None),
        (fields.decimal(0, 20, 2), "14.71", 14.71),
        (fields.decimal(0, 20, 2), "14,71", 14.71),
        (fields.decimal(0, 20, 2), "14.711", None),
        (fields.decimal(0, 20, 2), "1e1", None),
        (fields.decimal(0, 20, 2), "nan", None),
        (fields.YES_NO, "TRUE", True),
        (fields.YES_NO, "false", False),
        (fields.YES_NO, "ja", None),
        (fields.DATE, "2026-02-28", date(2026, 2, 28)),
        (fields.DATE, "2026-02-30", None),
        (fields.DATE, "2026-02-28 00:00:00", date(2026, 2, 28)),
        (fields.DATE, "2026-02-28 12:00:00", None),
        (fields.DATE, "0026-02-28", None),
        (fields.INSTANT, "2026-02-28T12:00:00+01:00", datetime(2026, 2, 28, 11, tzinfo=UTC)),
        (fields.INSTANT, "2026-02-28T12:00:00", None),
        (fields.PC6, "9712 ab", "9712AB"),
        (fields.PC6, "9712SA", None),
        (fields.PC6, "9712SD", None),
        (fields.PC6, "9712SS", None),
        (fields.PC6, "9712AS", "9712AS"),
        (fields.PC6, "0712AB", None),
        (fields.KVK, "00001234", "00001234"),
        (fields.KVK, "1234", None),
        (fields.DAYPARTS, "01" * 10 + "0", "01" * 10 + "0"),
        (fields.DAYPARTS, "01" * 10, None),
        (text(3), "abc", "abc"),
        (text(3), "abcd", None),
        (text(3), "a\nb", None),
        (text(3, lines=True), "a\nb", "a\nb"),
        (list_of(whole(1, 12)), "3 | 4", [3, 4]),
        (list_of(whole(1, 12)), "3|13", None),
        (list_of(whole(1, 12)), "|", []),
    ],
)
def test_a_cell_is_a_value_or_nothing(parser: Parser, cell: str, value: object) -> None:
    assert parsed(parser, cell) == [value]


PARSERS = [value for value in vars(fields).values() if isinstance(value, Parser)] + [
    whole(0, 99),
    fields.decimal(0, 10, 2),
    text(5),
    list_of(fields.choice("a", "b")),
    list_of(fields.DATE),
]


@given(cells=st.lists(st.text(min_size=1), max_size=5), parser=st.sampled_from(PARSERS))
def test_no_text_breaks_a_parser(parser: Parser, cells: list[str]) -> None:
    assert len(parsed(parser, *cells)) == len(cells)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_every_date_is_read_as_it_was_written(day: date) -> None:
    assert parsed(fields.DATE, day.isoformat()) == [day]


@given(
    st.datetimes(datetime(1901, 1, 1), datetime(2199, 1, 1)).map(
        lambda at: at.replace(microsecond=0)
    ),
    st.integers(-14 * 60, 14 * 60),
)
def test_every_moment_is_read_in_utc(at: datetime, offset: int) -> None:
    local = at.replace(tzinfo=timezone(timedelta(minutes=offset)))
    (read,) = parsed(fields.INSTANT, local.isoformat())
    assert read == local.astimezone(UTC)


@given(st.integers(-(10**12), 10**12), st.integers(-50, 50), st.integers(0, 50))
def test_a_whole_number_is_in_its_range_or_nothing(number: int, low: int, width: int) -> None:
    inside = low <= number <= low + width
    assert parsed(whole(low, low + width), str(number)) == [number if inside else None]


@given(st.integers(0, 10**7), st.sampled_from([".", ","]))
def test_cents_survive(cents: int, mark: str) -> None:
    written = f"{cents // 100}{mark}{cents % 100:02d}"
    assert parsed(fields.decimal(0, 10**6, 2), written) == [cents / 100]


def test_an_expectation_is_told_for_every_parser() -> None:
    assert all(parser.expected.strip() for parser in PARSERS)
