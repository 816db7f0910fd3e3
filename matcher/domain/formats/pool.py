"""
The pool folder: one CSV per table, its headers the field names; a missing file is fine.

Rows name each other by the sender's own keys. Lists in a cell are separated by ``|``, answers are
``true``, ``false`` or empty for unknown, dates are ISO.
"""

from matcher.domain.columns import PLACEMENT_KINDS
from matcher.domain.formats.candidate_lists import CANDIDATE_LISTS
from matcher.domain.formats.fields import (
    DATE,
    PC4,
    Field,
    Table,
    choice,
    decimal,
    fields,
    in_order,
    list_of,
    refers,
    text,
)
from matcher.domain.formats.formats import Format
from matcher.domain.formats.people import (
    AUDIT_ATTRIBUTES,
    CANDIDATES,
    COACH_SITES,
    COACHES,
    COMPANIONS,
    DEPLOYMENTS,
    IDENTITIES,
)
from matcher.domain.formats.work import (
    EMPLOYER_CONTACTS,
    EMPLOYERS,
    PLACEMENT_REQUIREMENTS,
    PLACEMENT_TAGS,
    PLACEMENT_TASKS,
    PLACEMENTS,
    SITES,
    SUPERVISOR_GROUPS,
)

SHARING_AGREEMENTS = Table(
    "sharing_agreements",
    "kinds of placement opened to the candidates of another pool",
    fields(
        refers("other_pool", "pools", "the other pool's short name"),
        Field("kinds", list_of(choice(*PLACEMENT_KINDS)), "which kinds", default=[]),
        Field("from_on", DATE, "first day", required=True),
        Field("until_on", DATE, "last day; empty: open"),
    ),
    identity=("other_pool", "from_on"),
    checks=(in_order("from_on", "until_on"),),
)

POSTCODE_AREAS = Table(
    "postcode_areas",
    "centres of four-digit postcode areas (WGS 84), shared by all pools",
    fields(
        Field("pc4", PC4, "the area", required=True),
        Field("latitude", decimal(-90, 90, 15), "degrees north", required=True),
        Field("longitude", decimal(-180, 180, 15), "degrees east", required=True),
        Field("source", text(200), "where it comes from"),
    ),
    identity=("pc4",),
)

# Parents before the rows that name them; placements before candidates, which is also the order
# in which every transaction locks them.
TABLES = (
    COACHES,
    EMPLOYERS,
    EMPLOYER_CONTACTS,
    SITES,
    COACH_SITES,
    SUPERVISOR_GROUPS,
    PLACEMENTS,
    PLACEMENT_REQUIREMENTS,
    PLACEMENT_TASKS,
    PLACEMENT_TAGS,
    CANDIDATES,
    *CANDIDATE_LISTS,
    COMPANIONS,
    IDENTITIES,
    AUDIT_ATTRIBUTES,
    DEPLOYMENTS,
    SHARING_AGREEMENTS,
    POSTCODE_AREAS,
)

POOL = Format(
    kind="pool",
    meaning="a whole pool: a folder, or a zip of one, with a CSV per table",
    sources=TABLES,
)
