"""`workpool match`, `ask` and `explain`."""

from typing import Annotated

import typer

from api.cli import answers, inquiries, inquiring, summary
from api.cli.options import AsJson, CandidateName, LanguageOption, PoolName
from api.cli.screen import output, print_json
from api.cli.session import connected, pool_id, working
from api.cli.watching import follow
from api.cli.words import Words, ids_told
from api.texts import Language
from matcher.service import matching, policies, pools, runs
from matcher.service.agreements import pin_of_pair
from matcher.service.known_as import known_as
from matcher.service.naming import candidate_id, placement_id, pool_of
from matcher.store.database import transaction
from workers import hints


def match(
    pool: PoolName,
    wait: Annotated[
        bool, typer.Option("--wait", help="Show progress until it ends, and the summary.")
    ] = False,
    language: LanguageOption = Language.ENGLISH,
    as_json: AsJson = False,
) -> None:
    """Start a match run for a whole pool."""
    with connected() as found:
        with transaction() as db:
            of = pool_id(db, pool)
            run_id = runs.request(db, of, created_by="command")
        hints.give(hints.match_run(run_id, "request"))
        if not wait:
            hints.close()
            if as_json:
                print_json({"runId": str(run_id), "state": "queued"})
            else:
                output.print(f"Queued the run {run_id}; a worker takes it up.")
            return
        with working(found) as crew:
            run = follow(run_id, "Match run", crew)
        with transaction() as db:
            policy = policies.in_force(db, of, pools.today(db, of))
            words = Words(policy, language, known_as(db, ids_told(run.totals)))
    if as_json:
        print_json(
            {
                "runId": str(run_id),
                "state": run.state,
                "attempt": run.attempt,
                "totals": run.totals,
                "proof": run.proof,
                "timings": run.timings,
                "seconds": summary.seconds(run),
            }
        )
    else:
        summary.show(run, words)


def ask(
    candidate: CandidateName,
    top: Annotated[int, typer.Option(min=1, max=200, help="How many placements.")] = 5,
    language: LanguageOption = Language.ENGLISH,
    as_json: AsJson = False,
) -> None:
    """The coach's question: which placements suit this person, in order, and why."""
    with connected(), transaction() as db:
        person = candidate_id(db, candidate)
        if as_json:
            print_json(matching.ask(db, person, page_size=top).to_dict())
        else:
            answers.show_candidate(db, person, top, language)


def explain(
    candidate: CandidateName,
    placement: Annotated[
        str | None,
        typer.Argument(help="The sender's key of a placement, or the id; none asks for all."),
    ] = None,
    exact: Annotated[
        bool,
        typer.Option(
            "--exact",
            help="Solve the whole pool: what it would cost others, and what would open it.",
        ),
    ] = False,
    top: inquiring.Top = 5,
    language: LanguageOption = Language.ENGLISH,
    as_json: AsJson = False,
) -> None:
    """
    One pair in full: every rule that refuses it, what is unknown, and the points by term.

    With --exact also what it would cost others, or the cheapest change that opens it. Without a
    placement: why the person has this proposal, what else was possible and what stands in the way.
    """
    with connected() as found:
        with transaction() as db:
            person = candidate_id(db, candidate)
            place = None if placement is None else placement_id(db, placement)
            match = None if place is None else matching.explain_pair(db, person, place).matches[0]
            pin = None if place is None else pin_of_pair(db, person, place)
            of = pool_of(db, person)
            if match is not None and not as_json:
                answers.show_explanation(db, match, language)
                answers.show_pin(pin, language)
        told = None
        if exact or place is None:
            question = inquiring.question_about(person, place, top)
            told = inquiring.solved(found, of, question, "Solving")
        if as_json:
            pair = None if match is None else {**match.to_dict(), "pin": pin}
            print_json(told if pair is None else pair if told is None else pair | {"exact": told})
        elif told is not None:
            with transaction() as db:
                inquiries.Teller(db, of, language).tell(told)
