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
    ("Westerkwartier", "Leek", "1969"), ("Groningen", "Groningen", "0014"),
    ("Noordenveld", "Roden", "1699"), ("Het Hogeland", "Winsum", "1966"),
    ("Midden-Groningen", "Hoogezand", "1952"), ("Tynaarlo", "Zuidlaren", "1730"),
    ("Assen", "Assen", "0106"), ("Eemsdelta", "Delfzijl", "1979"),
    ("Smallingerland", "Drachten", "0090"), ("Veendam", "Veendam", "0047"),
    ("Oldambt", "Winschoten", "1895"), ("Achtkarspelen", "Buitenpost", "0059"),
)  # fmt: skip
CODE_FROM = 9_001
"""Municipalities of a union get invented codes from here on; real ones stay below."""
FARTHEST_PLACE_KM = 11.0
CENTRES_APART_KM = 25.0
REGION_RADIUS_KM = 9.0
MOST_CLUSTERS = 8
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
        name, seat, code, region, share, places = _north(size.municipalities, country)
    else:
        name, seat, code, region, share, places = _union(rng, size, country)
    homes = [_clusters(rng, country, own) for own in places]
    works = [_sites(rng, country, own, area) for own, (area, _) in zip(places, homes, strict=True)]
    return Ground(
        country=country,
        name=name,
        code=code,
        region=region,
        share=share,
        home_area=np.concatenate([area for area, _ in homes]),
        home_municipality=np.repeat(np.arange(len(seat)), [len(area) for area, _ in homes]),
        home_share=np.concatenate([part for _, part in homes]),
        work_area=np.concatenate([area for area, _, _ in works]),
        work_municipality=np.repeat(np.arange(len(seat)), [len(area) for area, _, _ in works]),
        work_share=np.concatenate([part for _, part, _ in works]),
        work_estate=np.concatenate([estate for _, _, estate in works]),
    )


def _zipf(n: int, power: float = 1.0) -> Floats:
    """Return shares 1, 1/2, 1/3, … to a power, adding up to 1."""
    weight = 1.0 / np.arange(1, n + 1) ** power
    return np.asarray(weight / weight.sum())


def _north(
    municipalities: int, country: Country
) -> tuple[Texts, Ints, Texts, Ints, Floats, list[Ints]]:
    """Return the first municipalities of the north, each with the places nearest to its seat."""
    rows = {place: row for row, place in enumerate(country.place)}
    seats = np.array([rows[place] for _, place, _ in _NORTH])
    own, away = country.nearest(seats)
    n = min(municipalities, len(_NORTH))
    order = np.argsort(-country.population[seats[:n]], kind="stable")
    share = np.empty(n)
    share[order] = _zipf(n, 0.8)
    places = [np.flatnonzero((own == seat) & (away <= FARTHEST_PLACE_KM)) for seat in range(n)]
    names = np.array([name for name, _, _ in _NORTH[:n]], dtype=object)
    codes = np.array([code for _, _, code in _NORTH[:n]], dtype=object)
    return names, seats[:n], codes, np.zeros(n, dtype=np.int64), share, places


def _union(
    rng: np.random.Generator, size: Size, country: Country
) -> tuple[Texts, Ints, Texts, Ints, Floats, list[Ints]]:
    """Return regions of lognormal sizes around towns far apart, each with its municipalities."""
    centres = _centres(country, size.regions)
    nearest, away = country.nearest(centres)
    region_share = rng.lognormal(0.0, REGION_SPREAD, len(centres))
    region_share /= region_share.sum()
    per_region = np.maximum(1, np.round(region_share * size.municipalities)).astype(np.int64)
    seats: list[Ints] = []
    regions: list[Ints] = []
    shares: list[Floats] = []
    places: list[Ints] = []
    for region, wanted in enumerate(per_region):
        inside = np.flatnonzero((nearest == region) & (away <= REGION_RADIUS_KM))
        chosen = inside[:wanted]
        belongs, _ = country.nearest(chosen)
        seats.append(chosen)
        regions.append(np.full(len(chosen), region))
        shares.append(region_share[region] * _zipf(len(chosen)))
        places.extend(inside[belongs[inside] == seat] for seat in range(len(chosen)))
    seat = np.concatenate(seats)
    code = np.array([f"{CODE_FROM + row:04d}" for row in range(len(seat))], dtype=object)
    return country.place[seat], seat, code, np.concatenate(regions), np.concatenate(shares), places


def _centres(country: Country, regions: int) -> Ints:
    """Return the largest places that lie far enough from each other."""
    chosen: list[int] = []
    for row in range(len(country.place)):
        away = kilometres(
            country.latitude[row : row + 1], country.longitude[row : row + 1],
            country.latitude[chosen], country.longitude[chosen],
        )  # fmt: skip
        if not chosen or away.min() >= CENTRES_APART_KM:
            chosen.append(row)
        if len(chosen) == regions:
            break
    return np.array(chosen)


def _clusters(rng: np.random.Generator, country: Country, places: Ints) -> tuple[Ints, Floats]:
    """Return three to eight postcode areas of a municipality and the share of people in each."""
    areas = country.areas_of(places)
    n = min(len(areas), int(rng.integers(3, MOST_CLUSTERS + 1)))
    weight = country.population[country.area_place[areas]] ** 0.5
    chosen = rng.choice(areas, size=n, replace=False, p=weight / weight.sum())
    return chosen, _zipf(n, 0.7)


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
