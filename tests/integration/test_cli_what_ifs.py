"""`workpool explain --exact`, `what-if` and `advise`: the solver asked, and told in plain words."""

import json
import re
from uuid import UUID

import pytest
from sqlalchemy import text

from api.cli.changing import imagined_in
from api.cli.watching import FINAL
from api.texts import Language, texts
from matcher.domain.changes import Imagine
from matcher.errors import Invalid
from matcher.service import runs
from matcher.store.database import transaction
from tests.integration.test_cli import folder, pool, publish_a_run, workpool
from workers import hints, tasks

__all__ = ["folder", "pool"]


@pytest.fixture(autouse=True)
def answered_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's task runs in this process, as soon as it is hinted at."""

    def answer(hint: hints.Hint) -> None:
        tasks.match_run(**hint.arguments)
        with transaction() as db:
            run = runs.get(db, UUID(hint.arguments["run_id"]))
            # nobody sweeps here: an attempt that failed would be waited for in vain
            assert run.state in FINAL, (run.error_code, run.progress)

    monkeypatch.setattr(hints, "give", answer)


def key(statement: str) -> str:
    with transaction() as db:
        return str(db.execute(text(statement)).scalars().first())


PROPOSED = "select c.key from proposal p join candidate c on c.id = p.candidate_id order by 1"
WITHOUT = """select key from candidate c where not exists (
    select from proposal p where p.candidate_id = c.id) and state = 'active' order by 1"""


def test_why_this_proposal_and_what_else_was_possible(pool: str) -> None:
    publish_a_run(pool)
    told = workpool("explain", key(PROPOSED), "--top", "3")
    assert told.exit_code == 0, told.output
    assert "strongest: " in told.output
    assert "best plan for the whole pool" in told.output
    as_json = json.loads(workpool("explain", key(PROPOSED), "--json").stdout)
    assert as_json["kind"] == "candidate"
    if as_json["others"]:
        assert "What else was possible" in told.output
        assert re.search(r"\d+ points (less|more)|as many points", told.output)
    # people and points, and never the weight that decides between them
    assert "worth" not in told.output


def test_who_has_none_reads_what_stands_in_the_way(pool: str) -> None:
    publish_a_run(pool)
    told = workpool("explain", key(WITHOUT))
    assert told.exit_code == 0, told.output
    assert "no proposal in the best plan" in told.output
    reasons = ("others go before", "open placements is possible", "No run makes a proposal")
    assert any(reason in told.output for reason in reasons)


def refused_pair() -> tuple[str, str]:
    """Let somebody be refused by hours alone, with one placement, and return both keys."""
    with transaction() as db:
        candidate, placement = (
            str(db.execute(text(statement)).scalars().first())
            for statement in (
                PROPOSED,
                "select p.key from proposal q join placement p on p.id = q.placement_id"
                " join candidate c on c.id = q.candidate_id order by c.key",
            )
        )
        db.execute(
            text("update candidate set hours_min = 1, hours_max = 2 where key = :key"),
            {"key": candidate},
        )
        db.execute(
            text("update placement set hours_min = 20, hours_max = 30 where key = :key"),
            {"key": placement},
        )
    return candidate, placement


def test_the_cheapest_change_of_a_refused_pair_in_both_languages(pool: str) -> None:
    publish_a_run(pool)
    candidate, placement = refused_pair()
    told = workpool("explain", candidate, placement, "--exact")
    assert told.exit_code == 0, told.output
    assert "not possible" in told.output
    assert "hours_overlap – Is there a number of hours that suits both?" in told.output
    assert "Other hours or parts of the week" in told.output
    assert "the person works up to 20 hours a week" in told.output
    dutch = workpool("explain", candidate, placement, "--exact", "--language", "nl")
    assert "Andere uren of dagdelen" in dutch.output
    assert "de persoon werkt tot 20 uur per week" in dutch.output
    assert "solved" not in dutch.output
    assert "Is er een aantal uren dat beiden past?" in dutch.output
    found = json.loads(workpool("explain", candidate, placement, "--exact", "--json").stdout)
    assert found["exact"]["cheapest"] == "hours"
    assert not found["eligible"]


def test_the_difference_of_two_plans(pool: str) -> None:
    place = key("select key from placement where state = 'open' order by key")
    words = ("what-if", "--pool", pool, "--change", f"placement {place} openings=+3")
    told = workpool(*words, "--change", "policy short_journey points=300", "--language", "nl")
    assert told.exit_code == 0, told.output
    assert "mensen met een voorstel" in told.output
    assert "“Langst wachtend”" in told.output
    assert "Beide plannen zijn bewezen de beste" in told.output
    found = json.loads(workpool(*words, "--json").stdout)
    openings = found["totals"]["openings"]
    assert 0 <= openings["more"] <= 3
    assert key("select count(*) from proposal") == "0"


SAID = [
    "candidate {person} hours_max=32",
    "candidate {person} licences=B,C",
    "candidate {person} available_until=null",
    "placement {place} guidance_offered=intensive",
    "placement {place} openings=4",
    "remove candidate {person}",
    "remove placement {place}",
    "policy tiers order=longest_waiting,everybody",
    "imagine kind=voluntary place=Den Haag hours=8-16 openings=3 tasks=a,b demands=pace:1",
]


def test_every_kind_of_change_can_be_said(pool: str) -> None:
    names = {
        "person": key("select key from candidate where state = 'active' order by key"),
        "place": key("select key from placement where state = 'open' order by key"),
    }
    words = [word for change in SAID for word in ("--change", change.format(**names))]
    told = workpool("what-if", "--pool", pool, *words, "--json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["proved"]


BAD = [
    ("clos placement P00001", "begins with candidate, placement, remove"),
    ("candidate nobody hours_max=3", "No candidate has the key"),
    ("candidate K000001 hours_maxx=3", "Maybe: hours_max"),
    ("candidate K000001 gender=x", "protected"),
    ("candidate K000001 hours_max=many", "a whole number"),
    ("candidate K000001", "whose, what and the new value"),
    ("remove K000001", "remove candidate KEY"),
    ("policy short_journy points=3", "Maybe: short_journey"),
    ("policy short_journey points=-3", "between 0 and 10000"),
    ("capacity coach_hours c=many", "takes a whole number"),
    ("capacity nothing c=+3", "No resource has the limit nothing"),
    ("imagine kind=voluntary hours=8", "imagine needs place"),
    ("imagine kind=voluntary hours=8 place=Nergenshuizen", "is not known"),
    ("imagine voluntary", "says nothing of an imagined placement"),
]


def test_a_bad_change_is_one_clear_error(pool: str) -> None:
    for change, told in BAD:
        result = workpool("what-if", "--pool", pool, "--change", change)
        assert result.exit_code == 1, change
        assert told in re.sub(r"\s+", " ", result.output), (change, result.output)
        assert "Traceback" not in result.output


def test_a_question_without_a_change_is_a_wrong_call(database: str, redis_url: str) -> None:
    assert workpool("what-if", "--pool", "p").exit_code == 2


def test_imagined_placements_are_read_from_words() -> None:
    found = imagined_in("kind=wage_earning place=Den Haag hours=16-24 guidance=medium tasks=a,b")
    assert isinstance(found, Imagine)
    assert (found.place, found.hours, found.tasks) == ("Den Haag", [16, 24], ["a", "b"])
    with pytest.raises(Invalid, match="hours must be"):
        imagined_in("kind=voluntary place=3511 hours=much")


def test_advice_tells_where_more_would_help(pool: str) -> None:
    told = workpool("advise", "--pool", pool, "--top", "2")
    assert told.exit_code == 0, told.output
    assert "people wait without a proposal" in told.output
    words = "kind=voluntary place=Groningen hours=8-32 guidance=intensive openings=2"
    imagined = workpool("advise", "--pool", pool, "--imagine", words)
    assert imagined.exit_code == 0, imagined.output
    assert "voluntary at Groningen: 2 openings, 8 to 32 hours a week" in imagined.output
    assert re.search(r"(more people|more person|as many people) placed", imagined.output)
    found = json.loads(workpool("advise", "--pool", pool, "--imagine", words, "--json").stdout)
    assert [each["imagine"]["place"] for each in found["imagined"]] == ["Groningen"]


ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}")


def test_resources_go_by_the_keys_that_people_know(pool: str) -> None:
    with transaction() as db:
        db.execute(text("update site set max_guided_site = 0"))
    told = workpool("advise", "--pool", pool, "--top", "2")
    assert told.exit_code == 0, told.output
    words = re.sub(r"\s+", " ", told.output)
    site = re.search(r"room for one more person on a site, .*?\((\S+)\):", words)
    assert site is not None, words
    assert key("select key from site where key = '" + site[1] + "'") == site[1]
    assert not ID.search(words)
    dutch = workpool("advise", "--pool", pool, "--top", "2", "--language", "nl")
    assert "ruimte voor nog een persoon op een vestiging" in re.sub(r"\s+", " ", dutch.output)
    more = workpool("what-if", "--pool", pool, "--change", f"capacity site {site[1]}=+40")
    assert more.exit_code == 0, more.output
    assert re.search(r"[1-9]\d* people gain a proposal", more.output)


def test_pins_that_clash_are_told_in_words_and_keys(pool: str) -> None:
    with transaction() as db:
        db.execute(
            text(
                """
                update placement set openings = 1, taken = 0 where id = (
                    select id from placement where state = 'open' order by key limit 1)
                """
            )
        )
        db.execute(
            text(
                """
                insert into pin (pool_id, candidate_id, placement_pool_id, placement_id, pinned_by)
                select c.pool_id, c.id, p.pool_id, p.id, 'coach'
                from (select * from candidate where state = 'active' order by key limit 3) c,
                    (select * from placement where state = 'open' order by key limit 1) p
                """
            )
        )
    pinned = key("select key from placement where state = 'open' order by key")
    told = workpool("match", "--pool", pool, "--wait", "--language", "nl")
    assert told.exit_code == 0, told.output
    words = re.sub(r"\s+", " ", told.output)
    against = re.search(r"weggelaten: (.*?) persoon K\d+ op werkplek", words)
    assert against is not None, words
    dutch = texts(Language.DUTCH)
    questions = [each["question"] for kind in ("rules", "gates") for each in dutch[kind].values()]
    assert against[1] in [*questions, *(each["text"] for each in dutch["pins"].values())]
    assert f"({pinned})" in words
    assert not ID.search(words)
