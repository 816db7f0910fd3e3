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
    Codes,
    Int32Array,
    Vocabulary,
    Words,
    as_words,
    bits_of_text,
    flat,
    many_bits_each,
    one_bit_each,
    recorded,
    whole,
)

Points3 = NDArray[np.float64]
WALKING = MODES.index("walking")
BICYCLE = MODES.index("bicycle")
SHUTTLE = MODES.index("shuttle")


@dataclass(frozen=True)
class Vocabularies:
    """Every name that a placement knows, by subject; made once from the placements."""

    licences: Vocabulary
    certificates: Vocabulary
    competences: Vocabulary
    tags: Vocabulary
    skills: Vocabulary
    targets: Vocabulary
    coaches: Vocabulary
    sites: Vocabulary


@dataclass(frozen=True)
class Places:
    """
    The placements as arrays, one row each in the order of ``frame``.

    ``gates`` holds ``gate.<code>``, true, false or null, for those rows.
    ``words`` holds required or wished sets as bits by subject, ``asked`` how many there are.
    ``described`` holds the codes that a placement answers to (see `_descriptions`).
    """

    frame: pl.DataFrame
    gates: pl.DataFrame
    names: Vocabularies
    words: Mapping[str, Words]
    asked: Mapping[str, NDArray[np.int16]]
    skills: Mapping[str, tuple[Codes, NDArray[np.int8]]]
    dayparts: Words
    dayparts_known: NDArray[np.bool_]
    demands: NDArray[np.int8]
    described: Mapping[str, NDArray[np.int32]]
    coaches: Codes
    site: Points3
    stop: Points3
    ride: NDArray[np.float64]
    site_code: Int32Array

    @property
    def size(self) -> int:
        """How many placements there are."""
        return self.frame.height


@dataclass(frozen=True)
class People:
    """The candidates as arrays, one row each in the words of `Places`."""

    frame: pl.DataFrame
    words: Mapping[str, Words]
    known: Mapping[str, NDArray[np.bool_]]
    levels: NDArray[np.int8]
    dayparts: Words
    dayparts_known: NDArray[np.bool_]
    limits: NDArray[np.int8]
    excluded: Codes
    parked: Codes
    person_parked: NDArray[np.bool_]
    preferred: Codes
    marks: NDArray[np.int8]
    wished: Codes
    wish_known: NDArray[np.bool_]
    experience: Codes
    experience_known: NDArray[np.bool_]
    coach: NDArray[np.int32]
    home: Points3
    modes: NDArray[np.uint16]
    mode_assumed: NDArray[np.bool_]

    @property
    def size(self) -> int:
        """How many candidates there are."""
        return self.frame.height


def encode_placements(frame: pl.DataFrame, gates: pl.DataFrame) -> Places:
    """Return the placements as arrays, with the vocabularies that candidates are read against."""
    sets = {
        "licences": frame["placement.licences_required"],
        "certificates": frame["placement.certificates_required"],
        "competences": frame["placement.competences_wished"],
        "tags": frame["placement.tags"],
    }
    names = {subject: Vocabulary(flat(lists)) for subject, lists in sets.items()}
    words = {
        subject: as_words(names[subject].rows_of(lists), one_bit_each(len(names[subject])))
        for subject, lists in sets.items()
    }
    required = {
        "skills": frame["placement.languages_required"],
        "safety": frame["placement.safety_languages_required"],
    }
    skills = Vocabulary(pl.concat([skill_of(flat(lists)) for lists in required.values()]))
    described = _descriptions(frame)
    targets = Vocabulary(
        pl.concat([column for columns in described.values() for column in columns])
    )
    coaches = Vocabulary(flat(frame["placement.coaches"]))
    sites = Vocabulary(frame["placement.site"])
    dayparts, dayparts_known = bits_of_text(frame["placement.dayparts"])
    return Places(
        frame=frame,
        gates=gates,
        names=Vocabularies(
            names["licences"],
            names["certificates"],
            names["competences"],
            names["tags"],
            skills,
            targets,
            coaches,
            sites,
        ),
        words=words,
        asked={
            subject: np.bitwise_count(each).sum(axis=1).astype(np.int16)
            for subject, each in words.items()
        },
        skills={subject: _required_skills(lists, skills) for subject, lists in required.items()},
        dayparts=dayparts,
        dayparts_known=dayparts_known,
        demands=_levels(frame, [f"placement.demand_{demand}" for demand in BEARING_DEMANDS]),
        described={
            subject: np.ascontiguousarray(
                np.stack([targets.codes_of(column) for column in columns], axis=1)
            )
            for subject, columns in described.items()
        },
        coaches=coaches.rows_of(frame["placement.coaches"]),
        site=unit_vectors(frame["placement.latitude"], frame["placement.longitude"]),
        stop=unit_vectors(
            frame["placement.shuttle_latitude"], frame["placement.shuttle_longitude"]
        ),
        ride=frame["placement.shuttle_minutes"].fill_null(0).to_numpy().astype(np.float64),
        site_code=sites.codes_of(frame["placement.site"]),
    )


def encode_candidates(frame: pl.DataFrame, places: Places) -> People:
    """Return the candidates as arrays, in the vocabularies of the placements."""
    names = places.names
    sets = {
        "certificates": frame["candidate.certificates"],
        "competences": frame["candidate.competences"],
        "tags": frame["candidate.interests"],
    }
    plain = {
        subject: as_words(
            getattr(names, subject).rows_of(lists), one_bit_each(len(getattr(names, subject)))
        )
        for subject, lists in sets.items()
    }
    licences = frame["candidate.licences"]
    exclusions, parkings = frame["candidate.exclusions"], frame["candidate.parkings"]
    preferred = names.targets.rows_of(frame["candidate.preferences"], _target_of_preference)
    dayparts, dayparts_known = bits_of_text(frame["candidate.dayparts"])
    experience = frame["candidate.experience"]
    modes, assumed = _modes(frame)
    return People(
        frame=frame,
        words={"licences": _held_licences(licences, names.licences), **plain},
        known={
            "licences": recorded(licences),
            **{subject: recorded(lists) for subject, lists in sets.items()},
        },
        levels=_recorded_levels(frame["candidate.languages"], names.skills),
        dayparts=dayparts,
        dayparts_known=dayparts_known,
        limits=_levels(frame, [f"candidate.limit_{demand}" for demand in BEARING_DEMANDS]),
        excluded=names.targets.rows_of(exclusions),
        parked=names.targets.rows_of(parkings, _target_of_parking),
        person_parked=parkings.list.contains("person:").fill_null(False).to_numpy(),
        preferred=preferred,
        marks=_marks(flat(frame["candidate.preferences"]))[preferred.position],
        wished=names.targets.rows_of(_wishes(frame)),
        wish_known=recorded(frame["candidate.occupations_wished"])
        | recorded(frame["candidate.sectors_wished"]),
        experience=names.targets.rows_of(_work_done(experience)),
        experience_known=recorded(experience)
        | frame["candidate.experience_recorded"].fill_null(False).to_numpy(),
        coach=names.coaches.codes_of(frame["candidate.coach"]).reshape(-1, 1),
        home=unit_vectors(frame["candidate.latitude"], frame["candidate.longitude"]),
        modes=modes,
        mode_assumed=assumed,
    )


def unit_vectors(latitude: pl.Series, longitude: pl.Series) -> Points3:
    """Return places on the globe as unit vectors, shape (n, 3); NaN where unknown."""
    north = np.radians(latitude.cast(pl.Float64).fill_null(np.nan).to_numpy())
    east = np.radians(longitude.cast(pl.Float64).fill_null(np.nan).to_numpy())
    return np.stack(
        [np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1
    )


def occupation_group(occupation: pl.Series) -> pl.Series:
    """
    Return the group of an occupation: its URI up to the last ``-``.

    A convention of our reference list, whose URIs end in a group and a number within it; an
    occupation of another list without ``-`` is a group of its own.
    """
    return occupation.str.replace(r"-[^-]*$", "")


def skill_of(languages: pl.Series) -> pl.Series:
    """Return ``language:skill`` of ``language:skill:level``."""
    return languages.str.replace(r":[^:]*$", "")


def level_of(languages: pl.Series) -> pl.Series:
    """Return the level of ``language:skill:level``."""
    return languages.str.extract(r":(\d+)$").cast(pl.Int8)


def _descriptions(frame: pl.DataFrame) -> dict[str, list[pl.Series]]:
    """
    Return what placements answer to, as ``kind:target`` texts, the most particular first.

    ``excluded`` and ``parked`` are any of theirs; ``preferred`` is the placement, its occupation,
    its sector; ``wished`` its occupation, occupation group and sector; ``done`` the occupation
    group at this employer, then a stand-in where the occupation of one side is not recorded.
    """
    sector = frame["placement.sector"]
    occupation = frame["placement.occupation"]
    employer = frame["placement.employer"]
    by_placement = "placement:" + frame["placement.id"]
    by_occupation = "occupation:" + occupation
    by_sector = ["sector:" + sector, "sector:" + sector.str.head(2)]
    by_kind = "kind:" + frame["placement.kind"].cast(pl.String)
    group = occupation_group(occupation)
    unknown = occupation.is_null()
    return {
        "excluded": [by_placement, "employer:" + employer, by_occupation, *by_sector, by_kind],
        "parked": [by_placement, by_kind],
        "preferred": [by_placement, by_occupation, *by_sector],
        "wished": [by_occupation, "group:" + group, "branch:" + sector.str.head(2)],
        "done": [
            "done:" + employer + " " + group,
            _only_where(~unknown, "some:" + employer),
            _only_where(unknown, "any:" + employer),
        ],
    }


def _only_where(mask: pl.Series, texts: pl.Series) -> pl.Series:
    return pl.select(pl.when(mask).then(texts)).to_series()


def _wishes(frame: pl.DataFrame) -> pl.Series:
    """Return wished occupations, their groups, and wished sectors as ``kind:target`` lists."""
    return frame.select(
        pl.concat_list(
            pl.col("candidate.occupations_wished")
            .list.eval("occupation:" + pl.element())
            .fill_null([]),
            pl.col("candidate.occupations_wished")
            .list.eval("group:" + pl.element().str.replace(r"-[^-]*$", ""))
            .fill_null([]),
            pl.col("candidate.sectors_wished")
            .list.eval("branch:" + pl.element().str.head(2))
            .fill_null([]),
        )
    ).to_series()


def _work_done(experience: pl.Series) -> pl.Series:
    """
    Return work done before as lists of what a placement would answer to.

    ``done:employer group`` where the occupation is recorded, else ``some:employer``; and always
    ``any:employer``, for a placement whose own occupation is not recorded.
    """
    element = pl.element()
    employer = element.str.extract(r"^([^:]*):")
    occupation = element.str.replace(r"^[^:]*:", "")
    group = occupation.str.replace(r"-[^-]*$", "")
    done = (
        pl.when(occupation == "")
        .then("some:" + employer)
        .otherwise(pl.concat_str(pl.lit("done:"), employer, pl.lit(" "), group))
    )
    return pl.select(
        pl.concat_list(
            pl.lit(experience).list.eval(done).fill_null([]),
            pl.lit(experience).list.eval("any:" + employer).fill_null([]),
        )
    ).to_series()


def _target_of_preference(elements: pl.Series) -> pl.Series:
    return elements.str.replace(r":[^:]*$", "")


def _marks(elements: pl.Series) -> NDArray[np.int8]:
    return whole(elements.str.extract(r":(\d+)$").cast(pl.Int8), -1)


def _target_of_parking(elements: pl.Series) -> pl.Series:
    return elements.str.replace("^pair:", "placement:")


def _held_licences(licences: pl.Series, required: Vocabulary) -> Words:
    """Return the licences that a candidate holds or that come with them, as bits of required."""
    code = {name: at for at, name in enumerate(required.names)}
    held = Vocabulary(pl.Series([*code, *IMPLIED], dtype=pl.String))
    meaning = many_bits_each(
        ([code[name] for name in with_implied(licence) if name in code] for licence in held.names),
        len(required),
    )
    return as_words(held.rows_of(licences), meaning)


def _required_skills(lists: pl.Series, skills: Vocabulary) -> tuple[Codes, NDArray[np.int8]]:
    codes = skills.rows_of(lists, skill_of)
    return codes, whole(level_of(flat(lists)), 0)[codes.position]


def _recorded_levels(languages: pl.Series, skills: Vocabulary) -> NDArray[np.int8]:
    """Return the best recorded level per skill, -1 for none, shape (n, max(1, n_skills))."""
    codes = skills.rows_of(languages, skill_of)
    recorded_level = whole(level_of(flat(languages)), -1)[codes.position]
    levels = np.full((len(languages), max(1, len(skills))), -1, dtype=np.int8)
    row = np.repeat(np.arange(len(languages)), np.diff(codes.starts))
    np.maximum.at(levels, (row, codes.code), recorded_level)
    return levels


def _levels(frame: pl.DataFrame, columns: list[str]) -> NDArray[np.int8]:
    return np.ascontiguousarray(
        frame.select(pl.col(columns).fill_null(-1)).to_numpy().astype(np.int8)
    )


def _modes(frame: pl.DataFrame) -> tuple[NDArray[np.uint16], NDArray[np.bool_]]:
    """Return the usable modes as bits and whether the bicycle is an assumption."""
    transport = frame["candidate.transport"]
    assumed = transport.is_null().to_numpy()
    names = Vocabulary(pl.Series(MODES))
    meaning = one_bit_each(len(MODES))[[MODES.index(name) for name in names.names]]
    bits = as_words(names.rows_of(transport), meaning)[:, 0].astype(np.uint16)
    # a shuttle belongs to the placement, whatever the candidate's list says
    bits &= np.uint16(~(1 << SHUTTLE) & 0xFFFF)
    bits |= np.where(assumed, np.uint16(1 << BICYCLE), np.uint16(0))
    walks = frame["candidate.walks"].fill_null(True).to_numpy()
    bits &= np.uint16(~(1 << WALKING) & 0xFFFF)
    return bits | np.where(walks, np.uint16(1 << WALKING), np.uint16(0)), assumed
