"""What the database refuses, in our own words."""

import psycopg
from sqlalchemy.exc import IntegrityError

from matcher.errors import Conflict, Invalid


def told(error: IntegrityError, name: str, table: str, *, removing: bool) -> Conflict | Invalid:
    """
    Return our own error for a constraint that a statement broke: the database's names the values.

    Parameters
    ----------
    name, table
        What the record is called, and its table.
    removing
        Whether the statement was to remove the record.
    """
    original = error.orig
    constraint = ""
    if isinstance(original, psycopg.Error):
        constraint = original.diag.constraint_name or ""
        constraint = constraint.removeprefix(f"{original.diag.table_name or table}_")
    match original:
        case psycopg.errors.UniqueViolation() if constraint.endswith("key_key"):
            return Conflict(f"There is a {name} with this key already.", code="key_taken")
        case psycopg.errors.UniqueViolation():
            return Invalid(f"A list of the {name} holds the same element twice.")
        case psycopg.errors.ForeignKeyViolation() if removing:
            return Conflict(f"Something still refers to this {name}.", code="in_use")
        case psycopg.errors.ForeignKeyViolation():
            names = constraint.removeprefix("pool_id_").removesuffix("_fkey")
            return Invalid(f"{names} names nothing in this pool.", code="unknown_reference")
        case psycopg.errors.CheckViolation() if constraint == "taken_check":
            return Conflict("More openings are taken than would be left.", code="openings_taken")
        case _:
            rule = constraint.removesuffix("_check").replace("_", " ")
            return Invalid(f"The values do not go together: {rule}.")
