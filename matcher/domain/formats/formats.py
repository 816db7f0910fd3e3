"""An import format: which tables its files hold, and what becomes of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from matcher.domain.formats.checking import Checked, check, no_faults
from matcher.domain.formats.fields import Table
from matcher.errors import ImportRefused


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
        found: dict[str, str] = {}
        faults = []
        for header in headers:
            name = by_plain.get(_plain(header))
            if name is None:
                if header.strip() and not self.other_columns:
                    faults.append(f"{file}: column '{header.strip()[:60]}' is not known")
            elif name in found.values():
                faults.append(f"{file}: column '{name}' stands twice")
            else:
                found[header] = name
        required = [each.name for each in table.fields if each.required]
        faults += [
            f"{file}: column '{name}' is missing" for name in required if name not in found.values()
        ]
        if not found and not faults:
            faults.append(f"{file}: none of its columns is known")
        if faults:
            raise ImportRefused(
                f"The columns of {file} are not those of {table.name}: {', '.join(table.by_name)}.",
                faults,
                code="bad_headers",
            )
        return found

    def read(
        self, frames: Mapping[str, tuple[str, pl.DataFrame]], secret: bytes | None = None
    ) -> Translation:
        """
        Return the tables to write.

        Parameters
        ----------
        frames
            Table name -> (file name, raw frame with ``row`` and the table's field names).
        secret
            Key of the hash that stands in for a number that may not be kept.
        """
        checked: dict[str, Checked] = {}
        faults = [no_faults()]
        for table in self.sources:
            if table.name in frames:
                file, raw = frames[table.name]
                checked[table.name], found = check(table, file, self._without_unknown(raw))
                faults.append(found)
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


def _plain(header: str) -> str:
    return " ".join(header.split()).casefold()
