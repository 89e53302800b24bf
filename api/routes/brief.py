"""The week's bulletin, as a page and as tables."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse

from api import params
from api.deps import Served
from api.models import stamp
from api.pages import Asked, At, moment, sources
from api.tables import CONTENT, Formed
from geo.brief import weekly_brief
from geo.tables import Book, brief_tables
from maps.pages import Document, brief_document

router = APIRouter()
WeekQuery = Annotated[str | None, Query(description="ISO week such as 2022-W51; by default that of the moment")]


@router.get("/maps/brief", summary="The week's bulletin", response_class=HTMLResponse, tags=["maps"])
async def get_brief_page(served: Served, asked: Asked, week: WeekQuery = None, at: At = None) -> Response:
    """Map, villages without coverage, changes since last week, what is open or red; printed it is one upright A4."""
    now = moment(served, at)
    shown = params.week(week, now)

    def make(saved: bool) -> Document:
        document = brief_document(
            served.atlas,
            served.board,
            weekly_brief(served.atlas, served.board, shown, at=now),
            lang=asked.language,
            links={} if saved else asked.links("brief", at, f"&week={shown}"),
            sources=sources(served),
        )
        return document if at is None else document.of_another_time(now)

    return await asked.answer(served, ("brief", shown, now, at), make)


@router.get("/v1/brief", summary="The week's bulletin as tables", responses=CONTENT, tags=["coverage"])
def get_brief(served: Served, form: Formed, week: WeekQuery = None, at: At = None) -> Response:
    """What `yixian brief` writes: villages without coverage, changes since last week, open incidents, red hazards."""
    now = params.at(at, served.now())
    book = brief_tables(weekly_brief(served.atlas, served.board, params.week(week, now), at=now))
    return form.response(served.atlas, served.board, body=lambda: _body(book), book=lambda: book)


def _body(book: Book) -> dict[str, Any]:
    """Each fact, and each table as a list of its rows by the names of their columns."""
    facts = {fact.name: fact.value for fact in book.facts}
    tables = {
        table.name: [dict(zip((column.name for column in table.columns), row, strict=True)) for row in table.rows]
        for table in book.tables
    }
    return {**stamp(book.at, book.provenance), **facts, **tables}
