"""Single files, CSV or XLSX, whose headers are the field names of one table."""

from matcher.domain.formats.fields import Table
from matcher.domain.formats.formats import Format
from matcher.domain.formats.people import CANDIDATES
from matcher.domain.formats.work import EMPLOYERS, PLACEMENTS


def _plain(table: Table) -> Format:
    return Format(
        kind=table.name,
        meaning=f"one CSV or XLSX file of {table.name}; its first sheet counts",
        sources=(table,),
    )


PLAIN = (_plain(CANDIDATES), _plain(EMPLOYERS), _plain(PLACEMENTS))
