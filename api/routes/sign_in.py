"""Signing in and out of a browser, and who is signed in. Programs send a token instead, and need none of this."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from api import params
from api.access import Actor
from api.deps import Watched
from api.errors import SIGN_IN, ForbiddenError, FullError, TooLargeError
from api.identity.accounts import Account
from api.identity.identity import CSRF_HEADER, Identity
from api.identity.signing_in import SigningIn, TooManyTriesError
from api.wiring import Services
from geo.errors import InputError
from geo.geojson import dumps
from maps.pages.document import county_name
from maps.pages.sign_in import POLICY, Refused, sign_in_page
from maps.words import LANGUAGES
from maps.words import words as words_of

router = APIRouter(tags=["session"])
MOST_BYTES: Final = 16 * 1024
"""A name and a password, each letter written as %XX."""
_FORM: Final = "application/x-www-form-urlencoded"
_ONWARD: Final = re.compile(r"/(?![/\\])[A-Za-z0-9._~/?&=%#+,@!:;*'()$-]*", re.ASCII)
_LONGEST_ONWARD: Final = 1000
_PRIVATE: Final = {"Cache-Control": "no-store", "Vary": "Cookie"}


@router.get(SIGN_IN, summary="The page to sign in", response_class=HTMLResponse)
def get_sign_in(
    request: Request,
    watched: Watched,
    onward: Annotated[str, Query(alias="next", description="the path of this service to go on to")] = "/",
    lang: Annotated[str | None, Query(description="zh or en; by default as Accept-Language says, else zh")] = None,
) -> Response:
    """Whoever is signed in goes on at once."""
    if watched.current.access.session_of(request.headers) is not None:
        return _gone_on(path_here(onward))
    return _page(request, watched.current, path_here(onward), params.language(lang, _liked(request)))


@router.post(SIGN_IN, summary="Sign in", response_class=HTMLResponse)
async def post_sign_in(request: Request, watched: Watched) -> Response:
    """A form of `name`, `password` and `next`, sent by the page. The answer sets a cookie that scripts cannot read."""
    served: Services = watched.current
    signing_in: SigningIn = request.app.state.signing_in
    form = await _form(request)
    onward, lang = path_here(form.get("next", "/")), form.get("lang", "")
    language = lang if lang in LANGUAGES else params.language(None, _liked(request))
    name, address = form.get("name", ""), request.client.host if request.client else "-"
    try:
        served.access.refuse_foreign(request.headers)
        account = await signing_in.account(served.access, name, form.get("password", ""), address)
    except ForbiddenError:
        return _refused(request, served, onward, language, HTTPStatus.FORBIDDEN, Refused("foreign"))
    except TooManyTriesError as reason:
        refused = Refused("wait", (("seconds", reason.wait_s),))
        response = _refused(request, served, onward, language, HTTPStatus.TOO_MANY_REQUESTS, refused, name)
        response.headers["Retry-After"] = str(reason.wait_s)
        return response
    except FullError as reason:
        response = _refused(request, served, onward, language, HTTPStatus.SERVICE_UNAVAILABLE, Refused("busy"), name)
        response.headers["Retry-After"] = str(reason.retry_s)
        return response
    if account is None:
        response = _refused(request, served, onward, language, HTTPStatus.UNAUTHORIZED, Refused("wrong"), name)
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    return await run_in_threadpool(_signed_in, served, account, onward)


@router.post("/sign-out", summary="Sign out, on every machine", status_code=HTTPStatus.NO_CONTENT)
async def post_sign_out(request: Request, watched: Watched) -> Response:
    """It needs the session's token, as the header X-CSRF-Token or as the field `csrf` of a form."""
    served: Services = watched.current
    found = served.access.session_of(request.headers)
    if found is not None:
        session, actor = found
        token = request.headers.get(CSRF_HEADER)
        if token is None and request.headers.get("content-type", "").startswith(_FORM):
            token = (await _form(request)).get("csrf")
        served.access.refuse_forged(session, request.headers, token)
        await run_in_threadpool(_signed_out, served, actor)
    response = Response(status_code=HTTPStatus.NO_CONTENT, headers=_PRIVATE)
    _set_cookie(response, served.access, "", 0)
    return response


@router.get("/v1/session", summary="Who is signed in")
async def get_session(request: Request, watched: Watched) -> Response:
    """`name` is null where nobody is. `csrf` goes along with what a page changes; `left_s`: how long the session lasts.

    Asking is a sign of life: a session lasts an hour from the last one, and eight hours in all.
    """
    access = watched.current.access
    found = access.session_of(request.headers)
    body: dict[str, object] = {"name": None, "has_accounts": access.has_accounts}
    if found is None:
        return Response(dumps(body), media_type="application/json", headers=_PRIVATE)
    before, actor = found
    session = access.renewed(before)
    body |= {"name": actor.name, "role": actor.role.value, "area": actor.area}
    body |= {"csrf": access.csrf_of(session), "left_s": access.left_s(session)}
    response = Response(dumps(body), media_type="application/json", headers=_PRIVATE)
    if session is not before:
        _set_cookie(response, access, access.cookie_of(session), access.left_s(session))
    return response


def path_here(text: str) -> str:
    """`text` where it is a path on this service, else the console: nobody is led away by a link to our own page."""
    is_here = len(text) <= _LONGEST_ONWARD and _ONWARD.fullmatch(text) and not text.startswith(SIGN_IN)
    return text if is_here else "/"


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form, the first of each name; TooLargeError, InputError."""
    if not request.headers.get("content-type", "").startswith(_FORM):
        raise InputError(f"send a form: {_FORM}", parameter="Content-Type")
    content = b""
    async for chunk in request.stream():
        content += chunk
        if len(content) > MOST_BYTES:
            raise TooLargeError(f"the form is larger than {MOST_BYTES // 1024} KiB", limit=MOST_BYTES)
    try:
        pairs = parse_qsl(content.decode("ascii"), keep_blank_values=True, max_num_fields=10, errors="strict")
    except ValueError:
        raise InputError("that is no form of a few fields in UTF-8", parameter="body") from None
    return dict(reversed(pairs))


def _signed_in(served: Services, account: Account, onward: str) -> Response:
    if served.audit is not None:
        served.audit.signed_in(Actor(account.name, account.role, account.area))
    response = _gone_on(onward)
    session = served.access.begin(account)
    _set_cookie(response, served.access, served.access.cookie_of(session), served.access.left_s(session))
    return response


def _signed_out(served: Services, actor: Actor) -> None:
    served.access.end(actor.name)
    if served.audit is not None:
        served.audit.signed_out(actor)


def _refused(
    request: Request, served: Services, onward: str, language: str, status: HTTPStatus, refused: Refused, name: str = ""
) -> Response:
    if served.audit is not None and name:
        known = served.access.account(name)
        client = request.client.host if request.client else "-"
        served.audit.sign_in_refused(client if known is None else known.name, refused.key)
    return _page(request, served, onward, language, status, refused, name)


def _page(
    request: Request,
    served: Services,
    onward: str,
    language: str,
    status: HTTPStatus = HTTPStatus.OK,
    refused: Refused | None = None,
    name: str = "",
) -> Response:
    other = next(one for one in LANGUAGES if one != language)
    words = words_of(language)
    content = sign_in_page(
        words,
        county_name(served.atlas, words),
        onward=onward,
        other_language=f"{SIGN_IN}?{urlencode({'next': onward, 'lang': other})}",
        name=name[:64],
        refused=refused,
        has_accounts=served.access.has_accounts,
    )
    headers = {**_PRIVATE, "Content-Security-Policy": POLICY}
    return Response(content, status, headers, "text/html; charset=utf-8")


def _gone_on(onward: str) -> Response:
    return Response(status_code=HTTPStatus.SEE_OTHER, headers={**_PRIVATE, "Location": onward})


def _set_cookie(response: Response, access: Identity, value: str, life_s: int) -> None:
    """Lax and not Strict: whoever follows a link to the console, from an alert, comes in signed in.

    Nothing is changed by what a link alone can send: that takes the session's token.
    """
    response.set_cookie(
        access.cookie, value, max_age=life_s, path="/", secure=access.is_https, httponly=True, samesite="lax"
    )


def _liked(request: Request) -> str | None:
    return request.headers.get("accept-language")
