"""Answers of the solver: from a snapshot, a policy and a question to plain data."""

from collections.abc import Callable, Mapping
from typing import Any

from matcher.domain.policy import Policy
from matcher.domain.questions import Question
from matcher.domain.snapshot import PoolSnapshot
from matcher.errors import Invalid
from matcher.optimisation.differing import plans_differ
from matcher.optimisation.inquiries.asked import (
    about_candidate,
    about_imagined,
    about_pair,
    about_placement,
    about_the_pool,
)
from matcher.optimisation.solving import Progress

Answerer = Callable[[PoolSnapshot, Policy, Question, Progress], dict[str, Any]]

ANSWERERS: Mapping[str, Answerer] = {
    "difference": plans_differ,
    "candidate": about_candidate,
    "placement": about_placement,
    "pair": about_pair,
    "advice": about_the_pool,
    "imagined": about_imagined,
}
"""Question kind -> what answers it."""


def answer(
    snapshot: PoolSnapshot,
    policy: Policy,
    question: Question,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """
    Return the answer to a question, as JSON can hold it.

    Nobody is named but whom the question is about: others are counted by tier.

    Parameters
    ----------
    progress
        Called with a phase, what is done and what there is to do.

    Raises
    ------
    SnapshotError, PolicyError
        The question or one of its changes does not suit the pool.
    SolverFailed
        A certificate does not close.
    """
    if question.kind not in ANSWERERS:
        raise Invalid(f"A question of kind {question.kind} cannot be answered.")
    tell = progress or (lambda phase, done, total: None)
    return {"kind": question.kind, **ANSWERERS[question.kind](snapshot, policy, question, tell)}
