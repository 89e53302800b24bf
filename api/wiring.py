"""The composition root: settings become services, one frozen value that the app and the command share."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock

from api.settings import SAMPLE_FOLDER, Settings, clock
from geo.atlas import Atlas
from geo.board import Board
from geo.store import County, Pause, is_absent, open_county


class Pages:
    """The latest pages drawn from one version of the data; they go when it goes. Safe for threads."""

    def __init__(self, most: int = 40) -> None:
        self._most = most
        self._lock = Lock()
        self._drawn: dict[Hashable, bytes] = {}

    def get(self, key: Hashable, draw: Callable[[], bytes]) -> bytes:
        """The page called `key`, drawn if it is not there."""
        with self._lock:
            page = self._drawn.get(key)
        if page is None:
            page = draw()
            with self._lock:
                self._drawn[key] = page
                while len(self._drawn) > self._most:
                    del self._drawn[next(iter(self._drawn))]
        return page


@dataclass(frozen=True, eq=False)
class Services:
    """What every question needs: one version of the county's data, and the present as one value."""

    county: County
    folder: Path
    is_sample: bool
    now: Callable[[], datetime]
    pages: Pages = field(default_factory=Pages)

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
