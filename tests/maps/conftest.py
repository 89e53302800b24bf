"""A county of two towns and six villages, made by hand, with one village in each state that a week can have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import geopandas
import pandas as pd
import pytest
import shapely

from geo import atlas, board, coverage, exposure, nearest, reach
from geo.calendar import CHINA, Week
from geo.layers.registry import LAYERS
from geo.layers.spec import check
from maps import pages

AT = datetime(2022, 12, 25, 12, tzinfo=CHINA)  # Sunday noon of W51: one night is left
WEEK = Week.parse("2022-W51")
HOSTILE = "${alert(1)}</script><img src=x onerror=alert(1)><!--\"'`{{7*7}}\u2028{% raw %}"
CANARY = "CANARY-7f3a"
CODES = [f"43138100{town}20{number}" for town in (1, 2) for number in (0, 1, 2)]
WEST, SOUTH, STEP = 111.40, 27.60, 0.05


@dataclass(frozen=True)
class County:
    """An Atlas, a Board, and the answers that the pages draw."""

    atlas: atlas.Atlas
    board: board.Board
    coverage: coverage.StayCoverage
    exposure: exposure.Exposure
    at: datetime

    def coverage_page(self, **options: Any) -> str:
        return pages.coverage_page(self.atlas, self.board, self.coverage, **options).decode()

    def dispatch_page(self, place: tuple[float, float] | None = (111.43, 27.62), **options: Any) -> str:
        answer = nearest.nearest(self.atlas, self.board, *place, at=self.at, paths=True) if place else None
        areas = reach.reach_areas(self.atlas, self.board, at=self.at)
        return pages.dispatch_page(self.atlas, self.board, answer, areas, at=self.at, **options).decode()

    def risk_page(self, **options: Any) -> str:
        return pages.risk_page(self.atlas, self.board, self.exposure, at=self.at, **options).decode()


def _frame(layer: str, rows: list[dict[str, Any]], shapes: list[Any] | None = None) -> pd.DataFrame:
    synthetic = [{"synthetic": True, **row} for row in rows]
    table = pd.DataFrame(synthetic)
    if shapes is None:
        return check(table, LAYERS[layer])
    return check(geopandas.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326"), LAYERS[layer])


def _cell(column: float, row: float, width: float = 1, height: float = 1) -> Any:
    west, south = WEST + column * STEP, SOUTH + row * STEP
    return shapely.box(west, south, west + width * STEP, south + height * STEP)


def _nights(team: str, village: str, *days: int) -> list[dict[str, Any]]:
    return [
        {
            "stay_id": f"{team}-{day}",
            "team_id": team,
            "member_id": f"{team}-m",
            "village_code": village,
            "check_in": f"2022-12-{day}T20:00:00+08:00",
            "check_out": f"2022-12-{day + 1}T07:00:00+08:00",
        }
        for day in days
    ]


def _layers(name: str) -> dict[str, pd.DataFrame]:
    cells = [_cell(number % 3, number // 3) for number in range(6)]
    middles = [cell.centroid for cell in cells]
    names = [name, "可补村", "无队社区", "无法村", "新到村", "达标村"]
    people: list[int | None] = [1000, 0, None, 400, 500, 600]
    teams = [
        {
            "team_id": f"T{number}",
            "name": name if number == 0 else f"队{number}",
            "kind": "city" if number == 2 else "township",
            "village_code": code,
            "strength": 3,
            "assigned_from": "2022-12-24" if number == 4 else "2022-11-01",
            "leader_name": f"{CANARY}-leader",
            "leader_phone": f"{CANARY}-phone",
        }
        for number, code in enumerate(CODES)
    ]
    sites = [
        {
            "site_id": f"43138101000{number}",
            "name": name if number == 0 else f"隐患点{number}",
            "kind": "landslide",
            "village_code": CODES[number],
            "threatened_people": people_at_risk,
            "threatened_households": 0 if number == 1 else None,
            "threatened_assets_cny": None,
            "status": "removed" if number == 4 else "active",
            "responsible_name": f"{CANARY}-responsible",
            "responsible_phone": f"{CANARY}-1",
            "monitor_name": f"{CANARY}-monitor",
            "monitor_phone": f"{CANARY}-2",
        }
        for number, people_at_risk in enumerate([1200, 0, None, 150, 600])
    ]
    stays = [*_nights("T0", CODES[0], 19, 20), *_nights("T5", CODES[5], 19, 21), *_nights("T1", CODES[1], 19)]
    zones = [
        {"zone_id": "Z1", "name": name, "kind": "forest_fire", "level": 5},
        {"zone_id": "Z2", "name": "塌陷区", "kind": "ground_collapse", "level": 3},
    ]
    stations = [
        {"code": "431381", "tier": "hq", "name": name},
        {"code": "431381001", "tier": "post", "name": "甲街道指挥所"},
        {"code": CODES[0], "tier": "station", "name": name},
    ]
    incidents = [
        {"incident_id": "I1", "kind": "open_fire", "summary": name, "discovered_at": "2022-12-25T11:00:00+08:00"},
        {
            "incident_id": "I2",
            "kind": "flood",
            "discovered_at": "2022-12-20T11:00:00+08:00",
            "notified_at": "2022-12-20T11:05:00+08:00",
            "handled_at": "2022-12-20T12:00:00+08:00",
        },
        {"incident_id": "I3", "kind": "other", "discovered_at": "2022-12-25T13:00:00+08:00"},
    ]
    detections = [
        {"detection_id": "D1", "kind": "hotspot", "source": "firms_modis", "detected_on": "2022-12-20", "frp_mw": 0.0},
        {"detection_id": "D2", "kind": "landslide_report", "source": "nasa_glc", "detected_on": "2010-07-11"},
    ]
    codes = [{"code": code, "town_code": code[:9]} for code in CODES]
    return {
        "county": _frame("county", [{"code": "431381", "name": name, "name_en": "Test County"}], [_cell(0, 0, 3, 2)]),
        "towns": _frame(
            "towns",
            [
                {"code": "431381001", "name": name, "kind": "subdistrict"},
                {"code": "431381002", "name": "乙镇", "name_en": "Yi Town", "kind": "town"},
            ],
            [_cell(0, 0, 3, 1), _cell(0, 1, 3, 1)],
        ),
        "villages": _frame(
            "villages",
            [
                {**code, "name": called, "kind": "village", "population": count, "official_name": f"{called}民委员会"}
                for code, called, count in zip(codes, names, people, strict=True)
            ],
            cells,
        ),
        "grids": _frame(
            "grids",
            [{"code": f"{code}001", "village_code": code, "population": 10} for code in CODES],
            cells,
        ),
        "stations": _frame("stations", stations, [middles[1], middles[0], middles[0]]),
        "teams": _frame("teams", teams, middles),
        "leaders": _frame("leaders", [{"leader_id": "L1", "title": name, "town_code": "431381001"}]),
        "roads": _frame(
            "roads",
            [{"road_id": "R1", "name": name, "road_class": "primary"}, {"road_id": "R2", "road_class": "track"}],
            [shapely.LineString([middles[0], middles[2]]), shapely.LineString([middles[3], middles[5]])],
        ),
        "rivers": _frame("rivers", [{"river_id": "V1", "name": name}], [shapely.LineString([middles[0], middles[5]])]),
        "risk_zones": _frame("risk_zones", zones, [middles[0].buffer(0.015), middles[1].buffer(0.012)]),
        "hazard_sites": _frame("hazard_sites", sites, middles[:5]),
        "detections": _frame("detections", detections, [middles[4], shapely.Point(111.30, 27.62)]),
        "incidents": _frame("incidents", incidents, middles[:3]),
        "stays": _frame("stays", stays),
    }


@pytest.fixture(scope="session")
def make_county() -> Callable[..., County]:
    """Build a county whose first village (and county, town, zone, site ...) bears `name`; `without` drops layers."""

    def make(name: str = "甲村", without: tuple[str, ...] = (), week: Week = WEEK, at: datetime = AT) -> County:
        layers: Mapping[str, pd.DataFrame] = {k: frame for k, frame in _layers(name).items() if k not in without}
        built = atlas.build(layers, atlas.Provenance("sha256-0123456789ab", AT))
        live = board.fold_frames(built, layers.get("stays"), layers.get("incidents"), known_until=AT)
        answer = coverage.stay_coverage(built, live, week, at=at)
        return County(built, live, answer, exposure.exposure(built), at)

    return make


@pytest.fixture(scope="session")
def county(make_county: Callable[..., County]) -> County:
    return make_county()


@pytest.fixture(scope="session")
def hostile_name() -> str:
    """A name that would run, close or comment out whatever is not careful with it."""
    return HOSTILE


@pytest.fixture(scope="session")
def hostile_county(make_county: Callable[..., County]) -> County:
    return make_county(HOSTILE)


@pytest.fixture(scope="session")
def canary() -> str:
    """Every restricted value of the county holds this text."""
    return CANARY
