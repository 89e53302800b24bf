"""The promises of the made-up county: each test states one."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from geo import crs
from geo.atlas import Provenance, build
from geo.calendar import CHINA
from geo.closures import RoadClosures, fold
from geo.layers.registry import LAYERS
from geo.layers.spec import check
from geo.network.conditions import Conditions
from geo.network.graph import NO_WAY, RoadNetwork
from geo.synthetic import AS_OF, SyntheticCounty, facts, lengshuijiang, sketch
from geo.terms import HazardKind

REAL = Path(__file__).resolve().parents[3] / "shared" / "data"
CHECKED_METRES = "EPSG:4546"
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def county() -> SyntheticCounty:
    return lengshuijiang()


def shapes(county: SyntheticCounty, layer: str) -> dict[str, shapely.Geometry]:
    frame = county.layers[layer]
    assert isinstance(frame, geopandas.GeoDataFrame)
    return dict(zip(frame[LAYERS[layer].key], frame.geometry, strict=True))


def outline(county: SyntheticCounty) -> shapely.Polygon:
    return shapes(county, "county")["431381"]


def area_km2(shape: shapely.Geometry) -> float:
    return abs(crs.ELLIPSOID.geometry_area_perimeter(shape)[0]) / 1e6


def real_rows(name: str) -> list[dict[str, str]]:
    if not (REAL / name).exists():
        pytest.skip(f"the real file {name} is not here")
    with (REAL / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


class TestLayers:
    def test_every_layer_of_the_registry_is_there_and_passes_its_check(self, county):
        assert [name for name in LAYERS if name not in ("calendar", "speeds", "woodland")] == list(county.layers)
        for name, frame in county.layers.items():
            assert len(check(frame, LAYERS[name])) > 0, name

    def test_everything_but_the_detections_and_three_fire_bulletins_is_marked_as_made_up(self, county):
        for name, frame in county.layers.items():
            real = {"detections": {False}, "fire_dangers": {False, True}}
            assert set(frame["synthetic"]) == real.get(name, {True}), name

    def test_two_calls_give_the_same_county(self, county):
        again = lengshuijiang()
        for name, frame in county.layers.items():
            pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(again.layers[name]))
        pd.testing.assert_frame_equal(county.expected_states, again.expected_states)

    def test_another_seed_gives_another_county_that_is_as_sound(self, county):
        other = lengshuijiang(seed=7)
        assert shapely.coverage_is_valid(other.layers["grids"].geometry.values)
        assert not other.layers["villages"].geometry.equals(county.layers["villages"].geometry)
        assert [f.code for f in facts.VILLAGES] == list(other.layers["villages"]["code"])

    def test_coordinates_have_at_most_seven_decimals(self, county):
        for name, frame in county.layers.items():
            if not LAYERS[name].is_table and name != "detections":
                coordinates = shapely.get_coordinates(frame.geometry.values)
                assert np.array_equal(coordinates, coordinates.round(7)), name


class TestOutline:
    def test_it_is_one_hand_drawn_ring_of_at_most_80_corners(self, county):
        assert outline(county).geom_type == "Polygon"
        assert shapely.get_num_coordinates(outline(county)) - 1 <= 80

    def test_it_touches_the_official_box_within_50_metres_on_every_side(self, county):
        for drawn, official in zip(outline(county).bounds, facts.BOUNDS, strict=True):
            assert abs(drawn - official) * 111_000 < 50

    def test_its_geodesic_area_is_the_official_one_within_half_a_percent(self, county):
        assert pytest.approx(area_km2(outline(county)), rel=0.005) == facts.AREA_KM2

    @pytest.mark.parametrize(
        "place", [(111.4132365, 27.67089598), (111.4563986, 27.61919882), (111.58614, 27.71606), facts.CENTRE]
    )
    def test_it_holds_the_detections_and_the_centre_with_300_metres_to_spare(self, county, place):
        point = crs.to_metres(shapely.Point(place), CHECKED_METRES)
        ring = crs.to_metres(outline(county), CHECKED_METRES)
        assert ring.contains(point)
        assert ring.exterior.distance(point) > 300

    def test_it_is_not_the_outline_of_the_data_provider(self, county):
        file = REAL / "boundary_431381_wgs84.geojson"
        if not file.exists():
            pytest.skip("the real outline is not here")
        real = shapely.union_all(geopandas.read_file(file).geometry.values)
        gaps = shapely.distance(shapely.points(shapely.get_coordinates(outline(county))), real.boundary) * 111_000
        assert np.median(gaps) > 100


class TestVillagesAndTowns:
    def test_villages_share_their_borders_exactly(self, county):
        villages = county.layers["villages"].geometry.values
        assert shapely.coverage_is_valid(villages, gap_width=0.0)
        assert all(village.geom_type == "Polygon" and not village.interiors for village in villages)

    @pytest.mark.parametrize("layer", ["villages", "towns", "grids"])
    def test_they_cover_the_outline_without_rest(self, county, layer):
        union = shapely.union_all(county.layers[layer].geometry.values)
        assert union.symmetric_difference(outline(county)).area < 1e-6
        assert shapely.hausdorff_distance(union, outline(county)) < 1e-6

    def test_a_town_is_the_union_of_its_villages_in_one_piece(self, county):
        villages = county.layers["villages"]
        for code, shape in shapes(county, "towns").items():
            members = villages[villages["town_code"] == code].geometry.values
            assert shape.equals(shapely.coverage_union_all(members)), code
            assert shape.geom_type == "Polygon", code
        assert shapely.coverage_is_valid(county.layers["towns"].geometry.values)

    def test_the_two_known_town_centres_lie_in_their_towns_of_about_the_known_size(self, county):
        towns = shapes(county, "towns")
        for code, place, km2 in (
            ("431381001", (111.43333, 27.69444), 15.9),
            ("431381102", (111.57111, 27.72361), 74.97),
        ):
            assert towns[code].contains(shapely.Point(place))
            assert km2 == pytest.approx(area_km2(towns[code]), rel=0.1)

    def test_codes_and_names_are_the_real_ones(self, county):
        villages, towns = county.layers["villages"], county.layers["towns"]
        expected = [
            (r["code"], r["official_name"], r["short_name"], r["kind"], r["town_code"])
            for r in real_rows("villages_431381.csv")
        ]
        assert expected == list(
            zip(*(villages[c] for c in ("code", "official_name", "name", "kind", "town_code")), strict=True)
        )
        assert [(r["code"], r["name"], r["name_en"]) for r in real_rows("towns_431381.csv")] == list(
            zip(towns["code"], towns["name"], towns["name_en"], strict=True)
        )

    def test_people_sum_to_the_census_and_communities_hold_the_urban_ones(self, county):
        villages = county.layers["villages"]
        assert villages["population"].sum() == 329_912
        assert villages[villages["kind"] == "community"]["population"].sum() == 260_400
        assert villages["population"].min() > 0

    def test_the_articles_two_communities_share_a_border(self, county):
        villages = shapes(county, "villages")
        border = villages["431381001001"].intersection(villages["431381001006"])
        assert crs.ELLIPSOID.geometry_length(border) > 100

    def test_mountain_villages_are_larger_than_city_communities(self, county):
        areas = {code: area_km2(shape) for code, shape in shapes(county, "villages").items()}
        city = [km2 for code, km2 in areas.items() if code.startswith("431381001")]
        country = [km2 for code, km2 in areas.items() if code.startswith("431381102")]
        assert np.median(country) > 2 * np.median(city)


class TestGrids:
    def test_about_1500_cells_share_their_borders_exactly(self, county):
        assert 1400 <= len(county.layers["grids"]) <= 1600
        assert shapely.coverage_is_valid(county.layers["grids"].geometry.values, gap_width=0.0)

    def test_the_cells_of_a_village_make_up_the_village(self, county):
        grids = county.layers["grids"]
        for code, village in shapes(county, "villages").items():
            union = shapely.union_all(grids[grids["village_code"] == code].geometry.values)
            assert union.symmetric_difference(village).area < 1e-12, code
            assert shapely.hausdorff_distance(union, village) < 1e-6, code

    def test_codes_are_the_villages_and_a_number_without_gaps(self, county):
        grids = county.layers["grids"]
        for village, codes in grids.groupby("village_code")["code"]:
            assert [f"{village}{n:03d}" for n in range(1, len(codes) + 1)] == list(codes)

    def test_numbers_run_in_bands_from_the_north_and_west_to_east_inside_a_band(self, county):
        grids = county.layers["grids"]
        for code, cells in grids.groupby("village_code"):
            metric = shapely.transform(cells.geometry.values, lambda degrees: degrees * sketch.METRES_PER_DEGREE)
            band_m = np.sqrt(shapely.area(metric).mean())
            north = shapely.bounds(metric)[:, 3].max()
            centres = shapely.centroid(metric)
            bands = (north - shapely.get_y(centres)) / band_m
            for before, after in zip(range(len(cells)), range(1, len(cells)), strict=False):
                if int(bands[before]) == int(bands[after]):
                    assert shapely.get_x(centres[before]) < shapely.get_x(centres[after]), code
                else:
                    assert int(bands[before]) < int(bands[after]), code

    def test_people_of_the_cells_sum_to_the_village(self, county):
        sums = county.layers["grids"].groupby("village_code")["population"].sum()
        villages = county.layers["villages"].set_index("code")["population"]
        assert villages.astype(int).to_dict() == sums.astype(int).to_dict()


class TestRivers:
    def test_the_zi_runs_through_the_county_from_the_south_west_to_the_north(self, county):
        zi = shapes(county, "rivers")["RV01"]
        (first, last) = zi.coords[0], zi.coords[-1]
        rim = outline(county).exterior
        assert outline(county).buffer(1e-6).covers(zi)
        assert rim.distance(shapely.Point(first)) < 1e-6
        assert rim.distance(shapely.Point(last)) < 1e-6
        assert first[0] < facts.CENTRE[0] < last[0]
        assert first[1] < facts.CENTRE[1] < last[1]

    def test_the_maxi_joins_it_inside_maxi_village(self, county):
        rivers = shapes(county, "rivers")
        mouth = shapely.Point(rivers["RV02"].coords[-1])
        village = shapes(county, "villages")["431381106206"]
        assert rivers["RV01"].distance(mouth) < 1e-7
        assert village.contains(mouth)
        assert village.exterior.distance(mouth) * 98_000 > 100


class TestSeats:
    def test_there_is_one_headquarters_ten_posts_and_150_stations(self, county):
        assert county.layers["stations"]["tier"].value_counts().to_dict() == {"hq": 1, "post": 10, "station": 150}

    def test_each_lies_in_the_area_it_serves_and_stations_30_metres_inside(self, county):
        areas = {**shapes(county, "towns"), **shapes(county, "villages"), "431381": outline(county)}
        for code, point in shapes(county, "stations").items():
            assert areas[code].contains(point), code
            if len(code) == 12:
                ring = crs.to_metres(areas[code], CHECKED_METRES).exterior
                assert ring.distance(crs.to_metres(point, CHECKED_METRES)) >= 30, code

    def test_each_stands_on_a_node_of_the_road_network(self, county):
        nodes = {end for line in county.layers["roads"].geometry for end in (line.coords[0], line.coords[-1])}
        assert {point.coords[0] for point in county.layers["stations"].geometry} <= nodes

    def test_headquarters_are_near_the_centre(self, county):
        hq = shapes(county, "stations")["431381"]
        assert crs.distance_m(hq.x, hq.y, *facts.CENTRE) < 150


class TestTeams:
    def test_each_village_has_a_city_and_a_township_team_of_three(self, county):
        teams = county.layers["teams"]
        assert len(teams) == 300
        assert set(teams["strength"]) == {3}
        assert {f.code: 2 for f in facts.VILLAGES} == teams["village_code"].value_counts().to_dict()
        assert all(
            t == ("C-" if k == "city" else "T-") + v
            for t, k, v in zip(teams["team_id"], teams["kind"], teams["village_code"], strict=True)
        )

    def test_bases_and_stations_follow_the_sender_and_the_village(self, county):
        teams = county.layers["teams"]
        places = shapes(county, "stations")
        for row in teams.itertuples():
            assert row.base == ("431381" if row.kind == "city" else row.village_code[:9])
            assert row.station == row.village_code
            assert row.geometry.equals(places[row.station])

    def test_the_finance_bureau_serves_in_the_articles_community(self, county):
        teams = county.layers["teams"].set_index("team_id")
        assert teams.loc["C-431381001001", "unit"] == "市财政局"
        assert teams.loc["C-431381001001", "name"] == "市财政局驻锑都社区一线工作队"

    def test_every_skill_is_there_and_no_team_has_more_than_three(self, county):
        skills = county.layers["teams"]["skills"].dropna().str.split(";")
        assert len(set(skills.explode())) == 7
        assert skills.map(len).max() <= 3

    def test_no_person_is_named(self, county):
        assert county.layers["teams"][["leader_name", "leader_phone"]].isna().all(axis=None)
        contacts = ["responsible_name", "responsible_phone", "monitor_name", "monitor_phone"]
        assert county.layers["hazard_sites"][contacts].isna().all(axis=None)

    def test_there_are_thirty_leaders_three_to_a_town(self, county):
        leaders = county.layers["leaders"]
        assert [f"L{n:02d}" for n in range(1, 31)] == list(leaders["leader_id"])
        assert {3} == set(leaders["town_code"].value_counts())


def network(county: SyntheticCounty) -> tuple[csr_matrix, dict[tuple[float, float], int]]:
    """The directed graph of free-flow minutes over the ends of the road lines."""
    roads = county.layers["roads"]
    nodes: dict[tuple[float, float], int] = {}
    steps: list[tuple[int, int, float]] = []
    for line, kph, oneway in zip(roads.geometry, roads["speed_kph"], roads["oneway"], strict=True):
        a, b = (nodes.setdefault(end, len(nodes)) for end in (line.coords[0], line.coords[-1]))
        minutes = crs.ELLIPSOID.geometry_length(line) / (kph / 3.6) / 60
        steps.append((a, b, minutes))
        if not oneway:
            steps.append((b, a, minutes))
    rows, columns, minutes_ = zip(*steps, strict=True)
    return coo_matrix((minutes_, (rows, columns)), shape=(len(nodes), len(nodes))).tocsr(), nodes


class TestRoads:
    def test_the_network_has_5000_to_8000_nodes_and_every_one_can_be_reached_and_left(self, county):
        graph, nodes = network(county)
        assert 5000 <= len(nodes) <= 8000
        assert connected_components(graph, connection="strong")[0] == 1

    def test_the_slowest_station_is_60_to_95_minutes_away_and_the_city_is_near(self, county):
        graph, nodes = network(county)
        places = {code: nodes[point.coords[0]] for code, point in shapes(county, "stations").items()}
        minutes = dijkstra(graph, indices=places["431381"])
        slowest = max(minutes[node] for code, node in places.items() if len(code) == 12)
        assert 60 <= slowest <= 95
        assert minutes[places["431381001001"]] < 10
        assert max(minutes[n] for c, n in places.items() if c[:9] == "431381001" and len(c) == 12) < 20

    def test_lines_meet_in_shared_end_points_and_nowhere_else(self, county):
        lines = np.array(county.layers["roads"].geometry.values)
        assert shapely.is_simple(lines).all()
        one, other = shapely.STRtree(lines).query(lines, predicate="intersects")
        one, other = one[one < other], other[one < other]
        met = shapely.intersection(lines[one], lines[other])
        for a, b, places in zip(lines[one], lines[other], met, strict=True):
            ends = {a.coords[0], a.coords[-1]} & {b.coords[0], b.coords[-1]}
            assert {tuple(p) for p in shapely.get_coordinates(places).tolist()} <= ends
            assert places.geom_type in ("Point", "MultiPoint")

    def test_no_two_lines_join_the_same_two_nodes(self, county):
        joined = Counter(frozenset((line.coords[0], line.coords[-1])) for line in county.layers["roads"].geometry)
        assert {1} == set(joined.values())
        assert {2} == {len(ends) for ends in joined}

    def test_all_lie_in_the_county_or_within_200_metres(self, county):
        assert shapely.covers(outline(county).buffer(0.0018), county.layers["roads"].geometry.values).all()

    def test_there_are_hairpins_that_double_the_way(self, county):
        lines = county.layers["roads"].geometry
        longer = [
            crs.ELLIPSOID.geometry_length(line) / crs.distance_m(*line.coords[0], *line.coords[-1])
            for line in lines
            if len(line.coords) >= 9
        ]
        assert sum(ratio > 2 for ratio in longer) >= 40

    def test_there_are_one_way_streets_in_the_city_and_no_other(self, county):
        roads = county.layers["roads"]
        assert 100 <= roads["oneway"].sum() <= 0.1 * len(roads)
        assert {"residential"} == set(roads[roads["oneway"]]["road_class"])

    def test_a_few_bridges_cross_the_zi(self, county):
        roads, zi = county.layers["roads"], shapes(county, "rivers")["RV01"]
        crossing = roads[shapely.intersects(roads.geometry.values, zi)]
        assert 4 <= len(crossing) <= 20
        assert {"资江大桥"} == set(crossing["name"])

    def test_classes_speeds_and_surfaces_are_varied(self, county):
        roads = county.layers["roads"]
        assert {"motorway", "primary", "secondary", "tertiary", "unclassified", "residential", "track"} == set(
            roads["road_class"]
        )
        assert {"paved", "unpaved"} == set(roads["surface"])
        assert roads["speed_kph"].min() == 6
        assert [f"R{n:05d}" for n in range(1, len(roads) + 1)] == list(roads["road_id"])


class TestHazards:
    def test_fire_zones_have_all_five_classes_and_geological_zones_two_to_five(self, county):
        zones = county.layers["risk_zones"]
        fire = zones[zones["kind"] == "forest_fire"]
        rest = zones[zones["kind"] != "forest_fire"]
        assert {1, 2, 3, 4, 5} == set(fire["level"])
        assert 25 <= len(fire) <= 40
        assert {2, 3, 4, 5} == set(rest["level"])
        assert {"ground_collapse", "landslide", "rockfall", "debris_flow"} == set(rest["kind"])
        assert all(
            z.startswith("Z-F-" if k == "forest_fire" else "Z-G-")
            for z, k in zip(zones["zone_id"], zones["kind"], strict=True)
        )

    def test_zones_are_valid_and_inside_the_county(self, county):
        geometry = county.layers["risk_zones"].geometry.values
        assert shapely.is_valid(geometry).all()
        assert outline(county).covers(shapely.union_all(geometry))

    def test_slides_lie_in_the_south_west_more_than_collapse_does(self, county):
        zones = county.layers["risk_zones"]
        by_kind = {
            kind: shapely.union_all(zones[zones["kind"] == kind].geometry.values).centroid.y
            for kind in ("landslide", "ground_collapse")
        }
        assert by_kind["landslide"] < by_kind["ground_collapse"]

    def test_sites_stand_in_the_village_they_name(self, county):
        villages = shapes(county, "villages")
        sites = county.layers["hazard_sites"]
        assert 150 <= len(sites) <= 210
        for code, point in zip(sites["village_code"], sites.geometry, strict=True):
            assert villages[code].contains(point)

    def test_site_numbers_carry_the_county_and_the_kind(self, county):
        types = {"unstable_slope": "00", "landslide": "01", "rockfall": "02", "debris_flow": "03",
                 "ground_collapse": "04", "ground_fissure": "05", "land_subsidence": "06"}  # fmt: skip
        sites = county.layers["hazard_sites"]
        assert {k.value for k in HazardKind} - {"forest_fire"} == set(sites["kind"])
        assert all(n[:8] == "431381" + types[k] for n, k in zip(sites["site_id"], sites["kind"], strict=True))
        assert sites["kind"].value_counts().idxmax() == "landslide"

    def test_grades_follow_from_the_figures_and_missing_figures_give_none(self, county):
        sites = county.layers["hazard_sites"]
        for people, cny, grade in zip(
            sites["threatened_people"], sites["threatened_assets_cny"], sites["danger_grade"], strict=True
        ):
            if pd.isna(people):
                assert pd.isna(cny)
                assert pd.isna(grade)
            elif people >= 1000 or cny >= 100_000_000:
                assert grade == "extra_large"
            elif people >= 500 or cny >= 50_000_000:
                assert grade == "large"
            elif people >= 100 or cny >= 5_000_000:
                assert grade == "medium"
            else:
                assert grade == "small"
        assert {"small", "medium", "large", "extra_large"} == set(sites["danger_grade"].dropna())
        assert sites["danger_grade"].value_counts().idxmax() == "small"

    def test_zero_missing_and_removed_are_all_there(self, county):
        sites = county.layers["hazard_sites"]
        assert (sites["threatened_people"] == 0).sum() >= 3
        assert sites["threatened_people"].isna().sum() >= 3
        assert 10 <= (sites["status"] == "removed").sum() <= 20

    def test_detections_are_the_real_ones(self, county):
        detections = county.layers["detections"].set_index("detection_id")
        expected = {}
        for row in real_rows("nasa_glc_hunan.csv"):
            if row["in_lengshuijiang"] == "True":
                expected[f"glc-{row['event_id']}"] = (float(row["longitude"]), float(row["latitude"]))
        for row in real_rows("firms_modis_hunan.csv"):
            if row["in_lengshuijiang"] == "True":
                lon, lat = float(row["longitude"]), float(row["latitude"])
                clock = f"{row['acq_date'].replace('-', '')}T{int(row['acq_time']):04d}"
                key = f"firms-{row['satellite']}-{clock}-{lat:.5f}-{lon:.5f}"
                expected[key] = (lon, lat)
                assert detections.loc[key, "frp_mw"] == float(row["frp"])
                assert detections.loc[key, "confidence"] == row["confidence"]
        assert expected == {key: point.coords[0] for key, point in detections.geometry.items()}
        fire = detections.loc["firms-T-20220404T0300-27.71606-111.58614"]
        assert fire["detected_at"] == datetime(2022, 4, 4, 11, 0, tzinfo=CHINA)
        assert detections.loc["glc-2055", "detected_on"] == date(2010, 7, 11)
        assert pd.isna(detections.loc["glc-2055", "detected_at"])


class TestIncidents:
    def test_they_are_numbered_in_the_order_of_discovery(self, county):
        incidents = county.layers["incidents"]
        assert [f"I-2022-{n:03d}" for n in range(1, 26)] == list(incidents["incident_id"])
        assert incidents["discovered_at"].is_monotonic_increasing
        assert incidents[["discovered_at", "notified_at", "handled_at"]].max().max() <= AS_OF

    def test_each_is_discovered_then_notified_then_handled(self, county):
        for row in county.layers["incidents"].itertuples():
            times = [t for t in (row.discovered_at, row.notified_at, row.handled_at) if not pd.isna(t)]
            assert sorted(times) == times
            assert not (pd.isna(row.notified_at) and not pd.isna(row.handled_at))

    def test_two_or_three_are_still_open_and_young(self, county):
        incidents = county.layers["incidents"]
        still = incidents[incidents["handled_at"].isna()]
        assert 2 <= len(still) <= 3
        assert (AS_OF - still["discovered_at"].min()) < timedelta(days=1)

    def test_the_articles_incident_is_there(self, county):
        incidents = county.layers["incidents"]
        story = incidents[incidents["discovered_at"] == datetime(2022, 11, 27, 4, 0, tzinfo=CHINA)]
        assert len(story) == 1
        assert shapes(county, "villages")["431381001006"].contains(story.geometry.iloc[0])


@pytest.fixture(scope="module")
def roads(county) -> tuple[RoadNetwork, RoadClosures]:
    atlas = build(county.layers, Provenance("test", AS_OF))
    assert atlas.network is not None
    return atlas.network, fold(atlas, county.layers["closures"])


class TestClosures:
    def test_one_is_over_and_two_hold_at_the_present(self, county):
        closures = county.layers["closures"].set_index("closure_id")
        over = closures["to_at"] <= AS_OF
        assert {"K-2022-001": True, "K-2022-002": False, "K-2022-003": False} == over.to_dict()
        assert (closures["from_at"] <= AS_OF).all()
        assert ["closed", "closed", "slowed"] == list(closures["effect"])

    def test_one_zone_slows_the_roads_in_it_and_the_others_none(self, county):
        zones = county.layers["risk_zones"]
        acting = zones[zones["road_effect"].notna()]
        assert [("debris_flow", "slowed", 8.0)] == list(
            zip(acting["kind"], acting["road_effect"], acting["road_speed_kph"], strict=True)
        )
        assert (acting["valid_from"] <= AS_OF).all()

    def test_the_slide_bars_one_main_road_and_the_works_slow_another(self, county, roads):
        network, closures = roads
        layer = county.layers["roads"]
        covered = {
            closures.closures[shape].id: layer["name"].iloc[network.road[segment]]
            for shape, segment in zip(closures.stretches.shape, closures.stretches.segment, strict=True)
            if closures.closures[shape].id in ("K-2022-002", "K-2022-003")
        }
        assert {"K-2022-002": "冷锡公路", "K-2022-003": "冷铎公路"} == covered
        assert [1, 1] == [closures.closure(key).segments for key in covered]

    def test_the_slide_leaves_everyone_a_longer_way(self, roads):
        network, closures = roads
        (segment,) = closures.stretches.segment[closures.stretches.shape == 1]
        start, end = network.segment_from[segment], network.segment_to[segment]
        held, before = (arcs_of(network, closures.conditions_at(at)) for at in (AS_OF, AS_OF - 365 * DAY))
        open_s, travel_s = (dijkstra(arcs, indices=[start])[0] / 1000 for arcs in (before, held))
        assert connected_components(held, connection="strong")[0] == 1
        assert (travel_s >= open_s).all()
        assert open_s[end] < 60
        assert travel_s[end] > 600


def arcs_of(network: RoadNetwork, conditions: Conditions) -> csr_matrix:
    """Milliseconds from node to node under the conditions."""
    of_row, acted = conditions.mark, conditions.mark > 0
    travel_ms = np.concatenate(
        [
            np.where(acted, conditions.forward_ms[of_row], network.forward_ms),
            np.where(acted, conditions.backward_ms[of_row], network.backward_ms),
        ]
    )
    tails = np.concatenate([network.segment_from, network.segment_to]).tolist()
    heads = np.concatenate([network.segment_to, network.segment_from]).tolist()
    quickest: dict[tuple[int, int], int] = {}
    for tail, head, arc_ms in zip(tails, heads, travel_ms.tolist(), strict=True):
        if arc_ms != NO_WAY:
            quickest[tail, head] = min(arc_ms, quickest.get((tail, head), arc_ms))
    at = np.array(list(quickest)).T
    return csr_matrix((list(quickest.values()), tuple(at)), shape=(network.nodes, network.nodes))


def slow_nights(stays: pd.DataFrame) -> dict[str, set[date]]:
    """Team -> evenings of the nights in its own village, counted hour by hour out of the text of R07."""
    found: dict[str, set[date]] = {}
    for team, village, check_in, check_out in zip(
        stays["team_id"], stays["village_code"], stays["check_in"], stays["check_out"], strict=True
    ):
        if team[2:] != village:
            continue
        evening = check_in.date() - DAY
        while evening <= check_out.date():
            night = datetime(evening.year, evening.month, evening.day, tzinfo=CHINA) + DAY
            if check_in <= night and check_out >= night + timedelta(hours=5):
                found.setdefault(team, set()).add(evening)
            evening += DAY
    return found


class TestStays:
    def test_the_states_promised_are_those_that_a_slow_recount_gives(self, county):
        stays, teams = county.layers["stays"], county.layers["teams"]
        nights = slow_nights(stays)
        since = {row.village_code: row.assigned_from for row in teams[teams["kind"] == "township"].itertuples()}
        recount = []
        for village in [fact.code for fact in facts.VILLAGES]:
            monday = date(2022, 10, 3)
            while monday <= AS_OF.date():
                days = [monday + DAY * n for n in range(7)]
                spent = len([day for day in nights.get(f"T-{village}", ()) if day in days])
                served = len([day for day in days if day >= since[village]])
                if served == 0:
                    state = "no_team"
                elif served < 4:
                    state = "not_assessed"
                elif spent >= 2:
                    state = "met"
                elif days[-1] >= AS_OF.date():
                    left = len([day for day in days if day >= AS_OF.date()])
                    state = "curable" if 2 - spent <= left else "lost"
                else:
                    state = "lost"
                recount.append((village, f"2022-W{monday.isocalendar().week}", spent, state))
                monday += 7 * DAY
        expected = county.expected_states
        assert recount == list(zip(*(expected[c] for c in ("village_code", "week", "nights", "state")), strict=True))

    def test_the_record_is_of_weeks_40_to_51_and_ends_with_the_evening_before_its_date(self, county):
        assert datetime(2022, 12, 23, 10, 0, tzinfo=CHINA) == AS_OF == county.as_of
        weeks = list(dict.fromkeys(county.expected_states["week"]))
        assert [f"2022-W{n}" for n in range(40, 52)] == weeks
        stays = county.layers["stays"]
        assert stays["check_in"].min() >= datetime(2022, 10, 3, tzinfo=CHINA)
        assert stays["check_in"].max().date() == date(2022, 12, 22)
        assert stays["check_out"].notna().all()
        assert stays["check_out"].max() <= AS_OF

    def test_most_villages_meet_the_quota_and_weeks_47_and_48_are_worse(self, county):
        expected = county.expected_states
        rate = expected.assign(met=expected["state"] == "met").groupby("week")["met"].mean()
        worse, past = ["2022-W47", "2022-W48"], rate.drop("2022-W51")
        assert past.drop(worse).between(0.85, 0.97).all()
        assert past[worse].between(0.70, 0.85).all()

    def test_every_state_is_there_and_the_current_week_has_lost_none(self, county):
        expected = county.expected_states
        assert {"met", "lost", "curable", "not_assessed", "no_team"} == set(expected["state"])
        assert {"met", "curable"} == set(expected[expected["week"] == "2022-W51"]["state"])

    def test_a_handful_of_villages_is_lost_week_after_week(self, county):
        late = county.expected_states[county.expected_states["week"].between("2022-W44", "2022-W50")]
        lost = late[late["state"] == "lost"].groupby("village_code").size()
        assert 3 <= (lost >= 5).sum() <= 10

    def test_three_teams_began_late(self, county):
        expected = county.expected_states
        gone = expected[expected["state"] == "no_team"]
        assert len(set(gone["village_code"])) == 3
        assert set(gone["nights"]) == {0}

    def test_the_size_of_the_record_is_moderate(self, county):
        stays = county.layers["stays"]
        assert 4000 <= len(stays) <= 6000
        assert len(stays.to_csv(index=False)) < 700_000
        assert [f"S{n:06d}" for n in range(1, len(stays) + 1)] == list(stays["stay_id"])
        assert all(
            m[:-2] == t and m[-2:] in ("-1", "-2", "-3")
            for m, t in zip(stays["member_id"], stays["team_id"], strict=True)
        )

    def test_trap_some_left_at_half_past_four_and_spent_no_night(self, county):
        left = county.layers["stays"]["check_out"].dt.strftime("%H:%M")
        assert (left == "04:30").sum() >= 10

    def test_trap_some_nights_were_spent_by_two_members_and_count_once(self, county):
        stays = county.layers["stays"]
        same = stays.groupby(["team_id", stays["check_in"].dt.date]).size()
        assert (same == 2).sum() >= 100

    def test_trap_some_rows_hold_two_nights(self, county):
        stays = county.layers["stays"]
        length = stays["check_out"].dt.normalize() - stays["check_in"].dt.normalize()
        assert (length == pd.Timedelta(days=2)).sum() >= 100

    def test_trap_some_township_teams_slept_in_another_village(self, county):
        stays = county.layers["stays"]
        assert (
            sum(t.startswith("T-") and t[2:] != v for t, v in zip(stays["team_id"], stays["village_code"], strict=True))
            >= 10
        )

    def test_trap_a_sunday_and_a_monday_are_one_night_each_for_two_weeks(self, county):
        nights = slow_nights(county.layers["stays"])["T-431381100215"]
        assert {date(2022, 12, 18), date(2022, 12, 19)} == {day for day in nights if day >= date(2022, 12, 12)}
        expected = county.expected_states.set_index(["village_code", "week"])
        assert [expected.loc[("431381100215", w), "state"] for w in ("2022-W50", "2022-W51")] == ["lost", "curable"]

    def test_trap_two_members_on_tuesday_and_one_on_thursday_are_two_nights(self, county):
        stays = county.layers["stays"]
        own = stays[
            (stays["team_id"] == "T-431381003203") & (stays["check_in"] >= datetime(2022, 12, 19, tzinfo=CHINA))
        ]
        assert (own["check_in"].dt.date == date(2022, 12, 20)).sum() == 2
        expected = county.expected_states.set_index(["village_code", "week"]).loc[("431381003203", "2022-W51")]
        assert (expected["nights"], expected["state"]) == (2, "met")

    def test_the_finance_bureau_stayed_the_night_of_the_story(self, county):
        assert date(2022, 11, 26) in slow_nights(county.layers["stays"])["C-431381001001"]

    def test_city_teams_have_some_nights_too(self, county):
        assert county.layers["stays"]["team_id"].str.startswith("C-").sum() >= 100
