"""OpenStreetMap files: what each tag means, what is kept and what is said of the rest, and Andorra whole."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import osmium
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from osmium.osm.mutable import Node, Relation, Way

from geo import crs
from geo.atlas import Provenance, build
from geo.board import fold_frames
from geo.calendar import parse_instant
from geo.errors import BoundsError, DataError, UnreadableFileError
from geo.intake.osm import OsmCounty, cells, county_from_osm, tags
from geo.layers.registry import LAYERS
from geo.layers.spec import check
from geo.nearest import nearest
from geo.network.building import build as road_network
from geo.network.speeds import DEFAULT_SPEEDS, Profile
from geo.terms import RoadClass, Skill

AT = parse_instant("2023-07-13T10:00+08:00")
ANDORRA = Path(__file__).resolve().parents[3] / "shared" / "data" / "andorra-2023.osm.pbf"
needs_andorra = pytest.mark.skipif(not ANDORRA.exists(), reason="the Andorra extract is not here")


# A small country drawn by hand: a square of 0.1 degree, cut in two towns by a line in the middle.


class Drawing:
    """Collects OSM objects and writes them as a file, sorted as OSM files are."""

    def __init__(self) -> None:
        self.nodes: dict[tuple[float, float], int] = {}
        self.things: list[Any] = []
        self.number = 1000

    def node(self, lon: float, lat: float, **said: str) -> int:
        """The node at a place; one place has one node."""
        place = (round(lon, 7), round(lat, 7))
        if place not in self.nodes:
            self.nodes[place] = len(self.nodes) + 1
            self.things.append(Node(id=self.nodes[place], location=place, tags=said))
        return self.nodes[place]

    def way(self, places: Iterable[tuple[float, float]], refs: Sequence[int] = (), **said: str) -> int:
        self.number += 1
        nodes = [self.node(*place) for place in places] + list(refs)
        self.things.append(Way(id=self.number, nodes=nodes, tags={k.replace("__", ":"): v for k, v in said.items()}))
        return self.number

    def boundary(self, ways: Sequence[int], name: str, level: int, **said: str) -> int:
        self.number += 1
        members = [("w", way, "outer") for way in ways]
        about = {"type": "boundary", "boundary": "administrative", "admin_level": str(level), "name": name, **said}
        self.things.append(Relation(id=self.number, members=members, tags=about))
        return self.number

    def write(self, path: Path, form: str = "") -> Path:
        order = {Node: 0, Way: 1, Relation: 2}
        with osmium.SimpleWriter(osmium.io.File(str(path), form)) as writer:
            for thing in sorted(self.things, key=lambda one: (order[type(one)], one.id)):
                writer.add(thing)
        return path


W, S, E, N, M = 10.0, 45.0, 10.1, 45.1, 10.05


def two_towns(drawing: Drawing) -> None:
    west = drawing.way([(M, S), (W, S), (W, N), (M, N)])
    middle = drawing.way([(M, N), (M, S)])
    east = drawing.way([(M, S), (E, S), (E, N), (M, N)])
    drawing.boundary([west, east], "Land", 4)
    drawing.boundary([west, middle], "West", 7)
    drawing.boundary([east, middle], "East", 7)


def places(drawing: Drawing) -> None:
    drawing.node(10.02, 45.02, place="town", name="Westville", population="120", capital="yes")
    drawing.node(10.03, 45.08, place="village", name="Upper", population="0")
    drawing.node(10.08, 45.05, place="hamlet", name="Eastham")
    drawing.node(10.09, 45.05, place="locality", name="Nobody")


def grid_of_roads(drawing: Drawing) -> None:
    drawing.way([(W, 45.05), (10.02, 45.05), (M, 45.05), (E, 45.05)], highway="primary", maxspeed="60")
    drawing.way([(10.02, 45.005), (10.02, 45.05), (10.02, 45.095)], highway="track", tracktype="grade3")
    drawing.way([(10.08, 45.005), (10.08, 45.095)], highway="footway")


@pytest.fixture
def land(tmp_path: Path) -> OsmCounty:
    drawing = Drawing()
    two_towns(drawing)
    places(drawing)
    grid_of_roads(drawing)
    drawing.node(10.021, 45.021, amenity="fire_station", name="Brigade")
    drawing.node(10.022, 45.022, amenity="townhall", name="Hall")
    return county_from_osm(drawing.write(tmp_path / "land.osm.pbf"))


def makes_a_county(county: OsmCounty) -> None:
    """What every result keeps, whatever the file: checked layers, a partition that nests, seats and teams in place."""
    for name, frame in county.layers.items():
        pd.testing.assert_frame_equal(frame, check(frame, LAYERS[name]))
    villages, towns, whole = (county.layers[name] for name in ("villages", "towns", "county"))
    rounded = shapely.transform(villages.geometry.values, lambda degrees: np.round(degrees, 7))
    assert shapely.coverage_is_valid(rounded)
    assert shapely.equals(shapely.coverage_union_all(rounded), whole.geometry.iloc[0])
    for code, shape in zip(towns["code"], towns.geometry, strict=True):
        assert shapely.equals(shapely.coverage_union_all(rounded[villages["town_code"] == code]), shape)
    atlas = build(county.layers, Provenance("test", AT))
    assert atlas.metric_crs == county.metric_crs
    assert county.bounds == atlas.bounds
    for team in county.layers["teams"].itertuples():
        assert team.village_code == atlas.locate(team.geometry.x, team.geometry.y).village_code
    assert {"hq": 1, "post": len(towns), "station": len(villages)} == dict(
        county.layers["stations"]["tier"].value_counts()
    )
    for tally in county.tallies.values():
        assert tally.read == sum(tally.kept.values()) + sum(tally.left_out.values())


# The whole


def test_boundaries_places_and_roads_become_a_county(land: OsmCounty) -> None:
    makes_a_county(land)
    assert ["Land"] == list(land.layers["county"]["name"])
    assert ["West", "East"] == list(land.layers["towns"]["name"])
    villages = land.layers["villages"]
    assert {"Westville": "990001001001", "Upper": "990001001200", "Eastham": "990001002200"} == dict(
        zip(villages["name"], villages["code"], strict=True)
    )
    assert [True] * 3 == list(villages["derived_shape"])
    assert [False, False] == list(land.layers["towns"]["derived_shape"])
    assert not villages["synthetic"].any()


def test_a_population_of_zero_is_nobody_and_a_missing_one_is_unknown(land: OsmCounty) -> None:
    people = dict(zip(land.layers["villages"]["name"], land.layers["villages"]["population"], strict=True))
    assert (120, 0) == (people["Westville"], people["Upper"])
    assert people["Eastham"] is pd.NA


def test_every_place_lies_in_the_cell_of_the_nearest_place_of_its_town(land: OsmCounty) -> None:
    villages, stations = land.layers["villages"], land.layers["stations"]
    seats = stations[stations["tier"] == "station"]
    rng = np.random.default_rng(1)
    for lon, lat in zip(rng.uniform(W, E, 300), rng.uniform(S, N, 300), strict=True):
        town = "990001001" if lon < M else "990001002"
        own = seats[seats["code"].str[:9] == town]
        distance_m = crs.distance_m(
            np.full(len(own), lon), np.full(len(own), lat), own.geometry.x.to_numpy(), own.geometry.y.to_numpy()
        )
        first, *rest = np.sort(distance_m)
        if rest and rest[0] - first < 5:
            continue  # on the border between two cells
        held = villages[villages.intersects(shapely.Point(lon, lat))]["code"]
        assert own["code"].iloc[int(np.argmin(distance_m))] in set(held)


def test_the_headquarters_is_the_town_hall_by_the_capital_and_seats_are_marked_as_assumed(land: OsmCounty) -> None:
    stations = land.layers["stations"].set_index("code")
    assert ("Hall", "Hall", "East") == tuple(stations.loc[["990001", "990001001", "990001002"], "name"])
    assert stations["synthetic"].all()


def test_a_fire_station_is_a_team_that_nearest_finds(land: OsmCounty) -> None:
    atlas = build(land.layers, Provenance("test", AT))
    answer = nearest(atlas, fold_frames(atlas, None, None, None), 10.09, 45.05, at=AT, skill=Skill.FIRE_FIGHTING)
    assert ["Brigade"] == [team.name for team in answer.teams]
    assert "990001001001" == answer.teams[0].village_code
    assert any("strength is not in OSM" in note for note in land.notes)


def test_the_same_file_gives_the_same_layers(tmp_path: Path) -> None:
    drawing = Drawing()
    two_towns(drawing)
    places(drawing)
    grid_of_roads(drawing)
    path = drawing.write(tmp_path / "land.osm.pbf")
    once, again = county_from_osm(path), county_from_osm(path)
    for name, frame in once.layers.items():
        pd.testing.assert_frame_equal(frame, again.layers[name])


def test_finer_boundaries_that_partition_the_towns_are_the_villages(tmp_path: Path) -> None:
    drawing = Drawing()
    two_towns(drawing)
    grid_of_roads(drawing)
    places(drawing)
    # West is cut in two along a line that the outline has no vertex for.
    lower = drawing.way([(W, 45.05), (W, S), (M, S), (M, 45.05), (W, 45.05)])
    upper = drawing.way([(W, 45.05), (W, N), (M, N), (M, 45.05), (W, 45.05)])
    whole = drawing.way([(M, S), (E, S), (E, N), (M, N), (M, S)])
    for way, name in ((lower, "Low"), (upper, "High"), (whole, "All of East")):
        drawing.boundary([way], name, 10, population="7")
    county = county_from_osm(drawing.write(tmp_path / "land.osm.pbf"))
    makes_a_county(county)
    villages = county.layers["villages"]
    assert ["Low", "High", "All of East"] == list(villages["name"])
    assert not villages["derived_shape"].any()
    assert [7, 7, 7] == list(villages["population"])


def test_finer_boundaries_that_leave_land_over_do_not_become_villages(tmp_path: Path) -> None:
    drawing = Drawing()
    two_towns(drawing)
    places(drawing)
    grid_of_roads(drawing)
    drawing.boundary([drawing.way([(W, S), (M, S), (M, 45.05), (W, 45.05), (W, S)])], "Low", 10)
    county = county_from_osm(drawing.write(tmp_path / "land.osm.pbf"))
    makes_a_county(county)
    assert county.layers["villages"]["derived_shape"].all()


def test_land_that_no_towns_boundary_covers_is_a_town_of_its_own(tmp_path: Path) -> None:
    drawing = Drawing()
    places(drawing)
    grid_of_roads(drawing)
    drawing.boundary([drawing.way([(W, S), (E, S), (E, N), (W, N), (W, S)])], "Land", 4)
    drawing.boundary([drawing.way([(W, S), (10.07, S), (10.07, N), (W, N), (W, S)])], "West", 7)
    county = county_from_osm(drawing.write(tmp_path / "land.osm.pbf"))
    makes_a_county(county)
    assert {"West": False, "Land (rest)": True} == dict(
        zip(county.layers["towns"]["name"], county.layers["towns"]["derived_shape"], strict=True)
    )


# Files that lack something


def test_without_boundaries_the_outline_is_a_hull_that_says_so(tmp_path: Path) -> None:
    drawing = Drawing()
    places(drawing)
    grid_of_roads(drawing)
    county = county_from_osm(drawing.write(tmp_path / "land.osm.pbf"))
    makes_a_county(county)
    assert [True] == list(county.layers["county"]["derived_shape"])
    assert "no boundary fits the data" in county.notes[0]
    roads = shapely.union_all(county.layers["roads"].geometry.values)
    assert shapely.contains(county.layers["county"].geometry.iloc[0], roads)


def test_without_places_each_town_is_one_village(tmp_path: Path) -> None:
    drawing = Drawing()
    two_towns(drawing)
    grid_of_roads(drawing)
    county = county_from_osm(drawing.write(tmp_path / "land.osm.pbf"))
    makes_a_county(county)
    assert ["West", "East"] == list(county.layers["villages"]["name"])


def test_without_a_fire_station_one_team_is_assumed_and_marked(tmp_path: Path) -> None:
    drawing = Drawing()
    two_towns(drawing)
    places(drawing)
    county = county_from_osm(drawing.write(tmp_path / "land.osm.pbf"))
    makes_a_county(county)
    assert [True] == list(county.layers["teams"]["synthetic"])
    assert any("one team is assumed" in note for note in county.notes)


def test_a_boundary_whose_ring_is_not_whole_is_named_and_not_used(tmp_path: Path) -> None:
    drawing = Drawing()
    two_towns(drawing)
    places(drawing)
    grid_of_roads(drawing)
    broken = drawing.boundary([drawing.way([(W, S), (E, S)]), 999_999], "Broken", 4)
    county = county_from_osm(drawing.write(tmp_path / "land.osm.pbf"))
    makes_a_county(county)
    assert ["Land"] == list(county.layers["county"]["name"])
    assert any(f"r{broken}" in note and "do not close" in note for note in county.notes)


def test_a_far_larger_boundary_is_not_taken_for_the_county(tmp_path: Path) -> None:
    drawing = Drawing()
    two_towns(drawing)
    places(drawing)
    grid_of_roads(drawing)
    drawing.boundary([drawing.way([(0, 40), (20, 40), (20, 50), (0, 50), (0, 40)])], "Country", 2)
    county = county_from_osm(drawing.write(tmp_path / "land.osm.pbf"))
    assert ["Land"] == list(county.layers["county"]["name"])


def test_an_empty_file_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="neither a closed boundary nor a road nor a named place"):
        county_from_osm(Drawing().write(tmp_path / "nothing.osm.pbf"))


def test_a_road_loses_missing_nodes_and_is_kept_in_pieces(tmp_path: Path) -> None:
    drawing = Drawing()
    two_towns(drawing)
    places(drawing)
    a, b, c, d = (drawing.node(10.01 + step, 45.01) for step in (0, 0.01, 0.02, 0.03))
    cut = drawing.way([], [a, b, 777_777, c, d], highway="residential")
    one_left = drawing.way([], [a, 777_777], highway="residential")
    county = county_from_osm(drawing.write(tmp_path / "land.osm.pbf"))
    roads = county.layers["roads"].set_index("road_id")
    assert [2, 2] == [len(part.coords) for part in roads.loc[f"w{cut}"].geometry.geoms]
    assert f"w{one_left}" not in roads.index
    assert {"its nodes are not in the file": 1} == county.tallies["roads"].left_out
    assert any("1 way(s) lack nodes" in note for note in county.notes)


def test_a_road_with_a_gate_or_for_some_drivers_only_is_gated(tmp_path: Path) -> None:
    drawing = Drawing()
    two_towns(drawing)
    places(drawing)
    start, end = drawing.node(10.01, 45.01), drawing.node(10.03, 45.01)
    gate = drawing.node(10.02, 45.01, barrier="lift_gate")
    expected = {
        f"w{drawing.way([], [start, gate, end], highway='service')}": True,
        f"w{drawing.way([], [start, end], highway='service', access='private')}": True,
        f"w{drawing.way([], [end, start], highway='service')}": False,
    }
    roads = county_from_osm(drawing.write(tmp_path / "land.osm.pbf")).layers["roads"]
    assert expected == dict(zip(roads["road_id"], roads["gated"].tolist(), strict=True))


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (True, {"access": "private"}),
        (True, {"access": "forestry"}),
        (True, {"motor_vehicle": "agricultural;forestry", "access": "yes"}),
        (True, {"access": "customers", "emergency": "yes"}),
        (False, {"access": "private", "motor_vehicle": "yes"}),
        (False, {"access": "destination"}),
        (False, {"access": "nonsense"}),
        (False, {}),
    ],
)
def test_a_way_is_barred_where_the_most_special_tag_names_some_drivers(expected: bool, said: dict[str, str]) -> None:
    assert expected == tags.is_barred(said)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (True, {"barrier": "gate"}),
        (True, {"barrier": "swing_gate", "access": "private"}),
        (False, {"barrier": "gate", "access": "yes"}),
        (False, {"barrier": "cattle_grid"}),
        (False, {}),
    ],
)
def test_a_gate_is_one_unless_it_is_said_to_be_open(expected: bool, said: dict[str, str]) -> None:
    assert expected == tags.is_gate(said)


BOLLARD = {"barrier": "bollard"}


@pytest.mark.parametrize(
    ("passes", "said"),
    [
        (False, BOLLARD),
        (False, {"barrier": "block", "motor_vehicle": "no"}),
        (True, {**BOLLARD, "bollard": "removable"}),
        (True, {**BOLLARD, "emergency": "yes", "access": "no"}),
        (True, {"barrier": "gate", "access": "no"}),
    ],
)
def test_no_drive_passes_a_fixed_obstacle(passes: bool, said: dict[str, str], tmp_path: Path) -> None:
    drawing = Drawing()
    two_towns(drawing)
    places(drawing)
    inner, end = drawing.node(10.02, 45.01, **said), drawing.node(10.03, 45.01, **said)
    start, beyond = drawing.node(10.01, 45.01), drawing.node(10.04, 45.01)
    drawing.way([], [start, inner, end], highway="residential")
    drawing.way([], [end, beyond], highway="residential")
    roads = county_from_osm(drawing.write(tmp_path / "land.osm.pbf")).layers["roads"]
    network = road_network(roads, DEFAULT_SPEEDS, Profile(), crs.metric_crs_of(10.0, 45.0)).network
    assert (1 if passes else 3) == len(set(network.node_island.tolist()))
    assert network.length_m.sum() == pytest.approx(crs.distance_m(10.01, 45.01, 10.04, 45.01), abs=0.1 if passes else 9)


def test_a_road_against_its_line_is_turned_round(tmp_path: Path) -> None:
    drawing = Drawing()
    two_towns(drawing)
    places(drawing)
    drawing.way([(10.01, 45.01), (10.02, 45.02), (10.03, 45.01)], highway="residential", oneway="-1")
    road = county_from_osm(drawing.write(tmp_path / "land.osm.pbf")).layers["roads"].iloc[0]
    assert [(10.03, 45.01), (10.02, 45.02), (10.01, 45.01)] == list(road.geometry.coords)
    assert road["oneway"]


def test_a_repeated_point_makes_no_invalid_road(tmp_path: Path) -> None:
    drawing = Drawing()
    two_towns(drawing)
    places(drawing)
    a, b = drawing.node(10.01, 45.01), drawing.node(10.02, 45.01)
    drawing.way([], [a, a, b, b], highway="service")
    drawing.way([], [a, a], highway="service")
    county = county_from_osm(drawing.write(tmp_path / "land.osm.pbf"))
    assert [2] == [len(line.coords) for line in county.layers["roads"].geometry]
    assert {"its nodes are not in the file": 1} == county.tallies["roads"].left_out


def test_a_wood_that_crosses_itself_is_left_out_and_counted(tmp_path: Path) -> None:
    drawing = Drawing()
    two_towns(drawing)
    places(drawing)
    drawing.way([(10.01, 45.01), (10.02, 45.01), (10.02, 45.02), (10.01, 45.01)], natural="wood")
    bow_tie = drawing.way(
        [(10.03, 45.01), (10.04, 45.02), (10.04, 45.01), (10.03, 45.02), (10.03, 45.01)], landuse="forest"
    )
    county = county_from_osm(drawing.write(tmp_path / "land.osm.pbf"))
    assert 1 == len(county.layers["woodland"])
    assert {"its rings do not close": 1} == county.tallies["woodland"].left_out
    assert any(f"w{bow_tie}" in note for note in county.notes)


def test_rivers_and_woods_that_do_not_touch_the_county_and_far_roads_are_left_out(tmp_path: Path) -> None:
    drawing = Drawing()
    two_towns(drawing)
    places(drawing)
    grid_of_roads(drawing)
    drawing.way([(10.01, 45.01), (10.02, 45.02)], waterway="stream")
    drawing.way([(10.31, 45.01), (10.32, 45.02)], waterway="river", name="Far")
    drawing.way([(10.05, 45.01), (10.12, 45.01)], highway="tertiary")
    drawing.way([(10.31, 45.01), (10.32, 45.02)], highway="tertiary")
    county = county_from_osm(drawing.write(tmp_path / "land.osm.pbf"))
    assert [None] == [None if pd.isna(name) else name for name in county.layers["rivers"]["name"]]
    assert {"outside the county": 1} == county.tallies["rivers"].left_out
    assert {"farther than 10 km from the outline": 1, "not for vehicles": 1} == county.tallies["roads"].left_out


@pytest.mark.parametrize("suffix", [".osm", ".osm.pbf", ".pbf"])
def test_both_forms_of_osm_files_are_read(tmp_path: Path, suffix: str) -> None:
    drawing = Drawing()
    two_towns(drawing)
    places(drawing)
    makes_a_county(county_from_osm(drawing.write(tmp_path / f"land{suffix}")))


def test_a_chinese_place_is_measured_in_its_gauss_kruger_zone(tmp_path: Path) -> None:
    drawing = Drawing()
    drawing.node(111.43, 27.68, place="town", name="布溪街道")
    drawing.node(111.45, 27.70, place="village", name="麻溪村")
    county = county_from_osm(drawing.write(tmp_path / "land.osm.pbf"))
    makes_a_county(county)
    assert "EPSG:4546" == county.metric_crs


# Files that are none


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.osm.pbf", b"", "neither a closed boundary|not a readable"),
        ("a.osm.pbf", b"\x00\x00", "not an OSM PBF file"),
        ("a.osm.pbf", b"this is a text file and no map", "not an OSM PBF file"),
        ("a.osm.pbf", b"\x00\x00\x00\x0d" + b"\xff" * 40, "not an OSM PBF file"),
        ("a.osm", b"<html><body>404</body></html>", "not a readable OpenStreetMap file"),
        ("a.osm", b'<osm version="0.6"><node id="1" lat="1"', "not a readable OpenStreetMap file"),
        ("a.osm.bz2", b"BZh9", "is not named .osm.pbf or .osm"),
        ("a.shp", b"", "is not named .osm.pbf or .osm"),
    ],
)
def test_a_file_that_is_no_osm_file_is_refused_in_words(
    tmp_path: Path, name: str, content: bytes, problem: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=problem):
        county_from_osm(path)


def test_a_missing_file_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="No such file"):
        county_from_osm(tmp_path / "none.osm.pbf")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_short_is_refused_in_words(tmp_path: Path, share: float) -> None:
    drawing = Drawing()
    two_towns(drawing)
    places(drawing)
    path = drawing.write(tmp_path / "land.osm.pbf")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(UnreadableFileError):
        county_from_osm(path)


def test_a_file_above_the_limit_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    path = tmp_path / "large.osm.pbf"
    path.write_bytes(b"\x00" * 1001)
    with pytest.raises(BoundsError, match="bytes in the file: met 1,001, the limit is 1,000"):
        county_from_osm(path, limit_bytes=1000)


def test_a_file_that_unpacks_to_too_much_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    many = 11 * 2**20
    packed = zlib.compress(b"\x0a\x00\x12" + _varint(many) + bytes(many))  # a table of no strings, then zeros
    blob = b"\x10" + _varint(many + 7) + b"\x1a" + _varint(len(packed)) + packed
    header = b"\x0a\x07OSMData\x18" + _varint(len(blob))
    path = tmp_path / "bomb.osm.pbf"
    path.write_bytes(len(header).to_bytes(4, "big") + header + blob)
    assert path.stat().st_size < 2**14
    with pytest.raises(BoundsError, match="bytes when unpacked: met 11,534,343, the limit is 10,485,760"):
        county_from_osm(path, limit_bytes=2**20)


def _varint(number: int) -> bytes:
    digits = [number >> shift & 0x7F for shift in range(0, max(number.bit_length(), 1), 7)]
    return bytes([digit | 0x80 for digit in digits[:-1]] + digits[-1:])


@pytest.fixture(scope="module")
def plain_pbf(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The small country as an unpacked PBF file, so that a changed byte is not found out by a checksum."""
    drawing = Drawing()
    two_towns(drawing)
    places(drawing)
    grid_of_roads(drawing)
    return drawing.write(tmp_path_factory.mktemp("pbf") / "land.osm.pbf", form="pbf,pbf_compression=none").read_bytes()


def test_a_tag_with_a_zero_byte_which_would_end_the_process_is_refused(plain_pbf: bytes, tmp_path: Path) -> None:
    path = tmp_path / "zero.osm.pbf"
    path.write_bytes(plain_pbf.replace(b"administrative", b"adm\0nistrative"))
    with pytest.raises(UnreadableFileError, match="a text of its tags is harmed"):
        county_from_osm(path)


@given(st.lists(st.tuples(st.floats(0, 0.9999), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_file_with_any_bytes_changed_is_a_county_or_is_refused(
    plain_pbf: bytes, tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[float, int]]
) -> None:
    content = bytearray(plain_pbf)
    for share, byte in changes:
        content[int(share * len(content))] = byte
    path = tmp_path_factory.getbasetemp() / "changed.osm.pbf"
    path.write_bytes(content)
    try:
        county = county_from_osm(path)
    except DataError:
        return
    makes_a_county(county)


def test_a_file_of_history_is_refused_in_words(tmp_path: Path) -> None:
    drawing = Drawing()
    places(drawing)
    with pytest.raises(UnreadableFileError, match="holds the history of its objects"):
        county_from_osm(drawing.write(tmp_path / "land.osh.pbf"))


# What tags mean


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (RoadClass.MOTORWAY, {"highway": "motorway"}),
        (RoadClass.PRIMARY, {"highway": "primary_link"}),
        (RoadClass.RESIDENTIAL, {"highway": "living_street"}),
        (RoadClass.TRACK, {"highway": "track"}),
        (RoadClass.SERVICE, {"highway": "service", "access": "private"}),
        (RoadClass.TRACK, {"highway": "track", "motor_vehicle": "forestry"}),
        (RoadClass.SERVICE, {"highway": "service", "access": "no", "motor_vehicle": "yes"}),
        (RoadClass.SERVICE, {"highway": "service", "access": "no", "emergency": "yes"}),
        (RoadClass.SERVICE, {"highway": "pedestrian", "motor_vehicle": "yes"}),
        (RoadClass.TRACK, {"highway": "path", "motor_vehicle": "yes"}),
        ("not for vehicles", {"highway": "path"}),
        ("not for vehicles", {"highway": "steps", "motor_vehicle": "yes"}),
        ("closed to vehicles", {"highway": "track", "motor_vehicle": "no"}),
        ("closed to vehicles", {"highway": "service", "access": "no"}),
        ("closed to vehicles", {"highway": "service", "access": "yes", "vehicle": "no"}),
        ("an area, not a line", {"highway": "service", "area": "yes"}),
        ("not built yet, or no more", {"highway": "construction"}),
    ],
)
def test_the_class_of_a_way_or_why_it_is_left_out(expected: object, said: dict[str, str]) -> None:
    assert expected == tags.road_class(said)


@pytest.mark.parametrize("road_class", RoadClass)
def test_every_class_keeps_its_own_name(road_class: RoadClass) -> None:
    assert road_class is tags.road_class({"highway": road_class.value})


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (50, "50"),
        (80.5, "50 mph"),
        (80.5, "50mph"),
        (50, "50 km/h"),
        (18.5, "10 knots"),
        (130, "none"),
        (130, "200"),
        (50, "ES:urban"),
        (90, "FR:rural"),
        (30, "DE:zone:30"),
        (30, "FR:zone30"),
        (20, "CH:20"),
        (50, "70;50"),
        (None, ""),
        (None, "signals"),
        (None, "walk"),
        (None, "0"),
        (None, "-5"),
        (None, "５０"),
        (None, "ES:nonsense"),
        (None, "1e3"),
    ],
)
def test_the_speed_of_a_limit(expected: float | None, text: str) -> None:
    assert expected == tags.speed_kph({"maxspeed": text})


@given(st.text(max_size=12))
def test_any_limit_is_a_speed_that_the_layer_takes_or_none(text: str) -> None:
    speed_kph = tags.speed_kph({"maxspeed": text})
    assert speed_kph is None or 1 <= speed_kph <= 130


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (1, {"oneway": "yes"}),
        (1, {"oneway": "1"}),
        (-1, {"oneway": "-1"}),
        (-1, {"oneway": "reverse"}),
        (0, {"oneway": "no"}),
        (0, {}),
        (1, {"junction": "roundabout"}),
        (0, {"junction": "roundabout", "oneway": "no"}),
        (1, {"highway": "motorway"}),
        (0, {"highway": "motorway", "oneway": "no"}),
        (0, {"oneway": "reversible"}),
    ],
)
def test_the_direction_of_a_way(expected: int, said: dict[str, str]) -> None:
    assert expected == tags.direction(said)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("paved", {"surface": "asphalt"}),
        ("paved", {"surface": "concrete:lanes", "tracktype": "grade5"}),
        ("unpaved", {"surface": "gravel"}),
        ("unpaved", {"surface": "dirt;grass"}),
        ("paved", {"tracktype": "grade1"}),
        ("unpaved", {"tracktype": "grade2"}),
        ("unpaved", {"surface": "rubber", "tracktype": "grade4"}),
        (None, {"surface": "rubber"}),
        (None, {}),
    ],
)
def test_the_surface_of_a_way(expected: str | None, said: dict[str, str]) -> None:
    assert expected == tags.surface(said)


@pytest.mark.parametrize(
    ("expected", "text"), [(12, "12"), (0, "0"), (None, "~500"), (None, "-1"), (None, "1,200"), (None, "９")]
)
def test_a_population_is_a_plain_number_or_unknown(expected: int | None, text: str) -> None:
    assert expected == tags.population({"population": text})


# Cells


@given(
    st.lists(st.tuples(st.integers(1, 99), st.integers(1, 99)), min_size=1, max_size=12, unique=True),
    st.integers(5, 95),
)
def test_cells_of_any_places_partition_two_towns(spots: list[tuple[int, int]], cut: int) -> None:
    west, south = 111.4, 27.6
    border = west + cut / 1000
    outer = [(west, south), (west + 0.1, south + 0.013), (west + 0.09, south + 0.1), (west - 0.007, south + 0.09)]
    outline = shapely.Polygon(outer)
    halves = [shapely.box(0, 0, border, 90), shapely.box(border, 0, 180, 90)]
    towns = [shapely.intersection(outline, half) for half in halves]
    points = [shapely.Point(round(west + lon / 1000, 7), round(south + lat / 1000, 7)) for lon, lat in spots]
    own = cells.owners(np.array(points, dtype=object), towns).tolist()
    for town in {0, 1} - set(own):
        points.append(towns[town].representative_point())
        own.append(town)
    shapes = cells.voronoi(towns, points, own, "EPSG:4546")
    kept = [shape for shape in shapes if shape is not None]
    assert shapely.coverage_is_valid(kept)
    assert shapely.symmetric_difference(cells.joined(kept), outline).area < 1e-8
    for point, shape in zip(points, shapes, strict=True):
        if shapely.contains_properly(outline, point):
            assert shapely.distance(shape, point) < 1e-6


# Andorra


@pytest.fixture(scope="module")
def andorra() -> OsmCounty:
    return county_from_osm(ANDORRA)


@needs_andorra
def test_andorra_makes_a_county(andorra: OsmCounty) -> None:
    makes_a_county(andorra)
    assert "EPSG:32631" == andorra.metric_crs
    assert "2023-07-12T20:21:32+00:00" == andorra.data_date.isoformat()
    assert "OpenStreetMap contributors, ODbL 1.0" in andorra.source
    area_km2 = abs(crs.ELLIPSOID.geometry_area_perimeter(andorra.layers["county"].geometry.iloc[0])[0]) / 1e6
    assert area_km2 == pytest.approx(468, rel=0.01)


@needs_andorra
def test_all_of_andorras_highway_ways_are_accounted_for(andorra: OsmCounty) -> None:
    roads = andorra.tallies["roads"]
    assert 6721 == roads.read
    assert {
        "trunk": 64,
        "primary": 597,
        "secondary": 316,
        "tertiary": 112,
        "unclassified": 112,
        "residential": 923,
        "service": 1063,
        "track": 675,
    } == roads.kept
    assert {
        "not for vehicles": 2653,
        "closed to vehicles": 29,
        "an area, not a line": 175,
        "not built yet, or no more": 2,
    } == roads.left_out
    assert sum(roads.kept.values()) == len(andorra.layers["roads"])


@needs_andorra
def test_andorras_layers_have_the_rows_that_the_file_holds(andorra: OsmCounty) -> None:
    assert {"Canillo", "Encamp", "Ordino", "La Massana", "Andorra la Vella", "Escaldes-Engordany"} | {
        "Sant Julià de Lòria"
    } == set(andorra.layers["towns"]["name"])
    assert {"county": 1, "towns": 7, "villages": 70, "stations": 78, "teams": 4, "rivers": 643, "woodland": 784} == {
        name: len(frame) for name, frame in andorra.layers.items() if name != "roads"
    }
    people = andorra.layers["villages"].set_index("source_id")["population"]
    assert (24678, 0) == (people["n58957648"], people["n6533776954"])
    assert 66 == people.isna().sum()


@needs_andorra
def test_andorras_roads_keep_every_node_so_that_shared_vertices_stay_shared(andorra: OsmCounty) -> None:
    roads = andorra.layers["roads"].set_index("road_id")
    nodes: dict[str, list[tuple[float, float]]] = {}
    users: dict[int, list[str]] = {}
    for way in osmium.FileProcessor(str(ANDORRA)).with_locations():
        if way.is_way() and f"w{way.id}" in roads.index:
            nodes[f"w{way.id}"] = [(node.lon, node.lat) for node in way.nodes]
            for node in way.nodes:
                users.setdefault(node.ref, []).append(f"w{way.id}")
    at_bollards = {"w576910179", "w1055779812", "w1060218888"}
    assert at_bollards == set(roads.index[roads.geom_type == "MultiLineString"])
    for road_id, line in roads.geometry.drop(list(at_bollards)).items():
        coords = nodes[road_id]
        assert list(line.coords) in (coords, coords[::-1]), road_id
    assert 4121 == sum(len(set(ways)) > 1 for ways in users.values())


@needs_andorra
def test_andorras_headquarters_is_the_town_hall_of_its_capital(andorra: OsmCounty) -> None:
    stations = andorra.layers["stations"].set_index("code")
    assert "Comú d'Andorra la Vella" == stations.loc["990001", "name"]
    assert ["Comú de Canillo"] == list(stations.loc[["990001002"], "name"])


@needs_andorra
def test_a_geodataframe_of_each_layer_can_be_drawn(andorra: OsmCounty) -> None:
    assert all(isinstance(frame, geopandas.GeoDataFrame) for frame in andorra.layers.values())
