"""How every page is asked for and answered: its language, its form, and what the browser has of it already."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api import params
from api.wiring import Services
from geo.terms import parse_term
from maps.pages.backdrops import upon
from maps.pages.document import Document
from maps.pages.serving import ServedDocument, served
from maps.words import LANGUAGES

IMMUTABLE: Final = "public, max-age=31536000, immutable"
"""For what is named by its hash."""
IMMUTABLE_FOR_ONE: Final = IMMUTABLE.replace("public", "private")
"""The same of the county's data: whoever may see it keeps it, no cache between that others ask."""
ADDRESSES: Final = {
    "console": "/",
    "dispatch": "/maps/dispatch",
    "coverage": "/maps/coverage",
    "risk": "/maps/risk",
    "history": "/maps/history",
    "brief": "/maps/brief",
    "about": "/about",
}
"""The pages by their keys; each links to all."""
_HTML = "text/html; charset=utf-8"
At = Annotated[str | None, Query(description="the moment shown, local where it names no zone; by default the present")]


class Form(StrEnum):
    """What a page comes as: itself, what changes in it, or one file to keep."""

    HTML = "html"
    JSON = "json"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class PageAsked:
    """What a request for any page says beside the page's own question. A route takes it as `asked: Asked`."""

    language: str
    form: Form
    if_none_match: str
    takes_gzip: bool

    def links(self, page: str, at: str | None, question: str = "") -> dict[str, str]:
        """Every page in this language, and `page` with its `question` (as `&week=2022-W51`) in the other and as a file.

        A moment that was asked for goes along, with a way back to the present.
        """
        moment = "" if at is None else f"&at={quote(at, safe='')}"
        other = next(name for name in LANGUAGES if name != self.language)
        return {
            **{name: f"{address}?lang={self.language}{moment}" for name, address in ADDRESSES.items()},
            "about": f"{ADDRESSES['about']}?lang={self.language}",
            "lang": f"{ADDRESSES[page]}?lang={other}{moment}{question}",
            "file": f"{ADDRESSES[page]}?lang={self.language}{moment}{question}&f=file",
            **({"present": f"{ADDRESSES[page]}?lang={self.language}{question}"} if moment else {}),
        }

    async def answer(
        self,
        services: Services,
        key: Hashable,
        make: Callable[[bool], Document],
        status: HTTPStatus = HTTPStatus.OK,
    ) -> Response:
        """The page that `make` makes on a thread, kept with `services` under `key` and the language.

        `make(False)` is the served page; `make(True)` is the one to be saved as a file: without links, because there is
        no service behind it, and with what the served page would ask for later. A page that is kept is answered at
        once: a thread has to wait for its turn, the longer the more the service has to do.
        """
        if self.form is Form.FILE:
            return await run_in_threadpool(lambda: _file(make(True)))
        key = key, self.language
        page = services.pages.at_hand(key)
        if page is None or not services.blocks.has(page.blocks):
            page = await run_in_threadpool(_made, services, key, make)
        zipped = page.html if self.form is Form.HTML else page.data
        headers = {
            "Cache-Control": "private, no-cache",
            "Content-Security-Policy": page.policy,
            "ETag": f'"{hashlib.sha256(zipped).hexdigest()[:20]}{"-gzip" if self.takes_gzip else ""}"',
            "Vary": "Accept-Language, Accept-Encoding",
        }
        if has(self.if_none_match, headers["ETag"]):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        media_type = _HTML if self.form is Form.HTML else "application/json"
        return sent(zipped, media_type, headers, takes_gzip=self.takes_gzip, status=status)


async def page_asked(
    request: Request,
    lang: Annotated[str | None, Query(description="zh or en; by default as Accept-Language says, else zh")] = None,
    f: Annotated[str | None, Query(description="html (default), json: what changes in it, file: one to keep")] = None,
) -> PageAsked:
    """The dependency behind `Asked`; UnknownTermError for a language or a form that there is not."""
    return PageAsked(
        language=params.language(lang, request.headers.get("accept-language")),
        form=Form.HTML if f is None else parse_term(Form, f, parameter="f"),
        if_none_match=request.headers.get("if-none-match", ""),
        takes_gzip=takes_gzip(request),
    )


Asked = Annotated[PageAsked, Depends(page_asked)]


def moment(services: Services, at: str | None) -> datetime:
    """What a page shows: the moment asked for, else the present to the minute, so that one serves many visitors.

    What was recorded within the minute is not left out: then the present is when it was.
    """
    now = services.now()
    if at is not None:
        return params.at(at, now)
    minute, newest = now.replace(second=0, microsecond=0), services.board.recorded_at
    return newest if newest is not None and minute < newest <= now else minute


def sources(services: Services) -> list[str]:
    """Where each layer comes from, as the manifest says."""
    return [entry.source for entry in services.county.manifest.layers.values()]


def takes_gzip(request: Request) -> bool:
    """Whether the client takes what is compressed."""
    return "gzip" in request.headers.get("accept-encoding", "")


def has(if_none_match: str, etag: str) -> bool:
    """Whether the client has these very bytes (RFC 9110, 13.1.2); a proxy may have marked them as weak."""
    given = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return etag in given or given == ["*"]


def sent(
    zipped: bytes,
    media_type: str,
    headers: dict[str, str],
    *,
    takes_gzip: bool,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """What is kept under gzip, as the client takes it."""
    if takes_gzip:
        return Response(zipped, status, {**headers, "Content-Encoding": "gzip"}, media_type)
    return Response(gzip.decompress(zipped), status, headers, media_type)


def _made(services: Services, key: Hashable, make: Callable[[bool], Document]) -> ServedDocument:
    mark, under = services.board.provenance.mark, services.backdrop
    page = services.pages.get(key, lambda: served(upon(under, make(False)), mark=mark))
    services.blocks.put(page.blocks)
    return page


def _file(document: Document) -> Response:
    headers = {
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'attachment; filename="yixian-{document.page}.html"',
        "Vary": "Accept-Language",
    }
    return Response(document.standalone(), headers=headers, media_type=_HTML)
