"""Which policy is in force in a pool, on a day."""

from datetime import date
from uuid import UUID

import pytest

from matcher.errors import PolicyError
from matcher.service import policies, pools
from matcher.store.database import transaction
from matcher.store.tables.pools import Pool

NEW_YEAR = date(2026, 1, 1)
SPRING = date(2026, 4, 1)


@pytest.fixture
def pool(database: str) -> UUID:
    with transaction() as db:
        return pools.create(db, "noord", "Noord")


def publish(pool: UUID, text: str, first_day: date = NEW_YEAR) -> int:
    with transaction() as db:
        return policies.publish(db, pool, text, first_day, "Council decision 2026-14").version


def margin(pool: UUID, day: date) -> object:
    with transaction() as db:
        return policies.in_force(db, pool, day).value("reachable", "margin_minutes")


def test_a_version_counts_from_its_first_day(pool: UUID) -> None:
    assert publish(pool, "[reachable]\nmargin_minutes = 5\n") == 1
    assert publish(pool, "[reachable]\nmargin_minutes = 10\n", SPRING) == 2
    assert margin(pool, date(2025, 12, 31)) == 0
    assert margin(pool, NEW_YEAR) == 5
    assert margin(pool, SPRING) == 10


def test_the_same_text_again_is_no_new_version(pool: UUID) -> None:
    text = "[reachable]\nmargin_minutes = 5\n"
    assert publish(pool, text) == publish(pool, text) == 1


def test_a_faulty_policy_leaves_nothing(pool: UUID) -> None:
    with pytest.raises(PolicyError, match="margin is unknown"):
        publish(pool, "[reachable]\nmargin = 5\n")
    with transaction() as db:
        assert policies.in_force(db, pool, NEW_YEAR).version == 0


def test_the_pool_s_own_horizon_counts_until_the_policy_names_one(pool: UUID) -> None:
    with transaction() as db:
        found = db.get_one(Pool, pool)
        found.horizon_days = 70
        db.add(found)
    with transaction() as db:
        policy = policies.in_force(db, pool, NEW_YEAR)
        assert policy.horizon_days == 70
        assert policy == policies.in_force(db, pool, NEW_YEAR)
        assert type(policy).from_toml(policy.to_toml()).horizon_days == 70
    publish(pool, "[reachable]\nmargin_minutes = 5\n")
    with transaction() as db:
        assert policies.in_force(db, pool, NEW_YEAR).horizon_days == 70
    publish(pool, "[not_deployed_then]\nhorizon_days = 30\n", SPRING)
    with transaction() as db:
        assert policies.in_force(db, pool, SPRING).horizon_days == 30
