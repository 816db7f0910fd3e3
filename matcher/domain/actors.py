"""Who asks: an account in one of its roles, with what that role is tied to."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal, get_args

PersonsRole = Literal[
    "coach",
    "account_manager",
    "pool_manager",
    "contact_point",
    "employer",
    "candidate",
    "auditor",
]
ActorRole = Literal[PersonsRole, "service"]
PEOPLE: Final[tuple[PersonsRole, ...]] = get_args(PersonsRole)
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
    second_factor_missing
        It signs in with a password alone; whether that is enough, the settings say.
    stands_in
        Whether whom a coach has opened for a while counts as theirs: to read, not to change.
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
    second_factor_missing: bool = False
    stands_in: bool = True

    @property
    def name(self) -> str:
        """What decisions, keys of requests and the log call this actor: its account's id."""
        return str(self.account_id)

    def sees_candidate(
        self,
        coach_id: uuid.UUID | None,
        municipality: str | None,
        opened_by: Collection[str] = (),
    ) -> bool:
        """Return whether a candidate of the pool is theirs to see: by coach, or opened by them."""
        if self.role == "coach":
            mine = coach_id == self.coach_id or self.name in opened_by
            return mine and self.may_stand_in(municipality)
        return self.role in ("pool_manager", "service")

    def may_stand_in(self, municipality: str | None) -> bool:
        """Return whether people of this municipality are any of this coach's business."""
        return self.municipality is None or municipality in (None, self.municipality)


NOBODY: Final = Actor(uuid.UUID(int=0), "service")
"""Whoever has not signed in: in no pool, so nothing is theirs."""
