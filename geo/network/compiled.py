"""How the kernels that are asked most often are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba


def lean(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a kernel that allocates nothing; numba refuses one that does.

    Numba then counts no references to arrays, which takes more than half of the time of kernels that call each other.
    """
    compiled: Callable[..., Any] = numba.njit(  # type: ignore[call-overload]  # the option is not in its stubs
        cache=True, nogil=True, _nrt=False
    )(function)
    return compiled
