"""Work that one pool opens to people of another, and who has to do with it, over HTTP."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from httpx2 import Response
from starlette.testclient import TestClient

from matcher.service.accounts import Links
from matcher.store.database import transaction
from matcher.store.tables import Coach
from tests.integration.imports import execute, select
from tests.integration.signing import signed_in
from tests.small_pools import write_pool

Headers = dict[str, str]


@dataclass
class Shared:
    """Pool A with people, pool B with work, and who is signed in where."""

    api: TestClient
    a: UUID
    b: UUID
    person: UUID
    place: UUID
    coach: Headers
    employer: Headers
    manager: Headers
    """Of accounts, in B."""

    def get(self, path: str, who: Headers) -> Response:
        return self.api.get(path, headers=who)

    def decide(self, proposal: str, who: Headers, outcome: str = "accept", **more: Any) -> Response:
        tag = self.get(f"/proposals/{proposal}", who).headers.get("etag", '"1"')
        body = {"outcome": outcome, **more}
        return self.api.post(
            f"/proposals/{proposal}/decisions", json=body, headers={**who, "If-Match": tag}
        )

    def chosen(self) -> str:
        """The coach of A chooses the work of B for a person."""
        made = self.api.post(
            f"/candidates/{self.person}/proposals",
            json={"placementId": str(self.place), "reason": "knows the team"},
            headers=self.coach,
        )
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def passed_on(self) -> str:
        proposal = self.chosen()
        assert self.decide(proposal, self.coach).status_code == 201
        return proposal

    def end_agreement(self) -> None:
        execute("update sharing_agreement set from_on = null, until_on = current_date - 1")


def shared_work(api: TestClient) -> Shared:
    """Write both pools, the agreement between them, and who is signed in."""
    with transaction() as db:
        a, b = write_pool(db, "noord", people=6), write_pool(db, "zuid", people=6)
    execute(
        "insert into sharing_agreement (pool_id, other_pool_id, kinds, from_on)"
        " values (:b, :a, '{voluntary}', current_date)",
        a=a, b=b,
    )  # fmt: skip
    with transaction() as db:
        made = Coach(pool_id=a, key="c", name="Invented")
        db.add(made)
        db.flush()
        coach = made.id
    execute("update placement set openings = 3, taken = 0")
    ((person,),) = select(
        "update candidate set coach_id = :coach where id = (select id from candidate"
        " where pool_id = :a order by key limit 1) returning id",
        coach=coach, a=a,
    )  # fmt: skip
    ((place, employer),) = select(
        "select id, employer_id from placement where pool_id = :b order by key limit 1", b=b
    )
    links = Links(employer_ids=[employer])
    return Shared(
        api, a, b, person, place,
        signed_in("coach", a, Links(coach_id=coach)),
        signed_in("employer", b, links),
        signed_in("account_manager", b, links),
    )  # fmt: skip
