"""The intake's way, from a file to checked rows: read, name the columns, place, mend, check, and compare.

Every step reports what it did and passes every row on; a row with a fault is left out only at the end, by whoever
takes `accepted`. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo import crs, topology
from geo.atlas import broken_references
from geo.errors import Fault, InputError, LayerFaultsError, MissingCrsError
from geo.files import write_atomic
from geo.intake import nasa, places
from geo.intake.columns import HIDDEN, Line, Mapped, MappingFile, mapped, table, without_repeats
from geo.intake.formats import Axes, Bounds, Source, read_source
from geo.intake.mapping_file import Take
from geo.intake.plan import Plan
from geo.intake.repairs import Repair, repaired
from geo.intake.report import Remark
from geo.intake.shifts import detect_shift, placed
from geo.intake.strays import misplaced
from geo.layers.registry import LAYERS, OTHER_FORMS
from geo.layers.spec import LayerSpec, Shape, check_rows, is_missing
from geo.origin import short_names

Stage = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the caller knows of a file and the file does not say."""

    crs: str | None = None
    layer_in_file: str | None = None
    encoding: str | None = None
    mapping: MappingFile | None = None
    bounds: Bounds = field(default_factory=Bounds)


@dataclass(frozen=True, eq=False)
class Intake:
    """What a file gave. Row n of `frame` (in the layer's columns, WGS84) is row n of `source.frame` (in its own).

    `faults` of another layer are rows there that this one would leave without what they refer to.

    `frame` holds the faulty rows too; `accepted` leaves them out. `system` is the coordinate system as given, None for
    a table. `remarks` stop nothing.
    """

    spec: LayerSpec
    path: Path
    source: Source
    mapped: Mapped
    system: str | None
    frame: pd.DataFrame
    faults: tuple[Fault, ...]
    repairs: tuple[Repair, ...]
    remarks: tuple[Remark, ...]

    @property
    def accepted(self) -> pd.DataFrame:
        """The rows without a fault; LayerFaultsError when a fault concerns the layer as a whole."""
        whole = [fault for fault in self.faults if fault.row == 0]
        if whole:
            raise LayerFaultsError(whole)
        return self.frame.drop(index=[row - 1 for row in self.faulty_rows]).reset_index(drop=True)

    @property
    def faulty_rows(self) -> tuple[int, ...]:
        """The numbers of the rows that are refused, counted from 1."""
        return tuple(sorted({fault.row for fault in self.faults if fault.row and fault.layer == self.spec.name}))

    @property
    def systems(self) -> str | None:
        """The coordinate systems that the places were given in, in the file or row by row; None without any."""
        if not self.spec.tells_places:
            return self.system
        told = self.frame["crs"].drop(index=[row - 1 for row in self.faulty_rows]).dropna().unique()
        return ", ".join(sorted({crs.name_of(name) for name in told})) or None

    @property
    def lines(self) -> tuple[Line, ...]:
        """What goes where, for `--show-mapping`."""
        return table(self.mapped)

    def with_faults(self, faults: Sequence[Fault], remarks: Sequence[Remark] = ()) -> Intake:
        """The same with what only other layers could show."""
        return replace(self, faults=(*self.faults, *faults), remarks=(*self.remarks, *remarks))

    def places_of(self, rows: Iterable[int]) -> dict[int, tuple[float, float]]:
        """A point (lon, lat) for each of the rows that has a usable shape."""
        found = {}
        for row in rows:
            shape = None if self.spec.is_table else self.frame.geometry.iloc[row - 1]
            if shape is not None and not shape.is_empty:
                lon, lat = shapely.get_coordinates(shape)[0].tolist()
                if np.isfinite(lon) and np.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90:
                    found[row] = (lon, lat)
        return found

    def refused(self) -> pd.DataFrame:
        """The faulty rows in the file's own columns, with the row number and all reasons in front.

        Shapes that stand in no column of the file follow as WKT, in the file's own system: mended and declared with
        --crs, the table can be imported again.
        """
        reasons: dict[int, list[str]] = {row: [] for row in self.faulty_rows}
        for fault in self.faults:
            if fault.row and fault.layer == self.spec.name:
                reasons[fault.row].append(str(fault))
        given = self.source.frame.iloc[[row - 1 for row in reasons]]
        rows = pd.DataFrame(given.drop(columns="geometry") if isinstance(given, geopandas.GeoDataFrame) else given)
        rows.insert(0, _fresh("row", rows), list(reasons))
        rows.insert(1, _fresh("reasons", rows), [" | ".join(said) for said in reasons.values()])
        if self.source.axes is Axes.SHAPES:
            rows[_fresh("wkt", rows)] = shapely.to_wkt(given.geometry.values, rounding_precision=9)
        return rows


def opened(
    path: Path, spec: LayerSpec, wishes: Wishes | None = None, *, stage: Stage = lambda _: None
) -> tuple[Source, LayerSpec]:
    """What `path` holds, and the form that it has: that of `spec`, or the other one that the layer has beside it.

    A file has the other form where it has a column that only that form knows, and has not in every row what the layer
    requires.
    """
    wishes = wishes or Wishes()
    stage(f"reading {path.name}")
    source = _source(path, spec, wishes)
    other, mapping = OTHER_FORMS.get(spec.name), wishes.mapping or MappingFile()
    if other is None:
        return source, spec
    parts, faults = Plan(source.frame, other, mapping, source.place_columns).parts()
    told = {part.column.name for part in parts} | {fault.column for fault in faults}
    is_other = told & other.names.keys() - spec.names.keys() and _has_gaps(source, spec, mapping)
    return source, other if is_other else spec


def read(
    path: Path,
    spec: LayerSpec,
    wishes: Wishes | None = None,
    *,
    source: Source | None = None,
    loaded: Mapping[str, pd.DataFrame] | None = None,
    known: pd.DataFrame | None = None,
    stage: Stage = lambda _: None,
) -> Intake:
    """Read `path` as the layer `spec`, and compare it with the layers that are `loaded`.

    With `known`, a checked frame of the layer, what the file has no column for, its shapes included, is taken from the
    row of the same id. `source` is what the file holds, where it was opened before.

    UnreadableFileError, BoundsError, MissingCrsError or InputError when the file as a whole cannot be taken; faults
    of single rows are in the Intake. `stage` is told what is being done.
    """
    wishes, others = wishes or Wishes(), dict(loaded or {})
    others.pop(spec.name, None)
    if source is None:
        source, _ = opened(path, spec, wishes, stage=stage)
    stage("naming the columns")
    named = mapped(source.frame, spec, _mapping(source, spec, wishes), places=source.place_columns)
    if known is not None:
        named = replace(named, frame=_with_known_cells(named, known))
        if _is_register(source, spec):
            source, named = _with_known_shapes(source, named, known)
    outline = _outline(loaded)
    if spec.tells_places:
        named = replace(named, frame=_with_told_places(path, source, named, wishes.crs, outline))
    frame, system, strays, repairs = _placed(path, source, named, wishes.crs, outline, stage)
    stage("checking every row")
    checked, found = check_rows(frame, spec, seen_valid=_untouched(len(frame), repairs, strays))
    columns = {*source.frame.columns, *source.place_columns, "geometry"}
    unread = {fault.row for fault in source.faults if fault.column not in columns}  # nothing of the row is known
    unplaced = unread | {fault.row for fault in source.faults if fault.column in source.place_columns}
    told = dict(zip(source.place_columns, ("lon", "lat"), strict=False)) if spec.tells_places else {}
    faults = without_repeats(_in_layer_columns(source.faults, named, told), named.faults)
    if any(fault.row == 0 for fault in strays):
        found = [fault for fault in found if fault.column != "geometry"]
    for later in (strays, found):  # a later step finds again what an earlier one has explained
        said = [fault for fault in later if fault.row not in (unplaced if fault.column == "geometry" else unread)]
        faults = without_repeats(faults, said)
    references = broken_references({**others, spec.name: checked}) if spec.references else []
    faults = without_repeats(faults, [fault for fault in references if fault.layer == spec.name])
    stage("comparing with the layers that are loaded")
    metric_crs = None if spec.is_table else _metric_crs(checked.geometry.values, outline)
    remarks = [
        *_notes(source, named),
        *_accuracy(system, outline),
        *_shift(checked, spec, faults, loaded or {}),
        *_beside(checked, spec, faults, others, metric_crs),
    ]
    own = tuple(replace(fault, layer=spec.name) for fault in sorted(faults, key=lambda fault: fault.row))
    return Intake(spec, path, source, named, system, checked, own, repairs, tuple(remarks))


def show_mapping(path: Path, spec: LayerSpec, wishes: Wishes | None = None) -> tuple[Line, ...]:
    """What of a file would go where, without looking at its places or rows."""
    wishes = wishes or Wishes()
    source, spec = opened(path, spec, wishes)
    return table(mapped(source.frame, spec, _mapping(source, spec, wishes), places=source.place_columns))


def write_refused(path: Path, intake: Intake) -> None:
    """Write the faulty rows with their reasons as CSV, in the source's own columns."""
    write_atomic(path, intake.refused().to_csv(index=False).encode("utf-8-sig"))  # the mark lets Excel show Chinese


def _in_layer_columns(faults: Sequence[Fault], named: Mapped, told: Mapping[str, str]) -> tuple[Fault, ...]:
    """The reader's faults, under the layer's column where their heading fills one: a cell has one name from here on.

    `told` names the columns that the headings of places fill. The reader cannot know which columns are restricted:
    their values are taken out here.
    """
    filled = {heading: named.spec.names[one.target] for one in named.assignments for heading in one.sources}
    filled |= {heading: named.spec.names[column] for heading, column in told.items()}
    own = []
    for fault in faults:
        if (column := filled.get(fault.column)) is not None:
            fault = replace(fault, column=column.name, value=HIDDEN if column.restricted else fault.value)
        own.append(fault)
    return tuple(own)


def _has_gaps(source: Source, spec: LayerSpec, mapping: MappingFile) -> bool:
    """Whether a file leaves out, as a column or in a row, what the layer requires."""
    parts, _ = Plan(source.frame, spec, mapping, source.place_columns).parts()
    required = {column.name for column in spec.columns if column.required}
    filled = {part.column.name: part.position for part in parts if part.column.name in required}
    cells = (source.frame.iloc[:, position] for position in filled.values() if position is not None)
    return filled.keys() != required or any(column.map(is_missing).any() for column in cells)


def _mapping(source: Source, spec: LayerSpec, wishes: Wishes) -> MappingFile | None:
    """What goes where by the mapping file, and in a shapefile that was exported by the names that were cut."""
    if source.origin is None or source.format != "Shapefile" or source.origin.layer != spec.name:
        return wishes.mapping
    given, columns = wishes.mapping or MappingFile(), set(source.frame.columns)
    names = short_names([column.name for column in spec.columns if not column.restricted])
    cut = {name: Take(short) for name, short in names.items() if name != short and short in columns}
    told = {name: take for name, take in cut.items() if not spec.names[name].derived}
    return replace(given, columns={**told, **given.columns})


def _source(path: Path, spec: LayerSpec, wishes: Wishes) -> Source:
    return read_source(
        path,
        layer_in_file=wishes.layer_in_file,
        encoding=wishes.encoding,
        bounds=wishes.bounds,
        likely_names=(spec.name, spec.title_zh, spec.title_en, path.stem),
    )


def _placed(
    path: Path, source: Source, named: Mapped, declared: str | None, outline: Any, stage: Stage
) -> tuple[pd.DataFrame, str | None, tuple[Fault, ...], tuple[Repair, ...]]:
    """The mapped rows with their shapes in WGS84 and mended; the system they were in; what cannot be placed."""
    spec, frame = named.spec, named.frame
    if spec.is_table:
        plain = frame.drop(columns="geometry") if isinstance(frame, geopandas.GeoDataFrame) else frame
        return pd.DataFrame(plain), None, (), ()
    shapes = np.asarray(frame.geometry.values) if isinstance(frame, geopandas.GeoDataFrame) else None
    if shapes is None:
        met = ", ".join(map(str, source.frame.columns[:20]))
        raise InputError(f"{path} has no places; name its coordinate columns lon and lat (columns met: {met})")
    stage("placing and mending the shapes")
    system = _system(path, source, named, declared, shapes, outline)
    keys = _keys(frame, spec)
    strays = misplaced(spec.name, shapes, system, outline, keys) if _must_be_near(spec) else ()
    degrees = shapes if crs.is_lon_lat_wgs84(system) else crs.from_crs(shapes, system)
    mended = repaired(degrees, spec, _metric_crs(degrees, outline), keys)
    located = geopandas.GeoDataFrame(
        pd.DataFrame(frame.drop(columns="geometry")), geometry=mended.shapes, crs=crs.WGS84
    )
    # What the places are wrong for is said once: for a row, or for all of them together.
    broken = () if any(fault.row == 0 for fault in strays) else mended.faults
    return located, system, without_repeats(strays, broken), mended.repairs


def _untouched(rows: int, repairs: Iterable[Repair], faults: Iterable[Fault]) -> npt.NDArray[np.bool_]:
    """The rows of which `repaired` had nothing to say: it has looked whether their shapes are valid."""
    untouched = np.ones(rows, dtype=bool)
    rows_spoken_of = [*(one.row for one in repairs), *(one.row for one in faults)]
    untouched[[row - 1 for row in rows_spoken_of if row]] = False
    return untouched


def _with_known_cells(named: Mapped, known: pd.DataFrame) -> pd.DataFrame:
    """The mapped rows with the layer's own cells in the columns that the file does not have."""
    spec, frame = named.spec, named.frame.copy()
    rows = known.set_index(spec.key, drop=False)
    keys = _keys(frame, spec)
    for column in spec.columns:
        if column.name not in frame.columns and not column.derived and column.name not in spec.completed:
            cells = rows[column.name]
            frame[column.name] = pd.Series([cells.get(key) for key in keys], index=frame.index, dtype=object)
    return frame


def _is_register(source: Source, spec: LayerSpec) -> bool:
    """Whether the file tells of places without giving their shapes: no places at all, or points for areas."""
    spread = source.axes in (Axes.LON_LAT, Axes.EAST_NORTH, Axes.X_Y) and spec.shape is not Shape.POINT
    return not spec.is_table and (source.axes is Axes.NONE or spread or _is_exported_bare(source))


def _is_exported_bare(source: Source) -> bool:
    """Whether the rows were exported without their shapes, in a form that has a place for them all the same."""
    frame = source.frame
    is_told = source.origin is not None and isinstance(frame, geopandas.GeoDataFrame)
    return is_told and len(frame) > 0 and bool(frame.geometry.isna().all())


def _with_known_shapes(source: Source, named: Mapped, known: pd.DataFrame) -> tuple[Source, Mapped]:
    """The register's rows on the shapes that the layer has for their ids; an id without one stays without."""
    spec = named.spec
    shape_of = dict(zip(known[spec.key], known.geometry.values, strict=True))
    shapes = np.array([shape_of.get(key) for key in _keys(named.frame, spec)], dtype=object)
    columns = named.frame.drop(columns="geometry", errors="ignore")
    frame = geopandas.GeoDataFrame(pd.DataFrame(columns), geometry=shapes, crs=crs.WGS84)
    note = f"the file has no shapes for {spec.name}: rows keep the shape that the layer has for their {spec.key}"
    said = replace(source, declared_crs=crs.WGS84, notes=(*source.notes, note))
    return said, replace(named, frame=frame)


def _with_told_places(path: Path, source: Source, named: Mapped, declared: str | None, outline: Any) -> pd.DataFrame:
    """The mapped rows with the points of the file in `lon` and `lat`, as given; `crs` is the row's, else the file's."""
    frame = named.frame.copy()
    if isinstance(frame, geopandas.GeoDataFrame):
        shapes = np.asarray(frame.geometry.values)
        frame["lon"], frame["lat"] = shapely.get_x(shapes), shapely.get_y(shapes)  # of what is no point NaN
        if "crs" not in frame:
            frame["crs"] = _system(path, source, named, declared, shapes, outline)
    if declared is not None:
        system, told = crs.name_of(declared), frame.get("crs", pd.Series(None, index=frame.index, dtype=object))
        frame["crs"] = told.where(~told.map(is_missing).astype(bool), system)
    return frame


def _system(path: Path, source: Source, named: Mapped, declared: str | None, shapes: Any, outline: Any) -> str:
    """The one system that the file, its documentation and the caller agree on."""
    own = source.declared_crs
    if own is None and named.spec.name == "detections" and nasa.is_nasa(source.frame):
        own = crs.WGS84  # by NASA's own documentation
    if own is None and declared is None:
        x, y = shapely.get_coordinates(shapes).T
        raise MissingCrsError(path, places.advice(places.candidates(x, y, outline)))
    if own is not None and declared is not None and not crs.agree(own, declared):
        raise InputError(
            f"{path} says it is in {crs.name_of(own)}, --crs says {crs.name_of(declared)}; "
            f"leave --crs out if the file is right",
            parameter="crs",
        )
    return crs.name_of(declared if declared is not None else own)


def _must_be_near(spec: LayerSpec) -> bool:
    """Whether rows far from the county are mistakes: detections are kept and marked outside, an outline sets it."""
    return spec.name not in ("detections", "county")


def _outline(loaded: Mapping[str, pd.DataFrame] | None) -> Any:
    county = None if loaded is None else loaded.get("county")
    return None if county is None or county.empty else shapely.union_all(county.geometry.values)


def _metric_crs(degrees: Any, outline: Any) -> str:
    """The county's metric system, or before there is a county the one of the layer's own middle."""
    if outline is not None:
        return crs.metric_crs_of(*outline.centroid.coords[0])
    points = shapely.get_coordinates(degrees)
    points = points[np.isfinite(points).all(axis=1) & (np.abs(points[:, 1]) <= 90)]
    lon, lat = np.median(points, axis=0) if len(points) else (0.0, 0.0)
    return crs.metric_crs_of(float(lon), float(lat))


def _keys(frame: pd.DataFrame, spec: LayerSpec) -> list[str | None]:
    if spec.key not in frame.columns:
        return [None] * len(frame)
    return [value if isinstance(value, str) else None for value in frame[spec.key].tolist()]


def _notes(source: Source, named: Mapped) -> list[Remark]:
    said = [Remark("note", "file", note) for note in source.notes]
    return [*said, *(Remark("warning", "columns", str(note)) for note in named.notes)]


def _accuracy(system: str | None, outline: Any) -> list[Remark]:
    """How exact the conversion to WGS84 is, where there was one."""
    if system is None or crs.is_lon_lat_wgs84(system):
        return []
    place = None if outline is None else tuple(outline.centroid.coords[0])
    accuracy_m = crs.accuracy_m(system, place)
    known = "PROJ states no accuracy: places may be tens of metres off"
    stated = known if accuracy_m is None else f"accurate to {accuracy_m:g} m"
    return [Remark("note", "crs", f"places were converted from {crs.title_of(system)} to WGS84; {stated}")]


def _shift(
    checked: pd.DataFrame, spec: LayerSpec, faults: Sequence[Fault], loaded: Mapping[str, pd.DataFrame]
) -> list[Remark]:
    """What the shift detector says of the rows that are sound; nothing when all places are wrong together."""
    if any(fault.row == 0 and fault.column == "geometry" for fault in faults):
        return []
    faulty = [fault.row - 1 for fault in faults if fault.row]
    given = placed(checked.drop(index=sorted(set(faulty))), spec)
    if given is None:
        return []
    before = [one for name, frame in loaded.items() if (one := placed(frame, LAYERS[name])) is not None]
    finding = detect_shift(given, before)
    return [] if finding is None else [Remark("warning", "shift", f"{finding}; {finding.advice}")]


def _beside(
    checked: pd.DataFrame,
    spec: LayerSpec,
    faults: Sequence[Fault],
    others: Mapping[str, pd.DataFrame],
    metric_crs: str | None,
) -> list[Remark]:
    """How the sound rows lie beside each other and in their villages: overlaps, gaps, cells and places outside."""
    if metric_crs is None or any(fault.row == 0 for fault in faults):
        return []
    sound = checked.copy()
    sound.loc[[fault.row - 1 for fault in faults if fault.column == "geometry"], "geometry"] = None
    ground = {name: others[name] for name in ("county", "villages") if name in others and not others[name].empty}
    found = topology.findings({**ground, spec.name: sound}, metric_crs)
    return [Remark("warning", "topology", str(one.warning())) for one in found if one.layer == spec.name]


def _fresh(name: str, frame: pd.DataFrame) -> str:
    """`name`, or the next like it that the frame does not have."""
    return next(one for one in (name, *(f"{name}_{n}" for n in range(1, 1000))) if one not in frame.columns)
