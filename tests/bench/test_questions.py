"""How long the questions take, beside the bars and the peers of FIELD. Run with `make bench`.

Times are printed, never asserted; that the answers are right is.
"""

from __future__ import annotations

import json
import os
from typing import Any

import geopandas
import numpy as np
import pytest
import rtree
import shapely
from pykdtree.kdtree import KDTree
from scipy.spatial import cKDTree

from geo import crs
from geo.board import fold_frames
from geo.calendar import Week
from geo.coverage import stay_coverage
from geo.exposure import exposure
from geo.geojson import layer_collection
from geo.layers.registry import LAYERS
from geo.nearest import nearest, nearest_bulk
from geo.terms import Basis
from tests import oracles
from tests.bench.conftest import BenchCounty
from tests.bench.harness import medians, report

pytestmark = pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`")


def on_unit_sphere(lon: Any, lat: Any) -> np.ndarray:
    """Directions from the centre of a sphere, shape (n, 3)."""
    longitude, latitude = np.radians(lon), np.radians(lat)
    return np.stack(
        [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)], axis=-1
    )


def test_nearest_search_beside_its_peers(bench_county: BenchCounty) -> None:
    index = bench_county.board.teams.places
    lon, lat = index.lon, index.lat
    points = list(zip(lon.tolist(), lat.tolist(), strict=True))
    places = bench_county.places(1000)
    half = np.arange(len(points)) % 2 == 0
    stations = shapely.points(lon, lat)
    stations_m = geopandas.GeoDataFrame(geometry=crs.to_metres(stations, bench_county.atlas.metric_crs))

    sphere = on_unit_sphere(lon, lat)
    scipy_tree, pykd_tree, str_tree = cKDTree(sphere), KDTree(sphere), shapely.STRtree(stations)
    boxes = rtree.index.Index((n, (x, y, x, y), None) for n, (x, y) in enumerate(points))

    def sjoin(place: tuple[float, float]) -> int:
        point_m = crs.to_metres(np.array([shapely.Point(place)], dtype=object), bench_county.atlas.metric_crs)
        joined = geopandas.sjoin_nearest(geopandas.GeoDataFrame(geometry=point_m), stations_m)
        return int(joined["index_right"].iloc[0])

    first_of = {
        "Yixian, k=1, exact on the ellipsoid": lambda place: index.nearest(*place, 1)[0][0],
        "numpy dot product over all, on the sphere": lambda place: int(np.argmax(sphere @ on_unit_sphere(*place))),
        "scipy cKDTree, on the sphere": lambda place: int(scipy_tree.query(on_unit_sphere(*place))[1]),
        "pykdtree, on the sphere": lambda place: int(pykd_tree.query(on_unit_sphere(*place)[None, :])[1][0]),
        "STRtree query_nearest, in degrees": lambda place: int(str_tree.query_nearest(shapely.Point(place))[0]),
        "rtree nearest, in degrees": lambda place: next(boxes.nearest((*place, *place), 1)),
        "geopandas sjoin_nearest, in metres": sjoin,
    }
    right = [oracles.nearest(points, *place, 2) for place in places]

    def wrong(ask: Any, some: int) -> float:
        # Two teams share a station; either is a right answer to a peer that breaks no ties.
        misses = 0
        for place, best in zip(places[:some], right, strict=False):
            found = points[ask(place)]
            misses += found != points[best[0][0]]
        return misses / some

    notes = {name: f"{wrong(ask, 100 if 'sjoin' in name else 1000):.1%} wrong" for name, ask in first_of.items()}
    assert "0.0% wrong" == notes["Yixian, k=1, exact on the ellipsoid"]
    report(f"nearest search over {len(points)} teams, one place", medians(first_of, places), unit="us", notes=notes)

    ours = {
        "Yixian, k=3": lambda place: index.nearest(*place, 3),
        "Yixian, k=3, half the teams masked": lambda place: index.nearest(*place, 3, half),
    }
    for place in places[:50]:
        assert oracles.nearest(points, *place, 3) == ours["Yixian, k=3"](place)
        assert oracles.nearest(points, *place, 3, half.tolist()) == index.nearest(*place, 3, half)
    for name, median_s in medians(ours, places).items():
        report(f"nearest search, {name.removeprefix('Yixian, ')}", {name: median_s}, unit="us", bar=120)


def test_the_whole_question(bench_county: BenchCounty) -> None:
    atlas, board, at = bench_county.atlas, bench_county.board, bench_county.county.as_of
    closed = fold_frames(atlas, board.stays, board.incidents, at, closures=bench_county.county.layers["closures"])
    assert closed.roads is not None
    assert not closed.roads.conditions_at(at).is_open
    places = bench_county.places(1000, seed=2)
    callers = {
        "by road: legs, village, grid, zones": lambda place: nearest(atlas, board, *place, at=at, basis=Basis.ROAD),
        "by road, closures in force": lambda place: nearest(atlas, closed, *place, at=at, basis=Basis.ROAD),
        "straight: village, grid, zones": lambda place: nearest(atlas, board, *place, at=at, basis=Basis.STRAIGHT),
    }
    for place in places[:50]:
        for ask in callers.values():
            answer = ask(place)
            assert answer.place.village_code is not None
            assert 3 == len(answer.teams)
    bars = {name: 250 if name.startswith("straight") else 220 for name in callers}
    for name, median_s in medians(callers, places).items():
        report("the whole question, k=3, one place", {name: median_s}, unit="us", bar=bars[name])


def test_many_incidents_at_once(bench_county: BenchCounty) -> None:
    atlas, board, at = bench_county.atlas, bench_county.board, bench_county.county.as_of
    places = bench_county.places(20_000, seed=3)
    lon, lat = np.array([place[0] for place in places]), np.array([place[1] for place in places])
    teams = board.teams.places
    sphere = cKDTree(on_unit_sphere(teams.lon, teams.lat))
    stations_m = geopandas.GeoDataFrame(geometry=crs.to_metres(shapely.points(teams.lon, teams.lat), atlas.metric_crs))

    def sjoin(_: int) -> Any:
        points_m = crs.to_metres(shapely.points(lon, lat), atlas.metric_crs)
        return geopandas.sjoin_nearest(geopandas.GeoDataFrame(geometry=points_m), stations_m)

    bulk = nearest_bulk(atlas, board, lon, lat, at=at, basis=Basis.STRAIGHT)
    allowed = board.teams.allowed(at, None, None)
    for row in range(0, len(places), 1000):
        expected = teams.nearest(*places[row], 3, allowed)
        assert expected == list(
            zip(bulk.neighbours.positions[row].tolist(), bulk.neighbours.distances_m[row].tolist(), strict=True)
        )
    callers = {
        "nearest_bulk(): k=3, reach and reason a row": lambda _: nearest_bulk(
            atlas, board, lon, lat, at=at, basis=Basis.STRAIGHT
        ),
        "PointIndex.nearest_bulk, k=3": lambda _: teams.nearest_bulk(lon, lat, 3, allowed),
        "scipy cKDTree, k=3, on the sphere": lambda _: sphere.query(on_unit_sphere(lon, lat), 3),
        "geopandas sjoin_nearest, k=1, in metres": sjoin,
    }
    report(
        f"{len(places):,} incidents at once", medians(callers, range(5)), unit="/s", bar=120_000, per_call=len(places)
    )


def test_the_flags_of_one_week(bench_county: BenchCounty) -> None:
    atlas, board, at = bench_county.atlas, bench_county.board, bench_county.county.as_of
    week = Week.of(at.date())
    answer = stay_coverage(atlas, board, week, at=at)
    assert bench_county.states_of(str(week)) == {v.village_code: v.state.value for v in answer.villages}

    frame = atlas.layers["teams"]
    teams = [
        oracles.TeamRow(row.team_id, row.kind == "township", row.village_code, row.assigned_from, row.assigned_to)
        for row in frame.itertuples()
    ]
    stays = [
        oracles.StayRow(row.team_id, row.village_code, row.check_in, None if row.check_out is None else row.check_out)
        for row in board.stays.astype(object).where(board.stays.notna(), None).itertuples()
    ]
    assert board.record is not None
    span = (board.record.first_evening, board.record.until)
    codes = [area.code for area in atlas.villages]
    slow = oracles.stay_states(codes, teams, stays, span, week.monday, at)
    assert {code: one.state for code, one in slow.items()} == {v.village_code: v.state for v in answer.villages}
    callers = {
        f"stay_coverage(): {len(codes)} villages, {len(stays):,} stays": lambda _: stay_coverage(
            atlas, board, week, at=at
        ),
        "the rules read aloud (tests/oracles.py)": lambda _: oracles.stay_states(
            codes, teams, stays, span, week.monday, at
        ),
    }
    report("the flags of one week", medians(callers, range(10)), unit="ms", bar=20)


def test_exposure(bench_county: BenchCounty) -> None:
    atlas = bench_county.atlas
    zones, grids = (
        geopandas.GeoDataFrame(geometry=crs.to_metres(atlas.layers[name].geometry.values, atlas.metric_crs))
        for name in ("risk_zones", "grids")
    )
    expected = set(atlas.layers["grids"]["code"].iloc[sorted(set(geopandas.sjoin(grids, zones).index))])
    found = {
        grid.code for grid in exposure(atlas).grids if any(hazard.layer == "risk_zones" for hazard in grid.hazards)
    }
    assert expected == found
    for within_m in (0.0, 1000.0):
        callers = {
            "exposure(): villages, grids, people": lambda _, w=within_m: exposure(atlas, within_m=w),
            "geopandas sjoin dwithin, grids to zones only": lambda _, w=within_m: geopandas.sjoin(
                grids, zones, predicate="dwithin", distance=w
            ),
        }
        report(f"exposure within {within_m:g} m", medians(callers, range(10)), unit="ms")


def test_the_json_of_a_layer(bench_county: BenchCounty) -> None:
    for name in ("grids", "teams", "roads"):
        frame, spec = bench_county.atlas.layers[name], LAYERS[name]
        content = layer_collection(frame, spec)
        assert len(json.loads(content)["features"]) == len(frame)
        megabytes = len(content) / 1e6
        dates = [column.name for column in spec.columns if column.kind.value in ("date", "instant")]
        plain = frame.drop(columns=dates)  # GeoDataFrame.to_json raises on them
        callers = {
            f"layer_collection(): {len(frame):,} features": lambda _, f=frame, s=spec: layer_collection(f, s),
            "geopandas to_json": lambda _, p=plain: p.to_json(),
        }
        seconds = medians(callers, range(5))
        notes = {key: f"{megabytes / value:.0f} MB/s" for key, value in seconds.items()}
        report(f"the JSON of {name}, {megabytes:.1f} MB", seconds, unit="ms", notes=notes)
