"""Why a coach may open the record of somebody in another caseload: codes, and their meaning."""

from collections.abc import Mapping
from typing import Final

REASONS: Final[Mapping[str, str]] = {
    "colleague_absent": "collega afwezig: waarneming",
    "person_asks": "de persoon belt of staat aan de balie",
    "urgent": "spoed: het kan niet wachten op de eigen coach",
    "handover": "overdracht aan een andere coach",
}
"""Code -> what it says in Dutch. Words of one's own may come beside it, never in its place."""
