"""What a collection is and what its features can be asked by, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Any, Final, Literal

from geo.features.boxes import Bounds
from geo.features.systems import System
from geo.features.times import TIMES, Span
from geo.layers.spec import Column, ColumnKind, LayerSpec, Shape
from geo.terms import WORDS

GEOMETRY: Final = "geometry"
_TYPES: Final[Mapping[ColumnKind, tuple[str, str | None]]] = MappingProxyType(
    {
        ColumnKind.TEXT: ("string", None),
        ColumnKind.TERM: ("string", None),
        ColumnKind.TERMS: ("string", None),
        ColumnKind.INTEGER: ("integer", None),
        ColumnKind.LEVEL: ("integer", None),
        ColumnKind.NUMBER: ("number", None),
        ColumnKind.BOOLEAN: ("boolean", None),
        ColumnKind.DATE: ("string", "date"),
        ColumnKind.INSTANT: ("string", "date-time"),
    }
)
_FORMATS: Final[Mapping[Shape, str]] = MappingProxyType(
    {
        Shape.POINT: "geometry-point",
        Shape.LINE: "geometry-linestring-or-multilinestring",
        Shape.POLYGON: "geometry-polygon-or-multipolygon",
        Shape.LINE_OR_POLYGON: "geometry-any",
    }
)
_UNITS: Final = {
    "m": "m",
    "km": "km",
    "km2": "km2",
    "kph": "km/h",
    "mw": "MW",
    "cny": "CNY",
    "s": "s",
    "minutes": "min",
}


@dataclass(frozen=True, slots=True)
class Code:
    """One value of a closed vocabulary, and what it is called."""

    value: str | int
    title_zh: str
    title_en: str


@dataclass(frozen=True, slots=True)
class Queryable:
    """One property of a collection: JSON type and format, unit (UCUM) or None, bounds, and the codes it may have.

    `several`: its text may name several of the codes, with semicolons between. The geometry has the type None and one
    of Part 3's formats.
    """

    name: str
    title_zh: str
    title_en: str
    type: str | None
    format: str | None = None
    unit: str | None = None
    required: bool = False
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    codes: tuple[Code, ...] = ()
    several: bool = False


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """One collection: a layer, or an answer as features.

    `bounds` are west, south, east, north in CRS84, padded outward; None where nothing has a place. `times` is the span
    of its rows; None where they tell none. `systems` are those it is served in, none for a table; the first of them is
    also what it is kept in. `items` is None for an answer that nobody has asked for yet. `mark` changes when the
    features could.
    """

    id: str
    title_zh: str
    title_en: str
    kind: Literal["layer", "answer"]
    key: str
    is_live: bool
    bounds: Bounds | None
    times: Span | None
    time_columns: tuple[str, ...]
    systems: tuple[System, ...]
    items: int | None
    queryables: tuple[Queryable, ...]
    mark: str

    @property
    def storage(self) -> System | None:
        """The system that its places are kept in."""
        return self.systems[0] if self.systems else None


def queryables(spec: LayerSpec) -> tuple[Queryable, ...]:
    """The public columns of a layer in their order, and its geometry."""
    found = tuple(_queryable(column) for column in spec.columns if not column.restricted)
    if spec.is_table:
        return found
    return (*found, Queryable(GEOMETRY, "几何图形", "geometry", None, _FORMATS[spec.shape], required=True))


def time_columns(name: str) -> tuple[str, ...]:
    """The columns that say when a collection's features are: none, one, or those of begin and end."""
    return tuple(dict.fromkeys(TIMES.get(name, ())))


def _queryable(column: Column) -> Queryable:
    kind, form = _TYPES[column.kind]
    return Queryable(
        name=column.name,
        title_zh=column.title_zh,
        title_en=column.title_en,
        type=kind,
        format=form,
        unit=_UNITS.get(column.name.rpartition("_")[2]),
        required=column.required,
        pattern=column.pattern,
        minimum=column.minimum,
        maximum=column.maximum,
        codes=_codes(column.vocabulary),
        several=column.kind is ColumnKind.TERMS,
    )


def _codes(vocabulary: type[StrEnum] | type[IntEnum] | None) -> tuple[Code, ...]:
    terms: tuple[Any, ...] = tuple(vocabulary or ())
    return tuple(_code(term, WORDS.get(vocabulary, {}).get(term)) for term in terms)  # type: ignore[arg-type]  # a vocabulary without words has none


def _code(term: Any, words: tuple[tuple[str, ...], tuple[str, ...]] | None) -> Code:
    value = int(term) if isinstance(term, IntEnum) else str(term)
    named = term.name.lower().replace("_", " ")
    return Code(value, words[0][0] if words else named, named)
