"""The import formats in words, for the README: made from the definitions, so never behind them."""

from matcher.domain.formats.fields import Field, Table
from matcher.domain.formats.formats import Format


def describe(read_as: Format) -> str:
    """Return a format as Markdown: per file a table of its columns."""
    parts = [f"### `--kind {read_as.kind}`", f"{_sentence(read_as.meaning)}."]
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
