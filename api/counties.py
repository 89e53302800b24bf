"""A whole county into a new data folder, from one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from geo import store
from geo.atlas import Atlas, Provenance, build
from geo.calendar import to_china
from geo.errors import InputError
from geo.intake.osm import county_from_osm
from geo.intake.osm.lines import Tally


@dataclass(frozen=True, slots=True)
class CountyReport:
    """What a new county is made of. `bounds` are west, south, east, north in degrees; `date` is that of the data."""

    folder: Path
    source: str
    county: str
    date: datetime
    bounds: tuple[float, float, float, float]
    metric_crs: str
    rows: Mapping[str, int]
    tallies: Mapping[str, Tally]
    notes: tuple[str, ...]
    version: str


def begin_from_osm(folder: Path, osm_file: Path, *, now: datetime) -> CountyReport:
    """Make `folder`, which must hold no county yet, the county of an OpenStreetMap file, all or nothing.

    InputError when the folder holds something, DataError when the file cannot be read or holds no county,
    BusyFolderError while another program writes there. Without a date in the file, now is the data's date.
    """
    with store.writing(folder):
        if not store.is_absent(folder):
            raise InputError(f"{folder} exists already and is not touched; name a new folder")
        made = county_from_osm(osm_file)
        date = to_china(made.data_date or now)
        # What a service could not open is not written.
        atlas = build(made.layers, Provenance("new", date), network_of=store.network_kept(folder))
        manifest = store.create_county(folder, made.layers, date=date, imported_at=now, source=made.source)
    return CountyReport(
        folder=folder,
        source=made.source,
        county=str(made.layers["county"]["name"].iloc[0]),
        date=date,
        bounds=made.bounds,
        metric_crs=made.metric_crs,
        rows={name: len(frame) for name, frame in made.layers.items()},
        tallies=dict(made.tallies),  # a plain one, which JSON can hold
        notes=(*made.notes, *_told(atlas)),
        version=manifest.version,
    )


def _told(atlas: Atlas) -> list[str]:
    return [] if atlas.network_report is None else [f"network: {atlas.network_report.note}"]
