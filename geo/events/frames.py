"""Checked frames as drafts: stays, nights, incidents, closures, check-ins and leave as imports into the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import chain
from types import MappingProxyType
from typing import Any, Final

import pandas as pd

from geo import crs
from geo.events.bodies import (
    CheckIn,
    CheckOut,
    ClosureOpened,
    Draft,
    IncidentClosed,
    IncidentOpened,
    Leave,
    StayDeclared,
)
from geo.terms import ClosureCause, IncidentKind, Passage, RoadEffect, VehicleClass

Drafts = tuple[Draft, ...]


def events_of_frames(
    stays: pd.DataFrame | None = None,
    incidents: pd.DataFrame | None = None,
    closures: pd.DataFrame | None = None,
) -> list[Draft]:
    """Drafts of checked frames (None: no such layer), in the order of their rows; a Board of them tells the same.

    A stay becomes a declared one with its times, an incident one or two events: opened, and closed where it was
    handled.
    """
    given = {"stays": stays, "incidents": incidents, "closures": closures}
    return [
        draft for name, frame in given.items() if frame is not None for draft in chain(*events_of_rows(name, frame))
    ]


def events_of_rows(name: str, frame: pd.DataFrame) -> Iterator[Drafts]:
    """The drafts of each row of a checked frame, in order: `name` is a live layer's or a format's.

    A row of check-ins is one event, or two where it tells when the member left again.
    """
    return _ROWS[name](frame)


def _stays(frame: pd.DataFrame) -> Iterator[Drafts]:
    # A check-in at 24:00 sharp is of the day before (R07).
    return _declared(frame, (frame["check_in"] - timedelta(microseconds=1)).dt.date.tolist())


def _nights(frame: pd.DataFrame) -> Iterator[Drafts]:
    return _declared(frame, frame["night"].tolist())


def _declared(frame: pd.DataFrame, nights: Sequence[date]) -> Iterator[Drafts]:
    names = ("stay_id", "team_id", "member_id", "village_code", "synthetic")
    times = _instants(frame, "check_in", "check_out")
    for night, row, check_in, check_out in zip(nights, _rows(frame, names), *times, strict=True):
        stay_id, team_id, member_id, village_code, synthetic = row
        stay = StayDeclared(
            team_id=team_id,
            village_code=village_code,
            night=night,
            member_id=member_id,
            check_in=check_in,
            check_out=check_out,
            stay_id=stay_id,
            synthetic=synthetic,
        )
        yield (Draft.of(stay),)


def _incidents(frame: pd.DataFrame) -> Iterator[Drafts]:
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
        closed = [] if handled is None else [Draft.of(IncidentClosed(incident_id=incident_id), handled)]
        yield Draft.of(opened, discovered), *closed


def _closures(frame: pd.DataFrame) -> Iterator[Drafts]:
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
        yield (Draft.of(opened, from_at),)


def _check_ins(frame: pd.DataFrame) -> Iterator[Drafts]:
    system_of = {name: crs.name_of(name) for name in frame["crs"].dropna().unique()}
    names = ("team_id", "member_id", "kind", "lon", "lat", "crs", "accuracy_m")
    times = _instants(frame, "device_time", "received_at", "check_out")
    for row, device_time, received_at, left_at in zip(_rows(frame, names), *times, strict=True):
        team_id, member_id, kind, lon, lat, system, accuracy_m = row
        told: dict[str, Any] = {
            "team_id": team_id,
            "member_id": member_id,
            "device_time": device_time,
            "received_at": received_at,
            "accuracy_m": accuracy_m,
        }
        if lon is not None:
            told |= {"lon": lon, "lat": lat, "crs": system_of[system]}
        if kind == Passage.CHECK_OUT:
            yield (Draft.of(CheckOut(**told)),)
        elif left_at is None:
            yield (Draft.of(CheckIn(**told)),)
        else:
            # A row received before the member left was received again then: its own time is of the check-in.
            heard = None if received_at is None else max(received_at, left_at)
            left = CheckOut(team_id=team_id, member_id=member_id, device_time=left_at, received_at=heard)
            yield Draft.of(CheckIn(**told)), Draft.of(left)


def _leave(frame: pd.DataFrame) -> Iterator[Drafts]:
    for team_id, member_id, first_day, last_day, reason in _rows(
        frame, ("team_id", "member_id", "first_day", "last_day", "reason")
    ):
        leave = Leave(team_id=team_id, member_id=member_id, first_day=first_day, last_day=last_day, reason=reason)
        yield (Draft.of(leave),)


def _rows(frame: pd.DataFrame, names: Iterable[str]) -> Iterable[tuple[Any, ...]]:
    """The rows of some columns as plain values, what is missing as None."""
    columns = [frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in names]
    return zip(*columns, strict=True)


def _instants(frame: pd.DataFrame, *names: str) -> list[list[datetime | None]]:
    return [[None if pd.isna(one) else one.to_pydatetime() for one in frame[name]] for name in names]


_ROWS: Final[Mapping[str, Callable[[pd.DataFrame], Iterator[Drafts]]]] = MappingProxyType(
    {
        "stays": _stays,
        "incidents": _incidents,
        "closures": _closures,
        "check_ins": _check_ins,
        "leave": _leave,
        "nights": _nights,
    }
)
