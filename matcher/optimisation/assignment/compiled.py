"""How the inner loops are compiled: once per machine, kept in numba's cache, without the GIL."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba
from numba import types

_Function = TypeVar("_Function", bound=Callable[..., Any])

# Arrays of one dimension, contiguous. What a loop only reads is declared read-only, so that frames
# can hand over their own memory and every array still meets the one compiled form.
READ_INT32 = types.Array(types.int32, 1, "C", readonly=True)
READ_INT64 = types.Array(types.int64, 1, "C", readonly=True)
READ_BOOL = types.Array(types.boolean, 1, "C", readonly=True)
INT32 = types.Array(types.int32, 1, "C")
INT64 = types.Array(types.int64, 1, "C")
BOOL = types.Array(types.boolean, 1, "C")
_untyped: Any = types
TWO_INT32 = _untyped.UniTuple(INT32, 2)
NUMBER_AND_INT32 = _untyped.Tuple((types.int64, INT32))
# What an exchange needs of the pairs: starts, placement, points, match. Passed together, because
# the few pairs that matter are settled first and all of them after that.
GRAPH = _untyped.Tuple((READ_INT64, READ_INT32, READ_INT64, READ_INT32))


def compiled(result: Any, *arguments: Any) -> Callable[[_Function], _Function]:
    """
    Compile a loop for the given types when its module is imported, or read it from the cache.

    Where neither the source folder nor the user's cache folder can be written, the loop is
    compiled in each process instead of stopping the start.
    """
    signature = result(*arguments)

    def decorate(function: _Function) -> _Function:
        try:
            loop: _Function = numba.njit(signature, cache=True, nogil=True)(function)
        except (RuntimeError, OSError):
            loop = numba.njit(signature, nogil=True)(function)
        return loop

    return decorate
