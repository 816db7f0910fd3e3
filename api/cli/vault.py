"""`workpool vault`: the keys that names are encrypted under."""

import os
import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import AsJson
from api.cli.screen import output, print_json
from api.cli.session import connected
from api.launcher.start import SECRET_KEY, SECRET_KEY_BEFORE, named
from matcher.errors import Invalid, Unavailable
from matcher.service import citizen_numbers, identity
from matcher.settings import settings
from matcher.store.database import transaction

vault = typer.Typer(no_args_is_help=True, help="The vault in which names and addresses are kept.")


@vault.command()
def rotate() -> None:
    """
    Wrap every person's key anew under the secret key; names themselves are not touched.

    Set WORKPOOL_SECRET_KEY to the new key and WORKPOOL_SECRET_KEY_BEFORE to the old one, let every
    process know both, run this, and take the old one away. With embedded servers there is nothing
    to set: a new key is made and kept beside the data.
    """
    given = settings()
    kept = given.secret_key is None and given.database_url is None
    if not kept and given.secret_key_before is None:
        raise Invalid(
            "Set WORKPOOL_SECRET_KEY_BEFORE to the old key and WORKPOOL_SECRET_KEY to the new one.",
            code="no_key_before",
        )
    with connected() as found:
        if kept and found.shared:
            raise Unavailable("Another process works with the present key; stop it first.")
        told = _with_a_new_key() if kept else _rewrapped()
    output.print(f"{told:,} keys wrapped anew.")


@vault.command("forget-numbers")
def forget_numbers(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would be removed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """
    Remove every citizen service number, after WORKPOOL_KEEP_BSN was turned off.

    Names and the rest stay. Numbers of people under a legal hold stay too, and are counted.
    """
    with connected():
        pools = citizen_numbers.forget(transaction, dry_run=dry_run)
    if as_json:
        print_json([asdict(pool) for pool in pools])
        return
    would = "would be removed" if dry_run else "removed"
    for pool in pools:
        held = f", {pool.held:,} kept by a legal hold" if pool.held else ""
        output.print(f"{pool.pool}: {pool.people:,} numbers {would}{held}.", markup=False)


def _with_a_new_key() -> int:
    folder = Path(os.path.abspath(settings().data_dir))
    present, coming = folder / "secret.key", folder / "secret.key.new"
    # One that is there is of a rotation that stopped half-way: some keys are under it already.
    if not coming.exists():
        coming.touch(mode=0o600)
        coming.write_text(secrets.token_urlsafe(48))
    with named({SECRET_KEY: coming.read_text(), SECRET_KEY_BEFORE: present.read_text()}):
        told = _rewrapped()
    coming.replace(present)
    return told


def _rewrapped() -> int:
    total = 0
    while True:
        with transaction() as db:
            done = identity.rotate(db)
        if done == 0:
            return total
        total += done
