"""Nightly runs, one after another, of the pool named: what goes on beside the questions."""

import sys
from uuid import UUID

from matcher import plan
from matcher.service import runs
from matcher.store.database import transaction

pool_id = UUID(sys.argv[1])
while True:
    with transaction() as db:
        run_id = runs.request(db, pool_id)
    with transaction() as db:
        claim = runs.claim(db, run_id, "benchmark")
    assert claim is not None
    with transaction("REPEATABLE READ") as db:
        reading = runs.read(db, claim)
    found = plan(reading.snapshot, reading.policy)
    with transaction() as db:
        runs.publish(db, claim, found)
    sys.stdout.write("published\n")
    sys.stdout.flush()
