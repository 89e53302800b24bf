"""The places of a table: from columns of degrees, of metres, or of whole shapes as text.

Which of X and Y is east is left open here (`Axes.X_Y`): Chinese survey tables call the north X, GIS tables the east.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from geo.errors import BoundsError, UnreadableFileError
from geo.intake.bounds import Bounds, check_wkb, check_wkt
from geo.intake.degrees import LIMITS, Axis, parse_degrees
from geo.intake.sources import Axes, plain_shapes, with_shapes
from geo.intake.tables import SHAPE_NAMES, Table, plain_heading

_NAMES: Final[tuple[tuple[Axes, tuple[str, ...], tuple[str, ...]], ...]] = (
    (
        Axes.LON_LAT,
        ("lon", "lng", "long", "longitude", "经度", "东经", "gps经度", "lon_wgs84", "经度(°)", "x经度", "经度e"),
        ("lat", "latitude", "纬度", "北纬", "gps纬度", "lat_wgs84", "纬度(°)", "y纬度", "纬度n"),
    ),
    (
        Axes.EAST_NORTH,
        ("east", "easting", "东", "东坐标", "东向", "横坐标东", "e", "y东", "东(m)", "东坐标(m)", "easting_m"),
        ("north", "northing", "北", "北坐标", "北向", "纵坐标北", "n", "x北", "北(m)", "北坐标(m)", "northing_m"),
    ),
    (
        Axes.X_Y,
        ("x", "x坐标", "坐标x", "x(m)", "point_x", "x_coord", "coord_x"),
        ("y", "y坐标", "坐标y", "y(m)", "point_y", "y_coord", "coord_y"),
    ),
)


def frame_of(table: Table, bounds: Bounds) -> tuple[pd.DataFrame, Axes, tuple[str, ...]]:
    """The table as a frame, its places read from the columns named for them; faults are added to the table."""
    columns = dict(zip(table.headings, table.columns, strict=True))
    plain = {name: _column(values) for name, values in columns.items()}
    frame = pd.DataFrame(plain, index=range(table.count))
    shape = [name for name in table.headings if plain_heading(name) in SHAPE_NAMES]
    if shape:
        shapes = [_shape(table, position, shape[0], cell, bounds) for position, cell in enumerate(columns[shape[0]])]
        return _placed(table, frame.drop(columns=shape[0]), plain_shapes(shapes)), Axes.SHAPES, (shape[0],)
    axes, names = place_columns(table)
    if not names:
        return frame, Axes.NONE, ()
    values = [
        _numbers(table, names[0], columns[names[0]], axes, "lon"),
        _numbers(table, names[1], columns[names[1]], axes, "lat"),
    ]
    return _placed(table, frame, _points(table, names, columns, values)), axes, names


def _placed(table: Table, frame: pd.DataFrame, shapes: object) -> pd.DataFrame:
    placed, notes = with_shapes(frame, shapes)
    table.notes.extend(notes)
    return placed


def _column(values: list[Any]) -> pd.Series:
    if set(map(type, values)) <= {str, type(None)}:
        return pd.Series(values, dtype="str")
    return pd.Series(values, dtype=object)


def place_columns(table: Table) -> tuple[Axes, tuple[str, ...]]:
    """The two columns of the places and what they call themselves; none when the headings name none.

    UnreadableFileError when more than one column claims one axis.
    """
    for axes, first, second in _NAMES:
        found = [[name for name in table.headings if plain_heading(name) in names] for names in (first, second)]
        for names in found:
            if len(names) > 1:
                raise UnreadableFileError(
                    table.path, f"has more than one column for one coordinate ({', '.join(names)}); keep one of them"
                )
        if all(found):
            if axes is Axes.X_Y:
                table.notes.append(
                    f"{found[0][0]} was taken as east and {found[1][0]} as north; Chinese survey tables often call "
                    "the north X"
                )
            return axes, (found[0][0], found[1][0])
        if any(found) and axes is Axes.LON_LAT:
            met, missing = ("longitude", "latitude") if found[0] else ("latitude", "longitude")
            table.notes.append(f"there is a column of {met} and none of {missing}; name the two lon and lat")
    return Axes.NONE, ()


_Floats = np.ndarray[Any, np.dtype[np.float64]]


def _numbers(table: Table, name: str, cells: list[Any], axes: Axes, axis: Axis) -> _Floats:
    """The column as numbers, NaN where it is empty or, with a fault, where it cannot be read."""
    numbers: _Floats = pd.to_numeric(pd.Series(cells, dtype=object), errors="coerce").to_numpy(float, copy=True)
    parse: Callable[[str], float] = _metres
    if axes is not Axes.EAST_NORTH:
        parse = functools.partial(parse_degrees, axis=axis) if axes is Axes.LON_LAT else _metres_or_degrees
    limit = LIMITS[axis] if axes is Axes.LON_LAT else 1e9
    with np.errstate(invalid="ignore"):
        unread = np.flatnonzero(~(np.abs(numbers) <= limit))
    named = {fault.row - 1 for fault in table.faults if fault.column == name}
    for position in map(int, unread):
        cell, numbers[position] = cells[position], np.nan
        if cell is None or position in named:
            continue
        try:
            numbers[position] = parse(str(cell))
        except ValueError as reason:
            table.fault(position, name, cell, str(reason))
    return numbers


def _metres(text: str) -> float:
    plain = text.strip().removesuffix("米").removesuffix("m").strip()
    if re.fullmatch(r"[+-]?\d+,\d{1,2}|[+-]?\d+,\d{4,}", plain):
        raise ValueError(f"has a decimal comma; write {plain.replace(',', '.')}")
    if re.fullmatch(r"[+-]?\d{1,9}(\.\d*)?", plain) is None:
        raise ValueError("is no number of metres")
    return float(plain)


def _metres_or_degrees(text: str) -> float:
    try:
        return _metres(text)
    except ValueError:
        return parse_degrees(text)


def _points(table: Table, names: tuple[str, ...], columns: dict[str, list[Any]], values: list[_Floats]) -> object:
    found = ~(np.isnan(values[0]) | np.isnan(values[1]))
    points = np.full(table.count, None, dtype=object)
    points[found] = shapely.points(values[0][found], values[1][found])
    for position in map(int, np.flatnonzero(~found)):
        empty = [name for name in names if columns[name][position] is None]
        if len(empty) == 1:
            table.fault(position, empty[0], None, "one coordinate is given, the other is missing")
    return points


def _shape(table: Table, position: int, name: str, cell: Any, bounds: Bounds) -> shapely.Geometry | None:
    """A shape from (E)WKT or hexadecimal (E)WKB, bounded before it is parsed; a fault when it cannot be."""
    if cell is None:
        return None
    text = str(cell).strip()
    try:
        with np.errstate(all="ignore"):
            return _parsed(table, text, bounds)
    except BoundsError:
        raise
    except (shapely.errors.GEOSException, ValueError) as reason:
        table.fault(position, name, text, f"is no shape in WKT: {str(reason).strip()[:120]}")
        return None


def _parsed(table: Table, text: str, bounds: Bounds) -> shapely.Geometry:
    if re.fullmatch(r"0[01][0-9A-Fa-f]{8,}", text):
        content = bytes.fromhex(text)
        check_wkb(table.path, content, bounds)
        return shapely.from_wkb(content)
    check_wkt(table.path, text, bounds)
    return shapely.from_wkt(re.sub(r"^SRID=\d+;\s*", "", text, flags=re.IGNORECASE))
