"""Answers of the solver in plain words: people and points, never one hidden weight."""

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from sqlmodel import Session

from api.cli.phrases import (
    Json,
    add_sides,
    changes_in_words,
    imagined_in_words,
    line,
    others_in_words,
    placements_in,
    points_in_words,
    table_of,
)
from api.cli.screen import output
from api.texts import Language, texts, translated
from matcher.domain.imagining import PREFIX
from matcher.domain.levers import LEVERS
from matcher.domain.policy import DEFINITIONS
from matcher.service import matching, policies, pools
from matcher.service.known_as import known_as
from matcher.service.naming import candidate_key, placement_names

LEVER_TEXTS = {lever.code: lever.text for lever in LEVERS}
REASONS_SHOWN = 3
RULES_SHOWN = 5
TOTALS = {
    "placed": "people with a proposal",
    "longest_waiting_placed": "of the longest-waiting tenth",
    "without_eligible": "people without any eligible placement",
    "openings": "openings",
    "openings_left": "openings that stay empty",
    "points": "points",
}


class Teller:
    """Tells answers about one pool in one language."""

    def __init__(self, db: Session, pool_id: UUID, language: Language) -> None:
        self._db = db
        self._policy = policies.in_force(db, pool_id, pools.today(db, pool_id))
        self._texts = {} if language is Language.ENGLISH else texts(language)
        self._language = language

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
        totals, people = answer["totals"], answer["people"]
        table = table_of("", "without", "with the changes", "more")
        for name, label in TOTALS.items():
            add_sides(table, label, totals[name])
        for tier in answer["tiers"]:
            add_sides(table, f"“{self._tier(tier['tier'])}”", tier)
        output.print(table)
        output.print(
            f"{people['gained']:,} people gain a proposal, {people['lost']:,} lose theirs, "
            f"{people['moved']:,} get another, {people['kept']:,} keep it"
        )
        if answer["placements"]:
            output.print(f"\nPlacements with other people: {answer['changed']:,}; most changed")
            names = self._names(each["placement"] for each in answer["placements"])
            for each in answer["placements"]:
                line(
                    f"{names[each['placement']]}: {each['before']:,} people, then "
                    f"{each['after']:,} ({each['came']:,} come, {each['left']:,} leave)"
                )
        if answer["proved"]:
            output.print("\n[green]Both plans are proved best[/green]; nothing was published")

    def candidate(self, answer: Json) -> None:
        """Write why this proposal, what else was possible, or what stands in the way."""
        person = UUID(answer["candidate"])
        key = candidate_key(self._db, person)
        names = self._names(placements_in(answer))
        if answer["proposed"]:
            output.print(
                f"[bold]{key}[/bold], “{self._tier(answer['tier'])}”: "
                f"[green]{names[answer['proposed']]}[/green], {answer['points']:,} points"
            )
            self._reasons(person, UUID(answer["proposed"]))
            output.print("It is part of the best plan for the whole pool as it is now.")
        else:
            output.print(f"[bold]{key}[/bold]: no proposal in the best plan for the whole pool")
            self._why(answer["why"], names)
        if answer["others"]:
            output.print(
                "\nWhat else was possible, and what it would cost, each solved with the whole pool:"
            )
        for place, other in enumerate(answer["others"], 1):
            line(f"{place}. {names[other['placement']]}, {other['points']:,} points")
            line(f"   {self._loss(other)}")
            for step in self._steps(other["steps"][1:], names):
                line(f"   {step}")

    def pair(self, answer: Json) -> None:
        """Write what stands between a person and a placement, and what would open it."""
        names = self._names([answer["placement"], *placements_in(answer)])
        output.print()
        if answer["proposed"]:
            output.print("It is the proposal in the best plan for the whole pool as it is now.")
            return
        if answer["eligible"] and answer["alternative"]:
            output.print("It is possible and not chosen; with it the whole pool would have:")
            line(self._loss(answer["alternative"]))
            for step in self._steps(answer["alternative"]["steps"][1:], names):
                line(step)
        if answer["refused_by"]:
            output.print("Refused by:")
            for code in answer["refused_by"]:
                line(f"{code} – {self._question(code)}")
        opening = [lever for lever in answer["levers"] if lever["opens"]]
        if opening:
            output.print(
                "\nWhat would open it, tried and solved again, the first to be tried first:"
            )
        for lever in opening:
            self._lever(lever, names)
        if answer["together"]:
            levers = ", ".join(self._lever_text(code) for code in answer["together"]["levers"])
            output.print("\nNo single change opens it; together these do:")
            line(f"{levers}: {changes_in_words(answer['together']['changes'])}")
            line(f"  {self._outcome(answer['together'])}")
        if answer["remaining"]:
            output.print("\nNothing that can be arranged takes this away:")
            for code in answer["remaining"]:
                line(f"{code} – {self._question(code)}")

    def advice(self, answer: Json) -> None:
        """Write where more would help most, each line solved again."""
        if "waiting" in answer:
            waiting = answer["waiting"]
            output.print(
                f"{waiting['total']:,} people wait without a proposal, "
                f"{waiting['over_a_year']:,} of them over a year"
            )
        names = self._names(placements_in(answer))
        if answer.get("openings"):
            output.print("\n[bold]One more opening[/bold], with the guidance for it")
            for place, each in enumerate(answer["openings"], 1):
                full = " (full now)" if each.get("full_now") else ""
                line(f"{place}. {names[each['placement']]}{full}: {self._gain(each['gain'])}")
        if answer.get("resources"):
            output.print("\n[bold]One more of a resource[/bold]")
            groups = known_as(self._db, (each["group"] for each in answer["resources"]))
            for place, each in enumerate(answer["resources"], 1):
                told = self._texts.get("resources", {}).get(each["limit"], {}).get("text")
                line(
                    f"{place}. {told or each['text']}, {groups[each['group']]}: "
                    f"{self._gain(each['gain'])}"
                )
        if answer.get("imagined"):
            output.print("\n[bold]Placements that are not there yet[/bold]")
            for place, each in enumerate(answer["imagined"], 1):
                line(f"{place}. {imagined_in_words(each['imagine'])}")
                line(
                    f"   {self._gain(each['gain'])}; {each['filled']:,} openings filled, "
                    f"{each['eligible']:,} people could do it"
                )
        if not any(answer.get(name) for name in ("openings", "resources", "imagined")):
            output.print("Nothing of this kind would place more people or bring more points.")

    def _reasons(self, person: UUID, placement: UUID) -> None:
        answer = matching.explain_pair(self._db, person, placement)
        found = translated(answer.matches[0].explanation, self._language)
        best = sorted(found.points, key=lambda term: (term.unknown, -term.points))[:REASONS_SHOWN]
        line("strongest: " + ", ".join(f"{term.label.lower()} {term.points}" for term in best))

    def _why(self, why: Json, names: Mapping[str, str]) -> None:
        if why["reason"] == "not_seeking":
            output.print(
                "A run makes no proposal for this person: not seeking, or decided already."
            )
        elif why["reason"] == "kept_for_people_to_come":
            output.print(
                f"{names[why['placement']]} suits, {why['points']:,} points, and is kept for "
                f"people still to come: its opening is expected to be worth {why['expected']:,}."
            )
        elif why["reason"] == "others_need_it_more":
            output.print("There are possible placements, but others go before for each of them.")
            line(f"the least would be lost with {names[why['placement']]}, the first of these")
        else:
            output.print(f"None of the {why['placements']:,} open placements is possible:")
            for each in why["refusals"][:RULES_SHOWN]:
                alone = f", {each['alone']:,} of them alone" if each["alone"] else ""
                line(f"{self._question(each['rule'])} refuses {each['refuses']:,}{alone}")
            for lever in why["levers"]:
                line(
                    f"{self._lever_text(lever['lever'])} ({lever['arranged_by']}) would open "
                    f"{lever['opens']:,}, first {names[lever['placement']]}: "
                    f"{changes_in_words(lever['changes'])}"
                )

    def _lever(self, lever: Json, names: Mapping[str, str]) -> None:
        line(
            f"{self._lever_text(lever['lever'])} ({lever['arranged_by']}): "
            f"{changes_in_words(lever['changes'])}"
        )
        line(f"  {self._outcome(lever)}")
        if lever.get("forced"):
            line(f"  to choose it then: {self._loss(lever['forced'])}")

    def _outcome(self, found: Json) -> str:
        where = {
            "here": "then it is the proposal",
            "elsewhere": "then the person is still proposed elsewhere",
            "nowhere": "then others still go before",
        }[found["proposed"]]
        return f"{where}; the whole pool: {self._gain(found['gain'])}"

    def _loss(self, forced: Json) -> str:
        """Say what the plan with a forced pair loses, and who else would move."""
        loss = forced["loss"]
        parts = [
            f"{abs(count):,} {'fewer' if count > 0 else 'more'} of “{self._tier(code)}” proposed"
            for code, count in loss["people"].items()
        ]
        if not parts:
            instead = any(step["to"] is None for step in forced["steps"])
            parts = ["as many people proposed" if instead else "nobody loses a proposal"]
        found = [] if forced.get("exact", True) else ["as far as was found"]
        points = points_in_words(-loss["points"])
        return "; ".join([*parts, points, *others_in_words(loss), *found])

    def _gain(self, gain: Json) -> str:
        placed = gain["placed"]
        told = "as many people placed"
        if placed:
            people = "person" if abs(placed) == 1 else "people"
            told = f"{abs(placed):,} {'more' if placed > 0 else 'fewer'} {people} placed"
        if gain["people"]:
            tiers = (f"“{self._tier(code)}” {n:+,}" for code, n in gain["people"].items())
            told += f" ({', '.join(tiers)})"
        if gain["over_a_year"]:
            told += f"; who wait over a year: {gain['over_a_year']:+,}"
        return f"{told}; {points_in_words(gain['points'])}"

    def _steps(self, steps: Iterable[Json], names: Mapping[str, str]) -> Iterator[str]:
        for step in steps:
            who = f"one person of “{self._tier(step['tier'])}”"
            if step["to"] is None:
                yield f"{who} goes without"
            else:
                yield f"{who} {'gets' if step['from'] is None else 'moves to'} {names[step['to']]}"

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
        return {each: str(found.get(each, each)) for each in wanted}
