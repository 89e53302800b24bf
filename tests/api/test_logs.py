"""The log: one line a request, nothing secret in it, and no line that a client wrote."""

from __future__ import annotations

import io
import json
import logging
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from api.app import create_app
from api.gate import logs
from api.gate.lines import LONGEST, LineFormatter, as_json, as_words, clean
from api.gate.logs import Log, logging_to
from api.gate.seen import Seen
from api.identity.tokens import add_token
from api.settings import Settings, clock
from api.wiring import Services, open_services
from geo.terms import Role

CANARY = "CANARY7890123456789"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def seen(**facts: Any) -> Seen:
    given = {"request_id": "a-1", "client": "192.0.2.7", "method": "GET", "path": "/v1/nearest", "started_s": 0.0}
    return Seen(**{**given, "route": "/v1/nearest", "status": 200, "duration_s": 0.0012, **facts})


def lines_of(*requests: Seen, which: logs.Which = "all", level: str = "info") -> list[dict[str, Any]]:
    stream = io.StringIO()
    with logging_to(stream, which=which, level=level) as log:
        for one in requests:
            log.watch(one)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_request_is_one_line_with_all_that_is_known_of_it() -> None:
    (line,) = lines_of(seen(actor="hq"))
    at = datetime.fromisoformat(line.pop("time"))
    assert timedelta(hours=8) == at.utcoffset()
    assert abs(clock() - at) < timedelta(minutes=1)
    assert {
        "level": "info",
        "event": "request",
        "request_id": "a-1",
        "actor": "hq",
        "client": "192.0.2.7",
        "method": "GET",
        "route": "/v1/nearest",
        "status": 200,
        "duration_ms": 1.2,
        "bytes": 0,
    } == line


@pytest.mark.parametrize(
    ("expected", "facts"),
    [
        (None, {}),
        (None, {"status": 304}),
        (None, {"status": 404}),
        (None, {"status": 400, "method": "POST", "path": "/v1/check-ins"}),
        (None, {"method": "POST", "path": "/v1/nearest"}),  # a question with a body
        (None, {"route": "/v1/live", "duration_s": 3600.0}),  # a page that was open
        ("info", {"method": "POST", "path": "/v1/check-ins", "status": 201}),
        ("info", {"duration_s": 1.5}),
        ("warning", {"status": 401}),
        ("warning", {"status": 403}),
        ("warning", {"status": 429}),
        ("error", {"status": 500}),
        ("error", {"status": 503}),
        ("error", {"status": 0}),
    ],
)
def test_without_being_asked_writes_refusals_failures_and_slow_requests_are_written(
    expected: str | None, facts: dict[str, Any]
) -> None:
    levels = [line["level"] for line in lines_of(seen(**facts), which="writes")]
    assert ([] if expected is None else [expected]) == levels
    assert 1 == len(lines_of(seen(**facts), which="all"))


def test_the_least_level_holds_for_requests_and_programs() -> None:
    stream = io.StringIO()
    with logging_to(stream, which="all", level="warning") as log:
        log.watch(seen())
        log.watch(seen(status=403))
        logging.getLogger("yixian").info("quiet")
        logging.getLogger("asyncio").warning("loud")
    assert ["request", "loud"] == [json.loads(line)["event"] for line in stream.getvalue().splitlines()]


def test_what_programs_say_has_its_cause_and_the_request_it_belongs_to() -> None:
    stream = io.StringIO()
    with logging_to(stream):
        try:
            raise ValueError("the cause")
        except ValueError as reason:
            logging.getLogger("yixian").error("unexpected %s", "x", exc_info=reason, extra={"request_id": "a-9"})
    (line,) = map(json.loads, stream.getvalue().splitlines())
    assert ("error", "unexpected x", "yixian", "a-9") == tuple(
        line[name] for name in ("level", "event", "logger", "request_id")
    )
    assert "ValueError: the cause" in line["error"]


def test_on_a_terminal_it_is_words_and_a_trace_is_set_in() -> None:
    stream = Terminal()
    with logging_to(stream, which="all") as log:
        log.watch(seen(actor="站长"))
        try:
            raise ValueError("first\n2026-11-23 forged line")
        except ValueError as reason:
            logging.getLogger("yixian").error("failed", exc_info=reason)
    first, second, *trace = stream.getvalue().splitlines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} info    request  request_id=a-1  actor=站长  .*", first)
    assert " error   failed" in second
    assert trace
    assert all(line.startswith("    ") for line in trace)


@contextmanager
def as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    assert before == (root.handlers[:], root.level)


def test_python_s_own_logging_is_as_before_afterwards() -> None:
    with as_it_was(), logging_to(io.StringIO(), level="debug"):
        assert logging.DEBUG == logging.getLogger().level


# --- secrets

SENT: list[Callable[[TestClient], object]] = [
    lambda client: client.get("/v1/nearest?lon=1&lat=1", headers={"Authorization": f"Bearer yx_{CANARY}"}),
    lambda client: client.get("/v1/events", headers={"Authorization": f"Basic {CANARY}"}),
    lambda client: client.get("/v1/events", headers={"Cookie": f"yixian_session={CANARY}; __Host-yixian={CANARY}"}),
    lambda client: client.get(f"/v1/search?q=yx_{CANARY}"),
    lambda client: client.get(f"/v1/search?member={CANARY}"),
    lambda client: client.get(f"/v1/yx_{CANARY}"),
    lambda client: client.get(f"/token={CANARY}"),
    lambda client: client.get("/health/live", headers={"User-Agent": CANARY, "Referer": f"/?t={CANARY}"}),
    lambda client: client.get("/health/live", headers={"X-Request-ID": f"yx_{CANARY}"}),
    lambda client: client.post("/v1/check-ins", json={"password": CANARY, "token": f"yx_{CANARY}"}),
    lambda client: client.post("/v1/check-ins", content=f'{{"member": "{CANARY}"'.encode()),
    lambda client: client.post("/v1/check-ins", json={}, headers={"Idempotency-Key": f"yx_{CANARY}"}),
    lambda client: client.post("/sign-in", data={"name": "hq", "password": CANARY, "csrf": CANARY}),
]


@pytest.fixture
def services(at_rest: Path, tmp_path: Path) -> Iterator[Services]:
    folder = Path(shutil.copytree(at_rest, tmp_path / "county"))
    add_token(folder, "hq", Role.HQ, "431381", now=clock())
    made = open_services(Settings(data=folder))
    yield made
    made.close()


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_no_secret_that_a_client_sends_is_written(services: Services, stream: type[io.StringIO]) -> None:
    out = stream()
    with logging_to(out, which="all", level="debug") as log:
        client = TestClient(create_app(services, watchers=[log.watch]), raise_server_exceptions=False)
        for send in SENT:
            send(client)
    assert len(SENT) <= len(out.getvalue().splitlines())
    assert CANARY not in out.getvalue()


def test_no_secret_is_written_when_an_answer_fails(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError(f"with Authorization: Bearer yx_{CANARY} and password={CANARY}")

    out = io.StringIO()
    monkeypatch.setattr("api.deps.Services.reader_of", fails)
    with logging_to(out, which="all") as log:
        client = TestClient(create_app(services, watchers=[log.watch]), raise_server_exceptions=False)
        answer = client.get(f"/v1/search?q={CANARY}")
    told = [json.loads(line) for line in out.getvalue().splitlines()]
    lines = [line for line in told if not line.get("logger", "").startswith("httpx")]  # the test's own client
    assert (500, {"request", "unexpected RuntimeError"}) == (answer.status_code, {line["event"] for line in lines})
    assert {answer.headers["x-request-id"]} == {line["request_id"] for line in lines}
    assert CANARY not in out.getvalue() + answer.text


@pytest.mark.parametrize(
    "text",
    [
        f"yx_{CANARY}",
        f"Authorization: Bearer {CANARY}",
        f"authorization: basic {CANARY}==",
        f"(b'authorization', b'Bearer {CANARY}')",
        f"{{'Cookie': 'a={CANARY}; b={CANARY}'}}",
        f"set-cookie: yixian_session={CANARY}; Path=/",
        f"password={CANARY}&x=1",
        f'"password": "{CANARY}"',
        f"'new_password': '{CANARY}'",
        f"token={CANARY}",
        f'{{"token":"{CANARY}"}}',
        f"csrf_token='{CANARY}'",
        f"GET /v1/teams?member={CANARY} HTTP/1.1",
        f"http://host/v1/search?q={CANARY}#x",
        f"$argon2id$v=19$m=65536,t=3,p=4${CANARY}",
        f"api_key: {CANARY}",
    ],
)
def test_a_secret_within_a_text_is_hidden(text: str) -> None:
    assert CANARY not in clean(text)
    assert CANARY not in LineFormatter(for_people=True).format(
        logging.LogRecord("x", logging.INFO, "", 0, "%s", (text,), None)
    )


@pytest.mark.parametrize(
    "text", ["data version 4b0360c8d7c5 took over", "/v1/layers/{name}.geojson", "冷水江市", "a-1f"]
)
def test_what_is_no_secret_is_written_as_it_is(text: str) -> None:
    assert text == clean(text)


# --- lines that are not ours

ANY = st.text(max_size=60) | st.sampled_from(
    ["\r\n", "\x1b[2J", "\u202e", "\u2028", "\x00", "\x85", '"}\n{"level":"info"']
)


@given(path=ANY, client=ANY, method=ANY, actor=ANY)
def test_whatever_a_client_sends_stays_one_line_and_moves_no_cursor(
    path: str, client: str, method: str, actor: str
) -> None:
    facts = {"time": "2026-11-23T10:00:00.000+08:00", "level": "info", "event": "request", "path": path}
    facts |= {"client": client, "method": method, "actor": actor}
    for line in (as_json(facts), as_words(facts)):
        assert 1 == len(line.splitlines() or [""])
        assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", line)
        line.encode()
    assert {"time", "level", "event", "path", "client", "method", "actor"} == json.loads(as_json(facts)).keys()


def test_a_text_without_end_is_cut() -> None:
    assert LONGEST + 1 == len(clean(" x" * 10_000))


def test_the_path_is_written_only_where_no_route_matched() -> None:
    matched, unmatched = lines_of(seen(route="/v1/teams/{team_id}"), seen(route=None, path="/admin.php", status=404))
    assert ("path" in matched, "/admin.php") == (False, unmatched["path"])


# --- a stream that fails


def test_lines_that_come_too_fast_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_WAITING", 10)
    stream = io.StringIO()
    log = Log(stream, which="all")
    for _ in range(25):
        log.watch(seen())
    log.close()
    *requests, last = map(json.loads, stream.getvalue().splitlines())
    assert (10, True) == (len(requests), last["event"].startswith("15 lines were not written"))


def test_a_stream_that_takes_no_more_stops_nobody() -> None:
    class Broken(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    with logging_to(Broken(), which="all") as log:
        log.watch(seen())


def test_a_request_that_is_not_written_costs_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log(io.StringIO())
    for _ in range(100):
        log.watch(seen())
    assert 0 == len(log._waiting)


def test_the_parent_of_workers_needs_nothing_but_python_for_its_lines() -> None:
    import subprocess

    code = "import sys, api.gate.lines; print(sorted({'numpy', 'orjson', 'starlette', 'pydantic'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert "[]" == done.stdout.strip()
