"""`yixian nearest`, `coverage`: a sub-command for each question, which parses, asks, and prints the answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.opening import opened, supposed
from api.cli.options import AsJson, Closures, Data, Week
from api.cli.printing import print_json, print_table, stamp

if TYPE_CHECKING:
    from api.wiring import Services
    from geo.coverage import StayCoverage
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
        at=services.now(),
        k=k,
        kind=params.team_kind(kind),
        skill=params.skill(skill),
        basis=params.basis(basis),
        supposed=supposed(closures),
        paths=as_json,
    )
    if as_json:
        print_json(models.nearest(answer))
    else:
        _print_nearest(answer, services)


def coverage(
    week: Week = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write FILE.geojson instead")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The villages that lack stay coverage in a week."""
    from api import models, params
    from geo.coverage import stay_coverage
    from geo.export import coverage_geojson, write_geojson

    services = opened(data)
    at = services.now()
    answer = stay_coverage(services.atlas, services.board, params.week(week, at), at=at)
    if output is not None:
        write_geojson(output, coverage_geojson(services.atlas, answer))
        typer.echo(f"{output}: {len(answer.villages)} villages, {answer.week}")
    elif as_json:
        print_json(models.stay_coverage(answer))
    else:
        _print_coverage(answer, services)


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
            ("", "team", "name", "kind", "skills", "km"),
            [
                (t.rank, t.team_id, t.name, t.kind, " ".join(t.skills), f"{t.distance_m / 1000:.2f}")
                for t in answer.teams
            ],
        )
    typer.echo(f"{answer.reason} · {stamp(services, answer.at)}")


def _print_arrivals(answer: NearestAnswer) -> None:
    """Minutes of each leg, then who was passed over and what the closures cost."""
    print_table(
        ("", "team", "name", "minutes", "call + access + drive + walk", "margin"),
        [
            (team.rank, team.team_id, team.name, *_minutes(team.arrival))
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


def _print_coverage(answer: StayCoverage, services: Services) -> None:
    from geo.terms import StayState

    lacking = [village for village in answer.villages if village.state is not StayState.MET]
    typer.echo(f"{answer.week} · " + ", ".join(f"{state}: {n}" for state, n in answer.counts.items() if n))
    print_table(
        ("village", "name", "town", "state", "nights", "reason"),
        [(v.village_code, v.village_name, v.town_name or "-", v.state, v.nights, v.reason) for v in lacking],
    )
    typer.echo(stamp(services, answer.at))
