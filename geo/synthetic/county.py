"""The whole made-up county: every layer, checked, and the states that its villages must have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

import pandas as pd

from geo.layers.registry import LAYERS
from geo.layers.spec import check
from geo.synthetic import (
    areas,
    closures,
    fire_dangers,
    hazard_sites,
    incidents,
    land,
    risk_zones,
    rivers,
    roads,
    stays,
    teams,
)
from geo.synthetic.chance import SEED, generator
from geo.synthetic.record import AS_OF


@dataclass(frozen=True, slots=True)
class SyntheticCounty:
    """The made-up county: a checked frame for every layer, its data date, and the states its villages must have.

    `expected_states` has one row for each village and ISO week of the record: village_code, week ("2022-W40"), nights
    (the distinct nights of the village's township team that count, int) and state (a StayState), as of `as_of`.
    """

    layers: Mapping[str, pd.DataFrame]
    as_of: datetime
    expected_states: pd.DataFrame


def lengshuijiang(seed: int = SEED) -> SyntheticCounty:
    """The sample county; the same seed gives the same county. Geometry is WGS84 degrees with 7 decimals."""
    ground = land.settle(generator(seed, "land"))
    waters = rivers.run()
    streets = roads.lay(generator(seed, "roads"), ground, waters)
    villages = areas.villages(generator(seed, "villages"), ground)
    stations = teams.stations(ground, streets)
    crews = teams.teams(generator(seed, "teams"), stations)
    record, expected = stays.stays(generator(seed, "stays"), crews, ground)
    frames = {
        "county": areas.county(),
        "towns": areas.towns(ground),
        "villages": villages,
        "grids": areas.grids(generator(seed, "grids"), ground, villages),
        "stations": stations,
        "teams": crews,
        "leaders": teams.leaders(),
        "roads": roads.roads(streets),
        "rivers": rivers.rivers(waters),
        "risk_zones": risk_zones.risk_zones(generator(seed, "risk_zones")),
        "hazard_sites": hazard_sites.hazard_sites(generator(seed, "hazard_sites"), villages),
        "fire_dangers": fire_dangers.fire_dangers(generator(seed, "fire_dangers")),
        "detections": incidents.detections(),
        "incidents": incidents.incidents(generator(seed, "incidents"), villages),
        "closures": closures.closures(streets),
        "stays": record,
    }
    layers = {name: check(frames[name], spec) for name, spec in LAYERS.items() if name in frames}
    return SyntheticCounty(MappingProxyType(layers), AS_OF, expected)
