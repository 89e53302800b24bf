"""The grids that an order maps members to (R16): which they are, and who was seen in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo import crs
from geo.atlas import Atlas
from geo.board import Order
from geo.order_board.sightings import Sighting


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A grid cell with its village and its area in WGS84 degrees."""

    code: str
    village_code: str
    shape: Any

    @property
    def place(self) -> tuple[float, float]:
        """A point inside (lon, lat): where one arrives by road."""
        point = shapely.point_on_surface(self.shape)
        return point.x, point.y


def grids_of(atlas: Atlas, order: Order) -> Mapping[tuple[str, str], Grid]:
    """The grid of each team and member that the order maps; a grid that the county no longer has maps nobody."""
    if not order.grids:
        return {}
    wanted = {code for members in order.grids.values() for code in members.values()}
    known = zip(atlas.grid_villages.items(), atlas.grid_index.shapes, strict=True)
    grids = {code: Grid(code, village_code, shape) for (code, village_code), shape in known if code in wanted}
    return {
        (team_id, member_id): grids[code]
        for team_id, members in order.grids.items()
        for member_id, code in members.items()
        if code in grids
    }


def seen_inside(atlas: Atlas, seen: Sequence[tuple[Grid, Sighting]], margin_m: float) -> frozenset[int]:
    """The events of the sightings that lie in the grid beside them, or at most `margin_m` outside it (R06, R16).

    What tells no place, as a stay on paper does, lies in no grid.
    """
    placed = [(grid, one) for grid, one in seen if one.lon is not None]
    if not placed:
        return frozenset()
    lon, lat = ([getattr(one, name) for _, one in placed] for name in ("lon", "lat"))
    here = shapely.points(*crs.transformer(crs.WGS84, atlas.metric_crs).transform(lon, lat))
    areas = crs.to_metres(np.array([grid.shape for grid, _ in placed], dtype=object), atlas.metric_crs)
    inside = shapely.dwithin(areas, here, margin_m)
    return frozenset(one.event for (_, one), is_inside in zip(placed, inside, strict=True) if is_inside)
