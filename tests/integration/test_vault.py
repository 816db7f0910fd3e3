"""The vault: encrypted per person, bound to its place, opened with the right key alone."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from matcher.errors import MatcherError, Stale, Unavailable
from matcher.service import identity
from matcher.store import migrations, vault
from matcher.store.database import transaction
from tests.integration.imports import (
    everything,
    execute,
    make_pool,
    opened,
    run,
    select,
    small_pool,
)

MARKERS = ("Canary", "Kanarie", "canary@", "088-1234567", "Zangweg", "a small note")
IDENTITY = {
    "name": "Canary Kanarie",
    "phone": "088-1234567",
    "email": "canary@example.org",
    "street": "Zangweg",
    "notes": "a small note",
}


@pytest.fixture
def people(database: str) -> dict[str, uuid.UUID]:
    pool = make_pool()
    files = small_pool()
    del files["identities"]
    run(pool, files)
    found = dict(select("select key, id from candidate"))
    for candidate_id in found.values():
        with transaction() as db:
            identity.change(db, candidate_id, IDENTITY)
    return found


def test_nothing_of_it_stands_in_any_table(people: dict[str, uuid.UUID]) -> None:
    for name, rows in everything().items():
        for marker in MARKERS:
            assert marker not in repr(rows), name
    with transaction() as db:
        read = identity.read(db, people["c1"]).values
    assert {name: value for name, value in read.items() if value} == IDENTITY


def test_two_people_of_one_name_look_different(people: dict[str, uuid.UUID]) -> None:
    assert len(select("select distinct name from candidate_identity")) == 2


@pytest.mark.parametrize(
    "swap",
    [
        # the name of another person, the name as the street, another's key, one bit
        "update candidate_identity t set name = o.name from candidate_identity o"
        " where o.candidate_id <> t.candidate_id",
        "update candidate_identity set street = name",
        "update subject_key t set wrapped = o.wrapped from subject_key o"
        " where o.candidate_id <> t.candidate_id",
        "update candidate_identity set name = set_byte(name, 14, get_byte(name, 14) # 1)",
    ],
)
def test_what_was_moved_or_changed_does_not_open(people: dict[str, uuid.UUID], swap: str) -> None:
    execute(swap)
    with transaction() as db, pytest.raises(Unavailable) as refused:
        identity.read(db, people["c1"])
    assert refused.value.code == "vault_sealed"
    assert not any(marker in str(refused.value) for marker in MARKERS)


def test_without_the_key_nobody_reads(
    people: dict[str, uuid.UUID], setting: Callable[[str, str], None]
) -> None:
    for secret, code in (("", "no_secret_key"), ("another secret key, as long as it must be", "")):
        setting("secret_key", secret)
        with transaction() as db, pytest.raises(Unavailable) as refused:
            identity.read(db, people["c1"])
        assert refused.value.code == (code or "vault_sealed")


def test_a_rotation_wraps_keys_and_touches_no_value(
    people: dict[str, uuid.UUID], setting: Callable[[str, str], None]
) -> None:
    with transaction() as db:
        before = vault.purpose_key(db, "pseudonyms")
    sealed, keys = (
        select("select * from candidate_identity"),
        select("select wrapped from subject_key"),
    )
    setting("secret_key_before", "a secret of tests alone, long enough")
    setting("secret_key", "the next secret of tests alone, long")
    with transaction() as db:
        assert identity.read(db, people["c1"]).values["name"] == "Canary Kanarie"
        # two people and the key of pseudonyms; that of hashed keys is new
        assert identity.rotate(db) == 3
        assert identity.rotate(db) == 0
    setting("secret_key_before", "")
    with transaction() as db:
        assert identity.read(db, people["c1"]).values["name"] == "Canary Kanarie"
        assert vault.purpose_key(db, "pseudonyms") == before
        assert vault.hash_key(db) == b"a secret of tests alone, long enough"
    assert sorted(select("select * from candidate_identity")) == sorted(sealed)
    assert not set(select("select wrapped from subject_key")) & set(keys)
    setting("secret_key", "a secret of tests alone, long enough")
    with transaction() as db, pytest.raises(Unavailable):
        identity.read(db, people["c1"])


def test_the_same_import_again_writes_nothing(database: str) -> None:
    pool = make_pool()
    run(pool, small_pool())
    before = select("select * from candidate_identity")
    run(pool, small_pool())
    assert select("select * from candidate_identity") == before
    assert [who["name"] for who in opened()] == ["Canary Kanarie"]


def test_an_import_without_a_key_says_which_setting(
    database: str, setting: Callable[[str, str], None]
) -> None:
    pool = make_pool()
    setting("secret_key", "")
    with pytest.raises(MatcherError, match="WORKPOOL_SECRET_KEY"):
        run(pool, small_pool())
    assert select("select from candidate") == []


def test_notes_about_health_warn_their_writer(people: dict[str, uuid.UUID]) -> None:
    def warned(notes: str) -> bool:
        with transaction() as db:
            return bool(identity.change(db, people["c1"], {"notes": notes}).warnings)

    assert warned("Slikt medicatie")
    assert not warned("Werkt graag buiten, niet te veel prikkels")


def test_what_was_kept_in_the_clear_is_sealed_by_the_migration(
    people: dict[str, uuid.UUID], database: str
) -> None:
    migrations.downgrade("0007")
    plain: list[Any] = select("select name, email, birth_date from candidate_identity")
    assert plain == [("Canary Kanarie", "canary@example.org", None)] * 2
    execute("update candidate_identity set birth_date = '1990-05-06'")
    migrations.upgrade()
    assert {(who["name"], who["birth_date"]) for who in opened()} == {
        ("Canary Kanarie", "1990-05-06")
    }
    with transaction() as db:
        kept = db.execute(text("select * from candidate_identity")).all()
    assert not any(marker in repr(kept) for marker in MARKERS)


def test_two_who_change_one_identity_do_not_overwrite_each_other(
    people: dict[str, uuid.UUID],
) -> None:
    with transaction() as db:
        version = identity.read(db, people["c1"]).version
        assert identity.change(db, people["c1"], {"name": "First"}, version).version == version + 1
    with transaction() as db, pytest.raises(Stale):
        identity.change(db, people["c1"], {"name": "Second"}, version)
