"""Workbooks made in the tests: the Sonar one with its oddities, and broken ones."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime

import xlsxwriter

FORMATTED_ROWS = 587


def sonar_person(**cells: object) -> dict[str, object]:
    """Return a row as a municipality exports it, with everything unknown that may be."""
    return {
        "Datum melding": 44562,
        "1e uitk dag (niet WW)": 44562,
        "BSN": 123456780,
        "ID_WZ": "NNB",
        "Beschikbare uren/wk": 24,
        "Opleidingsniveau": "VMBO",
        "Beroepssector": 99999,
        "Bemiddelingsberoep": "medewerker tuinonderhoud",
        "Mondeling Nederlands": 3,
        "Schriftelijk Nederlands": 4,
        "Rijbewijs": "A,B,C",
        "Inschrijfdatum": 44562,
        "Geslacht": "Onbekend",
        "Telefoonnummer": "088-0000001",
        "Volledige Naam": "Canary Kanarie",
        "Leeftijd": "Onbekend",
        "E-mailadres": "canary@example.org",
        "Vervoer": "Scooter",
        "Gemeente": 14,
        "Postcode": "1234AB",
        "Plaats": "NNB",
        "Straatnaam": "Kanariestraat",
        "Huisnummer": 1,
        "Huisnummer Toevoeging": None,
        "Banenafspraak": 2,
        "Klantprofiel": "NNB",
        "Arbeidsmarktregio": "NNB",
        "Cases (aantal)": 0,
        "Sonar": 1,
        "Medewerker Naam": "J. de Vries",
        "Organisatie Naam": "Werkplein",
        "GSD Kantoor": "NNB",
        "Participatieladder": "??",
        "Aantal": 1,
        "Toestemming": "Ja",
    } | cells


SONAR_HEADERS = tuple(sonar_person())
"""The headers of the published example, in its order."""


def sonar_workbook(
    people: Sequence[Mapping[str, object]],
    headers: Sequence[str] = SONAR_HEADERS,
    formatted_rows: int = FORMATTED_ROWS,
) -> bytes:
    """Return a workbook with these people below one another among rows formatted and empty."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Blad 1")
        choices = book.add_worksheet("Keuzevelden")
        choices.write_column(0, 0, ["Taal", 1, 2, 3, 4, "A", "B", "T"])
        border = book.add_format({"border": 1, "num_format": "dd-mm-yyyy"})
        sheet.write_row(0, 0, headers)
        for row in range(1, formatted_rows + 1):
            for column in range(len(headers)):
                sheet.write_blank(row, column, None, border)
        for row, person in enumerate(people, 1):
            for column, name in enumerate(headers):
                value = person.get(name)
                if isinstance(value, datetime):
                    sheet.write_datetime(row, column, value, border)
                elif value is not None:
                    sheet.write(row, column, value)
    return target.getvalue()


def plain_workbook(rows: Sequence[Sequence[object]]) -> bytes:
    """Return a workbook of one sheet with these cells."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return target.getvalue()


def changed_part(workbook: bytes, path: str, old: bytes, new: bytes) -> bytes:
    """Return a workbook in which one part says something else."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(target, "w") as copy:
        for entry in source.infolist():
            part = source.read(entry)
            if entry.filename == path:
                assert old in part
                part = part.replace(old, new)
            copy.writestr(entry.filename, part, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return files as a compressed archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return target.getvalue()
