"""Which version of a layer a file was exported from, where its rows say so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from geo.errors import UnreadableFileError
from geo.intake.sources import Source
from geo.layers.spec import is_missing
from geo.origin import ORIGIN, parse_origin, unguarded


def with_origin(path: Path, source: Source) -> Source:
    """The source with the origin that its rows tell, and without the column that tells it.

    Rows without one are new. What the file does not say of its system, its origin does; the apostrophes before texts
    of a CSV that a spreadsheet could run are taken off again. UnreadableFileError for rows of several versions: each
    would have to be compared with another.
    """
    if ORIGIN not in source.frame.columns:
        return source
    told = {str(cell) for cell in source.frame[ORIGIN].tolist() if not is_missing(cell)}
    found = {origin for text in told if (origin := parse_origin(text)) is not None}
    if len(found) > 1:
        listed = ", ".join(sorted(map(str, found))[:5])
        raise UnreadableFileError(path, f"has rows of several exports ({listed}); import each export by itself")
    if not found or len(found) != len(told):
        return source
    (origin,) = found
    frame = source.frame.drop(columns=ORIGIN)
    if source.format == "CSV":
        frame = _unguarded(frame)
    faults = tuple(fault for fault in source.faults if fault.column != ORIGIN)
    return replace(source, frame=frame, origin=origin, declared_crs=source.declared_crs or origin.crs, faults=faults)


def _unguarded(frame: pd.DataFrame) -> pd.DataFrame:
    texts = [name for name in frame.columns if frame[name].dtype.kind in "OTU" or frame[name].dtype == "str"]
    return frame.assign(**{str(name): frame[name].map(_plain) for name in texts if name != "geometry"})


def _plain(cell: object) -> object:
    return unguarded(cell) if isinstance(cell, str) else cell
