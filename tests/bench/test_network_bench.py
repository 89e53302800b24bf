"""From roads to the network: Andorra's real ones and 1.2 million nodes of made-up ones. Run with `make bench`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from geo.intake.osm import county_from_osm
from geo.network.building import Built, build, from_arrays
from geo.network.speeds import DEFAULT_SPEEDS, Profile
from geo.store import network_kept, network_read
from tests import networks

ANDORRA = Path(__file__).resolve().parents[3] / "shared" / "data" / "andorra-2023.osm.pbf"
ANDORRA_BAR_S = 10.0
LARGE_BAR_S = 20.0
LARGE = 1_200_000

pytestmark = pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`")
Made = TypeVar("Made")


def timed(work: Callable[[], Made]) -> tuple[Made, float]:
    begin = time.perf_counter()
    return work(), time.perf_counter() - begin


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """The kernels are in the cache, as after the first run on a machine."""
    networks.network(500)


def told(figure: str, built: Built, seconds: float, bar_s: float) -> None:
    print(f"\n{figure}\n  {built.report.note}\n  {seconds:6.2f} s  bar {bar_s:.0f} s")
    assert seconds < bar_s


@pytest.mark.skipif(not ANDORRA.exists(), reason="the Andorra extract is not here")
def test_andorra_from_its_osm_file_to_the_network() -> None:
    county, reading_s = timed(lambda: county_from_osm(ANDORRA))
    built, building_s = timed(lambda: build(county.layers["roads"], DEFAULT_SPEEDS, Profile(), county.metric_crs))
    told(
        f"network of Andorra's OSM file; of that, building {building_s:.2f} s",
        built,
        reading_s + building_s,
        ANDORRA_BAR_S,
    )


def test_a_large_network_from_arrays_and_back_from_its_file(tmp_path: Path) -> None:
    roads, profile = networks.arrays(LARGE), Profile()
    built, seconds = timed(lambda: from_arrays(roads, profile, networks.METRIC_CRS))
    told("network from arrays", built, seconds, LARGE_BAR_S)
    del built
    network_kept(tmp_path)(roads, profile, networks.METRIC_CRS)
    _, reading_s = timed(lambda: network_read(tmp_path)(roads, profile, networks.METRIC_CRS))
    (file,) = (tmp_path / "ready").iterdir()
    print(f"  read back from {file.stat().st_size / 1e6:,.0f} MB: {reading_s:.2f} s")
