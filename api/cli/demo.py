"""`workpool demo`: an example pool, matched on real servers, and then the API."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import text

from api.cli import answers, data, summary
from api.cli.demo_accounts import show_accounts
from api.cli.processes import serve_api
from api.cli.screen import errors, output, progress
from api.cli.session import connected, workers
from api.cli.watching import follow
from api.cli.words import Words, ids_told
from api.launcher.start import require_free_port
from matcher.service import importing, policies, pools, runs
from matcher.service.known_as import known_as
from matcher.settings import settings
from matcher.simulation import generate as generating
from matcher.store.database import transaction
from workers import hints

POOL = "example"
TITLE = "Example pool"
SIZE = "region"
SEED = 1


@dataclass
class Clock:
    """Writes a step and how long it took."""

    last: float

    def step(self, what: str) -> None:
        now = time.monotonic()
        errors.print(f"  {what} [dim]{now - self.last:.1f} s[/dim]")
        self.last = now


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End after the last screen instead of serving the API.")
    ] = False,
) -> None:
    """Match an example pool of 3,000 people on real servers, show what came out, serve the API."""
    if not once:
        require_free_port(settings().host, settings().port)
    clock = Clock(time.monotonic())
    with connected() as found:
        clock.step(f"PostgreSQL and Redis are up{': ' + found.note if found.note else ''}")
        with workers() as crew:
            pool_id = _example_pool(clock)
            with transaction() as db:
                run_id, is_new = runs.tonight(db, pool_id)
            if is_new:
                hints.give(hints.match_run(run_id, "nightly"))
            run = follow(run_id, "Nightly run", crew)
            clock.step("The nightly run is published" if is_new else "Today's night is here")
            with transaction() as db:
                today = pools.today(db, pool_id)
                policy = policies.in_force(db, pool_id, today)
                words = Words(policy, names=known_as(db, ids_told(run.totals)))
            summary.show(run, words)
            _example_answer(pool_id)
            show_accounts(pool_id)
            if once:
                return
            output.print()
            serve_api(crew)


def _example_pool(clock: Clock) -> UUID:
    """Return the example pool, made and imported if this is the first time."""
    with transaction() as db:
        pool_id = pools.find(db, POOL) or pools.create(db, POOL, TITLE)
        if pools.people(db, pool_id):
            return pool_id
    with tempfile.TemporaryDirectory(prefix="workpool-") as folder:
        out = Path(folder) / "pool"
        made = generating.generate(SIZE, SEED, out, today=data.local_today())
        clock.step(
            f"Invented a pool of {made.rows['candidates']:,} people, seed {SEED}, as import files"
        )
        with progress("Import") as show, transaction() as db:
            report = importing.run(db, pool_id, out, "pool", progress=show)
        if not report.accepted:
            data.show_report(report)
            raise typer.Exit(1)
    clock.step(f"Imported {sum(report.rows.values()):,} rows through the importer")
    return pool_id


def _example_answer(pool_id: UUID) -> None:
    """Show one person's answer: somebody of an early tier, with a proposal."""
    with transaction() as db:
        person = db.execute(
            text(
                "select candidate_id from proposal where pool_id = :pool and state = 'open' "
                "order by tier, points desc, candidate_id limit 1"
            ),
            {"pool": pool_id},
        ).scalar()
        if person is None:
            return
        output.print()
        output.print("[bold]One person's answer, as a coach reads it[/bold]")
        key = answers.show_candidate(db, person, top=3)
    output.print(f"More: workpool ask {key}, workpool explain {key} PLACEMENT")
