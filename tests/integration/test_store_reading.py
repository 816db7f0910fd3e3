"""From rows to a snapshot: who and what is in it, and when it is another."""

import uuid
from collections.abc import Iterator

import polars as pl
import pytest
from sqlalchemy import text

from matcher.domain.snapshot import CANDIDATE_SCHEMA, PLACEMENT_SCHEMA
from matcher.errors import NotFound
from matcher.store import reading
from matcher.store import tables as t
from matcher.store.database import transaction
from tests.integration.single import TODAY, TOMORROW, YESTERDAY, World


@pytest.fixture
def world(database: str) -> Iterator[World]:
    with transaction() as db:
        yield World(db)


def test_nothing_recorded_is_null(world: World) -> None:
    known = {"id", "version", "pool", "deployed", "follow_up_planned", "experience_recorded",
             "objects_to_automation"}  # fmt: skip
    (row,) = world.snapshot().candidates.to_dicts()
    found = {name.partition(".")[2] for name, value in row.items() if value is not None}
    assert found == known
    assert (row["candidate.deployed"], row["candidate.experience_recorded"]) == (False, False)
    assert list(row) == list(CANDIDATE_SCHEMA)
    assert list(world.snapshot().placements.columns) == list(PLACEMENT_SCHEMA)


def test_where_people_and_sites_are(world: World) -> None:
    world.add(t.PostcodeArea(pc4="3511", latitude=52.09, longitude=5.12))
    world.candidate.mediation_postcode = "3511AB"
    world.candidate.place = "Groningen"
    world.site.place = " utrecht "
    world.placement.shuttle_place, world.placement.shuttle_minutes = "Zeist", 12
    # The postcode says more than the place, and is believed first.
    assert world.person("home") == "3511"
    assert (world.person("latitude"), world.person("longitude")) == (52.09, 5.12)
    assert world.place("latitude") == pytest.approx(52.09, abs=0.05)
    assert world.place("shuttle_longitude") == pytest.approx(5.23, abs=0.05)
    world.candidate.mediation_postcode = "9999XX"
    assert world.person("latitude") == pytest.approx(53.2, abs=0.1)
    world.candidate.place = "Nowhere at all"
    assert world.person("latitude") is None


def test_who_is_left_out_of_a_run_and_not_of_a_question(world: World) -> None:
    world.candidate.restricted = True
    assert world.snapshot().candidates.is_empty()
    world.candidate.restricted = False
    world.candidate.state = "inactive"
    assert world.snapshot().candidates.is_empty()
    asked = world.asked()
    assert asked.candidates.height == 1
    assert asked.placements.height == 1


def test_journeys_measured_between_the_pool_s_places(world: World) -> None:
    world.candidate.mediation_postcode, world.site.postcode = "3511AB", "3512AB"
    for origin, destination in (("3511", "3512"), ("3511", "9999"), ("9999", "3512")):
        world.add(
            t.TravelTime(
                origin=origin, destination=destination, mode="car", minutes=7.5, source="osrm"
            )
        )
    expected = [("3511", "3512", "car", 7.5, "osrm")]
    assert world.snapshot().travel_times.rows() == expected
    asked = world.asked()
    assert expected[0] in asked.travel_times.rows()


def test_placements_of_other_pools(world: World) -> None:
    other = world.add(t.Pool(key="other", name="Other"))
    theirs = {"pool_id": other.id}
    employer = world.add(t.Employer(**theirs, key="e", trade_name="Theirs"))
    for kind in ("regular", "learning"):
        world.add(t.Placement(**theirs, key=kind, employer_id=employer.id, title="Work", kind=kind))

    def shared() -> list[str]:
        frame = world.snapshot().placements.filter(pl.col("placement.shared"))
        assert set(frame["placement.pool"]) <= {str(other.id)}
        return sorted(frame["placement.kind"])

    assert shared() == []
    agreement = world.add(
        t.SharingAgreement(**theirs, other_pool_id=world.pool_id, kinds=["learning"])
    )
    assert shared() == ["learning"]
    agreement.kinds = []
    assert shared() == ["learning", "regular"]
    agreement.until_on = YESTERDAY
    assert shared() == []


def test_the_digest_is_that_of_the_content(world: World) -> None:
    for licence in ("C", "B", "T"):
        world.add(t.CandidateLicence(**world.of_candidate, licence=licence))
    before = world.snapshot().digest()
    assert world.snapshot().digest() == before
    world.candidate.hours_max = 12
    assert world.snapshot().digest() != before


def test_the_stamp_changes_with_what_placements_show(world: World) -> None:
    seen = set()

    def changed() -> bool:
        world.db.flush()
        stamp = reading.content_stamp(world.db, world.pool_id)
        is_new = stamp not in seen
        seen.add(stamp)
        return is_new

    assert changed()
    assert not changed()
    world.candidate.version += 1
    assert not changed()
    for row in (world.placement, world.employer, world.site):
        row.version += 1
        assert changed()
    world.placement.taken = 1
    assert changed()
    added = world.add_placement("q")
    assert changed()
    world.db.delete(added)
    assert not changed()
    coach = world.add(t.Coach(**world.mine, key="k", name="Coach"))
    world.add(t.CoachSite(**world.mine, coach_id=coach.id, site_id=world.site.id))
    assert changed()
    area = world.add(t.PostcodeArea(pc4="3511", latitude=52.0, longitude=5.1))
    assert changed()
    area.latitude = 52.1
    assert changed()
    world.db.execute(text("insert into minimum_wage values ('2027-01-01', 15.10, 'invented')"))
    assert changed()
    other = world.add(t.Pool(key="other", name="Other"))
    agreement = world.add(t.SharingAgreement(pool_id=other.id, other_pool_id=world.pool_id))
    assert changed()
    agreement.until_on = TOMORROW
    assert changed()


def test_what_is_not_there(world: World) -> None:
    with pytest.raises(NotFound):
        reading.read_placement(world.db, uuid.uuid4())
    with pytest.raises(NotFound):
        reading.read_published(world.db, uuid.uuid4())
    assert reading.read_published(world.db, world.pool_id) is None
    assert reading.read_prices(world.db, world.pool_id).is_empty()
    empty = world.add(t.Pool(key="empty", name="Empty"))
    assert reading.read_snapshot(world.db, empty.id, TODAY).candidates.is_empty()
