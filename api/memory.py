"""Memory that was freed: used again by other threads, and given back to the system."""

from __future__ import annotations

import ctypes
from typing import Final

_ARENA_MAX: Final = -8  # M_ARENA_MAX of malloc.h
_ARENAS: Final = 2


def share_arenas() -> None:
    """Have all threads take memory from two places; where the C library is not glibc, nothing. Before threads start.

    glibc gives each of some first threads its own, eight for each processor. What one of them has freed no other uses:
    a service that makes pages on whatever thread is free grew by a tenth in half an hour.
    """
    if _TRIM is not None:
        ctypes.CDLL(None).mallopt(_ARENA_MAX, _ARENAS)


def give_back_memory() -> None:
    """Have the system take back what is free between what is in use; where the C library is not glibc, nothing.

    glibc gives back of itself only what is free at the end of its heap, and a version of the data that goes leaves its
    holes in the middle, which answers of other sizes do not fill again. The interpreter's lock is let go meanwhile.
    """
    if _TRIM is not None:
        _TRIM(0)


def _found() -> ctypes._NamedFuncPointer | None:
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, TypeError, AttributeError):  # another C library, or another system
        return None


_TRIM: Final = _found()
