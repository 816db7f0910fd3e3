"""One account per role for the example pool: whose proposals there are, and whom they go to."""

from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from api.cli.screen import errors, output
from matcher.domain.actors import ActorRole
from matcher.errors import NotFound
from matcher.service import accounts
from matcher.service.accounts import Links
from matcher.store.database import transaction

# The coach and the employer who have most to say to each other tomorrow morning.
_PAIR = text("""
    select c.coach_id, p.employer_id, (array_agg(c.id order by q.points desc))[1] as candidate_id
    from proposal q join candidate c on c.id = q.candidate_id
    join placement p on p.id = q.placement_id and p.pool_id = q.pool_id
    where q.pool_id = :pool and q.state = 'open' and c.coach_id is not null
    group by c.coach_id, p.employer_id
    order by count(*) desc, c.coach_id, p.employer_id limit 1
""")


def show_accounts(pool_id: UUID) -> None:
    """Make the accounts that are not there yet, tell their passwords once, and name them all."""
    with transaction() as db:
        links = _links(db, pool_id)
        made = {role: _made(db, pool_id, role, links[role]) for role in links}
    output.print()
    output.print(f"[bold]Accounts[/bold]: {', '.join(made)}")
    output.print("A one-time password for one of them: workpool account reset NAME")
    for role, password in made.items():
        if password is not None:
            # Beside the screen that may be kept: a password is told once, to whoever is there.
            errors.print(f"  {role:16}", end="")
            errors.print(password, markup=False)


def _made(db: Session, pool_id: UUID, role: ActorRole, links: Links) -> str | None:
    try:
        accounts.find(db, role)
    except NotFound:
        account_id = accounts.create(db, role)
        accounts.grant(db, account_id, pool_id, role, links)
        return accounts.reset(db, account_id)
    return None


def _links(db: Session, pool_id: UUID) -> dict[ActorRole, Links]:
    links: dict[ActorRole, Links] = {
        "pool_manager": Links(),
        "contact_point": Links(),
        "auditor": Links(),
    }
    pair = db.execute(_PAIR, {"pool": pool_id}).first()
    if pair is not None:
        links["coach"] = Links(coach_id=pair.coach_id)
        links["candidate"] = Links(candidate_id=pair.candidate_id)
        links["employer"] = Links(employer_ids=[pair.employer_id])
        links["account_manager"] = Links(employer_ids=[pair.employer_id])
    return links
