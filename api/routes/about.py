"""The page about the service itself."""

from __future__ import annotations

from importlib import metadata

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from api.deps import ServedToAll
from api.pages import Asked, moment
from maps.pages import Document
from maps.pages.about import about_document

router = APIRouter(tags=["maps"])


@router.get("/about", summary="What runs here, on which data, and whose works", response_class=HTMLResponse)
async def get_about(served: ServedToAll, asked: Asked) -> Response:
    """The program, the data with their sources, and every part of the pages with its licence."""
    now = moment(served, None)

    def make(saved: bool) -> Document:
        return about_document(
            served.atlas,
            served.board,
            version=metadata.version("yixian"),
            at=now,
            sources={name: entry.source for name, entry in served.county.manifest.layers.items()},
            lang=asked.language,
            links={} if saved else asked.links("about", None),
        )

    return await asked.answer(served, ("about", now), make)
