"""The people: shares as the distributions have them, gaps, and nothing protected beside them."""

import polars as pl
import pytest

from matcher.domain.columns import BEARING_DEMANDS, PROTECTED
from tests.unit.simulation.folders import TODAY, Written

REPORT_ONLY = {
    "register_flag", "wage_value_low", "wage_value_high", "wage_value_on", "scheme", "payer",
}  # fmt: skip
"""Protected facts that the profile holds for reports; no rule may read them."""


def shares(column: pl.Series) -> dict[object, float]:
    """Return the share of each known value."""
    known = column.drop_nulls()
    counts = known.value_counts()
    return dict(zip(counts[:, 0], counts[:, 1] / len(known), strict=True))


def close(found: dict[object, float], wanted: dict[object, float], within: float) -> bool:
    return all(found.get(value, 0.0) == pytest.approx(share, abs=within)
               for value, share in wanted.items())  # fmt: skip


def test_guidance_need_and_ladder_step(region: Written) -> None:
    people = region["candidates"]
    needs = {"none": 0.10, "light": 0.35, "medium": 0.35, "intensive": 0.20}
    assert close(shares(people["guidance_need"]), needs, 0.03)
    steps = {1: 0.05, 2: 0.12, 3: 0.23, 4: 0.30, 5: 0.25, 6: 0.05}
    assert close(shares(people["ladder_step"]), steps, 0.03)


def test_languages_and_level(region: Written) -> None:
    dutch = region["candidate_language"].filter(pl.col("language") == "nld")
    assert close(shares(dutch["oral"]), {1: 0.10, 2: 0.30, 3: 0.35, 4: 0.25}, 0.03)
    lower = (dutch["written"] < dutch["oral"]).mean()
    assert lower == pytest.approx(0.36, abs=0.05)
    levels = {1: 0.08, 2: 0.30, 3: 0.33, 4: 0.22, 5: 0.05, 6: 0.02}
    assert close(shares(region["candidates"]["work_level"]), levels, 0.04)


def test_hours_wanted(region: Written) -> None:
    most = shares(region["candidates"]["hours_max"])
    assert close(most, {16: 0.20, 24: 0.35, 32: 0.30, 40: 0.15}, 0.02)


def test_transport_and_licences(region: Written) -> None:
    n = len(region["candidates"])
    modes = region["candidate_transport"].group_by("mode").len()
    share = dict(zip(modes["mode"], modes["len"] / n, strict=True))
    assert close(share, {"bicycle": 0.75, "public_transport": 0.60, "car": 0.25}, 0.03)
    assert region["candidate_transport"]["candidate"].n_unique() / n == pytest.approx(
        0.92, abs=0.01
    )
    licences = region["candidate_licence"].group_by("licence").len()
    held = dict(zip(licences["licence"], licences["len"] / n, strict=True))
    assert close(held, {"B": 0.35, "C": 0.03, "T": 0.02}, 0.01)


def test_waiting_is_lognormal(region: Written) -> None:
    days = (TODAY - region["candidates"]["waiting_since"].drop_nulls()).dt.total_days()
    assert days.median() == pytest.approx(420, rel=0.1)
    assert days.log().std() == pytest.approx(1.0, abs=0.1)


def test_travel_limits(region: Written) -> None:
    people = region["candidates"]
    radius = people["radius_code"].replace_strict({1: 5, 2: 10, 3: 15, 4: 25, 5: 50}, default=None)
    limit = people["max_distance_km"].fill_null(radius).drop_nulls()
    assert (limit <= 10).mean() == pytest.approx(0.60, abs=0.03)
    assert limit.is_between(11, 25).mean() == pytest.approx(0.30, abs=0.03)


@pytest.mark.parametrize(
    ("table", "share"),
    [("candidate_education", 0.42), ("candidate_sector", 0.38), ("candidate_language", 0.09)],
)
def test_tables_leave_out_who_has_nothing_recorded(
    region: Written, table: str, share: float
) -> None:
    known = region[table]["candidate"].n_unique()
    assert 1 - known / len(region["candidates"]) == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize(
    ("column", "share"),
    [
        ("limit_lifting", 0.25), ("dayparts", 0.35), ("max_travel_minutes", 0.20),
        ("ladder_step", 0.15), ("wage_value_low", 0.40),
    ],
)  # fmt: skip
def test_facts_are_missing_as_often_as_in_life(region: Written, column: str, share: float) -> None:
    assert region["candidates"][column].null_count() / 3_000 == pytest.approx(share, abs=0.01)


def test_old_profiles(region: Written) -> None:
    days = (TODAY - region["candidates"]["checked_on"]).dt.total_days()
    assert (days > 180).mean() == pytest.approx(0.30, abs=0.01)


def test_most_of_the_assessed_cannot_bear_everything(region: Written) -> None:
    assessed = region["candidates"].drop_nulls("limit_lifting")
    below = assessed.select(
        pl.sum_horizontal(pl.col(f"limit_{demand}") < 3 for demand in BEARING_DEMANDS)
    ).to_series()
    assert (below >= 2).mean() == pytest.approx(0.60, abs=0.06)


def test_restricted_facts(region: Written) -> None:
    people = region["candidates"]
    centre = ((people["wage_value_low"] + people["wage_value_high"]) / 2).drop_nulls()
    assert centre.mean() == pytest.approx(56, abs=2)
    assert people["sheltered_advice"].is_not_null().mean() == pytest.approx(0.04, abs=0.01)
    assert (people["sheltered_advice"].drop_nulls() <= TODAY).all()


def test_marks_and_vetoes(region: Written) -> None:
    marks = region["candidate_preference"]
    marking = marks.filter(~pl.col("veto"))["candidate"].n_unique()
    assert marking / 3_000 == pytest.approx(0.55, abs=0.02)
    vetoing = marks.filter("veto")
    assert vetoing["candidate"].n_unique() / 3_000 == pytest.approx(0.08, abs=0.01)
    assert vetoing["mark"].null_count() == len(vetoing)


def test_thin_files_are_not_spread_evenly(region: Written) -> None:
    """Let the parity report have something to find: sex and age class go with missing facts."""
    joined = region["candidates"].join(
        region["audit_attributes"], left_on="key", right_on="candidate"
    )
    missing = pl.col("dayparts").is_null().mean()
    by_sex = dict(joined.group_by("sex").agg(missing).rows())
    by_age = dict(joined.group_by("age_class").agg(missing).rows())
    assert by_sex["V"] - by_sex["M"] > 0.03
    assert by_age["18-26"] - by_age["45-54"] > 0.03


def test_profiles_hold_nothing_protected_but_what_reports_need(pilot: Written) -> None:
    apart = {"identities", "audit_attributes", "coaches", "employer_contacts"}
    headers = {
        header
        for name, text in pilot.texts.items()
        if name.startswith("candidate")
        for header in text.columns
    }
    assert headers & PROTECTED <= REPORT_ONLY | {"name"}
    people = pilot["identities"]
    private = pl.concat([people[name].drop_nulls() for name in ("name", "email", "phone")])
    public = "\n".join(
        (pilot.folder / f"{name}.csv").read_text() for name in set(pilot.texts) - apart
    )
    assert [value for value in private if value in public] == []
