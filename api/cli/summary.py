"""The last screen of a run: what came out, for whom, and why it cannot be better."""

from typing import Any

from rich.table import Table

from api.cli.screen import output
from api.cli.words import Words
from api.texts.saying import Say
from matcher.store.tables.runs import MatchRun

WHOLE = 1.0
"""A gap as large as all points of the plan says nothing any more."""


def show(run: MatchRun, words: Words) -> None:
    """Write what a run proposed, who waits, what stays empty, the proof and the time."""
    totals: dict[str, Any] = run.totals
    say = words.say
    output.print()
    output.print(
        say(
            "[bold]{placed} of {seeking} people who seek a placement have a proposal[/bold], worth "
            "{points} points together",
            placed=totals["placed"],
            seeking=totals["seeking"],
            points=totals["points"],
        )
    )
    table = Table(
        say("tier"), say("people"), say("proposed"),
        box=None, pad_edge=False, padding=(0, 2, 0, 0),
    )  # fmt: skip
    for code in words.policy.tier_order:
        people = totals["tiers"].get(code, 0)
        placed = totals["placed_by_tier"].get(code, 0)
        share = f"{say.value(placed)} ({_share(say, placed, people)})"
        table.add_row(words.tier(code), say.value(people), share)
    output.print(table)
    output.print(
        say(
            "Of the longest-waiting tenth, {served} of {waiting} have a proposal; {nothing} people "
            "have no eligible placement at all",
            served=totals["longest_waiting_placed"],
            waiting=totals["longest_waiting"],
            nothing=totals["without_eligible"],
        )
    )
    _fairness(totals, words)
    _stability(say, totals)
    output.print(
        say(
            "Openings that stay empty: {left} of {openings}",
            left=totals["openings_left"],
            openings=totals["openings"],
        )
    )
    _kept(say, totals)
    _refusals(totals, words)
    _pins(totals, words)
    _limits(totals, words)
    _left_out(totals, words)
    _proof(say, run)
    _timings(say, run)


def _fairness(totals: dict[str, Any], words: Words) -> None:
    """Write what first come, first served would have done, and what serving a tier first costs."""
    report, say = totals.get("fairness"), words.say
    if not report or not report["people"]:
        return
    first = report["first_come"]
    output.print(
        say(
            "First come, first served would have placed {served} of the longest waiting, and "
            "{proposed} people in all, worth {points} points together",
            served=_share(say, first["longest_waiting_proposed"], report["longest_waiting"]),
            proposed=first["proposed"],
            points=first["points"],
        )
    )
    prices = [
        say(
            "{tier} first gives {proposed} of them a proposal instead of {without}, for {points} "
            "points",
            tier=words.tier(code),
            proposed=price["proposed"],
            without=price["proposed_without"],
            points=price["points_without"] - price["points"],
        )
        for code, price in report["tiers"].items()
    ]
    if prices:
        output.print("; ".join(prices))


def _stability(say: Say, totals: dict[str, Any]) -> None:
    """Write what share of the undecided proposals changed since the last run, and why."""
    report = totals.get("stability")
    if not report or not report["undecided"]:
        return
    causes = ", ".join(
        f"{say.value(count)} {say.word(cause)}" for cause, count in report["causes"].items()
    )
    line = say(
        "Of {undecided} undecided proposals of the run before, {kept} are kept and {changed} "
        "changed ({share})",
        undecided=report["undecided"],
        kept=report["kept"],
        changed=report["changed"],
        share=say.percent(report["share_changed"], 1),
    )
    output.print(line + (f": {causes}" if causes else ""))


def _pins(totals: dict[str, Any], words: Words) -> None:
    """Write how many pins the plan holds, and name every set that does not fit together."""
    conflicts, say = totals.get("pin_conflicts", []), words.say
    if not conflicts and not totals.get("pinned"):
        return
    output.print(say("Pinned by coaches: {pinned} in the plan", pinned=totals["pinned"]))
    for conflict in conflicts:
        against = words.against_pin(conflict["resource"])
        output.print(f"  {say('left out: {against}', against=against)}", markup=False)
        for pin in conflict["pins"]:
            line = say(
                "person {person} at placement {placement}",
                person=words.name(pin["candidate"]),
                placement=words.name(pin["placement"]),
            )
            output.print(f"    {line}", markup=False)


def _share(say: Say, part: int, whole: int) -> str:
    return say.percent(part / whole) if whole else say("none")


def _kept(say: Say, totals: dict[str, Any]) -> None:
    """Write what is kept for people still to come, for whom it waits, and by what rates."""
    told = totals.get("potentials")
    if not told:
        return
    known = (
        say("from your own history of {months} months", months=told["months"])
        if told["source"] == "history"
        else say("from the rates in the policy")
    )
    rates = told["rates"]
    output.print(
        say(
            "Kept for people still to come: {openings} openings of {placements} placements, which "
            "{people} people without a proposal suit less than those who are expected",
            openings=told["openings_kept"],
            placements=told["placements_kept"],
            people=told["people_held"],
        )
    )
    expected = say(
        "Expected a week ({known}): {candidates_in} people come and {candidates_out} leave, "
        "{openings_in} openings come and {openings_out} close; the next {weeks} weeks, {samples} "
        "futures",
        known=known,
        candidates_in=float(rates["candidates_in"]),
        candidates_out=float(rates["candidates_out"]),
        openings_in=float(rates["openings_in"]),
        openings_out=float(rates["openings_out"]),
        weeks=told["horizon_weeks"],
        samples=told["samples"],
    )
    output.print(f"  {expected}")


def _refusals(totals: dict[str, Any], words: Words) -> None:
    most = sorted(totals["refusals"].items(), key=lambda item: -item[1])[:3]
    if not most:
        return
    say = words.say
    output.print(
        say(
            "What keeps most of them empty: rules that refuse more than half of the people without "
            "a proposal (a sample of {people})",
            people=totals["sampled_people"],
        )
    )
    for code, openings in most:
        told = say(
            "{openings} openings: {code} – {question}",
            openings=openings,
            code=code,
            question=words.question(code),
        )
        output.print(f"  {told}")


def _limits(totals: dict[str, Any], words: Words) -> None:
    """Write which limits bind, and which floors cannot be met."""
    limits: dict[str, Any] = totals.get("limits", {})
    say = words.say
    lines = [
        f"  {words.limit(code)}: {_use(say, told)}"
        for code, told in limits.items()
        if told["kind"] != "limit" or told["full"]
    ]
    if lines:
        output.print(say("Limits that stand in the way, and what is only counted:"))
        for line in lines:
            output.print(line, markup=False)
    for conflict in totals.get("conflicts", []):
        floors = ", ".join(words.limit(each["limit"]) for each in conflict["floors"])
        others = ", ".join(
            say(
                "{limit} of {group}",
                limit=words.limit(each["limit"]),
                group=words.name(each["group"]),
            )
            for each in conflict["limits"]
        )
        # of runs before this was told, all were settled
        line = (
            say("Cannot be met, and the plan is made without it: {floors}", floors=floors)
            if conflict.get("settled", True)
            else say(
                "No plan that meets it was found in time, and the plan is made without it: "
                "{floors}",
                floors=floors,
            )
        )
        way = say("; in its way: {others}", others=others) if others else ""
        output.print(line + way, markup=False)


def _left_out(totals: dict[str, Any], words: Words) -> None:
    """Write what publishing left out of the plan."""
    if not totals.get("left_out"):
        return
    full, say = totals.get("left_out_by_limit", {}), words.say
    told = ", ".join(
        say("{n} by {limit}", n=count, limit=words.limit(code)) for code, count in full.items()
    )
    line = say(
        "Left out when it was published, after what people decided meanwhile: {n} proposals",
        n=totals["left_out"],
    )
    output.print(line + (say("; no room any more: {limits}", limits=told) if told else ""))


def _use(say: Say, told: dict[str, Any]) -> str:
    """Return how full a limit is, or how far a floor is reached."""
    used, capacity, unit = told["used"], told["capacity"], told["unit"]
    if told["kind"] == "floor":
        price = told["price"]
        cost = (
            say(
                "; without it {people} of them, {all} people in all and {points} points",
                people=price["people_without"],
                all=price["all_without"],
                points=price["points_without"],
            )
            if price
            else ""
        )
        line = say("{used} people have a proposal, {asked} asked", used=used, asked=capacity)
        return line + cost
    if capacity is None:
        return say("{used} {unit}, which limits nobody", used=used, unit=say.word(unit))
    if unit.startswith("minutes"):
        used, capacity, unit = used // 60, capacity // 60, unit.replace("minutes", "hours")
    line = say(
        "{full} of {groups} full; {used} of {capacity} {unit} used",
        full=told["full"],
        groups=told["groups"],
        used=used,
        capacity=capacity,
        unit=say.word(unit),
    )
    if told["kind"] == "advisory":
        return line + say(", only told")
    if told["one_more"]:
        by_hour = told["unit"].startswith("minutes")
        more = say.decimal(told["one_more"] * (60 if by_hour else 1))
        line += (
            say(
                "; one more hour where it helps most counts for at most {more} people of the last "
                "tier",
                more=more,
            )
            if by_hour
            else say(
                "; one more of it where it helps most counts for at most {more} people of the last "
                "tier",
                more=more,
            )
        )
    return line


def _proof(say: Say, run: MatchRun) -> None:
    proof = run.proof
    value, bound = proof["value"], proof["bound"]
    output.print()
    if value == bound:
        output.print(
            say(
                "[bold green]Proved best[/bold green]: the plan is worth {value}, and the prices "
                "of the openings show that no plan is worth more than {bound}",
                value=value,
                bound=bound,
            )
        )
    elif proof["gap"] >= WHOLE:
        output.print(
            say(
                "[bold yellow]Not proved near the best[/bold yellow]: time ran out; the plan is "
                "worth {value}, and that no plan is worth more than {bound} is all that is known. "
                "Maybe more time: \\[engine] time_limit_seconds in the policy",
                value=value,
                bound=bound,
            )
        )
    else:
        output.print(
            say(
                "[bold yellow]Within {gap} of the best[/bold yellow]: the plan is worth {value}, "
                "no plan is worth more than {bound}",
                gap=say.percent(proof["gap"], 2),
                value=value,
                bound=bound,
            )
        )


def _timings(say: Say, run: MatchRun) -> None:
    parts = [f"{phase} {say.decimal(taken)}" for phase, taken in run.timings.items()]
    output.print(say("Seconds by phase: {parts}", parts=", ".join(parts)))
    output.print(
        say(
            "{pairs} pairs looked at, {eligible} eligible; claimed to published in {seconds} "
            "seconds by {solver}",
            pairs=run.totals["pairs"],
            eligible=run.totals["pairs_eligible"],
            seconds=say.decimal(seconds(run), 1),
            solver=str(run.solver),
        )
    )


def seconds(run: MatchRun) -> float:
    """Return the seconds from the first claim of a run to its end."""
    assert run.started_at is not None
    assert run.finished_at is not None
    return (run.finished_at - run.started_at).total_seconds()
