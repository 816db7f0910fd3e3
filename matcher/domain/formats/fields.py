"""
What a column of an imported file may hold: parsers from text to values, fields, tables.

A parser is a polars expression over a whole column: text without outer spaces in, the value out,
and null where the text is not such a value. An empty cell never reaches a parser.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import polars as pl

KEY_LENGTH = 100
LIST_SEPARATOR = "|"
ONE_LINE = r"^[^\t\r\n]*$"


@dataclass(frozen=True, slots=True)
class Parser:
    """A kind of value: what a person is told to fill in, its type, and how text becomes one."""

    expected: str
    dtype: pl.DataType
    parse: Callable[[pl.Expr], pl.Expr]


@dataclass(frozen=True, slots=True)
class Field:
    """
    One column of a table that can be imported.

    ``default`` is what an empty cell means; without one an empty cell is unknown. ``refers_to``
    names the table whose key it holds. The values of a ``secret`` field are never repeated in an
    error: they say who somebody is.
    """

    name: str
    parser: Parser
    meaning: str
    required: bool = False
    default: object = None
    refers_to: str | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """A condition on a whole row; null counts as kept. ``column`` is where an error points to."""

    column: str
    holds: pl.Expr
    expected: str
    code: str = "contradiction"


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that holds the key of another table's row, in the rows that ``when`` selects."""

    column: str
    table: str
    when: pl.Expr | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """
    One table that can be imported; its file is ``<name>.csv``.

    ``identity`` are the fields that tell its rows apart: no two rows of a file share them. A table
    that is ``part_of`` a field holds a list of that parent: importing replaces the whole list.
    """

    name: str
    meaning: str
    fields: tuple[Field, ...]
    identity: tuple[str, ...] = ("key",)
    part_of: str | None = None
    checks: tuple[Check, ...] = ()
    soft_references: tuple[Reference, ...] = ()
    by_name: dict[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the table's fields findable by name."""
        object.__setattr__(self, "by_name", {each.name: each for each in self.fields})

    @property
    def references(self) -> tuple[Reference, ...]:
        """Return every column that holds a key of another table."""
        own = (Reference(f.name, f.refers_to) for f in self.fields if f.refers_to)
        return (*own, *self.soft_references)


def matching(pattern: str, text: pl.Expr) -> pl.Expr:
    """Return the text where it matches a pattern, else null."""
    return pl.when(text.str.contains(pattern)).then(text)


def text(max_length: int, *, lines: bool = False) -> Parser:
    """Return a parser of text, on one line unless ``lines``."""

    def parse(cell: pl.Expr) -> pl.Expr:
        short = pl.when(cell.str.len_chars() <= max_length).then(cell)
        return short if lines else matching(ONE_LINE, short)

    shape = "text" if lines else "text on one line"
    return Parser(f"{shape} of at most {max_length} characters", pl.String(), parse)


def pattern(
    regex: str, expected: str, *, clean: Callable[[pl.Expr], pl.Expr] | None = None
) -> Parser:
    """Return a parser of text that matches a pattern, after ``clean`` has tidied it."""
    return Parser(
        expected, pl.String(), lambda cell: matching(regex, clean(cell) if clean else cell)
    )


def choice(*values: str) -> Parser:
    """Return a parser of one of these words."""
    return Parser(
        f"one of {', '.join(values)}",
        pl.String(),
        lambda cell: pl.when(cell.is_in(list(values))).then(cell),
    )


def whole(low: int, high: int) -> Parser:
    """Return a parser of a whole number in a range, both ends included."""

    def parse(cell: pl.Expr) -> pl.Expr:
        number = matching(r"^-?[0-9]{1,9}$", cell).cast(pl.Int64, strict=False)
        return pl.when(number.is_between(low, high)).then(number)

    return Parser(f"a whole number from {low} to {high}", pl.Int64(), parse)


def whole_of(*values: int) -> Parser:
    """Return a parser of one of these whole numbers."""

    def parse(cell: pl.Expr) -> pl.Expr:
        number = matching(r"^[0-9]{1,9}$", cell).cast(pl.Int64, strict=False)
        return pl.when(number.is_in(list(values))).then(number)

    return Parser(f"one of {', '.join(map(str, values))}", pl.Int64(), parse)


def decimal(low: float, high: float, places: int) -> Parser:
    """Return a parser of a number with a point or a comma before at most ``places`` decimals."""

    def parse(cell: pl.Expr) -> pl.Expr:
        plain = matching(rf"^-?[0-9]{{1,9}}([.,][0-9]{{1,{places}}})?$", cell)
        number = plain.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
        return pl.when(number.is_between(low, high)).then(number)

    return Parser(
        f"a number from {low:g} to {high:g} with at most {places} decimals", pl.Float64(), parse
    )


def _yes_no(cell: pl.Expr) -> pl.Expr:
    lower = cell.str.to_lowercase()
    return pl.when(lower == "true").then(pl.lit(True)).when(lower == "false").then(pl.lit(False))


def iso_date(cell: pl.Expr) -> pl.Expr:
    """Return ISO dates; a date-time at midnight, as workbooks give it, is its date."""
    day = matching(r"^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}( 00:00:00)?$", cell).str.head(10)
    return day.str.to_date("%Y-%m-%d", strict=False)


def _instant(cell: pl.Expr) -> pl.Expr:
    exact = (
        r"^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
        r"(Z|[+-][0-9]{2}:[0-9]{2})$"
    )
    numeric_zone = matching(exact, cell).str.replace("Z$", "+00:00")
    return numeric_zone.str.to_datetime("%Y-%m-%dT%H:%M:%S%:z", time_unit="us", strict=False)


def list_of(item: Parser) -> Parser:
    """Return a parser of several values in one cell, separated by ``|``."""

    def parse(cell: pl.Expr) -> pl.Expr:
        parts = cell.str.split(LIST_SEPARATOR).list.eval(pl.element().str.strip_chars())
        filled = parts.list.eval(pl.element().filter(pl.element() != ""))
        values = filled.list.eval(item.parse(pl.element()))
        return pl.when(values.list.eval(pl.element().is_not_null()).list.all()).then(values)

    return Parser(
        f"values separated by {LIST_SEPARATOR}, each {item.expected}", pl.List(item.dtype), parse
    )


KEY = text(KEY_LENGTH)
YES_NO = Parser("true or false", pl.Boolean(), _yes_no)
DATE = Parser("a date such as 2026-03-31", pl.Date(), iso_date)
INSTANT = Parser("a moment such as 2026-03-31T12:00:00Z", pl.Datetime("us", "UTC"), _instant)
# The letter pairs SA, SD and SS are never given out.
PC6 = pattern(
    r"^[1-9][0-9]{3}([A-RT-Z][A-Z]|S[BCE-RT-Z])$",
    "a postcode such as 9712AB",
    clean=lambda cell: cell.str.replace_all(" ", "", literal=True).str.to_uppercase(),
)
PC4 = pattern(r"^[1-9][0-9]{3}$", "four digits, such as 9712")
KVK = pattern(r"^[0-9]{8}$", "eight digits, leading zeros included")
SBI = pattern(r"^[0-9]{5}$", "five digits, leading zeros included")
MUNICIPALITY = pattern(r"^[0-9]{4}$", "the four digits of a CBS municipality code, such as 0014")
LANGUAGE = pattern(r"^[a-z]{3}$", "an ISO 639-3 code such as nld")
DAYPARTS = pattern(
    r"^[01]{21}$", "21 times 0 or 1: Monday morning, afternoon, evening, then Tuesday, ..."
)
SKILL = whole_of(0, 1, 2, 3, 4, 8)
URI = text(500)


def key(meaning: str = "the sender's own key, unique in the pool") -> Field:
    """Return the field that holds a row's own key."""
    return Field("key", KEY, meaning, required=True)


def refers(name: str, table: str, meaning: str, *, required: bool = True) -> Field:
    """Return a field that holds the key of a row of another table."""
    return Field(name, KEY, meaning, required=required, refers_to=table)


def in_order(first: str, last: str) -> Check:
    """Return a check that the first value is not above the last."""
    return Check(last, pl.col(first) <= pl.col(last), f"not below {first}", "out_of_order")


def fields(*rows: Field | Sequence[Field]) -> tuple[Field, ...]:
    """Return fields as one tuple; a row may be several fields."""
    return tuple(each for row in rows for each in ((row,) if isinstance(row, Field) else row))
