"""Every fact about a placement in the column where the rules look for it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text

from matcher.store import tables as t
from matcher.store.database import transaction
from tests.integration.single import TODAY, YESTERDAY, World


@pytest.fixture
def world(database: str) -> Iterator[World]:
    with transaction() as db:
        yield World(db)


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
