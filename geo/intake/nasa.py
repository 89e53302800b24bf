"""NASA's two tables of detections, as they are downloaded: FIRMS (MODIS and VIIRS) and the Global Landslide Catalog."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import geopandas
import pandas as pd

from geo import crs
from geo.calendar import to_china
from geo.terms import DetectionKind, DetectionSource

_FIRMS_COLUMNS = {"latitude", "longitude", "acq_date", "acq_time", "satellite", "confidence", "frp"}
_GLC_COLUMNS = {"latitude", "longitude", "event_id", "event_date", "landslide_category", "location_accuracy"}


def is_nasa(frame: pd.DataFrame) -> bool:
    """Whether the columns are those of one of the two tables."""
    return set(frame.columns) >= _FIRMS_COLUMNS or set(frame.columns) >= _GLC_COLUMNS


def as_detections(frame: pd.DataFrame) -> pd.DataFrame:
    """The two NASA tables in the layer's columns; any other frame as it is."""
    if set(frame.columns) >= _FIRMS_COLUMNS:
        return _from_firms(frame)
    return _from_landslide_catalog(frame) if set(frame.columns) >= _GLC_COLUMNS else frame


def _from_firms(table: pd.DataFrame) -> pd.DataFrame:
    """FIRMS: date and time are UTC, the time as HHMM without leading zeros (300 is 03:00)."""
    instants = [_firms_instant(day, clock) for day, clock in zip(table["acq_date"], table["acq_time"], strict=True)]
    viirs = [_is_viirs(row) for row in table["confidence"]]
    columns = {
        "detection_id": [
            f"firms-{satellite}-{instant.astimezone(UTC):%Y%m%dT%H%M}-{lat}-{lon}" if instant else None
            for satellite, instant, lat, lon in zip(
                table["satellite"], instants, table["latitude"], table["longitude"], strict=True
            )
        ],
        "kind": DetectionKind.HOTSPOT.value,
        "source": [(DetectionSource.FIRMS_VIIRS if one else DetectionSource.FIRMS_MODIS).value for one in viirs],
        "detected_on": [instant.date() if instant else None for instant in instants],
        "detected_at": instants,
        "satellite": table["satellite"],
        "confidence": table["confidence"],
        "frp_mw": table["frp"],
        "accuracy": ["375 m pixel" if one else "1 km pixel" for one in viirs],
    }
    return _located(columns, table)


def _firms_instant(day: str, clock: str) -> datetime | None:
    """None when either is no date or time: the check then names the row."""
    try:
        hours, minutes = divmod(int(clock), 100)
        start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    except (ValueError, TypeError):
        return None
    return to_china(start + timedelta(hours=hours, minutes=minutes)) if hours < 24 and minutes < 60 else None


def _is_viirs(confidence: object) -> bool:
    """VIIRS grades confidence l, n, h; MODIS gives 0 to 100."""
    return str(confidence).strip().lower() in ("l", "n", "h", "low", "nominal", "high")


def _from_landslide_catalog(table: pd.DataFrame) -> pd.DataFrame:
    """NASA Global Landslide Catalog: the date counts; its clock time is a placeholder more often than not."""
    columns = {
        "detection_id": [f"glc-{event_id}" for event_id in table["event_id"]],
        "kind": DetectionKind.LANDSLIDE_REPORT.value,
        "source": DetectionSource.NASA_GLC.value,
        "detected_on": [_month_first_date(text) for text in table["event_date"]],
        "detected_at": None,
        "accuracy": table["location_accuracy"],
        "category": table["landslide_category"],
    }
    return _located(columns, table)


def _month_first_date(text: str) -> object:
    try:
        month, day, year = map(int, text.split()[0].split("/"))
        return date(year, month, day)
    except (ValueError, IndexError):
        return text  # the check names it


def _located(columns: dict[str, Any], table: pd.DataFrame) -> pd.DataFrame:
    """`columns` on the table's own places."""
    shapes = table.geometry.values if isinstance(table, geopandas.GeoDataFrame) else None
    frame: pd.DataFrame = geopandas.GeoDataFrame(columns, geometry=shapes, crs=crs.WGS84, index=table.index)
    return frame
