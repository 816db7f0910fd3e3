"""
Who may call what: operation -> roles, one table. What is not in it does not start.

Of whom and of what somebody may call it on is `matcher.store.scopes`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from matcher.domain.actors import PEOPLE, Actor, ActorRole
from matcher.errors import MatcherError

COACH: Final[ActorRole] = "coach"
ACCOUNT_MANAGER: Final[ActorRole] = "account_manager"
POOL_MANAGER: Final[ActorRole] = "pool_manager"
CONTACT_POINT: Final[ActorRole] = "contact_point"
EMPLOYER: Final[ActorRole] = "employer"
CANDIDATE: Final[ActorRole] = "candidate"
AUDITOR: Final[ActorRole] = "auditor"

EMPLOYERS: Final = (ACCOUNT_MANAGER, EMPLOYER)


@dataclass(frozen=True)
class Access:
    """
    Who may call an operation.

    Parameters
    ----------
    roles
        The people who may; services are not among them.
    scope
        What a service's token must name; None is not for services.
    everyone
        No sign-in is needed; with roles, who is signed in all the same acts as themselves.
    """

    roles: frozenset[ActorRole] = frozenset()
    scope: str | None = None
    everyone: bool = False

    def allows(self, actor: Actor) -> bool:
        """Return whether this actor may call it at all."""
        if self.everyone:
            return True
        if actor.role == "service":
            return self.scope in actor.scopes
        return actor.role in self.roles


def _for(scope: str | None, *roles: ActorRole) -> Access:
    return Access(frozenset(roles), scope)


_OPEN = Access(everyone=True)
_SIGNED_IN = _for(None, *PEOPLE)

OPERATIONS: Final[Mapping[str, Access]] = {
    "readLive": _OPEN,
    "readReady": _OPEN,
    "listPools": _for("pools:read", *PEOPLE),
    "readPool": _for("pools:read", *PEOPLE),
    "createPool": _for("pools:create"),
    "changePool": _for("pools:write", POOL_MANAGER),
    "endPool": _for("pools:write"),
    "listCoaches": _for("coaches:read", COACH, POOL_MANAGER, AUDITOR),
    "readCoach": _for("coaches:read", COACH, POOL_MANAGER, AUDITOR),
    "createCoach": _for("coaches:write", POOL_MANAGER),
    "changeCoach": _for("coaches:write", POOL_MANAGER),
    "endCoach": _for("coaches:write", POOL_MANAGER),
    "listCandidates": _for("candidates:read", COACH, POOL_MANAGER, CANDIDATE),
    "readCandidate": _for("candidates:read", COACH, POOL_MANAGER, CANDIDATE),
    "createCandidate": _for("candidates:write", COACH, POOL_MANAGER),
    "changeCandidate": _for("candidates:write", COACH, POOL_MANAGER),
    "endCandidate": _for("candidates:write", COACH, POOL_MANAGER),
    # A pin is a named person's, as a decision is.
    "createPin": _for(None, COACH, POOL_MANAGER),
    "withdrawPin": _for(None, COACH, POOL_MANAGER),
    "listPins": _for("candidates:read", COACH, POOL_MANAGER),
    "readPin": _for("candidates:read", COACH, POOL_MANAGER),
    "createCompanion": _for("candidates:write", COACH, POOL_MANAGER),
    "endCompanion": _for("candidates:write", COACH, POOL_MANAGER),
    "listCompanions": _for("candidates:read", COACH, POOL_MANAGER),
    "readCompanion": _for("candidates:read", COACH, POOL_MANAGER),
    "listMatchesOfCandidate": _for("matches:read", COACH, POOL_MANAGER),
    "readMatch": _for("matches:read", COACH, POOL_MANAGER),
    "listMatchesOfPlacement": _for("matches:read", POOL_MANAGER),
    "listEmployers": _for(
        "employers:read", COACH, POOL_MANAGER, CONTACT_POINT, AUDITOR, *EMPLOYERS
    ),
    "readEmployer": _for("employers:read", COACH, POOL_MANAGER, CONTACT_POINT, AUDITOR, *EMPLOYERS),
    "createEmployer": _for("employers:write", ACCOUNT_MANAGER, POOL_MANAGER, CONTACT_POINT),
    "changeEmployer": _for("employers:write", ACCOUNT_MANAGER, POOL_MANAGER, CONTACT_POINT),
    "endEmployer": _for("employers:write", ACCOUNT_MANAGER, POOL_MANAGER),
    "listSites": _for("employers:read", COACH, POOL_MANAGER, CONTACT_POINT, AUDITOR, *EMPLOYERS),
    "readSite": _for("employers:read", COACH, POOL_MANAGER, CONTACT_POINT, AUDITOR, *EMPLOYERS),
    "createSite": _for("employers:write", POOL_MANAGER, *EMPLOYERS),
    "changeSite": _for("employers:write", POOL_MANAGER, *EMPLOYERS),
    "endSite": _for("employers:write", POOL_MANAGER, *EMPLOYERS),
    "listSupervisorGroups": _for("employers:read", COACH, POOL_MANAGER, AUDITOR, *EMPLOYERS),
    "readSupervisorGroup": _for("employers:read", COACH, POOL_MANAGER, AUDITOR, *EMPLOYERS),
    "createSupervisorGroup": _for("employers:write", POOL_MANAGER, *EMPLOYERS),
    "changeSupervisorGroup": _for("employers:write", POOL_MANAGER, *EMPLOYERS),
    "endSupervisorGroup": _for("employers:write", POOL_MANAGER, *EMPLOYERS),
    "listPlacements": _for(
        "placements:read", COACH, POOL_MANAGER, CONTACT_POINT, AUDITOR, CANDIDATE, *EMPLOYERS
    ),
    "readPlacement": _for(
        "placements:read", COACH, POOL_MANAGER, CONTACT_POINT, AUDITOR, CANDIDATE, *EMPLOYERS
    ),
    "createPlacement": _for("placements:write", POOL_MANAGER, *EMPLOYERS),
    "changePlacement": _for("placements:write", POOL_MANAGER, *EMPLOYERS),
    "endPlacement": _for("placements:write", POOL_MANAGER, *EMPLOYERS),
    "listMatchRuns": _for("runs:read", COACH, POOL_MANAGER, AUDITOR, ACCOUNT_MANAGER),
    "readMatchRun": _for("runs:read", COACH, POOL_MANAGER, AUDITOR, ACCOUNT_MANAGER),
    "listEvents": _for("runs:read", COACH, POOL_MANAGER, AUDITOR, ACCOUNT_MANAGER),
    "createWhatIfOfCandidate": _for("runs:write", COACH, POOL_MANAGER),
    # its answer names people of every caseload
    "createWhatIfOfPlacement": _for("runs:write", POOL_MANAGER),
    "createMatchRun": _for("runs:write", POOL_MANAGER),
    "createCancellation": _for("runs:write", POOL_MANAGER),
    "listProposals": _for("proposals:read", COACH, POOL_MANAGER, CANDIDATE, AUDITOR, *EMPLOYERS),
    "readProposal": _for("proposals:read", COACH, POOL_MANAGER, CANDIDATE, AUDITOR, *EMPLOYERS),
    "listDecisions": _for("proposals:read", COACH, POOL_MANAGER, CANDIDATE, AUDITOR, *EMPLOYERS),
    "readDecision": _for("proposals:read", COACH, POOL_MANAGER, CANDIDATE, AUDITOR, *EMPLOYERS),
    # Nothing takes effect without a named person: no service decides.
    "createDecision": _for(None, COACH, CANDIDATE, POOL_MANAGER, *EMPLOYERS),
    "createChoice": _for(None, COACH),
    "listDeployments": _for(
        "deployments:read", COACH, POOL_MANAGER, CANDIDATE, AUDITOR, *EMPLOYERS
    ),
    "readDeployment": _for("deployments:read", COACH, POOL_MANAGER, CANDIDATE, AUDITOR, *EMPLOYERS),
    "changeDeployment": _for("deployments:write", COACH, POOL_MANAGER, *EMPLOYERS),
    "readIdentity": _for(None, COACH, POOL_MANAGER, CANDIDATE),
    "changeIdentity": _for(None, COACH, POOL_MANAGER),
    # By citizen service number, which neither employers nor machines have any business with.
    "searchCandidates": _for(None, COACH, POOL_MANAGER),
    "listConsents": _for("consents:read", COACH, POOL_MANAGER, CANDIDATE),
    "createConsent": _for(None, COACH, CANDIDATE),
    "createWithdrawal": _for(None, COACH, POOL_MANAGER, CANDIDATE),
    "readErasurePreview": _for(None, POOL_MANAGER),
    "createErasure": _for(None, POOL_MANAGER),
    "createExceptionalAccess": _for(None, COACH),
    "listExceptionalAccesses": _for(None, COACH, POOL_MANAGER, AUDITOR),
    "readExceptionalAccess": _for(None, COACH, POOL_MANAGER, AUDITOR),
    "createClosure": _for(None, COACH, POOL_MANAGER),
    "createReview": _for(None, POOL_MANAGER),
    "listReadAlarms": _for(None, POOL_MANAGER, AUDITOR),
    "readReadAlarm": _for(None, POOL_MANAGER, AUDITOR),
    "createAlarmReview": _for(None, POOL_MANAGER),
    "listErasures": _for(None, POOL_MANAGER, AUDITOR),
    "readErasure": _for(None, POOL_MANAGER, AUDITOR),
    "listLegalHolds": _for(None, POOL_MANAGER),
    "createLegalHold": _for(None, POOL_MANAGER),
    "createRelease": _for(None, POOL_MANAGER),
    "listRestrictions": _for(None, COACH, POOL_MANAGER, CANDIDATE),
    "createRestriction": _for(None, COACH, POOL_MANAGER),
    "createLifting": _for(None, POOL_MANAGER),
    "readCard": _for(None, COACH, *EMPLOYERS),
    "listTasks": _for(None, COACH, POOL_MANAGER, *EMPLOYERS),
    "readOversight": _for("pools:read", POOL_MANAGER, AUDITOR),
    "readImpact": _for("pools:read", POOL_MANAGER, AUDITOR),
    # It holds the senders' keys of every caseload.
    "readExport": _for(None, POOL_MANAGER),
    "readRetention": _for(None, POOL_MANAGER, AUDITOR),
    "createRetentionRule": _for(None, POOL_MANAGER),
    "listImports": _for("imports:read", POOL_MANAGER),
    "readImport": _for("imports:read", POOL_MANAGER),
    "createImport": _for("imports:write", POOL_MANAGER),
    "listAuditEvents": _for("audit:read", AUDITOR),
    "readVerification": _for("audit:read", AUDITOR, POOL_MANAGER),
    # Public without a pool; of a pool for who is in it.
    "readAlgorithmRegistration": Access(frozenset(PEOPLE), "audit:read", everyone=True),
    "readKeys": _OPEN,
    "createSession": _OPEN,
    "startSignIn": _OPEN,
    "finishSignIn": _OPEN,
    "readSession": _SIGNED_IN,
    "changeSession": _SIGNED_IN,
    "endSession": _SIGNED_IN,
    "changePassword": _SIGNED_IN,
    "createSecondFactor": _SIGNED_IN,
    "createConfirmation": _SIGNED_IN,
    "createRemoval": _SIGNED_IN,
    "listMemberships": _for(None, POOL_MANAGER, AUDITOR),
    "createMembership": _for(None, POOL_MANAGER),
    "endMembership": _for(None, POOL_MANAGER),
}

BEFORE_THE_PASSWORD: Final = frozenset({"readSession", "endSession", "changePassword"})
"""What somebody with a one-time password may call until it is their own."""
BEFORE_THE_SECOND_FACTOR: Final = BEFORE_THE_PASSWORD | {"createSecondFactor", "createConfirmation"}
"""What somebody without a second factor may call until they have one, where it is required."""

SCOPES: Final = tuple(
    sorted({access.scope for access in OPERATIONS.values() if access.scope is not None})
)
"""What a service's token may name."""


def check_complete(operations: Iterable[str]) -> None:
    """
    Check that every operation has a line, and every line an operation.

    Raises
    ------
    MatcherError
        Some have none: the application does not start.
    """
    there = set(operations)
    faults = [_fault("has no line in", there - OPERATIONS.keys())]
    faults.append(_fault("is not there, but has a line in", OPERATIONS.keys() - there))
    told = "; ".join(filter(None, faults))
    if told:
        raise MatcherError(f"{told} api/access.py.", code="bad_access_table")


def _fault(what: str, names: Collection[str]) -> str:
    return f"{', '.join(sorted(names))} {what}" if names else ""
