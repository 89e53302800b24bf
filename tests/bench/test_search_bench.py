"""What the console asks at a key and at a click: a search among 30,000 villages, and the sample county's other answers.

Run with `make bench`. Times are printed beside their bars, never asserted.
"""

from __future__ import annotations

import os
from dataclasses import replace

import pandas as pd
import pytest

from geo.atlas import Area, Atlas
from geo.attention import needs_attention
from geo.gazetteer import search
from geo.place import place_card
from geo.synthetic import AS_OF
from tests.bench.conftest import BenchCounty
from tests.bench.harness import medians, report

pytestmark = pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`")

TIMES = 200
TEXTS = ("m", "mx", "mxc", "maxi", "maxicun", "yangqiao", "麻溪", "4313811", "s", "shequ")
BAR_MS = 10


def many(atlas: Atlas) -> Atlas:
    """The sample with its villages and teams 200 times over, under codes of their own."""
    layers = dict(atlas.layers)
    for name, key in (("villages", "code"), ("teams", "team_id")):
        frame = pd.concat([layers[name]] * TIMES, ignore_index=True)
        layers[name] = frame.assign(**{key: [f"431381{number:06d}" for number in range(len(frame))]})
    columns = (layers["villages"][name] for name in ("code", "name", "town_code"))
    villages = tuple(Area(*cells, None, None) for cells in zip(*columns, strict=True))
    return replace(atlas, layers=layers, villages=villages)


def test_a_search_among_thirty_thousand_villages_and_sixty_thousand_teams(bench_county: BenchCounty) -> None:
    sample, board = bench_county.atlas, bench_county.board
    atlas = many(sample)
    taken = medians(
        {
            f"search, {len(atlas.villages):,} villages": lambda text: search(atlas, board, text),
            "the same, the sample's 150": lambda text: search(sample, board, text),
        },
        TEXTS * 5,
    )
    report("Search by name, pinyin, initials and code", taken, unit="ms", bar=BAR_MS)


def test_what_the_console_asks_of_the_sample(bench_county: BenchCounty) -> None:
    atlas, board = bench_county.atlas, bench_county.board
    places = [atlas.locate(*place) for place in bench_county.places(50)]
    card = medians({"card of a place": lambda place: place_card(atlas, board, place, at=AS_OF)}, places)
    report("What is told of a place", card, unit="ms")
    first = medians({"attention": lambda _: needs_attention(atlas, board, at=AS_OF)}, range(10))
    report("What needs attention", first, unit="ms")
