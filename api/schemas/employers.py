"""Employers (werkgevers), their sites (vestigingen) and groups of supervisors (begeleiders)."""

import uuid
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.schemas.common import ApiModel, Changing, Count, Day, Key, Line, Postcode, Sbi, Short, Uri

Crebo = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$", max_length=5)]
KvkNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$", max_length=8)]


class EmployerFields(ApiModel):
    """What people set of an employer; null is not known."""

    trade_name: Uri
    kvk_number: KvkNumber | None = None
    sbi_code: Sbi | None = None
    training_firm: bool | None = Field(default=None, description="Recognised to train.")
    crebo: list[Crebo] = Field(default=[], max_length=100, description="For these qualifications.")
    starts_per_week: Count | None = None
    pso_level: Literal["none", "aspirant", "basis", "1", "2", "3", "30plus"] | None = None
    pso_until: Day | None = None
    code_until: Day | None = Field(
        default=None, description="In the Code Sociale Ondernemingen until then."
    )
    no_displacement_on: Day | None = Field(
        default=None, description="The last declaration that no paid work is displaced."
    )
    impact_first: bool | None = None
    independent: bool | None = None
    self_supporting: bool | None = None
    governance: bool | None = None
    marks_on: Day | None = None


class EmployerCreate(EmployerFields):
    """A new employer."""

    pool_id: uuid.UUID
    key: Key = Field(description="Your own key of the employer, unique in the pool.")


class EmployerChange(EmployerFields, Changing):
    """What to change of an employer."""

    trade_name: Uri = ""
    key: Key = ""


class Employer(EmployerFields):
    """An employer (werkgever): an organisation that posts placements."""

    id: uuid.UUID
    pool_id: uuid.UUID
    key: str
    version: int


class SiteFields(ApiModel):
    """What people set of a site."""

    postcode: Postcode | None = None
    place: Short | None = None
    street: Line | None = None
    house_number: (
        Annotated[str, StringConstraints(max_length=20, pattern=r"^[^\u0000]*$")] | None
    ) = None
    max_guided_site: Count | None = None


class SiteCreate(SiteFields):
    """A new site."""

    pool_id: uuid.UUID
    employer_id: uuid.UUID
    key: Key = Field(description="Your own key of the site, unique in the pool.")


class SiteChange(SiteFields, Changing):
    """What to change of a site."""

    key: Key = ""


class Site(SiteFields):
    """A site (vestiging): a place where an employer has people at work."""

    id: uuid.UUID
    pool_id: uuid.UUID
    employer_id: uuid.UUID
    key: str
    version: int


class SupervisorGroupFields(ApiModel):
    """What people set of a group of supervisors."""

    supervisors: int = Field(default=0, ge=0, le=1000)
    max_guided: Count | None = Field(default=None, description="Null is four per supervisor.")


class SupervisorGroupCreate(SupervisorGroupFields):
    """A new group of supervisors."""

    pool_id: uuid.UUID
    site_id: uuid.UUID
    key: Key = Field(description="Your own key of the group, unique in the pool.")


class SupervisorGroupChange(SupervisorGroupFields, Changing):
    """What to change of a group of supervisors."""

    key: Key = ""


class SupervisorGroup(SupervisorGroupFields):
    """Supervisors (begeleiders) at a site, and how many people they can guide together."""

    id: uuid.UUID
    pool_id: uuid.UUID
    site_id: uuid.UUID
    key: str
    version: int
