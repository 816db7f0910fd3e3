"""
The Sonar dashboard workbook, a municipal export of people seeking work.

Its 35 columns are found by header, in any order. Known from one example of 2022 (UM-Pilot of
VNG Realisatie), whose oddities are met here: unknown written as NNB, ??, Onbekend or nothing, the
citizen service number (BSN) as the only key, formatted rows without content. Three mistakes of the
converter that came with it are not repeated: a BSN is never kept, a wished occupation is no
experience, and a level of education says nothing of a diploma.
"""

import hashlib
import hmac

import polars as pl

from matcher.domain.formats.candidate_lists import CANDIDATE_LISTS
from matcher.domain.formats.checking import Checked, faults_of, no_faults
from matcher.domain.formats.fields import Table
from matcher.domain.formats.formats import Format, Translation
from matcher.domain.formats.people import CANDIDATES, COACHES, IDENTITIES
from matcher.domain.formats.sonar_columns import SOURCE
from matcher.errors import ImportRefused

SHEET = "Blad 1"
UNKNOWN_WORDS = ("nnb", "??", "onbekend")
UNKNOWN_SECTOR = "99999"
DUTCH = "nld"
CONSENT_GIVEN_HOW = "Sonar: Toestemming"
CONSENT_PURPOSE = "matching"
KEY_PREFIX = "sonar-"
PROFILE = {
    "Beschikbare uren/wk": "hours_max",
    "Gemeente": "municipality",
    "Postcode": "mediation_postcode",
    "Banenafspraak": "register_flag",
    "Klantprofiel": "scheme",
    "GSD Kantoor": "payer",
    "Participatieladder": "ladder_step",
}
IDENTITY = {
    "Volledige Naam": "name",
    "Telefoonnummer": "phone",
    "E-mailadres": "email",
    "Straatnaam": "street",
    "Huisnummer": "house_number",
    "Huisnummer Toevoeging": "house_number_addition",
}


def translate(source: Checked, secret: bytes | None) -> Translation:
    """
    Return the tables of ours that a checked workbook holds.

    A list that the workbook does not know of somebody (no licence told, no transport told) is not
    in it, so that what a coach has recorded stays.

    Raises
    ------
    ImportRefused
        A key must be hashed and there is no secret.
    """
    keyed, faults = _with_keys(source, secret)
    source.bad_rows.update(faults["row"].to_list())
    tables = [
        _coaches(source, keyed),
        _candidates(source, keyed),
        *_lists(source, keyed),
        _identities(source, keyed),
    ]
    return Translation(
        {each.table.name: each for each in tables if each.present},
        faults,
        _to_map_by_hand(source),
    )


def _with_keys(source: Checked, secret: bytes | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows with a ``key``, without the BSN, and a fault where there can be none."""
    names = {"ID_WZ", "BSN"} - set(source.frame.columns)
    frame = source.frame.with_columns(pl.lit(None, pl.String).alias(name) for name in names)
    number = frame["BSN"].str.replace_all(r"[ .]", "")
    usable = number.str.contains("^[0-9]{8,9}$").fill_null(False)
    own = frame["ID_WZ"]
    if secret is None and (own.is_null() & usable).any():
        raise ImportRefused(
            "Rows without ID_WZ get a hash of the BSN as key, and there is no secret to hash with. "
            "Maybe: set WORKPOOL_SECRET_KEY, the same one at every import.",
            code="no_secret_key",
        )
    hashed = pl.Series(
        "key",
        [
            own_key or (usable_here and secret and _hashed(digits, secret)) or None
            for own_key, digits, usable_here in zip(own, number, usable, strict=True)
        ],
        dtype=pl.String,
    )
    frame = frame.with_columns(hashed)
    is_number = own.is_not_null() & own.str.replace_all(r"[ .]", "").is_in(
        number.drop_nulls().implode()
    )
    later = pl.col("key").is_not_null() & (pl.col("row") != pl.col("row").first().over("key"))
    by_own = later & pl.col("ID_WZ").is_not_null()
    by_number = later & pl.col("ID_WZ").is_null()
    keyless = own.is_null() & ~usable
    one_row = "one row per person"
    parts = (
        (frame.filter(keyless & number.is_null()), "ID_WZ", "missing", "ID_WZ or BSN", None),
        (frame.filter(keyless & number.is_not_null()), "BSN", "bad_value", "8 or 9 digits", None),
        (frame.filter(is_number), "ID_WZ", "bsn_as_key", "a key that is not a BSN", None),
        (frame.filter(by_own), "ID_WZ", "duplicate", one_row, pl.col("ID_WZ")),
        (frame.filter(by_number), "BSN", "duplicate", one_row, None),
    )
    faults = pl.concat(
        [
            no_faults(),
            *(
                faults_of(rows, source.file, column, code, expected, value)
                for rows, column, code, expected, value in parts
            ),
        ]
    )
    return frame.drop("BSN"), faults


def _hashed(digits: str, secret: bytes) -> str:
    """Return a key that stands in for a BSN and does not lead back to it without the secret."""
    whole_number = digits.zfill(9).encode()
    return KEY_PREFIX + hmac.new(secret, whole_number, hashlib.sha256).hexdigest()[:32]


def _made(
    source: Checked,
    table: Table,
    frame: pl.DataFrame,
    *,
    whole: bool = False,
    scope: tuple[tuple[str, str], ...] = (),
) -> Checked:
    """Return rows of one of our tables, bad where the row of the workbook is."""
    present = tuple(name for name in frame.columns if name != "row")
    return Checked(
        table, source.file, frame, present, set(source.bad_rows), whole=whole, scope=scope
    )


def _coach_key(frame: pl.DataFrame) -> pl.Expr:
    if "Medewerker Naam" not in frame.columns:
        return pl.lit(None, pl.String)
    return pl.col("Medewerker Naam").str.to_lowercase().str.replace_all(r"\s+", " ")


def _coaches(source: Checked, keyed: pl.DataFrame) -> Checked:
    """Return the coaches named in good rows; their name is their key, there is no other."""
    bad = pl.Series(sorted(source.bad_rows), dtype=pl.Int64)
    rows = keyed.filter(~pl.col("row").is_in(bad.implode()))
    if "Medewerker Naam" not in keyed.columns:
        return Checked(COACHES, source.file, pl.DataFrame({"row": []}), ())
    named = rows.select("row", key=_coach_key(rows), name=pl.col("Medewerker Naam"))
    coaches = named.drop_nulls("key").unique("key", keep="first", maintain_order=True)
    return Checked(COACHES, source.file, coaches, ("key", "name"))


def _candidates(source: Checked, keyed: pl.DataFrame) -> Checked:
    columns = [
        pl.col(theirs).alias(ours) for theirs, ours in PROFILE.items() if theirs in keyed.columns
    ]
    since = [name for name in ("Inschrijfdatum", "Datum melding") if name in keyed.columns]
    if since:
        columns.append(pl.coalesce(since).alias("waiting_since"))
    if "Medewerker Naam" in keyed.columns:
        columns.append(_coach_key(keyed).alias("coach"))
    return _made(source, CANDIDATES, keyed.select("row", "key", *columns))


def _identities(source: Checked, keyed: pl.DataFrame) -> Checked:
    columns = [
        pl.col(theirs).alias(ours) for theirs, ours in IDENTITY.items() if theirs in keyed.columns
    ]
    if not columns:
        return Checked(IDENTITIES, source.file, pl.DataFrame({"row": []}), ())
    frame = keyed.select("row", pl.col("key").alias("candidate"), *columns)
    told = pl.any_horizontal(pl.exclude("row", "candidate").is_not_null())
    return _made(source, IDENTITIES, frame.filter(told))


def _lists(source: Checked, keyed: pl.DataFrame) -> list[Checked]:
    has = set(keyed.columns)
    person = keyed.with_columns(pl.col("key").alias("candidate"))
    found: dict[str, pl.DataFrame] = {}
    for theirs, name, ours in (
        ("Vervoer", "candidate_transport", "mode"),
        ("Rijbewijs", "candidate_licence", "licence"),
    ):
        if theirs in has:
            found[name] = (
                person.select("row", "candidate", pl.col(theirs).alias(ours))
                .explode(ours)
                .drop_nulls(ours)
            )
    for theirs, name, ours in (
        ("Opleidingsniveau", "candidate_education", "level"),
        ("Beroepssector", "candidate_sector", "sbi_code"),
    ):
        if theirs in has:
            told = pl.col(theirs).cast(pl.String) != UNKNOWN_SECTOR
            found[name] = person.filter(told).select("row", "candidate", pl.col(theirs).alias(ours))
    dutch = {
        theirs: ours
        for theirs, ours in (
            ("Mondeling Nederlands", "oral"),
            ("Schriftelijk Nederlands", "written"),
        )
        if theirs in has
    }
    scopes = {"candidate_language": (("language", DUTCH),)}
    if dutch:
        found["candidate_language"] = person.filter(
            pl.any_horizontal(pl.col(theirs).is_not_null() for theirs in dutch)
        ).select(
            "row",
            "candidate",
            pl.lit(DUTCH).alias("language"),
            *(pl.col(theirs).alias(ours) for theirs, ours in dutch.items()),
        )
    lists = [
        _made(source, table, found[table.name], scope=scopes.get(table.name, ()))
        for table in CANDIDATE_LISTS
        if table.name in found
    ]
    return [*lists, *_consents(source, person)]


def _consents(source: Checked, person: pl.DataFrame) -> list[Checked]:
    """Return a consent for every Ja; who says no, or nothing any more, loses this one."""
    if "Toestemming" not in person.columns:
        return []
    (table,) = (each for each in CANDIDATE_LISTS if each.name == "candidate_consent")
    given = person.filter(pl.col("Toestemming")).select(
        "row",
        "candidate",
        pl.lit(CONSENT_PURPOSE).alias("purpose"),
        pl.lit(CONSENT_GIVEN_HOW).alias("given_how"),
    )
    scope = (("given_how", CONSENT_GIVEN_HOW),)
    return [_made(source, table, given, whole=True, scope=scope)]


def _to_map_by_hand(source: Checked) -> pl.DataFrame:
    """Return a warning per wished occupation, which is free text where we need an address."""
    if "Bemiddelingsberoep" not in source.frame.columns:
        return no_faults()
    told = source.good().filter(pl.col("Bemiddelingsberoep").is_not_null())
    return faults_of(
        told,
        source.file,
        "Bemiddelingsberoep",
        "map_by_hand",
        "an occupation of CompetentNL, chosen by hand",
        pl.col("Bemiddelingsberoep"),
    )


SONAR = Format(
    kind="sonar",
    meaning="the Sonar dashboard workbook, XLSX or CSV",
    sources=(SOURCE,),
    translate=translate,
    sheet=SHEET,
    unknown_words=UNKNOWN_WORDS,
    other_columns=True,
)
