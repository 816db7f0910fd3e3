"""The rows of a query as a frame: by COPY for whole pools, by a prepared statement for a few."""

import io
from collections.abc import Mapping

import polars as pl
from psycopg import sql
from sqlmodel import Session

from matcher.store.database import raw_connection
from matcher.store.selections import SEPARATOR

Schema = Mapping[str, pl.DataType | type[pl.DataType]]


def query_of(
    schema: Schema, special: Mapping[str, str], table: str, source: str, condition: str
) -> str:
    """
    Return the query that gives a schema's columns, in its order.

    Parameters
    ----------
    special
        How a column is found, by its short name; any other is the table's column of that name.
    table
        The alias of that table in ``source``.
    """
    columns = (
        special.get(short, f"{table}.{short}")
        for short in (name.rpartition(".")[2] for name in schema)
    )
    return f"select {', '.join(columns)} from {source} where {condition}"


def read_many(db: Session, query: str, schema: Schema, **values: object) -> pl.DataFrame:
    """Return the rows of a query as a frame, by COPY; ``{name}`` in it is a value."""
    filled = sql.SQL(query).format(**{name: sql.Literal(value) for name, value in values.items()})
    out = io.BytesIO()
    with raw_connection(db).cursor() as cursor:
        # Of tables that it has not looked at lately the planner thinks they are small, and loops
        # over them: minutes for a pool. Over whole pools a hash is never much worse.
        cursor.execute("set local enable_nestloop = off")
        with cursor.copy(sql.SQL("copy ({}) to stdout with (format csv)").format(filled)) as copy:
            for block in copy:
                out.write(block)
        cursor.execute("set local enable_nestloop = on")
    if not out.tell():
        return pl.DataFrame(schema=schema)
    out.seek(0)
    return _of_texts(
        pl.read_csv(out, has_header=False, new_columns=list(schema), infer_schema=False), schema
    )


def read_few(db: Session, query: str, schema: Schema, **values: object) -> pl.DataFrame:
    """Return few rows of a query as a frame, by a prepared statement, which COPY cannot be."""
    named = sql.SQL(query).format(**{name: sql.Placeholder(name) for name in values})
    with raw_connection(db).cursor() as cursor:
        cursor.execute(named, values, prepare=True)
        result = cursor.pgresult
        assert result is not None
        rows = range(result.ntuples)
        # The texts as the server sent them are those that COPY gives.
        columns = {
            name: [_decoded(result.get_value(row, at)) for row in rows]
            for at, name in enumerate(schema)
        }
    return _of_texts(pl.DataFrame(columns, schema=dict.fromkeys(schema, pl.String)), schema)


def _decoded(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def _of_texts(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    return frame.select(_typed(name, dtype) for name, dtype in schema.items())


def _typed(name: str, dtype: pl.DataType | type[pl.DataType]) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.Boolean:
        return column == "t"
    if dtype == pl.Date:
        return column.str.to_date("%Y-%m-%d")
    if isinstance(dtype, pl.List):
        elements = column.str.split(SEPARATOR)
        return elements.list.filter(pl.element() != "").cast(dtype)
    return column.cast(dtype)
