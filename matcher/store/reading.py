"""
From rows to frames: a `PoolSnapshot` of the whole pool, or around one person or placement.

One selection serves all of them. Frames are filled from COPY: 100,000 people as objects would
take longer than their plan.
"""

import uuid
from collections.abc import Sequence
from datetime import date

import polars as pl
from sqlalchemy import text
from sqlmodel import Session

from matcher.domain.places import place_frame, place_key
from matcher.domain.policy import Policy
from matcher.domain.snapshot import (
    CANDIDATE_SCHEMA,
    PLACEMENT_SCHEMA,
    PREVIOUS_SCHEMA,
    TRAVEL_SCHEMA,
    PoolSnapshot,
)
from matcher.errors import NotFound
from matcher.store.agreements import read_companions, read_pins
from matcher.store.database import allow_time
from matcher.store.frames import query_of, read_few, read_many
from matcher.store.history import read_history
from matcher.store.resources import read_resources
from matcher.store.selections import (
    CANDIDATE,
    OWN_OR_SHARED,
    PLACEMENT,
    PLACEMENT_SOURCE,
    PLANNED_FOR,
    candidate_source,
)

STATEMENT_SECONDS = 300
PRICE_SCHEMA = {"placement.id": pl.String, "price": pl.Int64, "potential": pl.Int64}

# Questions are about the published plan, whose run saw as proposed before only what it kept: a pair
# that it proposed for the first time had no points for that.
KEPT = "q.first_run_id <> q.run_id"


def read_snapshot(
    db: Session, pool_id: uuid.UUID, today: date, policy: Policy | None = None
) -> PoolSnapshot:
    """
    Return the whole pool as a run sees it; call it in a REPEATABLE READ transaction.

    Left out are people who are inactive or restricted, and those of a pinned proposal: with the
    employer, held, or accepted and not yet at work. All placements are in it; gates judge them.
    """
    allow_time(db, STATEMENT_SECONDS)
    return PoolSnapshot(
        today,
        _candidates(db, today, f"c.pool_id = {{pool_id}} and {PLANNED_FOR}", pool_id),
        read_placements(db, pool_id, today),
        _travel_times(db, pool_id),
        _previous(db, "q.pool_id = {pool_id}", pool_id),
        pins=read_pins(db, pool_id, today),
        companions=read_companions(db, pool_id, today),
        history=read_history(db, pool_id, today),
        resources=read_resources(db, pool_id, today, policy or Policy.default()),
    )


def read_people(
    db: Session,
    candidate_ids: Sequence[uuid.UUID],
    pool_id: uuid.UUID,
    today: date,
    placements: pl.DataFrame,
) -> PoolSnapshot:
    """
    Return some people of one pool, whatever their state, with placements that were read before.

    Several at once cost hardly more than one; who is not in the pool (any more) is not in it.
    """
    ids = list(candidate_ids)
    # Planning such a query takes longer than its answer, so it is planned once per connection.
    db.execute(text("select set_config('plan_cache_mode', 'force_generic_plan', true)"))
    candidates = _candidates(
        db, today, "c.pool_id = {pool_id} and c.id = any({ids})", pool_id, ids=ids
    )
    homes = candidates["candidate.home"].drop_nulls().unique().to_list()
    return PoolSnapshot(
        today,
        candidates,
        placements,
        _travel_times(db, pool_id, homes=homes),
        _previous(db, f"q.candidate_id = any({{ids}}) and {KEPT}", pool_id, ids=ids),
    )


def read_placement(db: Session, placement_id: uuid.UUID, today: date | None = None) -> PoolSnapshot:
    """
    Return one placement with all people that a run of its pool plans for.

    Raises
    ------
    NotFound
        No such placement.
    """
    pool_id, day = _pool_and_day(db, "placement", placement_id)
    day = today or day
    placements = _placements(db, day, "p.id = {row_id}", pool_id, placement_id)
    site = placements["placement.site"].item()
    return PoolSnapshot(
        day,
        _candidates(db, day, f"c.pool_id = {{pool_id}} and {PLANNED_FOR}", pool_id),
        placements,
        _travel_times(db, pool_id, site=site),
        _previous(db, f"q.placement_id = {{row_id}} and {KEPT}", pool_id, placement_id),
    )


def read_placements(db: Session, pool_id: uuid.UUID, today: date) -> pl.DataFrame:
    """Return all placements of a pool, and those that others share with it, as in a snapshot."""
    return _placements(db, today, OWN_OR_SHARED, pool_id)


def content_stamp(db: Session, pool_id: uuid.UUID) -> str:
    """
    Return a text that changes when the placements that a pool sees may have changed.

    It looks at the versions of placements, employers, sites and supervisor groups, at openings
    taken or held, at who serves which site, at agreements, postcode areas and minimum wages.
    Together with the date it is a key for frames kept in memory; a few milliseconds.
    """
    return str(db.execute(text(_STAMP), {"pool_id": pool_id}).scalar_one())


def read_prices(db: Session, pool_id: uuid.UUID) -> pl.DataFrame:
    """Return ``placement.id, price, potential`` of the published plan; empty before the first."""
    return read_many(
        db,
        "select x.placement_id, x.price, x.potential from price x"
        " join pool p on p.published_run_id = x.run_id where p.id = {pool_id}",
        PRICE_SCHEMA,
        pool_id=pool_id,
    )


def read_published(db: Session, pool_id: uuid.UUID) -> uuid.UUID | None:
    """
    Return the run whose plan the pool has published, None before the first.

    Raises
    ------
    NotFound
        No such pool.
    """
    row = db.execute(
        text("select published_run_id from pool where id = :id"), {"id": pool_id}
    ).one_or_none()
    if row is None:
        raise NotFound(f"There is no pool {pool_id}.")
    found: uuid.UUID | None = row[0]
    return found


def _pool_and_day(db: Session, table: str, row_id: uuid.UUID) -> tuple[uuid.UUID, date]:
    row = db.execute(
        text(
            f"select p.id, (now() at time zone p.timezone)::date from {table} x"
            " join pool p on p.id = x.pool_id where x.id = :id"
        ),
        {"id": row_id},
    ).one_or_none()
    if row is None:
        raise NotFound(f"There is no {table} {row_id}.")
    return row[0], row[1]


def _candidates(
    db: Session,
    today: date,
    condition: str,
    pool_id: uuid.UUID,
    ids: list[uuid.UUID] | None = None,
) -> pl.DataFrame:
    few = ids is not None
    schema = {**CANDIDATE_SCHEMA, "place": pl.String}
    query = query_of(schema, CANDIDATE, "c", candidate_source(few=few), condition)
    read = read_few if few else read_many
    frame = read(db, query, schema, pool_id=pool_id, ids=ids, today=today)
    return _located(frame, "place", "candidate.latitude", "candidate.longitude")


def _placements(
    db: Session,
    today: date,
    condition: str,
    pool_id: uuid.UUID,
    row_id: uuid.UUID | None = None,
) -> pl.DataFrame:
    schema = {**PLACEMENT_SCHEMA, "place": pl.String, "shuttle_place": pl.String}
    frame = read_many(
        db,
        query_of(schema, PLACEMENT, "p", PLACEMENT_SOURCE, condition),
        schema,
        pool_id=pool_id,
        row_id=row_id,
        today=today,
    )
    frame = _located(frame, "place", "placement.latitude", "placement.longitude")
    return _located(
        frame, "shuttle_place", "placement.shuttle_latitude", "placement.shuttle_longitude"
    )


def _travel_times(
    db: Session, pool_id: uuid.UUID, homes: list[str] | None = None, site: str | None = None
) -> pl.DataFrame:
    """Return the measured journeys between the pool's homes and sites, or those of some."""
    conditions = [
        "t.origin = any({homes})"
        if homes is not None
        else "t.origin in (select left(c.mediation_postcode, 4) from candidate c"
        " where c.pool_id = {pool_id})",
        "t.destination = {site}"
        if site
        else "t.destination in (select left(s.postcode, 4) from site s)",
    ]
    read = read_many if homes is None else read_few
    return read(
        db,
        "select t.origin, t.destination, t.mode, t.minutes, t.source from travel_time t"
        f" where {' and '.join(conditions)}",
        TRAVEL_SCHEMA,
        pool_id=pool_id,
        homes=homes,
        site=site,
    )


def _previous(
    db: Session,
    condition: str,
    pool_id: uuid.UUID,
    row_id: uuid.UUID | None = None,
    ids: list[uuid.UUID] | None = None,
) -> pl.DataFrame:
    """Return the pairs of the published plan that nobody has decided about yet."""
    read = read_many if ids is None else read_few
    return read(
        db,
        "select q.candidate_id, q.placement_id from proposal q"
        " join pool p on p.published_run_id = q.run_id"
        f" where q.state = 'open' and {condition}",
        PREVIOUS_SCHEMA,
        pool_id=pool_id,
        row_id=row_id,
        ids=ids,
    )


def _located(frame: pl.DataFrame, place: str, latitude: str, longitude: str) -> pl.DataFrame:
    """Return the frame without its place, which says where when the postcode does not."""
    if frame.filter(pl.col(latitude).is_null() & pl.col(place).is_not_null()).is_empty():
        return frame.drop(place)
    known = place_frame().rename({"place": place, "latitude": "_lat", "longitude": "_lon"})
    return (
        frame.with_columns(place_key(pl.col(place)))
        .join(known, on=place, how="left", maintain_order="left")
        .with_columns(
            pl.coalesce(latitude, "_lat").alias(latitude),
            pl.coalesce(longitude, "_lon").alias(longitude),
        )
        .drop(place, "_lat", "_lon")
    )


_STAMP = """
    with seen as (
        select id from pool where id = :pool_id
        union select pool_id from sharing_agreement where other_pool_id = :pool_id
    ), parts as (
        select id, version::text || ':' || taken as mark from placement
            where pool_id in (select id from seen)
        union all
        select id, version::text from employer where pool_id in (select id from seen)
        union all
        select id, version::text from site where pool_id in (select id from seen)
        union all
        select id, version::text from supervisor_group where pool_id in (select id from seen)
        union all
        select site_id, coach_id::text from coach_site where pool_id in (select id from seen)
        union all
        select id, concat_ws(':', kinds, from_on, until_on) from sharing_agreement
            where other_pool_id = :pool_id
        union all
        select placement_id, people::text from held_openings()
    )
    select concat_ws(' ',
        (select count(*) from parts),
        (select sum(hashtextextended(id::text || mark, 0)) from parts),
        (select sum(hashtextextended(x::text, 0)) from postcode_area x),
        (select sum(hashtextextended(x::text, 0)) from minimum_wage x)
    )
"""
