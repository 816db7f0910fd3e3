"""`workpool erase`, `access` and `retain`: what the law asks of who keeps data of people."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import AsJson, CandidateName, PoolName
from api.cli.screen import output, print_json
from api.cli.session import connected, pool_id
from matcher.service import erasure, retention, subject_access
from matcher.service.naming import candidate_id
from matcher.store.database import transaction

MOST_PEOPLE = 100_000


def erase(
    candidate: CandidateName,
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
        with transaction() as db:
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


def access(
    candidate: CandidateName,
    out: Annotated[Path, typer.Argument(help="A new folder, readable by you alone.")],
) -> None:
    """Write all that is kept about a person: JSON with everything, and a CSV per subject."""
    with connected():
        with transaction() as db:
            found = candidate_id(db, candidate)
        with transaction() as db:
            told = subject_access.everything(db, found)
            # Within the transaction: what could not be written was not given out either.
            written = subject_access.write(told, out)
    for path in written:
        output.print(str(path), markup=False)


def retain(
    pool: PoolName,
    apply: Annotated[
        bool, typer.Option("--apply", help="Carry it out now; the sweep does it every night.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell what a pool need not keep any longer under its retention rules."""
    with connected():
        with transaction() as db:
            found = pool_id(db, pool)
            rules = retention.due(db, found)
        if apply:
            rules = retention.apply(transaction, found, MOST_PEOPLE)
    if as_json:
        print_json([asdict(rule) for rule in rules])
        return
    for rule in rules:
        output.print(
            f"{rule.record_class}: {rule.rows:,} to {rule.action}, {rule.held:,} under a legal "
            f"hold ({rule.days} days, {rule.ground})",
            markup=False,
        )
    if not rules:
        output.print("The pool has no retention rules: nothing is ended by itself.")
