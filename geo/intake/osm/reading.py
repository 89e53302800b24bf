"""One walk over an OpenStreetMap file: what a county is made of, as plain values with WGS84 geometry.

Coordinates are OpenStreetMap's own, whole multiples of 1e-7 degree: two ways that share a node share a vertex exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import osmium
import shapely

from geo import crs
from geo.errors import UnreadableFileError
from geo.intake.osm.tags import Tags, is_gate, is_obstacle

SETTLEMENTS: Final = ("city", "town", "suburb", "village", "quarter", "neighbourhood", "hamlet")
"""Values of `place` around which people live together, the largest first. Localities and lone farms are none."""
SITES: Final = ("fire_station", "townhall")
WATERWAYS: Final = ("river", "stream", "canal")
SUFFIXES: Final = (".pbf", ".osm")
_KEYS: Final = ("highway", "waterway", "natural", "landuse", "place", "amenity", "boundary", "barrier")
_AREA_KEYS: Final = ("natural", "landuse", "place", "amenity", "boundary")
_AREA_TYPES: Final = ("multipolygon", "boundary")
_SHORT_M: Final = 2.0
"""Roads end this far from an obstacle, on both sides: farther than where loose ends are joined (geo/network/joints)."""
Position = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Element:
    """One OSM object. `osm_id` is its kind and number, such as w123; `shape` is WGS84, None where no geometry is left.

    A line that the file knows only in pieces, because nodes of it are missing, is a MultiLineString and `is_cut`. One
    that passes a gate somewhere `has_gate`.
    """

    osm_id: str
    tags: Tags
    shape: Any
    is_cut: bool = False
    has_gate: bool = False

    @property
    def order(self) -> tuple[str, int]:
        """Sorts by kind (n, r, w), then by number: the same in every reading of a file."""
        return self.osm_id[0], int(self.osm_id[1:])


@dataclass(slots=True)
class Extract:
    """What the file holds. `broken_areas` are those of which no area came: rings that do not close or cross themselves.

    `centres` names the admin_centre of a boundary, by OSM ids; `closed` lists the areas that came; `gates` and
    `obstacles` the numbers of the nodes that are one.
    """

    highways: list[Element] = field(default_factory=list)
    waterways: list[Element] = field(default_factory=list)
    boundaries: list[Element] = field(default_factory=list)
    woods: list[Element] = field(default_factory=list)
    settlements: list[Element] = field(default_factory=list)
    sites: list[Element] = field(default_factory=list)
    centres: dict[str, str] = field(default_factory=dict)
    broken_areas: dict[str, Tags] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    gates: set[int] = field(default_factory=set)
    obstacles: set[int] = field(default_factory=set)
    data_date: datetime | None = None


def extract(path: Path) -> Extract:
    """Read a .osm.pbf or .osm file. UnreadableFileError when it is none, or damaged, or a history of versions."""
    found = Extract()
    try:
        header = osmium.io.Reader(str(path)).header()
        found.data_date = _stamp(header.get("osmosis_replication_timestamp", ""))
        for thing in () if header.has_multiple_object_versions else _things(path):
            _take(thing, found)
    except (RuntimeError, ValueError, OSError, LookupError, osmium.InvalidLocationError) as reason:
        raise UnreadableFileError(path, f"is not a readable OpenStreetMap file: {reason}") from None
    if header.has_multiple_object_versions:
        raise UnreadableFileError(path, "holds the history of its objects; give an extract of one moment")
    for osm_id in found.closed:
        found.broken_areas.pop(osm_id, None)
    for elements in (found.highways, found.waterways, found.boundaries, found.woods, found.settlements, found.sites):
        elements.sort(key=lambda element: element.order)
    return found


def on_grid(shape: Any) -> Any:
    """The shape with coordinates of 7 decimals, OpenStreetMap's own; what comes from there is unchanged."""
    return shapely.transform(shape, lambda degrees: np.round(degrees, 7))


def _things(path: Path) -> Iterator[Any]:
    walk = osmium.FileProcessor(str(path)).with_areas(osmium.filter.KeyFilter(*_AREA_KEYS))
    yield from walk.with_filter(osmium.filter.KeyFilter(*_KEYS))


def _stamp(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _take(thing: Any, found: Extract) -> None:
    tags = dict(thing.tags)
    if thing.is_node():
        if is_gate(tags):
            found.gates.add(thing.id)  # files have their nodes before their ways
        if is_obstacle(tags):
            found.obstacles.add(thing.id)
        if thing.location.valid():
            _take_place(Element(f"n{thing.id}", tags, shapely.Point(thing.lon, thing.lat)), found)
    elif thing.is_way():
        if "highway" in tags:
            has_gate = not found.gates.isdisjoint(node.ref for node in thing.nodes)
            found.highways.append(replace(_line(thing, tags, found.obstacles), has_gate=has_gate))
        if tags.get("waterway") in WATERWAYS:
            found.waterways.append(_line(thing, tags))
        if _is_wood(tags) or tags.get("amenity") in SITES:
            found.broken_areas[f"w{thing.id}"] = tags  # unless its area comes, which may be earlier or later
    elif thing.is_relation():
        if tags.get("type") in _AREA_TYPES and (_is_wood(tags) or _is_boundary(tags) or tags.get("amenity") in SITES):
            found.broken_areas[f"r{thing.id}"] = tags
            for member in thing.members:
                if member.role == "admin_centre" and member.type == "n":
                    found.centres[f"r{thing.id}"] = f"n{member.ref}"
    elif thing.is_area():
        _take_area(thing, tags, found)


def _take_area(area: Any, tags: Tags, found: Extract) -> None:
    osm_id = f"{'w' if area.from_way() else 'r'}{area.orig_id()}"
    if not (_is_boundary(tags) or _is_wood(tags) or tags.get("amenity") in SITES or "place" in tags):
        return
    shape = _polygon(area)
    if shape is None or not shape.is_valid or shape.is_empty:
        return
    found.closed.add(osm_id)
    if _is_boundary(tags):
        found.boundaries.append(Element(osm_id, tags, shape))
    elif _is_wood(tags):
        found.woods.append(Element(osm_id, tags, shape))
    else:
        _take_place(Element(osm_id, tags, on_grid(shape.point_on_surface())), found)


def _polygon(area: Any) -> Any:
    """A Polygon where one ring is enough; None when the rings cannot be made into one."""
    try:
        shape = shapely.from_wkb(_WKB.create_multipolygon(area))
    except (RuntimeError, shapely.errors.GEOSException):
        return None
    return shape.geoms[0] if len(shape.geoms) == 1 else shape


_WKB: Final = osmium.geom.WKBFactory()


def _take_place(element: Element, found: Extract) -> None:
    if element.tags.get("place") in SETTLEMENTS and element.tags.get("name", "").strip():
        found.settlements.append(element)
    if element.tags.get("amenity") in SITES:
        found.sites.append(element)


def _is_wood(tags: Tags) -> bool:
    return tags.get("natural") == "wood" or tags.get("landuse") == "forest"


def _is_boundary(tags: Mapping[str, str]) -> bool:
    return tags.get("boundary") == "administrative"


def _line(way: Any, tags: Tags, obstacles: Set[int] = frozenset()) -> Element:
    """The way with all nodes that the file knows; it falls into pieces where some are missing and at obstacles."""
    pieces: list[list[Position]] = [[]]
    missing, shut = 0, set()
    for node in way.nodes:
        if not node.location.valid():
            missing += 1
            pieces.append([])
            continue
        here = (node.lon, node.lat)
        if not pieces[-1] or pieces[-1][-1] != here:  # a repeated point adds no road
            pieces[-1].append(here)
        if node.ref in obstacles:
            shut.add(here)
            pieces.append([here])
    lines = [_open_part(piece, shut) for piece in pieces if len(piece) > 1]
    shape = None
    if lines:
        shape = shapely.LineString(lines[0]) if len(lines) == 1 else shapely.MultiLineString(lines)
    return Element(f"w{way.id}", tags, shape, is_cut=missing > 0)


def _open_part(piece: list[Position], shut: Set[Position]) -> list[Position]:
    """The piece without its last metres before the obstacles at its ends."""
    first = _short_of(piece[0], piece[1]) if piece[0] in shut else piece[0]
    last = _short_of(piece[-1], piece[-2]) if piece[-1] in shut else piece[-1]
    return [first, *piece[1:-1], last]


def _short_of(obstacle: Position, neighbour: Position) -> Position:
    share = min(_SHORT_M / float(crs.distance_m(*obstacle, *neighbour)), 0.4)
    lon, lat = (round(end + share * (start - end), 7) for end, start in zip(obstacle, neighbour, strict=True))
    return lon, lat
