"""An import format: which tables its files hold, and what becomes of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from matcher.domain.formats.checking import Checked, check, no_faults
from matcher.domain.formats.fields import Table
from matcher.errors import ImportRefused


@dataclass(frozen=True)
class RawTable:
    """One file as text: ``row`` and the table's field names; the faults that reading found."""

    file: str
    frame: pl.DataFrame
    faults: pl.DataFrame


@dataclass(frozen=True)
class Translation:
    """Tables to write, by name and parents first; faults leave rows out, warnings do not."""

    tables: dict[str, Checked]
    faults: pl.DataFrame
    warnings: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Format:
    """
    One import format.

    ``sources`` are the tables as the sender writes them; ``translate`` turns them into ours, given
    a secret for hashing keys, and is left out where they are ours already. ``sheet`` names the
    sheet of a workbook, ``unknown_words`` what stands for an empty cell, ``other_columns`` whether
    further columns may stand in the file.
    """

    kind: str
    meaning: str
    sources: tuple[Table, ...]
    translate: Callable[[Checked, bytes | None], Translation] | None = None
    sheet: str | None = None
    unknown_words: tuple[str, ...] = ()
    other_columns: bool = False

    def rename(self, table: Table, file: str, headers: Sequence[str]) -> dict[str, str]:
        """
        Return header -> field name for the columns that are read.

        Case and spaces of a header do not count.

        Raises
        ------
        ImportRefused
            Headers that are not known, stand twice or are missing: all of them at once.
        """
        by_plain = {_plain(name): name for name in table.by_name}
        named = [(header, by_plain.get(_plain(header))) for header in headers]
        found = {header: name for header, name in named if name is not None}
        if not found:
            # Not repeated: without a header the first row may say who somebody is.
            faults = [f"{file}: none of its columns is known; is its first row the header?"]
        else:
            names = [name for _, name in named if name is not None]
            faults = [f"{file}: column '{name}' stands twice" for name in _repeated(names)]
            faults += [
                f"{file}: column '{name}' is missing"
                for name, field in table.by_name.items()
                if field.required and name not in names
            ]
            if not self.other_columns:
                faults += [
                    f"{file}: column '{header.strip()[:60]}' is not known"
                    for header, name in named
                    if name is None and header.strip()
                ]
        if faults:
            raise ImportRefused(
                f"The columns of {table.name} are {', '.join(table.by_name)}.",
                faults,
                code="bad_headers",
            )
        return found

    def read(self, files: Mapping[str, RawTable], secret: bytes | None = None) -> Translation:
        """
        Return the tables to write.

        Parameters
        ----------
        files
            What was read, by table name.
        secret
            Key of the hash that stands in for a number that may not be kept.
        """
        checked: dict[str, Checked] = {}
        faults = [no_faults()]
        for table in self.sources:
            if raw := files.get(table.name):
                read, found = check(table, raw.file, self._without_unknown(raw.frame))
                read.bad_rows.update(raw.faults["row"].to_list())
                checked[table.name] = read
                faults += [raw.faults, found]
        if self.translate is None:
            return Translation(checked, pl.concat(faults), no_faults())
        (source,) = checked.values()
        made = self.translate(source, secret)
        return Translation(made.tables, pl.concat([*faults, made.faults]), made.warnings)

    def _without_unknown(self, raw: pl.DataFrame) -> pl.DataFrame:
        if not self.unknown_words:
            return raw
        words = list(self.unknown_words)
        cells = pl.exclude("row")
        known = ~cells.str.strip_chars().str.to_lowercase().is_in(words)
        return raw.with_columns(pl.when(known).then(cells).name.keep())


def _repeated(names: Sequence[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _plain(header: str) -> str:
    return " ".join(header.split()).casefold()
