"""What a layer promises, and the one check that holds it to its promise.

A checked frame has exactly the specified columns in the specified order, a clean 0..n-1 row index, unique text
keys, and, unless the layer is a table, valid non-empty 2-D geometry of the specified type in WGS84 longitude and
latitude. Below this floor the frames are trusted.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum, IntEnum, StrEnum
from typing import Any

import geopandas
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo import crs
from geo.calendar import CHINA, to_china
from geo.errors import Fault, LayerFaultsError
from geo.terms import HazardKind

Mask = npt.NDArray[np.bool_]

INSTANT_DTYPE = pd.DatetimeTZDtype("us", CHINA)
_EXACT = 2.0**53  # below this a float64 holds every whole number


class ColumnKind(Enum):
    """What a column's values are, and the dtype they are held in."""

    TEXT = "text"  # str; null where missing
    INTEGER = "integer"  # int64, or Int64 where values may be missing
    NUMBER = "number"  # float64; NaN where missing
    BOOLEAN = "boolean"  # bool
    DATE = "date"  # datetime.date objects; None where missing
    INSTANT = "instant"  # datetime64[us, +08:00]; NaT where missing
    TERM = "term"  # str out of a vocabulary
    TERMS = "terms"  # several terms in one text, joined by ";"
    LEVEL = "level"  # int64 out of an IntEnum


class Shape(Enum):
    """The geometry that a layer's rows have."""

    POINT = frozenset({"Point"})
    LINE = frozenset({"LineString", "MultiLineString"})
    POLYGON = frozenset({"Polygon", "MultiPolygon"})
    LINE_OR_POLYGON = frozenset({"LineString", "MultiLineString", "Polygon", "MultiPolygon"})
    TABLE = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Heading:
    """Another heading that a source may write over a column, and what it says of the cells under it.

    `scale` turns the source's unit into the column's (10,000 for 万元); None marks a heading that leaves the unit
    out, which is refused. With `yes` and `no` the cells answer a question (是否销号) and these are the answers' terms.
    """

    text: str
    scale: float | None = 1
    yes: str | None = None
    no: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name (with the unit in it), kind, and bounds.

    `required` columns have a value in every row. `restricted` columns (contact names, phones) leave the program only
    for those who need them, and on the record. `derived` columns are filled from other layers when the Atlas is made; a
    value that a file gives for them is ignored. `headings` are accepted from a source beside the name and the two
    titles; the intake compares them without case, spaces and punctuation.
    """

    name: str
    kind: ColumnKind
    title_zh: str
    title_en: str
    required: bool = True
    vocabulary: type[StrEnum] | type[IntEnum] | None = None
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    restricted: bool = False
    derived: bool = False
    headings: tuple[str | Heading, ...] = ()


def synthetic_column() -> Column:
    """The mark that every layer carries: is this row made up?"""
    headings = ("是否模拟", "模拟")
    return Column("synthetic", ColumnKind.BOOLEAN, "模拟数据", "synthetic", required=False, headings=headings)


def source_id_column() -> Column:
    """What the row is called where it comes from, such as an OpenStreetMap id."""
    return Column("source_id", ColumnKind.TEXT, "来源编号", "id in the source", required=False)


def derived_shape_column() -> Column:
    """The mark of an area that was drawn round a place's point."""
    title = "border made around place points, not surveyed"
    return Column("derived_shape", ColumnKind.BOOLEAN, "界线为推算", title, required=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """Values of `column` name rows of `layer` by its key, or of the layer `or_layer` where one is told.

    `rule` is the rule of DOMAIN.md that others break, or "".
    """

    column: str
    layer: str
    or_layer: str | None = None
    rule: str = ""


RowFault = tuple[int, str, object, str, str] | tuple[int, str, object, str, str, str]
"""(position of the row from 0, column, value met, problem, advice), and the rule of DOMAIN.md where one is broken."""


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """A layer: its name, key, geometry, columns, references to other layers and rules of its own.

    `complete` fills the columns `completed`, computed from others, before the check; `rules` yield faults that no
    single column shows; `remarks` yield what is worth a look and refuses nothing. `hazard` is what the levels of all
    rows speak of, where no column tells: 一级 is the least of the fire classes and the worst of the geological levels.
    """

    name: str
    title_zh: str
    title_en: str
    key: str
    shape: Shape
    columns: tuple[Column, ...]
    references: tuple[Reference, ...] = ()
    complete: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    completed: tuple[str, ...] = ()
    hazard: HazardKind | None = None
    rules: tuple[Callable[[pd.DataFrame], Iterable[RowFault]], ...] = ()
    remarks: tuple[Callable[[pd.DataFrame], Iterable[RowFault]], ...] = ()
    live: bool = False
    required: bool = False
    names: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", {column.name: column for column in self.columns})

    @property
    def is_table(self) -> bool:
        """Whether the layer has no geometry."""
        return self.shape is Shape.TABLE

    @property
    def tells_places(self) -> bool:
        """Whether rows tell places in columns, as they were given and with the name of their coordinate system."""
        return self.is_table and self.names.keys() >= {"lon", "lat", "crs"}

    @property
    def public_columns(self) -> tuple[str, ...]:
        """The columns that may leave the program."""
        return tuple(column.name for column in self.columns if not column.restricted)


def public(frame: pd.DataFrame, spec: LayerSpec) -> pd.DataFrame:
    """`frame` without its restricted columns: what leaves the program, unless a reader may have more."""
    return frame.drop(columns=[c.name for c in spec.columns if c.restricted and c.name in frame.columns])


def empty(spec: LayerSpec) -> pd.DataFrame:
    """A checked frame of no rows."""
    blank = pd.DataFrame({column.name: pd.Series(dtype=object) for column in spec.columns})
    if spec.is_table:
        return check(blank, spec)
    return check(geopandas.GeoDataFrame(blank, geometry=[], crs=crs.WGS84), spec)


def check(frame: pd.DataFrame, spec: LayerSpec) -> pd.DataFrame:
    """`frame` as a checked frame of `spec`, or LayerFaultsError with every fault of every row.

    The frame's columns must already have the specification's names; columns that the specification does not know
    are dropped. Row numbers in faults count from 1 in the order given. A geometry layer must be a GeoDataFrame in
    WGS84; other systems are the intake's business.
    """
    checked, faults = check_rows(frame, spec)
    if faults:
        raise LayerFaultsError(faults)
    return checked


def check_rows(
    frame: pd.DataFrame, spec: LayerSpec, *, seen_valid: Mask | None = None
) -> tuple[pd.DataFrame, list[Fault]]:
    """As `check`, but hands back the coerced frame, faulty rows included, beside the faults.

    `seen_valid` marks the rows whose shapes the caller has just seen to be valid: that is the dearest question of all,
    and is not asked twice.
    """
    frame = frame.reset_index(drop=True)
    if spec.complete is not None:
        frame = spec.complete(frame)
    found: list[RowFault] = []
    columns: dict[str, Any] = {}
    for column in spec.columns:
        if column.name in frame.columns and not column.derived:
            values, faults = _coerce(frame[column.name], column)
            found.extend(faults)
        else:
            values = _as_dtype([None] * len(frame), column)
            if column.required and len(frame):
                found.append((-1, column.name, None, "the column is missing", f"give a column named {column.name}"))
        columns[column.name] = values
    checked: pd.DataFrame = pd.DataFrame(columns, index=frame.index)
    if not spec.is_table:
        if not isinstance(frame, geopandas.GeoDataFrame):
            raise TypeError(f"layer {spec.name} has geometry and takes a GeoDataFrame")
        checked = geopandas.GeoDataFrame(checked, geometry=_flat(frame), crs=crs.WGS84)
        found.extend(_geometry_faults(frame, spec, seen_valid))
    found.extend(_key_faults(checked, spec))
    found.extend(_rule_faults(checked, spec, found))
    return checked, [_fault(checked, spec, item) for item in sorted(found, key=lambda item: item[0])]


def _rule_faults(checked: pd.DataFrame, spec: LayerSpec, found: list[RowFault]) -> list[RowFault]:
    """What the layer's own rules say of the rows whose columns are sound, so that one report names everything."""
    if not spec.rules:
        return []
    faulty = {position for position, *_ in found}
    if -1 in faulty:
        return []  # a column is missing: the rules have nothing to stand on
    sound = [position for position in range(len(checked)) if position not in faulty]
    rows = checked.iloc[sound].reset_index(drop=True)
    return [(sound[fault[0]], *fault[1:]) for rule in spec.rules for fault in rule(rows)]


def _fault(checked: pd.DataFrame, spec: LayerSpec, found: RowFault) -> Fault:
    position, column, value, problem, advice, *rules = found
    rule = "".join(rules)
    key = checked[spec.key].iloc[position] if position >= 0 else None
    # The value of a restricted column is a name or a phone number: it stays out of reports and logs.
    hidden = column in spec.names and spec.names[column].restricted
    return Fault(
        layer=spec.name,
        row=position + 1,
        key=None if key is None or pd.isna(key) else str(key),
        column=column,
        value=None if value is None else "(restricted)" if hidden else str(value)[:80],
        problem=f"{problem} ({rule})" if rule else problem,
        advice=advice,
        rule=rule,
    )


def conform(frame: pd.DataFrame, spec: LayerSpec) -> pd.DataFrame:
    """A frame that was checked before, back from a file that held its values and lost its dtypes: cast in bulk.

    Nothing is looked at: the caller knows that these are the bytes written after a check (their hash matches) by the
    same specification (`fingerprint`). KeyError when a column is absent after all.
    """
    columns = {
        column.name: _as_dtype([None] * len(frame), column) if column.derived else _cast(frame[column.name], column)
        for column in spec.columns
    }
    held = pd.DataFrame(columns, index=pd.RangeIndex(len(frame)))
    if spec.is_table:
        return held
    located: pd.DataFrame = geopandas.GeoDataFrame(held, geometry=frame.geometry.values, crs=crs.WGS84)
    return located


def _cast(values: pd.Series, column: Column) -> Any:
    match column.kind:
        case ColumnKind.INTEGER | ColumnKind.LEVEL:
            return values.array.astype("int64" if column.required else "Int64")
        case ColumnKind.NUMBER:
            return values.array.astype("float64")
        case ColumnKind.BOOLEAN:
            return values.array.astype("bool")
        case ColumnKind.INSTANT:
            return values.dt.tz_convert(CHINA).array.astype(INSTANT_DTYPE)
        case ColumnKind.DATE:
            return values.to_numpy(dtype=object)
        case _:
            return values.array.astype("str")


_PROMISED = ("name", "kind", "required", "minimum", "maximum", "pattern", "derived")


def fingerprint(spec: LayerSpec) -> str:
    """Twelve digits that change when a layer's promise does: what was checked by another is checked again."""
    promise = [spec.name, spec.key, sorted(spec.shape.value), [rule.__qualname__ for rule in spec.rules]]
    promise += [
        [
            str(getattr(column, name))
            for name in ("name", "kind", "required", "minimum", "maximum", "pattern", "derived")
        ]
        + [str(term) for term in column.vocabulary or ()]
        for column in spec.columns
    ]
    return hashlib.sha256(repr(promise).encode()).hexdigest()[:12]


def is_missing(value: Any) -> bool:
    """Whether a single value is null; an empty or blank text and an empty list count as missing."""
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, list | tuple | np.ndarray):
        return len(value) == 0
    return value is None or bool(pd.isna(value))


def _coerce(given: pd.Series, column: Column) -> tuple[Any, list[RowFault]]:
    """The column's values in their dtype, and a fault for each that cannot be."""
    values, settled = _in_bulk(given, column)
    parse = _PARSERS[column.kind]
    faults: list[RowFault] = []
    for position, raw in zip(np.flatnonzero(~settled).tolist(), given.array[~settled], strict=True):
        if is_missing(raw):
            if column.required:
                faults.append((position, column.name, None, "a value is required", ""))
            continue
        try:
            value = parse(raw, column)
        except (ValueError, TypeError, OverflowError) as reason:
            faults.append((position, column.name, raw, str(reason), ""))
            continue
        problem = _bounds_problem(value, column)
        if problem:
            faults.append((position, column.name, raw, problem, ""))
        values[position] = value
    return _as_dtype(values, column), faults


def _in_bulk(given: pd.Series, column: Column) -> tuple[list[Any], Mask]:
    """The values of the cells that need no second look, and which these are; the others are None as yet.

    They are the missing ones of an optional column, and those that are in the column's own form and bounds: almost
    all cells of a sound layer. It never says what is wrong with a cell.
    """
    values: list[Any]
    kind = given.dtype.kind
    if column.kind in (ColumnKind.TEXT, ColumnKind.TERM):
        values, fit = _texts_in_bulk(given.tolist(), column)
    elif column.kind in (ColumnKind.INTEGER, ColumnKind.NUMBER, ColumnKind.LEVEL) and kind in "iuf":
        values, fit = _numbers_in_bulk(given, column)
    elif column.kind is ColumnKind.BOOLEAN and kind == "b":
        values, fit = given.tolist(), given.notna().to_numpy()
    elif column.kind is ColumnKind.INSTANT and kind == "O":
        values, fit = _instants_in_bulk(given.tolist())
    else:
        values, fit = [None] * len(given), np.zeros(len(given), dtype=bool)
    if not fit.all():
        values = [value if fits else None for value, fits in zip(values, fit.tolist(), strict=True)]
    return values, fit if column.required else fit | given.isna().to_numpy(dtype=bool)


def _texts_in_bulk(cells: list[Any], column: Column) -> tuple[list[str], Mask]:
    texts = [cell.strip() if isinstance(cell, str) else "" for cell in cells]
    if column.kind is ColumnKind.TERM:
        allowed = {str(term) for term in column.vocabulary or ()}
        fit = [text in allowed for text in texts]
    elif column.pattern is not None:
        matches = re.compile(column.pattern, re.ASCII).fullmatch
        fit = [text != "" and matches(text) is not None for text in texts]
    else:
        fit = [text != "" and "\0" not in text for text in texts]
    return texts, np.array(fit, dtype=bool)


def _instants_in_bulk(cells: list[Any]) -> tuple[list[Any], Mask]:
    instants = [_plain_instant(cell) if isinstance(cell, str) else None for cell in cells]
    return instants, np.array([instant is not None for instant in instants], dtype=bool)


def _plain_instant(text: str) -> datetime | None:
    try:
        return to_china(datetime.fromisoformat(text)) if len(text) > len("2022-12-23") else None
    except (ValueError, OverflowError):
        return None


def _numbers_in_bulk(given: pd.Series, column: Column) -> tuple[list[Any], Mask]:
    numbers = given.to_numpy(dtype="float64", na_value=np.nan)
    fit = np.isfinite(numbers)
    if column.minimum is not None:
        fit &= numbers >= column.minimum
    if column.maximum is not None:
        fit &= numbers <= column.maximum
    if column.kind is ColumnKind.NUMBER:
        return numbers.tolist(), fit
    fit &= np.abs(numbers) < _EXACT  # a larger one may have been rounded here, and is looked at by itself
    fit[fit] = numbers[fit] == np.trunc(numbers[fit])
    if column.kind is ColumnKind.LEVEL:
        fit &= np.isin(numbers, [int(level) for level in column.vocabulary or ()])
    return np.where(fit, numbers, 0).astype("int64").tolist(), fit


def _as_dtype(values: list[Any], column: Column) -> Any:
    match column.kind:
        case ColumnKind.INTEGER | ColumnKind.LEVEL if column.required:
            return pd.array([0 if value is None else int(value) for value in values], dtype="int64")
        case ColumnKind.INTEGER | ColumnKind.LEVEL:
            return pd.array(values, dtype="Int64")
        case ColumnKind.NUMBER:
            return pd.array([np.nan if value is None else value for value in values], dtype="float64")
        case ColumnKind.BOOLEAN:
            return pd.array([bool(value) for value in values], dtype="bool")
        case ColumnKind.INSTANT:
            return pd.array([pd.NaT if value is None else value for value in values], dtype=INSTANT_DTYPE)
        case ColumnKind.DATE:
            return np.array(values, dtype=object)
        case _:
            return pd.array(values, dtype="str")


def _bounds_problem(value: Any, column: Column) -> str:
    if column.minimum is not None and value < column.minimum:
        return f"must be at least {column.minimum:g}"
    if column.maximum is not None and value > column.maximum:
        return f"must be at most {column.maximum:g}"
    if column.pattern is not None and not re.fullmatch(column.pattern, value, re.ASCII):
        return f"must have the form {column.pattern}"
    return ""


def _parse_text(raw: Any, _: Column) -> str:
    if isinstance(raw, str):
        if "\0" in raw:
            raise ValueError("holds a zero byte, at which files and databases end a text")
        return raw.strip()
    raise TypeError(f"must be text, not {type(raw).__name__}; read codes as text, never as numbers")


def _parse_integer(raw: Any, _: Column) -> int:
    if isinstance(raw, bool | np.bool_):
        raise TypeError("must be a whole number, not a truth value")
    number = _parse_number(raw, _)
    if number != int(number):
        raise ValueError("must be a whole number")
    if not -(2**63) <= number < 2**63:
        raise ValueError("must be a whole number of at most 64 bits")
    return int(raw) if isinstance(raw, int | np.integer) else int(number)


def _parse_number(raw: Any, _: Column) -> float:
    try:
        number = float(raw)
    except ValueError:
        raise ValueError("must be a number") from None
    if not np.isfinite(number):
        raise ValueError("must be a finite number")
    return number


def _parse_boolean(raw: Any, _: Column) -> bool:
    if isinstance(raw, bool | np.bool_):
        return bool(raw)
    truth = {"true": True, "false": False, "1": True, "0": False}.get(str(raw).strip().lower())
    if truth is None:
        raise ValueError("must be true or false")
    return truth


def _parse_date(raw: Any, _: Column) -> date:
    try:
        if isinstance(raw, str):
            return date.fromisoformat(raw.strip())
        return _as_datetime(raw).date()
    except ValueError:
        raise ValueError("must be an ISO 8601 date such as 2022-12-23") from None


def _parse_instant(raw: Any, _: Column) -> pd.Timestamp:
    # Not pd.Timestamp(text): it takes "now", a bare hour and 12/11/2022, and turns the year 10000 into 1972.
    try:
        if isinstance(raw, str) and len(raw.strip()) <= len("2022-12-23"):
            raise ValueError  # a date alone is no instant: midnight would make a night of it
        instant = to_china(datetime.fromisoformat(raw.strip())) if isinstance(raw, str) else _as_datetime(raw)
        return pd.Timestamp(instant)
    except (ValueError, OverflowError):
        raise ValueError("must be an ISO 8601 date-time such as 2022-12-23T10:00+08:00") from None


def _as_datetime(raw: Any) -> datetime:
    """A date or date-time object in local time; a number is none, or 20221223 would be a moment of 1970."""
    if not isinstance(raw, date | np.datetime64):
        raise ValueError("neither text nor a date")
    return to_china(pd.Timestamp(raw).to_pydatetime(warn=False))


def _parse_term(raw: Any, column: Column) -> str:
    text = str(raw).strip()
    allowed = [str(term) for term in column.vocabulary or ()]
    if text not in allowed:
        raise ValueError(f"unknown word; allowed: {', '.join(allowed)}")
    return text


def _parse_terms(raw: Any, column: Column) -> str:
    words = raw if isinstance(raw, list | tuple | np.ndarray) else str(raw).split(";")
    terms = [_parse_term(word, column) for word in words if not is_missing(word)]
    if not terms:
        raise ValueError("names nothing between its semicolons; leave it empty instead")
    return ";".join(terms)


def _parse_level(raw: Any, column: Column) -> int:
    number = _parse_integer(raw, column)
    allowed = [int(level) for level in column.vocabulary or ()]
    if number not in allowed:
        raise ValueError(f"unknown level; allowed: {', '.join(map(str, allowed))}")
    return number


_PARSERS: dict[ColumnKind, Callable[[Any, Column], Any]] = {
    ColumnKind.TEXT: _parse_text,
    ColumnKind.INTEGER: _parse_integer,
    ColumnKind.NUMBER: _parse_number,
    ColumnKind.BOOLEAN: _parse_boolean,
    ColumnKind.DATE: _parse_date,
    ColumnKind.INSTANT: _parse_instant,
    ColumnKind.TERM: _parse_term,
    ColumnKind.TERMS: _parse_terms,
    ColumnKind.LEVEL: _parse_level,
}


def _geometry_faults(frame: geopandas.GeoDataFrame, spec: LayerSpec, seen_valid: Mask | None) -> Iterator[RowFault]:
    if frame.crs is None or not crs.is_lon_lat_wgs84(frame.crs):
        raise TypeError(f"layer {spec.name} is checked in WGS84; the intake converts other systems")
    shapes = np.asarray(frame.geometry.values, dtype=object)
    valid = np.zeros(len(shapes), dtype=bool) if seen_valid is None else seen_valid.copy()
    with np.errstate(over="ignore", invalid="ignore"):  # GEOS multiplies numbers that are no degrees as it finds them
        valid[~valid] = shapely.is_valid(shapes[~valid])
    allowed_ids = [shapely.GeometryType[name.upper()].value for name in spec.shape.value]
    in_degrees = _in_degrees(shapes)
    sound = valid & np.isin(shapely.get_type_id(shapes), allowed_ids) & in_degrees
    for position in np.flatnonzero(~sound).tolist():
        shape = shapes[position]
        if shape is None or shape.is_empty:
            yield position, "geometry", None, "a geometry is required", ""
        elif shape.geom_type not in spec.shape.value:
            allowed = " or ".join(sorted(spec.shape.value))
            yield position, "geometry", shape.geom_type, f"must be a {allowed}", ""
        elif not in_degrees[position]:
            met = " ".join(f"{value:g}" for value in shape.bounds)
            yield position, "geometry", met, "coordinates are not degrees", "declare the file's coordinate system"
        else:
            with np.errstate(over="ignore", invalid="ignore", under="ignore"):
                reason = shapely.is_valid_reason(shape)
            yield position, "geometry", reason, "the geometry is not valid", "repair it first"


def _flat(frame: geopandas.GeoDataFrame) -> npt.NDArray[np.object_]:
    """The shapes in two dimensions; those that are so already are not copied."""
    shapes = np.array(frame.geometry.values, dtype=object)
    high = shapely.get_coordinate_dimension(shapes) > 2
    shapes[high] = shapely.force_2d(shapes[high])
    return shapes


def _in_degrees(shapes: npt.NDArray[np.object_]) -> Mask:
    """Which shapes lie within the degrees of the Earth; those without extent do not."""
    west, south, east, north = shapely.bounds(shapes).T
    inside: Mask = (west >= -180) & (east <= 180) & (south >= -90) & (north <= 90)
    return inside


def _key_faults(checked: pd.DataFrame, spec: LayerSpec) -> Iterator[RowFault]:
    keys = checked[spec.key]
    for position in np.flatnonzero(keys.duplicated() & keys.notna()):
        yield int(position), spec.key, keys.iloc[position], "the id stands in an earlier row too", "ids must be unique"
