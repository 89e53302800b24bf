"""Vector tiles: our bytes beside mapbox-vector-tile's reading and writing, and what a tile promises to show."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import geopandas
import mapbox_vector_tile
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import crs
from geo.errors import InputError, NotFoundError
from geo.layers.registry import LAYERS
from geo.layers.spec import LayerSpec
from geo.tiles import EXTENT, MOST_FEATURES, TileAddress, TileLayer, VectorTile, tiled, vector_tile
from geo.tiles.address import BUFFER, DEEPEST, NORTHMOST, PIXEL, world_shares
from geo.tiles.attributes import ID, tags
from geo.tiles.drawing import BOX, GRID, drawn
from geo.tiles.tile import layer_bytes
from geo.tiles.varints import encoded, varint, widths, zigzag

WOODLAND = LAYERS["woodland"]
LON, LAT = 111.45, 27.67


def at(lon: float, lat: float, zoom: int) -> TileAddress:
    """The tile that a place lies in."""
    column, row = np.floor(world_shares(np.array([[lon, lat]]))[0] * 2**zoom).astype(int).tolist()
    return TileAddress(zoom, column, row)


def layer(shapes: Any, spec: LayerSpec = WOODLAND, **columns: Any) -> TileLayer:
    """Shapes as a layer ready for tiles; the keys are F0, F1, …"""
    keys = [f"F{number}" for number in range(len(shapes))]
    blank = {name: None for name in (column.name for column in spec.columns) if name not in columns}
    frame = pd.DataFrame({**blank, **columns, spec.key: keys}, index=range(len(shapes)))
    return TileLayer(geopandas.GeoDataFrame(frame, geometry=list(shapes), crs=crs.WGS84), spec)


def read(tile: VectorTile, name: str = "woodland") -> list[dict[str, Any]]:
    """The features as the oracle reads them, y to the south as in the tile."""
    if not tile.content:
        return []
    found = mapbox_vector_tile.decode(tile.content, default_options={"y_coord_down": True})
    assert [name] == list(found)
    assert (EXTENT, 2) == (found[name]["extent"], found[name]["version"])
    features: list[dict[str, Any]] = found[name]["features"]
    return features


def shape_of(feature: dict[str, Any]) -> Any:
    return shapely.geometry.shape(feature["geometry"])


def in_tile(address: TileAddress, units: Any) -> Any:
    """A shape in a tile's units as WGS84 degrees: the way back, by PROJ."""
    side = 2 * 20037508.342789244

    def metres(xy: Any) -> Any:
        shares = np.add(xy, (address.column * EXTENT, address.row * EXTENT)) / address.units_of_world
        return (shares - 0.5) * (side, -side)

    return crs.from_crs(shapely.transform(units, metres), crs.WEB_MERCATOR)


def cells(count: int, west: float, south: float, side: float) -> list[Any]:
    """A coverage of count x count squares, each with corners on its edges that its neighbours share."""
    steps = np.linspace(0, side, count + 1)
    return [
        shapely.segmentize(shapely.box(west + x, south + y, west + x2, south + y2), side / count / 3)
        for x, x2 in pairwise(steps)
        for y, y2 in pairwise(steps)
    ]


# --- addresses ---


def test_the_projection_is_proj_s_web_mercator() -> None:
    lon, lat = np.meshgrid(np.linspace(-180, 180, 37), np.linspace(-NORTHMOST, NORTHMOST, 35))
    x_m, y_m = crs.transformer(crs.WGS84, crs.WEB_MERCATOR).transform(lon.ravel(), lat.ravel())
    side_m = 2 * np.pi * crs.ELLIPSOID.a
    expected = np.stack([np.array(x_m) / side_m + 0.5, 0.5 - np.array(y_m) / side_m], axis=1)
    assert np.abs(expected - world_shares(np.stack([lon.ravel(), lat.ravel()], axis=1))).max() < 1e-12


@pytest.mark.parametrize(("zoom", "lon", "lat"), [(0, LON, LAT), (9, LON, LAT), (22, LON, LAT), (5, -179.9, 80)])
def test_a_tile_s_bounds_are_its_corners_and_its_buffer(zoom: int, lon: float, lat: float) -> None:
    address = at(lon, lat, zoom)
    west, south, east, north = address.bounds()
    expected = [[-BUFFER, -BUFFER], [EXTENT + BUFFER, EXTENT + BUFFER]]
    if zoom:  # the whole world's buffer lies beyond the poles' edge
        assert np.abs(np.array(expected) - address.units(np.array([[west, north], [east, south]]))).max() < 0.01


@pytest.mark.parametrize(
    ("zoom", "column", "row", "parameter"),
    [(-1, 0, 0, "z"), (DEEPEST + 1, 0, 0, "z"), (3, 8, 0, "x"), (3, 0, 8, "y"), (3, -1, 0, "x"), (3, 0, -1, "y")],
)
def test_an_address_that_no_zoom_has_is_refused_by_its_letter(zoom: int, column: int, row: int, parameter: str) -> None:
    with pytest.raises(InputError) as refusal:
        TileAddress(zoom, column, row)
    assert parameter == refusal.value.parameter


@pytest.mark.parametrize("name", ["nothing", "stays", "calendar"])
def test_a_layer_without_shapes_has_no_tiles(name: str) -> None:
    with pytest.raises(NotFoundError) as refusal:
        tiled(name)
    assert "villages" in refusal.value.known
    assert "stays" not in refusal.value.known


# --- varints ---


@given(st.lists(st.integers(0, 2**40)))
def test_varints_in_bulk_are_the_single_ones_in_a_row(numbers: list[int]) -> None:
    array = np.array(numbers, dtype=np.int64)
    assert b"".join(varint(number) for number in numbers) == encoded(array)
    assert [len(varint(number)) for number in numbers] == widths(array).tolist()


@given(st.integers(-(2**31), 2**31))
def test_zigzag_puts_signs_last(number: int) -> None:
    assert [2 * number if number >= 0 else -2 * number - 1] == zigzag(np.array([number])).tolist()


# --- the oracle ---


@st.composite
def shapes_in_units(draw: st.DrawFn) -> list[Any]:
    """Polygons with and without holes, multi-part ones, lines and points, about a tile and across its edges."""
    whole = st.integers(-600, EXTENT + 600)
    place = st.tuples(whole, whole)

    def area() -> Any:
        x, y = draw(place)
        radii = draw(st.lists(st.integers(5, 900), min_size=3, max_size=12))
        turn = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
        ring = np.stack([x + np.array(radii) * np.cos(turn), y + np.array(radii) * np.sin(turn)], axis=1)
        shell = shapely.Polygon(ring)
        return shell.difference(shapely.affinity.scale(shell, 0.4, 0.4)) if draw(st.booleans()) else shell

    def one() -> Any:
        match draw(st.sampled_from(["area", "areas", "line", "lines", "point", "points"])):
            case "area":
                return area()
            case "areas":
                return shapely.union_all([area(), area()])
            case "line":
                return shapely.LineString(draw(st.lists(place, min_size=2, max_size=6, unique=True)))
            case "lines":
                parts = [draw(st.lists(place, min_size=2, max_size=4, unique=True)) for _ in range(2)]
                return shapely.MultiLineString(parts)
            case "point":
                return shapely.Point(draw(place))
            case _:
                return shapely.MultiPoint(draw(st.lists(place, min_size=2, max_size=4, unique=True)))

    return [one() for _ in range(draw(st.integers(1, 6)))]


@given(shapes_in_units(), st.sampled_from([0, 7, 13, 17, DEEPEST]))
def test_a_tile_reads_as_the_oracle_s_own_of_the_same_shapes(units: list[Any], zoom: int) -> None:
    address = at(LON, LAT, zoom)
    ready = layer(in_tile(address, np.array(units, dtype=object)), name=[f"林{n % 2}" for n in range(len(units))])
    rows = np.arange(len(units))
    shapes = drawn(ready.shapes, address)
    seen = np.array([shape is not None for shape in shapes])
    rows, shapes = rows[seen], shapes[seen]
    if not len(rows):
        return
    properties = [{ID: f"F{row}", "name": f"林{row % 2}"} for row in rows]
    features = [{"geometry": shape, "properties": own} for shape, own in zip(shapes, properties, strict=True)]
    theirs = mapbox_vector_tile.encode(
        {"name": "woodland", "features": features}, default_options={"y_coord_down": True}
    )
    expected = mapbox_vector_tile.decode(theirs, default_options={"y_coord_down": True})["woodland"]["features"]
    ours = read(VectorTile(layer_bytes("woodland", shapes, tags(ready.columns, rows)), len(rows), 0))
    assert properties == [feature["properties"] for feature in ours]
    assert len(expected) == len(ours)
    for feature, other, shape in zip(ours, expected, shapes, strict=True):
        assert shapely.equals(shape, shape_of(feature))
        assert shape.geom_type == feature["geometry"]["type"]
        assert shapely.equals(shape_of(other), shape_of(feature))


@given(shapes_in_units(), st.sampled_from([3, 9, 13, 17]))
def test_what_a_tile_draws_is_valid_whole_inside_the_buffer_and_rightly_wound(units: list[Any], zoom: int) -> None:
    address = at(LON, LAT, zoom)
    own = np.array(units, dtype=object)
    shapes = drawn(np.asarray(in_tile(address, own), dtype=object), address)
    for before, shape in zip(own, shapes, strict=True):
        if shape is None:
            continue
        assert shape.is_valid
        assert not shape.is_empty
        assert shapely.get_dimensions(before) == shapely.get_dimensions(shape)
        places = shapely.get_coordinates(shape)
        assert (places == np.rint(places)).all()
        assert ((places >= -BUFFER) & (places <= EXTENT + BUFFER)).all()
        for part in shapely.get_parts(shape[None] if isinstance(shape, np.ndarray) else shape):
            if part.geom_type == "Polygon":
                assert part.exterior.is_ccw  # with y to the south that is clockwise on the screen
                assert not any(hole.is_ccw for hole in part.interiors)
        # What is drawn lies on the shape, but for a step of the grid; what is not drawn is nowhere two steps wide.
        assert shapely.covers(shapely.buffer(before, 1.5 * GRID), shape)
        missing = shapely.difference(shapely.intersection(before, shapely.box(*BOX)), shapely.buffer(shape, GRID))
        assert shapely.area(shapely.buffer(missing, -GRID)) < PIXEL * PIXEL


# --- what a tile shows ---


@pytest.mark.parametrize("zoom", [11, 13, 15])
def test_a_coverage_has_no_gaps_and_no_overlaps_at_any_zoom(zoom: int) -> None:
    address = at(LON, LAT, zoom)
    west, south, east, _ = address.bounds()
    side = (east - west) / 2
    coverage = cells(6, west + side / 2, south + side / 2, side)
    shapes = [shape_of(feature) for feature in read(vector_tile(layer(coverage), address))]
    assert 36 == len(shapes)
    assert shapely.coverage_is_valid(shapes)


@pytest.mark.parametrize("zoom", [1, 6, 10, 12, 14])
def test_neighbouring_tiles_agree_along_their_border(zoom: int) -> None:
    random = np.random.default_rng(zoom)
    one = at(LON, LAT, zoom)
    address = TileAddress(zoom, one.column if one.column < 2**zoom - 1 else one.column - 1, one.row)
    other = TileAddress(zoom, address.column + 1, address.row)
    middle = shapely.Point(EXTENT, EXTENT / 2)
    turns = np.sort(random.uniform(0, 2 * np.pi, 200))
    ring = np.stack([np.cos(turns), np.sin(turns)], axis=1) * random.uniform(300, 1800, (200, 1))
    shape = in_tile(address, shapely.Polygon(np.add(ring, (middle.x, middle.y))))
    ready = layer([shape])
    (left,), (right,) = (read(vector_tile(ready, tile)) for tile in (address, other))
    seam = shapely.LineString([(EXTENT, 0), (EXTENT, EXTENT)])
    moved = shapely.affinity.translate(shape_of(right), EXTENT, 0)
    along_left, along_right = (shapely.intersection(seam, area) for area in (shape_of(left), moved))
    assert not along_left.is_empty
    assert shapely.length(shapely.symmetric_difference(along_left, along_right)) <= GRID


def test_shapes_under_a_pixel_are_left_out_and_counted() -> None:
    address = at(LON, LAT, 12)
    large, small = shapely.box(1000, 1000, 1100, 1100), shapely.box(2000, 2000, 2012, 2012)
    tile = vector_tile(layer(in_tile(address, np.array([small, large]))), address)
    assert ["F1"] == [feature["properties"][ID] for feature in read(tile)]
    assert (1, 1) == (tile.features, tile.left_out)


@pytest.mark.parametrize(
    "shape", [shapely.box(2000, 2000, 2001, 2001), shapely.LineString([(2000, 2000), (2001, 2001)])]
)
def test_a_tile_that_has_something_shows_a_pixel_of_it_at_least(shape: Any) -> None:
    address = at(LON, LAT, 10)
    (feature,) = read(vector_tile(layer(in_tile(address, np.array([shape]))), address))
    left, top, right, bottom = shape_of(feature).bounds
    assert (2000, 2000) == (left, top)
    assert PIXEL == right - left
    assert shapely.get_dimensions(shape) == shapely.get_dimensions(shape_of(feature))
    assert bottom - top in (0, PIXEL)


def test_a_county_is_seen_in_the_tile_of_the_whole_world() -> None:
    assert 1 == vector_tile(layer(cells(3, LON, LAT, 0.01)), TileAddress(0, 0, 0)).features


def test_a_tile_takes_the_largest_and_says_how_many_it_leaves_out() -> None:
    address = at(LON, LAT, 14)
    side = 70
    corners = [(x * side, y * side) for x in range(58) for y in range(58)]
    shapes = [shapely.box(x, y, x + 20 + n % 40, y + 40) for n, (x, y) in enumerate(corners)]
    tile = vector_tile(layer(in_tile(address, np.array(shapes))), address)
    assert (MOST_FEATURES, 58 * 58 - MOST_FEATURES) == (tile.features, tile.left_out)
    widths_left_out = {20 + n % 40 for n in range(len(shapes))} - {
        20 + int(feature["properties"][ID][1:]) % 40 for feature in read(tile)
    }
    assert widths_left_out <= set(range(20, 26))


def test_the_worst_zones_stay_and_lie_on_top() -> None:
    address = at(LON, LAT, 14)
    count = MOST_FEATURES + 50
    corners = [(n % 60 * 68, n // 60 * 68) for n in range(count)]
    shapes = np.array([shapely.box(x, y, x + 50, y + 50) for x, y in corners])
    levels = [5 if n % 61 == 0 else 1 + n % 4 for n in range(count)]
    zones = layer(in_tile(address, shapes), LAYERS["risk_zones"], level=levels)
    found = [feature["properties"]["level"] for feature in read(vector_tile(zones, address), "risk_zones")]
    assert levels.count(5) == found.count(5)
    assert sorted(found) == found


def test_points_are_thinned_evenly_and_stay_when_the_map_comes_nearer() -> None:
    address = at(LON, LAT, 10)
    random = np.random.default_rng(3)
    places = random.uniform(0, EXTENT, (12_000, 2))
    ready = layer(in_tile(address, shapely.points(places)), LAYERS["detections"], outside=False)
    tile = vector_tile(ready, address)
    assert (MOST_FEATURES, 9_000) == (tile.features, tile.left_out)
    found = {feature["properties"][ID] for feature in read(tile, "detections")}
    kept = places[[int(identity[1:]) for identity in found]]
    per_field = np.histogram2d(*kept.T, bins=4, range=[[0, EXTENT]] * 2)[0]
    assert per_field.min() > 0.85 * MOST_FEATURES / 16
    assert per_field.max() < 1.15 * MOST_FEATURES / 16
    nearer = TileAddress(11, address.column * 2, address.row * 2)
    inside = {f"F{n}" for n, place in enumerate(places) if (place < EXTENT / 2).all()}
    assert found & inside <= {feature["properties"][ID] for feature in read(vector_tile(ready, nearer), "detections")}


def test_an_empty_tile_has_no_bytes() -> None:
    assert VectorTile(b"", 0, 0) == vector_tile(layer(cells(2, LON, LAT, 0.01)), TileAddress(10, 0, 0))
    assert VectorTile(b"", 0, 0) == vector_tile(layer([]), TileAddress(0, 0, 0))


@pytest.mark.parametrize(
    ("shape", "zoom"),
    [
        (shapely.box(-180, -90, 180, 90), 0),
        (shapely.box(-180, 80, -170, 90), 3),
        (shapely.box(170, -90, 180, -80), 3),
        (shapely.box(179.99, 10, 180, 10.01), 12),
        (shapely.box(-180, 10, -179.99, 10.01), 12),
    ],
)
def test_poles_and_the_antimeridian_are_drawn_to_the_edge(shape: Any, zoom: int) -> None:
    middle, furthest = shape.centroid, 85
    address = at(middle.x, min(max(middle.y, -furthest), furthest), zoom)
    (feature,) = read(vector_tile(layer([shape]), address))
    assert shape_of(feature).is_valid


# --- properties ---


def test_restricted_columns_never_leave_in_a_tile() -> None:
    mark = "CANARY-13900000000"
    spec = LAYERS["hazard_sites"]
    hidden = {column.name: mark for column in spec.columns if column.restricted}
    assert hidden
    sites = layer([shapely.Point(LON, LAT)], spec, name="甲", **hidden)
    assert mark.encode() not in vector_tile(sites, at(LON, LAT, 12)).content


def test_properties_keep_their_types_and_what_is_missing_is_left_out() -> None:
    columns = {
        "name": ["甲", None],
        "frp_mw": [7.5, np.nan],
        "detected_on": [pd.Timestamp("2022-04-04").date(), None],
        "outside": [True, False],
        "detected_at": pd.array([pd.Timestamp("2022-04-04T11:00+08:00"), pd.NaT]),
        "category": [None, "甲"],
    }
    points = [shapely.Point(LON, LAT), shapely.Point(LON + 0.001, LAT)]
    found = read(vector_tile(layer(points, LAYERS["detections"], **columns), at(LON, LAT, 10)), "detections")
    by_id = {feature["properties"][ID]: feature["properties"] for feature in found}
    first = {ID: "F0", "name": "甲", "frp_mw": 7.5, "detected_on": "2022-04-04", "outside": True}
    assert {**first, "detected_at": "2022-04-04T11:00:00+08:00"} == by_id["F0"]
    assert {ID: "F1", "outside": False, "category": "甲"} == by_id["F1"]


@given(st.lists(st.integers(-(2**53), 2**53), min_size=1, max_size=5))
def test_whole_numbers_of_either_sign_come_back(levels: list[int]) -> None:
    points = [shapely.Point(LON, LAT)] * len(levels)
    found = read(vector_tile(layer(points, LAYERS["teams"], strength=levels), at(LON, LAT, 10)), "teams")
    assert sorted(levels) == sorted(feature["properties"]["strength"] for feature in found)


def test_a_text_is_held_once_whatever_column_it_stands_in() -> None:
    points = [shapely.Point(LON, LAT)] * 20
    tile = vector_tile(layer(points, LAYERS["teams"], name="财政局", unit="财政局"), at(LON, LAT, 10))
    assert 1 == tile.content.count("财政局".encode())
