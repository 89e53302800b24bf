"""Where one arrives in a village."""

from __future__ import annotations

import numpy as np
import pytest

from geo.arrivals import village_places, village_position
from geo.errors import NotFoundError
from tests.county import SmallCounty, centre, county_of, features, raw_layers, village_codes


def test_a_village_is_arrived_at_at_its_station(small_county: SmallCounty) -> None:
    places = village_places(small_county.atlas)
    stations = [centre(code) for code in village_codes()]
    assert [(point.x, point.y) for point in stations] == list(zip(places.lon, places.lat, strict=True))
    assert places.at_station.all()


def test_without_a_station_it_is_a_point_inside_the_village() -> None:
    layers = raw_layers()
    stations, teams = layers["stations"], layers["teams"]
    gone = "431381001200"
    teams.loc[teams["station"] == gone, "station"] = None
    atlas = county_of(stations=stations[stations["code"] != gone], teams=teams).atlas
    places, position = village_places(atlas), village_position(atlas, gone)
    assert [position] == np.flatnonzero(~places.at_station).tolist()
    assert gone == atlas.locate(float(places.lon[position]), float(places.lat[position])).village_code


def test_places_are_found_once_and_tied_to_the_roads(small_county: SmallCounty) -> None:
    places = village_places(small_county.atlas)
    assert places is village_places(small_county.atlas)
    assert places.snaps is not None
    assert places.snaps.nearest_m == pytest.approx(np.full(12, 985), abs=125)  # the roads are 985 or 1,108 m away


def test_without_roads_there_is_nothing_to_tie_them_to() -> None:
    assert village_places(county_of(roads=features([], []), closures=features([], [])).atlas).snaps is None


def test_an_unknown_village_is_named(small_county: SmallCounty) -> None:
    with pytest.raises(NotFoundError, match="431381009999"):
        village_position(small_county.atlas, "431381009999")
