"""`workpool match`, `ask` and `explain`."""

from typing import Annotated

import typer

from api.cli import answers, summary
from api.cli.pools import AsJson, PoolName
from api.cli.screen import output, print_json
from api.cli.session import candidate_id, connected, placement_id, pool_id, working
from api.cli.watching import follow
from api.texts import Language
from matcher.service import matching, policies, pools, runs
from matcher.store.database import transaction
from workers import hints

CandidateName = Annotated[str, typer.Argument(help="The sender's key of a candidate, or the id.")]
LanguageOption = Annotated[Language, typer.Option(help="Of questions, reasons and labels.")]
PlacementName = Annotated[str, typer.Argument(help="The sender's key of a placement, or the id.")]


def match(
    pool: PoolName,
    wait: Annotated[
        bool, typer.Option("--wait", help="Show progress until it ends, and the summary.")
    ] = False,
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
        summary.show(run, policy)


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
    placement: PlacementName,
    language: LanguageOption = Language.ENGLISH,
    as_json: AsJson = False,
) -> None:
    """One pair in full: every rule that refuses it, what is unknown, and the points by term."""
    with connected(), transaction() as db:
        answer = matching.explain_pair(db, candidate_id(db, candidate), placement_id(db, placement))
        match = answer.matches[0]
        if as_json:
            print_json(match.to_dict())
        else:
            answers.show_explanation(db, match, language)
