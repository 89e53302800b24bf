"""How much room there is where the data are: the same limits for health, the metrics and `yixian doctor`."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LOW_BYTES: Final = 1024**3
LOW_SHARE: Final = 0.05
"""Less than either is told to the operator: an import of a large layer, or a journal that grows, may not fit."""
LEAST_BYTES: Final = 64 * 1024**2
"""With less, the next import or the next thousands of events fail."""


@dataclass(frozen=True, slots=True)
class Disk:
    """What this program may still write where the data are, and how large that disk is."""

    free_bytes: int
    total_bytes: int

    @property
    def share_free(self) -> float:
        """0 to 1; of a disk without a size 0."""
        return self.free_bytes / self.total_bytes if self.total_bytes else 0.0

    @property
    def is_low(self) -> bool:
        """Whether somebody should make room."""
        return self.free_bytes < LOW_BYTES or self.share_free < LOW_SHARE


def disk_of(folder: Path) -> Disk | None:
    """The disk under a folder, or under the first one above it that is there; None where nobody can tell."""
    for path in (folder.absolute(), *folder.absolute().parents):
        try:
            found = shutil.disk_usage(path)
        except FileNotFoundError:
            continue
        except OSError:
            return None
        return Disk(found.free, found.total)
    return None
