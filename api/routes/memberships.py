"""Roles in a pool (rollen): given and taken back by its manager."""

from uuid import UUID

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import Response

from api.answers import answer, in_camel_case, once, page_of
from api.dependencies import MADE, Cursor, Id, IdempotencyKey, PageSize
from api.identity import present
from api.middleware import PREFIX
from api.schemas.accounts import Membership, MembershipCreate
from api.schemas.common import Page
from api.strict import StrictRoute
from matcher.errors import Conflict, NotFound
from matcher.service import accounts, records
from matcher.service.accounts import MEMBERSHIPS, Links
from matcher.store import access, scopes
from matcher.store.database import transaction

router = APIRouter(prefix="/memberships", tags=["memberships"], route_class=StrictRoute)


@router.get("", response_model=Page[Membership], summary="List the roles in the pool")
def list_memberships(cursor: Cursor = None, page_size: PageSize = 50) -> Response:
    return page_of(MEMBERSHIPS, {}, cursor, page_size)


@router.post(
    "",
    status_code=201,
    response_model=Membership,
    responses=MADE,
    summary="Give somebody a role",
)
def create_membership(body: MembershipCreate, idempotency_key: IdempotencyKey = None) -> Response:
    """
    An account of that name is made when there is none. One that works in other pools alone is left
    to their operators: 409. The account's sessions end.
    """
    password: list[str] = []
    with transaction() as db:
        made = once(db, "memberships", idempotency_key, lambda: _granted(db, body, password), body)
        record = records.read(db, MEMBERSHIPS, made)
    told = in_camel_case({**record, "one_time_password": next(iter(password), None)})
    return answer(told, 201, {"Location": f"{PREFIX}/memberships/{made}"})


def _granted(db: Session, body: MembershipCreate, password: list[str]) -> UUID:
    """Give the role, and a new account its password, which is told this once."""
    pool_id = present().pool_id
    links = body.model_dump(exclude={"name", "role"})
    scopes.check_references(db, links)
    try:
        account_id = accounts.find(db, body.name)
    except NotFound:
        account_id = accounts.create(db, body.name)
        password.append(accounts.reset(db, account_id))
    else:
        if pool_id not in {row.pool_id for row in access.memberships(db, account_id)}:
            raise Conflict("There is such an account already.", code="name_taken")
    return accounts.grant(db, account_id, pool_id, body.role, Links(**links))


@router.delete("/{id}", status_code=204, summary="Take a role back")
def end_membership(membership_id: Id) -> None:
    """The account's sessions end with it."""
    with transaction() as db:
        records.read(db, MEMBERSHIPS, membership_id)
        accounts.revoke(db, membership_id)
