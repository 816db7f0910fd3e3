"""`workpool erasures`: erased means gone, also after a backup was restored."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import AsJson
from api.cli.screen import output, print_json
from api.cli.session import connected
from matcher.service import erasure_ledger
from matcher.store.database import transaction

erasures = typer.Typer(
    no_args_is_help=True, help="The ledger of erasures, kept apart from the backups."
)

File = Annotated[Path, typer.Argument(help="The ledger: a file that no backup is restored over.")]


@erasures.command()
def export(file: File) -> None:
    """Add the erasures that a ledger lacks to it; WORKPOOL_ERASURE_LEDGER does it by itself."""
    with connected(), transaction() as db:
        added = erasure_ledger.export(db, file)
    output.print(f"{file}: {added} erasures added. Keep it on another machine.", markup=False)


@erasures.command()
def replay(
    file: File,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell how many would be erased again.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """
    Erase everybody again who was erased after the backup that was restored, before anybody works.

    The same again changes nothing. Every figure stays as the backup has it.
    """
    with connected():
        done = erasure_ledger.replay(transaction, file, dry_run=dry_run)
    if as_json:
        print_json(asdict(done))
        return
    would = "Would erase" if dry_run else "Erased"
    output.print(
        f"{would} {done.erased} people again, and {'would write' if dry_run else 'wrote'} "
        f"{done.receipts} receipts that the backup lacks; the ledger has {done.lines} erasures, "
        f"{done.pools_missing} of them of pools that are not there.",
        markup=False,
    )
