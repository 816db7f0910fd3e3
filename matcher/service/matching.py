"""
Questions about one person, one placement or one pair, answered by the rules of the nightly run.

`ask` is the coach's question, `best_people` its mirror image, `explain_pair` one pair in full.
`answer_all` answers several people's questions of one moment together, for hardly more than one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, pairwise
from typing import Any
from uuid import UUID

import numpy as np
import polars as pl
from sqlalchemy import text
from sqlmodel import Session

from matcher.domain.actors import Actor
from matcher.domain.policy import Policy
from matcher.errors import MatcherError, NotFound
from matcher.optimisation.answering import evaluate_pair, rank_eligible
from matcher.optimisation.explanation import Explanation
from matcher.optimisation.prepared import Prepared, prepare
from matcher.optimisation.ranking import rank
from matcher.optimisation.sheets import Sheet
from matcher.service import policies
from matcher.service.offers import PoolOffer, offer_for
from matcher.service.people import CANDIDATES
from matcher.store import reading
from matcher.store.exceptional import ONGOING

PAGE_SIZE = 25


@dataclass(frozen=True)
class Question:
    """
    Which placements suit this person; a page of the answer, from 1.

    ``actor`` is who asks, None for the operator: whoever else's person it is is not there.
    """

    candidate_id: UUID
    page: int = 1
    page_size: int = PAGE_SIZE
    include_ineligible: bool = False
    actor: Actor | None = None


@dataclass(frozen=True)
class Match:
    """A pair in an answer: what the placement is called, and all that decides the pair."""

    title: str
    explanation: Explanation

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {"title": self.title, **self.explanation.to_dict()}


@dataclass(frozen=True)
class Answer:
    """
    A page of pairs, the best first: eligible ones by points less price, then the others.

    ``run_id`` is the published run whose prices count (None before the first); ``eligible`` and
    ``ineligible`` count all pairs, not only those on the page. The page is ``rows`` of ``sheet``,
    which answers of one moment share.
    """

    pool_id: UUID
    today: date
    policy: Policy
    run_id: UUID | None
    page: int
    page_size: int
    eligible: int
    ineligible: int
    sheet: Sheet
    rows: range

    @property
    def matches(self) -> list[Match]:
        """The pairs of the page, each explained in full."""
        return [_match(self.sheet, row) for row in self.rows]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "pool": str(self.pool_id),
            "today": self.today.isoformat(),
            "policy_version": self.policy.version,
            "run": None if self.run_id is None else str(self.run_id),
            "page": self.page,
            "page_size": self.page_size,
            "eligible": self.eligible,
            "ineligible": self.ineligible,
            "matches": [match.to_dict() for match in self.matches],
        }


def ask(
    db: Session,
    candidate_id: UUID,
    *,
    page: int = 1,
    page_size: int = PAGE_SIZE,
    include_ineligible: bool = False,
) -> Answer:
    """
    Return the placements that suit a person, whatever the person's state, the best first.

    Parameters
    ----------
    include_ineligible
        Also the placements that a gate or rule refuses, after the others, each with all reasons.

    Raises
    ------
    NotFound
        No such candidate.
    """
    question = Question(candidate_id, page, page_size, include_ineligible)
    answer = answer_all(db, [question])[0]
    if isinstance(answer, MatcherError):
        raise answer
    return answer


def answer_all(db: Session, questions: Sequence[Question]) -> list[Answer | NotFound]:
    """Return the answers to several questions, or that there is no such person, in their order."""
    people, seen = _people(db, [question.candidate_id for question in questions])
    answers: list[Answer | NotFound] = [CANDIDATES.not_found() for _ in questions]
    whose = [_theirs(question.actor, people.get(question.candidate_id)) for question in questions]
    for pool_id, day in dict.fromkeys(filter(None, whose)):
        kept = offer_for(db, pool_id, day, seen)
        asked = [at for at, of in enumerate(whose) if of == (pool_id, day)]
        found = _answer_pool(db, kept, [questions[at] for at in asked])
        for at, answer in zip(asked, found, strict=True):
            if answer is not None:
                answers[at] = answer
    return answers


def best_people(
    db: Session,
    placement_id: UUID,
    *,
    page: int = 1,
    page_size: int = PAGE_SIZE,
    include_ineligible: bool = False,
) -> Answer:
    """
    Return the people who suit a placement, of those that a run would plan for, the best first.

    Raises
    ------
    NotFound
        No such placement.
    """
    snapshot = reading.read_placement(db, placement_id)
    pool_id = UUID(snapshot.placements["placement.pool"].item())
    policy = policies.in_force(db, pool_id, snapshot.today)
    ranked = rank(
        prepare(snapshot, policy),
        reading.read_prices(db, pool_id),
        policy,
        placement=str(placement_id),
    )
    size = ranked.height if include_ineligible else int(ranked["eligible"].sum())
    return Answer(
        pool_id=pool_id,
        today=snapshot.today,
        policy=policy,
        run_id=reading.read_published(db, pool_id),
        page=page,
        page_size=page_size,
        eligible=int(ranked["eligible"].sum()),
        ineligible=int((~ranked["eligible"]).sum()),
        sheet=Sheet(ranked, policy),
        rows=range(size)[_part(page, page_size)],
    )


def explain_pair(db: Session, candidate_id: UUID, placement_id: UUID) -> Answer:
    """
    Return all that decides one pair, as an answer with that pair alone.

    Raises
    ------
    NotFound
        No such candidate, or no such placement for this person's pool.
    """
    people, seen = _people(db, [candidate_id])
    if candidate_id not in people:
        raise CANDIDATES.not_found()
    person = people[candidate_id]
    kept = offer_for(db, person.pool_id, person.today, seen)
    row = kept.placements["placement.id"].index_of(str(placement_id))
    prepared = _prepared(db, kept, [candidate_id])
    if row is None or not prepared.people.size:
        raise NotFound("There is no such placement for this candidate.")
    sheet = Sheet(evaluate_pair(prepared, kept.offer, row), kept.policy)
    eligible = int(sheet.pairs["eligible"].item())
    return Answer(
        pool_id=kept.pool_id,
        today=kept.today,
        policy=kept.policy,
        run_id=kept.run_id,
        page=1,
        page_size=1,
        eligible=eligible,
        ineligible=1 - eligible,
        sheet=sheet,
        rows=range(1),
    )


@dataclass(frozen=True)
class _Person:
    """A candidate's pool, what day it is there, and whose they are."""

    pool_id: UUID
    today: date
    coach_id: UUID | None
    municipality: str | None
    opened_by: Sequence[str]


def _people(db: Session, candidate_ids: Sequence[UUID]) -> tuple[Mapping[UUID, _Person], str]:
    """Return who the candidates are, and what this transaction sees of the others."""
    rows = db.execute(
        text(
            "select c.id, p.id as pool_id, (now() at time zone p.timezone)::date as today,"
            " c.coach_id, c.municipality, array(select x.opened_by from exceptional_access x"
            f" where x.pool_id = c.pool_id and x.candidate_id = c.id and {ONGOING}) as opened_by,"
            " pg_current_snapshot()::text as seen"
            " from candidate c join pool p on p.id = c.pool_id where c.id = any(:ids)"
        ),
        {"ids": list(candidate_ids)},
    ).all()
    seen = rows[0].seen if rows else ""
    return {row.id: _Person(*row[1:6]) for row in rows}, seen


def _theirs(actor: Actor | None, person: _Person | None) -> tuple[UUID, date] | None:
    """
    Return the pool and day of a person, None when they are not the actor's to ask about.

    The same as the scope of candidates in `matcher.store.scopes`, for many questions at once.
    """
    if person is None:
        return None
    theirs = actor is None or (
        person.pool_id == actor.pool_id
        and actor.sees_candidate(person.coach_id, person.municipality, person.opened_by)
    )
    return (person.pool_id, person.today) if theirs else None


def _prepared(db: Session, kept: PoolOffer, candidate_ids: Sequence[UUID]) -> Prepared:
    snapshot = reading.read_people(db, candidate_ids, kept.pool_id, kept.today, kept.placements)
    return prepare(snapshot, kept.policy, kept.offer.places)


def _answer_pool(
    db: Session, kept: PoolOffer, questions: Sequence[Question]
) -> list[Answer | None]:
    """Return the answers to questions about people of one pool; None for who is gone."""
    ids = list(dict.fromkeys(question.candidate_id for question in questions))
    prepared = _prepared(db, kept, ids)
    ranking = rank_eligible(prepared, kept.offer)
    found = [UUID(each) for each in prepared.candidates["candidate.id"]]
    pairs_of = {
        candidate_id: np.arange(first, last)
        for candidate_id, (first, last) in zip(found, pairwise(ranking.starts), strict=True)
    }
    pages = [
        pairs_of[question.candidate_id][_part(question.page, question.page_size)]
        for question in questions
        if question.candidate_id in pairs_of and not question.include_ineligible
    ]
    rows_shown = np.concatenate([np.empty(0, np.int64), *pages])
    shared = Sheet(ranking.shown(rows_shown), kept.policy)
    starts = pairwise(accumulate((page.size for page in pages), initial=0))
    answers: list[Answer | None] = []
    for question in questions:
        pairs = pairs_of.get(question.candidate_id)
        if pairs is None:
            answers.append(None)
            continue
        if question.include_ineligible:
            sheet, rows = _all_of(question, prepared, kept)
        else:
            sheet, rows = shared, range(*next(starts))
        answers.append(
            Answer(
                pool_id=kept.pool_id,
                today=kept.today,
                policy=kept.policy,
                run_id=kept.run_id,
                page=question.page,
                page_size=question.page_size,
                eligible=pairs.size,
                ineligible=kept.placements.height - pairs.size,
                sheet=sheet,
                rows=rows,
            )
        )
    return answers


def _all_of(question: Question, prepared: Prepared, kept: PoolOffer) -> tuple[Sheet, range]:
    """Return the page of a question about all placements, those that are refused too."""
    price = pl.Series("price", kept.offer.price)
    potential = pl.Series("potential", kept.offer.potential)
    prices = kept.placements.select("placement.id").with_columns(price, potential)
    ranked = rank(prepared, prices, kept.policy, candidate=str(question.candidate_id))
    page = ranked[_part(question.page, question.page_size)]
    return Sheet(page, kept.policy), range(page.height)


def _part(page: int, page_size: int) -> slice:
    return slice((page - 1) * page_size, page * page_size)


def _match(sheet: Sheet, row: int) -> Match:
    return Match(sheet.values("placement.title")[row], sheet.explanation(row))
