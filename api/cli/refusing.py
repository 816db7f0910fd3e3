"""`workpool refusals`: what was refused, to strangers and in a pool, for who runs the machine."""

from dataclasses import asdict
from typing import Annotated, Optional

import typer

from api.cli.options import AsJson
from api.cli.screen import output, print_json
from api.cli.session import connected, pool_id
from matcher.service import attention
from matcher.store.database import transaction

MOST_DAYS = 3650


def refusals(
    days: Annotated[
        int, typer.Option(min=1, max=MOST_DAYS, help="How far back; strangers are kept 180 days.")
    ] = 7,
    pool: Annotated[
        Optional[str],  # noqa: UP045 - Typer reads the annotation at run time
        typer.Option("--pool", help="Of a pool's accounts; of strangers when left out."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Tell which requests were refused, and why, the most frequent first.

    Without a pool: of who is not signed in, or belongs to no pool. Each API counts and writes once
    a minute, and when it is stopped; of one that was killed the last minute is in its log alone.
    """
    with connected(), transaction() as db:
        found = attention.refused(db, None if pool is None else pool_id(db, pool), days)
    if as_json:
        print_json([asdict(each) for each in found])
        return
    whose = "strangers" if pool is None else f"accounts of {pool}"
    requests = sum(each.requests for each in found)
    output.print(f"Refused to {whose} in {days} days: {requests:,} requests.", markup=False)
    for each in found:
        times = f"{each.first_at:%Y-%m-%d %H:%M} to {each.last_at:%Y-%m-%d %H:%M} UTC"
        accounts = f", {each.accounts} accounts" if each.accounts else ""
        output.print(
            f"  {each.code}: {each.requests:,} ({each.operation or 'no known operation'}{accounts},"
            f" {times})",
            markup=False,
        )
