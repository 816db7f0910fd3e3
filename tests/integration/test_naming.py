"""What people call things is found by key or id, in their own pool, and never by half."""

import uuid

import pytest
from sqlalchemy import text

from matcher.errors import NotFound
from matcher.service import naming
from matcher.store.database import transaction
from tests.small_pools import write_pool


def test_keys_and_ids_name_the_same_row_and_another_pool_s_none(database: str) -> None:
    with transaction() as db:
        one, other = (write_pool(db, name, people=1, placements=1) for name in ("one", "two"))
        db.execute(
            text(
                "insert into coach (pool_id, key, name) values (:one, 'k1', 'A'), (:two, 'k2', 'B')"
            ),
            {"one": one, "two": other},
        )
        coach = naming.coach_id(db, one, "k1")
        assert naming.coach_id(db, one, str(coach)) == coach
        employer, key = db.execute(
            text("select id, key from employer where pool_id = :pool limit 1"), {"pool": one}
        ).one()
        assert naming.employer_id(db, one, key) == employer
        for missing in ("k2", str(uuid.uuid4())):
            with pytest.raises(NotFound, match=f"No coach of the pool has the key or id {missing}"):
                naming.coach_id(db, one, missing)


def test_a_key_of_two_pools_asks_for_the_id(database: str) -> None:
    with transaction() as db:
        pools = [write_pool(db, name, people=1, placements=1) for name in ("one", "two")]
        rows = db.execute(text("select id, key, pool_id from candidate")).all()
        people = {row.pool_id: row for row in rows}
        mine = people[pools[0]]
        assert mine.key == people[pools[1]].key
        with pytest.raises(NotFound, match="More than one candidate"):
            naming.candidate_id(db, mine.key)
        assert naming.candidate_id(db, str(mine.id)) == mine.id
        assert (naming.candidate_key(db, mine.id), naming.pool_of(db, mine.id)) == (
            mine.key,
            pools[0],
        )


def test_placements_are_told_by_title_employer_and_key(database: str) -> None:
    with transaction() as db:
        pool = write_pool(db, "one", people=1, placements=2)
        title, employer, key, place = db.execute(
            text(
                "select p.title, e.trade_name, p.key, p.id from placement p"
                " join employer e on e.id = p.employer_id where p.pool_id = :pool limit 1"
            ),
            {"pool": pool},
        ).one()
        assert {
            found: str(name)
            for found, name in naming.placement_names(db, [place, uuid.uuid4()]).items()
        } == {str(place): f"{title} at {employer} ({key})"}
