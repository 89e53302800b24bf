"""Who was where and what is owed: nights of villages and leaders, duty days, a team's week."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from starlette.concurrency import run_in_threadpool

from api import coverage_models, params
from api.access import Sight
from api.deps import Served, ServedNames, ServedQuestions
from api.tables import CONTENT, GEOJSON_CONTENT, Form, Formed
from api.wiring import Services
from geo.calendar import Week
from geo.coverage import StayCoverage, duty_coverage, leader_coverage, stay_coverage, stay_history, team_week
from geo.geojson import dumps
from geo.tables import duty_tables, history_tables, leader_tables, stay_tables, team_tables

router = APIRouter(tags=["coverage"])
WeekQuery = Annotated[str | None, Query(description="ISO week such as 2022-W51; by default the present one")]
AsOf = Annotated[
    str | None,
    Query(description="what was known then: an instant such as 2022-12-20T10:00, or an event's number"),
]


@router.get("/v1/coverage/stays", summary="State of every village in a week", responses=CONTENT)
async def get_stays(served: Served, form: Formed, week: WeekQuery = None, as_of: AsOf = None) -> Response:
    """Nights kept, quota, shortfall and state per village (R07 to R12), with the events that show it."""
    kept, at = None, served.now()
    if as_of is None and form.form == "json":
        kept = served.answers.at_hand(_of_the_second(params.week(week, at), at))
    return form.json(kept) if kept is not None else await run_in_threadpool(_stays, served, form, week, as_of)


def _stays(served: Services, form: Form, week: str | None, as_of: str | None) -> Response:
    known = served.as_of(params.as_of(as_of))
    at = known.now()
    asked = params.week(week, at)

    def answer() -> StayCoverage:
        return stay_coverage(known.atlas, known.board, asked, at=at)

    return form.response(
        known.atlas,
        known.board,
        body=lambda: known.answers.get(
            _of_the_second(asked, at), lambda: dumps(coverage_models.stay_coverage(answer()))
        ),
        book=lambda: stay_tables(answer()),
    )


def _of_the_second(week: Week, at: datetime) -> Hashable:
    """Consoles and walls ask for it again and again: one answer serves those of the same second."""
    return "stays", week, at.replace(microsecond=0)


@router.get(
    "/v1/coverage/stays.geojson",
    summary="The same as polygons",
    responses=GEOJSON_CONTENT,
    response_class=Response,
)
def get_stays_geojson(served: Served, week: WeekQuery = None, as_of: AsOf = None) -> Response:
    """The villages with their state as a FeatureCollection, ready for QGIS: `f=geojson` as an address of its own."""
    return _stays(served, Form("geojson"), week, as_of)


@router.get("/v1/coverage/stays/history", summary="States of every village over a range of weeks", responses=CONTENT)
def get_stays_history(
    served: Served,
    form: Formed,
    first: Annotated[
        str | None, Query(alias="from", description="first ISO week; by default eleven before `to`")
    ] = None,
    last: Annotated[str | None, Query(alias="to", description="last ISO week; by default the present one")] = None,
    as_of: AsOf = None,
) -> Response:
    """Week by week, and for how many weeks in a row each village met its quota or lost it."""
    known = served.as_of(params.as_of(as_of))
    at = known.now()
    answer = stay_history(known.atlas, known.board, *params.weeks(first, last, at), at=at)
    return form.response(
        known.atlas,
        known.board,
        body=lambda: coverage_models.stay_history(answer),
        book=lambda: history_tables(answer),
    )


@router.get("/v1/coverage/leaders", summary="State of every stationed city leader in a month", responses=CONTENT)
def get_leaders(
    served: ServedNames,
    form: Formed,
    month: Annotated[str | None, Query(description="month such as 2022-12; by default the present one")] = None,
    as_of: AsOf = None,
) -> Response:
    """Nights kept in the assigned town, quota, shortfall and state per leader (R10, R12), of those in the own area."""
    known = served.as_of(params.as_of(as_of))
    at = known.now()
    county = leader_coverage(known.atlas, known.board, params.month(month, at), at=at)
    answer = county.where(lambda town: served.reader.sees(Sight.NAMES, town))
    return form.response(
        known.atlas,
        known.board,
        body=lambda: coverage_models.leader_coverage(answer),
        book=lambda: leader_tables(answer),
    )


@router.get("/v1/coverage/duty", summary="Duty attendance of every team on a day", responses=CONTENT)
def get_duty(
    served: ServedQuestions,
    form: Formed,
    date: Annotated[str | None, Query(description="day such as 2022-12-23; by default the present one")] = None,
    as_of: AsOf = None,
) -> Response:
    """Whether each team owed duty in its village, and how many members came (R03 to R06, R17)."""
    known = served.as_of(params.as_of(as_of))
    at = known.now()
    answer = duty_coverage(known.atlas, known.board, params.day(date, at), at=at)
    return form.response(
        known.atlas,
        known.board,
        body=lambda: coverage_models.duty_coverage(answer),
        book=lambda: duty_tables(answer),
    )


@router.get("/v1/teams/{team_id}", summary="A team's week, and what it still owes", responses=CONTENT)
def get_team(
    team_id: str,
    served: ServedQuestions,
    form: Formed,
    week: WeekQuery = None,
    as_of: AsOf = None,
) -> Response:
    """Its nights in each village where it serves, its duty days, and each member's nights (never judged, R09).

    Members are named to those who may see names in the team's village; to others their ids are null.
    """
    known = served.as_of(params.as_of(as_of))
    at = known.now()
    answer = team_week(known.atlas, known.board, team_id, params.week(week, at), at=at)
    home = known.board.teams.village_codes[known.board.teams.position[team_id]]
    named = served.reader.sees(Sight.NAMES, home, *(one.village_code for one in answer.villages))
    return form.response(
        known.atlas,
        known.board,
        body=lambda: coverage_models.team_week(answer, named=named),
        book=lambda: team_tables(answer, named=named),
    )
