"""`workpool account`: who can sign in, and as what. On the host, for its operator."""

from datetime import timedelta
from typing import Annotated, Optional
from uuid import UUID

import typer
from sqlmodel import Session

from api.access import SCOPES
from api.cli.options import AsJson, PoolName
from api.cli.screen import output, print_json
from api.cli.session import connected, pool_id
from matcher.domain.actors import PEOPLE, PersonsRole
from matcher.errors import Invalid, NotFound
from matcher.service import accounts, naming, tokens
from matcher.service.accounts import Links
from matcher.store import access
from matcher.store.database import transaction

account = typer.Typer(no_args_is_help=True, help="Who can sign in, and as what.")

Name = Annotated[str, typer.Argument(help="What they sign in with; not who they are.")]
RoleName = Annotated[str, typer.Option("--role", help=f"One of {', '.join(PEOPLE)}.")]
Text = Optional[str]  # noqa: UP045 - Typer reads the annotation at run time
CoachKey = Annotated[Text, typer.Option("--coach", help="For a coach: their key or id.")]
CandidateKey = Annotated[Text, typer.Option("--candidate", help="For a candidate: key or id.")]
Employers = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option("--employer", help="For an employer or account manager: key or id; repeatable."),
]
Municipality = Annotated[
    Text, typer.Option(help="For a coach: only people of this one, four digits.")
]


@account.command()
def create(
    name: Name,
    pool: PoolName,
    role: RoleName,
    coach: CoachKey = None,
    candidate: CandidateKey = None,
    employer: Employers = None,
    municipality: Municipality = None,
    issuer: Annotated[Text, typer.Option(help="Who signs them in instead of a password.")] = None,
    subject: Annotated[Text, typer.Option(help="What they are called there.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make an account with a role, and tell its one-time password."""
    with connected(), transaction() as db:
        found = pool_id(db, pool)
        account_id = accounts.create(db, name, issuer=issuer, subject=subject)
        links = _links(db, found, coach, candidate, employer, municipality)
        accounts.grant(db, account_id, found, _role(role), links)
        password = None if issuer else accounts.reset(db, account_id)
    _tell(name, password, as_json)


@account.command(name="role")
def give_role(
    name: Name,
    pool: PoolName,
    role: RoleName,
    coach: CoachKey = None,
    candidate: CandidateKey = None,
    employer: Employers = None,
    municipality: Municipality = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take it back instead.")] = False,
) -> None:
    """Give an account another role, or take one back. Its sessions and tokens end."""
    with connected(), transaction() as db:
        found, account_id = pool_id(db, pool), accounts.find(db, name)
        if revoke:
            held = access.memberships(db, account_id)
            mine = [row.id for row in held if (row.pool_id, row.role) == (found, role)]
            if not mine:
                raise NotFound(f"The account is not {role} in the pool {pool}.")
            accounts.revoke(db, mine[0])
        else:
            links = _links(db, found, coach, candidate, employer, municipality)
            accounts.grant(db, account_id, found, _role(role), links)
    output.print(f"{name} is {'no longer ' if revoke else ''}{role} in {pool}.")


@account.command()
def reset(name: Name, as_json: AsJson = False) -> None:
    """Give an account a new one-time password. Its sessions end."""
    with connected(), transaction() as db:
        password = accounts.reset(db, accounts.find(db, name))
    _tell(name, password, as_json)


@account.command()
def close(name: Name) -> None:
    """Let nobody in with an account any more: who left, a lost device. Sessions and tokens end."""
    with connected(), transaction() as db:
        accounts.close(db, accounts.find(db, name))
    output.print(f"{name} is closed. workpool account reopen lets its holder in again.")


@account.command()
def reopen(name: Name) -> None:
    """Let the holder of a closed account in again, in the roles that it has."""
    with connected(), transaction() as db:
        accounts.reopen(db, accounts.find(db, name))
    output.print(f"{name} is open again.")


@account.command()
def token(
    name: Name,
    pool: Annotated[Text, typer.Option("--pool", help="The pool; none to make pools.")] = None,
    scope: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--scope", help=f"Repeatable: {', '.join(SCOPES)}."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it holds.")] = 30,
) -> None:
    """Make a service's account if it is new, and write a token for it to standard output."""
    scopes = scope or []
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise typer.BadParameter(
            f"{', '.join(unknown) or 'nothing'} is no scope; the scopes are {', '.join(SCOPES)}"
        )
    with connected():
        with transaction() as db:
            found = None if pool is None else pool_id(db, pool)
            account_id = _service(db, name, found, scopes)
        made = tokens.issue(account_id, found, scopes, int(timedelta(days=days).total_seconds()))
        typer.echo(made)


def _service(db: Session, name: str, pool: UUID | None, scopes: list[str]) -> UUID:
    """Return the account of a service, with exactly these scopes in the pool."""
    try:
        account_id = accounts.find(db, name)
    except NotFound:
        account_id = accounts.create(db, name)
    for row in access.memberships(db, account_id):
        if row.role != "service":
            raise Invalid(f"{name} is a person's account.", code="bad_links")
        if row.pool_id == pool:
            accounts.revoke(db, row.id)
    accounts.grant(db, account_id, pool, "service", Links(scopes=scopes))
    return account_id


def _role(text: str) -> PersonsRole:
    found = next((role for role in PEOPLE if role == text), None)
    if found is None:
        raise typer.BadParameter(f"{text} is no role; the roles are {', '.join(PEOPLE)}")
    return found


def _links(
    db: Session,
    pool: UUID,
    coach: str | None,
    candidate: str | None,
    employers: list[str] | None,
    municipality: str | None,
) -> Links:
    return Links(
        coach_id=None if coach is None else naming.coach_id(db, pool, coach),
        candidate_id=None if candidate is None else naming.candidate_id(db, candidate),
        employer_ids=[naming.employer_id(db, pool, each) for each in employers or ()],
        municipality=municipality,
    )


def _tell(name: str, password: str | None, as_json: bool) -> None:
    if as_json:
        print_json({"name": name, "oneTimePassword": password})
    elif password is None:
        output.print(f"{name} signs in through the provider.")
    else:
        output.print(f"{name}  one-time password: ", end="")
        output.print(password, markup=False)
