"""Centres of postcode areas, and travel times kept between them."""

import uuid
from collections.abc import Collection

import polars as pl
from sqlalchemy import text
from sqlmodel import Session

KEPT_SCHEMA = pl.Schema({"origin": pl.String, "destination": pl.String, "minutes": pl.Float64})


def centres(db: Session, areas: Collection[str]) -> dict[str, tuple[float, float]]:
    """Return latitude and longitude in degrees by four-digit postcode, of those that are known."""
    rows = db.execute(
        text("select pc4, latitude, longitude from postcode_area where pc4 = any(:areas)"),
        {"areas": sorted(areas)},
    )
    return {pc4: (latitude, longitude) for pc4, latitude, longitude in rows}


def kept_times(
    db: Session,
    origins: Collection[str],
    destinations: Collection[str],
    mode: str,
    source: str,
    data_version: str | None,
) -> pl.DataFrame:
    """Return kept minutes between areas from this source; of any data without a version."""
    rows = db.execute(
        text(
            """
            select origin, destination, minutes from travel_time
            where origin = any(:origins) and destination = any(:destinations)
                and mode = :mode and source = :source
                and (cast(:version as text) is null or data_version = :version)
            """
        ),
        {
            "origins": list(origins),
            "destinations": list(destinations),
            "mode": mode,
            "source": source,
            "version": data_version,
        },
    )
    return pl.DataFrame([tuple(row) for row in rows], schema=KEPT_SCHEMA, orient="row")


def keep_times(
    db: Session, times: pl.DataFrame, mode: str, source: str, data_version: str | None
) -> None:
    """Keep minutes between areas, in the place of what was kept before."""
    columns = times.sort("origin", "destination")
    db.execute(
        text(
            """
            insert into travel_time (origin, destination, mode, minutes, source, data_version)
            select origin, destination, :mode, minutes, :source, :version
            from unnest(cast(:origins as text[]), cast(:destinations as text[]),
                cast(:minutes as float8[])) as t (origin, destination, minutes)
            on conflict (origin, destination, mode) do update set
                minutes = excluded.minutes, source = excluded.source,
                data_version = excluded.data_version
            """
        ),
        {
            "origins": columns["origin"].to_list(),
            "destinations": columns["destination"].to_list(),
            "minutes": columns["minutes"].to_list(),
            "mode": mode,
            "source": source,
            "version": data_version,
        },
    )


def areas_of_pool(db: Session, pool_id: uuid.UUID) -> tuple[list[str], list[str]]:
    """Return the four-digit postcodes of a pool's candidates, and those of its sites."""
    homes, sites = (
        db.execute(
            text(
                f"select distinct left({column}, 4) from {table} "
                f"where pool_id = :pool_id and {column} is not null order by 1"
            ),
            {"pool_id": pool_id},
        ).scalars()
        for table, column in (("candidate", "mediation_postcode"), ("site", "postcode"))
    )
    return list(homes), list(sites)
