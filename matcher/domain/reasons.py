"""
Why a proposal is declined: the reason codes, who may give them, and what they do to later runs.

A decline leaves out the pair, sometimes a kind or an employer, and the person only when they ask
for it. What is left out ends on a day, or when the fact behind it changes. The table is the
product's; a pool changes effects and adds reasons in its policy (`matcher.domain.declining`).
Health is recorded as "not now, until", without a why; grounds on which the law forbids to refuse
somebody are no reasons at all.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from matcher.domain.health_words import speaks_of_health

Role = Literal["candidate", "coach", "employer", "account_manager", "pool_manager"]
What = Literal[
    "nothing",
    "park_pair",
    "park_person",
    "exclude_employer",
    "leave_pool",
    "fill_placement",
    "redraft_placement",
    "pause_placement",
    "close_placement",
]
Facts = Literal["", "journey", "hours", "guidance", "record"]
"""
Facts that lift a parking: of the journey and its limits, of hours and days on both sides, of the
guidance needed and offered, or anything of the person's record.
"""

PERSON: tuple[Role, ...] = ("candidate", "coach")
"""The person, and the coach who speaks with them."""
COACH: tuple[Role, ...] = ("coach",)
EMPLOYER: tuple[Role, ...] = ("employer", "account_manager")
"""The employer, and the account manager who writes down their answer."""


@dataclass(frozen=True)
class Effect:
    """
    What a decline does.

    Parameters
    ----------
    days
        How long it lasts, in days from the decline on; None is until somebody lifts it.
    asks_until
        The decision itself has to name the last day.
    times
        How often the person must have been declined for this reason within ``within_days`` days,
        this time included, before anything is done.
    lifted
        When it is over without a day: what people read.
    until_changed
        Which facts, when one of them changes, lift it by themselves; none is lifted by hand.
    """

    what: What = "nothing"
    days: int | None = None
    asks_until: bool = False
    times: int = 1
    within_days: int | None = None
    lifted: str = ""
    until_changed: Facts = ""


@dataclass(frozen=True)
class Reason:
    """A reason to decline: its code, what people read, who may give it, what it does."""

    code: str
    dutch: str
    english: str
    used_by: tuple[Role, ...]
    effect: Effect = Effect()


REASONS: tuple[Reason, ...] = (
    Reason("not_for_me", "past niet bij mij", "does not suit me", PERSON, Effect("park_pair", 180)),
    Reason(
        "too_far",
        "te ver, slecht bereikbaar",
        "too far, hard to reach",
        PERSON,
        Effect("park_pair", lifted="the journey or its limit changed", until_changed="journey"),
    ),
    Reason(
        "hours_do_not_fit",
        "uren of dagen passen niet",
        "hours or days do not fit",
        PERSON,
        Effect("park_pair", lifted="the hours changed", until_changed="hours"),
    ),
    Reason(
        "pays_too_little",
        "gaat er niet op vooruit",
        "no better off",
        PERSON,
        Effect("park_pair", 60),
    ),
    Reason("not_now", "nu niet", "not now, until", PERSON, Effect("park_person", asks_until=True)),
    Reason(
        "found_other_work",
        "ander werk gevonden",
        "found other work",
        PERSON,
        Effect("leave_pool", lifted="the person comes back"),
    ),
    Reason(
        "never_here",
        "hier nooit",
        "never here",
        PERSON,
        Effect("exclude_employer", lifted="the person withdraws it"),
    ),
    Reason(
        "felt_unsafe",
        "voelde niet veilig",
        "did not feel safe",
        PERSON,
        Effect("exclude_employer", lifted="the person withdraws it"),
    ),
    Reason(
        "no_contact",
        "niet bereikt",
        "not reached",
        COACH,
        Effect("park_person", 60, times=2, within_days=30),
    ),
    Reason(
        "not_ready_yet",
        "nog niet klaar voor",
        "not ready for it yet",
        COACH,
        Effect("park_pair", 30),
    ),
    Reason(
        "profile_wrong",
        "gegevens kloppen niet",
        "the record is wrong",
        COACH,
        Effect("park_pair", lifted="the record was corrected", until_changed="record"),
    ),
    Reason("chose_other", "andere plek gekozen", "another placement was chosen", COACH),
    Reason(
        "guidance_lacking",
        "te weinig begeleiding",
        "too little guidance",
        COACH,
        Effect("park_pair", lifted="the guidance changed", until_changed="guidance"),
    ),
    Reason(
        "known_conflict",
        "bekend conflict",
        "a known conflict",
        COACH,
        Effect("exclude_employer", 365),
    ),
    Reason(
        "already_filled",
        "plek al vervuld",
        "already filled",
        EMPLOYER,
        Effect("fill_placement", lifted="the employer has an opening again"),
    ),
    Reason(
        "unstated_requirement",
        "eis stond er niet bij",
        "a requirement was not stated",
        EMPLOYER,
        Effect("redraft_placement", lifted="the requirement was added"),
    ),
    Reason(
        "missing_skill",
        "vaardigheid ontbreekt",
        "a skill is missing",
        EMPLOYER,
        Effect("park_pair", 180),
    ),
    Reason(
        "no_supervisor_now",
        "nu geen begeleider",
        "no supervisor now",
        EMPLOYER,
        Effect("pause_placement", lifted="there is a supervisor again"),
    ),
    Reason(
        "safety",
        "veiligheid op de vloer",
        "safety on the floor",
        EMPLOYER,
        Effect("park_pair", lifted="the employer and the coach agree"),
    ),
    Reason(
        "withdrawn",
        "werkplek ingetrokken",
        "the placement was withdrawn",
        EMPLOYER,
        Effect("close_placement", lifted="never"),
    ),
)
REASON_OF: Mapping[str, Reason] = {reason.code: reason for reason in REASONS}

REFUSED_GROUNDS: Mapping[str, str] = {
    "age": "leeftijd",
    "belief": "levensovertuiging",
    "chronic_illness": "chronische ziekte",
    "disability": "handicap",
    "gender": "geslacht",
    "health": "gezondheid",
    "marital_status": "burgerlijke staat",
    "nationality": "nationaliteit",
    "origin": "afkomst",
    "political_opinion": "politieke gezindheid",
    "pregnancy": "zwangerschap",
    "race": "ras",
    "religion": "godsdienst",
    "sex": "sekse",
    "sexual_orientation": "seksuele gerichtheid",
}
"""Protected by the equal-treatment acts (AWGB, WGBL, WGBH/CZ); health is not asked for at all."""

GROUND_WORDS = frozenset((
    "oud", "oude", "ouder", "jong", "jonge", "jonger", "bejaard", "old", "older", "young",
    "younger", "elderly",
    "mannen", "vrouw", "vrouwen", "mannelijk", "vrouwelijk", "male", "female", "woman",
    "women",
    "zwanger", "zwangere", "pregnant", "gehuwd", "ongehuwd", "married", "unmarried",
    "moslim", "moslima", "islam", "joods", "christelijk", "muslim", "jewish", "christian",
    "hoofddoek", "headscarf", "geloof",
    "buitenlander", "buitenlandse", "allochtoon", "foreigner", "huidskleur", "etnisch",
    "ethnic",
    "homo", "lesbisch", "gay", "lesbian", "transgender", "trans",
    "ziek", "zieke", "sick", "ill", "disabled", "gehandicapt", "invalide",
))  # fmt: skip
"""Words, whole, that speak of a protected ground: the common ones, and no promise of all."""

REFUSED_TEXT = (
    "This is no reason to decline: the law forbids to refuse somebody on this ground, and it is "
    "not recorded. Maybe: name what the work asks and the person cannot do (missing_skill), or "
    "leave the person out for a while without a why (not_now)."
)


def is_refused(code: str) -> bool:
    """Return whether a code, English or Dutch, names a ground that is protected."""
    word = code.strip().casefold().replace("-", "_").replace(" ", "_")
    return word in REFUSED_GROUNDS or word in {
        dutch.replace(" ", "_") for dutch in REFUSED_GROUNDS.values()
    }


def speaks_of_ground(text: str) -> bool:
    """Tell whether the words of a reason speak of a protected ground, or of somebody's health."""
    words = set(re.findall(r"[^\W\d_]+", text.casefold()))
    named = {word for word in words if is_refused(word)}
    return bool(named or words & GROUND_WORDS) or is_refused(text) or speaks_of_health(text)


def reasons_of(role: Role, reasons: Mapping[str, Reason] = REASON_OF) -> tuple[str, ...]:
    """Return the codes that somebody in this role may give."""
    return tuple(reason.code for reason in reasons.values() if role in reason.used_by)
