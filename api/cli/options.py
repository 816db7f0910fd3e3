"""Options and arguments that several subcommands take, each said once."""

from typing import Annotated

import typer

from api.texts import Language

PoolName = Annotated[str, typer.Option("--pool", help="The pool's short name.")]
CandidateName = Annotated[str, typer.Argument(help="The sender's key of a candidate, or the id.")]
LanguageOption = Annotated[Language, typer.Option(help="Of what is told to a person.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, for a script.")]
