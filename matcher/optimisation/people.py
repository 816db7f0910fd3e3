"""The candidates as arrays: what the inner loops read of them, in the names of the placements."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.columns import BEARING_DEMANDS, MODES
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
    one_bit_each,
    unfolded,
)
from matcher.optimisation.facts import PERSON_PARKED
from matcher.optimisation.places import Places
from matcher.optimisation.readings import (
    AFTER_LAST_COLON,
    SETS,
    Vectors,
    dayparts_of,
    level_of,
    levels_of,
    mode_names,
    numbers_of,
    occupation_group,
    skill_of,
    unit_vectors,
    whole_numbers,
)
from matcher.optimisation.tie import hash_ids

WALKING = MODES.index("walking")
BICYCLE = MODES.index("bicycle")
SHUTTLE = MODES.index("shuttle")


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
            "skills": skill_of("candidate.languages"),
            "skills levels": level_of("candidate.languages"),
            "modes": elements_of("candidate.transport"),
            "excluded": elements_of("candidate.exclusions"),
            "parked": elements_of("candidate.parkings").str.replace("^pair:", "placement:"),
            "preferred": elements_of("candidate.preferences").str.replace(AFTER_LAST_COLON, ""),
            "marks": level_of("candidate.preferences"),
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
    numbers = numbers_of(
        frame,
        "candidate",
        (),
        experience_recorded=pl.col("candidate.experience_recorded").fill_null(False),
        walks=pl.col("candidate.walks").fill_null(True),
        no_transport=pl.col("candidate.transport").is_null(),
        parked=pl.col("candidate.parkings").list.contains(PERSON_PARKED).fill_null(False),
    )
    dayparts, dayparts_known = dayparts_of(numbers)
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
        limits=levels_of(frame, [f"candidate.limit_{demand}" for demand in BEARING_DEMANDS]),
        targets={
            "excluded": targets["excluded"],
            "parked": targets["parked"],
            "preferred": targets["preferred"],
            "wished": joined(targets["wished"], targets["group"], targets["branch"]),
            "done": joined(targets["done"], targets["any"]),
        },
        marks=whole_numbers(lists["marks"].elements, -1)[targets["preferred"].position],
        person_parked=numbers["parked"].to_numpy(),
        coach=names["coaches"].codes_of(frame["candidate.coach"]).reshape(-1, 1),
        home=unit_vectors(numbers, "latitude", "longitude"),
        modes=_modes(lists["modes"], numbers["walks"].to_numpy(), assumed),
        mode_assumed=assumed,
    )


def _recorded_levels(skills: Vocabulary, named: Lists, recorded: Lists) -> Int8Array:
    """Return the best recorded level per skill, -1 for none, shape (n, max(1, n_skills))."""
    codes = skills.rows_of(named)
    levels = np.full((named.lengths.size, max(1, len(skills))), -1, dtype=np.int8)
    np.maximum.at(
        levels, (codes.row, codes.code), whole_numbers(recorded.elements, -1)[codes.position]
    )
    return levels


def _modes(listed: Lists, walks: BoolArray, assumed: BoolArray) -> NDArray[np.uint16]:
    """Return the modes that can be used as bits; without any recorded, the bicycle is assumed."""
    names, mode_of = mode_names()
    meaning = one_bit_each(len(MODES))[mode_of]
    bits = as_words(names.rows_of(listed), meaning)[:, 0].astype(np.uint16)
    # walking is a fact of its own, and a shuttle belongs to the placement
    bits &= np.uint16(0xFFFF & ~(1 << WALKING | 1 << SHUTTLE))
    bits |= assumed.astype(np.uint16) << np.uint16(BICYCLE)
    return bits | walks.astype(np.uint16) << np.uint16(WALKING)
