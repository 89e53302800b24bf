"""The gate counts, refuses and marks before any route sees a request, and tells its watchers how it went."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from fastapi import Response
from fastapi.testclient import TestClient

from api.app import create_app
from api.gate.gate import Gate
from api.gate.hosts import rules_of
from api.gate.limits import Limits
from api.gate.rules import ANY_HOST, GateRules, client_of, networks
from api.gate.seen import GONE, Seen
from api.gate.shedding import Kind, kind_of
from api.settings import Settings
from api.wiring import Services
from geo.errors import InputError

Message = MutableMapping[str, Any]
Asked = Callable[..., Awaitable[tuple[int, dict[str, str]]]]
STRANGER = "203.0.113.9"


class Room:
    """An application behind a gate: it reads the body, waits while `door` is shut, and answers."""

    def __init__(self, rules: GateRules = ANY_HOST, *, reads: bool = False, **set_as: bool) -> None:
        self.door = asyncio.Event()
        self.door.set()
        self.reads = reads
        self.seen: list[Seen] = []
        self.gate = Gate(self._answer, rules, [self.seen.append], **set_as)
        self.met: list[Mapping[str, Any]] = []

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        self.met.append(scope)
        while self.reads and (await receive())["more_body"]:
            pass
        await self.door.wait()
        await Response(b"answered")(scope, receive, send)

    async def ask(
        self,
        path: str = "/v1/nearest",
        method: str = "GET",
        client: str = "127.0.0.1",
        receive: Callable[[], Awaitable[Message]] | None = None,
        **headers: str,
    ) -> tuple[int, dict[str, str]]:
        given = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
        scope = {"type": "http", "method": method, "path": path, "client": (client, 50000), "scheme": "http"}
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def nothing() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        await self.gate({**scope, "headers": given}, receive or nothing, send)
        return sent[0]["status"], {name.decode(): text.decode() for name, text in sent[0]["headers"]}


def _run(task: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await asyncio.wait_for(task(), 10)

    with ThreadPoolExecutor(1) as apart:  # a browser of another test leaves its loop running on this thread
        apart.submit(lambda: asyncio.run(whole())).result()


async def _busy(room: Room, count: int, **asked: Any) -> list[asyncio.Task[tuple[int, dict[str, str]]]]:
    """So many requests that wait for their answers."""
    room.door.clear()
    tasks = [asyncio.create_task(room.ask(**asked)) for _ in range(count)]
    await asyncio.sleep(0.01)
    return tasks


@pytest.mark.parametrize("path", ["/v1/nearest?lon=111.405&lat=27.675", "/v1/layers", "/", "/nowhere", "/v1/nearest"])
def test_every_answer_tells_browsers_what_they_may_do(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert "nosniff" in headers["x-content-type-options"]
    assert "DENY" == headers["x-frame-options"]
    assert "no-referrer" == headers["referrer-policy"]
    assert "camera=()" in headers["permissions-policy"]
    assert "same-origin" == headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-request-id"]


def test_only_a_service_of_https_tells_browsers_to_stay_with_it_and_only_a_shared_one_lets_others_in() -> None:
    async def asked() -> None:
        _, plain = await Room().ask()
        _, both = await Room(is_https=True, is_shared=True).ask()
        assert "strict-transport-security" not in plain
        assert both["strict-transport-security"].startswith("max-age=")
        assert "cross-origin" == both["cross-origin-resource-policy"]

    _run(asked)


def test_watchers_are_told_of_every_request_with_its_route_status_and_bytes(services: Services) -> None:
    told: list[Seen] = []
    with TestClient(create_app(services, watchers=[told.append])) as client:
        answer = client.get("/v1/layers/villages.geojson", headers={"accept-encoding": "identity"})
        client.get("/nowhere")
        client.get("/v1/nearest?k=99")
    layer, nowhere, refused = told
    assert ("GET", "/v1/layers/{name}.geojson", 200) == (layer.method, layer.route, layer.status)
    assert len(answer.content) == layer.bytes_out
    assert answer.headers["x-request-id"] == layer.request_id
    assert layer.duration_s > 0
    assert (404, None) == (nowhere.status, nowhere.route)
    assert (400, "/v1/nearest") == (refused.status, refused.path)


def test_a_client_that_goes_before_its_answer_is_told_as_such_and_is_no_error() -> None:
    from starlette.requests import ClientDisconnect

    async def asked() -> None:
        room = Room()

        async def gone(*_: object) -> None:
            raise ClientDisconnect

        room.gate.app = gone
        with pytest.raises(IndexError):  # there is no answer
            await room.ask()
        assert [GONE] == [one.status for one in room.seen]
        assert 0 == room.gate.under_way

    _run(asked)


def test_an_id_is_taken_from_a_named_proxy_alone() -> None:
    async def asked() -> None:
        room = Room(GateRules(proxies=networks("10.0.0.0/8")))
        for client, sent, kept in (
            ("10.1.2.3", "abc.DEF-1_", True),
            (STRANGER, "abc", False),
            ("10.1.2.3", "a b\r\nc", False),
            ("10.1.2.3", "x" * 65, False),
        ):
            _, headers = await room.ask(client=client, x_request_id=sent)
            assert kept is (headers["x-request-id"] == sent)
        assert 4 == len({one.request_id for one in room.seen})

    _run(asked)


@pytest.mark.parametrize(
    ("peer", "chain", "expected"),
    [
        (STRANGER, "198.51.100.1", STRANGER),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "127.0.0.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.3", "10.0.0.3"),
        ("10.0.0.1", "2001:db8::7", "2001:db8::7"),
    ],
)
def test_the_client_is_the_last_address_that_no_named_proxy_has(peer: str, chain: str, expected: str) -> None:
    async def asked() -> None:
        room = Room(GateRules(proxies=networks("10.0.0.0/8")))
        await room.ask(client=peer, x_forwarded_for=chain, x_forwarded_proto="https")
        assert expected == room.seen[0].client
        assert ("http" if peer == STRANGER else "https") == room.met[0]["scheme"]

    _run(asked)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("county.example.org", 200),
        ("COUNTY.example.org.:8443", 200),
        ("[::1]:8000", 200),
        ("evil.example", 421),
        ("county.example.org.evil.example", 421),
        ("county.example.org@evil.example", 421),
        ("evil.example:80:80", 421),
        ("192.0.2.1", 421),
        ("", 421),
    ],
)
def test_only_the_names_of_the_service_are_answered(host: str, expected: int) -> None:
    async def asked() -> None:
        room = Room(GateRules(frozenset({"county.example.org", "::1"})))
        assert expected == (await room.ask(host=host))[0]

    _run(asked)


def test_the_rules_follow_from_where_the_service_listens_and_how_it_is_called() -> None:
    alone = rules_of(Settings())
    assert alone.answers_to(b"localhost:8000")
    assert not alone.answers_to(b"192.0.2.1")
    everywhere = "0.0.0.0"  # noqa: S104  # a service for others
    named = {"public_address": "https://county.example.org", "hosts": "other.example, [::2]"}
    public = rules_of(Settings(host=everywhere, **named))
    for name in (b"county.example.org", b"other.example:80", b"192.0.2.1:8000", b"[2001:db8::1]:8000", b"[::2]"):
        assert public.answers_to(name)
    assert not public.answers_to(b"evil.example")
    with pytest.raises(InputError, match="proxies"):
        rules_of(Settings(proxies="10.0.0.0/99"))


def test_limits_are_set_by_name() -> None:
    assert 1000 == Limits.of({"body_bytes": 1000.0}).body_bytes
    for name, limit in (("body_byte", 1000.0), ("body_bytes", 0.0), ("body_bytes", math.nan), ("body_bytes", math.inf)):
        with pytest.raises(InputError, match="body_byte"):
            Limits.of({name: limit})


def test_the_paper_on_security_tells_every_limit_and_its_default() -> None:
    paper = (Path(__file__).resolve().parents[2] / "SECURITY.md").read_text(encoding="utf-8")
    told: dict[str, float] = {}
    section = paper.partition("## Limits of requests")[2].partition("\n## ")[0]
    for row in re.findall(r"^\| (`[^|]*) \| ([\d, ]+) \|", section, re.MULTILINE):
        told |= dict(zip(re.findall(r"`(\w+)`", row[0]), map(float, row[1].split(",")), strict=True))
    assert {name: float(limit) for name, limit in asdict(Limits()).items()} == told


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"content_length": "5"}, 200),
        ({"content_length": str(16 * 2**20 + 1)}, 413),
        ({"content_length": "9" * 5000}, 413),
        ({"content_length": "-1"}, 400),
        ({"content_length": "5, 6"}, 400),
        ({"content_length": "5", "transfer_encoding": "chunked"}, 400),
        ({f"x_{number}": "" for number in range(100)}, 200),
        ({f"x_{number}": "" for number in range(101)}, 431),
    ],
)
def test_a_head_that_declares_too_much_or_contradicts_itself_goes_no_farther(
    headers: dict[str, str], expected: int
) -> None:
    async def asked() -> None:
        room = Room()
        assert expected == (await room.ask(method="POST", **headers))[0]
        assert (expected == 200) is bool(room.met)

    _run(asked)


def test_chunks_are_counted_while_they_come(services: Services) -> None:
    with TestClient(create_app(services, gate=GateRules(limits=Limits(body_bytes=1000)))) as client:
        answer = client.post("/v1/nearest", content=(b" " * 100 for _ in range(11)))
    assert 413 == answer.status_code
    assert 1000 == answer.json()["limit"]


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/", Kind.HEAVY),
        ("GET", "/v1/export", Kind.HEAVY),
        ("GET", "/ogc/collections/villages/items", Kind.HEAVY),
        ("GET", "/tiles/villages/1/1/1.pbf", Kind.LIGHT),
        ("GET", "/v1/nearest", Kind.QUESTION),
        ("POST", "/v1/nearest", Kind.QUESTION),
        ("POST", "/v1/check-ins", Kind.WRITE),
        ("PUT", "/ogc/collections/closures/items/1", Kind.WRITE),
        ("GET", "/health/ready", Kind.HEALTH),
        ("GET", "/metrics", Kind.HEALTH),
    ],
)
def test_a_request_is_known_by_method_and_path(method: str, path: str, expected: Kind) -> None:
    assert expected is kind_of(method, path)


@pytest.mark.parametrize(
    ("busy", "answered"),
    [
        (3, ["/", "/tiles/a", "/v1/nearest", "POST", "/health/live"]),
        (4, ["/v1/nearest", "POST", "/health/live"]),
        (6, ["POST", "/health/live"]),
        (8, ["/health/live"]),
    ],
)
def test_overload_turns_away_pages_first_then_questions_then_writes_and_never_health(
    busy: int, answered: list[str]
) -> None:
    async def asked() -> None:
        room = Room(GateRules(limits=Limits(at_once=8)))
        waiting = await _busy(room, busy, path="/health/live")
        statuses = {}
        for path in ("/", "/tiles/a", "/v1/nearest", "POST", "/health/live"):
            asked = {"path": "/v1/check-ins", "method": "POST"} if path == "POST" else {"path": path}
            task = asyncio.create_task(room.ask(**asked))
            await asyncio.sleep(0.01)
            if task.done():
                status, headers = task.result()
                assert (503, "2") == (status, headers["retry-after"])
            else:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                statuses[path] = 200
        assert answered == list(statuses)
        room.door.set()
        await asyncio.gather(*waiting)
        assert 0 == room.gate.under_way

    _run(asked)


def test_pages_are_made_a_few_at_a_time_and_questions_do_not_wait_for_them() -> None:
    async def asked() -> None:
        room = Room(GateRules(limits=Limits(heavy_at_once=2)))
        pages = await _busy(room, 5, path="/")
        assert 2 == len(room.met)
        question = asyncio.create_task(room.ask())
        await asyncio.sleep(0.01)
        assert "/v1/nearest" == room.met[-1]["path"]
        room.door.set()
        assert [200] * 6 == [status for status, _ in await asyncio.gather(*pages, question)]

    _run(asked)


def test_one_client_has_its_share_and_this_machine_is_not_held_to_it() -> None:
    async def asked() -> None:
        room = Room(GateRules(limits=Limits(at_once_per_client=2)))
        waiting = await _busy(room, 2, client=STRANGER) + await _busy(room, 5)
        status, headers = await room.ask(client=STRANGER)
        assert (429, "1") == (status, headers["retry-after"])
        room.door.set()
        assert 200 == (await room.ask(client="198.51.100.1"))[0]
        await asyncio.gather(*waiting)
        assert 200 == (await room.ask(client=STRANGER))[0]
        assert not room.gate.by_client

    _run(asked)


def test_neither_a_body_that_is_still_coming_nor_an_answer_that_is_going_out_takes_a_place() -> None:
    async def asked() -> None:
        room = Room(reads=True)
        sent: asyncio.Queue[Message] = asyncio.Queue()
        task = asyncio.create_task(room.ask(method="POST", receive=sent.get, content_length="5"))
        await asyncio.sleep(0.01)
        assert 0 == room.gate.under_way
        room.door.clear()
        await sent.put({"type": "http.request", "body": b"whole", "more_body": False})
        await asyncio.sleep(0.01)
        assert 1 == room.gate.under_way
        room.door.set()
        await task
        assert 0 == room.gate.under_way

    _run(asked)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", None),
        ("127.9.9.9", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        (STRANGER, STRANGER),
        ("::ffff:203.0.113.9", STRANGER),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_a_client_is_its_address_and_of_ipv6_its_network(address: str, expected: str | None) -> None:
    assert expected == client_of(address)
