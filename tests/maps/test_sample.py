"""The pages of the sample county: a whole county's data within the limits of size."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from geo import atlas, board, coverage, exposure
from geo.calendar import Week
from geo.synthetic import lengshuijiang
from maps import pages

LIMIT_BYTES = 250_000


@pytest.fixture(scope="module")
def sample() -> tuple[Any, Any, Any]:
    county = lengshuijiang()
    built = atlas.build(county.layers, atlas.Provenance("sample", county.as_of))
    live = board.fold_frames(built, county.layers["stays"], county.layers["incidents"], known_until=county.as_of)
    return built, live, county.as_of


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_both_pages_of_a_whole_county_are_small(sample: tuple[Any, Any, Any], lang: str) -> None:
    built, live, as_of = sample
    stays = coverage.stay_coverage(built, live, Week.parse("2022-W51"), at=as_of)
    made = [
        pages.coverage_page(built, live, stays, lang=lang),
        pages.risk_page(built, live, exposure.exposure(built, within_m=0), at=as_of, lang=lang),
    ]
    assert [len(gzip.compress(page)) < LIMIT_BYTES for page in made] == [True, True]
