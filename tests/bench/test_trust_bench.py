"""What trust costs and bears: the checks before an answer, mixed load beside a large import, a restart with a year.

Run with `make bench`. Figures are printed beside their bars, never asserted; that every answer was a good one is.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely

from api.identity.tokens import add_token
from api.settings import SAMPLE_FOLDER, Settings, clock
from api.wiring import open_services
from geo import crs, store
from geo.board.teams import Teams
from geo.calendar import CHINA
from geo.events import CheckIn, Draft, StayDeclared
from geo.journal import Journal
from geo.terms import Role
from tests.bench.conftest import BenchCounty
from tests.bench.servers import ROOT
from tests.bench.servers import serving as bare_serving
from tests.bench.test_http_bench import SECONDS, Load
from tests.bench.test_http_bench import _load as wrk

pytestmark = pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`")

CHECK_INS, STAYS = 154_000, 31_000
POLYGONS, CORNERS = 100_000, 61
RATE, CONNECTIONS, QUIET_S = 1000, 64, 8
ROUNDS, STARTS = 5, 3
SHARES = {"nearest": 700, "coverage": 40, "tiles": 100, "tiles 304": 100, "page 304": 58, "stay written": 2}
TILES = [(12, 3315 + x, 1719 + y) for x in range(3) for y in range(2)]
Told = tuple[str, int, float, float]
"""A question's kind, its status, when it was due and how long after that it was there."""
HEADERS = {"Accept-Encoding": "gzip"}
LUA = """
local paths = {{ {paths} }}
local turn = 0
local headers = {{ ["Authorization"] = "Bearer {token}" }}
request = function()
  turn = turn % #paths + 1
  return wrk.format("GET", paths[turn], headers)
end
done = function(summary, latency, requests)
  local wrong = summary.errors.connect + summary.errors.read + summary.errors.write
      + summary.errors.status + summary.errors.timeout
  io.write(string.format("told %f %f %d\\n", summary.requests / summary.duration * 1e6,
      latency:percentile(99) / 1000, wrong))
end
"""


@contextmanager
def serving(folder: Path, room: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], int, Path]]:
    """`yixian serve`: its process, its port, and what it says on stderr."""
    said = room / "said.txt"
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data", str(folder), *words]
    with said.open("w") as file:
        parent = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=file, text=True)
    with parent:
        try:
            assert parent.stdout is not None
            found = re.search(r":(\d+)/", parent.stdout.readline())
            assert found is not None, said.read_text()
            yield parent, int(found[1]), said
        finally:
            parent.terminate()
            parent.wait(30)


def a_year(teams: Teams) -> list[Draft]:
    """185,000 events of 2022: check-ins of every team at its station, and declared stays."""
    first, count = datetime(2022, 1, 1, 8, tzinfo=CHINA), len(teams.ids)
    places = list(zip(teams.ids, teams.places.lon.tolist(), teams.places.lat.tolist(), strict=True))
    check_ins = (
        CheckIn(
            team_id=places[number % count][0],
            member_id=f"{places[number % count][0]}-{number % 3}",
            lon=places[number % count][1],
            lat=places[number % count][2],
            crs="EPSG:4326",
            device_time=first + timedelta(seconds=number * 200),
            accuracy_m=12.5,
        )
        for number in range(CHECK_INS)
    )
    stays = (
        StayDeclared(
            team_id=teams.ids[number % count],
            member_id=f"{teams.ids[number % count]}-{number % 3}",
            village_code=teams.village_codes[number % count],
            night=date(2022, 1, 1) + timedelta(days=number % 355),
        )
        for number in range(STAYS)
    )
    return [*map(Draft.of, check_ins), *map(Draft.of, stays)]


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's county with a year in its journal, and the snapshot that a service has kept of it."""
    folder = tmp_path_factory.mktemp("year") / "county"
    shutil.copytree(SAMPLE_FOLDER, folder)
    services = open_services(Settings(data=folder))
    drafts = a_year(services.board.teams)
    services.close()
    with Journal.open(folder, create=True, clock=clock) as journal:
        for begin in range(0, len(drafts), 20_000):
            journal.append(drafts[begin : begin + 20_000], actor="import")
    services = open_services(Settings(data=folder))
    assert CHECK_INS + STAYS == services.board.sequence
    services.close()
    return folder


def serves(said: Path) -> list[int]:
    """The workers that have been ready, as their parent says."""
    return [int(pid) for pid in re.findall(r"worker (\d+) serves", said.read_text())]


def asked_until(port: int, token: str, paths: list[str], is_over: Callable[[], bool]) -> tuple[list[float], int]:
    """How long each answer on one kept connection took, and how many questions were lost."""
    waits, lost, line = [], 0, http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    while not is_over():
        begin = time.perf_counter()
        try:
            line.request("GET", paths[len(waits) % len(paths)], headers={"Authorization": f"Bearer {token}"})
            answer = line.getresponse()
            answer.read()
            assert 200 == answer.status
        except (OSError, http.client.HTTPException):
            lost += 1
            line.close()
        waits.append(time.perf_counter() - begin)
        time.sleep(0.002)
    line.close()
    return waits, lost


def processor_s(pid: int) -> float:
    """What a process has taken of the processor so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the processor's time is read from /proc")
def test_a_worker_comes_back_with_a_year_while_another_answers(
    year: Path, tmp_path: Path, bench_county: BenchCounty
) -> None:
    token = add_token(year, "killed", Role.HQ, "431381", now=clock())
    paths = [f"/v1/nearest?lon={lon:.6f}&lat={lat:.6f}" for lon, lat in bench_county.places(500, 7)]
    taken, spent, waits, lost = [], [], [], 0
    for _ in range(STARTS):
        with serving(year, tmp_path, "--workers", "2") as (_, port, said):
            while len(serves(said)) < 2:
                time.sleep(0.05)
            begin = time.perf_counter()
            os.kill(serves(said)[0], signal.SIGKILL)
            more, gone = asked_until(port, token, paths, lambda: len(serves(said)) > 2)
            taken.append(time.perf_counter() - begin)
            spent.append(processor_s(serves(said)[2]))
            waits += more
            lost += gone
    waits_ms = np.array(waits) * 1e3
    print(
        f"\na worker killed and started again, {CHECK_INS + STAYS:,} events, the other answering {len(waits):,} times"
        f"\n  ready after   median {statistics.median(taken):5.2f} s, longest {max(taken):5.2f} s   bar 4 s   "
        f"(of the processor {statistics.median(spent):.2f} s)"
        f"\n  meanwhile     median {np.median(waits_ms):5.1f} ms, 99 % {np.quantile(waits_ms, 0.99):5.1f} ms, "
        f"longest {waits_ms.max():5.1f} ms; lost with the worker that was killed: {lost}"
    )


@pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not here")
def test_what_all_checks_cost_a_question(year: Path, tmp_path: Path, bench_county: BenchCounty) -> None:
    token = add_token(year, "checked", Role.HQ, "431381", now=clock())
    paths = [f"/v1/nearest?lon={lon:.6f}&lat={lat:.6f}&basis=road&k=3" for lon, lat in bench_county.places(2000, 5)]
    script = tmp_path / "places.lua"
    script.write_text(LUA.format(paths=",".join(f'"{path}"' for path in paths), token=token))
    bare = [sys.executable, "-m", "tests.bench.bare_peer", str(year)]
    rounds: dict[str, list[tuple[Load, float]]] = {"checked": [], "bare": []}
    with serving(year, tmp_path) as (own, port, _), bare_serving(bare) as peer:
        for turn in range(ROUNDS + 1):
            for name, pid, address in (
                ("checked", own.pid, f"http://127.0.0.1:{port}"),
                ("bare", peer.pid, peer.address),
            ):
                begin_s = processor_s(pid)
                load = wrk(address, script)
                spent_us = (processor_s(pid) - begin_s) / (load.per_second * SECONDS) * 1e6
                rounds[name] += [(load, spent_us)] if turn else []  # the first warms up
    print(f"\nGET /v1/nearest, one worker, wrk -t1 -c16, {ROUNDS} rounds of {SECONDS} s in turns")
    for name, found in rounds.items():
        rate, p99, spent = (
            statistics.median(one)
            for one in zip(*((load.per_second, load.p99_ms, spent_us) for load, spent_us in found), strict=True)
        )
        print(f"  {name:<10}{rate:8,.0f}/s   p99 {p99:6.1f} ms   processor {spent:5.0f} us a request")
    pairs = list(zip(*rounds.values(), strict=True))
    rates = [ours.per_second / peer.per_second for (ours, _), (peer, _) in pairs]
    spent = [bare_us / own_us for (_, own_us), (_, bare_us) in pairs]
    for words, ratios in (("of the bare one's requests a second, bar 0.9", rates), ("by the processor's time", spent)):
        print(f"  {statistics.median(ratios):5.3f} {words}   ({min(ratios):.3f} to {max(ratios):.3f})")


def many_grids(county: BenchCounty) -> geopandas.GeoDataFrame:
    """100,000 round cells of 61 vertices in the sample's villages, as a source would give them."""
    lon, lat = np.array(county.places(POLYGONS, 3)).T
    random, turn = np.random.default_rng(1), np.linspace(0, 2 * np.pi, CORNERS)
    radius = 2e-5 * (1 + 0.2 * random.random((POLYGONS, CORNERS)))
    corners = np.stack([lon[:, None] + radius * np.cos(turn), lat[:, None] + radius * np.sin(turn)], axis=-1)
    corners[:, -1] = corners[:, 0]
    villages = county.atlas.layers["villages"]["code"].to_numpy()
    rows = county.atlas.village_index.first_containing_bulk(lon, lat)
    values = {
        "code": [f"{number:015d}" for number in range(POLYGONS)],
        "village_code": villages[rows],
        "population": random.integers(0, 500, POLYGONS),
        "synthetic": True,
    }
    return geopandas.GeoDataFrame(values, geometry=shapely.polygons(corners), crs=crs.WGS84)


def questions(county: BenchCounty, token: str) -> list[dict[str, Any]]:
    """A busy hour's questions, with how many of a thousand are of which kind."""
    headers = {**HEADERS, "Authorization": f"Bearer {token}"}
    tiles = [f"/tiles/villages/{z}/{x}/{y}.pbf" for z, x, y in TILES]
    team, day = county.board.teams, (county.county.as_of - timedelta(days=2)).date()
    stay = {
        "team_id": team.ids[0],
        "village_code": team.village_codes[0],
        "night": day.isoformat(),
        "member_id": "m{n}",
    }
    asked = [("nearest", f"/v1/nearest?lon={lon:.6f}&lat={lat:.6f}") for lon, lat in county.places(400, 9)]
    asked += [("coverage", "/v1/coverage/stays?week=2022-W51")]
    asked += [("tiles", path) for path in tiles] + [("tiles 304", path) for path in tiles]
    asked += [("page 304", "/maps/coverage?f=json"), ("page 304", "/maps/coverage")]
    kinds = Counter(kind for kind, _ in asked)
    found = [
        {"kind": kind, "method": "GET", "path": path, "headers": headers, "weight": SHARES[kind] / kinds[kind]}
        for kind, path in asked
    ]
    written = {"kind": "stay written", "method": "POST", "path": "/v1/stays", "body": json.dumps(stay)}
    return [
        *found,
        {**written, "headers": {**headers, "Content-Type": "application/json"}, "weight": SHARES["stay written"]},
    ]


@contextmanager
def crowd(port: int, asked: list[dict[str, Any]], room: Path, told: list[Told]) -> Iterator[None]:
    """The client of `open_loop` at work in a process of its own; what it was told is in `told` then."""
    plan = {"port": port, "rate": RATE, "connections": CONNECTIONS, "questions": asked}
    (room / "plan.json").write_text(json.dumps(plan))
    words = [sys.executable, "-m", "tests.bench.open_loop", str(room / "plan.json")]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
        yield
        out, _ = client.communicate("")
    told += [tuple(json.loads(line)) for line in out.splitlines()]


def test_a_thousand_mixed_requests_a_second_beside_a_large_import(tmp_path: Path, bench_county: BenchCounty) -> None:
    folder, big = tmp_path / "county", tmp_path / "grids.gpkg"
    shutil.copytree(SAMPLE_FOLDER, folder)
    many_grids(bench_county).to_file(big, driver="GPKG")
    token = add_token(folder, "mixed", Role.HQ, "431381", now=clock())
    told: list[Told] = []
    words = [sys.executable, "-m", "api.cli", "import", "grids", str(big), "--data", str(folder)]
    with serving(folder, tmp_path) as (_, port, said), crowd(port, questions(bench_county, token), tmp_path, told):
        time.sleep(4)
        quiet_s = time.time()
        time.sleep(QUIET_S)
        begun_s = time.time()
        set_as = {**os.environ, "YIXIAN_IMPORT_PRIORITY": "idle"}  # as it comes
        done = subprocess.run(words, cwd=ROOT, env=set_as, capture_output=True, text=True, check=False)
        assert 0 == done.returncode, done.stderr
        imported_s = (folder / store.MANIFEST).stat().st_mtime
        while "took over" not in said.read_text() and time.time() < imported_s + 60:
            time.sleep(0.05)
        swapped_s = time.time()
        time.sleep(QUIET_S)
    print(f"\n{RATE:,} requests a second on one worker, open loop, {CONNECTIONS} connections, p99 bar 50 ms")
    spans = {
        "nothing else going on": (quiet_s, begun_s),
        f"{POLYGONS:,} polygons imported by another process": (begun_s, imported_s),
        "and opened by the service": (imported_s, swapped_s),
        "after the swap": (swapped_s, swapped_s + QUIET_S),
    }
    for words_, (begin, end) in spans.items():
        print_span(words_, [one for one in told if begin <= one[2] < end], end - begin)
    assert {200, 201, 304} >= {status for _, status, due_s, _ in told if due_s >= quiet_s}


def print_span(words: str, told: list[Told], seconds: float) -> None:
    """How long answers took, in all and by kind."""
    waits: dict[str, list[float]] = {"all": [wait * 1e3 for *_, wait in told]}
    for kind, _, _, wait in told:
        waits.setdefault(kind, []).append(wait * 1e3)
    print(f"  {words}, {seconds:.1f} s, {dict(Counter(status for _, status, _, _ in told))}")
    for kind, found in waits.items():
        middle, high, most = (f"{one:7.1f} ms" for one in np.quantile(found, [0.5, 0.99, 1.0]))
        print(f"    {kind:<14}{len(found) / seconds:7,.0f}/s   median {middle}   99 % {high}   longest {most}")
