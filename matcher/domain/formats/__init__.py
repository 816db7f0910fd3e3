"""The import formats, one file each. A new one is written in its own file and named here."""

from matcher.domain.formats.formats import Format
from matcher.domain.formats.plain import PLAIN
from matcher.domain.formats.pool import POOL
from matcher.domain.formats.sonar import SONAR

FORMATS: tuple[Format, ...] = (POOL, SONAR, *PLAIN)
KINDS: tuple[str, ...] = tuple(each.kind for each in FORMATS)


def format_of(kind: str) -> Format:
    """
    Return the format of a kind.

    Raises
    ------
    KeyError
        There is no such kind.
    """
    return {each.kind: each for each in FORMATS}[kind]
