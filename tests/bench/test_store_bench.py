"""What it costs to keep a large layer, and what a running service notices of it. Run with `make bench`.

Times are printed, never asserted; that what comes back is what went in is.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

from geo import crs, store
from geo.files import sha256_of
from geo.layers.registry import LAYERS
from geo.layers.spec import conform
from geo.store import geopackage
from tests.bench.harness import report
from tests.county import AS_OF, SIDE, SOUTH, WEST, county_of, village_codes

pytestmark = pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`")

ROOT = Path(__file__).resolve().parents[2]
POLYGONS, CORNERS = 100_000, 61
ASK = "/v1/nearest?lon=111.455&lat=27.675"


def many_grids() -> geopandas.GeoDataFrame:
    """100,000 round cells of 61 vertices over the hand-made county, as a checked frame."""
    random = np.random.default_rng(1)
    turn = np.linspace(0, 2 * np.pi, CORNERS)
    lon = random.uniform(WEST, WEST + 6 * SIDE, POLYGONS)
    lat = random.uniform(SOUTH, SOUTH + 2 * SIDE, POLYGONS)
    radius = 2e-5 * (1 + 0.2 * random.random((POLYGONS, CORNERS)))
    radius[:, -1] = radius[:, 0]
    corners = np.stack([lon[:, None] + radius * np.cos(turn), lat[:, None] + radius * np.sin(turn)], axis=-1)
    corners[:, -1] = corners[:, 0]
    codes = village_codes()
    values = pd.DataFrame(
        {
            "code": pd.array([f"{n:015d}" for n in range(POLYGONS)], dtype="str"),
            "village_code": pd.array([codes[n % len(codes)] for n in range(POLYGONS)], dtype="str"),
            "population": pd.array(random.integers(0, 500, POLYGONS), dtype="Int64"),
            "synthetic": True,
        }
    )
    spec = LAYERS["grids"]
    frame = geopandas.GeoDataFrame(values, geometry=shapely.polygons(corners), crs=crs.WGS84)
    held = conform(frame, spec)
    assert isinstance(held, geopandas.GeoDataFrame)
    return held


def seconds_of(rounds: int, **callers) -> dict[str, float]:
    """The median of a few rounds, in turns."""
    taken: dict[str, list[float]] = {name: [] for name in callers}
    for _ in range(rounds):
        for name, call in callers.items():
            begin = time.perf_counter()
            call()
            taken[name].append(time.perf_counter() - begin)
    return {name: float(np.median(values)) for name, values in taken.items()}


def test_a_large_layer_at_rest_beside_geopandas(tmp_path: Path) -> None:
    frame, spec = many_grids(), LAYERS["grids"]
    small = county_of()
    store.write_county(tmp_path / "county", small.layers, present=AS_OF, source="bench")
    ours, theirs = tmp_path / "ours.gpkg", tmp_path / "theirs.gpkg"

    def write_ours() -> None:
        ours.unlink(missing_ok=True)
        ours.write_bytes(geopackage.encode(frame, spec))

    def keep() -> None:
        with store.writing(tmp_path / "county"):
            manifest = store.read_manifest(tmp_path / "county")
            (tmp_path / "county" / manifest.layers["grids"].file).unlink()  # or it would be there already
            store.replace_layer(
                tmp_path / "county", manifest, "grids", frame, date=AS_OF, source="x", given_crs=crs.WGS84
            )

    def write_theirs() -> None:
        theirs.unlink(missing_ok=True)
        frame.to_file(theirs, driver="GPKG")

    def open_ours() -> pd.DataFrame:
        sha256_of(ours)
        return conform(geopackage.read(ours, spec), spec)

    writes = seconds_of(3, ours=write_ours, kept=keep, theirs=write_theirs)
    reads = seconds_of(
        3,
        ours=open_ours,
        theirs=lambda: geopandas.read_file(theirs),
        arrow=lambda: geopandas.read_file(theirs, use_arrow=True),
    )
    again = open_ours()
    assert frame.geometry.to_wkb().equals(again.geometry.to_wkb())
    pd.testing.assert_frame_equal(
        pd.DataFrame(frame.drop(columns="geometry")), pd.DataFrame(again.drop(columns="geometry"))
    )
    report(
        f"{POLYGONS:,} polygons of {CORNERS} vertices, written",
        {
            "into the folder: file, hash, sync, manifest": writes["kept"],
            "the file alone": writes["ours"],
            "geopandas to_file": writes["theirs"],
        },
        unit="ms",
    )
    report(
        f"{POLYGONS:,} polygons of {CORNERS} vertices, read",
        {
            "as a checked frame, hash looked at": reads["ours"],
            "geopandas read_file": reads["theirs"],
            "geopandas read_file, use_arrow": reads["arrow"],
        },
        unit="ms",
    )


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """The command's own server over `folder`; the port it listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "api.cli", "serve", "--port", str(port), "--data", str(folder)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            server.stdout.readline()
            yield port
        finally:
            server.terminate()
            server.wait(30)


def asked_until(port: int, until, most_s: float) -> list[tuple[float, float, str]]:
    """Ask on one connection without a break: when each answer came, after how long, and its data version."""
    line = http.client.HTTPConnection("127.0.0.1", port)
    answers = []
    end = time.perf_counter() + most_s
    while time.perf_counter() < end:
        begin = time.perf_counter()
        line.request("GET", ASK)
        body = line.getresponse().read()
        now = time.perf_counter()
        version = json.loads(body)["data"]["version"]
        answers.append((now, now - begin, version))
        if until(answers):
            break
        time.sleep(0.0005)
    line.close()
    return answers


def test_what_a_service_notices_of_a_new_version(tmp_path: Path) -> None:
    folder, big = tmp_path / "county", tmp_path / "grids.gpkg"
    store.write_county(folder, county_of().layers, present=AS_OF, source="bench")
    many_grids().to_file(big, driver="GPKG")
    with serving(folder) as port:
        asked_until(port, lambda _: False, 1)  # the first answer of all waits for what is made on first use
        quiet = asked_until(port, lambda _: False, 3)
        first = quiet[0][2]
        words = ["import", "grids", str(big), "--data", str(folder)]
        importing = subprocess.Popen([sys.executable, "-m", "api.cli", *words], cwd=ROOT, stdout=subprocess.DEVNULL)
        during_import = asked_until(port, lambda _: importing.poll() is not None, 300)
        assert 0 == importing.wait()
        written_s = (folder / store.MANIFEST).stat().st_mtime - time.time() + time.perf_counter()
        opened = asked_until(port, lambda answers: answers[-1][2] != first, 60)
        assert opened[-1][2] != first
        opening = [one for one in (*during_import, *opened) if one[0] >= written_s and one[2] == first]
        during_import = [one for one in during_import if one[0] < written_s]
        after = asked_until(port, lambda _: False, 5)
        again = store.read_manifest(folder)
        with store.writing(folder):
            small = county_of().layers["grids"]
            store.replace_layer(folder, again, "grids", small, date=AS_OF, source="x", given_crs=crs.WGS84)
        leaving = asked_until(port, lambda _: False, 4)
        line = http.client.HTTPConnection("127.0.0.1", port)
        line.request("GET", "/health/ready")
        health = json.loads(line.getresponse().read())
        line.close()
    assert health["degraded"] is False
    print("\n/v1/nearest over HTTP, one caller")
    for name, answers in (
        ("nothing else going on", quiet),
        (f"{POLYGONS:,} polygons imported by another process", during_import),
        ("and opened by the service (bar: 20 ms)", opening),
        ("after the swap", after),
        ("swapped away again and freed", leaving),
    ):
        waits_ms = np.array([wait for _, wait, _ in answers]) * 1e3
        print(
            f"  {name:<50} {len(waits_ms):6,} answers, median {np.median(waits_ms):5.1f} ms, "
            f"99.9 % {np.quantile(waits_ms, 0.999):5.1f} ms, longest {waits_ms.max():6.1f} ms"
        )
