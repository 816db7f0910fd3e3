"""Every fact about a person in the column where the rules look for it."""

from collections.abc import Iterator
from datetime import date

import pytest

from matcher.store import tables as t
from matcher.store.database import transaction
from tests.integration.single import TODAY, TOMORROW, YESTERDAY, World


@pytest.fixture
def world(database: str) -> Iterator[World]:
    with transaction() as db:
        yield World(db)


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
