"""Memory that was freed, given back to the system."""

from __future__ import annotations

import ctypes
from typing import Final


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
