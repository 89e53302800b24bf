"""`GET /v1/nearest` by road over HTTP, beside a constant answer and beside PostGIS under the same server.

Needs wrk, and PostgreSQL with PostGIS (Debian: wrk, postgresql-15-postgis-3). Run with `make bench`. Figures are
printed beside their bars, never asserted; that every answer was a good one is.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bench.conftest import BenchCounty
from tests.bench.servers import POSTGRES, ROOT, postgis, serving

SECONDS, ROUNDS = 3, 5
LUA = """
local paths = {{ {paths} }}
local turn = 0
request = function()
  turn = turn % #paths + 1
  return wrk.format("GET", paths[turn])
end
done = function(summary, latency, requests)
  local wrong = summary.errors.connect + summary.errors.read + summary.errors.write
      + summary.errors.status + summary.errors.timeout
  io.write(string.format("told %f %f %d\\n", summary.requests / summary.duration * 1e6,
      latency:percentile(99) / 1000, wrong))
end
"""

pytestmark = [
    pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`"),
    pytest.mark.skipif(not (shutil.which("wrk") and POSTGRES), reason="wrk or PostgreSQL is not here"),
]


@dataclass(frozen=True, slots=True)
class Load:
    """What a load showed: answers a second, and the time that 99 of 100 stay below."""

    per_second: float
    p99_ms: float


def test_nearest_by_road_over_http(bench_county: BenchCounty, tmp_path: Path) -> None:
    paths = [f"/v1/nearest?lon={lon:.6f}&lat={lat:.6f}&basis=road&k=3" for lon, lat in bench_county.places(2000, 5)]
    script = tmp_path / "places.lua"
    script.write_text(LUA.format(paths=",".join(f'"{path}"' for path in paths)))
    yixian = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data", str(ROOT / "data" / "sample")]
    peer = [sys.executable, "-m", "tests.bench.http_peers"]
    with ExitStack() as running:
        ours = running.enter_context(serving(yixian)).address
        size = str(_size(ours + paths[0]))
        port = running.enter_context(postgis(_tables(bench_county)))
        urls = {
            "yixian serve, by road, k=3": ours,
            f"constant FastAPI answer of {size} bytes": running.enter_context(
                serving([*peer, "constant", size])
            ).address,
            "FastAPI, PostGIS <-> geography, k=3": running.enter_context(
                serving([*peer, "postgis", port, size])
            ).address,
        }
        assert abs(_size(urls["FastAPI, PostGIS <-> geography, k=3"] + paths[0]) - int(size)) < 200
        loads = [{name: _load(url, script) for name, url in urls.items()} for _ in range(ROUNDS + 1)][1:]
    _report({name: [load[name] for load in loads] for name in urls})


def _report(loads: dict[str, list[Load]]) -> None:
    """Each one's medians; ratios are medians of the rounds', because a slow minute of the machine is everybody's."""
    ours, constant, postgis = loads.values()
    print(f"\nGET /v1/nearest, one worker, wrk -t1 -c16, {ROUNDS} rounds of {SECONDS} s in turns")
    for name, rounds in loads.items():
        per_second = statistics.median(one.per_second for one in rounds)
        print(f"  {name:<44}{per_second:8,.0f}/s   p99 {statistics.median(one.p99_ms for one in rounds):6.1f} ms")
    pairs = [
        (
            "of the constant's answers a second",
            [a.per_second / b.per_second for a, b in zip(ours, constant, strict=True)],
            ">= 0.4",
        ),
        (
            "times PostGIS's answers a second",
            [a.per_second / b.per_second for a, b in zip(ours, postgis, strict=True)],
            ">= 1.2",
        ),
        ("times the constant's p99", [a.p99_ms / b.p99_ms for a, b in zip(ours, constant, strict=True)], "<= 3"),
    ]
    for words, ratios, bar in pairs:
        print(f"  {statistics.median(ratios):5.2f} {words:<38} bar {bar}  ({min(ratios):.2f} to {max(ratios):.2f})")


def _load(url: str, script: Path) -> Load:
    run = subprocess.run(
        ["wrk", "-t1", "-c16", f"-d{SECONDS}s", "-s", str(script), url], capture_output=True, text=True, check=True
    )
    told = re.search(r"^told (\S+) (\S+) (\d+)$", run.stdout, re.MULTILINE)
    assert told is not None, run.stdout
    assert "0" == told[3], run.stdout
    return Load(float(told[1]), float(told[2]))


def _size(url: str) -> int:
    with urllib.request.urlopen(url) as response:  # noqa: S310  # a server started here, on loopback
        return len(response.read())


def _tables(county: BenchCounty) -> str:
    teams = county.board.teams
    columns = (teams.ids, teams.names, teams.kinds, teams.units, teams.village_codes, teams.strengths)
    rows = zip(*columns, teams.places.lon.tolist(), teams.places.lat.tolist(), strict=True)
    lines = ["\t".join("\\N" if cell is None else str(cell) for cell in row) for row in rows]
    return "\n".join(
        [
            "CREATE EXTENSION postgis;",
            "CREATE TABLE team (team_id text PRIMARY KEY, name text, kind text, unit text, village_code text,",
            "  strength int, lon float8, lat float8);",
            "COPY team FROM stdin;",
            *lines,
            "\\.",
            "ALTER TABLE team ADD COLUMN geog geography(Point, 4326);",
            "UPDATE team SET geog = ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography;",
            "CREATE INDEX ON team USING gist (geog);",
            "VACUUM ANALYZE team;",
        ]
    )
