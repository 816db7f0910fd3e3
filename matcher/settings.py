"""Settings from the environment: variables that start with ``WORKPOOL_``, and nothing else."""

import os
import re
from datetime import time
from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from matcher.errors import SettingsError

PREFIX = "WORKPOOL_"


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("not a time zone; an example is Europe/Amsterdam") from error
    return name


def _database_url(url: str | None) -> str | None:
    if url is None or re.match(r"postgresql(\+psycopg)?://", url):
        # One driver only, so a plain postgresql:// means the same.
        return url and re.sub(r"^postgresql://", "postgresql+psycopg://", url)
    raise ValueError("expected postgresql://user@host/database")


def _redis_url(url: str | None) -> str | None:
    if url is None or re.match(r"(rediss?|unix)://", url):
        return url
    raise ValueError("expected redis://host:6379/0, rediss:// or unix:///path")


def _web_address(url: str | None) -> str | None:
    if url is None or re.match(r"https?://[^/\s]+", url):
        return url
    raise ValueError("expected http://host:port")


def _origin(url: str | None) -> str | None:
    if url is None or re.match(r"https?://[A-Za-z0-9.\-\[\]:]+$", url):
        return url
    raise ValueError("expected https://host, without a path")


def _clock_time(value: time) -> time:
    if value.second or value.microsecond or value.tzinfo:
        raise ValueError("expected hours and minutes, such as 03:30")
    return value


class Settings(BaseSettings):
    """Every setting with its default; the README has the same table."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True
    )

    database_url: Annotated[str | None, AfterValidator(_database_url)] = None
    """PostgreSQL 18; unset means the embedded server."""
    api_database_url: Annotated[str | None, AfterValidator(_database_url)] = None
    """The same database for the API, as its own user `workpool_api`; needed beside the above."""
    worker_database_url: Annotated[str | None, AfterValidator(_database_url)] = None
    """The same database for the workers, as their user `workpool_worker`; needed as well."""
    redis_url: Annotated[str | None, AfterValidator(_redis_url)] = None
    """Redis or Valkey, transport only; unset means the embedded server."""
    data_dir: Path = Path(".workpool")
    """Where the embedded servers keep their files."""
    timezone: Annotated[str, AfterValidator(_known_zone)] = "Europe/Amsterdam"
    """The time zone of a new pool."""
    nightly_at: Annotated[time, AfterValidator(_clock_time)] = time(3, 30)
    """When the nightly run becomes due, in the pool's own time."""
    secret_key: Annotated[SecretStr | None, Field(min_length=32)] = None
    """Opens the vault of names, signs tokens and what leaves the server; at least 32 characters."""
    secret_key_before: Annotated[SecretStr | None, Field(min_length=32)] = None
    """The secret key before this one, until `workpool vault rotate` has run."""
    erasure_ledger: Path | None = None
    """A file apart from all backups that keeps erasures, to redo them after a restore."""
    keep_bsn: bool = False
    """Whether citizen service numbers may be kept, encrypted; the law decides who may."""
    second_factor: Literal["off", "offered", "required"] = "offered"
    """Codes of an app beside a local password: off, for who wants to, or for everybody."""
    exceptional_access_hours: Annotated[int, Field(ge=1, le=24)] = 4
    """How long a coach may read a record of another caseload that was opened for a reason."""
    read_alarm_people: Annotated[int, Field(ge=1)] = 200
    """About how many people a coach may read within an hour before it is an alarm."""
    public_url: Annotated[str | None, AfterValidator(_origin)] = None
    """Where people reach the API, such as https://pool.example; unset means this machine alone."""
    oidc_issuer: Annotated[str | None, AfterValidator(_web_address)] = None
    """The OpenID Connect provider that people sign in with; unset means local passwords alone."""
    oidc_client_id: str | None = None
    """What this installation is called at that provider."""
    oidc_client_secret: SecretStr | None = None
    """Its secret there; unset for a public client."""
    token_issuer: str | None = None
    """Who else may issue tokens for services, as `iss` says it; unset means only this one."""
    token_jwks_url: Annotated[str | None, AfterValidator(_web_address)] = None
    """Where that issuer's public keys are."""
    token_audience: str = "workpool"
    """The `aud` that a token must name."""
    osrm_url: Annotated[str | None, AfterValidator(_web_address)] = None
    """An OSRM server that measures journeys before each run; unset means estimates."""
    organisation: Annotated[str | None, Field(max_length=100)] = None
    """Who uses the algorithm, as the Algoritmeregister (TOOI) names them."""
    register_contact: Annotated[str | None, Field(max_length=500)] = None
    """The mail or web address that the register names for questions."""
    register_status: Literal["In ontwikkeling", "In gebruik", "Buiten gebruik"] = "In ontwikkeling"
    """The status that the register names."""
    register_category: Literal[
        "Hoog-risico AI-systeem", "Impactvolle algoritmes", "Overige algoritmes"
    ] = "Hoog-risico AI-systeem"
    """The category that the register names; the organisation decides."""
    host: str = "127.0.0.1"
    """The address that the API listens on."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    """The port that the API listens on."""
    lease_seconds: Annotated[float, Field(ge=1, le=600)] = 30
    """How long work stays with a silent worker, which should be heard 15 times as often."""
    sweep_seconds: Annotated[float, Field(ge=0.5, le=600)] = 10
    """How often lost runs are looked for, nights inserted and queued runs hinted at."""
    solver_seconds: Annotated[int, Field(ge=1, le=86400)] = 1800
    """How long one attempt of the solver may take."""
    solver_memory_mb: Annotated[int, Field(ge=64)] = 6144
    """How much memory the solver's process may take."""

    @property
    def broker_url(self) -> str | None:
        """The same as ``redis_url``; Celery spells a unix socket in its own way."""
        if self.redis_url is None or not self.redis_url.startswith("unix://"):
            return self.redis_url
        path, _, options = self.redis_url.removeprefix("unix://").partition("?")
        return f"redis+socket://{path}?{options.replace('db=', 'virtual_host=')}"


@cache
def settings() -> Settings:
    """
    Return the settings of this process, read once.

    Raises
    ------
    SettingsError
        A ``WORKPOOL_`` variable is unknown or has a bad value: all of them in one message.
    """
    names = {PREFIX + name.upper() for name in Settings.model_fields}
    faults = [
        f"{name} is not a setting. The settings are {', '.join(sorted(names))}."
        for name in sorted(os.environ)
        if name.startswith(PREFIX) and name not in names
    ]
    try:
        read = Settings()
    except ValidationError as error:
        # The value itself stays out of the message: an address may hold a password.
        faults += [
            f"{PREFIX}{str(fault['loc'][0]).upper()}: {fault['msg'].removeprefix('Value error, ')}."
            for fault in error.errors(include_input=False, include_url=False)
        ]
    if faults:
        raise SettingsError("\n".join(faults)) from None
    return read
