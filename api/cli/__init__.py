"""
The ``workpool`` command.

Every subcommand ends with 0 on success, 2 when it was called wrongly and 1 on any other failure,
with the error on standard error. One file per subject; what they share is in `api.cli.session`.
"""

from typing import Any

import typer
from typer.core import TyperGroup

from api.cli import (
    accounts,
    auditing,
    data,
    demo,
    erasures,
    inquiring,
    matching,
    pools,
    privacy,
    processes,
    refusing,
    simulating,
    vault,
)
from api.cli.screen import errors
from matcher.errors import MatcherError


class Commands(TyperGroup):
    """Tells an error of the product as one clear message, without a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except MatcherError as error:
            errors.print(f"[red]{type(error).__name__}[/red]: ", end="")
            errors.print(str(error), markup=False, highlight=False)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            errors.print("Stopped.")
            raise typer.Exit(130) from None


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Workpool matches the people of a labour pool with placements, and explains every answer.",
    epilog="Begin with: workpool demo. Settings are environment variables, see the README.",
)
app.command()(demo.demo)
app.command()(processes.serve)
app.command()(processes.worker)
app.command()(processes.beat)
app.command()(processes.migrate)
app.add_typer(pools.pool, name="pool")
app.add_typer(accounts.account, name="account")
app.add_typer(pools.policy, name="policy")
app.add_typer(auditing.audit, name="audit")
app.command()(refusing.refusals)
app.command(name="import")(data.import_)
app.command()(data.generate)
app.command()(data.export)
app.command()(matching.match)
app.command()(matching.ask)
app.command()(matching.explain)
app.command()(inquiring.what_if)
app.command()(inquiring.advise)
app.command()(simulating.simulate)
app.add_typer(vault.vault, name="vault")
app.command()(privacy.erase)
app.add_typer(erasures.erasures, name="erasures")
app.command()(privacy.access)
app.command()(privacy.retain)
