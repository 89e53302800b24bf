"""The page of how it came."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

import pandas as pd
from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from api import params
from api.deps import Served
from api.pages import Asked, At, moment, sources
from geo.board import Board
from geo.calendar import DAY, Week, to_china
from geo.coverage import stay_history
from maps.pages import Document, history_document

router = APIRouter(tags=["maps"])
LEAST_WEEKS: Final = 12
MOST_WEEKS: Final = 53
"""How many weeks are shown where no first one is asked for: from the first recorded stay on, within these bounds."""


@router.get("/maps/history", summary="Stay states, incidents and orders over time", response_class=HTMLResponse)
async def get_history_map(
    served: Served,
    asked: Asked,
    first: Annotated[
        str | None, Query(alias="from", description="first ISO week; by default that of the first recorded stay")
    ] = None,
    last: Annotated[str | None, Query(alias="to", description="last ISO week; by default that of the moment")] = None,
    shown: Annotated[
        str | None, Query(alias="moment", description="week or day shown first, such as 2022-W49 or 2022-12-05")
    ] = None,
    at: At = None,
) -> Response:
    """A slider over the weeks and days of the range; the moment that is shown stands in the address behind #."""
    now = moment(served, at)
    weeks = await run_in_threadpool(_weeks, served.board, first, last, now)
    question = "".join(f"&{name}={text}" for name, text in (("from", first), ("to", last), ("moment", shown)) if text)

    def make(saved: bool) -> Document:
        document = history_document(
            served.atlas,
            served.board,
            stay_history(served.atlas, served.board, *weeks, at=now),
            moment=shown,
            lang=asked.language,
            links={} if saved else asked.links("history", at, question),
            sources=sources(served),
        )
        return document if at is None else document.of_another_time(now)

    return await asked.answer(served, ("history", weeks, shown, now, at, question), make)


def _weeks(board: Board, first: str | None, last: str | None, now: datetime) -> tuple[Week, Week]:
    """The range that is asked for; what is to come is left out, because it has no history."""
    end = min(params.week(last, now), Week.of(to_china(now).date()))
    if first is not None:
        return Week.parse(first), end
    begun = board.stays["check_in"].min()
    earliest, latest = (Week.of(end.monday - (count - 1) * 7 * DAY) for count in (MOST_WEEKS, LEAST_WEEKS))
    start = latest if pd.isna(begun) else Week.of(to_china(begun).date())
    return min(max(start, earliest), latest), end
