"""The difference of two plans, in hand-made pairs."""

import polars as pl

from matcher.domain.difference import (
    TOTALS,
    Reached,
    difference,
    pair_changes,
    placement_changes,
)


def pairs(**found: str) -> pl.DataFrame:
    return pl.DataFrame(
        {"candidate.id": list(found), "placement.id": list(found.values())},
        schema={"candidate.id": pl.String, "placement.id": pl.String},
    )


BEFORE = pairs(stays="p1", moves="p1", leaves="p2")
AFTER = pairs(comes="p3", moves="p3", stays="p1")


def test_everybody_with_a_pair_before_or_after_is_told_once() -> None:
    assert pair_changes(BEFORE, AFTER).rows() == [
        ("comes", None, "p3", "gained"),
        ("leaves", "p2", None, "lost"),
        ("moves", "p1", "p3", "moved"),
        ("stays", "p1", "p1", "kept"),
    ]


def test_placements_whose_people_change_are_told_the_largest_first() -> None:
    assert placement_changes(pair_changes(BEFORE, AFTER)).rows() == [
        ("p3", 0, 2, 2, 0),
        ("p1", 2, 1, 0, 1),
        ("p2", 1, 0, 0, 1),
    ]


def test_a_placement_that_changes_people_and_not_their_number_is_told() -> None:
    swapped = pair_changes(pairs(a="p1", b="p2"), pairs(a="p2", b="p1"))
    assert placement_changes(swapped).rows() == [("p1", 1, 1, 1, 1), ("p2", 1, 1, 1, 1)]


def test_nothing_changes_between_equal_pairs() -> None:
    assert placement_changes(pair_changes(BEFORE, BEFORE)).is_empty()
    assert pair_changes(pairs(), pairs()).is_empty()


def reached(found: pl.DataFrame, placed: dict[str, int], points: int) -> Reached:
    totals = dict.fromkeys(TOTALS, 5) | {"placed": found.height, "points": points}
    return Reached(found, totals, {"first": 2, "everybody": 3}, placed, proved=True)


def test_two_plans_are_told_beside_each_other_without_a_name() -> None:
    told = difference(
        reached(BEFORE, {"first": 1, "everybody": 2}, 900),
        reached(AFTER, {"first": 2, "everybody": 1}, 850),
        top=1,
    )
    assert told["totals"]["placed"] == {"before": 3, "after": 3, "more": 0}
    assert told["totals"]["points"] == {"before": 900, "after": 850, "more": -50}
    assert told["tiers"] == [
        {"tier": "first", "people": 2, "before": 1, "after": 2, "more": 1},
        {"tier": "everybody", "people": 3, "before": 2, "after": 1, "more": -1},
    ]
    assert told["people"] == {"kept": 1, "moved": 1, "gained": 1, "lost": 1}
    assert told["changed"] == 3
    assert told["placements"] == [
        {"placement": "p3", "before": 0, "after": 2, "came": 2, "left": 0}
    ]
    assert not {"stays", "moves", "leaves", "comes"} & set(str(told).split("'"))
