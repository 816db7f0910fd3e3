"""A person's placements and a pair's explanation, as a coach would like to read them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from rich.table import Table
from sqlmodel import Session

from api.cli.changes import told
from api.cli.screen import output
from api.cli.words import against_pin
from api.texts import Language, translated
from matcher.optimisation.explanation import Explanation
from matcher.service import matching, proposals
from matcher.service.matching import Match
from matcher.service.naming import PlacementName, candidate_key, placement_names
from matcher.store.tables import Proposal

REASONS_SHOWN = 3
REFUSED_READ = 200


def show_candidate(
    db: Session, candidate_id: UUID, top: int, language: Language = Language.ENGLISH
) -> str:
    """Write the best placements of a person with their reasons; return the person's key."""
    answer = matching.ask(db, candidate_id, page_size=top)
    key = candidate_key(db, candidate_id)
    output.print(
        f"[bold]{key}[/bold]: {answer.eligible:,} placements are possible, "
        f"{answer.ineligible:,} are not; the best first"
    )
    if answer.run_id is None:
        output.print("No plan is published yet, so no placement has a price.")
    names = _names(db, [match.explanation.placement for match in answer.matches])
    proposal = proposals.undecided(db, candidate_id)
    proposed = None if proposal is None else str(proposal.placement_id)
    for place, match in enumerate(answer.matches, 1):
        told = replace(match, explanation=translated(match.explanation, language))
        _show_match(place, told, names, proposed)
    _show_change(db, candidate_id, answer.run_id, language)
    if proposal is not None:
        _show_alternatives(db, proposal)
    if not answer.eligible:
        _show_obstacles(db, candidate_id)
    return key


def _show_match(
    place: int, match: Match, names: Mapping[str, PlacementName], proposed: str | None
) -> None:
    found = match.explanation
    name = names[found.placement]
    mark = " [green]proposed by the last run[/green]" if found.placement == proposed else ""
    output.print(f"\n{place}. [bold]{match.title}[/bold] at {name.employer} ({name.key}){mark}")
    best = sorted(found.points, key=lambda term: (term.unknown, -term.points))[:REASONS_SHOWN]
    lines = [
        f"{found.total:,} points, {_price(found)}",
        _journey(found),
        "strongest: " + ", ".join(f"{term.label.lower()} {term.points}" for term in best),
    ]
    if found.unknowns:
        lines.append("settle first: " + "; ".join(rule.question for rule in found.unknowns))
    lines += [f"on condition: {condition.text}" for condition in found.conditions]
    for line in lines:
        output.print(f"   {line}", markup=False)


def _price(found: Explanation) -> str:
    """Say what stands against a pair: the price in the plan, which 0 means openings are left."""
    if not found.price:
        return "openings are left (price 0)"
    if found.price > sum(term.most for term in found.points):
        # a price that no points can outweigh is that of a whole person
        return "others want its openings too: one more of them would place somebody more"
    told = f"others want its openings too (price {found.price:,})"
    if not found.potential:
        return told
    told += f", {found.potential:,} of it kept for people still to come"
    if found.held_until is not None:
        told += f": it waits for them until {found.held_until:%d %B %Y} at most"
    return told


def _journey(found: Explanation) -> str:
    trip = found.journey
    if trip.minutes is None:
        return "journey not known"
    if not trip.km:
        return f"within the same postcode area ({trip.source})"
    mode = (trip.mode or "").replace("_", " ")
    assumed = ", no transport recorded" if trip.mode_assumed else ""
    return f"{trip.minutes} minutes by {mode} ({trip.source}, {trip.km:g} km{assumed})"


def _show_obstacles(db: Session, candidate_id: UUID) -> None:
    """Write which rules stand most in the way of a person without any possible placement."""
    answer = matching.ask(db, candidate_id, page_size=REFUSED_READ, include_ineligible=True)
    counts: dict[str, int] = {}
    questions: dict[str, str] = {}
    for match in answer.matches:
        for refusal in match.explanation.refusals:
            counts[refusal.code] = counts.get(refusal.code, 0) + 1
            questions[refusal.code] = refusal.question
    read = f"{len(answer.matches):,} of the {answer.ineligible:,} placements"
    output.print(f"What stands in the way, in {read}:")
    for code, count in sorted(counts.items(), key=lambda item: -item[1])[:5]:
        output.print(f"  {count:,} placements: {code} – {questions[code]}", markup=False)


def _show_change(db: Session, candidate_id: UUID, run_id: UUID | None, language: Language) -> None:
    """Write what the last plan did not keep for this person, and why."""
    ended = None if run_id is None else proposals.superseded_by(db, candidate_id, run_id)
    if ended is None or ended.superseded_because is None:
        return
    name = _names(db, [str(ended.placement_id)])[str(ended.placement_id)]
    why = told(ended.superseded_because, language)
    before = f"{name.employer} ({name.key})"
    output.print(f"\nThe run before proposed {before}. Changed: {why}.", markup=False)


def _show_alternatives(db: Session, proposal: Proposal) -> None:
    """Write what else was possible for the person, and what it would have cost others."""
    if not proposal.alternatives:
        return
    names = _names(db, [each["placement"] for each in proposal.alternatives])
    exact = all(each.get("exact", True) for each in proposal.alternatives)
    found = "solved again" if exact else "within its limits (a better way may exist)"
    output.print(f"\nInstead of the proposal, with the whole pool {found}:")
    for each in proposal.alternatives:
        name = names[each["placement"]]
        output.print(f"  {name.employer} ({name.key}): {_cost(each)}", markup=False)


def _cost(alternative: Mapping[str, Any]) -> str:
    """Say what an alternative costs in people and points, never as one hidden weight."""
    fewer = [f"{count} fewer of {tier}" for tier, count in alternative["people"].items()]
    people = ", ".join(fewer).replace("_", " ") if fewer else "nobody loses a proposal"
    points = alternative["points"]
    told = f"{abs(points):,} points {'less' if points >= 0 else 'more'}"
    others = alternative["others"]
    return f"{people}, {told}" + (f"; {others} others would move" if others else "")


def _names(db: Session, ids: Iterable[str]) -> dict[str, PlacementName]:
    return placement_names(db, map(UUID, ids))


def show_explanation(db: Session, match: Match, language: Language) -> None:
    """Write one pair in full: verdict, refusals, what is unknown, and points that add up."""
    found = translated(match.explanation, language)
    name = _names(db, [found.placement])[found.placement]
    verdict = "[green]possible[/green]" if found.eligible else "[red]not possible[/red]"
    output.print(f"[bold]{match.title}[/bold] at {name.employer} ({name.key}): {verdict}")
    output.print(f"Journey: {_journey(found)}")
    if found.refusals:
        output.print("\nWhat refuses it, each of them:")
        for refusal in found.refusals:
            output.print(f"  {refusal.code}: {refusal.text}", markup=False)
    if found.unknowns:
        output.print("\nNot known:")
        for rule in found.unknowns:
            facts = ", ".join(rule.columns) or "nothing more to record"
            then = "settle it first" if rule.treatment == "ask" else "refused until recorded"
            output.print(f"  {rule.question} ({then}; missing: {facts})", markup=False)
    for condition in found.conditions:
        output.print(f"\nOn condition: {condition.text}", markup=False)
    _show_points(found)


def _show_points(found: Explanation) -> None:
    table = Table("points", "of", "for", "", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for term in found.points:
        note = "not recorded, counted half" if term.unknown else ""
        if term.plan_term:
            note = f"about the plan{', ' + note if note else ''}"
        table.add_row(f"{term.points:,}", f"{term.most:,}", term.label, note)
    table.add_row(f"[bold]{found.total:,}[/bold]", "", "[bold]together[/bold]", "")
    output.print()
    output.print(table)
    if found.eligible:
        output.print(f"About the placement: {_price(found)}.")


def show_pin(pin: Mapping[str, Any] | None, language: Language = Language.ENGLISH) -> None:
    """Write that a pair is pinned, if it is, and what the published run found against it."""
    if pin is None:
        return
    until = f" until {pin['until']}" if pin["until"] else ""
    output.print(f"Pinned by {pin['pinned_by']}{until}.", markup=False)
    if pin["against"]:
        others = f", together with {pin['pins']} older pins" if pin["pins"] else ""
        output.print(
            f"The last run left it out: {against_pin(pin['against'], language)}{others}.",
            markup=False,
        )
