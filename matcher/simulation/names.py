"""Invented names and addresses: from syllables, so that nobody real is meant."""

import numpy as np
import polars as pl

from matcher.simulation.branches import BRANCHES
from matcher.simulation.draws import Ints, Texts, pick

_FIRST = ("Da", "Me", "Jo", "Li", "Sa", "No", "Ra", "Te", "Wi", "Fe", "Ka", "Bo", "El", "Ma", "Yu")
_LAST = ("ro", "lin", "na", "ke", "va", "mir", "sa", "lo", "ri", "da", "ti", "len", "ja", "mo")
_FAMILY = ("Ol", "Ver", "Ha", "Brin", "Sto", "Kel", "Wes", "Dor", "Tal", "Ren", "Mor", "Vaa", "Zy")
_MIDDLE = ("der", "ma", "to", "li", "ka", "ne", "bo", "ru", "sel", "wo")
_ENDING = ("stra", "ma", "kens", "dijk", "horn", "veld", "lo", "ning", "berg", "sen", "wolt")
_WORK = {
    "greenery": "Groen", "logistics": "Logistiek", "food": "Versketen", "cleaning": "Schoon",
    "care": "Welzijn", "retail": "Winkels", "industry": "Techniek", "reuse": "Kringloop",
    "catering": "Keuken", "administration": "Kantoor",
}  # fmt: skip
_STREETS = ("weg", "straat", "laan", "kade", "pad", "singel", "dijk")


def person_names(rng: np.random.Generator, n: int) -> Texts:
    """Return a first and a family name per row."""
    names: Texts = pick(rng, n, _FIRST) + pick(rng, n, _LAST) + " " + family_names(rng, n)
    return names


def family_names(rng: np.random.Generator, n: int) -> Texts:
    """Return a family name per row."""
    names: Texts = pick(rng, n, _FAMILY) + pick(rng, n, _MIDDLE) + pick(rng, n, _ENDING)
    return names


def trade_names(rng: np.random.Generator, branch: Ints) -> Texts:
    """Return the name of a firm per row, after its branch."""
    work = np.array([_WORK[each.name] for each in BRANCHES], dtype=object)
    form = pick(rng, len(branch), ("", " B.V.", " Coöperatie", " & Co"))
    names: Texts = family_names(rng, len(branch)) + " " + work[branch] + form
    return names


def street_names(rng: np.random.Generator, n: int) -> Texts:
    """Return a street per row."""
    names: Texts = pick(rng, n, _FAMILY) + pick(rng, n, _MIDDLE) + pick(rng, n, _STREETS)
    return names


def emails(keys: Texts) -> Texts:
    """Return an address per key, in the domain that is kept for examples."""
    name = pl.Series(keys.tolist(), dtype=pl.String).str.to_lowercase()
    return (name + "@example.org").to_numpy()


def phones(rng: np.random.Generator, n: int) -> Texts:
    """Return a number per row in the range of company numbers, 088."""
    digits = pl.Series(rng.integers(0, 10_000_000, n)).cast(pl.String).str.zfill(7)
    return ("088-" + digits).to_numpy()
