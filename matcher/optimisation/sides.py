"""
The two sides of a pair as arrays: what the inner loops read of placements and of candidates.

`Places` is made first and owns the vocabularies; `People` is made against it. A service keeps the
`Places` of a pool between questions, so that one more candidate costs one row.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.columns import BEARING_DEMANDS, MODES
from matcher.domain.licences import IMPLIED, with_implied
from matcher.optimisation.encoding import (
    BoolArray,
    Codes,
    Int8Array,
    Int32Array,
    Lists,
    Vocabulary,
    Words,
    as_words,
    elements_of,
    joined,
    many_bits_each,
    one_bit_each,
    unfolded,
)
from matcher.optimisation.tie import hash_ids

Vectors = NDArray[np.float64]
WALKING = MODES.index("walking")
BICYCLE = MODES.index("bicycle")
SHUTTLE = MODES.index("shuttle")

SETS = {
    "certificates": ("candidate.certificates", "placement.certificates_required"),
    "competences": ("candidate.competences", "placement.competences_wished"),
    "tags": ("candidate.interests", "placement.tags"),
}
"""Sets that both sides name alike, by subject."""

PERSON_PARKED = "person:"

_GROUP = r"-[^-]*$"
_AFTER_LAST = r":[^:]*$"
_LEVEL = r":(\d+)$"


@dataclass(frozen=True)
class Places:
    """
    The placements as arrays, one row each in the order of ``frame``.

    Parameters
    ----------
    frame
        The placements with their facts.
    gates
        ``gate.<code>``, true, false or null.
    names
        The vocabulary of each subject.
    licences_held
        Every licence somebody may hold, and which required ones come with it, as bits.
    words, asked
        Required or wished sets by subject, as bits and as numbers.
    skills
        By kind of requirement: the codes of required skills and the levels beside them.
    described
        By subject the codes of `_DESCRIPTIONS` that a placement answers to, -1 for none.
    site, stop
        Unit vectors, NaN where unknown.
    """

    frame: pl.DataFrame
    gates: pl.DataFrame
    names: Mapping[str, Vocabulary]
    hashes: Words
    licences_held: tuple[Vocabulary, Words]
    words: Mapping[str, Words]
    asked: Mapping[str, NDArray[np.int16]]
    skills: Mapping[str, tuple[Codes, Int8Array]]
    dayparts: Words
    dayparts_known: BoolArray
    demands: Int8Array
    described: Mapping[str, Int32Array]
    coaches: Codes
    site: Vectors
    stop: Vectors
    ride: NDArray[np.float64]
    site_code: Int32Array

    @property
    def size(self) -> int:
        """How many placements there are."""
        return self.frame.height


@dataclass(frozen=True)
class People:
    """
    The candidates as arrays, one row each in the order of ``frame``, in the words of `Places`.

    Parameters
    ----------
    frame
        The candidates with their facts.
    words, known
        Sets held by subject, as bits, and whether anything is recorded.
    levels
        The level of each skill, -1 where not recorded.
    targets
        By subject the codes of what a candidate names: excluded, parked, preferred, wished, done.
    marks
        The marks beside the preferred codes, -1 where none is given.
    modes
        Bit ``m`` for each mode that can be used, in the order of `MODES`.
    """

    frame: pl.DataFrame
    hashes: Words
    words: Mapping[str, Words]
    known: Mapping[str, BoolArray]
    levels: Int8Array
    dayparts: Words
    dayparts_known: BoolArray
    limits: Int8Array
    targets: Mapping[str, Codes]
    marks: Int8Array
    person_parked: BoolArray
    coach: Int32Array
    home: Vectors
    modes: NDArray[np.uint16]
    mode_assumed: BoolArray

    @property
    def size(self) -> int:
        """How many candidates there are."""
        return self.frame.height


def occupation_group(occupation: pl.Expr) -> pl.Expr:
    """
    Return the group of an occupation: its URI up to the last ``-``.

    A convention of our reference list, whose URIs end in a group and a number within it; an
    occupation of another list without ``-`` is a group of its own.
    """
    return occupation.str.replace(_GROUP, "")


_SECTOR = pl.col("placement.sector")
_BRANCH = _SECTOR.str.head(2)
_OCCUPATION = pl.col("placement.occupation")
_EMPLOYER = pl.col("placement.employer")
_BY_PLACEMENT = "placement:" + pl.col("placement.id")
_BY_OCCUPATION = "occupation:" + _OCCUPATION
_BY_KIND = "kind:" + pl.col("placement.kind").cast(pl.String)

_DESCRIPTIONS: Mapping[str, tuple[pl.Expr, ...]] = {
    "excluded": (
        _BY_PLACEMENT,
        "employer:" + _EMPLOYER,
        _BY_OCCUPATION,
        "sector:" + _SECTOR,
        "sector:" + _BRANCH,
        _BY_KIND,
    ),
    "parked": (_BY_PLACEMENT, _BY_KIND),
    "preferred": (_BY_PLACEMENT, _BY_OCCUPATION, "sector:" + _SECTOR, "sector:" + _BRANCH),
    "wished": (_BY_OCCUPATION, "group:" + occupation_group(_OCCUPATION), "branch:" + _BRANCH),
    "done": (
        "done:" + _EMPLOYER + " " + occupation_group(_OCCUPATION),
        pl.when(_OCCUPATION.is_not_null()).then("some:" + _EMPLOYER),
        pl.when(_OCCUPATION.is_null()).then("any:" + _EMPLOYER),
    ),
}
"""
What a placement answers to when a candidate names it, the most particular first.

``wished`` is its occupation, its group, its branch (two digits of SBI). ``done`` is its group at
its employer; then, as far as nobody can tell, work there whose occupation is not recorded
(``some``) or any work there when its own occupation is not recorded (``any``).
"""


def encode_placements(frame: pl.DataFrame, gates: pl.DataFrame) -> Places:
    """Return the placements as arrays, with the vocabularies that candidates are read against."""
    texts = frame.select(
        pl.concat_list(each.cast(pl.String) for each in columns).alias(subject)
        for subject, columns in _DESCRIPTIONS.items()
    )
    lists = unfolded(
        texts.with_columns(frame),
        {
            "licences": elements_of("placement.licences_required"),
            **{subject: elements_of(column) for subject, (_, column) in SETS.items()},
            "coaches": elements_of("placement.coaches"),
            "skills": _skill_of("placement.languages_required"),
            "skills levels": _level_of("placement.languages_required"),
            "safety": _skill_of("placement.safety_languages_required"),
            "safety levels": _level_of("placement.safety_languages_required"),
            **{subject: elements_of(subject) for subject in _DESCRIPTIONS},
        },
    )
    names = {
        **{subject: Vocabulary(lists[subject].elements) for subject in ("licences", *SETS)},
        "coaches": Vocabulary(lists["coaches"].elements),
        "skills": Vocabulary(pl.concat([lists["skills"].elements, lists["safety"].elements])),
        "targets": Vocabulary(pl.concat([lists[subject].elements for subject in _DESCRIPTIONS])),
        "sites": Vocabulary(frame["placement.site"]),
    }
    words = {
        subject: as_words(names[subject].rows_of(lists[subject]), one_bit_each(len(names[subject])))
        for subject in ("licences", *SETS)
    }
    numbers = _numbers(frame, "placement", ("shuttle_latitude", "shuttle_longitude"))
    dayparts, dayparts_known = _dayparts(numbers)
    return Places(
        frame=frame,
        gates=gates,
        names=names,
        hashes=hash_ids(frame["placement.id"]),
        licences_held=_licences_held(names["licences"]),
        words=words,
        asked={
            subject: np.bitwise_count(bits).sum(axis=1).astype(np.int16)
            for subject, bits in words.items()
        },
        skills={
            subject: _required(names["skills"], lists[subject], lists[f"{subject} levels"])
            for subject in ("skills", "safety")
        },
        dayparts=dayparts,
        dayparts_known=dayparts_known,
        demands=_levels(frame, [f"placement.demand_{demand}" for demand in BEARING_DEMANDS]),
        described={
            subject: names["targets"]
            .codes_of(lists[subject].elements)
            .reshape(frame.height, len(columns))
            for subject, columns in _DESCRIPTIONS.items()
        },
        coaches=names["coaches"].rows_of(lists["coaches"]),
        site=_vectors(numbers, "latitude", "longitude"),
        stop=_vectors(numbers, "shuttle_latitude", "shuttle_longitude"),
        ride=frame["placement.shuttle_minutes"].cast(pl.Float64).fill_null(0).to_numpy(),
        site_code=names["sites"].codes_of(frame["placement.site"]),
    )


def encode_candidates(frame: pl.DataFrame, places: Places) -> People:
    """Return the candidates as arrays, in the vocabularies of the placements."""
    names = places.names
    licences, implied = places.licences_held
    wished, done = elements_of("candidate.occupations_wished"), elements_of("candidate.experience")
    employer, occupation = done.str.extract("^([^:]*):"), done.str.replace("^[^:]*:", "")
    lists = unfolded(
        frame,
        {
            "licences": elements_of("candidate.licences"),
            **{subject: elements_of(column) for subject, (column, _) in SETS.items()},
            "skills": _skill_of("candidate.languages"),
            "skills levels": _level_of("candidate.languages"),
            "modes": elements_of("candidate.transport"),
            "excluded": elements_of("candidate.exclusions"),
            "parked": elements_of("candidate.parkings").str.replace("^pair:", "placement:"),
            "preferred": elements_of("candidate.preferences").str.replace(_AFTER_LAST, ""),
            "marks": _level_of("candidate.preferences"),
            "wished": "occupation:" + wished,
            "group": "group:" + occupation_group(wished),
            "branch": "branch:" + elements_of("candidate.sectors_wished").str.head(2),
            "done": pl.when(occupation == "")
            .then("some:" + employer)
            .otherwise("done:" + employer + " " + occupation_group(occupation)),
            "any": "any:" + employer,
        },
    )
    targets = {
        subject: names["targets"].rows_of(lists[subject])
        for subject in (
            "excluded",
            "parked",
            "preferred",
            "wished",
            "group",
            "branch",
            "done",
            "any",
        )
    }
    numbers = _numbers(
        frame,
        "candidate",
        (),
        experience_recorded=pl.col("candidate.experience_recorded").fill_null(False),
        walks=pl.col("candidate.walks").fill_null(True),
        no_transport=pl.col("candidate.transport").is_null(),
        parked=pl.col("candidate.parkings").list.contains(PERSON_PARKED).fill_null(False),
    )
    dayparts, dayparts_known = _dayparts(numbers)
    held = {
        subject: as_words(names[subject].rows_of(lists[subject]), one_bit_each(len(names[subject])))
        for subject in SETS
    }
    assumed = numbers["no_transport"].to_numpy()
    return People(
        frame=frame,
        hashes=hash_ids(frame["candidate.id"]),
        words={"licences": as_words(licences.rows_of(lists["licences"]), implied), **held},
        known={
            **{subject: lists[subject].recorded for subject in ("licences", *SETS)},
            "wished": lists["wished"].recorded | lists["branch"].recorded,
            "done": lists["done"].recorded | numbers["experience_recorded"].to_numpy(),
        },
        levels=_recorded_levels(names["skills"], lists["skills"], lists["skills levels"]),
        dayparts=dayparts,
        dayparts_known=dayparts_known,
        limits=_levels(frame, [f"candidate.limit_{demand}" for demand in BEARING_DEMANDS]),
        targets={
            "excluded": targets["excluded"],
            "parked": targets["parked"],
            "preferred": targets["preferred"],
            "wished": joined(targets["wished"], targets["group"], targets["branch"]),
            "done": joined(targets["done"], targets["any"]),
        },
        marks=_whole(lists["marks"].elements, -1)[targets["preferred"].position],
        person_parked=numbers["parked"].to_numpy(),
        coach=names["coaches"].codes_of(frame["candidate.coach"]).reshape(-1, 1),
        home=_vectors(numbers, "latitude", "longitude"),
        modes=_modes(lists["modes"], numbers["walks"].to_numpy(), assumed),
        mode_assumed=assumed,
    )


def _skill_of(column: str) -> pl.Expr:
    """Return ``language:skill`` of ``language:skill:level``."""
    return elements_of(column).str.replace(_AFTER_LAST, "")


def _level_of(column: str) -> pl.Expr:
    """Return the number after the last colon."""
    return elements_of(column).str.extract(_LEVEL).cast(pl.Int8)


def _numbers(
    frame: pl.DataFrame, side: str, degrees: tuple[str, ...], **others: pl.Expr
) -> pl.DataFrame:
    """Return places in degrees (NaN where unknown), dayparts as a number, and other columns."""
    return frame.select(
        *(
            pl.col(f"{side}.{name}").fill_null(float("nan")).alias(name)
            for name in ("latitude", "longitude", *degrees)
        ),
        # read as one binary number, the last daypart lowest; the order is all the same
        pl.col(f"{side}.dayparts")
        .str.to_integer(base=2, strict=False, dtype=pl.UInt64)
        .alias("dayparts"),
        **others,
    )


def _dayparts(numbers: pl.DataFrame) -> tuple[Words, BoolArray]:
    dayparts = numbers["dayparts"]
    return dayparts.fill_null(0).to_numpy().reshape(-1, 1), dayparts.is_not_null().to_numpy()


def _vectors(numbers: pl.DataFrame, latitude: str, longitude: str) -> Vectors:
    """Return places on the globe as unit vectors, shape (n, 3); NaN where unknown."""
    north = np.radians(numbers[latitude].to_numpy())
    east = np.radians(numbers[longitude].to_numpy())
    return np.stack(
        [np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1
    )


def _whole(column: pl.Series, missing: int) -> Int8Array:
    return column.fill_null(missing).to_numpy()


def _levels(frame: pl.DataFrame, columns: list[str]) -> Int8Array:
    levels = frame.select(pl.col(columns).fill_null(-1)).to_numpy()
    return np.ascontiguousarray(levels, dtype=np.int8)


def _required(skills: Vocabulary, named: Lists, levels: Lists) -> tuple[Codes, Int8Array]:
    codes = skills.rows_of(named)
    return codes, _whole(levels.elements, 0)[codes.position]


def _recorded_levels(skills: Vocabulary, named: Lists, recorded: Lists) -> Int8Array:
    """Return the best recorded level per skill, -1 for none, shape (n, max(1, n_skills))."""
    codes = skills.rows_of(named)
    levels = np.full((named.lengths.size, max(1, len(skills))), -1, dtype=np.int8)
    np.maximum.at(levels, (codes.row, codes.code), _whole(recorded.elements, -1)[codes.position])
    return levels


def _licences_held(required: Vocabulary) -> tuple[Vocabulary, Words]:
    """Return all licences, and for each the required ones that its holder has, as bits."""
    code = {name: at for at, name in enumerate(required.names)}
    licences = Vocabulary(pl.Series([*code, *IMPLIED], dtype=pl.String))
    meaning = many_bits_each(
        ([code[name] for name in with_implied(held) if name in code] for held in licences.names),
        len(required),
    )
    return licences, meaning


_MODE_NAMES = Vocabulary(pl.Series(MODES))
_MODE_BITS = one_bit_each(len(MODES))[[MODES.index(name) for name in _MODE_NAMES.names]]


def _modes(listed: Lists, walks: BoolArray, assumed: BoolArray) -> NDArray[np.uint16]:
    """Return the modes that can be used as bits; without any recorded, the bicycle is assumed."""
    bits = as_words(_MODE_NAMES.rows_of(listed), _MODE_BITS)[:, 0].astype(np.uint16)
    # walking is a fact of its own, and a shuttle belongs to the placement
    bits &= np.uint16(0xFFFF & ~(1 << WALKING | 1 << SHUTTLE))
    bits |= assumed.astype(np.uint16) << np.uint16(BICYCLE)
    return bits | walks.astype(np.uint16) << np.uint16(WALKING)
