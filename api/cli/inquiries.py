"""Answers of the solver in plain words: people and points, never one hidden weight."""

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from sqlmodel import Session

from api.cli.phrases import (
    Json,
    changes_in_words,
    imagined_in_words,
    line,
    others_in_words,
    placement_in_words,
    placements_in,
    points_in_words,
    table_of,
)
from api.cli.screen import output
from api.texts import Language, texts, translated
from api.texts.saying import Say
from matcher.domain.imagining import PREFIX
from matcher.domain.levers import LEVERS
from matcher.domain.policy import DEFINITIONS
from matcher.service import matching, policies, pools
from matcher.service.known_as import known_as
from matcher.service.naming import candidate_key, placement_names

LEVER_TEXTS = {lever.code: lever.text for lever in LEVERS}
MORE_PLACED = "{n} more people placed"
FEWER_PLACED = "{n} fewer people placed"
REASONS_SHOWN = 3
RULES_SHOWN = 5


class Teller:
    """Tells answers about one pool in one language."""

    def __init__(self, db: Session, pool_id: UUID, language: Language) -> None:
        self._db = db
        self._policy = policies.in_force(db, pool_id, pools.today(db, pool_id))
        self._texts = {} if language is Language.ENGLISH else texts(language)
        self._language = language
        self._say = Say(language)

    def tell(self, answer: Json) -> None:
        """Write an answer in the words of its kind."""
        {
            "difference": self.difference,
            "candidate": self.candidate,
            "pair": self.pair,
            "advice": self.advice,
            "imagined": self.advice,
        }[answer["kind"]](answer)

    def difference(self, answer: Json) -> None:
        """Write the plan with the changes beside the plan without."""
        say, totals, people = self._say, answer["totals"], answer["people"]
        table = table_of("", say("without"), say("with the changes"), say("more"))
        for name, label in (
            ("placed", say("people with a proposal")),
            ("longest_waiting_placed", say("of the longest-waiting tenth")),
            ("without_eligible", say("people without any eligible placement")),
            ("openings", say("openings")),
            ("openings_left", say("openings that stay empty")),
            ("points", say("points")),
        ):
            table.add_row(label, *self._sides(totals[name]))
        for tier in answer["tiers"]:
            table.add_row(f"“{self._tier(tier['tier'])}”", *self._sides(tier))
        output.print(table)
        output.print(
            say(
                "{gained} people gain a proposal, {lost} lose theirs, {moved} get another, "
                "{kept} keep it",
                **{name: people[name] for name in ("gained", "lost", "moved", "kept")},
            )
        )
        if answer["placements"]:
            told = say("Placements with other people: {n}; most changed", n=answer["changed"])
            output.print(f"\n{told}")
            names = self._names(each["placement"] for each in answer["placements"])
            for each in answer["placements"]:
                line(
                    say(
                        "{name}: {before} people, then {after} ({came} come, {left} leave)",
                        name=names[each["placement"]],
                        **{name: each[name] for name in ("before", "after", "came", "left")},
                    )
                )
        if answer["proved"]:
            output.print()
            output.print(say("[green]Both plans are proved best[/green]; nothing was published"))

    def candidate(self, answer: Json) -> None:
        """Write why this proposal, what else was possible, or what stands in the way."""
        person = UUID(answer["candidate"])
        key = candidate_key(self._db, person)
        say, names = self._say, self._names(placements_in(answer))
        if answer["proposed"]:
            output.print(
                say(
                    "[bold]{key}[/bold], “{tier}”: [green]{name}[/green], {points} points",
                    key=key,
                    tier=self._tier(answer["tier"]),
                    name=names[answer["proposed"]],
                    points=answer["points"],
                )
            )
            self._reasons(person, UUID(answer["proposed"]), answer["points"])
            output.print(say("It is part of the best plan for the whole pool as it is now."))
        else:
            output.print(
                say("[bold]{key}[/bold]: no proposal in the best plan for the whole pool", key=key)
            )
            self._why(answer["why"], names)
        if answer["others"]:
            output.print()
            output.print(
                say(
                    "What else was possible, and what it would cost, each solved with the whole "
                    "pool:"
                )
            )
        for place, other in enumerate(answer["others"], 1):
            told = say(
                "{name}, {points} points", name=names[other["placement"]], points=other["points"]
            )
            line(f"{place}. {told}")
            line(f"   {self._loss(other)}")
            for step in self._steps(other["steps"][1:], names):
                line(f"   {step}")

    def pair(self, answer: Json) -> None:
        """Write what stands between a person and a placement, and what would open it."""
        say, names = self._say, self._names([answer["placement"], *placements_in(answer)])
        output.print()
        if answer["proposed"]:
            output.print(
                say("It is the proposal in the best plan for the whole pool as it is now.")
            )
            return
        if answer["eligible"] and answer["alternative"]:
            output.print(say("It is possible and not chosen; with it the whole pool would have:"))
            line(self._loss(answer["alternative"]))
            for step in self._steps(answer["alternative"]["steps"][1:], names):
                line(step)
        if answer["refused_by"]:
            output.print(say("Refused by:"))
            for code in answer["refused_by"]:
                line(f"{code} – {self._question(code)}")
        opening = [lever for lever in answer["levers"] if lever["opens"]]
        if opening:
            output.print()
            output.print(
                say("What would open it, tried and solved again, the first to be tried first:")
            )
        for lever in opening:
            self._lever(lever, names)
        if answer["together"]:
            levers = ", ".join(self._lever_text(code) for code in answer["together"]["levers"])
            output.print()
            output.print(say("No single change opens it; together these do:"))
            line(f"{levers}: {changes_in_words(say, answer['together']['changes'])}")
            line(f"  {self._outcome(answer['together'])}")
        if answer["remaining"]:
            output.print()
            output.print(say("Nothing that can be arranged takes this away:"))
            for code in answer["remaining"]:
                line(f"{code} – {self._question(code)}")

    def advice(self, answer: Json) -> None:
        """Write where more would help most, each line solved again."""
        say = self._say
        if "waiting" in answer:
            output.print(
                say(
                    "{total} people wait without a proposal, {over_a_year} of them over a year",
                    total=answer["waiting"]["total"],
                    over_a_year=answer["waiting"]["over_a_year"],
                )
            )
        names = self._names(placements_in(answer))
        if answer.get("openings"):
            output.print()
            output.print(say("[bold]One more opening[/bold], with the guidance for it"))
            for place, each in enumerate(answer["openings"], 1):
                full = f" ({say('full now')})" if each.get("full_now") else ""
                line(f"{place}. {names[each['placement']]}{full}: {self._gain(each['gain'])}")
        if answer.get("resources"):
            output.print()
            output.print(say("[bold]One more of a resource[/bold]"))
            groups = known_as(self._db, (each["group"] for each in answer["resources"]))
            for place, each in enumerate(answer["resources"], 1):
                told = self._texts.get("resources", {}).get(each["limit"], {}).get("text")
                line(
                    f"{place}. {told or each['text']}, {groups[each['group']]}: "
                    f"{self._gain(each['gain'])}"
                )
        if answer.get("imagined"):
            output.print()
            output.print(say("[bold]Placements that are not there yet[/bold]"))
            for place, each in enumerate(answer["imagined"], 1):
                line(f"{place}. {imagined_in_words(say, each['imagine'])}")
                told = say(
                    "{filled} openings filled, {eligible} people could do it",
                    filled=each["filled"],
                    eligible=each["eligible"],
                )
                line(f"   {self._gain(each['gain'])}; {told}")
        if not any(answer.get(name) for name in ("openings", "resources", "imagined")):
            output.print(say("Nothing of this kind would place more people or bring more points."))

    def _reasons(self, person: UUID, placement: UUID, points: int) -> None:
        answer = matching.explain_pair(self._db, person, placement)
        found = translated(answer.matches[0].explanation, self._language)
        best = sorted(found.points, key=lambda term: (term.unknown, -term.points))[:REASONS_SHOWN]
        strongest = ", ".join(f"{term.label.lower()} {term.points}" for term in best)
        line(self._say("strongest: {strongest}", strongest=strongest))
        if points > found.total:
            line(
                self._say(
                    "{n} of the points because it was proposed before; so it is with every "
                    "proposal that stands",
                    n=points - found.total,
                )
            )

    def _why(self, why: Json, names: Mapping[str, str]) -> None:
        say = self._say
        if why["reason"] == "not_seeking":
            output.print(
                say("A run makes no proposal for this person: not seeking, or decided already.")
            )
        elif why["reason"] == "kept_for_people_to_come":
            output.print(
                say(
                    "{name} suits, {points} points, and is kept for people still to come: its "
                    "opening is expected to be worth {expected}.",
                    name=names[why["placement"]],
                    points=why["points"],
                    expected=why["expected"],
                )
            )
        elif why["reason"] == "others_need_it_more":
            output.print(
                say("There are possible placements, but others go before for each of them.")
            )
            name = names[why["placement"]]
            line(say("the least would be lost with {name}, the first of these", name=name))
        else:
            output.print(say("None of the {n} open placements is possible:", n=why["placements"]))
            self._refusals(why, names)

    def _refusals(self, why: Json, names: Mapping[str, str]) -> None:
        say = self._say
        for each in why["refusals"][:RULES_SHOWN]:
            alone = say(", {n} of them alone", n=each["alone"]) if each["alone"] else ""
            question = self._question(each["rule"])
            line(say("{question} refuses {n}", question=question, n=each["refuses"]) + alone)
        for lever in why["levers"]:
            line(
                say(
                    "{lever} ({by}) would open {n}, first {name}: {changes}",
                    lever=self._lever_text(lever["lever"]),
                    by=say.word(lever["arranged_by"]),
                    n=lever["opens"],
                    name=names[lever["placement"]],
                    changes=changes_in_words(say, lever["changes"]),
                )
            )

    def _lever(self, lever: Json, names: Mapping[str, str]) -> None:
        say = self._say
        changes = changes_in_words(say, lever["changes"])
        by = say.word(lever["arranged_by"])
        line(f"{self._lever_text(lever['lever'])} ({by})" + (f": {changes}" if changes else ""))
        line(f"  {self._outcome(lever)}")
        if lever.get("forced"):
            line(f"  {say('to choose it then: {loss}', loss=self._loss(lever['forced']))}")

    def _outcome(self, found: Json) -> str:
        say = self._say
        where = {
            "here": say("then it is the proposal"),
            "elsewhere": say("then the person is still proposed elsewhere"),
            "nowhere": say("then others still go before"),
        }[found["proposed"]]
        return say("{where}; the whole pool: {gain}", where=where, gain=self._gain(found["gain"]))

    def _loss(self, forced: Json) -> str:
        """Say what the plan with a forced pair loses, and who else would move."""
        say, loss = self._say, forced["loss"]
        parts = [
            say("{n} fewer of “{tier}” proposed", n=count, tier=self._tier(code))
            if count > 0
            else say("{n} more of “{tier}” proposed", n=-count, tier=self._tier(code))
            for code, count in loss["people"].items()
        ]
        if not parts:
            instead = any(step["to"] is None for step in forced["steps"])
            parts = [say("as many people proposed") if instead else say("nobody loses a proposal")]
        found = [] if forced.get("exact", True) else [say("as far as was found")]
        points = points_in_words(say, -loss["points"])
        return "; ".join([*parts, points, *others_in_words(say, loss["elsewhere"] - 1), *found])

    def _gain(self, gain: Json) -> str:
        say, placed = self._say, gain["placed"]
        if not placed:
            told = say("as many people placed")
        elif placed > 0:
            told = say("1 more person placed") if placed == 1 else say(MORE_PLACED, n=placed)
        else:
            told = say("1 fewer person placed") if placed == -1 else say(FEWER_PLACED, n=-placed)
        if gain["people"]:
            tiers = (f"“{self._tier(code)}” {n:+}" for code, n in gain["people"].items())
            told += f" ({', '.join(tiers)})"
        if gain["over_a_year"]:
            more = f"{gain['over_a_year']:+}"
            told += "; " + say("who wait over a year: {more}", more=more)
        return f"{told}; {points_in_words(say, gain['points'])}"

    def _steps(self, steps: Iterable[Json], names: Mapping[str, str]) -> Iterator[str]:
        say = self._say
        for step in steps:
            tier = self._tier(step["tier"])
            if step["to"] is None:
                yield say("one person of “{tier}” goes without", tier=tier)
            elif step["from"] is None:
                yield say("one person of “{tier}” gets {name}", tier=tier, name=names[step["to"]])
            else:
                name = names[step["to"]]
                yield say("one person of “{tier}” moves to {name}", tier=tier, name=name)

    def _sides(self, sides: Json) -> tuple[str, str, str]:
        """Return a count before and after, and what it is more."""
        more = sides["more"]
        sign = "+" if more >= 0 else "-"
        before, after, apart = (
            self._say.value(each) for each in (sides["before"], sides["after"], abs(more))
        )
        return before, after, f"{sign}{apart}"

    def _tier(self, code: str) -> str:
        told = self._texts.get("tiers", {}).get(code, {}).get("label")
        return str(told or self._policy.tier_label(code)).partition(":")[0]

    def _question(self, code: str) -> str:
        for kind in ("rules", "gates"):
            if told := self._texts.get(kind, {}).get(code, {}).get("question"):
                return str(told)
        return DEFINITIONS[code].text

    def _lever_text(self, code: str) -> str:
        told = self._texts.get("levers", {}).get(code, {}).get("text")
        return str(told or LEVER_TEXTS[code])

    def _names(self, ids: Iterable[str]) -> dict[str, str]:
        """Return placement id -> its title, employer and key; an imagined one keeps its id."""
        wanted = set(ids)
        real = [UUID(each) for each in wanted if not each.startswith(PREFIX)]
        found = placement_names(self._db, real)
        return {
            each: placement_in_words(self._say, found[each]) if each in found else each
            for each in wanted
        }
