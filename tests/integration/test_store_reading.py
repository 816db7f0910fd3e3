"""From rows to the columns of a snapshot: every fact where the rules look for it."""

import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from sqlalchemy import text
from sqlmodel import Session

from matcher.domain.snapshot import CANDIDATE_SCHEMA, PLACEMENT_SCHEMA, PoolSnapshot
from matcher.errors import NotFound
from matcher.store import reading
from matcher.store import tables as t
from matcher.store.database import transaction

TODAY = date(2026, 11, 21)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


class World:
    """A pool with one employer, one placement and one candidate, to which a test adds facts."""

    def __init__(self, db: Session) -> None:
        self.db = db
        pool = t.Pool(key="pool", name="Pool")
        db.add(pool)
        db.flush()
        self.pool_id = pool.id
        self.mine = {"pool_id": pool.id}
        self.employer = self.add(t.Employer(**self.mine, key="e", trade_name="Works"))
        self.site = self.add(t.Site(**self.mine, key="s", employer_id=self.employer.id))
        self.placement = self.add_placement("p")
        self.candidate = self.add(t.Candidate(**self.mine, key="c"))
        self.of_candidate = {**self.mine, "candidate_id": self.candidate.id}
        self.of_placement = {**self.mine, "placement_id": self.placement.id}

    def add(self, row):
        self.db.add(row)
        self.db.flush()
        return row

    def add_placement(self, key: str, **values: object) -> t.Placement:
        row = {"title": "Work", "openings": 2, "state": "open", "site_id": self.site.id} | values
        return self.add(t.Placement(**self.mine, key=key, employer_id=self.employer.id, **row))

    def snapshot(self) -> PoolSnapshot:
        self.db.flush()
        return reading.read_snapshot(self.db, self.pool_id, TODAY)

    def asked(self) -> PoolSnapshot:
        """Return the candidate alone with all placements, as for a question."""
        placements = reading.read_placements(self.db, self.pool_id, TODAY)
        ids = [self.candidate.id]
        return reading.read_people(self.db, ids, self.pool_id, TODAY, placements)

    def person(self, column: str) -> object:
        """Return one column of the candidate, the same from the whole pool and from one."""
        whole = self.snapshot().candidates.filter(pl.col("candidate.id") == str(self.candidate.id))
        alone = self.asked().candidates
        assert alone.equals(whole)
        return _value(alone[f"candidate.{column}"])

    def place(self, column: str) -> object:
        """Return one column of the placement, the same from the whole pool and from one."""
        whole = self.snapshot().placements.filter(pl.col("placement.id") == str(self.placement.id))
        alone = reading.read_placement(self.db, self.placement.id, TODAY).placements
        assert alone.equals(whole)
        return _value(alone[f"placement.{column}"])


def _value(series: pl.Series) -> object:
    (value,) = series.to_list()
    return value


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


def test_plain_columns(world: World) -> None:
    person = world.candidate
    person.hours_min, person.hours_max, person.limit_lifting = 8, 24, 2
    person.office_hours, person.walking, person.irregular_work_ok = True, False, None
    person.guidance_need, person.wanted_training, person.distance_class = "medium", "bbl", "groot"
    person.available_from = TOMORROW
    person.dayparts = "10" * 10 + "1"
    assert world.person("hours_min") == 8
    assert world.person("limit_lifting") == 2
    assert (world.person("office_hours"), world.person("walks")) == (True, False)
    assert world.person("irregular_work_ok") is None
    assert world.person("guidance_need") == "medium"
    assert world.person("wanted_training") == "bbl"
    assert world.person("distance_class") == "groot"
    assert world.person("available_from") == TOMORROW
    assert world.person("dayparts") == "10" * 10 + "1"


def test_transport(world: World) -> None:
    world.add(t.CandidateTransport(**world.of_candidate, mode="car", for_commute=False))
    assert world.person("transport") == []
    assert world.person("vehicle_for_work") is None
    world.add(t.CandidateTransport(**world.of_candidate, mode="bicycle", for_work=False))
    world.add(t.CandidateTransport(**world.of_candidate, mode="public_transport", for_work=True))
    assert world.person("transport") == ["bicycle", "public_transport"]
    assert world.person("vehicle_for_work") is None
    world.add(t.CandidateTransport(**world.of_candidate, mode="moped", for_work=True))
    assert world.person("vehicle_for_work") is True


def test_qualifications(world: World) -> None:
    mine = world.of_candidate
    world.db.add_all(
        [
            t.CandidateLicence(**mine, licence="B"),
            t.CandidateLicence(**mine, licence="AM"),
            t.CandidateCourse(**mine, name="VCA"),
            t.CandidateCourse(**mine, name="BHV", expires_on=YESTERDAY),
            t.CandidateCourse(**mine, name="Forklift, class 1", expires_on=TODAY),
            t.CandidateLanguage(**mine, language="nld", oral=3, written=0, reading=8),
            t.CandidateLanguage(**mine, language="eng", oral=2),
            t.CandidateCompetence(**mine, uri="http://competence/2"),
            t.CandidateInterest(**mine, tag='hands "on"'),
        ]
    )
    assert world.person("licences") == ["AM", "B"]
    assert world.person("certificates") == ["Forklift, class 1", "VCA"]
    assert world.person("languages") == ["eng:oral:2", "nld:oral:3"]
    assert world.person("competences") == ["http://competence/2"]
    assert world.person("interests") == ['hands "on"']


def test_wishes_and_refusals(world: World) -> None:
    mine = world.of_candidate
    world.db.add_all(
        [
            t.CandidateOccupation(**mine, occupation="http://o/1", rank=2),
            t.CandidateOccupation(**mine, occupation="http://o/2", rank=1),
            t.CandidateSector(**mine, sbi_code="01130"),
            t.CandidatePreference(**mine, target_kind="occupation", target="http://o/1", mark=9),
            t.CandidatePreference(**mine, target_kind="placement", target="p", mark=4),
            t.CandidatePreference(**mine, target_kind="sector", target="81300", veto=True),
            t.CandidateExclusion(**mine, target_kind="employer", target="e"),
            t.CandidateExclusion(**mine, target_kind="kind", target="learning", until=YESTERDAY),
            t.CandidateExclusion(**mine, target_kind="kind", target="sheltered", until=TODAY),
            t.CandidateParking(**mine, target_kind="pair", target="p", until=TOMORROW),
            t.CandidateParking(**mine, target_kind="person"),
            t.CandidateParking(**mine, target_kind="kind", target="regular", until=YESTERDAY),
        ]
    )
    placement_id, employer_id = world.placement.id, world.employer.id
    assert world.person("occupations_wished") == ["http://o/2", "http://o/1"]
    assert world.person("sectors_wished") == ["01130"]
    assert world.person("preferences") == [
        "occupation:http://o/1:9",
        f"placement:{placement_id}:4",
    ]
    assert world.person("exclusions") == [
        f"employer:{employer_id}",
        "kind:sheltered",
        "sector:81300",
    ]
    assert world.person("parkings") == [f"pair:{placement_id}", "person:"]


def test_experience(world: World) -> None:
    mine = world.of_candidate
    world.add(t.CandidateExperience(**mine, organisation="Elsewhere", occupation="cook"))
    assert (world.person("experience_recorded"), world.person("experience")) == (True, None)
    world.add(t.CandidateExperience(**mine, employer_id=world.employer.id, occupation="http://o/1"))
    world.add(t.CandidateExperience(**mine, employer_id=world.employer.id))
    employer = world.employer.id
    assert world.person("experience") == [f"{employer}:", f"{employer}:http://o/1"]


def deployment(world: World, key: str, state: str, until: date | None) -> None:
    world.add(
        t.Deployment(
            **world.of_candidate,
            key=key,
            placement_id=world.placement.id,
            from_on=date(2026, 1, 1),
            until_on=until,
            state=state,
        )
    )


def test_deployments(world: World) -> None:
    deployment(world, "old", "ended", YESTERDAY)
    assert world.person("deployed") is False
    deployment(world, "next", "planned", None)
    assert (world.person("deployed"), world.person("deployed_until")) == (True, None)
    assert world.person("follow_up_planned") is False
    deployment(world, "now", "active", TOMORROW)
    assert (world.person("deployed"), world.person("deployed_until")) == (True, TOMORROW)
    assert world.person("follow_up_planned") is True


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


def test_requirements(world: World) -> None:
    def asks(field: str, value: str | None = None, **other: object) -> None:
        world.add(t.PlacementRequirement(**world.of_placement, field=field, value=value, **other))

    asks("licence", "B", essential=True, reason="drives the van")
    asks("licence", "C")
    asks("certificate", "VCA", essential=True, reason=" ")
    asks("language", "nld:oral", level=3, essential=True, safety=True)
    asks("language", "nld:reading", essential=True, reason="work orders")
    asks("competence", "http://competence/1")
    assert world.place("licences_required") == ["B"]
    assert world.place("certificates_required") == ["VCA"]
    assert world.place("languages_required") == ["nld:reading:2"]
    assert world.place("safety_languages_required") == ["nld:oral:3"]
    assert world.place("competences_wished") == ["http://competence/1"]
    assert world.place("essentials_without_reason") == 2
    world.placement.level_min = 3
    assert world.place("level_required") is None
    asks("level", essential=True, reason="plans own work")
    assert world.place("level_required") == 3


def test_what_the_employer_brings(world: World) -> None:
    employer = world.employer
    employer.sbi_code = "81300"
    employer.pso_level, employer.pso_until = "2", YESTERDAY
    employer.code_until = TODAY
    employer.training_firm, employer.crebo = True, ["25123"]
    employer.no_displacement_on = YESTERDAY
    assert world.place("sector") == "81300"
    assert (world.place("pso_level"), world.place("code_in_force")) == ("none", True)
    assert world.place("no_displacement_on") == YESTERDAY
    assert world.place("training_recognised") is False
    world.placement.training_crebo = "25123"
    world.placement.sector = "01130"
    employer.pso_until = None
    assert (world.place("training_recognised"), world.place("sector")) == (True, "01130")
    assert world.place("pso_level") == "2"


def test_capacity(world: World) -> None:
    assert (world.place("group_free"), world.place("supervisors")) == (None, None)
    group = world.add(
        t.SupervisorGroup(**world.mine, key="g", site_id=world.site.id, supervisors=1)
    )
    world.placement.supervisor_group_id = group.id
    world.placement.taken = 1
    world.add_placement("q", supervisor_group_id=group.id, openings=5, taken=2)
    assert (world.place("group_free"), world.place("supervisors")) == (1, 1)
    group.max_guided = 10
    assert world.place("group_free") == 7


def test_wages_seasons_tags_coaches(world: World) -> None:
    world.placement.hourly_wage = Decimal("15.20")
    world.placement.season_months = [4, 5]
    world.add(t.PlacementTag(**world.of_placement, tag="green"))
    coach = world.add(t.Coach(**world.mine, key="k", name="Coach"))
    world.add(t.CoachSite(**world.mine, coach_id=coach.id, site_id=world.site.id))
    world.candidate.coach_id = coach.id
    assert (world.place("hourly_wage"), world.place("minimum_wage")) == (15.2, 14.71)
    assert world.place("season_months") == [4, 5]
    assert world.place("tags") == ["green"]
    assert world.place("coaches") == [str(coach.id)] == [world.person("coach")]
    world.db.execute(text("insert into minimum_wage values ('2027-01-01', 15.10, 'invented')"))
    world.placement.start_earliest = date(2027, 2, 1)
    assert world.place("minimum_wage") == 15.1


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
