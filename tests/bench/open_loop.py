"""A client that asks so many times a second whatever becomes of the answers: `python -m tests.bench.open_loop PLAN`.

PLAN is a JSON file: port, rate, connections, and questions, each with kind, method, path, headers, body ("{n}" in it is
a number never used before) and weight. It asks until its input is closed, then prints a JSON line for each answer's
kind, status, when it was due (seconds since the epoch) and how long after that it was there.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

TICK_S = 0.001
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
ETAG = re.compile(rb"\r\netag: *([^\r]+)", re.IGNORECASE)


class Line(asyncio.Protocol):
    """A kept connection, with at most one question under way; one that is closed is opened again."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd, self.received = crowd, b""
        self.asked: tuple[dict[str, Any], float] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.crowd.free.append(self)

    def ask(self, question: dict[str, Any], due_s: float, content: bytes) -> None:
        self.asked, self.received = (question, due_s), b""
        self.transport.write(content)

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found or self.asked is None:
            return
        status, length = int(head[9:12]), LENGTH.search(head)
        if status != 304 and len(body) < (int(length[1]) if length else 0):
            return
        question, due_s = self.asked
        self.asked = None
        etag = ETAG.search(head)
        if etag:
            self.crowd.etags[question["path"]] = etag[1].decode()
        self.crowd.told.append((question["kind"], status, due_s, time.time() - due_s))
        self.crowd.free.append(self)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.asked is not None:
            self.crowd.told.append((self.asked[0]["kind"], 0, self.asked[1], time.time() - self.asked[1]))
        elif self in self.crowd.free:
            self.crowd.free.remove(self)
        self.crowd.opening.add(asyncio.ensure_future(self.crowd.open()))


class Crowd:
    """All connections, and what they were told."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.free: deque[Line] = deque()
        self.etags: dict[str, str] = {}
        self.told: list[tuple[str, int, float, float]] = []
        self.opening: set[Any] = set()
        self.turn = 0

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: Line(self), "127.0.0.1", self.plan["port"])

    def content(self, question: dict[str, Any]) -> bytes:
        self.turn += 1
        body = question.get("body", "").replace("{n}", str(self.turn)).encode()
        headers = {"Host": "localhost", **question["headers"], "Content-Length": str(len(body))}
        if question["kind"].endswith("304") and question["path"] in self.etags:
            headers["If-None-Match"] = self.etags[question["path"]]
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{question['method']} {question['path']} HTTP/1.1\r\n{lines}\r\n".encode() + body

    async def run(self, over: asyncio.Event) -> None:
        await asyncio.gather(*(self.open() for _ in range(self.plan["connections"])))
        questions = self.plan["questions"]
        weights = [one["weight"] for one in questions]
        due_s, waiting = time.time(), deque[tuple[dict[str, Any], float]]()
        while not over.is_set() or waiting:
            while due_s <= time.time() and not over.is_set():
                waiting.append((random.choices(questions, weights)[0], due_s))
                due_s += 1 / self.plan["rate"]
            while waiting and self.free:
                question, at_s = waiting.popleft()
                self.free.popleft().ask(question, at_s, self.content(question))
            await asyncio.sleep(TICK_S)
        await asyncio.sleep(1)


async def main(plan: dict[str, Any]) -> None:
    """Ask until the input is closed."""
    over, crowd = asyncio.Event(), Crowd(plan)
    asyncio.get_running_loop().add_reader(sys.stdin, over.set)
    await crowd.run(over)
    for told in crowd.told:
        print(json.dumps(told))


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text())))
