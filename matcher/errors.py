"""
What can go wrong, told in our own words.

The core raises these and knows no HTTP; ``api/problems.py`` holds the table from error to status.
A message says what, why and what to do, and names the value; it never holds personal data.
"""

from collections.abc import Sequence
from typing import ClassVar


class MatcherError(Exception):
    """
    The parent of every error of this product.

    Parameters
    ----------
    message
        For a person: what happened, the value concerned, the way out. No personal data.
    code
        For a program, in snake_case; without it the code of the class.
    """

    default_code: ClassVar[str] = "matcher_error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code


class NotFound(MatcherError):
    """It is not there, or not yours: the same answer, so that nobody learns which."""

    default_code = "not_found"


class Conflict(MatcherError):
    """It does not go with what already stands: decided, full, already open."""

    default_code = "conflict"


class Stale(MatcherError):
    """Somebody changed it since you read it."""

    default_code = "stale"


class Invalid(MatcherError):
    """A value that was given cannot be used."""

    default_code = "invalid"


class Unavailable(MatcherError):
    """A server that we need cannot be reached or started."""

    default_code = "unavailable"


class SettingsError(MatcherError):
    """The environment holds a setting that is unknown or bad."""

    default_code = "bad_settings"


class _Faults(MatcherError):
    """An error with all of its faults at once, one per line of the message."""

    def __init__(
        self, message: str, faults: Sequence[str] = (), *, code: str | None = None
    ) -> None:
        super().__init__("\n- ".join([message, *faults]), code=code)
        self.faults = tuple(faults)


class PolicyError(_Faults):
    """A policy is refused whole: unknown names, bad values, protected columns, all at once."""

    default_code = "bad_policy"


class ImportRefused(_Faults):
    """A file cannot be read at all: its kind, size or headers. Faulty rows are values, not this."""

    default_code = "import_refused"


class SnapshotError(MatcherError):
    """Frames or arrays break their promise: lengths, indexes, overflow, missing columns."""

    default_code = "bad_snapshot"


class SolverFailed(MatcherError):
    """The solver crashed, gave no usable status, or its certificate does not close."""

    default_code = "solver_failed"


class OutOfTime(SolverFailed):
    """Time ran out before any plan was found that meets what is asked, or none was proved."""


class RunStopped(MatcherError):
    """The run is no longer ours (the fence moved on), or somebody cancelled it."""

    default_code = "run_stopped"
