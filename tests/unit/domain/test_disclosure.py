"""Stages of disclosure, and bands that are never narrower than a crowd of five."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.disclosure import (
    CONTACT,
    FEWEST,
    SCHEME,
    WIDER,
    Bands,
    Disclosure,
    Person,
    bands,
    disclosure,
)


@pytest.mark.parametrize(
    ("granted", "stage", "fields"),
    [
        (None, 0, ()),
        ([], 1, ()),
        (["card"], 1, ()),
        (["hours"], 1, ()),
        (["name"], 2, ("name",)),
        (["phone", "name"], 2, ("name", "phone")),
        (["contact"], 2, CONTACT),
        (["scheme"], 3, SCHEME),
        (["contact", "payer"], 3, (*CONTACT, "payer")),
    ],
)
def test_the_stage_is_what_consent_allows(
    granted: list[str] | None, stage: int, fields: tuple[str, ...]
) -> None:
    assert disclosure(granted) == Disclosure(stage, fields)


def test_at_work_an_employer_needs_all_of_it() -> None:
    assert disclosure(None, at_work=True) == Disclosure(3, (*CONTACT, *SCHEME))


def test_a_band_widens_until_five_are_in_it() -> None:
    me = Person(level=3, km=4.0, hours=20)
    same, near = (me, 5), (Person(3, 7.0, 20), 4)
    assert bands(me, [same]) == Bands("3", "0-5", "16-24")
    assert bands(me, [(me, 1), near]) == Bands("3", "0-10", "16-24")
    assert bands(me, [(me, 1), (Person(1, 7.0, 28), 4)]) == Bands("1-3", "0-10", "16-32")
    assert bands(me, [(me, 4)]) == Bands(None, None, None)


@given(
    st.lists(
        st.tuples(
            st.builds(
                Person,
                level=st.none() | st.integers(1, 6),
                km=st.none() | st.floats(0, 100),
                hours=st.none() | st.integers(0, 40),
            ),
            st.integers(1, 3),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_nobody_stands_in_a_band_of_fewer_than_five(crowd: list[tuple[Person, int]]) -> None:
    me = crowd[0][0]
    told = bands(me, crowd)
    alike = max(
        sum(
            people
            for each, people in crowd
            if Bands(level(each.level), km(each.km), hours(each.hours)) == told
        )
        for level, km, hours in WIDER
    )
    assert alike >= FEWEST or told == Bands(None, None, None)
