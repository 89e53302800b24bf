"""The composition root: settings become services, one frozen value that the app and the command share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from api.imports import is_absent
from api.settings import SAMPLE_FOLDER, Settings, clock
from geo.atlas import Atlas
from geo.board import Board
from geo.store import County, open_county


@dataclass(frozen=True, eq=False)
class Services:
    """What every question needs: the county's data, and the present as one value."""

    county: County
    folder: Path
    is_sample: bool
    now: Callable[[], datetime]

    @property
    def atlas(self) -> Atlas:
        """The reference data."""
        return self.county.atlas

    @property
    def board(self) -> Board:
        """The live state."""
        return self.county.board


def open_services(settings: Settings) -> Services:
    """The data folder opened, or the built-in sample where there is none; GeoError when it cannot be served."""
    folder = served_folder(settings)
    county = open_county(folder)
    fixed = settings.now or county.manifest.present
    return Services(county, folder, folder == SAMPLE_FOLDER, (lambda: fixed) if fixed else clock)


def served_folder(settings: Settings) -> Path:
    """The data folder, or the sample's where there is none yet."""
    return SAMPLE_FOLDER if is_absent(settings.folder) else settings.folder
