"""The coverage clock of a week."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api import clock_models, params
from api.deps import Served
from api.routes.coverage import AsOf, WeekQuery
from api.tables import CONTENT, Formed
from geo.coverage_clock import coverage_clock
from geo.tables import clock_tables
from geo.terms import Available

router = APIRouter(tags=["coverage"])


@router.get(
    "/v1/coverage/clock",
    summary="Hour by hour of a week, who can be at each village within two hours",
    responses=CONTENT,
)
def get_clock(
    served: Served,
    form: Formed,
    week: WeekQuery = None,
    as_of: AsOf = None,
    available: Annotated[str, Query(description=f"who counts: {', '.join(Available)}")] = "now",
) -> Response:
    """For each village the share of the 168 hours with one member in time and with three (R18), and its worst hour."""
    known = served.as_of(params.as_of(as_of))
    at = known.now()
    who = params.available(available)
    answer = coverage_clock(known.atlas, known.board, params.week(week, at), available=who)
    return form.response(
        known.atlas,
        known.board,
        body=lambda: clock_models.coverage_clock(answer, at),
        book=lambda: clock_tables(answer, at),
    )
