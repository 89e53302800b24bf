"""From an OpenStreetMap file to a served county: seconds and memory, beside the bar. Run with `make bench`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ANDORRA = ROOT.parent / "shared" / "data" / "andorra-2023.osm.pbf"
BAR_S = 30.0

pytestmark = [
    pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`"),
    pytest.mark.skipif(not ANDORRA.exists(), reason="the Andorra extract is not here"),
]


def test_andorra_from_its_file_to_a_served_county(tmp_path: Path) -> None:
    folder = tmp_path / "andorra"
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-m", "api.cli", "init", folder, "--osm", ANDORRA], cwd=ROOT, check=True)
    made_s = time.perf_counter() - begin
    command = [sys.executable, "-u", "-m", "api.cli", "serve", "--data", folder, "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as service:
        try:
            assert service.stdout is not None
            address = next(word for word in service.stdout.readline().split() if word.startswith("http"))
            with urllib.request.urlopen(f"{address}health/ready", timeout=60) as answer:  # noqa: S310  # our own address
                assert b'"county":"Andorra"' in answer.read()
            served_s = time.perf_counter() - begin
        finally:
            service.terminate()
    print(f"\nAndorra's OSM file, 2.5 MB, to a served county\n  yixian init {made_s:20.1f} s")
    print(f"  and `yixian serve` ready {served_s:7.1f} s  bar {BAR_S:.0f} s")
    assert served_s < BAR_S


def test_memory_of_reading_andorra() -> None:
    code = (
        "import resource, sys; from pathlib import Path; from geo.intake.osm import county_from_osm\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
        "before = peak(); county_from_osm(Path(sys.argv[1])); print(before, peak())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, ANDORRA], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    before_mb, after_mb = map(float, ran.split())
    print(f"\nmemory of reading Andorra: {after_mb - before_mb:,.0f} MB over the {before_mb:,.0f} MB of the libraries")
