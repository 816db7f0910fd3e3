"""
Row-level security, the second net below the scopes of `matcher.store.scopes`.

The API works under a role that owns nothing and sees the rows of one pool, named for the time of a
transaction; without a name it sees none. The workers have a role too, which sees every pool: it
owns nothing either, so it can change neither tables nor triggers, and it has no right to write the
record past its functions, nor to read a password. Made anew after every migration, for every table.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import make_url, text
from sqlmodel import Session

from matcher.errors import SettingsError, Unavailable
from matcher.settings import PREFIX, settings
from matcher.store.acting import API_ROLE, WORKER_ROLE
from matcher.store.database import check_connections, dispose, raw_connection, transaction

# Read before a pool is known; they hold no data of a pool.
BEFORE_THE_POOL = frozenset({"membership", "membership_employer"})
# After a transaction-local setting the value is '', not null. As a sub-select it is read once for
# a statement, not once for a row.
POOL = "(select nullif(current_setting('app.pool', true), '')::uuid)"
_GIVERS = f"(select a.pool_id from sharing_agreement a where a.other_pool_id = {POOL})"
_TAKERS = f"(select a.other_pool_id from sharing_agreement a where a.pool_id = {POOL})"

# What others share is seen, and their openings are taken and given back; nothing else of theirs.
SHARED = {
    "employer": ("select",),
    "placement": ("select", "update"),
    "placement_requirement": ("select",),
    "placement_tag": ("select",),
    "placement_task": ("select",),
    "site": ("select",),
    "supervisor_group": ("select",),
    "coach_site": ("select",),
}
# Which column names the pool, where it is not pool_id.
NAMED_BY = {"pool": "id"}

_ROLE = """
    do $$ begin
        if not exists (select from pg_roles where rolname = '{role}') then
            create role {role} login;
        end if;
    exception when duplicate_object or unique_violation or insufficient_privilege then null;
    end $$
"""
_RIGHTS = (
    "grant usage on schema public to {role}",
    "grant select, insert, update, delete on all tables in schema public to {role}",
    "grant usage on all sequences in schema public to {role}",
)
# Of the record they may read and, through its functions, add; reads are noted by plain insert.
_NOT_WRITTEN: Mapping[str, str] = {
    "alembic_version": "insert, update, delete",
    "audit_head": "insert, update, delete",
    "audit_event": "insert, update, delete",
    "audit_detail": "insert, update, delete",
    "access_log": "update, delete",
    "refusal": "insert, update, delete",
}
# Nobody signs in at a worker: of accounts it only ends those that are over or erased. Nor does it
# need a citizen service number: those of who is erased go with the person's row.
_NOT_FOR_WORKERS: Mapping[str, str] = {
    **_NOT_WRITTEN,
    "refusal": "insert, update",
    "account": "select, insert, update",
    "membership": "insert, update, delete",
    "membership_employer": "insert, update, delete",
    "sign_in_attempt": "select, insert, update",
    "web_session": "select, insert, update",
    "second_factor": "select, insert, update, delete",
    "recovery_code": "select, insert, update, delete",
    "candidate_number": "select, insert, update, delete",
}
# What tells which rows are over, and how many go with a person who is erased.
_COLUMNS_FOR_WORKERS = {
    "candidate_number": "pool_id, candidate_id",
    "account": "id",
    "sign_in_attempt": "created_at",
    "web_session": "expires_at, seen_at",
}
# A large import analyses what it wrote. PostgreSQL has this right since 17; before, the server's
# own analysis comes a minute later.
_MAINTAIN = 17
_TABLES = """
    select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p') and (
        c.relname = 'pool' or exists (
            select from pg_attribute a
            where a.attrelid = c.oid and a.attname = 'pool_id' and not a.attisdropped
        )
    )
    order by 1
"""
_POWERS = """
    select r.rolsuper as superuser, r.rolbypassrls as bypass, exists (
        select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'public' and c.relowner = r.oid
    ) as owns
    from pg_roles r where r.rolname = session_user
"""


def protect(db: Session) -> None:
    """
    Confine the API's role to one pool at a time in every table, and make both roles if need be.

    The workers, and whoever runs this, the owner, see all pools.

    Raises
    ------
    Unavailable
        There is no such role, and this user may not make one.
    """
    ours = settings()
    _provide(db, API_ROLE, ours.api_database_url, _NOT_WRITTEN)
    _provide(db, WORKER_ROLE, ours.worker_database_url, _NOT_FOR_WORKERS)
    there = _tables(db)
    for table, columns in _COLUMNS_FOR_WORKERS.items():
        if table in there:
            db.execute(text(f"grant select ({columns}) on {table} to {WORKER_ROLE}"))
    if raw_connection(db).info.server_version // 10_000 >= _MAINTAIN:
        db.execute(text(f"grant maintain on all tables in schema public to {WORKER_ROLE}"))
    unprotect(db)
    for table in protected_tables(db):
        _confine(db, table)


def protected_tables(db: Session) -> list[str]:
    """Return the tables whose rows belong to a pool, by name."""
    found = db.execute(text(_TABLES)).scalars()
    return [name for name in found if name not in BEFORE_THE_POOL]


def _provide(db: Session, role: str, url: str | None, withheld: Mapping[str, str]) -> None:
    """Make a role with its password and its rights, without those on the record."""
    db.execute(text(_ROLE.format(role=role)))
    if not db.execute(
        text("select true from pg_roles where rolname = :role"), {"role": role}
    ).scalar():
        raise Unavailable(
            f"The database has no role {role}, and this user may not make it. Maybe: "
            f"create role {role} login, as an administrator, and migrate again."
        )
    _set_password(db, role, url)
    for statement in _RIGHTS:
        db.execute(text(statement.format(role=role)))
    for table in _tables(db) & withheld.keys():
        db.execute(text(f"revoke {withheld[table]} on {table} from {role}"))


def _tables(db: Session) -> set[str]:
    return set(db.execute(text("select tablename from pg_tables")).scalars())


def _confine(db: Session, table: str) -> None:
    own = f"{NAMED_BY.get(table, 'pool_id')} = {POOL}"
    policies = {"own_pool": f"for all to {API_ROLE} using ({own})"}
    if table == "sharing_agreement":
        both = f"({own} or other_pool_id = {POOL})"
        policies["other_pool"] = f"for select to {API_ROLE} using {both}"
    if table == "proposal":
        at_ours = f"for select to {API_ROLE} using (placement_pool_id = {POOL})"
        policies["other_pool"] = at_ours
    if table == "deployment":
        at_ours = f"(select p.id from placement p where p.pool_id = {POOL})"
        policies["shared_work"] = f"for select to {API_ROLE} using (placement_id in {at_ours})"
    if table == "access_log":
        # Who looked at somebody of another pool, on work that is shared: noted where they are.
        policies["shared_note"] = f"for insert to {API_ROLE} with check (pool_id in {_TAKERS})"
    for action in SHARED.get(table, ()):
        policies[f"shared_{action}"] = f"for {action} to {API_ROLE} using (pool_id in {_GIVERS})"
    policies["worker"] = f"for all to {WORKER_ROLE} using (true)"
    # Forced, the policies count for the owner as well; the owner's own lets everything through.
    policies["owner"] = "for all to current_user using (true)"
    db.execute(text(f'alter table "{table}" enable row level security'))
    db.execute(text(f'alter table "{table}" force row level security'))
    for name, rule in policies.items():
        db.execute(text(f'create policy {name} on "{table}" {rule}'))


def _set_password(db: Session, role: str, url: str | None) -> None:
    """Give a role the password that its own address names, if it names one."""
    password = None if url is None else make_url(url).password
    if password is not None:
        statement = sql.SQL("alter role {} password {}").format(
            sql.Identifier(role), sql.Literal(password)
        )
        raw_connection(db).execute(statement)


def unprotect(db: Session) -> None:
    """Drop every policy of `protect`."""
    for table, policy in db.execute(text("select tablename, policyname from pg_policies")).all():
        db.execute(text(f'drop policy {policy} on "{table}"'))


def connect_as_api() -> None:
    """
    Let this process connect as the API's own user, and as nobody whom row-level security spares.

    A database that is away for the moment is looked at when it is back.

    Raises
    ------
    SettingsError
        It would see every pool.
    """
    _connect_as(settings().api_database_url, check_role)


def connect_as_worker() -> None:
    """
    Let this process connect as the workers' own user, and as nobody who owns what it works on.

    Leaves no connection open: whoever forks does it after this.

    Raises
    ------
    SettingsError
        It could change tables, triggers and the record.
    """
    _connect_as(settings().worker_database_url, check_worker_role)
    dispose()


def _connect_as(own: str | None, check: Callable[[psycopg.Connection[Any]], None]) -> None:
    if own is not None:
        os.environ[f"{PREFIX}DATABASE_URL"] = own
        settings.cache_clear()
    check_connections(check)
    with suppress(Unavailable), transaction() as db:
        db.connection()


def check_role(connection: psycopg.Connection[Any]) -> None:
    """
    Refuse a connection of somebody whom row-level security does not hold.

    Raises
    ------
    SettingsError
        Its user is a superuser, has BYPASSRLS or owns tables.
    """
    if _is_powerful(connection):
        raise SettingsError(
            "The API would connect as a database user who sees every pool. Maybe: let "
            f"WORKPOOL_API_DATABASE_URL name the user {API_ROLE}, which workpool migrate makes."
        )


def check_worker_role(connection: psycopg.Connection[Any]) -> None:
    """
    Refuse a connection of somebody who could change the record.

    Raises
    ------
    SettingsError
        Its user is a superuser, has BYPASSRLS or owns tables.
    """
    if _is_powerful(connection):
        raise SettingsError(
            "The worker would connect as a database user who can change tables and the record. "
            f"Maybe: let WORKPOOL_WORKER_DATABASE_URL name the user {WORKER_ROLE}, which workpool "
            "migrate makes."
        )


def _is_powerful(connection: psycopg.Connection[Any]) -> bool:
    return any(connection.execute(_POWERS).fetchone() or ())
