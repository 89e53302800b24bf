"""Isolation: which roads, and which risk zones, the villages hang on; whom a closure would cut off."""

from geo.isolation.critical import CriticalRoad
from geo.isolation.cut_off import Behind, CutOffVillage, OffNetwork
from geo.isolation.questions import MOST_ROWS, CriticalZone, IsolatedBy, Isolation, isolated_by, isolation

__all__ = [
    "MOST_ROWS",
    "Behind",
    "CriticalRoad",
    "CriticalZone",
    "CutOffVillage",
    "IsolatedBy",
    "Isolation",
    "OffNetwork",
    "isolated_by",
    "isolation",
]
