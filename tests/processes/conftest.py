"""Short leases and sweeps, so that recovery is watched within seconds."""

from collections.abc import Callable

import pytest

LEASE_SECONDS = 3.0
SWEEP_SECONDS = 1.0


@pytest.fixture
def short_times(setting: Callable[[str, str], None]) -> None:
    setting("lease_seconds", str(LEASE_SECONDS))
    setting("sweep_seconds", str(SWEEP_SECONDS))
