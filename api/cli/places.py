"""`yixian attention`, `place`, `find`: what to look at first, what is told of a place, and what a text may mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.language import _, heard, term
from api.cli.opening import opened
from api.cli.options import AsJson, AsOf, At, Data
from api.cli.printing import fail, origin, print_json, print_table, stamp

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from api.wiring import Services
    from geo.atlas import Area, Place
    from geo.attention import Attention, OrderInForce
    from geo.coverage import VillageStays
    from geo.nearest import NearestAnswer, TeamNear
    from geo.place import PlaceCard

_VILLAGES = 20


def attention(at: At = None, as_of: AsOf = None, data: Data = None, as_json: AsJson = False) -> None:
    """What needs attention first: orders, open incidents, red hazards, villages without their nights, closed roads."""
    from api import params, place_models
    from geo.attention import needs_attention

    services = opened(data).as_of(params.as_of(as_of))
    answer = needs_attention(services.atlas, services.board, at=params.at(at, services.now()))
    if as_json:
        print_json(place_models.attention(answer))
    else:
        _print_attention(answer, services)


def place(
    where: Annotated[list[str], typer.Argument(help="LON LAT in WGS84 degrees, or a village's or grid cell's code")],
    k: Annotated[int, typer.Option(help="How many teams")] = 3,
    at: At = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The card of a place: what it lies in, hazards around, who would arrive first, and its village's nights."""
    from api import params, place_models
    from geo.place import place_card

    services = opened(data)
    here = _place(services, where)
    card = place_card(services.atlas, services.board, here, at=params.at(at, services.now()), k=k)
    if as_json:
        print_json(place_models.place_card(card))
    else:
        _print_card(card, services)


def find(
    text: Annotated[str, typer.Argument(help="Part of a name, of its pinyin or the initials, or the begin of a code")],
    limit: Annotated[int, typer.Option(help="How many hits")] = 10,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Villages, towns, grid cells, hazard sites, teams and incidents by what is typed."""
    from api import place_models
    from geo.gazetteer import search

    services = opened(data)
    answer = search(services.atlas, services.board, text, limit=limit)
    if as_json:
        print_json(place_models.search(answer, services.now()))
        return
    print_table(
        ("id", "name", "layer", "in", "matched", "lon", "lat"),
        [
            (
                hit.id,
                hit.name,
                term("layer", hit.layer),
                hit.detail or "-",
                heard(hit.matched),
                f"{hit.lon:.5f}",
                f"{hit.lat:.5f}",
            )
            for hit in answer.hits
        ],
    )
    typer.echo(
        f"{_('{shown} of {count}', shown=len(answer.hits), count=answer.count)} · {stamp(services, services.now())}"
    )


def _place(services: Services, where: list[str]) -> Place:
    from api import params
    from geo.place import place_of

    if len(where) == 1:
        return place_of(services.atlas, where[0])
    if len(where) != 2:
        fail(_("a place is LON LAT, or one code"))
    return services.atlas.locate(params.number("lon", where[0]), params.number("lat", where[1]))


def _print_attention(answer: Attention, services: Services) -> None:
    typer.echo(f"{term('mode', answer.mode)} · {answer.stays.week}")
    for order in answer.orders:
        _print_order(order)
    if answer.incidents:
        print_table(
            ("incident", "kind", "discovered", "village", "summary"),
            [
                (
                    one.incident_id,
                    term("incident", one.kind),
                    _clock(one.discovered_at),
                    _named(one.village),
                    one.summary or "-",
                )
                for one in answer.incidents
            ],
        )
    if answer.hazards:
        print_table(
            ("hazard", "name", "kind", "village", "people"),
            [
                (
                    one.hazard.hazard_id,
                    one.hazard.name,
                    term("hazard", one.hazard.kind),
                    _named(one.village),
                    _people(one.people),
                )
                for one in answer.hazards
            ],
        )
    _print_villages([one.stays for one in answer.villages])
    if answer.closures:
        print_table(
            ("closure", "name", "cause", "effect", "since", "until"),
            [
                (
                    one.closure_id,
                    one.name or "-",
                    term("closure_cause", one.cause),
                    term("road_effect", one.effect),
                    _clock(one.from_at),
                    _clock(one.until),
                )
                for one in answer.closures
            ],
        )
    typer.echo(stamp(services, answer.at))


def _print_villages(lacking: Sequence[VillageStays]) -> None:
    if not lacking:
        return
    print_table(
        ("village", "name", "town", "state", "nights", "left", "people"),
        [
            (
                one.village_code,
                one.village_name,
                one.town_name or "-",
                term("state", one.state),
                f"{one.nights}/{one.quota}",
                one.nights_left,
                _people(one.population),
            )
            for one in lacking[:_VILLAGES]
        ],
    )
    if len(lacking) > _VILLAGES:
        typer.echo(_("… and {count} more villages: `yixian coverage`", count=len(lacking) - _VILLAGES))


def _print_order(order: OrderInForce) -> None:
    board = order.board
    said = _(
        "order {id} · limit {at:%Y-%m-%d %H:%M} · {members} members expected · {where} · {cause}",
        id=board.order.order_id,
        at=board.limit_at,
        members=board.tally.expected,
        where=", ".join(name or code for code, name in order.scope),
        cause=board.order.cause,
    )
    states = (f"{term('order_state', state)}: {count}" for state, count in board.tally.counts.items() if count)
    typer.echo(f"{said} · {', '.join(states)}")


def _print_card(card: PlaceCard, services: Services) -> None:
    where = _(
        "{town} {village} · grid {grid} · zones: {zones}",
        town=(card.village and card.village.town_name) or "-",
        village=card.village.name if card.village else _("outside every village"),
        grid=card.grid.code if card.grid else "-",
        zones=", ".join(_("{zone} (level {level})", zone=one.name, level=one.level) for one, _effect in card.zones)
        or _("none"),
    )
    typer.echo(f"{where} · {card.lon:.6f} {card.lat:.6f}")
    if card.sites:
        print_table(
            ("hazard site", "name", "kind", "level", "status", "metres"),
            [
                (
                    one.site_id,
                    one.name,
                    term("hazard", one.kind),
                    one.level or _("unknown"),
                    term("site_status", one.status),
                    f"{one.distance_m:.0f}",
                )
                for one in card.sites
            ],
        )
    _print_teams(card.nearest)
    if card.nights is not None:
        nights = card.nights
        evenings = " ".join(term("evening", state) for _day, state in nights.evenings)
        typer.echo(f"{nights.week} · {term('state', nights.stays.state)} · {heard(nights.stays.reason)} · {evenings}")
    typer.echo(stamp(services, card.at))


def _print_teams(answer: NearestAnswer) -> None:
    head = ("", "team", "name", "from", "km", "minutes", "margin")
    rows = [(team.rank, team.team_id, team.name, origin(team), *_far(team)) for team in answer.teams]
    if rows:
        print_table(head, rows)
    for passed in answer.passed_over:
        said = _(
            "passed over: {team} {name}, {minutes:.1f} min: {reason}",
            team=passed.team_id,
            name=passed.name,
            minutes=passed.arrival_s / 60,
            reason=heard(passed.reason),
        )
        typer.echo(said)
    typer.echo(heard(answer.reason))


def _far(team: TeamNear) -> tuple[str, str, str]:
    """Kilometres as the crow flies, and by road the minutes until it arrives and those to spare."""
    one = team.arrival
    minutes = ("-", "-") if one is None else (f"{one.arrival_s / 60:.1f}", f"{one.margin_s / 60:.1f}")
    return f"{team.distance_m / 1000:.2f}", *minutes


def _people(count: int | None) -> str:
    return _("unknown") if count is None else f"{count:,}"


def _named(area: Area | None) -> str:
    return area.name if area else "-"


def _clock(at: datetime | None) -> str:
    return "-" if at is None else f"{at:%Y-%m-%d %H:%M}"
