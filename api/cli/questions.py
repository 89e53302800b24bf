"""`yixian nearest`: parses, asks, and prints the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.language import _, heard, term
from api.cli.opening import opened, supposed
from api.cli.options import AsJson, At, Available, Closures, Data
from api.cli.printing import origin, print_json, print_table, stamp

if TYPE_CHECKING:
    from api.wiring import Services
    from geo.dispatch import Arrival
    from geo.nearest import NearestAnswer

NEGATIVE_NUMBERS = {"ignore_unknown_options": True}
"""For a sub-command that takes a place: a negative longitude is no option."""

Lon = Annotated[float, typer.Argument(help="Longitude, WGS84 degrees")]
Lat = Annotated[float, typer.Argument(help="Latitude, WGS84 degrees")]
Kind = Annotated[str | None, typer.Option(help="city or township")]
Skill = Annotated[str | None, typer.Option(help="Only teams with this skill")]


def nearest(
    lon: Lon,
    lat: Lat,
    k: Annotated[int, typer.Option(help="How many teams")] = 3,
    kind: Kind = None,
    skill: Skill = None,
    basis: Annotated[str | None, typer.Option(help="road or straight [default: road where there are roads]")] = None,
    at: At = None,
    available: Available = None,
    closures: Closures = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The k teams that are first at a place."""
    from api import models, params
    from geo.nearest import nearest as ask

    services = opened(data)
    answer = ask(
        services.atlas,
        services.board,
        lon,
        lat,
        at=params.at(at, services.now()),
        k=k,
        kind=params.team_kind(kind),
        skill=params.skill(skill),
        basis=params.basis(basis),
        available=params.available(available),
        supposed=supposed(closures),
        paths=as_json,
    )
    if as_json:
        print_json(models.nearest(answer))
    else:
        _print_nearest(answer, services)


def _print_nearest(answer: NearestAnswer, services: Services) -> None:
    from geo.terms import Basis

    place = answer.place
    zones = (_("{zone} (level {level})", zone=zone.name, level=zone.level) for zone in place.zones)
    where = _(
        "{town} {village} · grid {grid} · zones: {zones}",
        town=place.town_name or "-",
        village=place.village_name or _("outside every village"),
        grid=place.grid_code or "-",
        zones=", ".join(zones) or _("none"),
    )
    typer.echo(where)
    if answer.basis is Basis.ROAD:
        _print_arrivals(answer)
    else:
        print_table(
            ("", "team", "name", "kind", "skills", "from", "km"),
            [
                (
                    team.rank,
                    team.team_id,
                    team.name,
                    term("team_kind", team.kind),
                    " ".join(term("skill", skill) for skill in team.skills),
                    origin(team),
                    f"{team.distance_m / 1000:.2f}",
                )
                for team in answer.teams
            ],
        )
    typer.echo(f"{heard(answer.reason)} · {stamp(services, answer.at)}")


def _print_arrivals(answer: NearestAnswer) -> None:
    """Minutes of each leg, then who was passed over and what the closures cost."""
    print_table(
        ("", "team", "name", "from", "minutes", "call + access + drive + walk", "margin"),
        [
            (team.rank, team.team_id, team.name, origin(team), *_minutes(team.arrival))
            for team in answer.teams
            if team.arrival is not None
        ],
    )
    for passed in answer.passed_over:
        said = _(
            "passed over: {team} {name}, {minutes:.1f} min: {reason}",
            team=passed.team_id,
            name=passed.name,
            minutes=passed.arrival_s / 60,
            reason=heard(passed.reason),
        )
        typer.echo(said)
    if answer.closures:
        labels = ", ".join(closure.label for closure in answer.closures)
        typer.echo(_("closures that changed this: {closures}", closures=labels))


def _minutes(arrival: Arrival) -> tuple[str, str, str]:
    legs = (arrival.notice_s, arrival.access_s, arrival.road_s, arrival.walk_s)
    lost = _(" (closures: +{minutes:.1f})", minutes=arrival.lost_s / 60) if arrival.lost_s else ""
    parts = " + ".join(f"{seconds / 60:.1f}" for seconds in legs)
    return f"{arrival.arrival_s / 60:.1f}{lost}", parts, f"{arrival.margin_s / 60:.1f}"
