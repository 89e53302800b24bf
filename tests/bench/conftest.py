"""The county that the benches measure on: the project's own sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from geo.atlas import Atlas, Provenance, build
from geo.board import Board, fold_frames
from geo.synthetic import SyntheticCounty, lengshuijiang


@dataclass(frozen=True, repr=False)
class BenchCounty:
    """The sample county, ready for questions."""

    county: SyntheticCounty
    atlas: Atlas
    board: Board

    def places(self, count: int, seed: int = 1) -> list[tuple[float, float]]:
        """Random places inside the county's villages, as (lon, lat)."""
        random = np.random.default_rng(seed)
        west, south, east, north = self.atlas.bounds
        found: list[tuple[float, float]] = []
        while len(found) < count:
            lon, lat = random.uniform(west, east, count), random.uniform(south, north, count)
            inside = self.atlas.village_index.first_containing_bulk(lon, lat) >= 0
            found.extend(zip(lon[inside].tolist(), lat[inside].tolist(), strict=True))
        return found[:count]

    def states_of(self, week: str) -> dict[str, str]:
        """Village code -> state, as the sample promises."""
        rows: pd.DataFrame = self.county.expected_states
        rows = rows[rows["week"] == week]
        return dict(zip(rows["village_code"], rows["state"].astype(str), strict=True))


@pytest.fixture(scope="session")
def bench_county() -> BenchCounty:
    """The sample county."""
    county = lengshuijiang()
    atlas = build(county.layers, Provenance("bench", county.as_of))
    return BenchCounty(
        county, atlas, fold_frames(atlas, county.layers["stays"], county.layers["incidents"], county.as_of)
    )
