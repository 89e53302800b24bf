"""The fields of events: how each is read from JSON, with an InputError that names the field and says what is allowed.

A field's type carries its reader: `Annotated[str, text]`. Readers take the value and the field's name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Any, Final

import orjson
import shapely

from geo import crs
from geo.calendar import parse_instant, to_china
from geo.errors import InputError, LimitError

Reader = Callable[[object, str], Any]

LONGEST_TEXT: Final = 500
YEARS: Final = (1900, 2199)
MOST_IN_SCOPE: Final = 1_000
MOST_IN_GRIDS: Final = 10_000
"""Limits of what a client sends; what is recorded is read back whatever they are."""
_VILLAGE = re.compile(r"\d{12}", re.ASCII)
_GRID = re.compile(r"\d{15}", re.ASCII)
_AREA = re.compile(r"\d{6}|\d{9}|\d{12}", re.ASCII)
_SHAPES: Final = ("LineString", "MultiLineString", "Polygon", "MultiPolygon")


def refuse(value: object, field: str, allowed: str) -> InputError:
    """The error for a value that a field does not take."""
    met = repr(value)
    return InputError(f"{field}: {met[:80]}{'…' if len(met) > 80 else ''} is not {allowed}", parameter=field)


def limited(value: object, field: str) -> None:
    """InputError when a value that a client sent is beyond the limits."""
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        raise _beyond(f"a text of {len(value):,} characters", field, LONGEST_TEXT)
    if isinstance(value, tuple) and len(value) > MOST_IN_SCOPE:
        raise _beyond(f"a list of {len(value):,} codes", field, MOST_IN_SCOPE)
    if isinstance(value, Mapping):
        if sum(map(len, value.values())) > MOST_IN_GRIDS:
            raise _beyond(f"{sum(map(len, value.values())):,} members", field, MOST_IN_GRIDS)
        for name in (*value, *(member_id for members in value.values() for member_id in members)):
            limited(name, field)
    if isinstance(value, date) and not YEARS[0] <= value.year <= YEARS[1]:
        raise refuse(str(value), field, f"between the years {YEARS[0]} and {YEARS[1]}")


def _beyond(met: str, field: str, most: int) -> LimitError:
    return LimitError(f"{field}: {met}; at most {most:,} are taken", parameter=field, limit=most)


def text(value: object, field: str) -> str:
    """A text without blanks at its ends. A code is one too, and never a number."""
    stripped = value.strip() if isinstance(value, str) else ""
    if not stripped or "\0" in stripped:
        raise refuse(value, field, f"a text of 1 to {LONGEST_TEXT} characters")
    if not stripped.isascii():
        try:
            stripped.encode()
        except UnicodeEncodeError:
            raise refuse(value, field, "a text that can be written as UTF-8") from None
    return stripped


def village_code(value: object, field: str) -> str:
    """A village's code: 12 digits, as text."""
    if not isinstance(value, str) or _VILLAGE.fullmatch(value) is None:
        raise refuse(value, field, "a village code: 12 digits, as text")
    return value


def scope(value: object, field: str) -> tuple[str, ...]:
    """Codes of a county (6 digits), of towns (9) or of villages (12): a list without repeats, in order."""
    if not isinstance(value, list | tuple) or not value:
        raise refuse(value, field, f"a list of 1 to {MOST_IN_SCOPE} codes")
    for one in value:
        if not isinstance(one, str) or _AREA.fullmatch(one) is None:
            raise refuse(one, field, "the code of a county (6 digits), a town (9) or a village (12), as text")
    return tuple(sorted(set(value)))


def grids(value: object, field: str) -> Mapping[str, Mapping[str, str]]:
    """Grid codes by the ids of teams and of their members: {team_id: {member_id: grid code}}, nothing empty."""
    return _by_id(value, field, lambda members, name: _by_id(members, name, grid_code))


def grid_code(value: object, field: str) -> str:
    """A grid's code: 15 digits, as text."""
    if not isinstance(value, str) or _GRID.fullmatch(value) is None:
        raise refuse(value, field, "a grid code: 15 digits, as text")
    return value


def _by_id(value: object, field: str, reader: Reader) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not value:
        raise refuse(value, field, "an object such as {team_id: {member_id: grid code}}, nothing in it empty")
    found = {text(name, field): reader(one, field) for name, one in value.items()}
    if len(found) < len(value):
        raise refuse(value, field, "an object that names each team and member once")
    return found


def number(value: object, field: str) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e9:
        raise refuse(value, field, "a number between -1e9 and 1e9")
    return float(value)


def amount(value: object, field: str) -> float:
    """A number of at least 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise refuse(value, field, "a number of at least 0")
    return float(value)


def speed_kph(value: object, field: str) -> float:
    """A speed from 1 to 130 km/h."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= 130:
        raise refuse(value, field, "a speed from 1 to 130 km/h")
    return float(value)


def flag(value: object, field: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise refuse(value, field, "true or false")
    return value


def sequence(value: object, field: str) -> int:
    """The sequence number of an event."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 2**63:
        raise refuse(value, field, "the sequence number of an event: a whole number from 1")
    return value


def count(value: object, field: str) -> int:
    """How often something happened."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 2**63:
        raise refuse(value, field, "a whole number from 1")
    return value


def day(value: object, field: str) -> date:
    """A date, ISO 8601."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    elif isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise refuse(value, field, "an ISO 8601 date such as 2022-12-23")


def instant(value: object, field: str) -> datetime:
    """A date-time, ISO 8601; without a zone it is local. A date alone is no instant."""
    if isinstance(value, str) and len(value) > len("2022-12-23"):
        try:
            return parse_instant(value)
        except InputError:
            pass
    elif isinstance(value, datetime):
        return to_china(value)
    raise refuse(value, field, "an ISO 8601 date-time such as 2022-12-23T10:00+08:00")


def crs_name(value: object, field: str) -> str:
    """The one name of a coordinate system: EPSG:4326, EPSG:4546, GCJ-02, BD-09 … ; UnknownCrsError otherwise."""
    if not isinstance(value, str) or not value:
        raise refuse(value, field, "a coordinate system such as EPSG:4326, GCJ-02 or BD-09")
    return _one_name(value)


@lru_cache(maxsize=64)
def _one_name(value: str) -> str:
    return crs.name_of(value)


def shape(value: object, field: str) -> Any:
    """A line or an area: a shape, or GeoJSON of one, in WGS84 degrees."""
    if isinstance(value, shapely.Geometry):
        found: Any = value
    elif isinstance(value, dict) and value.get("type") in _SHAPES:
        try:
            found = shapely.from_geojson(orjson.dumps(value))
        except (shapely.errors.GEOSException, orjson.JSONEncodeError):
            raise refuse(value, field, "a GeoJSON geometry") from None
    else:
        raise refuse(value, field, f"a GeoJSON geometry, one of {', '.join(_SHAPES)}")
    if found.geom_type not in _SHAPES or found.is_empty or not math.isfinite(sum(found.bounds)):
        raise refuse(value, field, f"a geometry with a place, one of {', '.join(_SHAPES)}")
    return shapely.force_2d(found)


Text = Annotated[str, text]
Code = Annotated[str, text]
VillageCode = Annotated[str, village_code]
Scope = Annotated[tuple[str, ...], scope]
Grids = Annotated[Mapping[str, Mapping[str, str]], grids]
Number = Annotated[float, number]
Amount = Annotated[float, amount]
SpeedKph = Annotated[float, speed_kph]
Flag = Annotated[bool, flag]
Sequence = Annotated[int, sequence]
Count = Annotated[int, count]
Day = Annotated[date, day]
Instant = Annotated[datetime, instant]
CrsName = Annotated[str, crs_name]
Shape = Annotated[Any, shape]
