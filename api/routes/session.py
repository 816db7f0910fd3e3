"""Signing in and out: a session in a cookie, with a password or through an OpenID provider."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api import identity
from api.answers import answer, in_camel_case
from api.dependencies import MADE, SEE_OTHER
from api.identity import present
from api.middleware import PREFIX
from api.problems import Problem
from api.rates import SIGN_INS, SIGN_INS_BY_ADDRESS, counters
from api.refusals import asked
from api.schemas.accounts import PasswordChange, PublicKeys, RoleChoice, Session, SignIn
from api.strict import StrictRoute
from matcher.errors import NotFound
from matcher.service import accounts, openid, signing_in, tokens
from matcher.service.signing_in import SignedIn
from matcher.store import access, second_factors
from matcher.store.database import transaction

router = APIRouter(prefix="/session", tags=["session"], route_class=StrictRoute)
keys = APIRouter(prefix="/key-set", tags=["session"], route_class=StrictRoute)


@router.post(
    "",
    status_code=201,
    response_model=Session,
    responses=MADE,
    summary="Sign in",
)
def create_session(body: SignIn, request: Request) -> Response:
    """
    A session begins, in a cookie. Who has a second factor sends its `code` along. Five failures
    lock the account for a while, untold.
    """
    address = request.client.host if request.client else ""
    counters.take(SIGN_INS_BY_ADDRESS, address)
    counters.take(SIGN_INS, f"{address} {body.name}")
    with transaction() as db:
        tried = signing_in.check(db, body.name, body.password, body.code)
    known = asked(request.scope)
    known.account_id, known.why = tried.account_id, tried.refused
    if tried.account_id is None or tried.refused is not None:
        raise _refused()
    try:
        with transaction() as db:
            signed_in = signing_in.begin(db, tried.account_id, body.membership_id)
    except NotFound:
        raise _refused() from None
    return _begun(signed_in, 201)


@router.get("", response_model=Session, summary="Who is signed in")
def read_session(request: Request) -> Response:
    token = identity.session_token(request)
    if token is None:
        raise Problem(401, "Only a session can be read here, and this request has none.")
    return answer(_told(SignedIn(token, present())))


@router.put("", response_model=Session, summary="Go on in another role")
def change_session(body: RoleChoice) -> Response:
    """The session goes on under a new id, as another role of the same account."""
    actor = present()
    with transaction() as db:
        signed_in = signing_in.begin(db, actor.account_id, body.membership_id)
        assert actor.session_id is not None
        access.end_session(db, actor.session_id)
    return _begun(signed_in, 200)


@router.delete("", status_code=204, summary="Sign out")
def end_session() -> Response:
    session_id = present().session_id
    assert session_id is not None
    with transaction() as db:
        access.end_session(db, session_id)
    response = Response(status_code=204)
    identity.forget_cookie(response)
    return response


@router.put("/password", response_model=Session, summary="Change the password")
def change_password(body: PasswordChange) -> Response:
    """Every session of the account ends; this one goes on under a new id."""
    account_id = present().account_id
    counters.take(SIGN_INS, str(account_id))
    with transaction() as db:
        changed = accounts.change_password(db, account_id, body.password, body.new_password)
        signed_in = signing_in.begin(db, account_id) if changed else None
    if signed_in is None:
        raise Problem(400, "The present password is another one.", code="wrong_password")
    return _begun(signed_in, 200)


@router.get(
    "/openid",
    status_code=303,
    response_class=RedirectResponse,
    responses=SEE_OTHER,
    summary="Sign in with the organisation's own provider",
)
def start_sign_in() -> Response:
    """Sends the browser there, and back to `/session/openid/return`. 404 when there is none."""
    with transaction() as db:
        address, state = openid.begin(db)
    response = RedirectResponse(address, 303)
    identity.set_state(response, state)
    return response


@router.get(
    "/openid/return",
    status_code=303,
    response_class=RedirectResponse,
    responses=SEE_OTHER,
    summary="Come back from the provider",
)
def finish_sign_in(
    request: Request,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """Begins a session of the account that the provider vouches for; 401 for any other."""
    address = request.client.host if request.client else ""
    counters.take(SIGN_INS_BY_ADDRESS, address)
    with transaction() as db:
        attempt = openid.take(db, state) if identity.has_state(request, state) else None
    account = None if attempt is None else openid.subject(attempt, code)
    if account is None:
        asked(request.scope).why = "sign_in_refused.provider"
        raise _refused()
    with transaction() as db:
        signed_in = openid.signed_in(db, account)
    if signed_in is None:
        asked(request.scope).why = "sign_in_refused.no_account"
        raise _refused()
    response = RedirectResponse(identity.HOME, 303)
    identity.set_cookie(response, signed_in)
    identity.forget_state(response)
    return response


@keys.get("", response_model=PublicKeys, summary="The keys that check our tokens")
def read_keys() -> Response:
    return answer(tokens.jwks())


def _refused() -> Problem:
    # The same for a wrong name, password or code, for none, and for a locked account.
    return Problem(
        401,
        "This sign-in is not known here. Maybe: with the code of your second factor.",
        code="sign_in_refused",
    )


def _begun(signed_in: SignedIn, status: int) -> Response:
    where = {"Location": f"{PREFIX}/session"} if status == 201 else None
    response = answer(_told(signed_in), status, where)
    identity.set_cookie(response, signed_in)
    return response


def _told(signed_in: SignedIn) -> dict[str, object]:
    actor = signed_in.actor
    with transaction() as db:
        roles = access.memberships(db, actor.account_id)
        second_factor = second_factors.is_confirmed(db, actor.account_id)
        codes_left = second_factors.recovery_codes_left(db, actor.account_id)
    return in_camel_case(
        {
            "account_id": actor.account_id,
            "role": actor.role,
            "pool_id": actor.pool_id,
            "csrf_token": signing_in.csrf_token(signed_in.token),
            "password_change_required": actor.password_temporary,
            "second_factor_required": identity.needs_second_factor(actor),
            "second_factor": second_factor,
            "recovery_codes_left": codes_left,
            "memberships": [dict(row._mapping) for row in roles if row.role != "service"],
        }
    )
