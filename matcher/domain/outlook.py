"""Who and what is still to come: rates of a pool's own past, or those that its policy names."""

from collections.abc import Mapping
from dataclasses import dataclass

from matcher.domain.definitions import Parameter, Within

_A_WEEK = Within(0.0, 100_000.0, "a week")

POTENTIAL_PARAMETERS: Mapping[str, Parameter] = {
    parameter.name: parameter
    for parameter in (
        Parameter("enabled", True, bool, Within(0, 1)),
        Parameter("samples", 3, int, Within(3, 50, "futures")),
        Parameter("horizon_weeks", 16, int, Within(1, 104, "weeks")),
        Parameter("waiting_limit_days", 730, int, Within(0, 3660, "days")),
        Parameter("candidates_in", 0.0, float, _A_WEEK),
        Parameter("candidates_out", 0.0, float, _A_WEEK),
        Parameter("openings_in", 0.0, float, _A_WEEK),
        Parameter("openings_out", 0.0, float, _A_WEEK),
    )
}
"""About people still to come. Rates of 0 are not known; a pool's own history goes before them."""

LEAST_HISTORY_DAYS = 180
"""A pool's own past counts from half a year on: a quarter would be one season."""
MOST_HISTORY_MONTHS = 12

EVENTS = ("candidates_in", "candidates_out", "openings_in", "openings_out")


@dataclass(frozen=True)
class Outlook:
    """
    What is expected, and how futures are drawn from it.

    Parameters
    ----------
    candidates_in, openings_in
        New people and new openings a week, from 0.
    candidates_out, openings_out
        People who leave without a placement, and openings that close unfilled, a week, from 0.
    weeks
        The horizon, at least 1.
    samples
        How many futures, at least 1.
    seed
        Everything drawn follows from it.
    source
        ``history`` or ``policy``.
    months
        How many months of the pool's own past were read.
    """

    candidates_in: float
    candidates_out: float
    openings_in: float
    openings_out: float
    weeks: int
    samples: int
    seed: int
    source: str = "policy"
    months: int = 0
