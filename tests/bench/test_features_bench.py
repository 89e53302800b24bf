"""How fast features of a layer of 100,000 polygons leave, beside geopandas. Run with `make bench`.

Times are printed beside their bars, never asserted; that both write the same features is. On a busy machine a time is
several times the work: the processor's own seconds are noted beside each.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any

import geopandas
import numpy as np
import orjson
import pytest

from geo.atlas import Provenance
from geo.features import Box, FeatureSet, Query, Selection, feature_bytes
from geo.filters import parse
from tests.bench.harness import medians, report
from tests.bench.woods import SPEC, boxes, triangles, woods
from tests.county import AS_OF

pytestmark = pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`")

FEATURES_MS, BOX_MS, FILTER_MS, WHOLE_MB_S, KEPT_MB_S, EXTRA_MB = 10, 3, 30, 80, 250, 100


@pytest.fixture(scope="module")
def frame() -> geopandas.GeoDataFrame:
    return woods()


def features_of(frame: geopandas.GeoDataFrame) -> FeatureSet:
    return FeatureSet.of(frame, SPEC, "bench", Provenance("bench", AS_OF))


def written(features: FeatureSet, query: Query) -> int:
    return sum(len(piece) for piece in feature_bytes(features.select(query)))


def busy_s(work: Callable[[], Any]) -> float:
    begin = time.thread_time()
    work()
    return time.thread_time() - begin


def most_mb(work: Callable[[], Any]) -> float:
    """By how much the memory of the process grew while it worked, at most."""
    table, page = Path("/proc/self/statm"), os.sysconf("SC_PAGE_SIZE") / 1e6
    done, seen = Event(), [int(table.read_text().split()[1])]

    def watch() -> None:
        while not done.wait(0.005):
            seen.append(int(table.read_text().split()[1]))

    watcher = Thread(target=watch)
    watcher.start()
    work()
    done.set()
    watcher.join()
    return (max(seen) - seen[0]) * page


def test_the_whole_layer(frame: geopandas.GeoDataFrame) -> None:
    everything = Query(limit=None)
    written(features_of(frame.head(50)), everything)  # compiled, and its memory taken
    cold = features_of(frame)
    size = len(b"".join(feature_bytes(features_of(frame).select(everything))))
    extra_mb = most_mb(lambda: written(cold, everything))
    few = frame.head(2_000)
    theirs = few.to_json()
    ours = orjson.loads(b"".join(feature_bytes(features_of(few).select(everything))))
    assert [one["properties"] for one in orjson.loads(theirs)["features"]] == [
        one["properties"] for one in ours["features"]
    ]
    scale = size / len(theirs.encode())
    seconds = medians(
        {
            "Yixian, prepared and written": lambda _: written(features_of(frame), everything),
            "Yixian, as it is kept": lambda _: written(cold, everything),
            "geopandas to_json": lambda _: few.to_json(),
        },
        [None] * 5,
    )
    first, kept, peer = seconds
    figures = {first: seconds[first], kept: seconds[kept], peer: seconds[peer] * scale}
    busy = {
        first: busy_s(lambda: written(features_of(frame), everything)),
        kept: busy_s(lambda: written(cold, everything)),
    }
    notes = {name: f"{size / spent / 1e6:,.0f} MB for each second of the processor" for name, spent in busy.items()}
    notes[first] += f", {extra_mb:,.0f} MB of memory (bar {EXTRA_MB})"
    report("the whole layer as GeoJSON, MB", figures, unit="/s", bar=WHOLE_MB_S, per_call=size // 10**6, notes=notes)
    again = {kept: figures[kept], peer: figures[peer]}
    report("again, MB", again, unit="/s", bar=KEPT_MB_S, per_call=size // 10**6, notes=notes)


def test_pages(frame: geopandas.GeoDataFrame) -> None:
    kept, fresh = features_of(frame), features_of(frame)
    written(kept, Query(limit=20_000))
    thousand = Query(limit=1000)
    some = frame.head(1000)
    ways: dict[str, Callable[[Any], Any]] = {
        "Yixian": lambda _: written(kept, thousand),
        "the same, nothing prepared": lambda _: written(features_of(frame), thousand),
        "geopandas to_json": lambda _: some.to_json(),
    }
    notes = {"Yixian": f"{1000 * busy_s(lambda: written(kept, thousand)):.1f} ms of the processor"}
    report("1,000 features", medians(ways, [None] * 10), unit="ms", bar=FEATURES_MS, notes=notes)

    queries = [Query(Selection(box=Box(*box)), limit=1000) for box in boxes(50)]
    written(fresh, queries[0])
    counts = [kept.select(query).number_matched for query in queries]
    kept._selected.clear()
    note = (
        f"{np.mean(counts):,.0f} features, {1000 * busy_s(lambda: written(kept, queries[0])):.1f} ms of the processor"
    )
    ways = {"Yixian": lambda query: written(kept, query), "the same, not prepared": lambda query: written(fresh, query)}
    report("a box of about 100", medians(ways, queries), unit="ms", bar=BOX_MS, notes={"Yixian": note})


def test_a_spatial_filter(frame: geopandas.GeoDataFrame) -> None:
    features = features_of(frame)
    filters = [parse(f"S_INTERSECTS(geometry,{area})", "cql2-text") for area in triangles(30)]
    queries = [Query(Selection(filter=one)) for one in filters]
    count = features.select(queries[0]).number_matched
    note = f"{count:,} features, {1000 * busy_s(lambda: features.select(queries[-1])):.1f} ms of the processor"
    figures = medians({"Yixian": features.select}, queries[1:-1])
    report("S_INTERSECTS over 100,000", figures, unit="ms", bar=FILTER_MS, notes={"Yixian": note})
