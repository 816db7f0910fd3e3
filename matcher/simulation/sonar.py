"""
The candidates of a synthetic pool as a Sonar dashboard workbook, with the oddities of real ones.

Unknown is written in four ways, dates are serial numbers, codes that begin with a zero are plain
numbers, the list of wished occupations has spelling errors, and formatted rows without content
follow the last person. The column for the citizen service number holds invented numbers, none of
which passes its test.
"""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import xlsxwriter

from matcher.domain.formats.candidate_lists import LICENCES
from matcher.simulation.branches import BRANCHES, OCCUPATIONS
from matcher.simulation.draws import Ints

WORKBOOK = "sonar.xlsx"
MOST_ROWS = 5_000
BLANK_ROWS = 60
SHARE_UNKNOWN = 0.10
UNKNOWN_WORDS = ("NNB", "??", "Onbekend", None)
EXCEL_EPOCH = date(1899, 12, 30)
HEADERS = (
    "Datum melding", "1e uitk dag (niet WW)", "BSN", "ID_WZ", "Beschikbare uren/wk",
    "Opleidingsniveau", "Beroepssector", "Bemiddelingsberoep", "Mondeling Nederlands",
    "Schriftelijk Nederlands", "Rijbewijs", "Inschrijfdatum", "Geslacht", "Telefoonnummer",
    "Volledige Naam", "Leeftijd", "E-mailadres", "Vervoer", "Gemeente", "Postcode", "Plaats",
    "Straatnaam", "Huisnummer", "Huisnummer Toevoeging", "Banenafspraak", "Klantprofiel",
    "Arbeidsmarktregio", "Cases (aantal)", "Sonar", "Medewerker Naam", "Organisatie Naam",
    "GSD Kantoor", "Participatieladder", "Aantal", "Toestemming",
)  # fmt: skip
_EDUCATION = {1: "Basisonderwijs", 2: "VMBO", 3: "HAVO", 4: "MBO", 5: "HBO", 6: "WO", 9: "Anders"}
_TRANSPORT = {"car": "AUTO", "bicycle": "FIETS", "motorcycle": "MOTOR", "moped": "Scooter",
              "public_transport": "OV"}  # fmt: skip
# What a tenth of the people have unknown in an export, whatever the pool knows.
_OFTEN_UNKNOWN = ("Beschikbare uren/wk", "Opleidingsniveau", "Mondeling Nederlands",
                  "Schriftelijk Nederlands", "Participatieladder", "Plaats")  # fmt: skip


def write_workbook(
    rng: np.random.Generator,
    tables: dict[str, pl.DataFrame],
    path: Path,
    today: date,
    *,
    dirt: bool = False,
) -> tuple[int, dict[str, int]]:
    """
    Write at most the first `MOST_ROWS` candidates; return the rows, and the dirt by kind.

    With ``dirt`` some rows have no key but the number, and one number stands on two rows.
    """
    frame, found = sonar_rows(rng, tables, dirt=dirt)
    # A fixed moment of making: the same pool gives the same bytes.
    made = datetime(today.year, today.month, today.day)
    with xlsxwriter.Workbook(str(path), {"strings_to_urls": False}) as book:
        book.set_properties({"created": made, "title": "Dashboard"})
        sheet = book.add_worksheet("Blad 1")
        cell = book.add_format({"border": 1})
        serial = book.add_format({"border": 1, "num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, HEADERS, book.add_format({"bold": True, "border": 1}))
        dates = {"Datum melding", "1e uitk dag (niet WW)", "Inschrijfdatum"}
        for column, name in enumerate(HEADERS):
            values: list[Any] = frame[name].to_list() + [None] * BLANK_ROWS
            sheet.write_column(1, column, values, serial if name in dates else cell)
        choices = book.add_worksheet("Keuzevelden")
        choices.write_column(0, 0, ["Taalniveau", 1, 2, 3, 4])
        choices.write_column(0, 1, ["Rijbewijs", *LICENCES])
    return len(frame), found


def sonar_rows(
    rng: np.random.Generator, tables: dict[str, pl.DataFrame], *, dirt: bool
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return the cells by header, each column numbers or texts as a workbook holds them."""
    people = tables["candidates"].unique("key", keep="first", maintain_order=True).head(MOST_ROWS)
    n = len(people)
    wide = _joined(people.select("key", "coach"), tables)
    since = (people["waiting_since"] - EXCEL_EPOCH).dt.total_days()
    cells: dict[str, Any] = dict.fromkeys(HEADERS)
    cells |= {
        "Datum melding": since + 3,
        "1e uitk dag (niet WW)": since + 14,
        "BSN": failing_numbers(rng, n),
        "ID_WZ": people["key"],
        "Beschikbare uren/wk": people["hours_max"],
        "Opleidingsniveau": wide["level"].replace_strict(
            _EDUCATION, default=None, return_dtype=pl.String
        ),
        "Beroepssector": wide["sbi_code"].cast(pl.Int64).fill_null(99_999),
        "Bemiddelingsberoep": _misspelt(rng, wide["title"]),
        "Mondeling Nederlands": wide["oral"],
        "Schriftelijk Nederlands": wide["written"],
        "Rijbewijs": wide["licence"],
        "Inschrijfdatum": since,
        "Geslacht": "Onbekend",
        "Telefoonnummer": wide["phone"],
        "Volledige Naam": wide["name"],
        "Leeftijd": "Onbekend",
        "E-mailadres": wide["email"],
        "Vervoer": wide["mode"],
        "Gemeente": people["municipality"].cast(pl.Int64),
        "Postcode": people["mediation_postcode"],
        "Plaats": people["place"],
        "Straatnaam": wide["street"],
        "Huisnummer": wide["house_number"],
        "Huisnummer Toevoeging": wide["house_number_addition"],
        "Banenafspraak": people["register_flag"].replace_strict(
            {True: 1, False: 2}, default=None, return_dtype=pl.Int64
        ),
        "Klantprofiel": "NNB",
        "Arbeidsmarktregio": "NNB",
        "Cases (aantal)": 0,
        "Sonar": 1,
        "Medewerker Naam": wide["coach_name"],
        "Organisatie Naam": "Sociale dienst",
        "GSD Kantoor": "NNB",
        "Participatieladder": people["ladder_step"],
        "Aantal": np.arange(1, n + 1),
        "Toestemming": wide["consent"],
    }
    found = _spoil_keys(rng, cells, n) if dirt else {}
    frame = pl.DataFrame(
        {
            name: pl.Series(name, _spelled(value, n), dtype=pl.Object)
            for name, value in cells.items()
        }
    )
    frame, unknowns = _with_unknowns(rng, frame)
    return frame, {"unknown_words": unknowns, **found}


def failing_numbers(rng: np.random.Generator, n: int) -> pl.Series:
    """Return nine-digit numbers, none of which passes the eleven test."""
    first = rng.integers(10_000_000, 90_000_000, n)
    weights = np.array([9, 8, 7, 6, 5, 4, 3, 2])
    digits = first[:, None] // 10 ** np.arange(7, -1, -1) % 10
    # The test asks that the last digit is the weighted sum modulo 11: take the one after it.
    last = (digits @ weights % 11 + 1) % 10
    last = np.where(last == digits @ weights % 11, (last + 1) % 10, last)
    return pl.Series(first * 10 + last)


def _joined(people: pl.DataFrame, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return one row per person with the facts that stand in other tables, lists in one cell."""
    titles = {
        uri: title
        for branch, uris in zip(BRANCHES, OCCUPATIONS, strict=True)
        for uri, title in zip(uris, branch.titles, strict=True)
    }
    dutch = tables["candidate_language"].filter(pl.col("language") == "nld")
    consent = tables["candidate_consent"].select(
        "candidate", pl.when(pl.col("withdrawn_at").is_null()).then(pl.lit("Ja")).alias("consent")
    )
    coaches = tables["coaches"].select(pl.col("key").alias("coach"), coach_name="name")
    parts = (
        tables["candidate_education"].select("candidate", "level"),
        tables["candidate_sector"].group_by("candidate", maintain_order=True).first(),
        tables["candidate_occupation"]
        .filter(pl.col("rank") == 1)
        .select("candidate", pl.col("occupation").replace_strict(titles).alias("title")),
        dutch.select("candidate", "oral", "written"),
        _listed(tables["candidate_licence"], "licence"),
        _listed(
            tables["candidate_transport"].with_columns(pl.col("mode").replace_strict(_TRANSPORT)),
            "mode",
        ),
        tables["identities"],
        consent,
    )
    wide = people.join(coaches, on="coach", how="left", maintain_order="left")
    for part in parts:
        wide = wide.join(
            part, left_on="key", right_on="candidate", how="left", maintain_order="left"
        )
    return wide.with_columns(pl.col("consent").fill_null("Nee"))


def _listed(table: pl.DataFrame, column: str) -> pl.DataFrame:
    grouped = table.group_by("candidate", maintain_order=True)
    return grouped.agg(pl.col(column).str.join(","))


def _misspelt(rng: np.random.Generator, titles: pl.Series) -> pl.Series:
    """Return the titles, one in eight typed carelessly."""
    careless = titles.str.replace("edewerker", "edwerker").str.replace("oo", "o").str.to_lowercase()
    chosen = pl.Series(rng.random(len(titles)) < 0.125)
    return pl.select(pl.when(chosen).then(careless).otherwise(titles)).to_series()


def _spoil_keys(rng: np.random.Generator, cells: dict[str, Any], n: int) -> dict[str, int]:
    """Take the own key from some rows, and let two of them share a number."""
    keyless = rng.choice(n, max(2, round(0.02 * n)) if n > 1 else 0, replace=False)
    own = cells["ID_WZ"].to_list()
    numbers = cells["BSN"].to_list()
    for row in keyless:
        own[row] = "NNB"
    if len(keyless):
        numbers[keyless[1]] = numbers[keyless[0]]
    cells["ID_WZ"], cells["BSN"] = own, numbers
    return {"workbook_without_key": len(keyless), "workbook_number_twice": min(len(keyless), 1)}


def _spelled(value: Any, n: int) -> list[Any]:
    """Return a column of cells out of a series, an array, a list, or one value for all."""
    if isinstance(value, (pl.Series, list, np.ndarray)):
        return list(value)
    return [value] * n


def _with_unknowns(rng: np.random.Generator, frame: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Write unknown in one of the usual ways, and forget a tenth of some columns."""
    words = 0
    columns = []
    for name in frame.columns:
        values = frame[name].to_list()
        chosen: Ints = rng.integers(0, len(UNKNOWN_WORDS), len(values))
        forgotten = rng.random(len(values)) < (SHARE_UNKNOWN if name in _OFTEN_UNKNOWN else 0.0)
        for row, value in enumerate(values):
            if value is None or forgotten[row]:
                values[row] = UNKNOWN_WORDS[chosen[row]]
                words += values[row] is not None
        columns.append(pl.Series(name, values, dtype=pl.Object))
    return pl.DataFrame(columns), words
