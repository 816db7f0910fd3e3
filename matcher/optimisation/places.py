"""
The placements as arrays: what the inner loops read of them, and the names that they know.

`Places` is made before `matcher.optimisation.people` and owns the vocabularies. A service keeps it
between questions, so that one more candidate costs one row.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.columns import BEARING_DEMANDS
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
    many_bits_each,
    one_bit_each,
    unfolded,
)
from matcher.optimisation.readings import (
    SETS,
    Vectors,
    dayparts_of,
    level_of,
    levels_of,
    numbers_of,
    occupation_group,
    skill_of,
    unit_vectors,
    whole_numbers,
)
from matcher.optimisation.tie import hash_ids


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
            "skills": skill_of("placement.languages_required"),
            "skills levels": level_of("placement.languages_required"),
            "safety": skill_of("placement.safety_languages_required"),
            "safety levels": level_of("placement.safety_languages_required"),
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
    numbers = numbers_of(frame, "placement", ("shuttle_latitude", "shuttle_longitude"))
    dayparts, dayparts_known = dayparts_of(numbers)
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
        demands=levels_of(frame, [f"placement.demand_{demand}" for demand in BEARING_DEMANDS]),
        described={
            subject: names["targets"]
            .codes_of(lists[subject].elements)
            .reshape(frame.height, len(columns))
            for subject, columns in _DESCRIPTIONS.items()
        },
        coaches=names["coaches"].rows_of(lists["coaches"]),
        site=unit_vectors(numbers, "latitude", "longitude"),
        stop=unit_vectors(numbers, "shuttle_latitude", "shuttle_longitude"),
        ride=frame["placement.shuttle_minutes"].cast(pl.Float64).fill_null(0).to_numpy(),
        site_code=names["sites"].codes_of(frame["placement.site"]),
    )


def _required(skills: Vocabulary, named: Lists, levels: Lists) -> tuple[Codes, Int8Array]:
    codes = skills.rows_of(named)
    return codes, whole_numbers(levels.elements, 0)[codes.position]


def _licences_held(required: Vocabulary) -> tuple[Vocabulary, Words]:
    """Return all licences, and for each the required ones that its holder has, as bits."""
    code = {name: at for at, name in enumerate(required.names)}
    licences = Vocabulary(pl.Series([*code, *IMPLIED], dtype=pl.String))
    meaning = many_bits_each(
        ([code[name] for name in with_implied(held) if name in code] for held in licences.names),
        len(required),
    )
    return licences, meaning
