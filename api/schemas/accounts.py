"""Sessions (sessies) and roles in a pool (rollen)."""

import uuid
from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas.common import ApiModel
from api.schemas.pools import Municipality
from matcher.domain.actors import ActorRole, PersonsRole

Name = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=r"^[a-z0-9][a-z0-9._@+-]*$")
]
Password = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[^\u0000]*$"),
    Field(json_schema_extra={"format": "password", "writeOnly": True}),
]
OneTimeCode = Annotated[
    str,
    StringConstraints(min_length=6, max_length=60, pattern=r"^[A-Za-z0-9 -]+$"),
    Field(json_schema_extra={"format": "password", "writeOnly": True}),
]


class SignIn(ApiModel):
    """Who signs in, and in which of their roles."""

    name: Name
    password: Password
    code: OneTimeCode | None = Field(
        default=None, description="Of the second factor, for who has one: its app's, or a spare."
    )
    membership_id: uuid.UUID | None = Field(
        default=None, description="The role to act in; without it the oldest."
    )


class RoleChoice(ApiModel):
    """The role to go on in."""

    membership_id: uuid.UUID


class PasswordChange(ApiModel):
    """A new password, of 12 characters or more."""

    password: Password
    new_password: Password


class SecondFactorBegin(ApiModel):
    """The present password, before a second factor is begun."""

    password: Password


class SecondFactorConfirm(ApiModel):
    """A code of the app that has just been set up."""

    code: OneTimeCode


class SecondFactorEnd(ApiModel):
    """Password and code, to take the second factor away."""

    password: Password
    code: OneTimeCode


class SecondFactor(ApiModel):
    """What an authenticator app needs (tweede factor): told this once."""

    secret: str = Field(description="To be typed, base32.")
    address: str = Field(description="The same for a QR code: `otpauth://`.")


class RecoveryCodes(ApiModel):
    """Codes for who is without their app, each for one time: told this once."""

    recovery_codes: list[str]


class RoleOfMine(ApiModel):
    """A role that the account has."""

    id: uuid.UUID
    pool_id: uuid.UUID
    role: PersonsRole


class Session(ApiModel):
    """Who is signed in (sessie): over after 30 minutes without a request, or after 10 hours."""

    account_id: uuid.UUID
    role: PersonsRole
    pool_id: uuid.UUID
    csrf_token: str = Field(description="Goes as `X-CSRF-Token` with what changes something.")
    password_change_required: bool
    second_factor_required: bool = Field(description="Nothing else is possible before it.")
    second_factor: bool
    recovery_codes_left: int
    memberships: list[RoleOfMine]


class MembershipCreate(ApiModel):
    """A role for somebody in this pool, and what it is tied to."""

    name: Name = Field(description="What they sign in with; not who they are.")
    role: PersonsRole
    coach_id: uuid.UUID | None = Field(default=None, description="For a coach: who they are.")
    candidate_id: uuid.UUID | None = Field(default=None, description="For a candidate.")
    employer_ids: list[uuid.UUID] = Field(
        default=[], max_length=200, description="For an employer or an account manager."
    )
    municipality: Municipality | None = Field(
        default=None, description="For a coach: only people of this one, or of none known."
    )


class Membership(ApiModel):
    """A role of an account in a pool (rol)."""

    id: uuid.UUID
    pool_id: uuid.UUID
    account_id: uuid.UUID
    role: ActorRole
    one_time_password: str | None = Field(
        default=None,
        description="Of an account that was made with the role; told once, changed at first use.",
    )


class PublicKeys(ApiModel):
    """The keys that check our tokens, as RFC 7517 has them."""

    keys: list[dict[str, str]]
