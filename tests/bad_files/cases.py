"""What a bad file is: how it is made, which layer it is imported as, and what the whole intake must make of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.intake import Wishes

Make = Callable[[Path], Path]
"""Makes the file in an empty folder of its own and says where it is."""

Content = bytes | str | Callable[[], bytes | str]


@dataclass(frozen=True)
class Refused:
    """The file as a whole is not taken: the error's class, and a part of what it says."""

    words: str
    error: str = "UnreadableFileError"


@dataclass(frozen=True)
class Faulty:
    """The file is read, and faults with these words name its rows."""

    words: str
    rows: int
    faults: int = 1


@dataclass(frozen=True)
class Repaired:
    """Every row is taken, and the words tell of the one repair."""

    words: str
    rows: int


@dataclass(frozen=True)
class Taken:
    """Every row is taken as it stands; a remark says the words (empty: none is asked for)."""

    rows: int
    words: str = ""


Outcome = Refused | Faulty | Repaired | Taken


@dataclass(frozen=True)
class BadFile:
    """One file; with `upsert` the loaded layer is what the file brings up to date."""

    name: str
    make: Make
    outcome: Outcome
    layer: str
    wishes: Wishes
    upsert: bool = False


class Family(list[BadFile]):
    """Files of one kind, imported as `layer` in degrees unless a file is added otherwise."""

    def __init__(self, layer: str) -> None:
        super().__init__()
        self.layer = layer

    def add(
        self, name: str, make: Make, outcome: Outcome, *, layer: str = "", upsert: bool = False, **wishes: Any
    ) -> None:
        """One file more; `wishes` are those of the import."""
        said = Wishes(**{"crs": "EPSG:4326", **wishes})
        self.append(BadFile(name, make, outcome, layer or self.layer, said, upsert))
