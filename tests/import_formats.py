"""The page about import formats, made from their definitions; run it to write the page anew."""

from pathlib import Path

from matcher.domain.formats import FORMATS
from matcher.domain.formats.fields import Field, Table
from matcher.domain.formats.formats import Format

PAGE = Path(__file__).parents[1] / "docs" / "import-formats.md"
INTRODUCTION = """# Import formats

What each file and column may hold; required columns are **bold**. In CSV files the separator is `;`
or `,`, and the text UTF-8, or cp1252 when declared. Several values in one cell are separated by
`|`. An empty cell takes a value away, a column that is absent leaves it as it is. A list (all that
names a candidate, a placement, an employer or a coach in its first column) is replaced as a whole.

"""


def page() -> str:
    """The whole page."""
    return INTRODUCTION + "\n".join(map(describe, FORMATS))


def describe(read_as: Format) -> str:
    """Return a format as Markdown: per file a table of its columns."""
    parts = [f"## `--kind {read_as.kind}`", f"{_sentence(read_as.meaning)}."]
    parts += [_describe_table(table) for table in read_as.sources]
    return "\n\n".join(parts) + "\n"


def _describe_table(table: Table) -> str:
    lines = [
        f"**`{table.name}`**: {table.meaning}",
        "",
        "| column | value | meaning |",
        "|---|---|---|",
        *(_row(field) for field in table.fields),
    ]
    return "\n".join(lines)


def _row(field: Field) -> str:
    value = f"key of {field.refers_to}" if field.refers_to else field.parser.expected
    name = f"**{field.name}**" if field.required else field.name
    return f"| {name} | {_cell(value)} | {_cell(field.meaning)} |"


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page())
