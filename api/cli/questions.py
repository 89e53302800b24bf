"""`yixian nearest`: parses, asks, and prints the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

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
    typer.echo(
        f"{place.town_name or '-'} {place.village_name or 'outside every village'} · grid {place.grid_code or '-'} · "
        f"zones: {', '.join(f'{zone.name} (level {zone.level})' for zone in place.zones) or 'none'}"
    )
    if answer.basis is Basis.ROAD:
        _print_arrivals(answer)
    else:
        print_table(
            ("", "team", "name", "kind", "skills", "from", "km"),
            [
                (t.rank, t.team_id, t.name, t.kind, " ".join(t.skills), origin(t), f"{t.distance_m / 1000:.2f}")
                for t in answer.teams
            ],
        )
    typer.echo(f"{answer.reason} · {stamp(services, answer.at)}")


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
        typer.echo(f"passed over: {passed.team_id} {passed.name}, {passed.arrival_s / 60:.1f} min: {passed.reason}")
    if answer.closures:
        typer.echo(f"closures that changed this: {', '.join(closure.label for closure in answer.closures)}")


def _minutes(arrival: Arrival) -> tuple[str, str, str]:
    legs = (arrival.notice_s, arrival.access_s, arrival.road_s, arrival.walk_s)
    lost = f" (closures: +{arrival.lost_s / 60:.1f})" if arrival.lost_s else ""
    parts = " + ".join(f"{seconds / 60:.1f}" for seconds in legs)
    return f"{arrival.arrival_s / 60:.1f}{lost}", parts, f"{arrival.margin_s / 60:.1f}"
