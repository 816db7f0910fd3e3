"""
The record for the Dutch Algoritmeregister (publication standard 1.0), made from the definitions.

What people wrote stands in ``api/texts/register_nl.toml``; the rules, points, tiers, limits and
data come from what the product computes with, so that the register cannot tell anything else.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from api.texts import HERE, Language, texts
from matcher.domain.columns import COLUMNS
from matcher.domain.gates import GATES
from matcher.domain.limits import LIMITS
from matcher.domain.policy import Policy
from matcher.domain.rules import ELIGIBILITY_RULES
from matcher.domain.terms import SCORE_TERMS
from matcher.optimisation.evaluation import criteria_of
from matcher.settings import Settings

LENGTHS: Mapping[str, int] = {
    "name": 100,
    "description_short": 350,
    "organization": 100,
    "contact_email": 500,
    "goal": 2500,
    "proportionality": 2500,
    "human_intervention": 2500,
    "risks": 2500,
    "lawful_basis": 2500,
    "impacttoetsen": 2500,
    "source_data": 2500,
    "methods_and_models": 5000,
    "provider": 200,
    "source_id": 100,
    "tags": 2500,
}
"""The most characters that the standard allows."""

FIXED = (
    "name",
    "description_short",
    "goal",
    "proportionality",
    "human_intervention",
    "risks",
    "lawful_basis",
    "impacttoetsen",
    "tags",
)
UNNAMED = "Nog in te vullen (WORKPOOL_ORGANISATION)"
NO_CONTACT = "nog-in-te-vullen@organisatie.example"


def record(policy: Policy, settings: Settings, source_id: str = "workpool") -> dict[str, Any]:
    """
    Return the register's record of a policy.

    Parameters
    ----------
    settings
        Name the organisation, its contact, status and publication category.
    source_id
        What tells this record from others of the same organisation.
    """
    written = _written()
    made = {name: written[name] for name in FIXED} | {
        "organization": settings.organisation or UNNAMED,
        "category": ["Werk", "Sociale zekerheid"],
        "status": settings.register_status,
        "contact_email": settings.register_contact or NO_CONTACT,
        "publication_category": settings.register_category,
        "impacttoetsen_grouping": [{"title": "DPIA"}, {"title": "IAMA"}],
        "source_data": _source_data(policy),
        "methods_and_models": _methods(policy),
        "provider": "Workpool (open source, EUPL-1.2)",
        "lang": "nld",
        "standard_version": "1.0",
        "source_id": source_id[: LENGTHS["source_id"]],
    }
    return dict(sorted(made.items()))


def data_read(policy: Policy) -> list[str]:
    """Return the columns about people that a policy's definitions read, as they are stored."""
    criteria = criteria_of(policy)
    read = set(criteria.rule_columns | criteria.term_columns)
    read.update(name for each in LIMITS for name in each.columns_read)
    for _, tier in policy.tier_expressions():
        read.update(tier.meta.root_names())
    stored: set[str] = set()
    while read:
        name = read.pop()
        if made_from := COLUMNS[name].made_from:
            read.update(made_from)
        else:
            stored.add(name)
    return sorted(
        name.removeprefix("candidate.") for name in stored if name.startswith("candidate.")
    )


def groups_of_data(policy: Policy) -> list[str]:
    """Return what a policy reads about people, in words; a column in no group under its name."""
    read = set(data_read(policy))
    groups: list[dict[str, Any]] = _written()["data"]
    told = [group["label"] for group in groups if read & set(group["columns"])]
    grouped = {name for group in groups for name in group["columns"]}
    return told + sorted(read - grouped)


def _source_data(policy: Policy) -> str:
    source: str = _written()["source"]
    intro = "<p>Over een werkzoekende worden deze gegevens gebruikt:</p>"
    return intro + _bullets(groups_of_data(policy)) + source


def _methods(policy: Policy) -> str:
    """Return how it works; lists are cut where the standard's length would be passed."""
    dutch = texts(Language.DUTCH)
    points = {code: most for code, (_, most, _) in criteria_of(policy).terms.items() if most}
    rules = [dutch["rules"][rule.code]["question"] for rule in ELIGIBILITY_RULES]
    terms = [
        f"{dutch['terms'][term.code]['label']}: {points[term.code]}"
        for term in sorted(SCORE_TERMS, key=lambda term: -points.get(term.code, 0))
        if term.code in points
    ]
    tiers = [
        policy.tier_label(code) if code in policy.own_tiers else dutch["tiers"][code]["label"]
        for code in policy.tier_order
    ]
    gates = [dutch["gates"][gate.code]["question"] for gate in GATES]
    limits = [dutch["limits"][each.code]["label"] for each in LIMITS]
    return _cut_to(
        LENGTHS["methods_and_models"],
        _written()["learns"] + _written()["order"],
        (
            ("De groepen, in deze volgorde", tiers),
            ("De vragen over een persoon en een werkplek", rules),
            ("De meeste punten per onderdeel", terms),
            ("Waar het plan niet overheen gaat, als de grens bekend is", limits),
            ("De vragen over een werkplek", gates),
        ),
    )


def _cut_to(most: int, text: str, lists: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Append lists as far as they fit; what does not is counted."""
    for title, items in lists:
        for kept in range(len(items), -1, -1):
            left = len(items) - kept
            told = [*items[:kept], *([f"en nog {left}"] if left else [])]
            part = f"<p>{title}:</p>{_bullets(told)}"
            if len(text) + len(part) <= most:
                text += part
                break
    return text


def _bullets(items: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{_plain(item)}</li>" for item in items) + "</ul>"


def _plain(text: str) -> str:
    """Return a text of a pool's own without what a page would read as marks."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@cache
def _written() -> dict[str, Any]:
    return tomllib.loads((HERE / "register_nl.toml").read_text(encoding="utf-8"))
