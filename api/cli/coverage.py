"""`yixian coverage`, `history`, `leaders`, `duty`, `team`: who was where, and what is owed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.language import _, heard, term
from api.cli.opening import opened
from api.cli.options import AsJson, AsOf, Data, Lang, OneTable, Out, Week
from api.cli.printing import counts, day_of, print_json, print_table, stamp
from api.cli.writing import write

if TYPE_CHECKING:
    from api.wiring import Services
    from geo.coverage import StayCoverage

_STREAKS = 20


def coverage(
    week: Week = None,
    as_of: AsOf = None,
    out: Out = None,
    lang: Lang = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The villages that lack stay coverage in a week, where it matters most first."""
    from api import coverage_models, params
    from geo.coverage import stay_coverage
    from geo.tables import stay_tables

    services = opened(data).as_of(params.as_of(as_of))
    at = services.now()
    answer = stay_coverage(services.atlas, services.board, params.week(week, at), at=at)
    if out is not None:
        write(out, stay_tables(answer), services, lang)
    elif as_json:
        print_json(coverage_models.stay_coverage(answer))
    else:
        _print_coverage(answer, services)


def history(
    first: Annotated[str | None, typer.Option("--from", help="First ISO week [default: eleven before --to]")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last ISO week [default: the present one]")] = None,
    as_of: AsOf = None,
    out: Out = None,
    table: OneTable = None,
    lang: Lang = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Week by week the villages' states, and which have lost the most weeks in a row."""
    from api import coverage_models, params
    from geo.coverage import stay_history
    from geo.coverage.judging import STATES
    from geo.tables import history_tables

    services = opened(data).as_of(params.as_of(as_of))
    at = services.now()
    answer = stay_history(services.atlas, services.board, *params.weeks(first, last, at), at=at)
    if out is not None:
        write(out, history_tables(answer), services, lang, table)
        return
    if as_json:
        print_json(coverage_models.stay_history(answer))
        return
    found = [
        [int((answer.state[:, week] == code).sum()) for code in range(len(STATES))] for week in range(len(answer.weeks))
    ]
    head = ("week", *(term("state", state) for state in STATES))
    print_table(head, [(week, *row) for week, row in zip(answer.weeks, found, strict=True)])
    lost = sorted(
        zip(answer.lost.now.tolist(), answer.lost.longest.tolist(), answer.villages, strict=True),
        key=lambda one: -one[0],
    )
    print_table(
        ("village", "name", "town", "weeks lost in a row", "longest"),
        [(area.code, area.name, area.town_name or "-", now, longest) for now, longest, area in lost[:_STREAKS] if now],
    )
    typer.echo(stamp(services, at))


def leaders(
    month: Annotated[str | None, typer.Option(help="Month such as 2022-12 [default: the present one]")] = None,
    as_of: AsOf = None,
    out: Out = None,
    lang: Lang = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The nights of the stationed city leaders in a month."""
    from api import coverage_models, params
    from geo.coverage import leader_coverage
    from geo.tables import leader_tables

    services = opened(data).as_of(params.as_of(as_of))
    at = services.now()
    answer = leader_coverage(services.atlas, services.board, params.month(month, at), at=at)
    if out is not None:
        write(out, leader_tables(answer), services, lang)
        return
    if as_json:
        print_json(coverage_models.leader_coverage(answer))
        return
    typer.echo(f"{answer.month} · {counts('state', answer.counts)}")
    print_table(
        ("leader", "title", "town", "state", "nights", "reason"),
        [
            (one.leader_id, one.title, one.town_name or "-", term("state", one.state), one.nights, heard(one.reason))
            for one in answer.leaders
        ],
    )
    typer.echo(stamp(services, answer.at))


def duty(
    date: Annotated[str | None, typer.Option(help="Day such as 2022-12-23 [default: the present one]")] = None,
    as_of: AsOf = None,
    out: Out = None,
    lang: Lang = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Which teams owed duty on a day, and who came."""
    from api import coverage_models, params
    from geo.coverage import duty_coverage
    from geo.tables import duty_tables
    from geo.terms import Attendance

    services = opened(data).as_of(params.as_of(as_of))
    at = services.now()
    answer = duty_coverage(services.atlas, services.board, params.day(date, at), at=at)
    if out is not None:
        write(out, duty_tables(answer), services, lang)
        return
    if as_json:
        print_json(coverage_models.duty_coverage(answer))
        return
    typer.echo(f"{answer.date} · {counts('attendance', answer.counts)}")
    lacking = (one for one in answer.teams if one.state not in (Attendance.FULL, Attendance.NOT_REQUIRED))
    print_table(
        ("village", "name", "team", "kind", "state", "reason"),
        [
            (
                one.village_code,
                one.village_name,
                one.team_id,
                term("team_kind", one.kind),
                term("attendance", one.state),
                heard(one.reason),
            )
            for one in lacking
        ],
    )
    typer.echo(stamp(services, answer.at))


def team(
    team_id: Annotated[str, typer.Argument(help="The team's id")],
    week: Week = None,
    as_of: AsOf = None,
    out: Out = None,
    table: OneTable = None,
    lang: Lang = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """A team's week: its nights and duty days, and what it still owes."""
    from api import coverage_models, params
    from geo.coverage import team_week
    from geo.tables import team_tables

    services = opened(data).as_of(params.as_of(as_of))
    at = services.now()
    answer = team_week(services.atlas, services.board, team_id, params.week(week, at), at=at)
    if out is not None:
        write(out, team_tables(answer, named=True), services, lang, table)
        return
    if as_json:
        print_json(coverage_models.team_week(answer, named=True))
        return
    typer.echo(f"{answer.team_id} {answer.name} · {term('team_kind', answer.kind)} · {answer.week}")
    print_table(
        ("village", "name", "state", "nights", "owed", "left", "evenings"),
        [
            (
                one.village_code,
                one.village_name,
                term("state", one.state) if one.state else _("not judged (R11)"),
                one.nights,
                one.shortfall,
                one.nights_left,
                " ".join(f"{evening:%m-%d}" for evening in one.evenings),
            )
            for one in answer.villages
        ],
    )
    print_table(
        ("day", "village", "state", "members", "reason"),
        [
            (day_of(one.day), one.village_name, term("attendance", one.state), one.members, heard(one.reason))
            for one in answer.days
        ],
    )
    days = ", ".join(map(day_of, answer.owed_days)) or _("no day")
    owed = _("still owed: {nights} night(s), duty on {days}", nights=answer.owed_nights, days=days)
    typer.echo(f"{owed} · {stamp(services, answer.at)}")


def _print_coverage(answer: StayCoverage, services: Services) -> None:
    from geo.terms import StayState

    lacking = [village for village in answer.by_attention if village.state is not StayState.MET]
    typer.echo(f"{answer.week} · {counts('state', answer.counts)}")
    print_table(
        ("village", "name", "town", "state", "nights", "reason", "by"),
        [
            (
                one.village_code,
                one.village_name,
                one.town_name or "-",
                term("state", one.state),
                one.nights,
                heard(one.reason),
                " ".join(one.curable_by),
            )
            for one in lacking
        ],
    )
    typer.echo(stamp(services, answer.at))
