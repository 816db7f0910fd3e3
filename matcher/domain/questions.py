"""
Questions that only the solver can answer: what a run of kind ``what_if`` is asked.

A question is plain data. It travels with a snapshot and a policy to the solver's process, which
answers in plain data too (`matcher.optimisation.inquiry`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from matcher.domain.changes import Change, Imagine, change_of
from matcher.domain.near_names import near
from matcher.domain.values import shown
from matcher.errors import Invalid

Kind = Literal["difference", "candidate", "placement", "pair", "advice", "imagined"]

KINDS: tuple[Kind, ...] = get_args(Kind)
ABOUT: Mapping[Kind, tuple[str, ...]] = {
    "difference": ("changes",),
    "candidate": ("candidate",),
    "placement": ("placement",),
    "pair": ("candidate", "placement"),
    "advice": (),
    "imagined": ("changes",),
}
"""What each kind is about: it needs all of these, and takes none of the others."""
MOST_CHANGES = 50
MOST_ASKED = 50
LONGEST_ID = 100


@dataclass(frozen=True)
class Question:
    """
    A question to the solver about one pool.

    ``difference``: the plan with all ``changes`` beside the plan without. ``candidate``: what every
    other eligible placement would cost, and why somebody has none. ``placement``: the same from
    its side. ``pair``: the cheapest single change that opens a refused pair. ``advice``: where one
    more opening or one more of a resource helps most. ``imagined``: what each of some imagined
    placements would bring, on its own.

    Parameters
    ----------
    candidate, placement
        Ids as the snapshot has them.
    changes
        `matcher.domain.changes`; for ``imagined`` only imagined placements.
    top
        The most elements of each list in the answer, 1 to 50.

    Raises
    ------
    Invalid
        A field is missing, too many or of no use; the message names it and says what is.
    """

    kind: Kind
    candidate: str | None = None
    placement: str | None = None
    changes: tuple[Change, ...] = ()
    top: int = 10

    def __post_init__(self) -> None:
        """Check the question once, here, so that nothing later has to."""
        if self.kind not in KINDS:
            raise _bad(
                f"kind must be one of {', '.join(KINDS)}, not {shown(self.kind)}."
                f"{near(str(self.kind), KINDS)}"
            )
        needed = ABOUT[self.kind]
        for name in ("candidate", "placement", "changes"):
            value = getattr(self, name)
            if name in needed and not value:
                raise _bad(f"a question of kind {self.kind} needs {name}.")
            if name not in needed and value:
                takes = ", ".join(needed) or "only top"
                raise _bad(f"a question of kind {self.kind} has no {name}: it takes {takes}.")
            if name != "changes" and value is not None:
                _check_id(name, value)
        if type(self.top) is not int or not 1 <= self.top <= MOST_ASKED:
            raise _bad(f"top must be a whole number from 1 to {MOST_ASKED}, not {shown(self.top)}.")
        if len(self.changes) > MOST_CHANGES:
            raise _bad(f"changes has {len(self.changes)}, at most {MOST_CHANGES} go in a question.")
        if self.kind == "imagined" and not all(isinstance(c, Imagine) for c in self.changes):
            raise _bad("a question of kind imagined has only changes of imagine.")

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it; what has its default is left out."""
        found: dict[str, Any] = {"kind": self.kind}
        for field in fields(self)[1:]:
            value = getattr(self, field.name)
            if value != field.default:
                found[field.name] = value
        if self.changes:
            found["changes"] = [change.to_json() for change in self.changes]
        return found

    @classmethod
    def from_json(cls, data: object) -> "Question":
        """
        Read what `to_json` gave, or what somebody sent.

        Raises
        ------
        Invalid
            Not a question; see the class.
        SnapshotError
            A change names an unknown or protected column, or a value that does not suit it.
        """
        if not isinstance(data, Mapping):
            raise _bad(f"a question must be an object, not {shown(data)}.")
        names = [field.name for field in fields(cls)]
        for key in data:
            if key not in names:
                raise _bad(f"there is no {shown(key)}.{near(str(key), names)}")
        if "kind" not in data:
            raise _bad(f"kind is missing: one of {', '.join(KINDS)}.")
        changes = data.get("changes", ())
        if not isinstance(changes, Sequence) or isinstance(changes, str):
            raise _bad(f"changes must be a list, not {shown(changes)}.")
        if len(changes) > MOST_CHANGES:
            raise _bad(f"changes has {len(changes)}, at most {MOST_CHANGES} go in a question.")
        return cls(**{**data, "changes": tuple(change_of(each) for each in changes)})


def _check_id(name: str, value: object) -> None:
    if not isinstance(value, str) or len(value) > LONGEST_ID:
        raise _bad(f"{name} must be an id, a text of at most {LONGEST_ID} characters.")


def _bad(fault: str) -> Invalid:
    return Invalid(f"The question is refused: {fault}", code="bad_question")
