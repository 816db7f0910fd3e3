"""Lists of a candidate, one row per element, as they can be imported."""

import polars as pl

from matcher.domain.columns import PLACEMENT_KINDS
from matcher.domain.formats.fields import (
    DATE,
    INSTANT,
    KEY,
    LANGUAGE,
    SBI,
    SKILL,
    URI,
    YES_NO,
    Check,
    Field,
    Reference,
    Table,
    choice,
    fields,
    in_order,
    list_of,
    refers,
    text,
    whole,
    whole_of,
)

LICENCES = ("A", "A1", "A2", "AM", "B", "B+", "BE", "C", "C1", "C1E", "CE", "D", "D1", "D1E",
            "DE", "T")  # fmt: skip
TRANSPORT_MODES = ("car", "moped", "bicycle", "motorcycle", "public_transport", "other")


def _of_candidate(
    name: str,
    meaning: str,
    *rows: Field,
    identity: tuple[str, ...] = (),
    checks: tuple[Check, ...] = (),
    soft_references: tuple[Reference, ...] = (),
) -> Table:
    """Return a list of the candidate; ``identity`` is empty where two elements may be alike."""
    return Table(
        f"candidate_{name}",
        meaning,
        fields(refers("candidate", "candidates", "the candidate"), *rows),
        identity=("candidate", *identity) if identity else (),
        part_of="candidate",
        checks=checks,
        soft_references=soft_references,
    )


def _kind_named(column: str = "target") -> Check:
    return Check(
        column,
        (pl.col("target_kind") != "kind") | pl.col(column).is_in(list(PLACEMENT_KINDS)),
        f"a kind of placement: {', '.join(PLACEMENT_KINDS)}",
    )


CANDIDATE_LISTS = (
    _of_candidate(
        "transport",
        "means of transport",
        Field("mode", choice(*TRANSPORT_MODES), "which", required=True),
        Field("for_commute", YES_NO, "serves the journey to work; empty: not known"),
        Field("for_work", YES_NO, "serves the work itself; empty: not known"),
        identity=("mode",),
    ),
    _of_candidate(
        "licence",
        "driving licences",
        Field("licence", choice(*LICENCES), "which", required=True),
        identity=("licence",),
    ),
    _of_candidate(
        "education",
        "schools and studies, finished or not",
        Field(
            "level",
            whole_of(1, 2, 3, 4, 5, 6, 9),
            "1 primary, 2 vmbo, 3 havo or vwo, 4 mbo, 5 hbo, 6 wo, 9 other",
            required=True,
        ),
        Field("diploma", whole_of(0, 1, 2, 8), "0 unknown, 1 yes, 2 no, 8 n/a", default=0),
        Field("status", whole(0, 3), "0 unknown, 1 done, 2 broken off, 3 running", default=0),
        Field("started_on", DATE, "first day"),
        Field("ended_on", DATE, "last day"),
        checks=(in_order("started_on", "ended_on"),),
    ),
    _of_candidate(
        "course",
        "courses and certificates",
        Field("name", text(120), "name of the course or certificate", required=True),
        Field("certified_on", DATE, "date of the certificate"),
        Field("expires_on", DATE, "last day it is valid; empty: for ever"),
        checks=(in_order("certified_on", "expires_on"),),
    ),
    _of_candidate(
        "experience",
        "earlier work",
        Field("started_on", DATE, "first day"),
        Field("ended_on", DATE, "last day"),
        Field("organisation", text(70), "where"),
        Field("occupation", URI, "as what"),
        refers("employer", "employers", "the employer, if one of the pool's", required=False),
        checks=(in_order("started_on", "ended_on"),),
    ),
    _of_candidate(
        "language",
        "languages: 0 unknown, 1 none, 2 fair, 3 good, 4 excellent, 8 n/a",
        Field("language", LANGUAGE, "which", required=True),
        Field("oral", SKILL, "speaking"),
        Field("written", SKILL, "writing"),
        Field("reading", SKILL, "reading"),
        Field("listening", SKILL, "listening"),
        identity=("language",),
    ),
    _of_candidate(
        "competence",
        "competences",
        Field("uri", URI, "CompetentNL address", required=True),
        identity=("uri",),
    ),
    _of_candidate(
        "interest",
        "interests, in the words that placements use as tags",
        Field("tag", text(120), "one word or phrase", required=True),
        identity=("tag",),
    ),
    _of_candidate(
        "occupation",
        "wished occupations",
        Field("occupation", URI, "CompetentNL address", required=True),
        Field("rank", whole(1, 99), "1 is wished most"),
        identity=("occupation",),
    ),
    _of_candidate(
        "sector",
        "wished sectors",
        Field("sbi_code", SBI, "SBI code", required=True),
        identity=("sbi_code",),
    ),
    _of_candidate(
        "preference",
        "own marks and vetoes for work",
        Field(
            "target_kind",
            choice("occupation", "sector", "placement"),
            "what is marked",
            required=True,
        ),
        Field("target", URI, "the occupation, the SBI code or the placement's key", required=True),
        Field("mark", whole(0, 10), "0 not at all to 10"),
        Field("veto", YES_NO, "will not have it", default=False),
        identity=("target_kind", "target"),
        soft_references=(Reference("target", "placements", pl.col("target_kind") == "placement"),),
    ),
    _of_candidate(
        "exclusion",
        "employers or kinds of placement where the person is not proposed",
        Field("target_kind", choice("employer", "kind"), "what is excluded", required=True),
        Field("target", KEY, "the employer's key or the kind", required=True),
        Field("reason_code", text(60), "code of the reason"),
        Field("until", DATE, "last day; empty: until withdrawn"),
        checks=(_kind_named(),),
        soft_references=(Reference("target", "employers", pl.col("target_kind") == "employer"),),
    ),
    _of_candidate(
        "parking",
        "a pair, a kind of placement or the whole person, left out for a while",
        Field("target_kind", choice("pair", "kind", "person"), "what is parked", required=True),
        Field("target", KEY, "the placement's key or the kind; empty for the person"),
        Field("reason_code", text(60), "code of the reason"),
        Field("until", DATE, "last day; empty: until lifted"),
        checks=(
            Check(
                "target",
                (pl.col("target_kind") == "person") == pl.col("target").is_null(),
                "a target, save for a person",
            ),
            _kind_named(),
        ),
        soft_references=(Reference("target", "placements", pl.col("target_kind") == "pair"),),
    ),
    _of_candidate(
        "consent",
        "what may be shown, to whom and for how long",
        Field("purpose", text(100), "what for", required=True),
        Field("receiver", text(200), "to whom"),
        Field("fields", list_of(text(100)), "which facts", default=[]),
        Field("from_on", DATE, "first day"),
        Field("until_on", DATE, "last day; empty: until withdrawn"),
        Field("withdrawn_at", INSTANT, "when it was withdrawn"),
        Field("given_how", text(200), "how it was given"),
        checks=(in_order("from_on", "until_on"),),
    ),
)
