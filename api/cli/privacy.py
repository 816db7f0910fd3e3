"""`workpool erase` and `access`: what a person may ask of who keeps their data."""

import getpass
from dataclasses import asdict
from typing import Annotated

import typer

from api.cli.pools import AsJson
from api.cli.screen import output, print_json
from api.cli.session import candidate_id, connected
from matcher.service import erasure
from matcher.store import audit
from matcher.store.database import transaction

Candidate = Annotated[str, typer.Argument(help="The sender's own key, or the product's id.")]


def erase(
    candidate: Candidate,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would be erased.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """
    Erase a person: names, profile, proposals, uploads; every figure stays as it was.

    A legal hold refuses it. The receipt counts rows and does not say who it was.
    """
    with connected():
        with transaction() as db:
            found = candidate_id(db, candidate)
        with audit.acting_as(operator()), transaction() as db:
            receipt = erasure.erase(db, found, dry_run=dry_run)
    if as_json:
        print_json(asdict(receipt))
    elif receipt.state == "refused":
        output.print(f"Refused: {receipt.ground}", markup=False)
    else:
        would = "Would erase" if dry_run else "Erased"
        rows = ", ".join(f"{name} {count}" for name, count in receipt.counts.items() if count)
        output.print(f"{would}: {rows}.", markup=False)
        output.print("Every figure stays as it was." if receipt.figures_unchanged else "")
    if receipt.state == "refused":
        raise typer.Exit(1)


def operator() -> str:
    """Return the name under which a command stands in the record: who runs it on this machine."""
    return f"command line: {getpass.getuser()}"
