"""Our drive times beside OSRM's on Andorra, with the same speeds and rules. By hand, outside the suite:

    python -m tests.bench.osrm WHEEL_OR_FOLDER

The argument is the wheel of `osrm-bindings`, or what it unpacks to: only the executables inside are run. OSRM reads the
roads by `osrm_profile.lua`, our rules written a second time. What was found stands in CONTRIBUTING.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from geo import crs
from geo.atlas import Atlas, Provenance, build
from geo.board import Board, fold_frames
from geo.calendar import parse_instant
from geo.intake.osm import county_from_osm
from geo.nearest import nearest
from geo.network.cells import CANDIDATES
from geo.network.conditions import open_roads
from geo.network.paths import line_of
from geo.network.search import Arrivals, Route, nearest_stands
from geo.network.snapping import Snaps
from geo.network.stands import Stands
from tests.bench.harness import medians, report
from tests.bench.osrm_engine import Engine, LonLat, Variant, engine, programs_of
from tests.roads import ANDORRA

AT = parse_instant("2023-07-13T10:00+08:00")
PAIRS, FREE_PAIRS, STATIONS, RACES = 500, 100, 300, 250
LARGE, WORTH_A_LOOK = 0.03, 0.005
FIGURES = ("median", "95 %", "99 %", "largest")
ALONE_M = 10.0
"""No other road lies this near to the points drawn on roads, so that both programs move them to the same one."""
APART_DEG = 3e-5
"""Some 3 m: drives this near to each other follow the same road."""

VARIANTS = {
    "the same rules": Variant(),
    "OSRM heeds turn restrictions": Variant(turn_restrictions=True),
}


class Ours:
    """Andorra as Yixian has it."""

    def __init__(self) -> None:
        self.layers = county_from_osm(ANDORRA).layers
        self.atlas = build(self.layers, Provenance("osrm", AT))
        assert self.atlas.network is not None
        assert self.atlas.snapper is not None
        self.network, self.snapper = self.atlas.network, self.atlas.snapper
        self.open = open_roads(self.network)
        self.road_ids = self.atlas.layers["roads"]["road_id"].to_numpy()

    def drive(self, start: Snaps, end: Snaps) -> Arrivals:
        """The drive from one place (Snaps of one row) to another, with its route; nothing where there is none."""
        stands, one, at_once = Stands(self.network, start), np.ones(1, dtype=bool), np.zeros(1, dtype=np.int32)
        return nearest_stands(self.network, self.open, stands, end, allowed=one, notice_ms=at_once, k=1, routes=True)

    def road_points(self, count: int) -> tuple[Snaps, list[LonLat]]:
        """Points on the main component's roads, drawn by length, each with its road as the only candidate."""
        random, network = np.random.default_rng(1), self.network
        main = (network.node_component[network.segment_from] == 0) & (network.node_component[network.segment_to] == 0)
        share = network.length_m * main
        drawn = random.choice(network.segments, size=10 * count, p=share / share.sum())
        shares = random.uniform(size=len(drawn))
        x_m, y_m = np.array([self._at(*one) for one in zip(drawn.tolist(), shares.tolist(), strict=True)]).T
        near = self.snapper.snap_all(x_m.copy(), y_m.copy())
        is_alone = (near.segment[:, 0] == drawn) & ((near.segment[:, 1] < 0) | (near.gap_m[:, 1] > ALONE_M))
        kept = np.flatnonzero(is_alone)[:count]
        segment = np.where(np.arange(CANDIDATES) == 0, drawn[kept, None], -1).astype(np.int32)
        nothing = np.zeros(segment.shape)
        gaps = (nothing, nothing.astype(np.int32), nothing[:, 0])
        points = Snaps(segment, near.share[kept], *gaps, x_m[kept], y_m[kept])
        lon, lat = crs.transformer(self.atlas.metric_crs, crs.WGS84).transform(x_m[kept], y_m[kept])
        return points, list(zip(lon.tolist(), lat.tolist(), strict=True))

    def _at(self, segment: int, share: float) -> tuple[float, float]:
        own = slice(self.network.vertex_start[segment], self.network.vertex_start[segment + 1])
        x_m, y_m = self.network.vertex_x_m[own], self.network.vertex_y_m[own]
        along_m = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x_m), np.diff(y_m)))])
        return float(np.interp(share * along_m[-1], along_m, x_m)), float(np.interp(share * along_m[-1], along_m, y_m))

    def free_places(self, count: int) -> tuple[Snaps, list[LonLat]]:
        """Places anywhere in the county that the walking limit leaves on the network, with all their candidates."""
        random = np.random.default_rng(2)
        west, south, east, north = self.atlas.bounds
        lon, lat = random.uniform(west, east, 10 * count), random.uniform(south, north, 10 * count)
        inside = self.atlas.village_index.first_containing_bulk(lon, lat) >= 0
        x_m, y_m = crs.transformer(crs.WGS84, self.atlas.metric_crs).transform(lon, lat)
        snaps = self.snapper.snap_all(x_m, y_m)
        kept = np.flatnonzero(inside & (snaps.segment[:, 0] >= 0))[:count]
        parts = (snaps.segment, snaps.share, snaps.gap_m, snaps.walk_ms, snaps.nearest_m, snaps.x_m, snaps.y_m)
        return Snaps(*(part[kept] for part in parts)), list(zip(lon[kept].tolist(), lat[kept].tolist(), strict=True))

    def off(self, route: Route, line: shapely.LineString) -> str:
        """The roads of our drive that OSRM's does not take, and where OSRM's leaves ours."""
        network, segments = self.network, route.arcs >> 1
        lines = [slice(network.vertex_start[one], network.vertex_start[one + 1]) for one in segments]
        shapes = [shapely.linestrings(network.vertex_lon[one], network.vertex_lat[one]) for one in lines]
        ways = self.road_ids[network.road[segments[~shapely.covers(line.buffer(APART_DEG), shapes)]]]
        away = shapely.get_parts(line.difference(line_of(network, route).buffer(APART_DEG)))
        places = [f"{one.centroid.x:.5f},{one.centroid.y:.5f}" for one in away if one.length > 2 * APART_DEG]
        return f"ours alone: {' '.join(dict.fromkeys(ways)) or '-'}; OSRM's elsewhere at: {' '.join(places) or '-'}"


def compare(name: str, ours: Ours, other: Engine) -> None:
    """The drives between points on roads, and where they differ."""
    points, places = ours.road_points(2 * PAIRS)
    found = [ours.drive(points.row(2 * pair), points.row(2 * pair + 1)) for pair in range(PAIRS)]
    theirs = [other.drive(places[2 * pair], places[2 * pair + 1]) for pair in range(PAIRS)]
    ours_s = [one.arrival_ms[0] / 1000 if len(one.stand) else np.nan for one in found]
    their_s = [one.seconds if one else np.nan for one in theirs]
    difference = np.array(ours_s) / np.array(their_s) - 1
    size, unmet = np.abs(difference), int(np.isnan(difference).sum())
    print(f"\n{name}: {PAIRS} drives, median {np.nanmedian(their_s) / 60:.0f} min; {unmet} found by one program only")
    figures = [np.nanmedian(size), *np.nanpercentile(size, [95, 99]), np.nanmax(size)]
    print("  difference: " + ", ".join(f"{n} {v:.3%}" for n, v in zip(FIGURES, figures, strict=True)))
    seen, large = np.count_nonzero(size > WORTH_A_LOOK), np.count_nonzero(size > LARGE)
    print(f"  {seen} over {WORTH_A_LOOK:.1%}, {large} over {LARGE:.0%}")
    for pair in np.flatnonzero((size > WORTH_A_LOOK) | np.isnan(size)).tolist():
        drive, one = theirs[pair], found[pair]
        where = ours.off(one.routes[0], drive.line) if drive and one.routes else "one of them finds no way"
        print(f"    {pair}: {ours_s[pair]:.0f} s, {their_s[pair]:.0f} s, {difference[pair]:+.1%}; {where}")


def compare_free(ours: Ours, other: Engine) -> None:
    """The same between places off the roads: how far they are moved, and the whole way with the walk at our pace."""
    snaps, places = ours.free_places(2 * FREE_PAIRS)
    pace = ours.snapper.walking.detour / ours.snapper.walking.m_per_ms / 1000
    rows = []
    for pair in range(FREE_PAIRS):
        found = ours.drive(snaps.row(2 * pair), snaps.row(2 * pair + 1))
        theirs = other.drive(places[2 * pair], places[2 * pair + 1])
        if theirs is None or not len(found.stand):
            print(f"\n  pair {pair}: no way in {'OSRM' if theirs is None else 'ours'}")
            continue
        moved_m = snaps.nearest_m[2 * pair : 2 * pair + 2] - theirs.gaps_m
        rows.append((*np.abs(moved_m), found.arrival_ms[0] / 1000, theirs.seconds + sum(theirs.gaps_m) * pace))
    first_m, last_m, ours_s, their_s = np.array(rows).T
    apart_m, gain = np.concatenate([first_m, last_m]), 1 - ours_s / their_s
    print(f"\n{len(rows)} pairs of free places, the walk at both ends included")
    far = np.count_nonzero(apart_m > 5)
    print(f"  nearest road: {far} of {len(apart_m)} ends lie more than 5 m nearer in one of them;")
    print(f"  median {np.median(apart_m):.2f} m, largest {apart_m.max():,.0f} m")
    print(f"  ours sooner: median {np.median(gain):.1%}, most {gain.max():.1%}; later: most {-gain.min():.1%}")
    print(f"  over {LARGE:.0%}: {np.count_nonzero(gain > LARGE)} sooner, {np.count_nonzero(gain < -LARGE)} later")


def race(ours: Ours, other: Engine) -> None:
    """All stations to one place: our whole question beside OSRM's table, both over the same stations and places."""
    _, stations = ours.road_points(STATIONS)
    _, places = ours.free_places(RACES)
    board, atlas = _manned(ours, stations)
    callers = {
        "yixian, nearest of 300 teams, k = 3, in process": lambda place: nearest(atlas, board, *place, at=AT, k=3),
        "OSRM /table (CH), 300 to 1, over loopback HTTP": lambda place: other.table(stations, place),
    }
    seconds = medians(callers, places)
    report("300 stations to one incident on Andorra's roads", seconds, unit="us")


def _manned(ours: Ours, stations: Sequence[LonLat]) -> tuple[Board, Atlas]:
    """The county with a team at each station."""
    example = ours.layers["teams"].iloc[[0]]
    teams = pd.concat([example] * len(stations), ignore_index=True)
    teams["team_id"] = [f"T{number:03d}" for number in range(len(stations))]
    teams = teams.set_geometry(shapely.points(np.array(stations)), crs=crs.WGS84)
    atlas = build({**ours.layers, "teams": teams}, Provenance("osrm", AT))
    return fold_frames(atlas, None, None, AT), atlas


def main(given: Path) -> None:
    """Print every figure."""
    ours = Ours()
    with tempfile.TemporaryDirectory() as folder:
        programs = programs_of(given, Path(folder))
        for name, variant in VARIANTS.items():
            with engine(programs, variant) as other:
                compare(name, ours, other)
                if variant == Variant():
                    compare_free(ours, other)
                    race(ours, other)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m tests.bench.osrm WHEEL_OR_FOLDER")
    main(Path(sys.argv[1]).resolve())
