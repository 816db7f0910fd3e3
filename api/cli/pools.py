"""`workpool pool` and `workpool policy`."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Optional

import typer

from api.cli.options import AsJson, PoolName
from api.cli.screen import output, print_json
from api.cli.session import connected, pool_id
from matcher.domain.policy import Policy
from matcher.errors import PolicyError
from matcher.service import policies, pools
from matcher.store.database import transaction

pool = typer.Typer(no_args_is_help=True, help="Labour pools.")
policy = typer.Typer(no_args_is_help=True, help="A pool's rules, points and tiers.")

PolicyFile = Annotated[
    Path, typer.Argument(help="A TOML file; see `workpool policy check --help`.", exists=True)
]


@pool.callback()
def _pools() -> None:
    """Keep `create` a word of its own."""


@pool.command()
def create(
    name: Annotated[str, typer.Argument(help="Short name: small letters, digits and dashes.")],
    title: Annotated[str, typer.Option(help="What people read.")] = "",
    as_json: AsJson = False,
) -> None:
    """Create a pool."""
    with connected(), transaction() as db:
        made = pools.create(db, name, title or name)
    found = {"id": str(made), "key": name, "name": title or name}
    if as_json:
        print_json(found)
    else:
        output.print(f"Created the pool {found['key']}.")


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{file} cannot be read as UTF-8 text: {error}") from None


@policy.command()
def check(file: PolicyFile, as_json: AsJson = False) -> None:
    """
    Check a policy file and tell every fault at once.

    A table is the code of a rule, term, gate or tier; its lines are parameters, and a term also
    takes points: [reachable] margin_minutes = 10, [short_journey] points = 200.
    """
    checked = Policy.from_toml(_read(file))
    changed = {f"{table}.{name}": value for (table, name), value in checked.values.items()}
    if as_json:
        print_json({"changes": changed, "tiers": checked.tier_order})
        return
    output.print(f"The policy is good. It changes {len(changed)} parameters:")
    for name, value in changed.items():
        output.print(f"  {name} = {value}")
    output.print(f"Tiers, in order: {', '.join(checked.tier_order)}")


@policy.command()
def publish(
    file: PolicyFile,
    pool: PoolName,
    valid_from: Annotated[
        Optional[datetime],  # noqa: UP045 - Typer reads the annotation at run time
        typer.Option(formats=["%Y-%m-%d"], help="First day; today when left out."),
    ] = None,
    decided_by: Annotated[str, typer.Option(help="Who decided it, and where.")] = "",
) -> None:
    """Publish a policy as the pool's next version."""
    text = _read(file)
    with connected(), transaction() as db:
        found = pool_id(db, pool)
        first_day = valid_from.date() if valid_from else pools.today(db, found)
        published = policies.publish(db, found, text, first_day, decided_by or None)
    output.print(f"Version {published.version} is in force from {first_day}.")
