"""A served county under mixed reads, writes, imports and open pages: memory stays flat, nothing fails, no answer ages.

What memory holds moves with the allocator and with what is under way, so that the middle of a quarter's samples counts,
and not a single one; a minute before, and the first quarter, fill what is kept and are left out.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults.soaking import PAGES, soaked

IS_LONG = bool(os.environ.get("YIXIAN_TORTURE"))
SECONDS = float(os.environ.get("YIXIAN_SOAK_S", "1800" if IS_LONG else "120"))
MOST_GROWTH = 0.05
SLOWER = 2.0 if IS_LONG else 5.0
"""How many times as slow the last third may be; in a short run beside other tests it says little."""
NOISE_S = 0.0 if IS_LONG else 1.0
pytestmark = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from /proc")


@pytest.mark.parametrize(
    "workers",
    [1, pytest.param(2, marks=pytest.mark.skipif(not IS_LONG, reason="a long run: `make torture`"))],
)
def test_a_service_at_work_neither_grows_nor_fails_nor_slows_down(tmp_path: Path, workers: int) -> None:
    figures = soaked(tmp_path, SECONDS, workers=workers, rate=8.0 if IS_LONG else 4.0)
    print(f"\n{workers} worker(s): {figures.told()}")
    assert [] == figures.failures
    assert figures.imports >= SECONDS // 60
    assert figures.events >= PAGES * SECONDS // 60
    assert figures.growth < MOST_GROWTH, figures.told()
    assert figures.p99_s(2 / 3, 1) <= SLOWER * figures.p99_s(0, 1 / 3) + NOISE_S, figures.told()
