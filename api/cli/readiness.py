"""`yixian order`, `yixian clock`: who has answered a mobilisation order, and who could come in every hour of a week."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.language import _, heard, term
from api.cli.opening import opened
from api.cli.options import AsJson, AsOf, Data, Lang, OneTable, Out, Week
from api.cli.printing import fail, print_json, print_table, stamp, weekday
from api.cli.writing import write

if TYPE_CHECKING:
    from datetime import datetime

    from api.wiring import Services
    from geo.coverage_clock import CoverageClock
    from geo.order_board import OrderBoard, Tally

_LEVELS = "·▁▂▃▄▅▆▇█"


def order(
    order_id: Annotated[str | None, typer.Argument(help="The order's number; without it every order is listed")] = None,
    as_of: AsOf = None,
    out: Out = None,
    table: OneTable = None,
    lang: Lang = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Who is on station for a mobilisation order, on the way, late or missing."""
    from api import order_models, params
    from geo.mobilisations import in_force
    from geo.order_board import order_board
    from geo.tables import order_tables

    if out is not None and order_id is None:
        fail(_("--out writes the board of one order: name its number"))
    services = opened(data).as_of(params.as_of(as_of))
    at, board = services.now(), services.board
    if order_id is not None:
        answer = order_board(services.atlas, board, order_id, at=at)
        if out is not None:
            write(out, order_tables(answer, named=lambda _village: True), services, lang, table)
        elif as_json:
            print_json(order_models.order_board(answer, named=lambda _village: True))
        else:
            _print_order(answer, services)
        return
    found = sorted(board.duty.orders, key=lambda one: (one.issued_at, one.order_id), reverse=True)
    body = order_models.orders(found, in_force(board, at), at, board.provenance)
    if as_json:
        print_json(body)
        return
    rows = [
        (
            one["order_id"],
            one["issued_at"],
            one["ends_at"] or "-",
            _("True") if one["in_force"] else _("False"),
            " ".join(one["scope"]),
            one["cause"],
        )
        for one in body["mobilisations"]
    ]
    print_table(("order", "issued", "ends", "in force", "scope", "cause"), rows)
    typer.echo(stamp(services, at))


def clock(
    week: Week = None,
    as_of: AsOf = None,
    available: Annotated[str, typer.Option(help="Who counts: now, recall or stationed")] = "now",
    out: Out = None,
    table: OneTable = None,
    lang: Lang = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Hour by hour of a week, at how many villages members can be within two hours; the worst villages first."""
    from api import clock_models, params
    from geo.coverage_clock import coverage_clock
    from geo.tables import clock_tables

    services = opened(data).as_of(params.as_of(as_of))
    at = services.now()
    who = params.available(available)
    answer = coverage_clock(services.atlas, services.board, params.week(week, at), available=who)
    if out is not None:
        write(out, clock_tables(answer, at), services, lang, table)
        return
    if as_json:
        print_json(clock_models.coverage_clock(answer, at))
    else:
        _print_clock(answer, services, at)


def _print_order(answer: OrderBoard, services: Services) -> None:
    from geo.terms import OrderState

    order_, all_ = answer.order, answer.tally
    ended = _("in force") if answer.in_force else _("ended {at:%Y-%m-%d %H:%M:%S}", at=order_.ends_at)
    issued = _("order {id} · issued {at:%Y-%m-%d %H:%M:%S}", id=order_.order_id, at=order_.issued_at)
    limit = _("limit {at:%Y-%m-%d %H:%M:%S}", at=answer.limit_at)
    expected = _("{members} members of {teams} teams expected", members=all_.expected, teams=len(answer.teams))
    typer.echo(f"{issued} · {ended} · {order_.cause}\n{limit} · {expected}")
    states = (term("order_state", state).replace("_", " ") for state in OrderState)
    head = ("", "expected", *states, "first", "third", "last")
    rows = [(_("all"), *_tally(all_))]
    rows += [(f"{one.code} {one.name or ''}", *_tally(one.tally)) for one in (*answer.towns, *answer.villages)]
    print_table(head, rows)
    lacking = (OrderState.ON_THE_WAY, OrderState.LATE, OrderState.MISSING)
    for team in answer.teams:
        for member in team.members:
            if member.state in lacking:
                who = f"{term('order_state', member.state)}: {team.team_id} {member.member_id or _('unnamed')}"
                typer.echo(f"{who}: {heard(member.reason)}")
    typer.echo(stamp(services, answer.at))


def _tally(one: Tally) -> tuple[object, ...]:
    arrivals = (_time(at) for at in (one.first_at, one.third_at, one.last_at))
    return one.expected, *one.counts.values(), *arrivals


def _time(at: datetime | None) -> str:
    return "-" if at is None else f"{at:%H:%M:%S}"


def _print_clock(answer: CoverageClock, services: Services, at: datetime) -> None:
    full = answer.full_strength
    typer.echo(f"{answer.week} · {heard(answer.reason)}")
    fewest = _("fewest of {count} villages with {full} members in time", count=len(answer.villages), full=full)
    print_table(
        ("", "0     6     12    18", fewest),
        [_day(day, answer) for day in range(len(answer.hours) // 24)],
    )
    worst = sorted(answer.villages, key=lambda one: (one.share_full, one.share_one, one.area.code))[:20]
    rows = [
        (one.area.code, one.area.name, f"{one.share_one:.1%}", f"{one.share_full:.1%}", _hour(one.worst_at))
        for one in worst
    ]
    print_table(("village", "name", "1 member", _("{count} members", count=full), "worst hour"), rows)
    typer.echo(stamp(services, at))


def _day(day: int, answer: CoverageClock) -> tuple[str, str, int]:
    """A day's strip, a sign an hour: the higher, the more villages."""
    counts = [hour.villages_full for hour in answer.hours[day * 24 : day * 24 + 24]]
    full = len(answer.villages)
    strip = "".join(_LEVELS[-(-count * (len(_LEVELS) - 1) // full)] for count in counts)
    return weekday(answer.hours[day * 24].at), strip, min(counts)


def _hour(at: datetime) -> str:
    return f"{weekday(at)} {at:%Y-%m-%d %H:%M}"
