"""LAYERS: every layer by name, in the order of listing and loading. A new layer is one file and one line here.

FORMATS are only ever imported: their rows become events of the journal. No folder holds them and no Atlas has them, and
nothing lists them as layers. OTHER_FORMS are those that a file of a live layer may have instead of the layer's own.
"""

from collections.abc import Mapping
from types import MappingProxyType

from geo.errors import NotFoundError
from geo.layers.calendar_days import CALENDAR
from geo.layers.check_ins import CHECK_INS
from geo.layers.closures import CLOSURES
from geo.layers.county import COUNTY
from geo.layers.detections import DETECTIONS
from geo.layers.fire_dangers import FIRE_DANGERS
from geo.layers.grids import GRIDS
from geo.layers.hazard_sites import HAZARD_SITES
from geo.layers.incidents import INCIDENTS
from geo.layers.leaders import LEADERS
from geo.layers.leave import LEAVE
from geo.layers.nights import NIGHTS
from geo.layers.risk_zones import RISK_ZONES
from geo.layers.rivers import RIVERS
from geo.layers.roads import ROADS
from geo.layers.spec import LayerSpec
from geo.layers.speeds import SPEEDS
from geo.layers.stations import STATIONS
from geo.layers.stays import STAYS
from geo.layers.teams import TEAMS
from geo.layers.towns import TOWNS
from geo.layers.villages import VILLAGES
from geo.layers.woodland import WOODLAND

LAYERS: Mapping[str, LayerSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            COUNTY,
            TOWNS,
            VILLAGES,
            GRIDS,
            STATIONS,
            TEAMS,
            LEADERS,
            CALENDAR,
            ROADS,
            SPEEDS,
            RIVERS,
            WOODLAND,
            RISK_ZONES,
            HAZARD_SITES,
            FIRE_DANGERS,
            DETECTIONS,
            INCIDENTS,
            CLOSURES,
            STAYS,
        )
    }
)

FORMATS: Mapping[str, LayerSpec] = MappingProxyType({spec.name: spec for spec in (CHECK_INS, LEAVE, NIGHTS)})
OTHER_FORMS: Mapping[str, LayerSpec] = MappingProxyType({STAYS.name: NIGHTS})
IMPORTABLE: Mapping[str, LayerSpec] = MappingProxyType({**LAYERS, **FORMATS})
"""Whatever a file can be imported as."""


def layer(name: str) -> LayerSpec:
    """The specification of the layer called `name`; NotFoundError lists the layers there are."""
    try:
        return LAYERS[name]
    except KeyError:
        raise NotFoundError("layer", name, tuple(LAYERS)) from None


def importable(name: str) -> LayerSpec:
    """The layer or format that files are imported as, also when it is written as its door is (`check-ins`)."""
    try:
        return IMPORTABLE[name.replace("-", "_")]
    except KeyError:
        raise NotFoundError("layer", name, tuple(IMPORTABLE)) from None
