"""What the property tests draw from: places on Earth, sets of points with ties, presences and registers of stays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely
from hypothesis import strategies as st

from geo.layers.spec import Column, ColumnKind, LayerSpec, Shape, check
from geo.terms import HazardKind, RoadEffect
from tests import oracles
from tests.oracles import BEIJING

longitudes = st.one_of(
    st.floats(-180, 180, allow_nan=False, width=64),
    st.sampled_from([-180.0, -179.9999, 0.0, 111.43, 179.9999, 180.0]),
)
latitudes = st.one_of(
    st.floats(-90, 90, allow_nan=False, width=64),
    st.sampled_from([-90.0, -89.9999, 0.0, 27.69, 89.9999, 90.0]),
)
places = st.tuples(longitudes, latitudes)
"""Anywhere, with a leaning to the poles and the antimeridian."""

_lattice = st.tuples(
    st.integers(0, 6).map(lambda step: 111.40 + step / 100), st.integers(0, 6).map(lambda step: 27.60 + step / 100)
)
"""A few dozen places in the county: many coincide and many are mirror images, which makes ties."""

point_sets = st.one_of(st.lists(_lattice, max_size=40), st.lists(places, max_size=25))
questions = st.one_of(_lattice, places)


@st.composite
def masks(draw: st.DrawFn, size: int) -> np.ndarray | None:
    """None, or which of `size` points count: all, none, one or any."""
    kind = draw(st.sampled_from(["everything", "all", "none", "one", "any"]))
    if kind == "everything":
        return None
    if kind == "any":
        return np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)), dtype=bool)
    mask = np.full(size, kind == "all")
    if kind == "one" and size:
        mask[draw(st.integers(0, size - 1))] = True
    return mask


_AROUND = datetime(2022, 12, 17, tzinfo=BEIJING)
minutes = st.integers(0, 13 * 24 * 60).map(lambda minute: _AROUND + timedelta(minutes=minute))
"""Minutes of the days around W51 of 2022."""

_sharp = st.tuples(st.integers(0, 12), st.sampled_from([0, 4 * 60 + 59, 5 * 60, 5 * 60 + 1, 23 * 60 + 59])).map(
    lambda pair: _AROUND + timedelta(days=pair[0], minutes=pair[1])
)
instants = st.one_of(_sharp, minutes)
"""As `minutes`, with a leaning to the bounds of a night."""

days = st.integers(0, 14).map(lambda offset: date(2022, 12, 15) + timedelta(days=offset))


@st.composite
def presences(draw: st.DrawFn) -> tuple[datetime, datetime]:
    """A check-in and a later check-out."""
    check_in = draw(instants)
    long = st.integers(1, 4 * 24 * 60).map(lambda minute: check_in + timedelta(minutes=minute))
    check_out = draw(st.one_of(instants.filter(lambda instant: instant > check_in), long))
    return check_in, check_out


@st.composite
def stay_rows(draw: st.DrawFn, teams: list[oracles.TeamRow], villages: list[str]) -> oracles.StayRow:
    """One stay of any team, mostly in its own village; some are open, some last for days."""
    team = draw(st.sampled_from(teams))
    village = draw(st.one_of(st.just(team.village_code), st.just(team.village_code), st.sampled_from(villages)))
    check_in, check_out = draw(presences())
    return oracles.StayRow(team.team_id, village, check_in, draw(st.sampled_from([check_out, check_out, None])))


@st.composite
def team_rows(draw: st.DrawFn, team_ids: list[str], villages: list[str]) -> list[oracles.TeamRow]:
    """Teams of both kinds in few villages, with any assignment dates; several may share a village."""
    rows = []
    for team_id in team_ids:
        first, last = draw(st.one_of(st.none(), days)), draw(st.one_of(st.none(), days))
        if first is not None and last is not None and last < first:
            first, last = last, first
        rows.append(
            oracles.TeamRow(
                team_id, draw(st.sampled_from([True, True, False])), draw(st.sampled_from(villages)), first, last
            )
        )
    return rows


hostile_texts = st.one_of(
    st.sampled_from(
        [
            "</script><script>alert(1)</script>",
            "${alert(1)}",
            '" onload="x',
            "'; DROP TABLE villages; --",
            "\u2028\u2029",
            "\x00\x1f\x7f",
            "\\u0000\\",
            "杨桥村",
            "𠮷\U0001f525",
            "\u202eright to left",
        ]
    ),
    st.text(max_size=30).filter(lambda text: text.isprintable()),
)


_steps = st.integers(0, 12).map(lambda step: round(step / 1000, 3))
_corner_points = st.tuples(_steps.map(lambda step: 111.4 + step), _steps.map(lambda step: 27.6 + step))
scribbles = st.lists(_corner_points, min_size=3, max_size=9).map(shapely.Polygon)
"""Closed rings over a small lattice of places: most cross, touch or retrace themselves, many enclose nothing."""


@st.composite
def outlines(draw: st.DrawFn) -> shapely.Polygon:
    """A valid polygon around a place of the county, star-shaped, some with a hole, its rings in either order."""
    count, size = draw(st.integers(3, 12)), draw(st.floats(1e-6, 0.02))
    radii = draw(st.lists(st.floats(0.5, 1), min_size=count, max_size=count))
    centre = np.array([draw(st.floats(111.3, 111.6)), draw(st.floats(27.5, 27.8))])
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    spokes = np.stack([np.cos(angles), np.sin(angles)], axis=1) * np.array(radii)[:, None]
    holes = [centre + spokes * size * 0.2] if draw(st.booleans()) else []
    rings = [ring[:: draw(st.sampled_from([1, -1]))] for ring in (centre + spokes * size, *holes)]
    return shapely.Polygon(rings[0], rings[1:])


nested_shapes = st.recursive(
    st.one_of(
        _corner_points.map(shapely.Point),
        st.lists(_corner_points, min_size=2, max_size=4).map(shapely.LineString),
        st.lists(_corner_points, min_size=1, max_size=3).map(shapely.MultiPoint),
        scribbles,
        st.sampled_from([shapely.Point(), shapely.Polygon(), shapely.MultiLineString()]),
    ),
    lambda inner: st.lists(inner, max_size=3).map(shapely.GeometryCollection),
    max_leaves=8,
)
"""Shapes of every kind, and collections of them to any depth, some with empty members."""


_lons, _lats = st.floats(111.3, 111.6), st.floats(27.5, 27.8)
_in_county = st.tuples(_lons, _lats)
_sound_texts = st.one_of(
    hostile_texts.map(lambda text: "".join(letter for letter in text if letter.isprintable())),
    st.sampled_from(
        ["杨桥村", "锑都社区居委会", "null", "NaN", "=1+1", "00123", "4.31381E+11", "a,b;c|d\t", "a\nb", "-", "否"]
    ),
    st.sampled_from(["a\rb", "a\r\nb", "a\x01\x0b\x0c\x1b\x1f\x7f\x85b", "a\u2028\u2029\u200b\ufeff\uffff\U0010ffffb"]),
    st.sampled_from(["_x000D_", "_x005F_x000D_", "&amp;<a>]]>", "\\N", '"', "''"]),
    st.text("冷水江市锡矿山毛易镇 村\u3000", min_size=1, max_size=20),
).map(lambda text: " ".join(text.strip().split(" ")) or "甲")
"""Any text that a checked frame can hold: control codes, what other formats use as signs, and what people type."""

_sub_seconds = st.one_of(
    st.sampled_from([0, 1, 500, 123_000, 123_456, 999_499, 999_999, 59_999_999]), st.integers(0, 59_999_999)
)
_exact_instants = st.tuples(instants, _sub_seconds).map(
    lambda pair: pair[0].astimezone(BEIJING) + timedelta(microseconds=pair[1])
)


@st.composite
def _large_outlines(draw: st.DrawFn) -> shapely.Polygon:
    """As `outlines`, large enough for its corners to stay apart when they are rounded to seven digits."""
    count, size = draw(st.integers(3, 12)), draw(st.floats(1e-3, 0.02))
    radii = np.array(draw(st.lists(st.floats(0.5, 1), min_size=count, max_size=count)))
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    spokes = np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii[:, None]
    centre = np.array(draw(_in_county))
    holes = [centre + spokes * size * 0.2] if draw(st.booleans()) else []
    rings = [ring[:: draw(st.sampled_from([1, -1]))] for ring in (centre + spokes * size, *holes)]
    return shapely.Polygon(rings[0], rings[1:])


def _several(one: st.SearchStrategy[Any], together: Any) -> st.SearchStrategy[Any]:
    """One shape, or two of it side by side (a degree apart, so that they cannot touch)."""
    beside = one.map(lambda shape: shapely.transform(shape, lambda corners: corners + np.array([1.0, 0.0])))
    return st.one_of(one, st.tuples(one, beside).map(lambda pair: together(list(pair))))


@st.composite
def _paths(draw: st.DrawFn) -> shapely.LineString:
    places = draw(st.lists(_in_county, min_size=2, max_size=6))
    # A step north with every place keeps two of them from being one.
    return shapely.LineString([(lon, lat + 1e-3 * step) for step, (lon, lat) in enumerate(places)])


_SHAPES: Mapping[Shape, st.SearchStrategy[Any]] = {
    Shape.POINT: _in_county.map(shapely.Point),
    Shape.LINE: _several(_paths(), shapely.MultiLineString),
    Shape.POLYGON: _several(_large_outlines(), shapely.MultiPolygon),
    Shape.LINE_OR_POLYGON: st.one_of(_paths(), _large_outlines()),
}


def _digits(count: int) -> st.SearchStrategy[str]:
    return st.integers(0, 10**count - 1).map(lambda number: f"{number:0{count}d}")


def _cells(column: Column, spec: LayerSpec) -> st.SearchStrategy[Any]:
    """Valid cells of a column, missing ones among them where it may be empty."""
    names_a_row = {reference.column for reference in spec.references} | {spec.key}
    low = 0 if column.minimum is None else column.minimum
    high = 10**9 if column.maximum is None else column.maximum
    of_kind: Mapping[ColumnKind, st.SearchStrategy[Any]] = {
        ColumnKind.TEXT: _sound_texts,
        ColumnKind.INTEGER: st.integers(int(low), int(high)),
        ColumnKind.NUMBER: st.floats(low, high),
        ColumnKind.BOOLEAN: st.booleans(),
        ColumnKind.DATE: st.dates(date(1950, 1, 1), date(2099, 12, 31)),
        ColumnKind.INSTANT: _exact_instants,
    }
    if column.vocabulary is not None:
        words = st.sampled_from(list(column.vocabulary))
        several = st.lists(words, min_size=1, max_size=3, unique=True).map(lambda found: ";".join(map(str, found)))
        cells = several if column.kind is ColumnKind.TERMS else words
    elif column.pattern is not None:
        cells = st.one_of([_digits(int(count)) for count in re.findall(r"\d+", column.pattern)])
    elif column.name in names_a_row or column.name.endswith(("_id", "_code")):
        cells = st.sampled_from(["T-007", "000123", "编号 7", "W/12"])
    else:
        cells = of_kind[column.kind]
    return cells if column.required or column.kind is ColumnKind.BOOLEAN else st.one_of(st.none(), cells)


@st.composite
def checked_frames(draw: st.DrawFn, spec: LayerSpec) -> pd.DataFrame:
    """One to five rows of a layer, with everything that its check lets through; shapes in full double precision."""
    count = draw(st.integers(1, 5))
    columns = [column for column in spec.columns if not column.derived]
    rows = [{column.name: draw(_cells(column, spec)) for column in columns} for _ in range(count)]
    for number, row in enumerate(rows):
        key = str(row[spec.key])
        row[spec.key] = f"{number}{key[1:]}" if spec.names[spec.key].pattern else f"编号-{number:03d}"
        _agreeing(row, number)
    frame = pd.DataFrame(
        {column.name: pd.Series([row[column.name] for row in rows], dtype=object) for column in columns}
    )
    if not spec.is_table:
        shapes = np.empty(count, dtype=object)
        shapes[:] = [draw(_SHAPES[spec.shape]) for _ in range(count)]
        frame = geopandas.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326")
    return check(frame, spec)


def _agreeing(row: dict[str, Any], number: int) -> None:
    """Mend what only a layer's rules between columns would refuse."""
    spans = (("assigned_from", "assigned_to"), ("from_at", "to_at"), ("valid_from", "valid_to"))
    for names in (("discovered_at", "notified_at", "handled_at"), *spans):
        if set(names) <= row.keys():
            given = sorted(row[name] for name in names if row[name] is not None)
            row.update(dict.fromkeys(names) | dict(zip(names, given, strict=False)))
    # A second apart, for a format that keeps milliseconds must still tell them apart.
    if "check_in" in row and row["check_out"] is not None and row["check_out"] < row["check_in"] + timedelta(seconds=1):
        row["check_out"] = row["check_in"] + timedelta(hours=10)
    if "member_id" in row:
        row["member_id"] = f"队员{number}"
    for effect, speed in (("effect", "speed_kph"), ("road_effect", "road_speed_kph")):
        if effect in row:
            row[speed] = (row[speed] or 20.0) if row[effect] == RoadEffect.SLOWED else None
    if "danger_grade" in row:
        row["danger_grade"] = None  # the check fills it in
    if row.get("kind") == HazardKind.FOREST_FIRE and "danger_grade" in row:
        row["kind"] = HazardKind.LANDSLIDE
