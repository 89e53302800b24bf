"""NASA's two tables of detections, as they are downloaded: FIRMS (MODIS and VIIRS) and the Global Landslide Catalog.

Their documentation fixes what each column means (all places in WGS84, FIRMS times in UTC), so they need no mapping;
several of the layer's columns are made of more than one of theirs. Column names are compared without case, spaces and
underscores, since NASA's exports differ in them (event_date, Event Date, ACQ_DATE).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import geopandas
import pandas as pd

from geo import crs
from geo.calendar import to_china
from geo.intake.dates import digits_of, year_first
from geo.intake.headings import normalised
from geo.intake.refusals import CellProblem
from geo.layers.spec import is_missing
from geo.terms import DetectionKind, DetectionSource

_FIRMS = ("acq_date", "acq_time", "satellite", "confidence", "frp")
_GLC = ("event_id", "event_date", "landslide_category", "location_accuracy")
_PLACE = ("latitude", "longitude")
_VIIRS_CONFIDENCE = ("l", "n", "h", "low", "nominal", "high")
_MONTH_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:\s+\d{1,2}:\d{2}(?::\d{2})?(?:\s*[AP]M)?)?", re.ASCII | re.I)


@dataclass(frozen=True, eq=False)
class Table:
    """A NASA table as the columns of `detections`. `sources` names for each the table's own columns it is made of."""

    title: str
    columns: Mapping[str, Any]
    sources: Mapping[str, tuple[str, ...]]
    places: tuple[str, ...]
    problems: tuple[tuple[str, CellProblem], ...]


def is_nasa(frame: pd.DataFrame) -> bool:
    """Whether the columns are those of one of the two tables."""
    return _names(frame, _FIRMS) is not None or _names(frame, _GLC) is not None


def as_detections(frame: pd.DataFrame) -> pd.DataFrame:
    """The two NASA tables in the layer's columns on their own places; any other frame as it is."""
    table = read(frame)
    if table is None:
        return frame
    shapes = frame.geometry.values if isinstance(frame, geopandas.GeoDataFrame) else None
    located: pd.DataFrame = geopandas.GeoDataFrame(
        dict(table.columns), geometry=shapes, crs=crs.WGS84, index=frame.index
    )
    return located


def read(frame: pd.DataFrame) -> Table | None:
    """`frame` as a NASA table, or None when it is neither of the two."""
    for names, reader in ((_names(frame, _FIRMS), _from_firms), (_names(frame, _GLC), _from_landslide_catalog)):
        if names is not None:
            return reader(frame, names)
    return None


def _names(frame: pd.DataFrame, required: Sequence[str]) -> dict[str, str] | None:
    """The frame's own names by their normal form, when all `required` ones and a place are there."""
    own = {normalised(str(name)): str(name) for name in reversed(frame.columns)}
    placed = isinstance(frame, geopandas.GeoDataFrame) or all(name in own for name in _PLACE)
    return own if placed and all(normalised(name) in own for name in required) else None


def _cells(frame: pd.DataFrame, names: Mapping[str, str], name: str) -> list[Any]:
    """A column's cells; a missing column has none in any row."""
    own = names.get(normalised(name))
    if own is None:
        return [None] * len(frame)
    cells: list[Any] = frame.loc[:, frame.columns == own].iloc[:, 0].tolist()
    return cells


def _from_firms(frame: pd.DataFrame, names: Mapping[str, str]) -> Table:
    """FIRMS: date and time are UTC, the time as HHMM with or without leading zeros (300 and 0300 are 03:00)."""
    days, clocks = _cells(frame, names, "acq_date"), _cells(frame, names, "acq_time")
    instants = [_firms_instant(day, clock) for day, clock in zip(days, clocks, strict=True)]
    satellites = [_text(value) for value in _cells(frame, names, "satellite")]
    confidence = [_text(value) for value in _cells(frame, names, "confidence")]
    witnesses = (_cells(frame, names, name) for name in ("instrument", "bright_ti4"))
    viirs = [_is_viirs(*row) for row in zip(confidence, satellites, *witnesses, strict=True)]
    columns = {
        "detection_id": [
            f"firms-{satellite}-{instant.astimezone(UTC):%Y%m%dT%H%M}-{place}" if instant else None
            for satellite, instant, place in zip(satellites, instants, _places(frame, names), strict=True)
        ],
        "kind": DetectionKind.HOTSPOT.value,
        "source": [(DetectionSource.FIRMS_VIIRS if one else DetectionSource.FIRMS_MODIS).value for one in viirs],
        "detected_on": [instant.date() if instant else None for instant in instants],
        "detected_at": instants,
        "satellite": satellites,
        "confidence": confidence,
        "frp_mw": _cells(frame, names, "frp"),
        "accuracy": ["375 m pixel" if one else "1 km pixel" for one in viirs],
    }
    problem = "are no date and UTC time as FIRMS writes them (2022-04-04 and 300 for 03:00)"
    problems = [
        ("detected_at", CellProblem(row, f"{days[row]} {clocks[row]}", problem, ""))
        for row, instant in enumerate(instants)
        if instant is None
    ]
    when = ("acq_date", "acq_time")
    sources = {
        "detection_id": ("satellite", *when, *_PLACE),
        "source": ("instrument", "bright_ti4", "satellite", "confidence"),
        "detected_on": when,
        "detected_at": when,
        "satellite": ("satellite",),
        "confidence": ("confidence",),
        "frp_mw": ("frp",),
        "accuracy": ("instrument", "bright_ti4", "satellite", "confidence"),
    }
    return _table("NASA FIRMS", columns, sources, names, problems)


def _firms_instant(day: Any, clock: Any) -> datetime | None:
    """The instant in China Standard Time; None when either is no date or time."""
    digits = digits_of(clock) or str(clock).strip()
    start = day if isinstance(day, date) else _first_date(str(day))
    if start is None or pd.isna(start) or not re.fullmatch(r"\d{1,4}", digits, re.ASCII):
        return None
    hours, minutes = divmod(int(digits), 100)
    midnight = datetime(start.year, start.month, start.day, tzinfo=UTC)
    return to_china(midnight + timedelta(hours=hours, minutes=minutes)) if hours < 24 and minutes < 60 else None


def _is_viirs(confidence: str | None, satellite: str | None, instrument: Any, bright_ti4: Any) -> bool:
    """The instrument where it is named; else by channel I4, the words l, n, h, or a satellite that only has VIIRS.

    VIIRS flies on Suomi NPP (N), NOAA-20 (1, later N20) and NOAA-21 (2, later N21); MODIS on Terra (T) and Aqua (A).
    """
    if not is_missing(instrument):
        return str(instrument).strip().upper() == "VIIRS"
    if (confidence or "").lower() in _VIIRS_CONFIDENCE or not is_missing(bright_ti4):
        return True
    return (satellite or "").upper() in ("N", "1", "2", "N20", "N21")


def _places(frame: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """Latitude and longitude for the ids, from the table's columns or else from its points; text stays as given."""
    if all(name in names for name in _PLACE):
        pairs = zip(*(_cells(frame, names, name) for name in _PLACE), strict=True)
        return ["-".join(str(value).strip() for value in pair) for pair in pairs]
    points = frame.geometry.values
    return ["none" if point is None or point.is_empty else f"{point.y:.5f}-{point.x:.5f}" for point in points]


def _from_landslide_catalog(frame: pd.DataFrame, names: Mapping[str, str]) -> Table:
    """NASA Global Landslide Catalog: the date counts; its clock time is a placeholder more often than not."""
    dates = _cells(frame, names, "event_date")
    numbers = [_text(value) for value in _cells(frame, names, "event_id")]
    columns = {
        "detection_id": [None if number is None else f"glc-{number}" for number in numbers],
        "kind": DetectionKind.LANDSLIDE_REPORT.value,
        "source": DetectionSource.NASA_GLC.value,
        "detected_on": [_glc_date(value) for value in dates],
        "detected_at": None,
        "accuracy": _cells(frame, names, "location_accuracy"),
        "category": _cells(frame, names, "landslide_category"),
    }
    sources = {
        "detection_id": ("event_id",),
        "detected_on": ("event_date",),
        "accuracy": ("location_accuracy",),
        "category": ("landslide_category",),
    }
    return _table("NASA Global Landslide Catalog", columns, sources, names, [])


def _glc_date(value: Any) -> Any:
    """The catalogue writes the month first (7/11/2010 0:00, 07/11/2010 12:00:00 AM); later exports the year first."""
    if is_missing(value) or isinstance(value, date):
        return value
    found = _MONTH_FIRST.fullmatch(str(value).strip())
    try:
        day = date(int(found[3]), int(found[1]), int(found[2])) if found else _first_date(str(value))
    except ValueError:
        day = None
    return value if day is None else day  # the check names what is no date


def _first_date(text: str) -> date | None:
    found = year_first(text)
    return found[0] if found else None


def _text(value: Any) -> str | None:
    """A cell as text; whole numbers without the .0 that a column with gaps adds."""
    return None if is_missing(value) else digits_of(value) or str(value).strip()


def _table(
    title: str,
    columns: Mapping[str, Any],
    sources: Mapping[str, tuple[str, ...]],
    names: Mapping[str, str],
    problems: Sequence[tuple[str, CellProblem]],
) -> Table:
    """The sources under the table's own spelling, without those that it does not have."""
    own = {
        target: tuple(names[normalised(name)] for name in made_of if normalised(name) in names)
        for target, made_of in sources.items()
    }
    places = tuple(names[name] for name in _PLACE if name in names)
    return Table(title, MappingProxyType(dict(columns)), MappingProxyType(own), places, tuple(problems))
