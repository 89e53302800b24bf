"""The composition root: settings become services, one frozen value that the app and the command share."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from api.settings import SAMPLE_FOLDER, Settings, clock
from geo.atlas import Atlas
from geo.board import Board
from geo.reach import ReachAreas
from geo.store import County, Pause, is_absent, open_county

Made = TypeVar("Made")


class Kept(Generic[Made]):
    """The latest things made of one version of the data, such as its pages. They go when it goes. Safe for threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._made: dict[Hashable, Made] = {}

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What is kept as `key`, made if it is not there."""
        with self._lock:
            found = self._made.get(key)
        if found is None:
            found = make()
            with self._lock:
                self._made[key] = found
                while len(self._made) > self._most:
                    del self._made[next(iter(self._made))]
        return found


@dataclass(frozen=True, eq=False)
class Services:
    """What every question needs: one version of the county's data, and the present as one value."""

    county: County
    folder: Path
    is_sample: bool
    now: Callable[[], datetime]
    pages: Kept[bytes] = field(default_factory=lambda: Kept(40))
    areas: Kept[ReachAreas] = field(default_factory=lambda: Kept(4))

    @property
    def atlas(self) -> Atlas:
        """The reference data."""
        return self.county.atlas

    @property
    def board(self) -> Board:
        """The live state."""
        return self.county.board


def open_services(settings: Settings, *, before: Services | None = None, pause: Pause | None = None) -> Services:
    """The data folder opened, or the built-in sample where there is none; GeoError when it cannot be served.

    Layers that are the same as those served `before` are taken over. `pause` is called between short steps.
    """
    folder = served_folder(settings)
    known = before.county if before is not None and before.folder == folder else None
    county = open_county(folder, before=known, pause=pause)
    fixed = settings.now or county.manifest.present
    return Services(county, folder, folder == SAMPLE_FOLDER, (lambda: fixed) if fixed else clock)


def served_folder(settings: Settings) -> Path:
    """The data folder, or the sample's where there is none yet."""
    return SAMPLE_FOLDER if is_absent(settings.folder) else settings.folder
