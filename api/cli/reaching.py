"""`yixian reach`, `reinforce`, `isolation`: what roads let teams do, and what their loss would cut off."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.language import _, heard, term
from api.cli.opening import opened, supposed
from api.cli.options import AsJson, At, Available, Closures, Data, Lang, OneTable, Out
from api.cli.printing import origin, print_json, print_table, stamp
from api.cli.writing import write

if TYPE_CHECKING:
    from api.wiring import Services
    from geo.isolation import Behind, IsolatedBy, Isolation
    from geo.reach import FirstArrival, ReachCoverage, Share
    from geo.reinforce import Reinforcement


def reach(
    minutes: Annotated[int, typer.Option(help="From the call to the arrival, notice included")] = 120,
    teams: Annotated[int, typer.Option(help="How many teams must arrive in time")] = 3,
    kind: Annotated[str | None, typer.Option(help="city or township")] = None,
    skill: Annotated[str | None, typer.Option(help="Only teams with this skill")] = None,
    notice: Annotated[bool, typer.Option(help="Count the notice, or the time under way alone")] = True,
    at: At = None,
    available: Available = None,
    closures: Closures = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", "--output", help="Write areas by minutes, FILE.geojson; or the places, .csv, .xlsx"
        ),
    ] = None,
    table: OneTable = None,
    lang: Lang = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """What the teams reach by road in time: villages, grids, hazard sites, and areas."""
    from api import params, road_models
    from geo.export import form_of, write_geojson
    from geo.geojson import dumps
    from geo.reach import reach_areas, reach_coverage
    from geo.tables import reach_tables

    services = opened(data)
    asked: dict[str, Any] = {
        "at": params.at(at, services.now()),
        "kind": params.team_kind(kind),
        "skill": params.skill(skill),
        "notice": notice,
        "available": params.available(available),
        "supposed": supposed(closures),
    }
    if out is not None and form_of(out) == "geojson":
        areas = reach_areas(services.atlas, services.board, **asked)
        write_geojson(out, dumps(road_models.reach_areas(areas)))
        bands = (_("{to} min {area:.0f} km2", to=band.to_minutes, area=band.area_km2) for band in areas.bands)
        typer.echo(f"{out}: {', '.join(bands)}")
        return
    answer = reach_coverage(services.atlas, services.board, minutes=minutes, teams=teams, **asked)
    if out is not None:
        write(out, reach_tables(answer), services, lang, table)
    elif as_json:
        print_json(road_models.reach_coverage(answer))
    else:
        _print_reach(answer, services)


def reinforce(
    village: Annotated[str, typer.Argument(help="The village's 12-digit code")],
    members: Annotated[int | None, typer.Option(help="How many are needed [default: list every donor]")] = None,
    headquarters: Annotated[bool, typer.Option(help="Headquarters allows a donor to lend everyone")] = False,
    limit: Annotated[int, typer.Option(help="How many donors")] = 10,
    at: At = None,
    available: Available = None,
    closures: Closures = None,
    out: Out = None,
    lang: Lang = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The teams that could reinforce a village, in the order of R19."""
    from api import params, road_models
    from geo.reinforce import reinforce as ask
    from geo.tables import reinforcement_tables

    services = opened(data)
    answer = ask(
        services.atlas,
        services.board,
        village,
        at=params.at(at, services.now()),
        members=members,
        headquarters_allows=headquarters,
        limit=limit,
        available=params.available(available),
        closures=supposed(closures),
    )
    if out is not None:
        write(out, reinforcement_tables(answer), services, lang)
    elif as_json:
        print_json(road_models.reinforcement(answer))
    else:
        _print_reinforcement(answer, services)


def isolation(
    zone: Annotated[str | None, typer.Option(help="Whom the loss of all roads in this risk zone cuts off")] = None,
    closure: Annotated[str | None, typer.Option(help="Whom this closure cuts off")] = None,
    closures: Closures = None,
    limit: Annotated[int, typer.Option(help="How many roads and zones")] = 20,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The villages that hang on one road or one risk zone; or whom one given loss would cut off."""
    from api import road_models
    from geo.isolation import isolated_by
    from geo.isolation import isolation as ask

    services = opened(data)
    atlas, board, at = services.atlas, services.board, services.now()
    if zone is None and closure is None and closures is None:
        answer = ask(atlas, board, at=at, limit=limit)
        print_json(road_models.isolation(answer)) if as_json else _print_isolation(answer, services)
        return
    extra = supposed(closures) if closures is not None else None
    loss = isolated_by(atlas, board, at=at, zone_id=zone, closure_id=closure, closures=extra)
    print_json(road_models.isolated_by(loss)) if as_json else _print_loss(loss, services)


def _print_reach(answer: ReachCoverage, services: Services) -> None:
    from geo.terms import ReachState

    asked = _(
        "{teams} team(s) within {minutes} min, notice {notice:g} min "
        "({count} count, {recalled} of them to be recalled):",
        teams=answer.teams,
        minutes=answer.minutes,
        notice=answer.notice_s / 60,
        count=answer.teams_allowed,
        recalled=answer.recalled,
    )
    typer.echo(asked)
    shares = (
        (_("villages"), answer.village_share),
        (_("grids"), answer.grid_share),
        (_("hazard sites"), answer.site_share),
    )
    print_table(("", "in time", "of", "share", "people", "share"), [(name, *_share(one)) for name, one in shares])
    lacking = [one for one in answer.villages if one.state is not ReachState.IN_TIME]
    if lacking:
        rows = [
            (
                one.code,
                one.name or "-",
                term("reach", one.state),
                _arrival_minutes(one.arrivals, answer.teams),
                heard(one.reason),
            )
            for one in lacking
        ]
        print_table(("village", "name", "state", _("team {rank} after", rank=answer.teams), "reason"), rows)
    _print_closures([closure.label for closure in answer.closures])
    typer.echo(stamp(services, answer.at))


def _arrival_minutes(arrivals: tuple[FirstArrival, ...], teams: int) -> str:
    return _("{minutes:.1f} min", minutes=arrivals[teams - 1].arrival_s / 60) if teams <= len(arrivals) else "-"


def _share(one: Share) -> tuple[str, ...]:
    people = _("unknown") if one.people_in_time is None else f"{one.people_in_time:,}"
    shares = ["-" if share is None else f"{share:.1%}" for share in (one.share, one.people_share)]
    return str(one.in_time), str(one.places), shares[0], people, shares[1]


def _print_reinforcement(answer: Reinforcement, services: Services) -> None:
    typer.echo(f"{answer.village.town_name or '-'} {answer.village.name}: {heard(answer.reason)}")
    print_table(
        ("", "team", "name", "tier", "from", "lends", "stays", "minutes"),
        [
            (
                one.rank,
                one.team_id,
                one.name,
                heard(one.tier),
                origin(one),
                one.lends,
                one.stays,
                f"{one.arrival.arrival_s / 60:.1f}" if one.arrival else f"{one.straight_m / 1000:.1f} km",
            )
            for one in answer.donors
        ],
    )
    for refused in answer.refused:
        reason = heard(refused.reason)
        typer.echo(_("not: {team} {name}: {reason}", team=refused.team_id, name=refused.name, reason=reason))
    _print_closures([closure.label for closure in answer.closures])
    typer.echo(stamp(services, answer.at))


def _print_isolation(answer: Isolation, services: Services) -> None:
    found = _("{roads} road(s), {zones} zone(s)", roads=answer.roads_found, zones=answer.zones_found)
    typer.echo(f"{heard(answer.reason)} · {found}")
    print_table(
        ("road", "km", "level", "people", "villages"),
        [
            (" / ".join(one.names) or "-", f"{one.length_m / 1000:.1f}", one.level or "-", *_behind(one.behind))
            for one in answer.roads
        ],
    )
    print_table(
        ("zone", "name", "level", "people", "villages"),
        [(one.zone.zone_id, one.zone.name, one.zone.level, *_behind(one.behind)) for one in answer.zones],
    )
    for village in answer.cut_off:
        typer.echo(_("cut off now: {village}: {reason}", village=village.village.name, reason=heard(village.reason)))
    typer.echo(stamp(services, answer.at))


def _print_loss(answer: IsolatedBy, services: Services) -> None:
    people = _people(answer.behind)
    cut = _("cuts off {count} village(s), people: {people}", count=len(answer.cut_off), people=people)
    typer.echo(f"{cut} · {heard(answer.reason)}")
    if answer.cut_off:
        rows = [(one.village.code, one.village.name, heard(one.reason)) for one in answer.cut_off]
        print_table(("village", "name", "reason"), rows)
    for village in answer.already:
        reason = heard(village.reason)
        typer.echo(_("cut off already: {village}: {reason}", village=village.village.name, reason=reason))
    typer.echo(stamp(services, answer.at))


def _behind(one: Behind) -> tuple[str, str]:
    names = [village.name for village in one.villages[:3]]
    more = _(" and {count} more", count=len(one.villages) - 3) if len(one.villages) > 3 else ""
    return _people(one), ", ".join(names) + more


def _people(one: Behind) -> str:
    return _("unknown") if one.people is None else f"{one.people:,}"


def _print_closures(labels: list[str]) -> None:
    if labels:
        typer.echo(_("closures: {closures}", closures=", ".join(labels)))
