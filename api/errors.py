"""The one table from error to status, and RFC 9457 problem details. A 500 tells the client nothing private."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from geo.errors import (
    BrokenFolderError,
    ConflictError,
    DamagedJournalError,
    DataError,
    FarPlaceError,
    GeoError,
    IncompleteProgramError,
    InputError,
    JournalBusyError,
    JournalFullError,
    LimitError,
    NotFoundError,
    ReadOnlyError,
    ReadOnlyJournalError,
    RuleError,
    UnknownTermError,
    UnwritableFileError,
)
from geo.geojson import dumps

log = logging.getLogger("yixian")
SIGN_IN = "/sign-in"

STATUS: tuple[tuple[type[GeoError], HTTPStatus], ...] = (
    (InputError, HTTPStatus.BAD_REQUEST),
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (ReadOnlyJournalError, HTTPStatus.SERVICE_UNAVAILABLE),
    (ReadOnlyError, HTTPStatus.FORBIDDEN),
    (UnwritableFileError, HTTPStatus.INSUFFICIENT_STORAGE),
    (BrokenFolderError, HTTPStatus.SERVICE_UNAVAILABLE),
    (DataError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (ConflictError, HTTPStatus.CONFLICT),
    (JournalFullError, HTTPStatus.INSUFFICIENT_STORAGE),
    (JournalBusyError, HTTPStatus.SERVICE_UNAVAILABLE),
    (DamagedJournalError, HTTPStatus.SERVICE_UNAVAILABLE),
    (IncompleteProgramError, HTTPStatus.SERVICE_UNAVAILABLE),
)
"""First match counts; a GeoError that is none of these is our fault, a 500."""


class TooLargeError(LimitError):
    """A request carries more than the service takes in one go."""


class HeadTooLargeError(LimitError):
    """The head of a request is longer, or of more headers, than the service takes."""


class LateError(LimitError):
    """A client took longer over its request than the service waits."""


class CrowdError(LimitError):
    """One client has as many requests under way as one may."""


class FullError(InputError):
    """The service bears no more for now, such as pages that listen to the live channel; `retry_s`: ask again then."""

    def __init__(self, message: str, *, retry_s: int = 30) -> None:
        super().__init__(message)
        self.retry_s = retry_s


class StrangeHostError(InputError):
    """The `Host` header names another service than this one."""


class GoneError(InputError):
    """A page of a state of the data that is no longer held; `again` is the address to start again at."""

    def __init__(self, message: str, again: str) -> None:
        super().__init__(message, parameter="after")
        self.again = again


class UnknownTokenError(InputError):
    """The request carries no token, or one that is not known or no longer valid."""


class SignInError(UnknownTokenError):
    """A page was asked for by nobody that is known; after signing in the browser goes on to `onward`, a path here."""

    def __init__(self, onward: str) -> None:
        super().__init__("this needs an account: sign in")
        self.onward = onward


class ForbiddenError(InputError):
    """The token is known, and does not allow this."""


def problem(status: int, detail: str, **facts: Any) -> Response:
    """A problem+json response with the facts as extension members."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **facts}
    return Response(dumps(body), status, media_type="application/problem+json")


_AT_THE_DOOR: tuple[tuple[type[GeoError], HTTPStatus], ...] = (
    (TooLargeError, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (HeadTooLargeError, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE),
    (LateError, HTTPStatus.REQUEST_TIMEOUT),
    (CrowdError, HTTPStatus.TOO_MANY_REQUESTS),
    (StrangeHostError, HTTPStatus.MISDIRECTED_REQUEST),
    (UnknownTokenError, HTTPStatus.UNAUTHORIZED),
    (ForbiddenError, HTTPStatus.FORBIDDEN),
    (FullError, HTTPStatus.SERVICE_UNAVAILABLE),
    (GoneError, HTTPStatus.GONE),
)


def status_of(error: GeoError) -> HTTPStatus:
    """The status that `error` stands for."""
    for kind, status in _AT_THE_DOOR:
        if isinstance(error, kind):
            return status
    return next((status for kind, status in STATUS if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)


def facts_of(error: GeoError) -> dict[str, Any]:
    """What a client may know of an error beyond its words."""
    facts: dict[str, Any] = {}
    if isinstance(error, InputError) and error.parameter:
        facts["parameter"] = error.parameter
    if isinstance(error, LimitError):
        facts["limit"] = error.limit
    if isinstance(error, GoneError):
        facts["links"] = [{"href": error.again, "rel": "first", "title": "start again"}]
    if isinstance(error, UnknownTermError):
        facts["allowed"] = error.allowed
    if isinstance(error, FarPlaceError):
        facts |= {"distance_m": round(error.distance_m), "limit_m": error.limit_m}
    if isinstance(error, RuleError):
        facts["refusals"] = error.refusals
    if isinstance(error, ConflictError):
        facts |= {"key": error.key, "first": error.first}
    if isinstance(error, DamagedJournalError):
        facts["last_good"] = error.last_good
    return facts


_TOLD_INSTEAD: tuple[tuple[type[GeoError], str], ...] = (
    (BrokenFolderError, "the service's data folder is damaged; its log says where, and how to mend it"),
    (UnwritableFileError, "the service's disk takes no more, or cannot be written to; its log has the cause"),
)
"""The words of these name places on the service's machine, which are its operator's concern."""


def answer(error: GeoError) -> Response:
    """The problem that a client is told."""
    if isinstance(error, SignInError):
        address = f"{SIGN_IN}?next={quote(error.onward, safe='')}"
        return Response(status_code=HTTPStatus.SEE_OTHER, headers={"Location": address, "Cache-Control": "no-store"})
    status = status_of(error)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return our_fault(error)
    words = next((words for kind, words in _TOLD_INSTEAD if isinstance(error, kind)), None)
    if words is not None:
        log.error("%s", error)
    response = problem(status, words or str(error), **facts_of(error))
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, FullError):
        response.headers["Retry-After"] = str(error.retry_s)
    if isinstance(error, CrowdError):
        response.headers["Retry-After"] = "1"
    return response


def our_fault(error: Exception, scope: Mapping[str, Any] | None = None) -> Response:
    """What a client is told of an error that nobody expected; the log has the rest, with the id of the request."""
    seen = None if scope is None else scope.get("yixian")
    known = {"request_id": getattr(seen, "request_id", None)}
    log.error("unexpected %s", type(error).__name__, exc_info=error, extra=known)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "the service failed to answer; its log has the cause")


def _methods(request: Request) -> list[str]:
    """What can be done at an address. Its methods may be routes of their own; the framework names the first's only."""
    found = {
        method
        for method in ("GET", "HEAD", "POST")
        for route in request.app.routes
        if route.matches({**request.scope, "method": method})[0] is Match.FULL
    }
    return sorted(found)


def install(app: FastAPI) -> None:
    """Answer every error of `app` as problem+json."""

    @app.exception_handler(GeoError)
    async def _geo_error(request: Request, error: GeoError) -> Response:
        return answer(error)

    @app.exception_handler(RequestValidationError)
    async def _bad_request(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        name = str(first["loc"][-1])
        detail = f"{name}: {'is required' if first['type'] == 'missing' else first['msg']}"
        return problem(HTTPStatus.BAD_REQUEST, detail, parameter=name)

    @app.exception_handler(HTTPException)
    async def _http_error(request: Request, error: HTTPException) -> Response:
        response = problem(error.status_code, str(error.detail))
        response.headers.update(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            response.headers["Allow"] = ", ".join(_methods(request))
        return response

    @app.exception_handler(Exception)
    async def _our_fault(request: Request, error: Exception) -> Response:
        return our_fault(error, request.scope)
