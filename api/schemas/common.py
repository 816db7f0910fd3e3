"""What all resources share: camelCase, no unknown fields, bounded clean text, pages, problems."""

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel

_NO_NUL = r"^[^\u0000]*$"


class ApiModel(BaseModel):
    """The parent of everything sent and received."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        extra="forbid",
        allow_inf_nan=False,
    )


def _within_calendar(value: date) -> date:
    # The calendar of the database and of every client ends somewhere; ours at four digits.
    if not 1900 <= value.year <= 2200:
        raise ValueError("must be between 1900-01-01 and 2200-12-31")
    return value


def _told_in_utc(value: datetime) -> datetime:
    _within_calendar(value)
    return value.astimezone(UTC)


Day = Annotated[date, AfterValidator(_within_calendar)]
Instant = Annotated[datetime, AfterValidator(lambda value: value.astimezone(UTC))]
Moment = Annotated[AwareDatetime, AfterValidator(_told_in_utc)]
"""An instant that is sent: without an offset nobody knows which it is."""

Key = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=_NO_NUL)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_NO_NUL)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=_NO_NUL)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=_NO_NUL)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=_NO_NUL)]
Uri = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=_NO_NUL)]
Prose = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=_NO_NUL)]
Sbi = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$", max_length=5)]
Postcode = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{3}[A-Za-z]{2}$", max_length=6)]
Dayparts = Annotated[str, StringConstraints(pattern=r"^[01]{21}$", max_length=21)]
Scale = Annotated[int, Field(ge=0, le=3)]
Step = Annotated[int, Field(ge=1, le=6)]
Hours = Annotated[int, Field(ge=0, le=99)]
Count = Annotated[int, Field(ge=0, le=10_000)]

Money = Annotated[
    Decimal,
    Field(ge=0, le=999_999, max_digits=8, decimal_places=2),
    PlainSerializer(float, return_type=float, when_used="json"),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 999_999}),
]
JsonObject = dict[str, Any]

T = TypeVar("T")


class Page(ApiModel, Generic[T]):
    """A part of a list, in an order that does not change between pages."""

    items: list[T]
    next_cursor: uuid.UUID | None = Field(
        default=None, description="Give it as `cursor` for the next page; null on the last one."
    )


def _without_defaults(schema: JsonObject) -> None:
    for field in schema.get("properties", {}).values():
        field.pop("default", None)


class Changing(ApiModel):
    """A change: what is not named stays as it is, so no field has a default."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)


class Fault(ApiModel):
    """One fault of a request."""

    field: str = Field(description="Where, with dots; empty when it is not about one field.")
    message: str = Field(description="What is wrong, without the value that was sent.")
    code: str | None = None


class ProblemDetails(ApiModel):
    """An error as RFC 9457 has it."""

    status: int
    title: str
    detail: str
    code: str = Field(description="Stable, for programs.")
    errors: list[Fault] = Field(default=[], description="Every fault at once.")
