"""A second factor of one's own: begun, confirmed with a code, taken away."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.answers import answer
from api.dependencies import MADE
from api.identity import present
from api.middleware import PREFIX
from api.problems import Problem
from api.rates import SIGN_INS, counters
from api.schemas.accounts import (
    RecoveryCodes,
    SecondFactor,
    SecondFactorBegin,
    SecondFactorConfirm,
    SecondFactorEnd,
)
from api.strict import StrictRoute
from matcher.service import second_factors
from matcher.store.database import transaction

PATH = "/session/second-factor"
router = APIRouter(prefix=PATH, tags=["session"], route_class=StrictRoute)


@router.post(
    "",
    status_code=201,
    response_model=SecondFactor,
    responses=MADE,
    summary="Begin a second factor",
)
def create_second_factor(body: SecondFactorBegin) -> Response:
    """Told once, for an authenticator app (TOTP); it counts after `confirmation`."""
    account_id = _counted()
    with transaction() as db:
        begun = second_factors.begin(db, account_id, body.password)
    if begun is None:
        raise _refused()
    told = {"secret": begun.secret, "address": begun.address}
    return answer(told, 201, {"Location": f"{PREFIX}{PATH}"})


@router.post(
    "/confirmation",
    status_code=201,
    response_model=RecoveryCodes,
    responses=MADE,
    summary="Let a second factor count",
)
def create_confirmation(body: SecondFactorConfirm) -> Response:
    """From now on each sign-in takes a code. The account's other sessions end."""
    account_id = _counted()
    with transaction() as db:
        codes = second_factors.confirm(db, account_id, present().session_id, body.code)
    if codes is None:
        raise _refused()
    return answer({"recoveryCodes": codes}, 201, {"Location": f"{PREFIX}{PATH}"})


@router.post("/removal", status_code=204, summary="Take one's second factor away")
def create_removal(body: SecondFactorEnd) -> None:
    account_id = _counted()
    with transaction() as db:
        removed = second_factors.remove(db, account_id, body.password, body.code)
    if not removed:
        raise _refused()


def _counted() -> UUID:
    account_id = present().account_id
    counters.take(SIGN_INS, str(account_id))
    return account_id


def _refused() -> Problem:
    # The same for a wrong password, a wrong code, one that was used, and a locked account.
    return Problem(400, "Password or code is another one.", code="second_factor_refused")
