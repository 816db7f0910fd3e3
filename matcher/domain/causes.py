"""Why an undecided proposal of the last plan is not in the next one: the causes, in words."""

from collections.abc import Mapping
from dataclasses import dataclass


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
FEWER_OPENINGS = Cause("fewer_openings", "the placement has fewer openings than before", True)
BETTER_ELSEWHERE = Cause(
    "better_elsewhere", "another placement suits better by {points} points", False
)
OTHERS_FIRST = Cause(
    "others_first", "its openings went to others, for the good of the whole: {others}", False
)
EQUALLY_GOOD = Cause("equally_good", "another placement suits just as well", False)
KEPT_FREE = Cause("kept_free", "the opening is kept free, by a limit or for people to come", False)
DROPPED_LATE = Cause(
    "dropped_late", "the person's or the placement's record changed while the plan was made", True
)

CAUSES: tuple[Cause, ...] = (
    PERSON_GONE,
    PLACEMENT_GONE,
    PLACEMENT_CLOSED,
    REFUSED_NOW,
    FEWER_OPENINGS,
    BETTER_ELSEWHERE,
    OTHERS_FIRST,
    EQUALLY_GOOD,
    KEPT_FREE,
    DROPPED_LATE,
)
CAUSE_OF: Mapping[str, Cause] = {cause.code: cause for cause in CAUSES}
