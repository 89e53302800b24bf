"""A page upon a background: its map with tiles under it, and whose they are."""

from __future__ import annotations

from dataclasses import replace

from maps import paint
from maps.pages.document import Document


def upon(backdrop: paint.Backdrop | None, document: Document) -> Document:
    """The page with its map upon `backdrop`, for a service: a file has none. The same where there is nothing to do."""
    if backdrop is None or document.chart is None:
        return document
    credit = " · ".join(filter(None, (document.content.get("credit"), backdrop.credit)))
    hosts = (*document.outfit.image_hosts, *([backdrop.host] if backdrop.host else []))
    return replace(
        document,
        chart=paint.upon(backdrop, document.chart, document.words),
        content={**document.content, "credit": credit, "backdrop": True},
        outfit=replace(document.outfit, image_hosts=hosts),
    )
