"""`workpool what-if` and `advise`, and the exact half of `explain`: questions to the solver."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import typer

from api.cli import inquiries
from api.cli.changing import HOW, change_in, imagined_in
from api.cli.options import AsJson, LanguageOption, PoolName
from api.cli.screen import print_json
from api.cli.session import connected, pool_id, working
from api.cli.watching import follow
from api.launcher.start import Servers
from api.texts import Language
from matcher.domain.questions import Question
from matcher.service import runs
from matcher.store.database import transaction
from workers import hints

Top = Annotated[int, typer.Option(min=1, max=50, help="The most lines of each list.")]


def solved(servers: Servers, of: UUID, question: Question, title: str) -> dict[str, Any]:
    """
    Return the solver's answer to a question about a pool, from a run of kind what_if.

    Raises
    ------
    RunFailed
        The question does not suit the pool, or the solver gave up.
    """
    with transaction() as db:
        run_id = runs.request(db, of, "what_if", "command", question)
    hints.give(hints.match_run(run_id, "what_if"))
    with working(servers) as crew:
        run = follow(run_id, title, crew)
    assert run.answer is not None
    return run.answer


def what_if(
    pool: PoolName,
    change: Annotated[list[str], typer.Option("--change", help=f"Once for each: {HOW}.")],
    top: Top = 10,
    language: LanguageOption = Language.ENGLISH,
    as_json: AsJson = False,
) -> None:
    """What if something changes: the plan with the changes beside the plan without."""
    with connected() as found:
        with transaction() as db:
            of = pool_id(db, pool)
            changes = tuple(change_in(db, words) for words in change)
        question = Question("difference", changes=changes, top=top)
        _tell(solved(found, of, question, "What if"), of, language, as_json)


def advise(
    pool: PoolName,
    imagine: Annotated[
        list[str] | None,
        typer.Option(
            "--imagine",
            help="A placement that is not there yet, once for each: 'kind=wage_earning place=9351 "
            "hours=16-24 guidance=light openings=12 tasks=packing'.",
        ),
    ] = None,
    top: Top = 10,
    language: LanguageOption = Language.ENGLISH,
    as_json: AsJson = False,
) -> None:
    """Where one more opening, supervisor or imagined placement would help most."""
    with connected() as found:
        with transaction() as db:
            of = pool_id(db, pool)
        question = Question("advice", top=top)
        if imagine:
            changes = tuple(imagined_in(words) for words in imagine)
            question = Question("imagined", changes=changes, top=top)
        _tell(solved(found, of, question, "Advice"), of, language, as_json)


def question_about(candidate: UUID, placement: UUID | None, top: int) -> Question:
    """Return the question about a person, or about a person and one placement."""
    if placement is None:
        return Question("candidate", candidate=str(candidate), top=top)
    return Question("pair", candidate=str(candidate), placement=str(placement), top=top)


def _tell(answer: Mapping[str, Any], of: UUID, language: Language, as_json: bool) -> None:
    if as_json:
        print_json(answer)
        return
    with transaction() as db:
        inquiries.Teller(db, of, language).tell(answer)
