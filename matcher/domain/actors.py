"""Who asks: an account in one of its roles, with what that role is tied to."""

import uuid
from dataclasses import dataclass
from typing import Final, Literal, get_args

ActorRole = Literal[
    "coach",
    "account_manager",
    "pool_manager",
    "contact_point",
    "employer",
    "candidate",
    "auditor",
    "service",
]
ROLES: Final[tuple[ActorRole, ...]] = get_args(ActorRole)


@dataclass(frozen=True)
class Actor:
    """
    An account that is signed in, acting in one role in one pool.

    Parameters
    ----------
    pool_id
        The pool of the role; None for nobody, and for a service that may only make pools.
    coach_id, candidate_id
        Whom a coach's or a candidate's account stands for.
    employer_ids
        The employers of an account manager or an employer's account.
    municipality
        A coach's, as its four digits; None is any of the pool's.
    scopes
        What a service may do, such as ``candidates:read``.
    session_id
        The session that the request came with; None for a token.
    password_temporary
        Only the password may be changed until it is the account's own.
    """

    account_id: uuid.UUID
    role: ActorRole
    pool_id: uuid.UUID | None = None
    coach_id: uuid.UUID | None = None
    candidate_id: uuid.UUID | None = None
    employer_ids: frozenset[uuid.UUID] = frozenset()
    municipality: str | None = None
    scopes: frozenset[str] = frozenset()
    session_id: uuid.UUID | None = None
    password_temporary: bool = False

    @property
    def name(self) -> str:
        """What decisions, keys of requests and the log call this actor: its account's id."""
        return str(self.account_id)

    def sees_candidate(self, coach_id: uuid.UUID | None, municipality: str | None) -> bool:
        """Return whether a candidate of the pool with this coach and municipality is theirs."""
        if self.role == "coach":
            there = self.municipality is None or municipality in (None, self.municipality)
            return coach_id == self.coach_id and there
        return self.role in ("pool_manager", "service")


NOBODY: Final = Actor(uuid.UUID(int=0), "service")
"""Whoever has not signed in: in no pool, so nothing is theirs."""
