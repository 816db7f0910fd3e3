"""Invented worlds are what they say, and every way of working keeps to what is possible."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from matcher.optimisation.assignment import Pairs
from matcher.simulation.approaches import (
    APPROACHES,
    PRODUCT,
    Approach,
    Choice,
    Situation,
    longest_waiting,
)
from matcher.simulation.replay import MEASURES, Foresight, best_in_hindsight, measure, play
from matcher.simulation.worlds import PONDER_DAYS, Setting, World, invent

NIGHT = Setting(weeks=1, load=1.7, thickness=5, refusal=0.0, people=200)
YEAR = Setting(weeks=52, load=1.1, thickness=20, refusal=0.3, people=60)


@pytest.fixture(scope="module", params=[NIGHT, YEAR], ids=["night", "year"])
def world(request: pytest.FixtureRequest) -> World:
    return invent(request.param, 4)


def test_the_same_seed_gives_the_same_world(world: World) -> None:
    again, other = invent(world.setting, 4), invent(world.setting, 5)
    for name in ("minutes", "luck", "accepts", "openings", "waiting_days", "leaves"):
        np.testing.assert_array_equal(getattr(again, name), getattr(world, name))
    np.testing.assert_array_equal(again.pairs.points, world.pairs.points)
    assert not np.array_equal(other.waiting_days, world.waiting_days)


@pytest.mark.parametrize("load", [0.8, 1.7])
@pytest.mark.parametrize("thickness", [5, 20])
def test_load_and_thickness_are_what_was_asked(load: float, thickness: int) -> None:
    made = invent(Setting(1, load, thickness, 0.0, 800), 1)
    assert made.openings.sum() == round(800 / load)
    assert len(made.pairs) / 800 == pytest.approx(thickness, rel=0.1)
    assert made.minutes.min() >= 0
    assert 0 <= made.pairs.points.min() < made.pairs.points.max() <= 1_000


def test_of_a_year_some_come_later_and_have_not_waited_yet() -> None:
    made = invent(YEAR, 1)
    late = made.arrives > 0
    assert made.ponder.max() == PONDER_DAYS
    assert (~late).sum() == 60
    assert late.sum() > 20
    assert (made.waiting_days[late] < 0).all()
    assert (made.waiting_days[~late] >= 0).all()


@pytest.mark.parametrize("approach", APPROACHES, ids=lambda each: each.code)
def test_only_what_is_possible_comes_about(world: World, approach: Approach) -> None:
    made = play(world, approach.choose).made
    people, places = world.pairs.candidate[made], world.pairs.placement[made]
    assert made.size > 0
    assert np.unique(people).size == people.size
    assert (np.bincount(places, minlength=world.openings.size) <= world.openings).all()
    assert (world.accepts[made] >= world.setting.refusal).all()
    assert (world.arrives[people] < world.closes[places]).all()
    assert (world.opens[places] < world.leaves[people]).all()


@pytest.mark.parametrize("approach", APPROACHES, ids=lambda each: each.code)
def test_hindsight_is_not_beaten(world: World, approach: Approach) -> None:
    best = best_in_hindsight(world)
    figures = measure(world, play(world, approach.choose), best)
    assert figures["points_share"] is not None
    assert figures["points_share"] <= 100
    assert set(figures) == {made.code for made in MEASURES}


def test_of_a_night_without_refusals_most_points_is_hindsight() -> None:
    made = invent(NIGHT, 2)
    most = next(each for each in APPROACHES if each.code == "points_alone")
    assert measure(made, play(made, most.choose), best_in_hindsight(made))["points_share"] == 100


def test_nothing_places_more_people_in_a_night_than_the_product() -> None:
    for seed in range(5):
        made = invent(NIGHT, seed)
        most = play(made, PRODUCT.choose).made.size
        assert all(play(made, each.choose).made.size <= most for each in APPROACHES)


def test_what_is_refused_is_not_proposed_again() -> None:
    made = invent(Setting(52, 1.1, 20, 1.0, 40), 1)
    seen: list[tuple[int, int]] = []

    def watched(now: Situation) -> Choice:
        choice = PRODUCT.choose(now)
        new = choice.chosen & ~now.kept
        seen.extend(zip(now.pairs.candidate[new], now.pairs.placement[new], strict=True))
        return choice

    undelayed = replace(made, ponder=np.zeros_like(made.ponder))
    assert play(undelayed, watched).made.size == 0
    assert len(seen) == len(set(seen)) > 40


def situation(**facts: Any) -> Situation:
    """Three people and two placements of one opening; the second person waits longest."""
    usual = {
        "openings": np.array([1, 1]),
        "waiting_days": np.array([10, 900, 400]),
        "coach": np.array([0, 1, 0]),
        "ends_soon": np.zeros(3, np.bool_),
        "knows": np.array([0.9, 0.9, 0.1, 0.1, 0.9]),
        "luck": np.array([0.5, 0.4, 0.3, 0.2, 0.1]),
        "kept": np.zeros(5, np.bool_),
        "look_ahead": lambda: np.array([0, 0]),
    }
    pairs = Pairs(
        np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 1, 0]), np.array([500, 300, 400, 350, 100])
    )
    return Situation(pairs=pairs, **(usual | facts))


@pytest.mark.parametrize(
    ("code", "taken"),
    [
        ("random", [0, 0, 0, 1, 1]),
        ("first_come", [0, 1, 1, 0, 0]),
        ("first_come_in_sight", [0, 0, 1, 0, 0]),
        ("coach_by_coach", [1, 0, 0, 1, 0]),
        ("best_pair_first", [1, 0, 0, 1, 0]),
        ("points_alone", [1, 0, 0, 1, 0]),
        ("with_tiers", [1, 0, 0, 1, 0]),
    ],
)
def test_each_way_of_working_does_what_its_name_says(code: str, taken: list[int]) -> None:
    approach = next(each for each in APPROACHES if each.code == code)
    assert approach.choose(situation()).chosen.astype(int).tolist() == taken


def chosen_by(code: str, **facts: Any) -> list[int]:
    approach = next(each for each in APPROACHES if each.code == code)
    return approach.choose(situation(**facts)).chosen.astype(int).tolist()


def test_what_is_kept_for_others_waits_but_not_for_who_waits_too_long() -> None:
    ahead = {"look_ahead": lambda: np.array([600, 0])}
    short, long = np.array([10, 600, 400]), np.array([10, 600, 800])
    # of all three, who waits longest goes first wherever that is best for the others
    assert chosen_by("with_tiers", waiting_days=short) == [1, 0, 0, 1, 0]
    assert chosen_by("potentials", waiting_days=short) == [1, 0, 0, 1, 0]
    assert chosen_by("potentials", waiting_days=short, **ahead) == [0, 0, 0, 1, 0]
    assert chosen_by("potentials", waiting_days=long, **ahead) == [0, 0, 0, 1, 1]


def test_from_how_many_days_on_who_waits_longest_goes_first() -> None:
    one = {"openings": np.array([1, 0])}
    four_years, two_years = np.array([10, 1_460, 400]), np.array([10, 900, 400])
    points_decide, waiting_decides = [1, 0, 0, 0, 0], [0, 0, 1, 0, 0]
    assert chosen_by("most_people", waiting_days=four_years, **one) == points_decide
    assert chosen_by("waiting_counts_on", waiting_days=two_years, **one) == waiting_decides
    assert chosen_by("with_tiers", waiting_days=two_years, **one) == waiting_decides
    assert chosen_by("three_years", waiting_days=two_years, **one) == points_decide
    assert chosen_by("three_years", waiting_days=four_years, **one) == waiting_decides


def test_who_would_have_waited_two_years_does_not_depend_on_who_is_placed() -> None:
    world = invent(YEAR, 3)
    best = best_in_hindsight(world)
    nobody = replace(best, made=best.made[:0])
    last = world.setting.steps[-1]
    waits = world.waiting_days + np.minimum(world.leaves, last) >= 730
    placed = np.isin(np.arange(world.n_people), world.pairs.candidate[best.made])
    assert 0 < waits.sum() < world.n_people
    assert measure(world, nobody, best)["two_years_share"] == 0
    assert measure(world, best, best)["two_years_share"] == pytest.approx(
        100 * (placed & waits).sum() / waits.sum()
    )


def test_by_hand_what_is_proposed_stays_and_a_plan_may_change() -> None:
    kept = {"kept": np.array([0, 0, 0, 0, 1], np.bool_)}
    assert chosen_by("coach_by_coach", **kept) == [0, 1, 0, 0, 1]
    assert chosen_by("best_pair_first", **kept) == [1, 0, 0, 1, 0]


def test_the_future_is_not_read(world: World) -> None:
    """Who comes after today makes no difference to what is expected today."""
    day = world.setting.steps[-1] // 2
    there = (world.arrives <= day) & (day < world.leaves)
    open_now = (world.opens <= day) & (day < world.closes)
    left = np.where(open_now, world.openings, 0)
    known = (world.arrives[world.pairs.candidate] <= day) & (
        world.opens[world.pairs.placement] <= day
    )
    points = np.where(known, world.pairs.points, 999_999)
    pairs = Pairs(world.pairs.candidate, world.pairs.placement, points)
    here = Foresight(world).potentials(day, there, left)
    other = Foresight(replace(world, pairs=pairs)).potentials(day, there, left)
    np.testing.assert_array_equal(here, other)
    assert (here[world.opens > day] == 0).all()


def test_what_is_undecided_may_change_and_a_night_decides_at_once() -> None:
    year, night = invent(YEAR, 3), invent(NIGHT, 3)
    assert play(night, PRODUCT.choose).changed == 0
    assert 0 < play(year, PRODUCT.choose).changed < 1
    coach = next(each for each in APPROACHES if each.code == "coach_by_coach")
    assert play(year, coach.choose).changed == 0
    assert play(year, coach.choose).gap is None
    assert play(year, PRODUCT.choose).gap == 0


def test_coaches_take_turns() -> None:
    approach = next(each for each in APPROACHES if each.code == "coach_by_coach")
    first = situation(coach=np.array([1, 0, 1]))
    assert approach.choose(first).chosen.astype(int).tolist() == [0, 1, 1, 0, 0]


def test_the_longest_waiting_tenth_is_of_who_is_there() -> None:
    waited = np.array([-1, 5, 5, 3, -1, 0])
    assert longest_waiting(waited).tolist() == [False, True, True, False, False, False]
    assert not longest_waiting(np.array([-1, -7])).any()
