"""The last screen of a run: what came out, for whom, and why it cannot be better."""

from typing import Any

from rich.table import Table

from api.cli.screen import output
from api.cli.words import Words
from matcher.store.tables.runs import MatchRun

WHOLE = 1.0
"""A gap as large as all points of the plan says nothing any more."""


def show(run: MatchRun, words: Words) -> None:
    """Write what a run proposed, who waits, what stays empty, the proof and the time."""
    totals: dict[str, Any] = run.totals
    output.print()
    output.print(
        f"[bold]{totals['placed']:,} of {totals['seeking']:,} people who seek a placement have a "
        f"proposal[/bold], worth {totals['points']:,} points together"
    )
    table = Table("tier", "people", "proposed", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for code in words.policy.tier_order:
        people = totals["tiers"].get(code, 0)
        placed = totals["placed_by_tier"].get(code, 0)
        table.add_row(words.tier(code), f"{people:,}", f"{placed:,} ({_share(placed, people)})")
    output.print(table)
    waiting, served = totals["longest_waiting"], totals["longest_waiting_placed"]
    output.print(
        f"Of the longest-waiting tenth, {served:,} of {waiting:,} have a proposal; "
        f"{totals['without_eligible']:,} people have no eligible placement at all"
    )
    _fairness(totals, words)
    _stability(totals)
    left, openings = totals["openings_left"], totals["openings"]
    output.print(f"Openings that stay empty: {left:,} of {openings:,}")
    _kept(totals)
    _refusals(totals, words)
    _pins(totals, words)
    _limits(totals, words)
    _left_out(totals, words)
    _proof(run)
    _timings(run)


def _fairness(totals: dict[str, Any], words: Words) -> None:
    """Write what first come, first served would have done, and what serving a tier first costs."""
    report = totals.get("fairness")
    if not report or not report["people"]:
        return
    first = report["first_come"]
    served = _share(first["longest_waiting_proposed"], report["longest_waiting"])
    output.print(
        f"First come, first served would have placed {served} of the longest waiting, and "
        f"{first['proposed']:,} people in all, worth {first['points']:,} points together"
    )
    prices = [
        f"{words.tier(code)} first gives {price['proposed']:,} of them a "
        f"proposal instead of {price['proposed_without']:,}, for "
        f"{price['points_without'] - price['points']:,} points"
        for code, price in report["tiers"].items()
    ]
    if prices:
        output.print("; ".join(prices))


def _stability(totals: dict[str, Any]) -> None:
    """Write what share of the undecided proposals changed since the last run, and why."""
    report = totals.get("stability")
    if not report or not report["undecided"]:
        return
    causes = ", ".join(
        f"{count:,} {cause.replace('_', ' ')}" for cause, count in report["causes"].items()
    )
    output.print(
        f"Of {report['undecided']:,} undecided proposals of the run before, {report['kept']:,} are "
        f"kept and {report['changed']:,} changed ({report['share_changed']:.1%})"
        + (f": {causes}" if causes else "")
    )


def _pins(totals: dict[str, Any], words: Words) -> None:
    """Write how many pins the plan holds, and name every set that does not fit together."""
    conflicts = totals.get("pin_conflicts", [])
    if not conflicts and not totals.get("pinned"):
        return
    output.print(f"Pinned by coaches: {totals['pinned']:,} in the plan")
    for conflict in conflicts:
        output.print(f"  left out: {words.against_pin(conflict['resource'])}", markup=False)
        for pin in conflict["pins"]:
            output.print(
                f"    person {words.name(pin['candidate'])} at placement "
                f"{words.name(pin['placement'])}",
                markup=False,
            )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "none"


def _kept(totals: dict[str, Any]) -> None:
    """Write what is kept for people still to come, for whom it waits, and by what rates."""
    told = totals.get("potentials")
    if not told:
        return
    known = (
        f"from your own history of {told['months']} months"
        if told["source"] == "history"
        else "from the rates in the policy"
    )
    rates = told["rates"]
    output.print(
        f"Kept for people still to come: {told['openings_kept']:,} openings of "
        f"{told['placements_kept']:,} placements, which {told['people_held']:,} people without a "
        "proposal suit less than those who are expected"
    )
    output.print(
        f"  Expected a week ({known}): {rates['candidates_in']:g} people come and "
        f"{rates['candidates_out']:g} leave, {rates['openings_in']:g} openings come and "
        f"{rates['openings_out']:g} close; the next {told['horizon_weeks']} weeks, "
        f"{told['samples']} futures"
    )


def _refusals(totals: dict[str, Any], words: Words) -> None:
    most = sorted(totals["refusals"].items(), key=lambda item: -item[1])[:3]
    if not most:
        return
    output.print(
        "What keeps most of them empty: rules that refuse more than half of the people without a "
        f"proposal (a sample of {totals['sampled_people']:,})"
    )
    for code, openings in most:
        output.print(f"  {openings:,} openings: {code} – {words.question(code)}")


def _limits(totals: dict[str, Any], words: Words) -> None:
    """Write which limits bind, and which floors cannot be met."""
    limits: dict[str, Any] = totals.get("limits", {})
    lines = [
        f"  {words.limit(code)}: {_use(told)}"
        for code, told in limits.items()
        if told["kind"] != "limit" or told["full"]
    ]
    if lines:
        output.print("Limits that stand in the way, and what is only counted:")
        for line in lines:
            output.print(line, markup=False)
    for conflict in totals.get("conflicts", []):
        floors = ", ".join(words.limit(each["limit"]) for each in conflict["floors"])
        others = ", ".join(
            f"{words.limit(each['limit'])} of {words.name(each['group'])}"
            for each in conflict["limits"]
        )
        # of runs before this was told, all were settled
        settled = conflict.get("settled", True)
        found = "Cannot be met" if settled else "No plan that meets it was found in time"
        output.print(
            f"{found}, and the plan is made without it: {floors}"
            + (f"; in its way: {others}" if others else ""),
            markup=False,
        )


def _left_out(totals: dict[str, Any], words: Words) -> None:
    """Write what publishing left out of the plan."""
    if not totals.get("left_out"):
        return
    full = totals.get("left_out_by_limit", {})
    told = ", ".join(f"{count:,} by {words.limit(code)}" for code, count in full.items())
    output.print(
        f"Left out when it was published, after what people decided meanwhile: "
        f"{totals['left_out']:,} proposals" + (f"; no room any more: {told}" if told else "")
    )


def _use(told: dict[str, Any]) -> str:
    """Return how full a limit is, or how far a floor is reached."""
    used, capacity, unit = told["used"], told["capacity"], told["unit"]
    if told["kind"] == "floor":
        price = told["price"]
        cost = (
            f"; without it {price['people_without']:,} of them, {price['all_without']:,} people in "
            f"all and {price['points_without']:,} points"
            if price
            else ""
        )
        return f"{used:,} people have a proposal, {capacity:,} asked{cost}"
    if capacity is None:
        return f"{used:,} {unit}, which limits nobody"
    if unit.startswith("minutes"):
        used, capacity, unit = used // 60, capacity // 60, unit.replace("minutes", "hours")
    line = f"{told['full']:,} of {told['groups']:,} full; {used:,} of {capacity:,} {unit} used"
    if told["kind"] == "advisory":
        return f"{line}, only told"
    if told["one_more"]:
        per = 60 if told["unit"].startswith("minutes") else 1
        more = told["one_more"] * per
        what = "hour" if per == 60 else "of it"
        line += (
            f"; one more {what} where it helps most counts for at most {more:.2f} people of the "
            "last tier"
        )
    return line


def _proof(run: MatchRun) -> None:
    proof = run.proof
    output.print()
    if proof["value"] == proof["bound"]:
        output.print(
            f"[bold green]Proved best[/bold green]: the plan is worth {proof['value']:,}, and the "
            f"prices of the openings show that no plan is worth more than {proof['bound']:,}"
        )
    elif proof["gap"] >= WHOLE:
        output.print(
            "[bold yellow]Not proved near the best[/bold yellow]: time ran out; the plan is worth "
            f"{proof['value']:,}, and that no plan is worth more than {proof['bound']:,} is all "
            "that is known. Maybe more time: \\[engine] time_limit_seconds in the policy"
        )
    else:
        output.print(
            f"[bold yellow]Within {proof['gap']:.2%} of the best[/bold yellow]: the plan is worth "
            f"{proof['value']:,}, no plan is worth more than {proof['bound']:,}"
        )


def _timings(run: MatchRun) -> None:
    parts = [f"{phase} {seconds:.2f}" for phase, seconds in run.timings.items()]
    output.print(f"Seconds by phase: {', '.join(parts)}")
    output.print(
        f"{run.totals['pairs']:,} pairs looked at, {run.totals['pairs_eligible']:,} eligible; "
        f"claimed to published in {seconds(run):.1f} seconds by {run.solver}"
    )


def seconds(run: MatchRun) -> float:
    """Return the seconds from the first claim of a run to its end."""
    assert run.started_at is not None
    assert run.finished_at is not None
    return (run.finished_at - run.started_at).total_seconds()
