"""A tiny county made by hand, small enough to work out every answer on paper.

Twelve square villages of 0.02 degree, six wide and two high, in three towns of 2 x 2; each village has four grid
cells. Both teams of a village stand on its station, so every nearest question holds a tie.

    row 1 (north)   | 001001 001002 | 002001 002002 | 100001 100002 |   communities
    row 0 (south)   | 001200 001201 | 002200 002201 | 100200 100201 |   villages
                      lon 111.40 ...                          111.52    lat 27.65 ... 27.69
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import geopandas
import pandas as pd
import shapely

from geo.atlas import Atlas, Provenance, build
from geo.board import Board, fold_frames
from geo.calendar import CHINA, Week
from geo.layers.registry import LAYERS
from geo.layers.spec import check
from geo.terms import StayState

WEST, SOUTH, SIDE = 111.40, 27.65, 0.02
TOWNS = ("431381001", "431381002", "431381100")
AS_OF = datetime(2022, 12, 23, 10, tzinfo=CHINA)
WEEK = Week(2022, 51)
"""The week of the stays, Monday 2022-12-19 to Sunday 2022-12-25; `AS_OF` is its Friday."""

EXPECTED_STATES: dict[str, StayState] = {
    "431381001001": StayState.MET,  # Tuesday by two members and Thursday by one: two nights
    "431381001002": StayState.CURABLE,  # one night kept
    "431381001200": StayState.CURABLE,  # none kept; Friday, Saturday and Sunday are left
    "431381001201": StayState.CURABLE,  # its township team slept in the wrong village
    "431381002001": StayState.CURABLE,  # only its city team stayed, which owes nothing
    "431381002002": StayState.LOST,  # assigned until Thursday: no night is left
    "431381002200": StayState.NOT_ASSESSED,  # assigned from Friday: three days
    "431381002201": StayState.NO_TEAM,  # its township team left in November
    "431381100001": StayState.CURABLE,
    "431381100002": StayState.CURABLE,
    "431381100200": StayState.CURABLE,
    "431381100201": StayState.CURABLE,
}


@dataclass(frozen=True, repr=False)
class SmallCounty:
    """The checked layers, and the Atlas and Board made of them."""

    layers: Mapping[str, pd.DataFrame]
    atlas: Atlas
    board: Board
    as_of: datetime
    expected_states: Mapping[str, StayState]

    def __repr__(self) -> str:
        """A failing test need not print fourteen tables."""
        return "SmallCounty()"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text(repr(self))  # hypothesis takes data classes apart unless told not to


def square(west: float, south: float, side: float = SIDE) -> shapely.Polygon:
    """A square of `side` degrees with its corner at (west, south), to seven digits so that neighbours share edges."""
    return shapely.box(*(round(value, 7) for value in (west, south, west + side, south + side)))


def corner(code: str) -> tuple[float, float]:
    """The south-western corner of a village."""
    town, number = TOWNS.index(code[:9]), int(code[9:])
    column, row = town * 2 + number % 200 - (number < 200), int(number < 200)
    return WEST + column * SIDE, SOUTH + row * SIDE


def centre(code: str) -> shapely.Point:
    """The middle of a village: its station, and where its teams stand."""
    west, south = corner(code)
    return shapely.Point(round(west + SIDE / 2, 7), round(south + SIDE / 2, 7))


def village_codes() -> list[str]:
    """The twelve village codes in order."""
    return [town + number for town in TOWNS for number in ("001", "002", "200", "201")]


def features(rows: list[dict[str, Any]], shapes: list[Any]) -> geopandas.GeoDataFrame:
    """Rows as a source would give them: every column of objects, WGS84 geometry."""
    frame = table(rows)
    return geopandas.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326")


def table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows without geometry as a source would give them, every column of objects."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names})


def raw_layers() -> dict[str, pd.DataFrame]:
    """Every layer before its check; each call gives fresh frames to alter."""
    codes = village_codes()
    return {
        "county": features([{"code": "431381", "name": "冷水江市", "synthetic": True}], [_outline()]),
        "towns": features(
            [{"code": code, "name": f"镇{code[-3:]}", "kind": "town", "synthetic": True} for code in TOWNS],
            [square(WEST + index * 2 * SIDE, SOUTH, 2 * SIDE) for index in range(len(TOWNS))],
        ),
        "villages": features(
            [
                {
                    "code": code,
                    "name": f"村{code[-6:]}",
                    "kind": "community" if code[9] == "0" else "village",
                    "town_code": code[:9],
                    "population": 100 * (index + 1),
                    "synthetic": True,
                }
                for index, code in enumerate(codes)
            ],
            [square(*corner(code)) for code in codes],
        ),
        "grids": _grids(codes),
        "stations": _stations(codes),
        "teams": _teams(codes),
        "leaders": table(
            [{"leader_id": f"L{town[-3:]}", "title": "副市长", "town_code": town, "synthetic": True} for town in TOWNS]
        ),
        "calendar": table(
            [
                {"day": date(2022, 10, 3), "kind": "holiday", "name": "国庆节", "synthetic": True},
                {"day": date(2022, 10, 8), "kind": "makeup_workday", "synthetic": True},
            ]
        ),
        "roads": features(
            [
                {"road_id": "R1", "name": "S312", "road_class": "secondary", "surface": "paved", "speed_kph": 60},
                {"road_id": "R2", "road_class": "track", "oneway": False},
            ],
            [
                shapely.LineString([(111.40, 27.67), (111.52, 27.67)]),
                shapely.LineString([(111.46, 27.65), (111.46, 27.69)]),
            ],
        ),
        "speeds": table([{"road_class": "track", "surface": "unpaved", "speed_kph": 12}]),
        "rivers": features(
            [{"river_id": "W1", "name": "资江"}], [shapely.LineString([(111.40, 27.655), (111.52, 27.685)])]
        ),
        "woodland": features([{"woodland_id": "w1", "name": None}], [square(111.42, 27.655, 0.01)]),
        "risk_zones": features(
            [
                {"zone_id": "Z1", "name": "北坡", "kind": "forest_fire", "level": 4},
                {"zone_id": "Z2", "name": "滑坡带", "kind": "landslide", "level": 3},
                {"zone_id": "Z3", "name": "采空区", "kind": "ground_collapse", "level": 5},
            ],
            [square(111.402, 27.672, 0.006), square(111.4, 27.67, 0.03), square(111.502, 27.652, 0.004)],
        ),
        "hazard_sites": _sites(),
        "fire_dangers": table(
            [
                {
                    "area_code": "431381",
                    "first_day": date(2022, 12, 20),
                    "last_day": date(2022, 12, 22),
                    "fire_class": 3,
                    "issued_at": "2022-12-19T16:00+08:00",
                    "issuer": "气象台",
                    "source": "公报",
                },
                {"area_code": TOWNS[0], "first_day": date(2022, 12, 21), "fire_class": 5},
            ]
        ),
        "detections": features(
            [
                {
                    "detection_id": "D1",
                    "kind": "hotspot",
                    "source": "firms_modis",
                    "detected_on": "2022-04-04",
                    "detected_at": "2022-04-04T03:00Z",
                    "satellite": "Terra",
                    "confidence": "64",
                    "frp_mw": 7.5,
                },
                {"detection_id": "D2", "kind": "landslide_report", "source": "nasa_glc", "detected_on": "2010-07-11"},
            ],
            [shapely.Point(111.45, 27.66), shapely.Point(111.60, 27.66)],
        ),
        "incidents": features(
            [
                {
                    "incident_id": "I1",
                    "kind": "open_fire",
                    "discovered_at": "2022-12-23T09:00",
                    "notified_at": "2022-12-23T09:05",
                    "handled_at": "2022-12-23T09:40",
                },
                {"incident_id": "I2", "kind": "landslide", "discovered_at": "2022-12-23T01:30:00Z"},
            ],
            [shapely.Point(111.405, 27.675), shapely.Point(111.505, 27.655)],
        ),
        "closures": features(
            [
                {
                    "closure_id": "K1",
                    "name": "S312",
                    "cause": "landslide",
                    "effect": "closed",
                    "vehicles": "all",
                    "from_at": "2022-12-20T08:00",
                    "to_at": "2022-12-21T18:00",  # over by `AS_OF`
                },
                {
                    "closure_id": "K2",
                    "cause": "order",
                    "effect": "slowed",
                    "speed_kph": 10,
                    "vehicles": "public",  # no concern of responders
                    "from_at": "2022-12-22T08:00",
                },
            ],
            [shapely.LineString([(111.43, 27.669), (111.43, 27.671)]), square(111.47, 27.665, 0.01)],
        ),
        "stays": _stays(),
    }


def checked_layers(**changed: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The layers after their check, with some of them replaced by other raw frames."""
    return {name: check(frame, LAYERS[name]) for name, frame in {**raw_layers(), **changed}.items()}


def county_of(**changed: pd.DataFrame) -> SmallCounty:
    """The county, with some layers replaced by other raw frames."""
    layers = checked_layers(**changed)
    atlas = build(layers, Provenance("test", AS_OF))
    board = fold_frames(atlas, layers["stays"], layers["incidents"], AS_OF, closures=layers["closures"])
    return SmallCounty(layers, atlas, board, AS_OF, EXPECTED_STATES)


def stay(stay_id: str, team: str, member: str, village: str, check_in: str, check_out: str | None) -> dict[str, Any]:
    """One raw row of the stays; times are local, such as 2022-12-20T21:00."""
    return {
        "stay_id": stay_id,
        "team_id": team,
        "member_id": member,
        "village_code": village,
        "check_in": check_in,
        "check_out": check_out,
    }


def _outline() -> shapely.Polygon:
    # The corners of every village along the edge are vertices, so that outline and villages meet exactly.
    villages = shapely.union_all([square(*corner(code)) for code in village_codes()])
    assert isinstance(villages, shapely.Polygon)
    return villages


def _grids(codes: list[str]) -> geopandas.GeoDataFrame:
    rows, shapes = [], []
    for code in codes:
        west, south = corner(code)
        for number in range(4):
            rows.append(
                {"code": f"{code}{number + 1:03d}", "village_code": code, "population": 25 * (codes.index(code) + 1)}
            )
            shapes.append(square(west + number % 2 * SIDE / 2, south + (1 - number // 2) * SIDE / 2, SIDE / 2))
    return features(rows, shapes)


def _stations(codes: list[str]) -> geopandas.GeoDataFrame:
    posts = [town + "001" for town in TOWNS]
    return features(
        [
            {"code": "431381", "tier": "hq", "name": "指挥部"},
            *({"code": town, "tier": "post", "name": "指挥所"} for town in TOWNS),
            *({"code": code, "tier": "station", "name": "工作站"} for code in codes),
        ],
        [shapely.Point(111.46, 27.67), *(centre(code) for code in posts), *(centre(code) for code in codes)],
    )


def _teams(codes: list[str]) -> geopandas.GeoDataFrame:
    skills = ["fire_fighting", "geology;first_aid", None, "mediation"]
    rows = []
    for kind, letter in (("city", "C"), ("township", "T")):
        for index, code in enumerate(codes):
            rows.append(
                {
                    "team_id": f"{letter}{index + 1:02d}",
                    "name": f"{letter}队{index + 1}",
                    "kind": kind,
                    "village_code": code,
                    "unit": "财政局" if kind == "city" else None,
                    "skills": skills[index % 4] if kind == "city" else None,
                    "strength": 3,
                    "station": code,
                    "base": "431381" if kind == "city" else code[:9],
                    "assigned_from": None,
                    "assigned_to": None,
                    "leader_name": "某某",
                    "leader_phone": "000-0000",
                }
            )
    of = {row["team_id"]: row for row in rows}
    of["T06"]["assigned_to"] = date(2022, 12, 22)
    of["T07"]["assigned_from"] = date(2022, 12, 23)
    of["T08"]["assigned_to"] = date(2022, 11, 30)
    return features(rows, [centre(row["village_code"]) for row in rows])


def _sites() -> geopandas.GeoDataFrame:
    rows = [
        {"site_id": "431381010001", "name": "甲", "kind": "landslide", "threatened_people": 600, "status": "active"},
        {"site_id": "431381010002", "name": "乙", "kind": "rockfall", "threatened_people": 9999, "status": "removed"},
        {"site_id": "431381010003", "name": "丙", "kind": "unstable_slope", "status": "active"},
    ]
    for row in rows:
        row |= {"threatened_assets_cny": None, "responsible_name": "某人", "responsible_phone": "000-0001"}
    rows[0]["village_code"] = "431381002001"
    return features(
        rows, [shapely.Point(111.445, 27.675), shapely.Point(111.47, 27.66), shapely.Point(111.485, 27.685)]
    )


def _stays() -> pd.DataFrame:
    return table(
        [
            # The record begins on Sunday 2022-12-11, so that W50 is recorded whole.
            stay("S01", "T01", "T01-1", "431381001001", "2022-12-11T21:00", "2022-12-12T07:00"),
            stay("S02", "T01", "T01-1", "431381001001", "2022-12-20T21:00", "2022-12-21T07:00"),
            stay("S03", "T01", "T01-2", "431381001001", "2022-12-20T22:00", "2022-12-21T06:30"),
            stay("S04", "T01", "T01-1", "431381001001", "2022-12-22T21:00", "2022-12-23T07:00"),
            stay("S05", "T02", "T02-1", "431381001002", "2022-12-19T20:00", "2022-12-20T08:00"),
            stay("S06", "T04", "T04-1", "431381001200", "2022-12-19T20:00", "2022-12-20T08:00"),
            stay("S07", "C05", "C05-1", "431381002001", "2022-12-19T20:00", "2022-12-22T08:00"),
        ]
    )
