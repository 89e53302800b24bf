"""Two folders change places in one step, where the system can do that."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path
from typing import Final

_HERE: Final = -100  # AT_FDCWD
_EXCHANGE: Final = 2  # RENAME_EXCHANGE
_CANNOT: Final = {errno.ENOSYS, errno.EINVAL}


def exchange(one: Path, other: Path) -> None:
    """Each of two existing folders gets the other's name; OSError when they cannot, and then neither has moved.

    Linux does it in one step (renameat2). Elsewhere, and on file systems without it, there is an instant in which
    `other` does not exist.
    """
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        _in_three_steps(one, other)
        return
    if rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
        return
    code = ctypes.get_errno()
    if code not in _CANNOT:
        raise OSError(code, os.strerror(code), str(other))
    _in_three_steps(one, other)


def _in_three_steps(one: Path, other: Path) -> None:
    aside = one.with_name(f"{one.name}.aside")
    other.rename(aside)
    try:
        one.rename(other)
    except OSError:
        aside.rename(other)
        raise
    aside.rename(one)
