"""What a request for a resource of the standard interface says beside its question: where, how and in which form."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from fastapi import Request, Response

from api import params
from api.compression import Coding, coding_of
from api.ogc.links import JSON, Link, address, with_pairs
from api.pages import has
from geo.errors import InputError

ROOT: Final = "ogc"
ALWAYS: Final = ("f", "lang")
"""The parameters of every resource."""
_HOST: Final = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


@dataclass(frozen=True, slots=True)
class AskedResource:
    """A request as the resource behind it sees it.

    `base` is the absolute address of the landing page without a slash at the end, `path` the parts below it. `forms`
    are the forms that the resource has, by the name that `f` takes, each with its media type.
    """

    base: str
    path: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    forms: Mapping[str, str]
    form: str
    language: str
    coding: Coding
    if_none_match: str
    if_modified_since: str

    @property
    def query(self) -> dict[str, str]:
        """The parameters by name; each stands once."""
        return dict(self.pairs)

    @property
    def media_type(self) -> str:
        """The media type of the answer."""
        return self.forms[self.form]

    def href(self, *parts: str, **query: str) -> str:
        """The address of a resource below the landing page."""
        return address(self.base, *parts, query=query.items())

    def here(self, **changed: str | None) -> str:
        """The address of this very resource, its query changed in some parameters."""
        return address(self.base, *self.path, query=with_pairs(self.pairs, changed))

    def own_links(self, title: str, forms: Iterable[str] | None = None) -> list[Link]:
        """`self`, and an `alternate` for every other form, or for the others of `forms`."""
        itself = Link(self.here(), "self", self.media_type, title)
        others = (name for name in (self.forms if forms is None else forms) if name != self.form)
        return [itself, *(Link(self.here(f=name), "alternate", self.forms[name], title) for name in others)]

    def etag(self, *facts: object) -> str:
        """A strong validator of what is made of `facts` for this request; each coding of the bytes has its own."""
        said = (*facts, self.base, self.path, self.pairs, self.form, self.language)
        mark = hashlib.sha256(repr(said).encode()).hexdigest()[:20]
        return f'"{mark}{"-" if self.coding else ""}{self.coding}"'


def asked_resource(
    request: Request,
    path: Iterable[str],
    known: Iterable[str],
    forms: Mapping[str, str],
    public_address: str | None = None,
) -> AskedResource:
    """The request read; InputError for a parameter beyond `known` and `ALWAYS`, or a bad value.

    Of a parameter given twice the last counts: a client that follows a page's link may add to it what it asked itself.
    """
    pairs = tuple(dict(request.query_params.multi_items()).items())
    params.refuse_unknown((name for name, _ in pairs), (*ALWAYS, *known))
    query = dict(pairs)
    headers = request.headers
    return AskedResource(
        base=f"{public_address.rstrip('/') if public_address else _address_of(request)}/{ROOT}",
        path=tuple(path),
        pairs=pairs,
        forms=forms,
        form=_form(query.get("f"), headers.get("accept"), forms),
        language=params.language(query.get("lang"), headers.get("accept-language")),
        coding=coding_of(headers.get("accept-encoding", "")),
        if_none_match=headers.get("if-none-match", ""),
        if_modified_since=headers.get("if-modified-since", ""),
    )


def _address_of(request: Request) -> str:
    """Where this service is, as the client addressed it."""
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        raise InputError(f"the Host header {host!r} is no name of a machine", parameter="Host")
    return str(request.base_url).rstrip("/")


def _form(text: str | None, accept: str | None, forms: Mapping[str, str]) -> str:
    """As `params.form`; `application/json` stands for the resource's own kind of JSON."""
    if text is not None or JSON in forms.values() or "json" not in forms:
        return params.form(text, accept, forms)
    found = params.form(None, accept, {**forms, "": JSON})
    return found or "json"


def answered(
    asked: AskedResource,
    etag: str,
    content: bytes,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The content as the answer, or 304 where the client has it."""
    response = unchanged(asked, etag, None, headers)
    return response or Response(content, headers=headers_of(asked, etag, None, headers), media_type=media_of(asked))


def unchanged(
    asked: AskedResource, etag: str, changed: datetime | None, headers: Mapping[str, str] | None = None
) -> Response | None:
    """304 where the client has these very bytes, else None (RFC 9110, 13.2.2)."""
    if asked.if_none_match:
        same = has(asked.if_none_match, etag)
    else:
        since = _instant(asked.if_modified_since)
        same = since is not None and changed is not None and changed <= since
    if not same:
        return None
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers_of(asked, etag, changed, headers))


def headers_of(
    asked: AskedResource, etag: str, changed: datetime | None, more: Mapping[str, str] | None = None
) -> dict[str, str]:
    """What every answer carries."""
    return {
        "Cache-Control": "private, no-cache",  # it may be kept, and is asked about before it is used again
        "Content-Language": asked.language,
        "ETag": etag,
        "Vary": "Accept, Accept-Language, Accept-Encoding",
        **({"Last-Modified": format_datetime(changed.astimezone(UTC), usegmt=True)} if changed else {}),
        **(more or {}),
    }


def media_of(asked: AskedResource) -> str:
    """The media type of the answer, with the character set where it is one of plain text."""
    return f"{asked.media_type}; charset=utf-8" if asked.media_type.startswith("text/") else asked.media_type


def _instant(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
