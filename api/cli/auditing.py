"""`workpool audit`: is the record whole, and its head for keeping elsewhere."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Optional

import typer

from api.cli.options import AsJson
from api.cli.screen import output, print_json
from api.cli.session import connected, pool_id
from matcher.errors import Invalid
from matcher.service import auditing
from matcher.settings import settings
from matcher.store.database import transaction

audit = typer.Typer(no_args_is_help=True, help="The record of who saw, changed and decided what.")

Pool = Annotated[
    Optional[str],  # noqa: UP045 - Typer reads the annotation at run time
    typer.Option("--pool", help="The pool's short name; all of them when left out."),
]


@audit.command()
def verify(
    pool: Pool = None,
    anchor: Annotated[
        Optional[Path],  # noqa: UP045 - Typer reads the annotation at run time
        typer.Option(help="A file that `workpool audit head` wrote.", exists=True, dir_okay=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Compute the chain of entries again, and tell what was edited, deleted or moved.

    Ends with 1 when something is wrong. Only an anchor shows that the newest entries were cut off.
    """
    with connected(), transaction("REPEATABLE READ") as db:
        one = None if pool is None else pool_id(db, pool)
        found = auditing.verify(db, one, None if anchor is None else anchor.read_bytes())
    if as_json:
        print_json([each.to_dict() for each in found])
    else:
        for each in found:
            _show(each)
    if not all(each.valid for each in found):
        raise typer.Exit(1)


@audit.command()
def head(
    out: Annotated[Path, typer.Argument(help="A file, to be kept out of this machine's reach.")],
    pool: Pool = None,
) -> None:
    """Write the last entry's number and hash of each pool, signed, for `verify --anchor`."""
    with connected(), transaction("REPEATABLE READ") as db:
        one = None if pool is None else pool_id(db, pool)
        told = auditing.head(db, datetime.now(UTC), one)
        # The embedded servers' own key is known for as long as they are.
        signed = "signed" if settings().secret_key else "not signed: WORKPOOL_SECRET_KEY is not set"
    try:
        out.write_bytes(told)
    except OSError as error:
        raise Invalid(f"Cannot write to {out}: {error.strerror}.") from None
    output.print(f"{out} ({signed}). Keep it on another machine.", markup=False)


def _show(found: auditing.Verification) -> None:
    word = "valid" if found.valid else f"{found.fault_count} faults"
    anchored = "" if found.anchored is None else f", anchored at {found.anchored}"
    output.print(
        f"{found.pool}: {word}, {found.entries:,} entries, {found.reads:,} reads, "
        f"{found.erased:,} details erased{anchored}",
        markup=False,
    )
    for fault in found.faults:
        output.print(f"  entry {fault.seq}: {fault.text} ({fault.code})", markup=False)
