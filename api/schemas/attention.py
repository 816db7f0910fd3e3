"""What needs attention."""

import uuid
from datetime import date

from pydantic import Field

from api.schemas.common import ApiModel


class Task(ApiModel):
    """Something to do (taak), found at this moment."""

    kind: str = Field(
        description="`proposal_waits`, `hold_ends`, `facts_to_settle`, `reservation_ends`, "
        "`card_without_consent`, `trial_ends`, `work_ends`, `facts_missing`, `placement_paused`, "
        "`exceptional_access`, `read_alarm`."
    )
    due_on: date | None = Field(description="Null where nothing runs out.")
    resource: str = Field(description="What it is about: proposal, deployment, candidate, ...")
    resource_id: uuid.UUID
    facts: list[str] = Field(description="Codes of rules, or names of fields.")


class TaskPage(ApiModel):
    """A part of a task list, the first due first."""

    items: list[Task]
    next_page: int | None = Field(description="Give it as `page`; null on the last one.")


class RefusedCount(ApiModel):
    """How many requests were refused for a reason (geweigerd)."""

    code: str = Field(
        description="That of the answer, such as `role_refused`, or more exactly: `token_refused`, "
        "`session_over`, `sign_in_locked`."
    )
    requests: int


class Oversight(ApiModel):
    """Whether people decide, or only confirm (menselijk toezicht)."""

    days: int
    decisions: int = Field(description="By coaches, on proposals.")
    override_rate: float | None
    median_seconds: float | None = Field(description="From being shown to the decision.")
    accepted_unopened: float | None = Field(description="Share accepted without being shown.")
    alarm: bool = Field(description="More than 95 % was accepted unopened.")
    refused: list[RefusedCount] = Field(
        description="What accounts of the pool were refused; the record tells which account, when."
    )
    exceptional_accesses: int = Field(description="Records opened outside a caseload.")
    read_alarms: int = Field(description="Coaches who read about very many people in an hour.")
    unreviewed: int = Field(description="Of all of both, not looked at by a manager yet.")


class ImpactCell(ApiModel):
    """How many people took a step in a month; fewer than ten are not told."""

    month: date
    event: str
    band: str = Field(description="How long the person had waited.")
    people: int | None


class Impact(ApiModel):
    """What happened in a pool (resultaten), about nobody."""

    cells: list[ImpactCell]
