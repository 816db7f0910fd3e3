"""What can stand against a pin of a coach, in words; gates and rules have their own."""

from collections.abc import Mapping

AGAINST_PINS: Mapping[str, str] = {
    "candidate": "one person, two placements",
    "openings": "no opening left",
    "limit": "more of a limit than there is",
    "apart": "two people apart at one site",
    "together": "two who start together cannot",
    "team": "the team cannot be filled",
    "companion": "it does not go with where a companion goes already",
    "candidate_not_in_run": "the person is not planned for (any more)",
    "placement_not_in_pool": "the placement is not in the pool (any more)",
}
"""By the resource of a `matcher.domain.plan.PinConflict`."""
