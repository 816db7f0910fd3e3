"""The mathematics: arrays only, people are row numbers. ``assign`` is the array door."""

from matcher.optimisation.assignment.alternatives import (
    Alternative,
    Change,
    Move,
    alternatives_of_candidate,
    alternatives_of_placement,
    one_more_opening,
)
from matcher.optimisation.assignment.arrays import Outcome, Pairs
from matcher.optimisation.assignment.conditions import Logic
from matcher.optimisation.assignment.consistency import Breach, Clash, Fixing
from matcher.optimisation.assignment.door import assign
from matcher.optimisation.assignment.fixing import assign_around, take_out
from matcher.optimisation.assignment.limits import Limits
from matcher.optimisation.assignment.residual import Residual

__all__ = [
    "Alternative",
    "Breach",
    "Change",
    "Clash",
    "Fixing",
    "Limits",
    "Logic",
    "Move",
    "Outcome",
    "Pairs",
    "Residual",
    "alternatives_of_candidate",
    "alternatives_of_placement",
    "assign",
    "assign_around",
    "one_more_opening",
    "take_out",
]
