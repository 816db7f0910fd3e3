"""Every fact of a pair, one line each."""

from datetime import date
from typing import Any

import pytest

from matcher.domain.columns import pair
from matcher.domain.policy import Policy
from matcher.errors import SnapshotError
from matcher.optimisation.makers import MAKERS
from matcher.optimisation.pairing import pair_up
from matcher.optimisation.prepared import prepare
from tests.builders import COOK, GARDENER, TODAY, TREE_CARER, UTRECHT, candidate, placement, pool
from tests.unit.optimisation.pairs import every_row, made


def test_every_pair_column_is_made_once() -> None:
    names = [name for names, _ in MAKERS for name in names]
    assert sorted(names) == sorted(column.name for column in pair.columns())


def test_every_column_has_its_declared_type() -> None:
    prepared = prepare(pool([candidate()], [placement()]), Policy.default())
    for column in pair.columns():
        frame = pair_up(prepared, *every_row(1, 1), [column.name])
        assert frame.schema == {column.name: column.dtype}


def test_an_undeclared_column_is_refused() -> None:
    prepared = prepare(pool([candidate()], [placement()]), Policy.default())
    with pytest.raises(SnapshotError, match=r"pair\.charm is no column"):
        pair_up(prepared, *every_row(1, 1), ["pair.charm"])


# journeys: Utrecht to Zeist is 7.5 km as the crow flies


def test_a_bicycle_journey_is_an_estimate() -> None:
    found = made()
    assert found["pair.km"] == pytest.approx(7.52, abs=0.05)
    # 7.5 km with a detour of 1.3 at 15 km an hour
    assert found["pair.minutes"] == 39
    assert found["pair.mode"] == "bicycle"
    assert found["pair.mode_assumed"] is False
    assert found["pair.journey_measured"] is False


@pytest.mark.parametrize(
    ("person", "mode", "minutes"),
    [
        ({"transport": ["car", "bicycle"]}, "car", 18),
        ({"transport": []}, "walking", 117),
        ({"transport": [], "walks": None}, "walking", 117),
        ({"transport": ["public_transport"]}, "public_transport", 39),
        ({"transport": ["moped"], "walks": False}, "moped", 23),
        ({"transport": None}, "bicycle", 39),
        ({"transport": [], "walks": False}, None, None),
        ({"latitude": None}, None, None),
    ],
)
def test_the_fastest_usable_mode_counts(person: dict[str, Any], mode, minutes) -> None:
    found = made(person=person)
    assert found["pair.mode"] == mode
    assert found["pair.minutes"] == minutes


def test_without_recorded_transport_a_bicycle_is_assumed() -> None:
    assert made(person={"transport": None})["pair.mode_assumed"] is True


def test_next_door_is_no_minutes_away() -> None:
    found = made(place={"latitude": UTRECHT[0], "longitude": UTRECHT[1]})
    assert (found["pair.km"], found["pair.minutes"], found["pair.mode"]) == (0, 0, "walking")


def test_a_shuttle_is_walked_or_cycled_to_and_ridden() -> None:
    stop = {"shuttle_latitude": UTRECHT[0], "shuttle_longitude": UTRECHT[1], "shuttle_minutes": 12}
    found = made(place=stop)
    assert (found["pair.mode"], found["pair.minutes"]) == ("shuttle", 12)
    by_car = made(person={"transport": ["car"], "walks": False}, place=stop)
    assert by_car["pair.mode"] == "car"


def measured(mode: str, minutes: float) -> list[dict[str, Any]]:
    return [{"home": "3511", "site": "3703", "mode": mode, "minutes": minutes, "source": "test"}]


def test_a_measured_journey_takes_the_place_of_its_estimate() -> None:
    slower = made(travel_times=measured("bicycle", 44.5))
    assert (slower["pair.minutes"], slower["pair.journey_measured"]) == (45, True)
    faster = made(travel_times=measured("walking", 20.4))
    assert (faster["pair.minutes"], faster["pair.mode"]) == (20, "walking")
    # a mode that this person cannot use makes no difference
    other = made(travel_times=measured("car", 5))
    assert (other["pair.minutes"], other["pair.journey_measured"]) == (39, False)


def test_a_measured_journey_needs_no_coordinates() -> None:
    found = made(person={"latitude": None}, travel_times=measured("bicycle", 30))
    assert (found["pair.km"], found["pair.minutes"]) == (None, 30)


# sets


@pytest.mark.parametrize(
    ("available", "needed", "missing"),
    [
        ("1" * 21, "1" * 21, 0),
        ("0" * 21, "110" + "0" * 18, 2),
        ("0" * 20 + "1", "0" * 20 + "1", 0),
        (None, "1" * 21, None),
        ("1" * 21, None, None),
        (None, "0" * 21, 0),
    ],
)
def test_dayparts(available, needed, missing) -> None:
    found = made(person={"dayparts": available}, place={"dayparts": needed})
    assert found["pair.dayparts_missing"] == missing


@pytest.mark.parametrize(
    ("held", "required", "missing"),
    [
        (["B"], ["B"], 0),
        (["B"], ["C"], 1),
        (["CE"], ["C", "B", "BE", "C1E"], 0),
        (["BE"], ["AM"], 0),
        ([], ["B"], None),
        (None, ["B"], None),
        (None, [], 0),
        (["T"], ["B", "C"], 2),
    ],
)
def test_licences(held, required, missing) -> None:
    found = made(person={"licences": held}, place={"licences_required": required})
    assert found["pair.licences_missing"] == missing


def test_a_vocabulary_may_be_larger_than_a_word() -> None:
    names = [f"certificate {n}" for n in range(200)]
    found = made(person={"certificates": names[:150]}, place={"certificates_required": names})
    assert found["pair.certificates_missing"] == 50


@pytest.mark.parametrize(
    ("known", "required", "gap", "unknown"),
    [
        (["nld:oral:3"], ["nld:oral:2"], 0, 0),
        (["nld:oral:1"], ["nld:oral:3"], 2, 0),
        (["nld:oral:1"], ["nld:oral:2", "eng:oral:1"], 1, 1),
        (["nld:oral:1", "nld:oral:3"], ["nld:oral:3"], 0, 0),
        (None, ["nld:oral:1"], 0, 1),
        (None, [], 0, 0),
    ],
)
def test_languages(known, required, gap, unknown) -> None:
    found = made(person={"languages": known}, place={"languages_required": required})
    assert (found["pair.language_gap"], found["pair.languages_unknown"]) == (gap, unknown)
    safety = made(person={"languages": known}, place={"safety_languages_required": required})
    assert (safety["pair.safety_language_gap"], safety["pair.safety_languages_unknown"]) == (
        gap,
        unknown,
    )


def test_demands() -> None:
    found = made(
        person={"limit_lifting": 1, "limit_pace": None, "limit_standing": None},
        place={"demand_lifting": 3, "demand_pace": 1, "demand_standing": 0, "demand_stimuli": None},
    )
    assert (found["pair.demand_gap"], found["pair.demands_unknown"]) == (2, 1)


@pytest.mark.parametrize(
    ("experience", "recorded", "before"),
    [
        ([f"employer-1:{TREE_CARER}"], True, True),
        ([f"employer-1:{COOK}"], True, False),
        ([f"employer-2:{GARDENER}"], True, False),
        (["employer-1:"], True, None),
        ([], True, False),
        ([], False, None),
        (None, None, None),
    ],
)
def test_similar_work_at_this_employer(experience, recorded, before) -> None:
    found = made(person={"experience": experience, "experience_recorded": recorded})
    assert found["pair.same_work_before"] is before


def test_work_before_cannot_be_compared_with_an_unknown_occupation() -> None:
    person = {"experience": [f"employer-1:{COOK}"]}
    assert made(person=person, place={"occupation": None})["pair.same_work_before"] is None


@pytest.mark.parametrize(
    ("exclusions", "excluded"),
    [
        ([], False),
        (None, False),
        (["employer:employer-1"], True),
        (["employer:employer-2", "kind:learning"], False),
        (["kind:wage_earning"], True),
        (["placement:placement-1"], True),
        ([f"occupation:{GARDENER}"], True),
        ([f"occupation:{TREE_CARER}"], False),
        (["sector:81"], True),
        (["sector:81300"], True),
        (["sector:81210"], False),
    ],
)
def test_exclusions(exclusions, excluded) -> None:
    assert made(person={"exclusions": exclusions})["pair.excluded"] is excluded


@pytest.mark.parametrize(
    ("parkings", "parked"),
    [
        (None, False),
        (["pair:placement-1"], True),
        (["pair:placement-2"], False),
        (["kind:wage_earning"], True),
        (["person:"], True),
    ],
)
def test_parkings(parkings, parked) -> None:
    assert made(person={"parkings": parkings})["pair.parked"] is parked


@pytest.mark.parametrize(
    ("preferences", "mark"),
    [
        (None, None),
        ([f"occupation:{COOK}:9"], None),
        (["sector:81300:3"], 3),
        (["sector:81:2"], 2),
        (["sector:81300:3", f"occupation:{GARDENER}:0"], 0),
        (["sector:81:2", "placement:placement-1:10", f"occupation:{GARDENER}:5"], 10),
    ],
)
def test_the_most_particular_mark_counts(preferences, mark) -> None:
    assert made(person={"preferences": preferences})["pair.preference_mark"] == mark


@pytest.mark.parametrize(
    ("occupations", "sectors", "match"),
    [
        ([GARDENER], [], 3),
        ([COOK, TREE_CARER], [], 2),
        ([COOK], ["81210"], 1),
        ([COOK], ["56101"], 0),
        (None, ["56101"], 0),
        (None, [], None),
    ],
)
def test_wished_work(occupations, sectors, match) -> None:
    person = {"occupations_wished": occupations, "sectors_wished": sectors}
    assert made(person=person)["pair.occupation_match"] == match


def test_competences_and_interests() -> None:
    found = made(
        person={"competences": ["x", "z"], "interests": []},
        place={"competences_wished": ["x", "y"], "tags": ["animals"]},
    )
    assert (found["pair.competences_shared"], found["pair.competences_asked"]) == (1, 2)
    assert (found["pair.tags_shared"], found["pair.tags_asked"]) == (None, 1)


@pytest.mark.parametrize(
    ("coach", "coaches", "serves"),
    [
        ("coach-1", ["coach-2", "coach-1"], True),
        ("coach-3", ["coach-2"], False),
        (None, ["coach-1"], False),
    ],
)
def test_the_coach_serves_the_site(coach, coaches, serves) -> None:
    found = made(person={"coach": coach}, place={"coaches": coaches})
    assert found["pair.coach_serves_site"] is serves


def test_proposals_of_the_last_run() -> None:
    assert made()["pair.proposed_last_run"] is False
    proposed = made(previous=[("candidate-1", "placement-1"), ("gone", "placement-1")])
    assert proposed["pair.proposed_last_run"] is True


def test_a_snapshots_day_is_its_own() -> None:
    assert date(2026, 3, 2) == TODAY
    assert made(person={"waiting_since": date(2026, 3, 1)})["candidate.waiting_days"] == 1
