"""`yixian record`, `check-in`, `stay`, `leave`: the record from the command line, as the actor `local`."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.language import _
from api.cli.opening import opened
from api.cli.options import AsJson, Data
from api.cli.printing import fail, print_json, stamp

Team = Annotated[str, typer.Argument(help="The team's id")]
Member = Annotated[str, typer.Argument(help="The member's id")]
Key = Annotated[str | None, typer.Option(help="The same key and content again record nothing.")]


def record(
    kind: Annotated[str, typer.Argument(help="A door of the API, such as closures, or a kind, such as closure_lifted")],
    file: Annotated[
        Path, typer.Argument(help="JSON as the API takes it: an object or a list; - reads what is piped in")
    ],
    key: Key = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Record what a JSON file says, all of it or nothing."""
    import sys

    import orjson

    from geo.files import read_bytes

    try:
        sent = orjson.loads(sys.stdin.buffer.read() if str(file) == "-" else read_bytes(file))
    except orjson.JSONDecodeError as reason:
        fail(_("{file} is not JSON: {reason}", file=file, reason=reason))
    _record(kind, sent, key, data, as_json)


def check_in(
    team: Team,
    member: Member,
    lon: Annotated[float, typer.Argument(help="Longitude, or metres east where --crs is a projected system")],
    lat: Annotated[float, typer.Argument(help="Latitude, or metres north")],
    crs: Annotated[str, typer.Option(help="EPSG:4326, GCJ-02, BD-09, EPSG:4546 …")] = "EPSG:4326",
    at: Annotated[str | None, typer.Option(help="Date and time; by default now")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """A member is at a place."""
    sent = {"team_id": team, "member_id": member, "lon": lon, "lat": lat, "crs": crs, "device_time": at}
    _record("check_in", sent, None, data, as_json)


def stay(
    team: Team,
    village: Annotated[str, typer.Argument(help="The village's 12-digit code")],
    night: Annotated[str, typer.Argument(help="The evening's date, such as 2022-12-20")],
    member: Annotated[str | None, typer.Option(help="Who stayed, where it is known")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """A night that a paper register tells of."""
    sent = {"team_id": team, "village_code": village, "night": night, "member_id": member}
    _record("stay_declared", sent, None, data, as_json)


def leave(
    team: Team,
    member: Member,
    first_day: Annotated[str, typer.Argument(help="The first day of leave")],
    last_day: Annotated[str, typer.Argument(help="The last day of leave")],
    reason: Annotated[str | None, typer.Option(help="Why")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """A member is away, with leave."""
    sent = {"team_id": team, "member_id": member, "first_day": first_day, "last_day": last_day, "reason": reason}
    _record("leave", sent, None, data, as_json)


def _record(kind: str, sent: Any, key: str | None, data: Path | None, as_json: bool) -> None:
    from api import models
    from api.access import LOCAL
    from api.drafts import drafts_of, key_of

    with closing(opened(data)) as services:
        now = services.now()
        if kind == "check_in" and sent["device_time"] is None:
            sent["device_time"] = now.isoformat()
        receipt = services.write(LOCAL, drafts_of(kind, sent, now=now), key=key_of(key))
        seen = services.caught_up()
        body = models.receipt(receipt, seen.board, now)
        if as_json:
            print_json(body)
            return
        several = _("{first} to {last}", first=receipt.first, last=receipt.last)
        numbers = str(receipt.first) if receipt.first == receipt.last else several
        done = _("was recorded before") if receipt.repeated else _("recorded")
        typer.echo(_("{done}: event {numbers}", done=done, numbers=numbers))
        for place in body["placed"]:
            typer.echo(_counts(place))
        typer.echo(stamp(seen, now))


def _counts(place: dict[str, Any]) -> str:
    if place["village_code"] is not None:
        return _("event {event} counts in {village}", event=place["sequence"], village=place["village_code"])
    return _(
        "event {event} counts nowhere: {distance:,.0f} m from {village}",
        event=place["sequence"],
        distance=place["distance_m"],
        village=place["near_code"],
    )
