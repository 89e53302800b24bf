"""How fast responders drive and walk: one table of speeds, and what the profile of a responder may do.

The table is the county's to edit: rows of the layer `speeds` override these defaults. The defaults are the project's
own: what a loaded car keeps up on mountain roads, somewhat below the design speeds of JTG B01-2014.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.terms import RoadClass, Surface

Floats = npt.NDArray[np.float64]

_DEFAULT_KPH: Final = {  # paved, unpaved
    RoadClass.MOTORWAY: (100.0, 60.0),
    RoadClass.TRUNK: (70.0, 45.0),
    RoadClass.PRIMARY: (60.0, 40.0),
    RoadClass.SECONDARY: (50.0, 30.0),
    RoadClass.TERTIARY: (40.0, 25.0),
    RoadClass.UNCLASSIFIED: (30.0, 20.0),
    RoadClass.RESIDENTIAL: (25.0, 15.0),
    RoadClass.SERVICE: (15.0, 12.0),
    RoadClass.TRACK: (15.0, 10.0),
}


@dataclass(frozen=True, slots=True)
class SpeedTable:
    """Kilometres per hour for every road class on both surfaces."""

    kph: Mapping[tuple[RoadClass, Surface], float]

    def of_roads(self, roads: pd.DataFrame) -> Floats:
        """The speed on each road of a checked frame, shape (n,), km/h.

        A road's own `speed_kph` caps the table's figure: a legal limit is not what a mountain road lets one drive.
        Where the surface is not told, a track counts as unpaved, any other road as paved.
        """
        classes, surfaces = list(RoadClass), list(Surface)
        table = np.array([[self.kph[road_class, surface] for surface in surfaces] for road_class in classes])
        row = pd.Categorical(roads["road_class"], categories=[str(one) for one in classes]).codes
        column = pd.Categorical(roads["surface"], categories=[str(one) for one in surfaces]).codes
        untold = np.where(row == classes.index(RoadClass.TRACK), surfaces.index(Surface.UNPAVED), 0)
        own_kph = roads["speed_kph"].to_numpy(dtype=np.float64)
        capped: Floats = np.fmin(table[row, np.where(column < 0, untold, column)], own_kph)
        return capped


DEFAULT_SPEEDS: Final = SpeedTable(
    MappingProxyType(
        {
            (road_class, surface): kph
            for road_class, speeds in _DEFAULT_KPH.items()
            for surface, kph in zip((Surface.PAVED, Surface.UNPAVED), speeds, strict=True)
        }
    )
)


def speed_table(rows: pd.DataFrame) -> SpeedTable:
    """The defaults, overridden by the rows of the layer `speeds`.

    A row without a surface holds for both, unless another row names the surface.
    """
    told = {
        (RoadClass(road_class), None if pd.isna(surface) else Surface(surface)): float(kph)
        for road_class, surface, kph in zip(rows["road_class"], rows["surface"], rows["speed_kph"], strict=True)
    }
    kph = {key: told.get(key, told.get((key[0], None), default)) for key, default in DEFAULT_SPEEDS.kph.items()}
    return SpeedTable(MappingProxyType(kph))


@dataclass(frozen=True, slots=True)
class Profile:
    """What a responder's car may do that others may not.

    `against_oneway_factor`: how many times longer a one-way street takes against its direction; None: not allowed.
    """

    may_use_tracks: bool = True
    may_pass_gates: bool = True
    against_oneway_factor: float | None = None


@dataclass(frozen=True, slots=True)
class Walking:
    """The way between a place and the road. The path is `detour` times the straight gap, which `limit_m` bounds."""

    speed_kph: float = 3.0
    detour: float = 1.3
    limit_m: float = 3000.0

    @property
    def m_per_ms(self) -> float:
        """The speed in metres per millisecond."""
        return self.speed_kph / 3600


WALKING: Final = Walking()
