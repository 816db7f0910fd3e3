"""A person's placements and a pair's explanation, as a coach would like to read them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from rich.table import Table
from sqlmodel import Session

from api.cli.changes import told
from api.cli.phrases import others_in_words, points_in_words
from api.cli.screen import output
from api.cli.words import against_pin, tier_in_words
from api.texts import Language, translated
from api.texts.saying import Say
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
    say = Say(language)
    answer = matching.ask(db, candidate_id, page_size=top)
    key = candidate_key(db, candidate_id)
    output.print(
        say(
            "[bold]{key}[/bold]: {eligible} placements are possible, {ineligible} are not; the "
            "best first",
            key=key,
            eligible=answer.eligible,
            ineligible=answer.ineligible,
        )
    )
    if answer.run_id is None:
        output.print(say("No plan is published yet, so no placement has a price."))
    names = _names(db, [match.explanation.placement for match in answer.matches])
    proposal = proposals.undecided(db, candidate_id)
    proposed = None if proposal is None else str(proposal.placement_id)
    for place, match in enumerate(answer.matches, 1):
        told = replace(match, explanation=translated(match.explanation, language))
        _show_match(say, place, told, names, proposed)
    _show_change(say, db, candidate_id, answer.run_id)
    if proposal is not None:
        _show_alternatives(say, db, proposal)
    if not answer.eligible:
        _show_obstacles(say, db, candidate_id)
    return key


def _show_match(
    say: Say, place: int, match: Match, names: Mapping[str, PlacementName], proposed: str | None
) -> None:
    found = match.explanation
    name = names[found.placement]
    mark = ""
    if found.placement == proposed:
        mark = " " + say("[green]proposed by the last run[/green]")
    output.print(f"\n{place}. {_bold(say, match.title, name)}{mark}")
    best = sorted(found.points, key=lambda term: (term.unknown, -term.points))[:REASONS_SHOWN]
    strongest = ", ".join(f"{term.label.lower()} {term.points}" for term in best)
    lines = [
        say("{points} points, {price}", points=found.total, price=_price(say, found)),
        _journey(say, found),
        say("strongest: {strongest}", strongest=strongest),
    ]
    if found.unknowns:
        rules = "; ".join(rule.question for rule in found.unknowns)
        lines.append(say("settle first: {rules}", rules=rules))
    lines += [say("on condition: {text}", text=condition.text) for condition in found.conditions]
    for line in lines:
        output.print(f"   {line}", markup=False)


def _bold(say: Say, title: str, name: PlacementName) -> str:
    return say(
        "[bold]{title}[/bold] at {employer} ({key})",
        title=title,
        employer=name.employer,
        key=name.key,
    )


def _price(say: Say, found: Explanation) -> str:
    """Say what stands against a pair: the price in the plan, which 0 means openings are left."""
    if not found.price:
        return say("openings are left (price 0)")
    if found.price > sum(term.most for term in found.points):
        # a price that no points can outweigh is that of a whole person
        return say("others want its openings too: one more of them would place somebody more")
    told = say("others want its openings too (price {price})", price=found.price)
    if not found.potential:
        return told
    told += say(", {n} of it kept for people still to come", n=found.potential)
    if found.held_until is not None:
        day = say.day(found.held_until)
        told += say(": it waits for them until {day} at most", day=day)
    return told


def _journey(say: Say, found: Explanation) -> str:
    trip = found.journey
    source = say.word(trip.source)
    if trip.minutes is None:
        return say("journey not known")
    if not trip.km:
        return say("within the same postcode area ({source})", source=source)
    return say(
        "{minutes} minutes by {mode} ({source}, {km} km{assumed})",
        minutes=trip.minutes,
        mode=say.word(trip.mode or ""),
        source=source,
        km=trip.km,
        assumed=say(", no transport recorded") if trip.mode_assumed else "",
    )


def _show_obstacles(say: Say, db: Session, candidate_id: UUID) -> None:
    """Write which rules stand most in the way of a person without any possible placement."""
    answer = matching.ask(db, candidate_id, page_size=REFUSED_READ, include_ineligible=True)
    counts: dict[str, int] = {}
    questions: dict[str, str] = {}
    for match in answer.matches:
        for refusal in translated(match.explanation, say.language).refusals:
            counts[refusal.code] = counts.get(refusal.code, 0) + 1
            questions[refusal.code] = refusal.question
    output.print(
        say(
            "What stands in the way, in {read} of the {all} placements:",
            read=len(answer.matches),
            all=answer.ineligible,
        )
    )
    for code, count in sorted(counts.items(), key=lambda item: -item[1])[:5]:
        told = say(
            "{n} placements: {code} – {question}", n=count, code=code, question=questions[code]
        )
        output.print(f"  {told}", markup=False)


def _show_change(say: Say, db: Session, candidate_id: UUID, run_id: UUID | None) -> None:
    """Write what the last plan did not keep for this person, and why."""
    ended = None if run_id is None else proposals.superseded_by(db, candidate_id, run_id)
    if ended is None or ended.superseded_because is None:
        return
    name = _names(db, [str(ended.placement_id)])[str(ended.placement_id)]
    why = told(ended.superseded_because, say.language)
    before = f"{name.employer} ({name.key})"
    output.print()
    output.print(
        say("The run before proposed {before}. Changed: {why}.", before=before, why=why),
        markup=False,
    )


def _show_alternatives(say: Say, db: Session, proposal: Proposal) -> None:
    """Write what else was possible for the person, and what it would have cost others."""
    if not proposal.alternatives:
        return
    names = _names(db, [each["placement"] for each in proposal.alternatives])
    output.print()
    if all(each.get("exact", True) for each in proposal.alternatives):
        output.print(say("Instead of the proposal, with the whole pool solved again:"))
    else:
        output.print(
            say(
                "Instead of the proposal, with the whole pool within its limits (a better way may "
                "exist):"
            )
        )
    for each in proposal.alternatives:
        name = names[each["placement"]]
        output.print(f"  {name.employer} ({name.key}): {_cost(say, each)}", markup=False)


def _cost(say: Say, alternative: Mapping[str, Any]) -> str:
    """Say what an alternative costs in people and points, never as one hidden weight."""
    parts = [
        say("{n} fewer of “{tier}” proposed", n=count, tier=tier_in_words(tier, say.language))
        if count > 0
        else say("{n} more of “{tier}” proposed", n=-count, tier=tier_in_words(tier, say.language))
        for tier, count in alternative["people"].items()
    ]
    # one of those for whom something changes may go without where another comes in
    nobody = not alternative["others"]
    unchanged = say("nobody loses a proposal") if nobody else say("as many people proposed")
    points = points_in_words(say, -alternative["points"])
    others = others_in_words(say, alternative["others"])
    return "; ".join([*(parts or [unchanged]), points, *others])


def _names(db: Session, ids: Iterable[str]) -> dict[str, PlacementName]:
    return placement_names(db, map(UUID, ids))


def show_explanation(db: Session, match: Match, language: Language) -> None:
    """Write one pair in full: verdict, refusals, what is unknown, and points that add up."""
    say, found = Say(language), translated(match.explanation, language)
    name = _names(db, [found.placement])[found.placement]
    verdict = say("[green]possible[/green]") if found.eligible else say("[red]not possible[/red]")
    output.print(f"{_bold(say, match.title, name)}: {verdict}")
    output.print(say("Journey: {journey}", journey=_journey(say, found)))
    if found.refusals:
        output.print()
        output.print(say("What refuses it, each of them:"))
        for refusal in found.refusals:
            output.print(f"  {refusal.code}: {refusal.text}", markup=False)
    if found.unknowns:
        output.print()
        output.print(say("Not known:"))
        for rule in found.unknowns:
            facts = ", ".join(rule.columns) or say("nothing more to record")
            asked = rule.treatment == "ask"
            then = say("settle it first") if asked else say("refused until recorded")
            missing = say("missing: {facts}", facts=facts)
            output.print(f"  {rule.question} ({then}; {missing})", markup=False)
    for condition in found.conditions:
        output.print()
        output.print(say("on condition: {text}", text=condition.text), markup=False)
    _show_points(say, found)


def _show_points(say: Say, found: Explanation) -> None:
    table = Table(
        say("points"), say("of"), say("for"), "", box=None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    for term in found.points:
        notes = [say("about the plan")] if term.plan_term else []
        notes += [say("not recorded, counted half")] if term.unknown else []
        table.add_row(say.value(term.points), say.value(term.most), term.label, ", ".join(notes))
    together = f"[bold]{say('together')}[/bold]"
    table.add_row(f"[bold]{say.value(found.total)}[/bold]", "", together, "")
    output.print()
    output.print(table)
    if found.eligible:
        output.print(say("About the placement: {price}.", price=_price(say, found)))


def show_pin(pin: Mapping[str, Any] | None, language: Language = Language.ENGLISH) -> None:
    """Write that a pair is pinned, if it is, and what the published run found against it."""
    if pin is None:
        return
    say = Say(language)
    until = say(" until {day}", day=pin["until"]) if pin["until"] else ""
    pinned = say("Pinned by {who}{until}.", who=pin["pinned_by"], until=until)
    output.print(pinned, markup=False)
    if pin["against"]:
        others = say(", together with {n} older pins", n=pin["pins"]) if pin["pins"] else ""
        output.print(
            say(
                "The last run left it out: {why}{others}.",
                why=against_pin(pin["against"], language),
                others=others,
            ),
            markup=False,
        )
