"""What is sent byte by byte against a real server: slow, silent, endless, and requests that can be read in two ways."""

from __future__ import annotations

import itertools
import json
import shutil
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from api.gate.limits import Limits
from api.gate.rules import GateRules
from tests.attacks.wire import Heard, connected, rest_of, said
from tests.serving import Ear, Server, serving

HURRIED = Limits(
    header_s=1.0, idle_s=1.0, body_s=1.0, body_bytes_per_s=1000.0, stall_s=2.0, receipt_s=4.0, linger_s=0.5
)
"""The deadlines of a service that waits for nobody."""
SLACK_S = 2.0
"""A look every half second, on a machine with other work."""
GET = b"GET /health/live HTTP/1.1\r\nHost: y\r\n"
POST = b"POST /v1/nearest HTTP/1.1\r\nHost: y\r\n"
LENGTH = b"Content-Length: 5\r\n"
CODING = b"Transfer-Encoding: chunked\r\n"
CHUNKED = POST + CODING + b"\r\n"


LATE: dict[str, tuple[Iterable[bytes], float, tuple[int, ...]]] = {
    "silent": ([], 0, ()),
    "head without an end": ([GET], 0, (408,)),
    "head, a byte at a time": ([bytes([sign]) for sign in GET * 3], 0.05, (408,)),
    "silent after an answer": ([GET + b"\r\n"], 0, (200,)),
    "second head without an end": ([GET + b"\r\n" + GET], 0, (200, 408)),
    "body without an end": ([POST + b"Content-Length: 100\r\n\r\n{"], 0, (408,)),
    "chunk without an end": ([CHUNKED + b"5\r\n{"], 0, (408,)),
    "body, a byte at a time": ([POST + b"Content-Length: 9999\r\n\r\n", *[b" "] * 99], 0.05, (408,)),
    "chunks, a byte at a time": ([CHUNKED, *[b"1\r\n \r\n"] * 99], 0.05, (408,)),
}
"""What is sent, with which pauses, and what comes back before the connection ends."""


BROKEN: dict[str, tuple[bytes, int]] = {
    "both lengths": (POST + LENGTH + CODING + b"\r\n0\r\n\r\n", 400),
    "both lengths, turned": (POST + CODING + LENGTH + b"\r\n0\r\n\r\n", 400),
    "two lengths": (POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{    ", 400),
    "two lengths in one": (POST + b"Content-Length: 5, 6\r\n\r\n{    ", 400),
    "length with a sign": (POST + b"Content-Length: +5\r\n\r\n{    ", 400),
    "length below nothing": (POST + b"Content-Length: -5\r\n\r\n{    ", 400),
    "length in hexadecimal": (POST + b"Content-Length: 0x5\r\n\r\n{    ", 400),
    "blank before the colon": (POST + b"Content-Length : 5\r\n\r\n{    ", 400),
    "another coding": (POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
    "two codings": (POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 501),
    "coding twice": (POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n", 501),
    "chunk below nothing": (CHUNKED + b"-5\r\n{    \r\n0\r\n\r\n", 400),
    "chunk without measure": (CHUNKED + b"fffffffffffffffffffff\r\n", 400),
    "chunk with an endless extension": (CHUNKED + b"5;" + b"x" * 70000, 431),
    "NUL in a header": (GET + b"X: a\x00b\r\n\r\n", 400),
    "header without a colon": (GET + b"X\r\n\r\n", 400),
    "no host": (b"GET /health/live HTTP/1.1\r\n\r\n", 400),
    "two hosts": (GET + b"Host: z\r\n\r\n", 400),
    "no version": (b"GET /health/live\r\n\r\n", 400),
    "version to come": (b"GET /health/live HTTP/9.9\r\nHost: y\r\n\r\n", 400),
    "two blanks": (b"GET  /health/live HTTP/1.1\r\nHost: y\r\n\r\n", 400),
    "NUL in the method": (b"G\x00T /health/live HTTP/1.1\r\nHost: y\r\n\r\n", 400),
    "signs beyond ASCII": ("GET /v1/search?q=县 HTTP/1.1\r\nHost: y\r\n\r\n".encode(), 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "header of 40 KB": (GET + b"X: " + b"x" * 40000 + b"\r\n\r\n", 431),
    "header of 10 MB": (GET + b"X: " + b"x" * 10**7, 431),
    "200 headers": (GET + b"X: y\r\n" * 200 + b"\r\n", 431),
    "address of 70 KB": (b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\nHost: y\r\n\r\n", 431),
}
"""What is no HTTP, or can be read in two ways, and its status."""


@pytest.fixture(scope="module")
def server(at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = shutil.copytree(at_rest, tmp_path_factory.mktemp("attacked") / "county")
    with serving(Path(folder), gate=GateRules(limits=HURRIED)) as running:
        yield running


@pytest.fixture(scope="module")
def heard(server: Server) -> dict[str, Heard]:
    """What comes back in all cases, tried at once: each takes as long as a deadline."""
    asked = {name: (parts, pause_s) for name, (parts, pause_s, _) in LATE.items()}
    asked |= {name: ([whole], 0.0) for name, (whole, _) in BROKEN.items()}
    with ThreadPoolExecutor(len(asked)) as pool:
        tries = {
            name: pool.submit(said, server.port, parts, pause_s=pause_s) for name, (parts, pause_s) in asked.items()
        }
        return {name: found.result() for name, found in tries.items()}


@pytest.mark.parametrize("name", LATE)
def test_who_is_late_is_told_and_let_go(heard: dict[str, Heard], name: str) -> None:
    found, expected = heard[name], LATE[name][2]
    assert expected == found.statuses
    assert HURRIED.header_s - 0.1 < found.took_s < 99 * 0.05 + SLACK_S
    if expected[-1:] == (408,):
        assert b"application/problem+json" in found.content
        assert 1.0 == json.loads(found.content.rpartition(b"\r\n\r\n")[2])["limit"]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        pytest.param(POST + b"Content-Length: 1073741824\r\n\r\n", 413, id="declared"),
        pytest.param(POST + b"Expect: 100-continue\r\nContent-Length: 1073741824\r\n\r\n", 413, id="asked for before"),
        pytest.param(CHUNKED, 413, id="chunks"),
        pytest.param(b"GET /health/live HTTP/1.1\r\nHost: y\r\nContent-Length: 16000000\r\n\r\n", 200, id="of a GET"),
        pytest.param(b"POST /nowhere HTTP/1.1\r\nHost: y\r\nTransfer-Encoding: chunked\r\n\r\n", 404, id="to nowhere"),
    ],
)
def test_of_a_gibibyte_little_is_taken_before_the_connection_ends(server: Server, head: bytes, expected: int) -> None:
    megabyte = b" " * 2**20
    part = b"100000\r\n" + megabyte + b"\r\n" if b"chunked" in head else megabyte
    heard = said(server.port, itertools.chain([head], itertools.repeat(part, 1024)))
    assert heard.statuses[:1] in ((expected,), ())  # a reset may overtake the answer to one who does not listen
    assert heard.sent_bytes < 64 * 2**20


@pytest.mark.parametrize("name", BROKEN)
def test_what_can_be_read_in_two_ways_or_is_no_http_is_refused(heard: dict[str, Heard], name: str) -> None:
    found, expected = heard[name], BROKEN[name][1]
    assert expected == found.statuses[0]
    assert {expected, 400} >= set(found.statuses)  # what follows in the bytes is no request either
    assert b"application/problem+json" in found.content


def test_what_follows_a_body_is_a_request_of_its_own_and_what_is_in_it_is_none(server: Server) -> None:
    inner = GET + b"\r\n"
    whole = POST + b"Content-Length: %d\r\n\r\n" % len(inner) + inner
    assert (400, 200) == said(server.port, [whole + inner]).statuses


def test_who_takes_nothing_of_an_answer_is_let_go(server: Server) -> None:
    with connected(server.port, receive_buffer=4096) as sock:
        sock.sendall(b"GET /maps/coverage?f=file HTTP/1.1\r\nHost: y\r\n\r\n" * 200)
        time.sleep(HURRIED.stall_s + SLACK_S)
        assert len(rest_of(sock).statuses) < 200


def test_the_live_channel_outlives_every_deadline(server: Server) -> None:
    ear = Ear(server.port)
    assert "changed" == ear.event()["event"]
    time.sleep(HURRIED.receipt_s + SLACK_S)
    ear.sock.setblocking(False)
    with pytest.raises(BlockingIOError):  # open, and nothing to tell
        ear.sock.recv(1)
    ear.close()


def test_500_sockets_that_keep_silent_or_dawdle_do_not_keep_a_client_waiting(server: Server) -> None:
    took = []
    with ExitStack() as held:
        for number in range(500):
            sock = held.enter_context(connected(server.port))
            sock.sendall((b"", GET, POST + b"Content-Length: 9000\r\n\r\n{")[number % 3])
        for _ in range(200):
            began = time.monotonic()
            server.get("/v1/nearest?lon=111.405&lat=27.675")
            took.append(time.monotonic() - began)
    took.sort()
    print(f"\n500 slow sockets: a client waits {took[100] * 1000:.1f} ms, 99th percentile {took[197] * 1000:.1f} ms")
    assert took[197] < 2.0  # generous: the figure is the bench's


def test_where_all_connections_are_taken_the_longest_silent_one_makes_room(at_rest: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(at_rest, tmp_path / "county"))
    with serving(folder, gate=GateRules(limits=Limits(connections=5))) as running, ExitStack() as held:
        silent = [held.enter_context(connected(running.port)) for _ in range(5)]
        time.sleep(0.2)
        assert "alive" == running.get("/health/live")["status"]
        assert b"" == silent[0].recv(1)
        silent[4].setblocking(False)
        with pytest.raises(BlockingIOError):
            silent[4].recv(1)
