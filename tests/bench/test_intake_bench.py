"""What a whole import of a large layer costs beside the tools that only read and write. Run with `make bench`.

Times and memory are printed, never asserted; that every row is stored as it was given is.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import geopandas
import numpy as np
import pyogrio
import pytest
import shapely

from api.imports import import_file
from api.settings import SAMPLE_FOLDER
from geo import crs, store
from geo.intake import Outcome
from geo.terms import HazardKind, HazardLevel
from tests.bench.harness import report
from tests.county import AS_OF

pytestmark = pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`")

ROOT = Path(__file__).resolve().parents[2]
POLYGONS, CORNERS, ROUNDS = 100_000, 61, 3


def zones() -> geopandas.GeoDataFrame:
    """100,000 jagged circles of 61 vertices (60 and the closing one) inside the sample county, as risk zones."""
    random = np.random.default_rng(1)
    manifest = store.read_manifest(SAMPLE_FOLDER)
    outline = shapely.union_all(store.read_layers(SAMPLE_FOLDER, manifest)["county"].geometry.values)
    west, south, east, north = shapely.buffer(outline, -0.01).bounds
    lon, lat = random.uniform(west, east, 3 * POLYGONS), random.uniform(south, north, 3 * POLYGONS)
    inside = np.flatnonzero(shapely.contains_xy(shapely.buffer(outline, -0.01), lon, lat))[:POLYGONS]
    centres = np.stack([lon, lat], axis=1)[inside]
    assert POLYGONS == len(centres)
    turn = np.linspace(0, 2 * np.pi, CORNERS - 1, endpoint=False)
    radii = 0.0005 * (1 + 0.25 * (random.random((POLYGONS, CORNERS - 1)) - 0.5))
    spokes = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    kinds, levels = [str(kind) for kind in HazardKind], [int(level) for level in HazardLevel]
    values = {
        "zone_id": [f"Z{n:06d}" for n in range(POLYGONS)],
        "name": [f"风险区{n}" for n in range(POLYGONS)],
        "kind": [kinds[n % len(kinds)] for n in range(POLYGONS)],
        "level": [levels[n % len(levels)] for n in range(POLYGONS)],
        "synthetic": True,
    }
    shapes = shapely.polygons(radii[:, :, None] * spokes + centres[:, None])
    return geopandas.GeoDataFrame(values, geometry=shapes, crs=crs.WGS84)


def ours(file: Path, room: Path) -> None:
    """The whole way: read, named, placed, mended, checked, compared, rehearsed, stored and reported."""
    result = import_file(room / "county", "risk_zones", file, now=AS_OF)
    assert result.outcome is Outcome.STORED, result.faults[:3]
    assert (POLYGONS, POLYGONS) == (result.counts.read, result.counts.accepted)


def read_alone(file: Path, _: Path) -> None:
    assert POLYGONS == len(pyogrio.read_dataframe(file))


def read_valid_write(file: Path, room: Path) -> None:
    frame = geopandas.read_file(file)
    assert frame.is_valid.all()
    frame.to_file(room / "theirs.gpkg", driver="GPKG")


CALLERS: dict[str, Callable[[Path, Path], None]] = {
    "yixian import, stored": ours,
    "read_file + is_valid + to_file": read_valid_write,
    "pyogrio.read_dataframe": read_alone,
}


def measured(name: str, file: Path, room: Path) -> tuple[float, float]:
    """Seconds and peak MiB of one call in a process of its own, beside a county of its own."""
    store.begin_county(room / "county", SAMPLE_FOLDER)  # a county that is in use: only the import is measured
    words = [sys.executable, "-m", "tests.bench.test_intake_bench", name, str(file), str(room)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, peak = json.loads(done.stdout.splitlines()[-1])
    return seconds, peak


def peak_mib() -> float:
    """The peak of this process. Not ru_maxrss: Linux hands that of the parent on to its children."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak memory from Linux's /proc")
def test_a_large_layer_imported_beside_reading_and_writing_it(tmp_path: Path) -> None:
    file = tmp_path / "zones.gpkg"
    given = zones()
    given.to_file(file, driver="GPKG")
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in CALLERS}
    for turn in range(ROUNDS):
        for number, name in enumerate(CALLERS):
            figures[name].append(measured(name, file, tmp_path / f"{turn}-{number}"))
    held = tmp_path / "0-0" / "county"
    kept = store.read_layers(held, store.read_manifest(held))["risk_zones"]
    assert given["zone_id"].tolist() == kept["zone_id"].tolist()
    assert given["name"].tolist() == kept["name"].tolist()
    assert given["level"].tolist() == kept["level"].tolist()
    assert shapely.equals_exact(given.geometry.values, kept.geometry.values).all()
    seconds = {name: median(one for one, _ in figures[name]) for name in CALLERS}
    peaks = {name: median(one for _, one in figures[name]) for name in CALLERS}
    own, *peers = CALLERS
    bars = dict(zip(peers, (2, 6), strict=True))
    bar_ms = 1e3 * min(bar * seconds[peer] for peer, bar in bars.items())
    title = f"{POLYGONS:,} polygons of {CORNERS} vertices from GeoPackage, read, checked and stored"
    report(title, seconds, unit="ms", bar=bar_ms, notes={name: f"peak {peaks[name]:,.0f} MiB" for name in CALLERS})
    for peer, bar in bars.items():
        print(f"  ours takes {seconds[own] / seconds[peer]:.2f} times as long as {peer} (bar {bar})")
    print(f"  ours takes {peaks[own] / peaks[peers[0]]:.2f} times the memory of {peers[0]} (bar 3)")


def main(name: str, file: str, room: str) -> None:
    begin = time.perf_counter()
    CALLERS[name](Path(file), Path(room))
    print(json.dumps([time.perf_counter() - begin, peak_mib()]))


if __name__ == "__main__":
    main(*sys.argv[1:])
