"""What the database itself refuses, however a row arrives."""

import uuid
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session

from matcher.store.database import transaction
from matcher.store.tables import (
    Candidate,
    CandidateEducation,
    CandidateLanguage,
    CandidateLicence,
    CandidateParking,
    CandidatePreference,
    CandidateTransport,
    Deployment,
    Employer,
    MatchRun,
    Placement,
    PlacementRequirement,
    PolicyRow,
    Pool,
    PostcodeArea,
    Site,
    TravelTime,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)


class World:
    """A pool with one of each, and a second pool."""

    def __init__(self, db: Session) -> None:
        pools = [Pool(key="one", name="One"), Pool(key="two", name="Two")]
        db.add_all(pools)
        db.flush()
        self.pool_id, self.other_pool_id = (pool.id for pool in pools)
        employer = Employer(pool_id=self.pool_id, key="e", trade_name="Works")
        db.add(employer)
        db.flush()
        self.employer_id = employer.id
        placement = Placement(
            pool_id=self.pool_id, key="p", employer_id=employer.id, title="Work", openings=2
        )
        candidate = Candidate(pool_id=self.pool_id, key="c")
        db.add_all([placement, candidate])
        db.flush()
        self.placement_id, self.candidate_id = placement.id, candidate.id


@pytest.fixture
def world(database: str) -> World:
    with transaction() as db:
        return World(db)


def refused(row: object) -> None:
    told = repr(row)
    try:
        with transaction() as db:
            db.add(row)
    except IntegrityError:
        return
    pytest.fail(f"accepted: {told}")


BAD_CANDIDATES = [
    {"state": "gone"},
    {"municipality": "12345"},
    {"mediation_postcode": "1234 AB"},
    {"mediation_postcode": "0234AB"},
    {"mediation_postcode": "1234SS"},
    {"max_distance_km": 1000},
    {"radius_code": 0},
    {"hours_min": -1},
    {"hours_min": 20, "hours_max": 10},
    {"dayparts": "1" * 20},
    {"dayparts": "2" * 21},
    {"available_from": date(2026, 2, 1), "available_until": date(2026, 1, 1)},
    {"work_level": 7},
    {"contract_type": "X"},
    {"contract_kind": "1"},
    {"limit_lifting": 4},
    {"need_structure": -1},
    {"guidance_need": "some"},
    {"ladder_step": 0},
    {"wage_value_low": 60, "wage_value_high": 50},
    {"wage_value_high": 101},
    {"distance_class": "midden"},
    {"wanted_training": "course"},
]


def test_bad_candidates(world: World) -> None:
    for values in BAD_CANDIDATES:
        refused(Candidate(pool_id=world.pool_id, key="bad", **values))


def test_a_good_candidate_at_the_edges(world: World) -> None:
    with transaction() as db:
        db.add(
            Candidate(
                pool_id=world.pool_id,
                key="edge",
                mediation_postcode="9999zz",
                hours_min=0,
                hours_max=99,
                max_travel_minutes=999,
                limit_outdoors=3,
                dayparts="01" * 10 + "1",
            )
        )


BAD_PLACEMENTS = [
    {"openings": 0},
    {"openings": 1, "taken": 2},
    {"taken": -1},
    {"kind": "job"},
    {"state": "gone"},
    {"hours_min": 30, "hours_max": 20},
    {"season_months": [13]},
    {"hourly_wage": -1},
    {"demand_pace": 4},
    {"level_min": 0},
    {"start_earliest": date(2026, 2, 1), "start_latest": date(2026, 1, 1)},
    {"training_offered": "some"},
    {"sector": "123"},
    {"title": ""},
]


def test_bad_placements(world: World) -> None:
    for values in BAD_PLACEMENTS:
        row = {"title": "Work", "openings": 1} | values
        refused(Placement(pool_id=world.pool_id, key="bad", employer_id=world.employer_id, **row))


def test_bad_details(world: World) -> None:
    mine = {"pool_id": world.pool_id, "candidate_id": world.candidate_id}
    for row in (
        CandidateTransport(**mine, mode="horse"),
        CandidateLicence(**mine, licence="Z"),
        CandidateEducation(**mine, level=7),
        CandidateEducation(**mine, level=4, diploma=3),
        CandidateLanguage(**mine, language="nl"),
        CandidateLanguage(**mine, language="nld", oral=5),
        CandidatePreference(**mine, target_kind="sector", target="81300", mark=11),
        CandidateParking(**mine, target_kind="person", target="somebody"),
        CandidateParking(**mine, target_kind="pair"),
        PlacementRequirement(
            pool_id=world.pool_id, placement_id=world.placement_id, field="age", value="young"
        ),
        Employer(pool_id=world.pool_id, key="k", trade_name="K", kvk_number="123"),
        Employer(pool_id=world.pool_id, key="k", trade_name="K", pso_level="4"),
        PostcodeArea(pc4="0123", latitude=52, longitude=5),
        PostcodeArea(pc4="3511", latitude=99, longitude=5),
        TravelTime(origin="3511", destination="3512", mode="boat", minutes=3, source="osrm"),
        Pool(key="Large Letters", name="x"),
    ):
        refused(row)


def test_a_zone_that_nobody_knows(database: str) -> None:
    with pytest.raises(DBAPIError), transaction() as db:
        db.add(Pool(key="moon", name="Moon", timezone="Moon/Sea_of_Tranquility"))


def test_keys_are_unique_within_a_pool_only(world: World) -> None:
    refused(Candidate(pool_id=world.pool_id, key="c"))
    with transaction() as db:
        db.add(Candidate(pool_id=world.other_pool_id, key="c"))


def test_no_row_points_into_another_pool(world: World) -> None:
    refused(
        CandidateLicence(pool_id=world.other_pool_id, candidate_id=world.candidate_id, licence="B")
    )
    refused(Site(pool_id=world.other_pool_id, key="s", employer_id=world.employer_id))
    refused(
        Deployment(
            pool_id=world.other_pool_id,
            key="d",
            candidate_id=world.candidate_id,
            placement_id=world.placement_id,
            from_on=date(2026, 1, 1),
        )
    )


def test_details_go_with_the_person(world: World) -> None:
    with transaction() as db:
        db.add(
            CandidateLicence(pool_id=world.pool_id, candidate_id=world.candidate_id, licence="B")
        )
    with transaction() as db:
        db.delete(db.get_one(Candidate, world.candidate_id))
    with transaction() as db:
        assert db.get(CandidateLicence, (world.pool_id, world.candidate_id, "B")) is None


def test_one_deployment_active_and_one_planned(world: World) -> None:
    def deployment(key: str, state: str) -> Deployment:
        return Deployment(
            pool_id=world.pool_id,
            key=key,
            candidate_id=world.candidate_id,
            placement_id=world.placement_id,
            from_on=date(2026, 1, 1),
            state=state,
        )

    with transaction() as db:
        db.add_all(
            deployment(*row)
            for row in (("a", "active"), ("b", "planned"), ("c", "ended"), ("d", "ended"))
        )
    refused(deployment("e", "active"))
    refused(deployment("f", "planned"))


def test_a_policy_is_never_changed(world: World) -> None:
    row = PolicyRow(
        pool_id=world.pool_id, version=1, valid_from=date(2026, 1, 1), toml="", digest="0" * 64
    )
    with transaction() as db:
        db.add(row)
    with pytest.raises(IntegrityError, match="publish a new version"), transaction() as db:
        db.get_one(PolicyRow, row.id).toml = "[run]"
    with pytest.raises(IntegrityError, match="publish a new version"), transaction() as db:
        db.delete(db.get_one(PolicyRow, row.id))


BAD_RUNS = [
    {"kind": "weekly"},
    {"kind": "nightly"},
    {"kind": "request", "business_date": date(2026, 1, 1)},
    {"kind": "request", "state": "running"},
    {"kind": "request", "state": "running", "lease_until": NOW},
    {"kind": "request", "lease_until": NOW},
    {"kind": "request", "state": "succeeded"},
    {"kind": "request", "finished_at": NOW},
    {"kind": "request", "attempt": 4},
    {"kind": "request", "solver_failures": 1},
]


def test_bad_runs(world: World) -> None:
    for values in BAD_RUNS:
        refused(MatchRun(pool_id=world.pool_id, **values))


def test_what_if_goes_on_beside_a_run(world: World) -> None:
    running = {"state": "running", "owner": "w", "lease_until": NOW}
    with transaction() as db:
        db.add(MatchRun(pool_id=world.pool_id, kind="request", **running))
        asked = {**running, "question": {"kind": "advice"}}
        db.add(MatchRun(pool_id=world.pool_id, kind="what_if", **asked))
        db.add(MatchRun(pool_id=world.pool_id, kind="what_if", **asked))
    refused(
        MatchRun(pool_id=world.pool_id, kind="nightly", business_date=date(2026, 1, 1), **running)
    )


def test_a_final_state_is_final(world: World) -> None:
    run = MatchRun(
        pool_id=world.pool_id, kind="request", state="failed", finished_at=NOW, id=uuid.uuid4()
    )
    with transaction() as db:
        db.add(run)
    for state in ("queued", "succeeded"):
        with pytest.raises(IntegrityError, match="stays so"), transaction() as db:
            db.get_one(MatchRun, run.id).state = state
