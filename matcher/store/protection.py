"""
Row-level security, the second net below the scopes of `matcher.store.scopes`.

The API works under a role that owns nothing and sees the rows of one pool, named for the time of a
transaction; without a name it sees none. Made anew after every migration, for every table there is.
"""

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import make_url, text
from sqlmodel import Session

from matcher.errors import SettingsError, Unavailable
from matcher.settings import settings
from matcher.store.acting import API_ROLE
from matcher.store.database import raw_connection

# Read before a pool is known; they hold no data of a pool.
BEFORE_THE_POOL = frozenset({"membership", "membership_employer"})
# After a transaction-local setting the value is '', not null. As a sub-select it is read once for
# a statement, not once for a row.
POOL = "(select nullif(current_setting('app.pool', true), '')::uuid)"
_GIVERS = f"(select a.pool_id from sharing_agreement a where a.other_pool_id = {POOL})"

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

_ROLE = f"""
    do $$ begin
        if not exists (select from pg_roles where rolname = '{API_ROLE}') then
            create role {API_ROLE} login;
        end if;
    exception when duplicate_object or unique_violation or insufficient_privilege then null;
    end $$
"""
_RIGHTS = (
    f"grant usage on schema public to {API_ROLE}",
    f"grant select, insert, update, delete on all tables in schema public to {API_ROLE}",
    f"grant usage on all sequences in schema public to {API_ROLE}",
)
# Of the record it may read and, through its functions, add; reads are noted by plain insert.
_NOT_WRITTEN: Mapping[str, str] = {
    "alembic_version": "insert, update, delete",
    "audit_head": "insert, update, delete",
    "audit_event": "insert, update, delete",
    "audit_detail": "insert, update, delete",
    "access_log": "update, delete",
    "refusal": "insert, update, delete",
}
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
    Confine the API's role to one pool at a time in every table, and make the role if need be.

    Whoever runs this, the owner, and the workers that connect as the owner, see all pools.

    Raises
    ------
    Unavailable
        There is no such role, and this user may not make one.
    """
    db.execute(text(_ROLE))
    if not db.execute(
        text("select true from pg_roles where rolname = :role"), {"role": API_ROLE}
    ).scalar():
        raise Unavailable(
            f"The database has no role {API_ROLE}, and this user may not make it. Maybe: "
            f"create role {API_ROLE} login, as an administrator, and migrate again."
        )
    _set_password(db)
    for statement in _RIGHTS:
        db.execute(text(statement))
    there = set(db.execute(text("select tablename from pg_tables")).scalars())
    for table in there & _NOT_WRITTEN.keys():
        db.execute(text(f"revoke {_NOT_WRITTEN[table]} on {table} from {API_ROLE}"))
    unprotect(db)
    for table in protected_tables(db):
        _confine(db, table)


def protected_tables(db: Session) -> list[str]:
    """Return the tables whose rows belong to a pool, by name."""
    found = db.execute(text(_TABLES)).scalars()
    return [name for name in found if name not in BEFORE_THE_POOL]


def _confine(db: Session, table: str) -> None:
    own = f"{NAMED_BY.get(table, 'pool_id')} = {POOL}"
    policies = {"own_pool": f"for all to {API_ROLE} using ({own})"}
    if table == "sharing_agreement":
        both = f"({own} or other_pool_id = {POOL})"
        policies["other_pool"] = f"for select to {API_ROLE} using {both}"
    if table == "proposal":
        at_ours = f"for select to {API_ROLE} using (placement_pool_id = {POOL})"
        policies["other_pool"] = at_ours
    for action in SHARED.get(table, ()):
        policies[f"shared_{action}"] = f"for {action} to {API_ROLE} using (pool_id in {_GIVERS})"
    # Forced, the policies count for the owner as well; the owner's own lets everything through.
    policies["owner"] = "for all to current_user using (true)"
    db.execute(text(f'alter table "{table}" enable row level security'))
    db.execute(text(f'alter table "{table}" force row level security'))
    for name, rule in policies.items():
        db.execute(text(f'create policy {name} on "{table}" {rule}'))


def _set_password(db: Session) -> None:
    """Give the role the password that the API's own address names, if it names one."""
    named = settings().api_database_url
    password = None if named is None else make_url(named).password
    if password is not None:
        statement = sql.SQL("alter role {} password {}").format(
            sql.Identifier(API_ROLE), sql.Literal(password)
        )
        raw_connection(db).execute(statement)


def unprotect(db: Session) -> None:
    """Drop every policy of `protect`."""
    for table, policy in db.execute(text("select tablename, policyname from pg_policies")).all():
        db.execute(text(f'drop policy {policy} on "{table}"'))


def check_role(connection: psycopg.Connection[Any]) -> None:
    """
    Refuse a connection of somebody whom row-level security does not hold.

    Raises
    ------
    SettingsError
        Its user is a superuser, has BYPASSRLS or owns tables.
    """
    if any(connection.execute(_POWERS).fetchone() or ()):
        raise SettingsError(
            "The API would connect as a database user who sees every pool. Maybe: let "
            f"WORKPOOL_API_DATABASE_URL name the user {API_ROLE}, which workpool migrate makes."
        )
