"""Who asks: the bearer of a token or of a session's cookie, before anything else is read."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from sqlmodel import SQLModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.access import (
    BEFORE_THE_PASSWORD,
    BEFORE_THE_SECOND_FACTOR,
    COACH,
    EMPLOYERS,
    Access,
)
from api.desk import together
from api.problems import Problem
from api.refusals import asked
from matcher.domain.actors import NOBODY, Actor
from matcher.service import second_factors, signing_in, tokens
from matcher.service.signing_in import SignedIn
from matcher.settings import settings
from matcher.store import access as store
from matcher.store import scopes
from matcher.store.acting import Crossing, acting, crossing
from matcher.store.audit import act_as
from matcher.store.database import glance, transaction
from matcher.store.sharing import CROSSING, other_pool
from matcher.store.tables import Candidate, MatchRun, Placement, Pool, Proposal

SECURE_COOKIE: Final = "__Host-workpool"
"""Only ever sent over https, to this host, at its root."""
LOCAL_COOKIE: Final = "workpool"
"""On this machine without https: a browser would refuse the other name there."""
CSRF_HEADER: Final = "X-CSRF-Token"
LONGEST_SESSION_SECONDS: Final = 10 * 3600
STATE_SECONDS: Final = 600
PREFIX: Final = "/api/v1"
HOME: Final = f"{PREFIX}/docs"
"""Where a browser goes once it is signed in."""
OWNERS: Final[Mapping[str, type[SQLModel]]] = {
    "candidates": Candidate,
    "placements": Placement,
    "proposals": Proposal,
    "match-runs": MatchRun,
    "pools": Pool,
}
"""Below whose address others lie: those are no more somebody's than it is."""
SETTLING_BY_THEMSELVES: Final = frozenset({"listMatchesOfCandidate"})
"""They look at it where they read it anyhow."""
STAND_INS_MAY: Final = frozenset({"createWithdrawal"})
"""What a coach may change of a person opened for a while: their right, which cannot wait."""
NO_ACCOUNT: Final = "nobody"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_BEARER: Final = "bearer "


def cookie_name() -> str:
    """Return what the session's cookie is called here."""
    return SECURE_COOKIE if _is_https() else LOCAL_COOKIE


def set_cookie(response: Response, signed_in: SignedIn) -> None:
    """Give a browser its session."""
    response.set_cookie(
        cookie_name(),
        signed_in.token,
        max_age=LONGEST_SESSION_SECONDS,
        path="/",
        secure=_is_https(),
        httponly=True,
        samesite="lax",
    )


def forget_cookie(response: Response) -> None:
    """Take a browser's session away."""
    response.delete_cookie(
        cookie_name(), path="/", secure=_is_https(), httponly=True, samesite="lax"
    )


def set_state(response: Response, state: str) -> None:
    """Tie a sign-in through a provider to the browser that began it."""
    response.set_cookie(
        f"{cookie_name()}-state",
        store.digest(state),
        max_age=STATE_SECONDS,
        path="/",
        secure=_is_https(),
        httponly=True,
        samesite="lax",
    )


def has_state(request: Request, state: str) -> bool:
    """Return whether this browser began that sign-in."""
    return request.cookies.get(f"{cookie_name()}-state") == store.digest(state)


def forget_state(response: Response) -> None:
    """Take the tie away again."""
    response.delete_cookie(f"{cookie_name()}-state", path="/", secure=_is_https(), httponly=True)


async def admit(request: Request, operation: str, access: Access) -> None:
    """
    Let a request through as its actor, or not at all.

    Raises
    ------
    Problem
        401 without a sign-in that holds; 403 when the role may not call this, or a page of
        somebody else had the browser send it.
    """
    acting.set(NOBODY)
    crossing.set(None)
    act_as(NO_ACCOUNT)
    known = asked(request.scope)
    known.operation = operation
    if access.everyone and not (access.roles and _says_who(request)):
        return
    actor = await _actor_of(request)
    if actor is None:
        known.why = _why_nobody(request)
        raise Problem(
            401,
            "Sign in first: POST /session, or send a bearer token.",
            headers={"WWW-Authenticate": 'Bearer realm="workpool"'},
        )
    known.account_id, known.pool_id = actor.account_id, actor.pool_id
    if not access.allows(actor):
        raise Problem(403, "Your role may not do this.", code="role_refused")
    if actor.session_id is not None and request.method not in SAFE:
        _check_cross_site(request)
    if actor.password_temporary and operation not in BEFORE_THE_PASSWORD:
        raise Problem(
            403,
            "Change the one-time password first: PUT /session/password.",
            code="password_change_required",
        )
    if needs_second_factor(actor) and operation not in BEFORE_THE_SECOND_FACTOR:
        raise Problem(
            403,
            "Begin a second factor first: POST /session/second-factor.",
            code="second_factor_required",
        )
    acting.set(actor)
    act_as(actor.name)
    if actor.role in EMPLOYERS:
        crossing.set(_crossing(request, actor))
    if operation not in SETTLING_BY_THEMSELVES:
        await run_in_threadpool(_require_owner, request, operation, actor)


def _address(request: Request) -> tuple[str, UUID | None, int]:
    """Return an address as its collection, the id in it if there is one, and how long it is."""
    collection, *rest = request.scope["path"].removeprefix(PREFIX).strip("/").split("/")
    with suppress(ValueError, IndexError):
        return collection, UUID(rest[0]), len(rest)
    return collection, None, len(rest)


def _crossing(request: Request, actor: Actor) -> Crossing | None:
    """Return how to find the pool of the person whom an employer's own work is proposed to."""
    collection, row_id, _ = _address(request)
    if row_id is None or collection not in CROSSING:
        return None
    return Crossing(partial(other_pool, actor=actor, collection=collection, row_id=row_id))


def _require_owner(request: Request, operation: str, actor: Actor) -> None:
    """
    Check that what an address lies below is the actor's, such as the person of pins.

    A coach's changes are looked at too: who stands in for a colleague reads, and no more.
    """
    collection, owner_id, parts = _address(request)
    owner = OWNERS.get(collection)
    changing = request.method not in SAFE and operation not in STAND_INS_MAY
    if owner is None or owner_id is None:
        return  # without an id the route itself says so
    if parts < 2 and not (changing and actor.role == COACH):
        return
    with transaction() as db:
        scopes.require(db, owner, owner_id, changing=changing)


def needs_second_factor(actor: Actor) -> bool:
    """Return whether nothing else is possible until somebody has a second factor."""
    required = settings().second_factor == second_factors.REQUIRED
    return required and actor.session_id is not None and actor.second_factor_missing


def present() -> Actor:
    """Return who the request is of; `NOBODY` for an open operation."""
    return acting.get() or NOBODY


def session_token(request: Request) -> str | None:
    """Return the secret in a browser's cookie."""
    return request.cookies.get(cookie_name())


def _says_who(request: Request) -> bool:
    return "authorization" in request.headers or session_token(request) is not None


def _why_nobody(request: Request) -> str | None:
    """Return what came instead of a sign-in that holds; None where nothing did."""
    if "authorization" in request.headers:
        return "token_refused"
    return None if session_token(request) is None else "session_over"


async def _actor_of(request: Request) -> Actor | None:
    given = request.headers.get("authorization")
    if given is not None:
        # A request says one thing of who it is: with a token its cookie is not looked at.
        if given[: len(_BEARER)].lower() != _BEARER:
            return None
        token = given[len(_BEARER) :].strip()
        if tokens.says_ours(token):
            actor, asked(request.scope).account_id = await together(_of_tokens, None, token)
            return actor
        # Another issuer may have to be asked for its keys: nobody else waits for that.
        return (await run_in_threadpool(_of_tokens, [token]))[0][0]
    cookie = session_token(request)
    return None if cookie is None else await together(_of_sessions, None, cookie)


def _of_sessions(secrets: Sequence[str]) -> list[Actor | None]:
    with glance() as db:
        found = {secret: store.actor_of_session(db, secret) for secret in dict.fromkeys(secrets)}
    return [found[secret] for secret in secrets]


def _of_tokens(given: Sequence[str]) -> list[tuple[Actor | None, UUID | None]]:
    """Return the service of each token that holds, and whose account one of our own speaks of."""
    said = {token: tokens.read(token) for token in dict.fromkeys(given)}
    believed = {token: claims for token, claims in said.items() if claims is not None}
    found: dict[str, tuple[Actor | None, UUID | None]] = {}
    if believed:
        with glance() as db:
            found = {
                token: (
                    tokens.bearer(db, claims),
                    UUID(claims.subject) if claims.issuer == tokens.ISSUER else None,
                )
                for token, claims in believed.items()
            }
    return [found.get(token, (None, None)) for token in given]


def _check_cross_site(request: Request) -> None:
    token = session_token(request)
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "none")
    if (
        token is None
        or (origin is not None and not _is_ours(origin, request))
        or site not in ("same-origin", "none")
        or not signing_in.is_csrf_token(request.headers.get(CSRF_HEADER, ""), token)
    ):
        raise Problem(
            403,
            f"A request with the cookie needs {CSRF_HEADER}, as the sign-in gave it, from our "
            "own pages.",
            code="cross_site",
        )


def _is_ours(origin: str, request: Request) -> bool:
    public = settings().public_url
    if public is not None:
        return origin == public
    return urlsplit(origin).netloc == request.headers.get("host")


def _is_https() -> bool:
    return (settings().public_url or "").startswith("https://")
