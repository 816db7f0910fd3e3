"""The 35 columns of the Sonar workbook, by header, and how their cells are read."""

import polars as pl

from matcher.domain.formats.candidate_lists import LICENCES
from matcher.domain.formats.fields import (
    PC6,
    Field,
    Parser,
    Table,
    iso_date,
    matching,
    pattern,
    text,
    whole,
)

EDUCATION_LEVELS = {
    "basisonderwijs": 1,
    "vmbo": 2,
    "havo": 3,
    "vwo": 3,
    "mbo": 4,
    "hbo": 5,
    "bachelor": 5,
    "wo": 6,
    "master": 6,
}
OTHER_EDUCATION = 9
TRANSPORT = {
    "auto": "car",
    "fiets": "bicycle",
    "motor": "motorcycle",
    "scooter": "moped",
    "brommer": "moped",
    "bromfiets": "moped",
    "ov": "public_transport",
    "openbaar vervoer": "public_transport",
    "anders": "other",
    "overig": "other",
}


def _date(cell: pl.Expr) -> pl.Expr:
    """Return dates: an Excel serial number, ISO or day-month-year."""
    serial = matching(r"^[2-7][0-9]{4}(\.0+)?$", cell).cast(pl.Float64, strict=False)
    from_serial = pl.lit("1899-12-30").str.to_date() + pl.duration(days=serial.cast(pl.Int64))
    dutch = matching(r"^[0-9]{1,2}[-/][0-9]{1,2}[-/](19|20)[0-9]{2}$", cell)
    from_dutch = dutch.str.replace_all("/", "-", literal=True).str.to_date("%d-%m-%Y", strict=False)
    return pl.coalesce(iso_date(cell), from_serial, from_dutch)


def _words(names: dict[str, str]) -> Parser:
    """Return a parser of words of ours, separated by commas, told by other words."""

    def parse(cell: pl.Expr) -> pl.Expr:
        parts = cell.str.split(",").list.eval(pl.element().str.strip_chars().str.to_lowercase())
        filled = parts.list.eval(pl.element().filter(pl.element() != ""))
        values = filled.list.eval(pl.element().replace_strict(names, default=None))
        return pl.when(values.list.eval(pl.element().is_not_null()).list.all()).then(
            values.list.unique(maintain_order=True)
        )

    return Parser(f"any of {', '.join(names)}, separated by commas", pl.List(pl.String()), parse)


def _education(cell: pl.Expr) -> pl.Expr:
    level = cell.str.to_lowercase().replace_strict(
        EDUCATION_LEVELS, default=OTHER_EDUCATION, return_dtype=pl.Int64
    )
    return pl.when(cell.is_not_null()).then(level)


def _is_yes(cell: pl.Expr) -> pl.Expr:
    return cell.str.to_lowercase() == "ja"


def _flag(cell: pl.Expr) -> pl.Expr:
    return cell.replace_strict({"1": True, "2": False}, default=None, return_dtype=pl.Boolean)


DAY = Parser("a date: 44562, 2022-01-01 or 01-01-2022", pl.Date(), _date)
ANY = text(500, lines=True)
SECTOR = pattern(
    "^[0-9]{5}$", "an SBI code of at most five digits", clean=lambda cell: cell.str.zfill(5)
)
MUNICIPALITY = pattern(
    "^0*[1-9][0-9]*$",
    "the CBS code of a municipality, such as 0014",
    clean=lambda cell: matching("^[0-9]{1,4}$", cell).str.zfill(4),
)

SOURCE = Table(
    "sonar",
    "people seeking work, one row each",
    (
        Field("Datum melding", DAY, "waiting_since, when Inschrijfdatum is not known"),
        Field("1e uitk dag (niet WW)", ANY, "not kept: nothing reads it"),
        Field("BSN", text(50), "not kept: hashed to a key when ID_WZ is not known", secret=True),
        Field("ID_WZ", text(90), "key"),
        Field("Beschikbare uren/wk", whole(0, 99), "hours_max"),
        Field(
            "Opleidingsniveau",
            Parser("a level", pl.Int64(), _education),
            "level of education; a word that is not known is 9, other",
        ),
        Field("Beroepssector", SECTOR, "wished sector (SBI); 99999 is not known"),
        Field("Bemiddelingsberoep", text(500), "named in the report, to be mapped by hand"),
        Field("Mondeling Nederlands", whole(1, 4), "Dutch, speaking"),
        Field("Schriftelijk Nederlands", whole(1, 4), "Dutch, writing"),
        Field("Rijbewijs", _words({each.lower(): each for each in LICENCES}), "licences"),
        Field("Inschrijfdatum", DAY, "waiting_since"),
        Field("Geslacht", ANY, "not kept: nothing may read it", secret=True),
        Field("Telefoonnummer", text(50), "identity", secret=True),
        Field("Volledige Naam", text(200), "identity", secret=True),
        Field("Leeftijd", ANY, "not kept: nothing may read it", secret=True),
        Field("E-mailadres", text(254), "identity", secret=True),
        Field("Vervoer", _words(TRANSPORT), "means of transport"),
        Field("Gemeente", MUNICIPALITY, "municipality"),
        Field("Postcode", PC6, "mediation_postcode"),
        Field("Plaats", ANY, "not kept: part of the address, and nothing reads it", secret=True),
        Field("Straatnaam", text(200), "identity", secret=True),
        Field("Huisnummer", text(20), "identity", secret=True),
        Field("Huisnummer Toevoeging", text(20), "identity", secret=True),
        Field(
            "Banenafspraak",
            Parser("1 yes or 2 no", pl.Boolean(), _flag),
            "register_flag, report only",
        ),
        Field("Klantprofiel", text(100), "scheme"),
        Field("Arbeidsmarktregio", ANY, "not kept: the pool knows its region"),
        Field("Cases (aantal)", ANY, "not kept"),
        Field("Sonar", ANY, "not kept"),
        Field("Medewerker Naam", text(100), "coach, by name", secret=True),
        Field("Organisatie Naam", ANY, "not kept: nothing reads it"),
        Field("GSD Kantoor", text(100), "payer"),
        Field("Participatieladder", whole(1, 6), "ladder_step"),
        Field("Aantal", ANY, "not kept"),
        Field("Toestemming", Parser("Ja or Nee", pl.Boolean(), _is_yes), "consent"),
    ),
    identity=(),
)
