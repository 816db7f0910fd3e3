"""The mathematics: arrays only, people are row numbers. ``assign`` is the array door."""

from matcher.optimisation.assignment.arrays import Outcome, Pairs
from matcher.optimisation.assignment.solving import assign

__all__ = ["Outcome", "Pairs", "assign"]
