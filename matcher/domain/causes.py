"""Why an undecided proposal of the last plan is not in the next one: the causes, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cause:
    """
    A cause, what people read of it, and whether any plan could have kept the proposal.

    ``text`` may name, between braces, ``rules`` and ``gates`` (their codes), ``points`` (how many
    more the new proposal has) and ``others`` (people by tier who are there now).
    """

    code: str
    text: str
    forced: bool


PERSON_GONE = Cause("person_gone", "the person no longer seeks a placement", True)
PLACEMENT_GONE = Cause("placement_gone", "the placement is no longer there", True)
PLACEMENT_CLOSED = Cause("placement_closed", "the placement takes nobody now: {gates}", True)
REFUSED_NOW = Cause("refused_now", "a fact changed, and now it is refused: {rules}", True)
COMPANION_AGAINST = Cause(
    "companion_against",
    "whom the person goes together with, or apart from, leaves this placement no longer possible",
    True,
)
FEWER_OPENINGS = Cause("fewer_openings", "the placement has fewer openings than before", True)
BETTER_ELSEWHERE = Cause(
    "better_elsewhere", "another placement suits better by {points} points", False
)
TEAM_NOT_FILLED = Cause(
    "team_not_filled", "the placement takes its whole team or nobody, and it was not filled", False
)
TEAM_ELSEWHERE = Cause(
    "team_elsewhere", "the person is needed to fill the team of another placement", False
)
COMPANION_FIRST = Cause(
    "companion_first",
    "whom the person goes together with, or apart from, is better off in another way",
    False,
)
OTHERS_FIRST = Cause(
    "others_first", "its openings went to others, for the good of the whole: {others}", False
)
EQUALLY_GOOD = Cause("equally_good", "another placement suits just as well", False)
KEPT_FREE = Cause("kept_free", "the opening is kept free, by a limit or for people to come", False)
DROPPED_LATE = Cause(
    "dropped_late", "the person's or the placement's record changed while the plan was made", True
)
FILLED_LATE = Cause(
    "filled_late",
    "while the plan was made its opening went, a limit was reached, or a companion dropped out",
    True,
)
CHOICE_REPLACED = Cause(
    "choice_replaced",
    "a coach's own choice that nobody accepted; the plan decides otherwise",
    False,
)

CAUSES: tuple[Cause, ...] = (
    PERSON_GONE,
    PLACEMENT_GONE,
    PLACEMENT_CLOSED,
    REFUSED_NOW,
    COMPANION_AGAINST,
    FEWER_OPENINGS,
    BETTER_ELSEWHERE,
    TEAM_NOT_FILLED,
    TEAM_ELSEWHERE,
    COMPANION_FIRST,
    OTHERS_FIRST,
    EQUALLY_GOOD,
    KEPT_FREE,
    DROPPED_LATE,
    FILLED_LATE,
    CHOICE_REPLACED,
)
CAUSE_OF: Mapping[str, Cause] = {cause.code: cause for cause in CAUSES}


def counted(undecided: int, causes: Mapping[str, int]) -> dict[str, Any]:
    """
    Return what share of so many undecided proposals changed, by the counts of their causes.

    Returns
    -------
    ``undecided, kept, changed, share_changed``; ``by_choice`` and ``share_by_choice``, those that
    a plan could have kept; ``causes``. Shares are of ``undecided``, 0 where there were none.
    """
    changed = sum(causes.values())
    by_choice = sum(count for code, count in causes.items() if not CAUSE_OF[code].forced)
    return {
        "undecided": undecided,
        "kept": undecided - changed,
        "changed": changed,
        "share_changed": round(changed / max(undecided, 1), 4),
        "by_choice": by_choice,
        "share_by_choice": round(by_choice / max(undecided, 1), 4),
        "causes": dict(causes),
    }
