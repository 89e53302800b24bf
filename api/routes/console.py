"""The console, the first page that a commander wants."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from api.deps import Served
from api.pages import Asked, At, moment, sources
from geo.calendar import Week, to_china
from geo.coverage import stay_coverage
from maps.pages import Document, console_document

router = APIRouter(tags=["maps"])
DOORS = {"attention": "/v1/attention", "places": "/v1/places", "search": "/v1/search"}


@router.get("/", summary="The console: what needs attention, and the card of any place", response_class=HTMLResponse)
async def get_console(served: Served, asked: Asked, at: At = None) -> Response:
    """The county at the moment; the page asks `/v1/attention`, `/v1/places` and `/v1/search` for the rest."""
    now = moment(served, at)

    def make(saved: bool) -> Document:
        return console_document(
            served.atlas,
            served.board,
            stay_coverage(served.atlas, served.board, Week.of(to_china(now).date()), at=now),
            is_picked=at is not None,
            is_fixed=served.is_fixed,
            lang=asked.language,
            links={} if saved else asked.links("console", at) | DOORS,
            sources=sources(served),
        )

    return await asked.answer(served, ("console", now, at is not None), make)
