"""The branches of a synthetic pool: what they ask, offer and are called."""

from dataclasses import dataclass

import numpy as np

from matcher.domain.columns import BEARING_DEMANDS

OCCUPATION = "https://example.org/occupation/{sector}-{number}"
COMPETENCE = "https://example.org/competence/{name}"

COMPETENCES = tuple(
    COMPETENCE.format(name=name)
    for name in (
        "samenwerken", "instructies-opvolgen", "netjes-werken", "doorzetten", "op-tijd-komen",
        "veilig-werken", "klanten-helpen", "tellen-en-meten", "machines-bedienen", "plannen",
        "zelfstandig-werken", "hulp-vragen", "opletten", "tempo-houden", "zorg-voor-anderen",
        "voorraad-bijhouden", "schoonmaken", "planten-verzorgen", "gereedschap-gebruiken",
        "computer-gebruiken", "koken", "sorteren", "inpakken", "repareren",
    )
)  # fmt: skip
TAGS = (
    "buiten", "groen", "dieren", "techniek", "eten", "mensen", "rust", "ritme", "circulair",
    "repareren", "sorteren", "vervoer", "schoonmaak", "zorg", "kinderen", "ouderen", "winkel",
    "administratie", "computer", "hout", "metaal", "textiel", "keuken", "samen", "zelfstandig",
    "wijk", "afwisseling", "routine",
)  # fmt: skip
FLAT = (1.0,) * 12


@dataclass(frozen=True, slots=True)
class Branch:
    """
    One branch: share of the placements, SBI codes, titles (one occupation each), demands 0-3.

    ``demands`` are the ten bearing demands in the order of `BEARING_DEMANDS`. ``heavy`` is the
    share of its employers with six openings or more; ``season`` the index per month; ``licence``
    and ``certificate`` the shares of placements that ask one.
    """

    name: str
    share: float
    sectors: tuple[str, ...]
    titles: tuple[str, ...]
    demands: tuple[int, ...]
    tags: tuple[str, ...]
    competences: tuple[int, ...]
    heavy: float = 0.06
    season: tuple[float, ...] = FLAT
    licence: float = 0.05
    certificate: tuple[str, float] = ("BHV", 0.03)
    vehicle: float = 0.0
    evening: float = 0.03


# Demands: lifting standing walking pace deadlines stimuli public teamwork concentration outdoors.
BRANCHES = (
    Branch("greenery", 18, ("81300", "02400", "01610"),
           ("Medewerker groenonderhoud", "Hovenier in de wijk", "Natuurbeheer", "Plantenkweker"),
           (2, 2, 2, 1, 1, 1, 0, 2, 1, 3), ("buiten", "groen", "samen", "wijk", "rust"),
           (0, 1, 5, 17, 18), 0.16,
           (.5, .5, .9, 1.3, 1.5, 1.5, 1.3, 1.2, 1.2, 1.0, .6, .5), 0.22, ("VCA", 0.15), 0.04),
    Branch("logistics", 16, ("52109", "53202", "49410"),
           ("Orderpicker", "Magazijnmedewerker", "Bezorger", "Heftruckchauffeur"),
           (2, 2, 2, 2, 2, 1, 0, 1, 1, 0), ("vervoer", "sorteren", "ritme", "samen"),
           (1, 5, 7, 13, 15), 0.16,
           (.8, .8, .9, .9, .9, 1, .9, .9, 1, 1.2, 1.4, 1.3), 0.18, ("Heftruck", 0.12), 0.05, 0.15),
    Branch("food", 12, ("10390", "01130", "46310"),
           ("Medewerker voedselketen", "Oogstmedewerker", "Inpakker groente en fruit"),
           (2, 2, 1, 2, 1, 1, 0, 2, 1, 1), ("eten", "samen", "routine", "sorteren"),
           (0, 1, 13, 21, 22), 0.08,
           (.7, .7, .8, 1, 1.2, 1.4, 1.4, 1.4, 1.3, 1, .7, .4), 0.04, ("HACCP", 0.08)),
    Branch("cleaning", 10, ("81210", "81220"),
           ("Schoonmaker kantoren", "Schoonmaker in de zorg", "Glazenwasser"),
           (1, 2, 2, 2, 1, 0, 1, 1, 1, 0), ("schoonmaak", "zelfstandig", "routine", "ritme"),
           (2, 10, 16), 0.05, FLAT, 0.06, ("BHV", 0.03), 0.05, 0.18),
    Branch("care", 10, ("87302", "88102", "81100"),
           ("Woonhulp", "Gastvrouw of gastheer", "Facilitair medewerker", "Beheerder wijkcentrum"),
           (1, 1, 2, 1, 1, 1, 2, 2, 2, 0), ("zorg", "ouderen", "mensen", "wijk"),
           (6, 10, 12, 14), 0.05, FLAT, 0.03, ("BHV", 0.08), 0.02, 0.08),
    Branch("retail", 9, ("47110", "47640", "47791"),
           ("Vakkenvuller", "Winkelmedewerker", "Medewerker kringloopwinkel"),
           (1, 2, 2, 1, 1, 2, 2, 2, 1, 0), ("winkel", "mensen", "samen", "afwisseling"),
           (0, 6, 15), 0.03, FLAT, 0.02, ("BHV", 0.03), 0.0, 0.15),
    Branch("industry", 9, ("25620", "82920", "16290"),
           ("Productiemedewerker", "Inpakker", "Assemblagemedewerker", "Houtbewerker"),
           (1, 2, 1, 2, 1, 2, 0, 1, 2, 0), ("techniek", "metaal", "hout", "routine"),
           (1, 5, 8, 18, 22), 0.08, FLAT, 0.02, ("VCA", 0.12), 0.0, 0.08),
    Branch("reuse", 8, ("38110", "38320", "95220"),
           ("Medewerker milieustraat", "Sorteerder textiel", "Reparateur apparaten"),
           (2, 2, 1, 1, 0, 1, 1, 1, 1, 1), ("circulair", "repareren", "sorteren", "textiel"),
           (2, 18, 21, 23), 0.07, FLAT, 0.06, ("VCA", 0.08)),
    Branch("catering", 5, ("56101", "56290"),
           ("Keukenhulp", "Medewerker bedrijfsrestaurant", "Afwasser"),
           (1, 2, 1, 2, 2, 2, 1, 2, 1, 0), ("keuken", "eten", "samen", "mensen"),
           (0, 2, 16, 20), 0.02,
           (.6, .7, .8, 1, 1.2, 1.3, 1.4, 1.4, 1.1, .9, .8, .8), 0.01, ("HACCP", 0.15), 0.0, 0.25),
    Branch("administration", 3, ("82190", "84111"),
           ("Administratief medewerker", "Medewerker post en archief"),
           (0, 0, 0, 1, 1, 1, 1, 1, 2, 0), ("administratie", "computer", "rust", "zelfstandig"),
           (7, 9, 10, 19), 0.0, FLAT, 0.0),
)  # fmt: skip

SHARES = tuple(branch.share for branch in BRANCHES)
NAMES = tuple(branch.name for branch in BRANCHES)
DEMANDS = np.array([branch.demands for branch in BRANCHES], dtype=np.int64)
"""Demand of a typical placement, shape (branches, demands)."""
SEASON = np.array([branch.season for branch in BRANCHES])
"""Index of the work per month, January first, shape (branches, 12)."""
assert DEMANDS.shape[1] == len(BEARING_DEMANDS)

OCCUPATIONS = tuple(
    tuple(
        OCCUPATION.format(sector=branch.sectors[number % len(branch.sectors)], number=number + 1)
        for number in range(len(branch.titles))
    )
    for branch in BRANCHES
)
"""The occupations of each branch, in the order of its titles."""
OCCUPATION_SECTORS = tuple(
    tuple(branch.sectors[number % len(branch.sectors)] for number in range(len(branch.titles)))
    for branch in BRANCHES
)
"""The SBI code of each occupation."""

TASKS = {
    "greenery": ("Onkruid verwijderen", "Maaien", "Snoeien", "Zwerfafval opruimen"),
    "logistics": ("Orders verzamelen", "Inpakken", "Laden en lossen", "Scannen"),
    "food": ("Sorteren", "Inpakken", "Oogsten", "Schoonmaken van de lijn"),
    "cleaning": ("Stofzuigen en dweilen", "Sanitair schoonmaken", "Afval verzamelen"),
    "care": ("Koffie en thee schenken", "Licht huishouden", "Gezelschap houden", "Klein onderhoud"),
    "retail": ("Vakken vullen", "Spiegelen", "Klanten helpen", "Prijzen"),
    "industry": ("Onderdelen samenstellen", "Machine bedienen", "Controleren", "Inpakken"),
    "reuse": ("Goederen aannemen", "Sorteren", "Demonteren", "Repareren"),
    "catering": ("Afwassen", "Groente snijden", "Uitserveren", "Keuken schoonmaken"),
    "administration": ("Post verwerken", "Scannen en archiveren", "Gegevens invoeren"),
}
"""The tasks of each branch's placements."""
assert tuple(TASKS) == NAMES
