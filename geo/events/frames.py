"""Checked frames of the live layers as drafts: layers of stays, incidents and closures are import formats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from geo.events.bodies import ClosureOpened, Draft, IncidentClosed, IncidentOpened, StayDeclared
from geo.terms import ClosureCause, IncidentKind, RoadEffect, VehicleClass


def events_of_frames(
    stays: pd.DataFrame | None = None,
    incidents: pd.DataFrame | None = None,
    closures: pd.DataFrame | None = None,
) -> list[Draft]:
    """Drafts of checked frames (None: no such layer), in the order of their rows; a Board of them tells the same.

    A stay becomes a declared one with its times, an incident one or two events: opened, and closed where it was
    handled.
    """
    return [
        *([] if stays is None else _stays(stays)),
        *([] if incidents is None else _incidents(incidents)),
        *([] if closures is None else _closures(closures)),
    ]


def _stays(frame: pd.DataFrame) -> Iterator[Draft]:
    names = ("stay_id", "team_id", "member_id", "village_code", "synthetic")
    for row, check_in, check_out in zip(_rows(frame, names), *_instants(frame, "check_in", "check_out"), strict=True):
        stay_id, team_id, member_id, village_code, synthetic = row
        yield Draft.of(
            StayDeclared(
                team_id=team_id,
                village_code=village_code,
                night=(check_in - timedelta(microseconds=1)).date(),
                member_id=member_id,
                check_in=check_in,
                check_out=check_out,
                stay_id=stay_id,
                synthetic=synthetic,
            )
        )


def _incidents(frame: pd.DataFrame) -> Iterator[Draft]:
    names = ("incident_id", "kind", "summary", "synthetic")
    times = _instants(frame, "discovered_at", "notified_at", "handled_at")
    for row, shape, discovered, notified, handled in zip(_rows(frame, names), frame.geometry, *times, strict=True):
        incident_id, kind, summary, synthetic = row
        opened = IncidentOpened(
            incident_id=incident_id,
            kind=IncidentKind(kind),
            lon=shape.x,
            lat=shape.y,
            summary=summary,
            notified_at=notified,
            synthetic=synthetic,
        )
        yield Draft.of(opened, discovered)
        if handled is not None:
            yield Draft.of(IncidentClosed(incident_id=incident_id), handled)


def _closures(frame: pd.DataFrame) -> Iterator[Draft]:
    names = ("closure_id", "name", "description", "cause", "effect", "speed_kph", "vehicles", "source", "synthetic")
    for row, shape, from_at, to_at in zip(
        _rows(frame, names), frame.geometry, *_instants(frame, "from_at", "to_at"), strict=True
    ):
        closure_id, name, description, cause, effect, speed_kph, vehicles, source, synthetic = row
        opened = ClosureOpened(
            closure_id=closure_id,
            name=name,
            description=description,
            cause=ClosureCause(cause),
            effect=RoadEffect(effect),
            speed_kph=speed_kph,
            vehicles=VehicleClass(vehicles),
            shape=shape,
            to_at=to_at,
            source=source,
            synthetic=synthetic,
        )
        yield Draft.of(opened, from_at)


def _rows(frame: pd.DataFrame, names: Iterable[str]) -> Iterable[tuple[Any, ...]]:
    """The rows of some columns as plain values, what is missing as None."""
    columns = [frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in names]
    return zip(*columns, strict=True)


def _instants(frame: pd.DataFrame, *names: str) -> list[list[datetime | None]]:
    return [[None if pd.isna(one) else one.to_pydatetime() for one in frame[name]] for name in names]
