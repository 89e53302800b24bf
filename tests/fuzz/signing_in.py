"""What a browser or a program shows: the form to sign in, cookies, tokens, and the files in which they are kept."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from api.app import create_app
from api.errors import ForbiddenError, UnknownTokenError
from api.identity import accounts, sessions, signing_in, tokens
from api.identity.accounts import Account
from api.identity.attempts import Attempts
from api.identity.entrants import ACCOUNTS, TOKENS
from api.identity.identity import CSRF_HEADER, Identity
from api.settings import Settings, clock
from api.wiring import open_services
from geo import store
from geo.errors import BrokenFolderError
from geo.files import sealed
from geo.terms import Role
from tests.attacks.asking import ask as asked
from tests.county import AS_OF, county_of
from tests.fuzz.target import Case, Target

PASSWORD: Final = "correct horse"  # noqa: S105  # of a county that lives as long as the process
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
KEY: Final = bytes(32)
STATUSES: Final = {200, 303, 400, 401, 403, 413, 429, 431}

_ROOM: Final = tempfile.mkdtemp()
atexit.register(shutil.rmtree, _ROOM)
_FOLDER: Final = Path(_ROOM) / "county"
store.write_county(_FOLDER, county_of().layers, present=AS_OF, source="test")
SECRET: Final = tokens.add_token(_FOLDER, "program", Role.HQ, "431381", now=clock(), days=0)
accounts.add_account(_FOLDER, "duty", Role.HQ, "431381", PASSWORD, now=clock())
_SERVICES: Final = open_services(Settings(data=_FOLDER))
_APP: Final = create_app(_SERVICES)
_IDENTITY: Final = Identity(_FOLDER)
_SESSION: Final = _IDENTITY.begin(accounts.accounts(_FOLDER)[0])
COOKIE: Final = f"{_IDENTITY.cookie}={_IDENTITY.cookie_of(_SESSION)}"


def _is_password(account: Account | None, password: str) -> bool:
    """At once: what is looked for here is not in argon2, which takes a fifth of a second."""
    return account is not None and accounts._composed(password) == PASSWORD  # the spelling that is hashed


signing_in.is_password = _is_password  # type: ignore[attr-defined]  # in this process alone


def ask(case: Case) -> bool:
    """Somebody that is known; or a refusal, a 4xx, and nobody. A file of who there is, or its damage in words."""
    text = case.content.decode("latin-1")
    if case.door == "form":
        _APP.state.signing_in._attempts = Attempts()  # or the third is told to wait
        answer = asked(_APP, "/sign-in", "POST", case.content, FORM)
        assert answer.status in STATUSES, answer
        assert "location" not in answer.headers or answer.headers["location"].startswith("/")
        return answer.status == 303
    if case.door in (TOKENS, ACCOUNTS):
        return _kept(case)
    if case.door == "session":
        found = sessions.unsealed(text, KEY)
        assert found is None or sessions.sealed(found, KEY) == text
        return found is not None
    header, _, value = text.partition(":")
    return _let_in({header.lower().strip(): value.strip()}, case.door)


def _let_in(headers: Mapping[str, str], method: str) -> bool:
    _IDENTITY.session_of(headers)
    try:
        actor = _IDENTITY.actor_of(headers, method)
    except (UnknownTokenError, ForbiddenError):
        actor = None
    assert actor is None or actor.name in ("program", "duty")
    target = "/v1/layers" if method == "GET" else "/v1/stays"
    answer = asyncio.run(_status(target, method, headers))
    assert (200 if method == "GET" else 400) == answer if actor is not None else answer in STATUSES, answer
    return actor is not None


async def _status(target: str, method: str, headers: Mapping[str, str]) -> int:
    """What the whole service answers, the headers as they came in."""
    sent: list[Any] = []
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in {"host": "a", **headers}.items()]
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": target}
    scope |= {"raw_path": target.encode(), "query_string": b"", "root_path": "", "scheme": "http", "state": {}}
    scope |= {"server": ("127.0.0.1", 80), "client": ("127.0.0.1", 5000), "headers": raw}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await _APP(scope, receive, send)
    status: int = sent[0]["status"]
    return status


def _kept(case: Case) -> bool:
    """A file with its check as it is, and with one that fits what it says."""
    taken = False
    contents = [case.content]
    try:
        told = orjson.loads(case.content)
        if isinstance(told, dict):
            contents.append(sealed({name: value for name, value in told.items() if name != "check"}))
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        pass
    for content in contents:
        try:
            read = tokens.passes if case.door == TOKENS else accounts.accounts_in
            taken |= bool(read(_FOLDER / case.door, content))
        except BrokenFolderError:
            continue
    return taken


TARGET = Target(
    ask,
    [
        Case("form", f"name=duty&password={PASSWORD.replace(' ', '+')}&next=/maps/risk&lang=en".encode()),
        Case("form", b"name=duty&password=correct%20horse&next=%2Fv1%2Fnearest%3Flon%3D1"),
        Case("session", sessions.sealed(sessions.begun("县", 3, 1_670_000_000.0), KEY).encode()),
        Case("GET", f"Authorization: Bearer {SECRET}".encode()),
        Case("POST", f"Authorization: bearer {SECRET}".encode()),
        Case("GET", f"Cookie: a=1; {COOKIE}; b".encode()),
        Case(TOKENS, (_FOLDER / TOKENS).read_bytes()),
        Case(ACCOUNTS, (_FOLDER / ACCOUNTS).read_bytes()),
    ],
    [
        *(
            b"//evil.example",
            b"/\\evil.example",
            b"%0d%0aX:%20y",
            b"name=",
            b"&",
            b";",
            b"=",
            b"%u0041",
            b"%c0%af",
            b"+",
        ),
        *(
            COOKIE.encode(),
            b"Bearer ",
            b"yx_",
            b"Cookie: ",
            b"Authorization: ",
            CSRF_HEADER.encode(),
            b"\xc3\xa9",
            b".",
        ),
    ],
    [
        Case(TOKENS, b'{"tokens": [{"name": "a", "role": "hq", "area": "431381", "sha256": [], "made_at": ""}]}'),
        Case("form", b"a=1&" * 11),
        Case("form", b"name=" + b"a" * 20_000),
        Case("POST", f"Cookie: {COOKIE}".encode()),
    ],
)
