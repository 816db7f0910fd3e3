"""
Which municipalities a synthetic pool covers, and where in them people live and work lies.

One pool lies in the north, from Leek and Groningen outwards. A union lies in regions all over the
country, around towns so far apart that hardly anybody can work in a neighbouring region.
"""

from dataclasses import dataclass

import numpy as np

from matcher.simulation.draws import Floats, Ints, Texts, pick_index
from matcher.simulation.places import Country, kilometres
from matcher.simulation.sizes import Size

# Name, main place and code of the municipalities of the north, in the order in which a growing
# pool takes them in.
_NORTH = (
    ("Westerkwartier", "Leek", "1969"), ("Noordenveld", "Roden", "1699"),
    ("Groningen", "Groningen", "0014"), ("Het Hogeland", "Winsum", "1966"),
    ("Midden-Groningen", "Hoogezand", "1952"), ("Tynaarlo", "Zuidlaren", "1730"),
    ("Assen", "Assen", "0106"), ("Eemsdelta", "Delfzijl", "1979"),
    ("Smallingerland", "Drachten", "0090"), ("Veendam", "Veendam", "0047"),
    ("Oldambt", "Winschoten", "1895"), ("Achtkarspelen", "Buitenpost", "0059"),
)  # fmt: skip
CODE_FROM = 9_001
"""Municipalities of a union get invented codes from here on; real ones stay below."""
FARTHEST_PLACE_KM = (7.0, 14.0, 20.0)
"""How far from its seat a municipality of the north reaches: least, with 500 candidates, most."""
REGIONS_APART_KM = 16.0
"""At least so far lie the edges of two regions of a union from each other."""
REGION_RADIUS_KM = 12.0
"""Of a region of average size; the area grows with the people."""
LEAST_RADIUS_KM = 4.5
MOST_CLUSTERS = 8
SHARE_SCATTERED = 0.12
"""Share of the people who live outside the clusters, mostly far from work."""
REGION_SPREAD = 0.8
"""The sigma of the lognormal sizes of regions."""


@dataclass(frozen=True, eq=False, slots=True)
class Ground:
    """
    The municipalities, and the postcode areas people live and work in.

    ``name``, ``code``, ``region`` and ``share`` (of the people) have one row per municipality.
    ``homes`` are clusters of people: postcode area, municipality and share within it;
    ``works`` likewise for sites, ``estates`` of which are business estates.
    """

    country: Country
    name: Texts
    code: Texts
    region: Ints
    share: Floats
    home_area: Ints
    home_municipality: Ints
    home_share: Floats
    work_area: Ints
    work_municipality: Ints
    work_share: Floats
    work_estate: Ints

    def areas(self) -> Ints:
        """Return all postcode areas used, each once, in order."""
        return np.unique(np.r_[self.home_area, self.work_area])

    def settle(self, rng: np.random.Generator, n: int) -> tuple[Ints, Ints]:
        """Return municipality and postcode area of ``n`` people."""
        row = pick_index(rng, n, self.home_share * self.share[self.home_municipality])
        return self.home_municipality[row], self.home_area[row]

    def locate(self, rng: np.random.Generator, n: int) -> tuple[Ints, Ints, Ints]:
        """Return municipality, postcode area and whether on an estate (0, 1) of ``n`` sites."""
        row = pick_index(rng, n, self.work_share * self.share[self.work_municipality])
        return self.work_municipality[row], self.work_area[row], self.work_estate[row]


def ground(rng: np.random.Generator, size: Size, country: Country) -> Ground:
    """Return where a pool of this size lies."""
    if size.regions == 1:
        name, seat, code, region, share, places = _north(size, country)
    else:
        name, seat, code, region, share, places = _union(rng, size, country)
    homes = [_clusters(rng, country, own) for own in places]
    works = [
        _sites(rng, country, own, clusters)
        for own, (_, _, clusters) in zip(places, homes, strict=True)
    ]
    return Ground(
        country=country,
        name=name,
        code=code,
        region=region,
        share=share,
        home_area=np.concatenate([area for area, _, _ in homes]),
        home_municipality=np.repeat(np.arange(len(seat)), [len(area) for area, _, _ in homes]),
        home_share=np.concatenate([part for _, part, _ in homes]),
        work_area=np.concatenate([area for area, _, _ in works]),
        work_municipality=np.repeat(np.arange(len(seat)), [len(area) for area, _, _ in works]),
        work_share=np.concatenate([part for _, part, _ in works]),
        work_estate=np.concatenate([estate for _, _, estate in works]),
    )


def _zipf(n: int, power: float = 1.0) -> Floats:
    """Return shares 1, 1/2, 1/3, … to a power, adding up to 1."""
    weight = 1.0 / np.arange(1, n + 1) ** power
    return np.asarray(weight / weight.sum())


def _north(size: Size, country: Country) -> tuple[Texts, Ints, Texts, Ints, Floats, list[Ints]]:
    """Return the first municipalities of the north, each with the places nearest to its seat."""
    rows = {place: row for row, place in enumerate(country.place)}
    seats = np.array([rows[place] for _, place, _ in _NORTH])
    own, away = country.nearest(seats)
    n = min(size.municipalities, len(_NORTH))
    least, usual, most = FARTHEST_PLACE_KM
    reach = np.clip(usual * np.sqrt(size.candidates / n / 500), least, most)
    order = np.argsort(-country.population[seats[:n]], kind="stable")
    share = np.empty(n)
    share[order] = _zipf(n, 0.8)
    places = [np.flatnonzero((own == seat) & (away <= reach)) for seat in range(n)]
    names = np.array([name for name, _, _ in _NORTH[:n]], dtype=object)
    codes = np.array([code for _, _, code in _NORTH[:n]], dtype=object)
    return names, seats[:n], codes, np.zeros(n, dtype=np.int64), share, places


def _union(
    rng: np.random.Generator, size: Size, country: Country
) -> tuple[Texts, Ints, Texts, Ints, Floats, list[Ints]]:
    """Return regions of lognormal sizes around towns far apart, each with its municipalities."""
    region_share = np.sort(rng.lognormal(0.0, REGION_SPREAD, size.regions))[::-1]
    region_share /= region_share.sum()
    # As many people to a square kilometre in a large region as in a small one.
    radius = np.maximum(REGION_RADIUS_KM * np.sqrt(region_share * size.regions), LEAST_RADIUS_KM)
    per_region = np.maximum(1, np.round(region_share * size.municipalities)).astype(np.int64)
    seats: list[Ints] = []
    shares: list[Floats] = []
    places: list[Ints] = []
    for centre, reach, share, wanted in zip(
        _centres(country, radius), radius, region_share, per_region, strict=True
    ):
        inside = np.flatnonzero(_from(country, centre) <= reach)
        chosen = inside[:wanted]
        belongs, _ = country.nearest(chosen)
        seats.append(chosen)
        shares.append(share * _zipf(len(chosen), 0.7))
        places.extend(inside[belongs[inside] == seat] for seat in range(len(chosen)))
    seat = np.concatenate(seats)
    code = np.array([f"{CODE_FROM + row:04d}" for row in range(len(seat))], dtype=object)
    region = np.repeat(np.arange(len(seats)), [len(chosen) for chosen in seats])
    return country.place[seat], seat, code, region, np.concatenate(shares), places


def _from(country: Country, place: int) -> Floats:
    """Return every place's distance in km from one of them."""
    return kilometres(
        country.latitude, country.longitude, country.latitude[place], country.longitude[place]
    )


def _centres(country: Country, radius: Floats) -> list[int]:
    """Return a centre per region, largest first: the largest place far enough from the others."""
    room = np.full(len(country.place), np.inf)
    chosen: list[int] = []
    for reach in radius:
        free = np.flatnonzero(room >= reach + REGIONS_APART_KM)
        # A country that is full takes the place that is farthest from all others.
        chosen.append(int(free[0]) if len(free) else int(room.argmax()))
        room = np.minimum(room, _from(country, chosen[-1]) - reach)
    return chosen


def _clusters(
    rng: np.random.Generator, country: Country, places: Ints
) -> tuple[Ints, Floats, Ints]:
    """
    Return the postcode areas of a municipality, the share of people in each, and its clusters.

    Three to eight areas are clusters, where nearly all live; the others share who is left.
    """
    areas = country.areas_of(places)
    n = min(len(areas), int(rng.integers(3, MOST_CLUSTERS + 1)))
    weight = country.population[country.area_place[areas]] ** 0.5
    chosen = rng.choice(areas, size=n, replace=False, p=weight / weight.sum())
    others = np.setdiff1d(areas, chosen)
    scattered = SHARE_SCATTERED if len(others) else 0.0
    share = np.r_[
        _zipf(n, 0.7) * (1 - scattered), np.full(len(others), scattered / max(len(others), 1))
    ]
    return np.r_[chosen, others], share, chosen


def _sites(
    rng: np.random.Generator, country: Country, places: Ints, homes: Ints
) -> tuple[Ints, Floats, Ints]:
    """Return postcode areas with work: half on one or two estates, half where people live."""
    areas = country.areas_of(places)
    estates = rng.choice(areas, size=min(len(areas), int(rng.integers(1, 3))), replace=False)
    area = np.r_[estates, homes]
    share = np.r_[np.full(len(estates), 0.5 / len(estates)), np.full(len(homes), 0.5 / len(homes))]
    estate = np.r_[np.ones(len(estates), dtype=np.int64), np.zeros(len(homes), dtype=np.int64)]
    return area, share, estate
