"""The peers of the HTTP bench, under the very server that `yixian serve` runs.

`python -m tests.bench.http_peers constant SIZE`, or `postgis PORT SIZE`.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from fastapi import FastAPI, Response

from api.gate.server import server_of

NEAREST = """
SELECT team_id, name, kind, unit, village_code, strength,
       ST_X(geog::geometry) AS lon, ST_Y(geog::geometry) AS lat, geog <-> place AS distance_m
FROM team, (SELECT ST_SetSRID(ST_MakePoint($1, $2), 4326)::geography AS place) AS asked
ORDER BY geog <-> place LIMIT $3
"""


def constant(size: str) -> FastAPI:
    """An answer of `size` bytes that costs nothing to find."""
    app, content = FastAPI(), orjson.dumps({"answer": "x" * (int(size) - 13)})

    @app.get("/v1/nearest")
    async def get_constant() -> Response:
        return Response(content, media_type="application/json")

    return app


def postgis(port: str, size: str) -> FastAPI:
    """The nearest teams by straight distance out of PostGIS, filled up to about `size` bytes."""
    import asyncpg  # type: ignore[import-untyped]  # it ships no types

    connections: list[Any] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(
            host="127.0.0.1", port=int(port), user="postgres", database="postgres", min_size=16, max_size=16
        ) as pool:
            connections.append(pool)
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/v1/nearest")
    async def get_nearest(lon: float, lat: float, k: int) -> Response:
        rows = await connections[0].fetch(NEAREST, lon, lat, k)  # asyncpg prepares it once on each connection
        answer = {"lon": lon, "lat": lat, "teams": [dict(row) for row in rows], "filling": ""}
        answer["filling"] = "x" * (int(size) - 800)
        return Response(orjson.dumps(answer), media_type="application/json")

    return app


def main() -> None:
    """Serve the named peer on a free port of this machine and say where."""
    name, *arguments = sys.argv[1:]
    server = server_of({"constant": constant, "postgis": postgis}[name](*arguments))
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(server.config.backlog)
        print(f"{name}: http://127.0.0.1:{sock.getsockname()[1]}/", flush=True)
        server.run(sockets=[sock])


if __name__ == "__main__":
    main()
