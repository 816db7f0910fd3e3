"""What people decide by day uses up limits: publishing, choosing, accepting look again."""

import threading
import uuid
from dataclasses import replace
from functools import partial

import polars as pl
import pytest
from sqlalchemy import text
from sqlmodel import select

from matcher import plan
from matcher.domain.plan import USE_SCHEMA, Plan
from matcher.errors import Conflict, MatcherError
from matcher.service import policies, runs
from matcher.service.choosing import choose
from matcher.service.decisions import Saying, decide
from matcher.store.database import transaction
from matcher.store.rechecking import beyond
from matcher.store.tables import Candidate, MatchRun, Placement, Proposal
from tests.integration.lives import Life, change, today
from tests.integration.plans import plan_for
from tests.integration.publications import begin, ids, proposal, publish, state_of
from tests.integration.races import at_once, patiently
from tests.integration.test_declines import EASY, decline
from tests.integration.test_declines import publish as publish_with_alternatives
from tests.small_pools import write_pool

ONE_SITE = "update placement set site_id = (select id from site where key = 'site-Utrecht')"


@pytest.fixture
def pool_id(database: str) -> uuid.UUID:
    """Everybody can do everything; all work is at one site, which takes two guided people."""
    with transaction() as db:
        made = write_pool(db, "pool", people=6, placements=4)
        for statement in [*EASY.split(";")[:-1], ONE_SITE]:
            db.execute(text(statement))
        db.execute(text("update placement set openings = 2"))
        db.execute(text("update site set max_guided_site = 2 where key = 'site-Utrecht'"))
    return made


def site_of(pool_id: uuid.UUID) -> str:
    with transaction() as db:
        return str(db.get_one(Placement, uuid.UUID(ids(Placement, pool_id)[0])).site_id)


def planned(pool_id: uuid.UUID, pairs: dict[int, int], **facts: list[object]) -> tuple:
    """Return a claim and a plan of these pairs that uses the site, with other facts by person."""
    claim, snapshot = begin(pool_id)
    people, places = ids(Candidate, pool_id), ids(Placement, pool_id)
    made = plan_for(snapshot, [(people[c], places[p]) for c, p in pairs.items()])
    order = {people[person]: at for at, person in enumerate(pairs)}
    at = pl.col("candidate.id").replace_strict(order, return_dtype=pl.Int64)
    proposals = made.proposals.sort(at).with_columns(
        pl.Series(name, values, dtype=made.proposals.schema[name]) for name, values in facts.items()
    )
    rows = [(people[person], "site", site_of(pool_id), 1) for person in pairs]
    totals = replace(made.totals, tiers={"longest_waiting": 1, "everybody": 5})
    uses = pl.DataFrame(rows, schema=USE_SCHEMA, orient="row")
    return claim, replace(made, proposals=proposals, totals=totals, uses=uses)


def published(claim: runs.Claim, made: Plan) -> int:
    with transaction() as db:
        return runs.publish(db, claim, made)


def accepted(one: Proposal) -> str:
    with transaction() as db:
        decide(db, one.id, one.version, Saying("Invented", "coach", "accept"))
    return "accepted"


def totals_of(claim: runs.Claim) -> dict:
    with transaction() as db:
        return db.get_one(MatchRun, claim.run_id).totals


def live(pool_id: uuid.UUID) -> int:
    """Return how many people are proposed to the site, or on their way to it."""
    return sum(state in ("open", "with_employer") for state in state_of(pool_id).values())


# --- when a plan is published --------------------------------------------------------------------


def test_what_somebody_accepted_meanwhile_is_not_given_twice(pool_id: uuid.UUID) -> None:
    publish(pool_id, {0: 0})
    claim, made = planned(pool_id, {1: 1, 2: 2})
    accepted(proposal(pool_id, 0))
    assert published(claim, made) == 1
    assert live(pool_id) == 2
    totals = totals_of(claim)
    assert (totals["published"], totals["left_out"]) == (1, 1)
    assert totals["left_out_by_limit"] == {"site": 1}


def test_nothing_is_left_out_where_nobody_decided(pool_id: uuid.UUID) -> None:
    claim, made = planned(pool_id, {1: 1, 2: 2})
    assert published(claim, made) == 2
    assert totals_of(claim)["left_out_by_limit"] == {}


def test_pins_then_tiers_then_points_are_let_in(pool_id: uuid.UUID) -> None:
    publish(pool_id, {0: 0})
    change("update site set max_guided_site = 4")
    claim, made = planned(
        pool_id,
        {1: 1, 2: 2, 3: 3, 4: 3},
        pinned=[False, True, False, False],
        tier=["everybody", "everybody", "longest_waiting", "everybody"],
        points=[900, 100, 200, 901],
    )
    change("update site set max_guided_site = 4, version = version")
    accepted(proposal(pool_id, 0))
    assert published(claim, made) == 3
    open_now = {pair for pair, state in state_of(pool_id).items() if state == "open"}
    assert open_now == {(2, 2), (3, 3), (4, 3)}


def test_who_only_go_together_are_left_out_together(pool_id: uuid.UUID) -> None:
    publish(pool_id, {0: 0})
    change("update site set max_guided_site = 3")
    claim, made = planned(
        pool_id, {1: 1, 2: 1, 3: 3}, points=[900, 900, 100], bundle=["two", "two", None]
    )
    accepted(proposal(pool_id, 0))
    change("update site set max_guided_site = 2")
    assert published(claim, made) == 1
    assert state_of(pool_id)[3, 3] == "open"
    assert totals_of(claim)["left_out_by_limit"] == {"site": 2}


def test_a_kept_proposal_that_no_longer_fits_says_so(pool_id: uuid.UUID) -> None:
    publish(pool_id, {0: 0, 1: 1})
    claim, made = planned(pool_id, {1: 1, 2: 2}, points=[100, 900])
    stability = {"undecided": 2, "causes": {"others_first": 1}}
    made = replace(made, totals=replace(made.totals, stability=stability))
    accepted(proposal(pool_id, 0))
    assert published(claim, made) == 1
    ended = proposal(pool_id, 1, state="superseded")
    assert ended.superseded_because == {"cause": "filled_late", "run": str(claim.run_id)}
    told = totals_of(claim)["stability"]
    assert told["causes"] == {"others_first": 1, "filled_late": 1}
    assert (told["kept"], told["changed"]) == (0, 2)


def test_a_choice_that_a_plan_replaces_says_so(pool_id: uuid.UUID) -> None:
    with transaction() as db:
        person, place = ids(Candidate, pool_id)[0], ids(Placement, pool_id)[0]
        choose(db, uuid.UUID(person), uuid.UUID(place), actor="Invented")
    publish(pool_id, {1: 1})
    ended = proposal(pool_id, 0, state="superseded")
    assert ended.superseded_because["cause"] == "choice_replaced"


def test_a_ceiling_of_the_policy_is_looked_at_again(pool_id: uuid.UUID) -> None:
    ceiling = (
        '[[ceiling]]\ncode = "money"\nlabel = "Money"\nunit = "euro"\ncapacity = 200\n'
        'amount = 100\ncolumn = "placement.kind"\nequals = "voluntary"\ncitation = "x"\n'
        '[limits]\nsite = "off"'
    )
    with transaction() as db:
        policies.publish(db, pool_id, ceiling, today(pool_id))
    # enough of them everywhere: only the ceiling is short
    change("update placement set openings = 6")
    publish(pool_id, {0: 0})
    claim, snapshot = begin(pool_id)
    with transaction() as db:
        made = plan(snapshot, policies.in_force(db, pool_id, claim.today))
    assert made.uses.select("limit", "group", "amount").unique().rows() == [("money", "pool", 100)]
    assert made.proposals.height == 2
    first = next(one for one in range(6) if ids(Candidate, pool_id)[one] not in set(
        made.proposals["candidate.id"]
    ))  # fmt: skip
    with transaction() as db:
        person, place = ids(Candidate, pool_id)[first], ids(Placement, pool_id)[0]
        choose(db, uuid.UUID(person), uuid.UUID(place), actor="Invented")
    accepted(proposal(pool_id, first))
    assert published(claim, made) == 1
    assert totals_of(claim)["left_out_by_limit"] == {"money": 1}


def test_a_real_plan_carries_what_it_uses(pool_id: uuid.UUID) -> None:
    publish(pool_id, {0: 0})
    claim, snapshot = begin(pool_id)
    with transaction() as db:
        made = plan(snapshot, policies.in_force(db, pool_id, claim.today))
    assert made.proposals.height == 2
    assert set(made.uses["candidate.id"]) == set(made.proposals["candidate.id"])
    assert made.uses["group"].to_list() == [site_of(pool_id)] * 2
    accepted(proposal(pool_id, 0))
    assert published(claim, Plan.from_bytes(made.to_bytes())) == 1
    assert live(pool_id) == 2


def test_an_acceptance_under_way_is_waited_for(pool_id: uuid.UUID) -> None:
    """Its placement is not in the new plan, so only the site connects the two."""
    publish(pool_id, {0: 0})
    claim, made = planned(pool_id, {1: 1, 2: 2})
    one = proposal(pool_id, 0)
    found: list[int] = []
    publisher = threading.Thread(target=lambda: found.append(published(claim, made)))
    with transaction() as db:
        decide(db, one.id, one.version, Saying("Invented", "coach", "accept"))
        publisher.start()
        publisher.join(1.0)
        assert publisher.is_alive()
    publisher.join(20)
    assert found == [1]
    assert live(pool_id) == 2


def test_accepting_and_publishing_at_once(pool_id: uuid.UUID) -> None:
    for _ in range(5):
        change("delete from decision")
        change("delete from proposal")
        change("update placement set taken = 0")
        publish(pool_id, {0: 0})
        claim, made = planned(pool_id, {1: 1, 2: 2})
        one = proposal(pool_id, 0)
        got, _ = at_once([partial(published, claim, made), partial(accepted, one)])
        assert got in (1, 2)
        assert live(pool_id) == 2


def test_who_does_not_fit_makes_way_for_who_does() -> None:
    site, coach = ("site", "s"), ("coach_hours", "k")
    asked = [("a", [(site, 1), (coach, 60)]), ("b", [(coach, 50)]), ("c", [(site, 1)])]
    assert beyond(asked, {site: 1, coach: 59}) == {"a": "coach_hours"}
    assert beyond(asked, {site: 1, coach: 60}) == {"b": "coach_hours", "c": "site"}
    assert beyond([("two", [(site, 1), (site, 1)])], {site: 1}) == {"two": "site"}


# --- a coach's own choice, and who accepts first -------------------------------------------------


def chosen(pool_id: uuid.UUID, person: int, place: int) -> Proposal:
    with transaction() as db:
        candidate, placement = ids(Candidate, pool_id)[person], ids(Placement, pool_id)[place]
        made = choose(db, uuid.UUID(candidate), uuid.UUID(placement), actor="Invented")
        return db.get_one(Proposal, made)


def refused(code: str, task) -> None:
    with pytest.raises(Conflict) as told:
        task()
    assert told.value.code == code


def test_a_full_site_is_not_chosen(pool_id: uuid.UUID) -> None:
    for person in range(2):
        accepted(chosen(pool_id, person, person))
    refused("limit_full", partial(chosen, pool_id, 2, 2))
    assert (2, 2) not in state_of(pool_id)
    change("update site set max_guided_site = 3")
    assert chosen(pool_id, 2, 2).state == "open"


def test_choices_and_holds_are_not_counted_until_somebody_accepts(pool_id: uuid.UUID) -> None:
    made = [chosen(pool_id, person, person) for person in range(3)]
    for one in made:
        with transaction() as db:
            decide(db, one.id, one.version, Saying("Invented", "coach", "hold"))
    for person in range(2):
        accepted(proposal(pool_id, person))
    refused("limit_full", lambda: accepted(proposal(pool_id, 2)))
    assert proposal(pool_id, 2).state == "open"


def test_a_caseload_that_is_full(pool_id: uuid.UUID) -> None:
    change("update site set max_guided_site = null")
    change(
        "insert into coach (pool_id, key, name, caseload_max) values (:pool, 'k', 'Coach', 1)",
        pool=pool_id,
    )
    change("update candidate set coach_id = (select id from coach)")
    accepted(chosen(pool_id, 0, 0))
    refused("limit_full", partial(chosen, pool_id, 1, 1))


def test_ten_accept_at_once_at_one_site(database: str) -> None:
    with transaction() as db:
        pool_id = write_pool(db, "pool", people=10, placements=10)
        for statement in [*EASY.split(";")[:-1], ONE_SITE]:
            db.execute(text(statement))
    publish(pool_id, {number: number for number in range(10)})
    change("update site set max_guided_site = 3")
    with transaction() as db:
        proposals = list(db.exec(select(Proposal)))
    got = at_once([partial(patiently, partial(accepted, each)) for each in proposals])
    assert got.count("accepted") == 3
    assert got.count("limit_full") == 7
    assert not any(isinstance(one, MatcherError) for one in got)


# --- what a decline brings -----------------------------------------------------------------------


@pytest.mark.parametrize(("most", "following"), [(2, False), (3, True)])
def test_the_next_proposal_keeps_to_limits(pool_id: uuid.UUID, most: int, following: bool) -> None:
    change(
        "update placement set site_id = (select id from site where key = 'site-Zeist')"
        " where key = 'placement-0'"
    )
    change("update site set max_guided_site = :most where key = 'site-Utrecht'", most=most)
    publish_with_alternatives(pool_id, {0: 0, 1: 1, 2: 2}, {0: [3]})
    told = decline(Life(pool_id))
    assert (told.next_proposal_id is not None) == following


def test_the_place_that_a_decline_leaves_is_free_again(pool_id: uuid.UUID) -> None:
    publish_with_alternatives(pool_id, {0: 0, 1: 1}, {0: [3]})
    assert decline(Life(pool_id)).next_proposal_id is not None


def test_two_declines_at_once_find_one_place(pool_id: uuid.UUID) -> None:
    change(
        "update placement set site_id = (select id from site where key = 'site-Zeist')"
        " where key in ('placement-0', 'placement-1')"
    )
    publish_with_alternatives(pool_id, {0: 0, 1: 1, 2: 2}, {0: [2], 1: [3]})
    lives = [Life(pool_id, person) for person in range(2)]
    for one in lives:
        assert one.proposal.state == "open"
    got = at_once([partial(decline, one) for one in lives])
    assert sorted(each.next_proposal_id is None for each in got) == [False, True]
