"""How long isolation and reinforcement take, on the sample, on Andorra, and on 1.2 million nodes."""

from __future__ import annotations

import os
from datetime import datetime

import numpy as np
import pytest

from geo.atlas import Provenance, build
from geo.board import fold_frames
from geo.calendar import CHINA
from geo.intake.osm import county_from_osm
from geo.isolation import isolated_by, isolation
from geo.network.cuts import cuts
from geo.network.pieces import Meets, split
from geo.reinforce import reinforce
from tests import networks
from tests.bench.conftest import BenchCounty
from tests.bench.harness import medians, report
from tests.roads import ANDORRA, needs_andorra

pytestmark = pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`")

TURNS = list(range(20))
NIGHT = datetime(2022, 11, 27, 4, tzinfo=CHINA)


def test_isolation_of_the_sample(bench_county: BenchCounty) -> None:
    atlas, board, at = bench_county.atlas, bench_county.board, bench_county.county.as_of
    seconds = medians({"isolation, every road and zone": lambda _: isolation(atlas, board, at=at)}, TURNS)
    report("isolation, sample", seconds, unit="ms", bar=100)
    zone = atlas.zones[0].zone_id
    report(
        "one zone", medians({"isolated_by": lambda _: isolated_by(atlas, board, at=at, zone_id=zone)}, TURNS), unit="ms"
    )


def test_reinforcement_in_the_sample(bench_county: BenchCounty) -> None:
    codes = [area.code for area in bench_county.atlas.villages][:100]
    ask = {"reinforce": lambda code: reinforce(bench_county.atlas, bench_county.board, code, at=NIGHT)}
    report("10 donors for a village, sample", medians(ask, codes), unit="ms")


@needs_andorra
def test_isolation_of_andorra() -> None:
    layers = county_from_osm(ANDORRA).layers
    atlas = build(layers, Provenance("bench", NIGHT))
    board = fold_frames(atlas, None, None, NIGHT)
    seconds = medians({"isolation, every road": lambda _: isolation(atlas, board, at=NIGHT)}, TURNS)
    answer = isolation(atlas, board, at=NIGHT)
    note = f"{len(atlas.villages)} villages, {answer.roads_found} critical roads"
    report("isolation, Andorra", seconds, unit="ms", bar=300, notes={"isolation, every road": note})


def test_the_cuts_of_a_million_nodes() -> None:
    network = networks.network(1_200_000).network
    draw = np.random.default_rng(1)
    meets = Meets(
        hub=np.arange(30_000),
        segment=draw.integers(0, network.segments, 30_000).astype(np.int32),
        share=draw.random(30_000),
        outward=np.zeros(30_000, dtype=bool),
    )
    pieces = split(network, meets, 30_000)
    root = int(np.flatnonzero(network.node_component == 0)[0])
    seconds = medians({"dominators and cuts": lambda _: cuts(pieces, pieces.way, root)}, TURNS[:1])
    report(f"every cut, {network.nodes:,} nodes, 30,000 places", seconds, unit="ms")
