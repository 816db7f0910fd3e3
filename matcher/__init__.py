"""
Placement matching for labour pools: the whole pool at once, one person, one pair.

``plan(snapshot, policy)`` proposes for a whole pool and proves it, ``rank`` answers for one person
or one placement, ``explain`` for one pair; all three by the same rules and terms.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matcher.domain.policy import Policy
    from matcher.domain.snapshot import PoolSnapshot
    from matcher.optimisation.explanation import explain
    from matcher.optimisation.planning import plan
    from matcher.optimisation.ranking import rank

__all__ = ["Policy", "PoolSnapshot", "explain", "plan", "rank"]

_HOME = {
    "Policy": "matcher.domain.policy",
    "PoolSnapshot": "matcher.domain.snapshot",
    "explain": "matcher.optimisation.explanation",
    "plan": "matcher.optimisation.planning",
    "rank": "matcher.optimisation.ranking",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for: the solver is not needed to read settings."""
    if name not in _HOME:
        raise AttributeError(f"module 'matcher' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
