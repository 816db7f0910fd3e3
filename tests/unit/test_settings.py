"""Settings: a bad or unknown one stops the start with one clear message."""

import os
from datetime import time

import pytest

from matcher.errors import SettingsError
from matcher.settings import PREFIX, settings


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch):
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_the_defaults_are_those_of_the_contract() -> None:
    read = settings()
    assert (read.database_url, read.redis_url, read.secret_key) == (None, None, None)
    assert str(read.data_dir) == ".workpool"
    assert read.timezone == "Europe/Amsterdam"
    assert read.nightly_at == time(3, 30)
    assert (read.host, read.port) == ("127.0.0.1", 8000)


def test_an_empty_variable_means_the_default(setting) -> None:
    setting("port", "")
    assert settings().port == 8000


def test_every_fault_is_told_at_once(setting) -> None:
    setting("prot", "8000")
    setting("port", "0")
    setting("timezone", "Europe/Atlantis")
    setting("nightly_at", "03:30:15")
    with pytest.raises(SettingsError) as refused:
        settings()
    assert refused.value.code == "bad_settings"
    lines = str(refused.value).splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("WORKPOOL_PROT is not a setting. The settings are WORKPOOL_")
    assert any(line.startswith("WORKPOOL_PORT: ") for line in lines)
    assert "WORKPOOL_TIMEZONE: not a time zone; an example is Europe/Amsterdam." in lines
    assert "WORKPOOL_NIGHTLY_AT: expected hours and minutes, such as 03:30." in lines


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("database_url", "mysql://admin:hunter2@db/pool"),
        ("redis_url", "amqp://admin:hunter2@queue"),
        ("secret_key", "hunter2"),
    ],
)
def test_a_secret_is_not_repeated(setting, name: str, value: str) -> None:
    setting(name, value)
    with pytest.raises(SettingsError, match=PREFIX + name.upper()) as refused:
        settings()
    assert "hunter2" not in str(refused.value)


def test_one_driver_whatever_the_address_says(setting) -> None:
    setting("database_url", "postgresql://me@db/pool")
    assert settings().database_url == "postgresql+psycopg://me@db/pool"


@pytest.mark.parametrize(
    ("url", "broker"),
    [
        ("redis://:word@queue:6379/1", "redis://:word@queue:6379/1"),
        ("unix:///run/w/redis.sock?db=3", "redis+socket:///run/w/redis.sock?virtual_host=3"),
    ],
)
def test_celery_gets_its_own_spelling(setting, url: str, broker: str) -> None:
    setting("redis_url", url)
    assert settings().broker_url == broker
