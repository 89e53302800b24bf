"""LAYERS: every layer by name, in the order of listing and loading. A new layer is one file and one line here."""

from collections.abc import Mapping
from types import MappingProxyType

from geo.errors import NotFoundError
from geo.layers.closures import CLOSURES
from geo.layers.county import COUNTY
from geo.layers.detections import DETECTIONS
from geo.layers.grids import GRIDS
from geo.layers.hazard_sites import HAZARD_SITES
from geo.layers.incidents import INCIDENTS
from geo.layers.leaders import LEADERS
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
            ROADS,
            SPEEDS,
            RIVERS,
            WOODLAND,
            RISK_ZONES,
            HAZARD_SITES,
            DETECTIONS,
            INCIDENTS,
            CLOSURES,
            STAYS,
        )
    }
)


def layer(name: str) -> LayerSpec:
    """The specification of the layer called `name`; NotFoundError lists the layers there are."""
    try:
        return LAYERS[name]
    except KeyError:
        raise NotFoundError("layer", name, tuple(LAYERS)) from None
