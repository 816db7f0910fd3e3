"""Reference data that all pools share: places, amounts by law, measured journeys."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from matcher.store.tables.base import between, filled, matches, one_of

PC4_PATTERN = "^[1-9][0-9]{3}$"


class PostcodeArea(SQLModel, table=True):
    """Where a four-digit postcode lies: its centre, in degrees (WGS 84)."""

    __tablename__ = "postcode_area"
    __table_args__ = (
        matches("pc4", PC4_PATTERN),
        CheckConstraint("latitude between -90 and 90", name="latitude"),
        CheckConstraint("longitude between -180 and 180", name="longitude"),
    )

    pc4: str = Field(primary_key=True)
    latitude: float
    longitude: float
    source: str | None = Field(default=None, max_length=200)


class MinimumWage(SQLModel, table=True):
    """The adult minimum wage by the hour, in euro, from a day on."""

    __tablename__ = "minimum_wage"
    __table_args__ = (CheckConstraint("hourly > 0", name="hourly"), filled("source"))

    valid_from: date = Field(primary_key=True)
    hourly: Decimal = Field(max_digits=8, decimal_places=2)
    source: str = Field(max_length=200)


class TravelTime(SQLModel, table=True):
    """Minutes between two postcode areas as an outside service gave them, and which service."""

    __tablename__ = "travel_time"
    __table_args__ = (
        matches("origin", PC4_PATTERN),
        matches("destination", PC4_PATTERN),
        one_of("mode", "walking", "bicycle", "moped", "car", "motorcycle", "public_transport"),
        *between(0, 1440, "minutes"),
        filled("source"),
    )

    origin: str = Field(primary_key=True)
    destination: str = Field(primary_key=True)
    mode: str = Field(primary_key=True)
    minutes: float
    source: str = Field(max_length=100)
    data_version: str | None = Field(default=None, max_length=100)
