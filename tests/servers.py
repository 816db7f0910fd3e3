"""Databases from a template, an empty Redis, and servers that a fault test may kill."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import redis
from psycopg import sql
from sqlalchemy import make_url

from api.launcher.account import postgres_account, socket_dir
from api.launcher.postgres import NAME, Postgres
from api.launcher.redis import Redis
from api.launcher.start import API_DATABASE_URL, DATABASE_URL, REDIS_URL, SECRET_KEY, named

SECRET_OF_TESTS = "a secret of tests alone, long enough"


def fill_database(server_url: str, template: str) -> str:
    """Make a new database as a copy of another (about 50 ms), and return its address."""
    name = f"workpool_test_{uuid4().hex[:12]}"
    _command(
        server_url,
        sql.SQL("create database {} template {} strategy file_copy").format(
            sql.Identifier(name), sql.Identifier(template)
        ),
    )
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def drop_database(url: str) -> None:
    name = make_url(url).database
    assert name is not None
    _command(url, sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def _command(server_url: str, command: sql.Composed) -> None:
    """Run what no transaction may hold, from a database that is not concerned."""
    url = make_url(server_url).set(drivername="postgresql", database="postgres")
    address = url.render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(command)


def flushed_redis(server_url: str, number: int) -> str:
    """Empty one of the numbered databases of a Redis, and return its address."""
    parts = urlsplit(server_url)
    if parts.scheme == "unix":
        query = urlencode(dict(parse_qsl(parts.query)) | {"db": str(number)})
        # urlunsplit writes an empty host as //, which a path with its own slash makes ///.
        url = f"unix://{parts.path}?{query}"
    else:
        url = urlunsplit(parts._replace(path=f"/{number}"))
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@dataclass
class OwnServers:
    """Both servers of one test: each with ``start``, ``stop``, ``kill``, ``pid`` and ``url``."""

    postgres: Postgres
    redis: Redis


@contextmanager
def own_servers_running() -> Iterator[OwnServers]:
    """
    Start servers apart from all others, with all tables; the settings name them.

    They keep what they were told over a kill, as in production; the fast settings would not.
    """
    from matcher.store import migrations
    from matcher.store.acting import API_ROLE
    from matcher.store.database import dispose

    account = postgres_account(None)
    sockets = socket_dir(account)
    postgres = Postgres(sockets / "postgres", sockets, account, keep=True)
    queue = Redis(sockets / "redis", sockets, keep=True)
    try:
        postgres.start()
        queue.start()
        urls = {
            DATABASE_URL: postgres.url,
            API_DATABASE_URL: postgres.url.replace(f"//{NAME}@", f"//{API_ROLE}@"),
            REDIS_URL: queue.url,
        }
        with named({**urls, SECRET_KEY: SECRET_OF_TESTS}):
            migrations.upgrade()
            yield OwnServers(postgres, queue)
            dispose()
    finally:
        queue.stop()
        postgres.stop()
        shutil.rmtree(sockets, ignore_errors=True)
