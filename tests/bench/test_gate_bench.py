"""What the gate costs a question, and what a client waits for while 500 sockets dawdle.

Run with `make bench`. Figures are printed beside their bars, never asserted; the servers run in processes of their own.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi import Response

from api.gate.gate import Gate
from api.gate.hosts import rules_of
from api.settings import Settings
from tests.bench.servers import ROOT, serving

QUESTION = "/v1/nearest?lon=111.43&lat=27.69&k=3"
SLOW = 500
ASKED = 2000
ROUNDS, SECONDS = 7, 2

pytestmark = pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`")


def test_the_gate_alone() -> None:
    """Of a request that is let through, in a loop: the counting, the marks and one watcher."""

    async def bare(scope: Any, receive: Any, send: Any) -> None:
        await Response(b"x" * 2000, media_type="application/json")(scope, receive, send)

    gate = Gate(bare, rules_of(Settings()), [lambda _: None])
    without, with_gate = (statistics.median(_us(app) for _ in range(ROUNDS)) for app in (bare, gate))
    print(f"\nthe gate alone: {with_gate - without:.1f} us a request (an answer of Starlette's: {without:.1f} us)")


def _us(app: Any, count: int = 20_000) -> float:
    headers = [(b"host", b"127.0.0.1:8000"), (b"user-agent", b"a bench"), (b"accept", b"*/*")]
    scope = {"type": "http", "method": "GET", "path": "/v1/nearest", "client": ("127.0.0.1", 1), "headers": headers}

    class Connected:
        marks = b""

    async def ignored(*_: Any) -> None:
        return None

    async def asked() -> float:
        began = time.perf_counter()
        for _ in range(count):
            await app({**scope, "yixian.wire": Connected()}, ignored, ignored)
        return (time.perf_counter() - began) / count * 1e6

    return asyncio.run(asked())


@pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not here")
def test_a_question_with_and_without_the_gate() -> None:
    """uvicorn as it comes before the application as it was, beside the server and gate that are served; in turns."""
    with ExitStack() as running:
        addresses = [
            running.enter_context(serving([sys.executable, "-m", "tests.bench.gate_peers", kind])).address
            for kind in ("bare", "gated")
        ]
        rounds = [[_per_second(address) for address in addresses] for _ in range(ROUNDS + 1)][1:]
    bare, gated = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(one[1] / one[0] for one in rounds)
    print(f"\nGET /v1/nearest, wrk -t1 -c16, {ROUNDS} rounds of {SECONDS} s in turns")
    print(
        f"  without gate {bare:,.0f}/s, with it {gated:,.0f}/s: {ratio:.2f} of the answers   bar >= 0.9 with all checks"
    )


def _per_second(address: str) -> float:
    command = ["wrk", "-t1", "-c16", f"-d{SECONDS}s", address + QUESTION]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Non-2xx" not in run.stdout
    return float(run.stdout.partition("Requests/sec:")[2].split()[0])


def test_a_client_beside_500_slow_sockets() -> None:
    """A third each: silent, a head without an end, a body without an end. They come back when they are let go."""
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data", str(ROOT / "data" / "sample")]
    with serving(command) as ours:
        quiet = _waits_ms(ours.address)
        with ExitStack() as held:
            for number in range(SLOW):
                sock = held.enter_context(socket.create_connection(_place(ours.address)))
                sock.sendall((b"", b"GET / HTTP/1.1\r\nHost: ", _BODY)[number % 3])
            waits = _waits_ms(ours.address)
            pause_s = 12.0  # until the deadline of heads has passed: the connections are ended meanwhile
            ended = _waits_ms(ours.address, for_s=pause_s)
    print(f"\na client, {ASKED} questions one after the other: median, 99th percentile, longest (ms)")
    for words, found in (("alone", quiet), (f"beside {SLOW} slow sockets", waits), ("while they are ended", ended)):
        middle, p99 = statistics.median(found), sorted(found)[int(len(found) * 0.99)]
        print(f"  {words:<28}{middle:8.1f}{p99:8.1f}{max(found):8.1f}   bar for the 99th percentile < 100")


_BODY = b"POST /v1/nearest HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000\r\n\r\n{"


def _place(address: str) -> tuple[str, int]:
    parts = urlsplit(address)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


def _waits_ms(address: str, for_s: float = 0.0) -> list[float]:
    """What each question waits for, on a connection of its own every tenth time."""
    found: list[float] = []
    client = HTTPConnection(*_place(address))
    end = time.monotonic() + for_s
    while len(found) < ASKED or time.monotonic() < end:
        if len(found) % 10 == 0:
            client.close()
        began = time.perf_counter()
        client.request("GET", QUESTION)
        answer = client.getresponse()
        assert 200 == answer.status, answer.read()
        answer.read()
        found.append((time.perf_counter() - began) * 1000)
        if for_s:
            time.sleep(0.002)
    client.close()
    return found
