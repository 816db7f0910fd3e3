"""From a question to its answer: the pool solved once, then asked."""

from typing import Any

from matcher.domain.changes import Imagine
from matcher.domain.policy import Policy
from matcher.domain.questions import Question
from matcher.domain.snapshot import PoolSnapshot
from matcher.optimisation.inquiries.advice import answer_advice
from matcher.optimisation.inquiries.imagining import answer_imagined
from matcher.optimisation.inquiries.of_candidate import answer_candidate
from matcher.optimisation.inquiries.of_pair import answer_pair
from matcher.optimisation.inquiries.of_placement import answer_placement
from matcher.optimisation.solving import Progress, solve


def about_candidate(
    snapshot: PoolSnapshot, policy: Policy, question: Question, tell: Progress
) -> dict[str, Any]:
    """Return what was possible for one person, as `answer_candidate` tells it."""
    return answer_candidate(
        solve(snapshot, policy, tell=tell), str(question.candidate), question.top
    )


def about_placement(
    snapshot: PoolSnapshot, policy: Policy, question: Question, tell: Progress
) -> dict[str, Any]:
    """Return who else could be at a placement, as `answer_placement` tells it."""
    return answer_placement(
        solve(snapshot, policy, tell=tell), str(question.placement), question.top
    )


def about_pair(
    snapshot: PoolSnapshot, policy: Policy, question: Question, tell: Progress
) -> dict[str, Any]:
    """Return what stands between a person and a placement, as `answer_pair` tells it."""
    solved = solve(snapshot, policy, tell=tell)
    return answer_pair(solved, str(question.candidate), str(question.placement), tell)


def about_the_pool(
    snapshot: PoolSnapshot, policy: Policy, question: Question, tell: Progress
) -> dict[str, Any]:
    """Return what would help most, as `answer_advice` tells it."""
    return answer_advice(solve(snapshot, policy, tell=tell), question.top, tell)


def about_imagined(
    snapshot: PoolSnapshot, policy: Policy, question: Question, tell: Progress
) -> dict[str, Any]:
    """Return what imagined placements would bring, as `answer_imagined` tells it."""
    imagined = tuple(each for each in question.changes if isinstance(each, Imagine))
    return answer_imagined(solve(snapshot, policy, tell=tell), imagined, tell)
