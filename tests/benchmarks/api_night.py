"""Nightly runs, one after another, of the pool named: what goes on beside the questions."""

import sys
from uuid import UUID

from tests.integration.nights import publish_plan

pool_id = UUID(sys.argv[1])
while True:
    publish_plan(pool_id)
    sys.stdout.write("published\n")
    sys.stdout.flush()
