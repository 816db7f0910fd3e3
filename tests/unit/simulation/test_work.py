"""Employers, placements and who is at work there."""

from datetime import timedelta

import polars as pl
import pytest

from tests.unit.simulation.folders import TODAY, Written


def test_every_taken_opening_is_held_by_one_deployment(region: Written) -> None:
    held = region["deployments"].filter(pl.col("state") != "ended").group_by("placement").len()
    placements = region["placements"].join(
        held, left_on="key", right_on="placement", how="left", maintain_order="left"
    )
    assert placements["taken"].to_list() == placements["len"].fill_null(0).to_list()


def test_nobody_has_two_of_a_kind(region: Written) -> None:
    current = region["deployments"].filter(pl.col("state") != "ended")
    assert not current.select("candidate", "state").is_duplicated().any()


def test_planned_deployments_follow_the_active_one(region: Written) -> None:
    work = region["deployments"]
    active = work.filter(pl.col("state") == "active").select("candidate", until="until_on")
    planned = work.filter(pl.col("state") == "planned")
    following = planned.join(active, on="candidate")
    assert 0 < len(following) < len(planned)
    assert (following["until"] < following["from_on"]).all()
    assert (planned["from_on"] > TODAY).all()


def test_states_agree_with_dates(region: Written) -> None:
    work = region["deployments"]
    ended, active = (work.filter(pl.col("state") == state) for state in ("ended", "active"))
    assert (ended["until_on"] < TODAY).all()
    assert ended["end_reason"].null_count() == 0
    assert (active["from_on"] <= TODAY).all()
    assert (active["until_on"].drop_nulls() >= TODAY).all()


@pytest.mark.parametrize("pool", ["pilot", "region"])
def test_every_tier_has_people(pool: str, request: pytest.FixtureRequest) -> None:
    written: Written = request.getfixturevalue(pool)
    work, people = written["deployments"], written["candidates"]
    soon = work.filter(
        (pl.col("state") == "active") & (pl.col("until_on") <= TODAY + timedelta(days=42))
    )["candidate"]
    kept = people.filter(pl.col("key").is_in(soon.implode()) & pl.col("wants_to_continue"))
    busy = work.filter(pl.col("state") != "ended")["candidate"]
    free = people.filter(~pl.col("key").is_in(busy.implode()))
    longest = free.filter(pl.col("waiting_since") <= TODAY - timedelta(days=1_500))
    assert len(kept) >= 5
    assert len(longest) >= len(people) // 20
    assert len(free) > len(people) // 2


def test_who_works_in_sheltered_work_has_the_advice(region: Written) -> None:
    sheltered = region["placements"].filter(pl.col("kind") == "sheltered")["key"]
    there = region["deployments"].filter(
        (pl.col("state") != "ended") & pl.col("placement").is_in(sheltered.implode())
    )["candidate"]
    advice = region["candidates"].filter(pl.col("key").is_in(there.implode()))["sheltered_advice"]
    assert len(advice) > 0
    assert advice.null_count() == 0


def test_past_work_is_experience_at_that_employer(region: Written) -> None:
    ended = region["deployments"].filter(pl.col("state") == "ended")
    employer = region["placements"].select(pl.col("key").alias("placement"), "employer")
    there = ended.join(employer, on="placement").select("candidate", "employer")
    told = region["candidate_experience"].drop_nulls("employer").select("candidate", "employer")
    assert there.sort(pl.all()).equals(told.sort(pl.all()))


def test_kinds_and_guidance_have_their_shares(region: Written) -> None:
    placements = region["placements"]
    kinds = {
        "wage_earning": 0.45, "regular": 0.15, "learning": 0.12, "work_experience": 0.12,
        "sheltered": 0.10, "voluntary": 0.06,
    }  # fmt: skip
    for kind, share in kinds.items():
        assert (placements["kind"] == kind).mean() == pytest.approx(share, abs=0.045)
    for level, share in {"none": 0.2, "light": 0.4, "medium": 0.3, "intensive": 0.1}.items():
        offered = (placements["guidance_offered"] == level).mean()
        assert offered == pytest.approx(share, abs=0.08)


def test_few_employers_post_much(region: Written) -> None:
    per_employer = region["placements"].group_by("employer").agg(pl.col("openings").sum())
    openings = per_employer["openings"]
    assert len(per_employer) == 400
    assert (openings <= 2).mean() == pytest.approx(0.70, abs=0.08)
    assert (openings >= 6).mean() == pytest.approx(0.10, abs=0.05)


def test_paid_work_pays_and_unpaid_work_does_not(region: Written) -> None:
    placements = region["placements"]
    paid = placements["kind"].is_in(["wage_earning", "regular", "sheltered"])
    assert placements.filter(paid)["hourly_wage"].min() >= 14.71
    assert placements.filter(~paid)["hourly_wage"].null_count() == (~paid).sum()


def test_at_most_five_essentials_each_with_its_reason(region: Written) -> None:
    essential = region["placement_requirements"].filter("essential")
    assert essential["reason"].null_count() == 0
    assert essential.group_by("placement").len()["len"].max() <= 5
    assert 0 < essential["safety"].sum() < len(essential)


def test_some_placements_fail_a_gate_and_most_do_not(region: Written) -> None:
    states = region["placements"]["state"].value_counts()
    share = dict(zip(states["state"], states["count"] / 640, strict=True))
    assert share["open"] > 0.85
    assert min(share["paused"], share["closed"], share["full"]) > 0
    declared = region["employers"]["no_displacement_on"]
    old = (TODAY - declared.drop_nulls()).dt.total_days() > 365
    assert 0 < old.sum() + declared.null_count() < 50
    learning = region["placements"].filter(pl.col("kind") == "learning")
    firms = region["employers"].select(pl.col("key").alias("employer"), "training_firm", "crebo")
    recognised = learning.join(firms, on="employer").select(
        pl.col("crebo").list.contains(pl.col("training_crebo")) & pl.col("training_firm")
    )
    assert 0.9 < recognised.to_series().fill_null(False).mean() <= 1


def test_supervisors_can_take_those_at_work(region: Written) -> None:
    taken = region["placements"].group_by("supervisor_group").agg(pl.col("taken").sum())
    groups = region["supervisor_groups"].join(taken, left_on="key", right_on="supervisor_group")
    room = groups["max_guided"].fill_null(groups["supervisors"] * 4)
    assert (room >= groups["taken"]).all()
    assert (groups["supervisors"] == 0).any()


def test_tasks_fill_the_week(pilot: Written) -> None:
    tasks = pilot["placement_tasks"]
    assert (
        tasks.group_by("placement").agg(pl.col("share_percent").sum())["share_percent"] == 100
    ).all()
    assert (tasks["minutes_a_day"] >= 30).all()
    assert (tasks["share_percent"] >= 100 / 16).all()


def test_caseloads_are_even(region: Written) -> None:
    loads = region["candidates"].drop_nulls("coach").group_by("coach").len()["len"]
    assert loads.max() <= region["coaches"]["caseload_max"].min()
    assert loads.min() >= 20


def test_demands_follow_the_branch(region: Written) -> None:
    placements = region["placements"]
    green = placements.filter(pl.col("sector") == "81300")
    desk = placements.filter(pl.col("sector").is_in(["82190", "84111"]))
    assert green["demand_outdoors"].mean() > 2
    assert desk["demand_outdoors"].mean() < 0.5
