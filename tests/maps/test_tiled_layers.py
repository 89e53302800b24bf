"""A layer of more shapes than a page takes: tiles where there is a service, and what matters most in a file."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import Any

import pytest

from geo import atlas, board, coverage, exposure
from geo.calendar import Week
from geo.synthetic import lengshuijiang
from maps import paint
from maps.cards import Card
from maps.pages.coverage import coverage_document
from maps.pages.risk import risk_document
from maps.pages.serving import served
from maps.paint import coverage as coverage_paint
from maps.paint import ground, risk
from maps.paint.tiles import joined_cards
from maps.words import words

FEW = 15


@pytest.fixture(scope="module")
def county_world() -> tuple[Any, Any, Any]:
    county = lengshuijiang()
    built = atlas.build(county.layers, atlas.Provenance("v1", county.as_of))
    live = board.fold_frames(built, county.layers["stays"], county.layers["incidents"], known_until=county.as_of)
    return built, live, county.as_of


@pytest.fixture
def world(county_world: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
    """A county of which nothing was painted yet: what was painted of one is kept."""
    built, live, at = county_world
    return replace(built), live, at


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page takes no more than FEW shapes of a layer."""
    for module in (risk, ground, coverage_paint):
        monkeypatch.setattr(module, "LARGE", FEW)


def values(column: Any, ids: list[str]) -> list[Any]:
    """A column as the page's script reads it."""
    if column == "id":
        return ids
    return column if isinstance(column, list) else [column["of"][at] for at in column["at"]]


def test_few_shapes_need_no_tiles(world: tuple[Any, Any, Any]) -> None:
    built, _, _ = world
    layers = [
        paint.fire_zones(built, words("zh")),
        paint.roads(built, words("zh")),
        paint.hazard_sites(built, words("zh")),
    ]
    assert not any(isinstance(layer, paint.TiledLayer) for layer in layers)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_many_shapes_are_tiles_and_in_a_file_the_first_of_them(world: tuple[Any, Any, Any], lang: str) -> None:
    built, live, at = world
    said = words(lang)
    exposed = exposure.exposure(built)
    review = coverage.week_review(built, live, coverage.stay_coverage(built, live, Week.of(at), at=at))
    made = {
        "fire_zones": paint.fire_zones(built, said),
        "geo_zones": paint.geo_zones(built, said),
        "hazard_sites": paint.hazard_sites(built, said),
        "grids": paint.exposed_grids(built, exposed, said),
        "villages": paint.villages_outline(built, exposed, said),
        "villages by state": paint.villages_by_state(built, review, {}, said),
        "roads": paint.roads(built, said),
    }
    for name, layer in made.items():
        assert isinstance(layer, paint.TiledLayer), name
        assert "tiles" == layer.payload["kind"]
        alone = layer.alone()
        assert alone is not None
        assert layer.block == alone.block
        assert alone.payload["note"]
        assert 0 < len(alone.payload["data"]["features"]) <= FEW, name


@pytest.mark.usefixtures("small_pages")
def test_a_file_keeps_the_worst(world: tuple[Any, Any, Any]) -> None:
    built, _, _ = world
    alone = paint.hazard_sites(built, words("zh")).alone()
    assert alone is not None
    styles = [feature["properties"]["style"] for feature in alone.payload["data"]["features"]]
    sites = built.layers["hazard_sites"]
    gravest = (sites["danger_grade"] == "extra_large") & (sites["status"] == "active")
    assert int(gravest.sum()) == styles.count("level-5") > 0


@pytest.mark.usefixtures("small_pages")
def test_the_states_of_tiled_villages_are_joined_by_code(world: tuple[Any, Any, Any]) -> None:
    built, live, at = world
    stays = coverage.stay_coverage(built, live, Week.of(at), at=at)
    layer = paint.villages_by_state(built, coverage.week_review(built, live, stays), {}, words("zh"))
    joined = layer.payload["joined"]
    expected = {village.village_code: f"state-{village.state}" for village in stays.villages}
    assert expected == dict(zip(joined["ids"], values(joined["styles"], joined["ids"]), strict=True))
    names = values(joined["parts"]["t"], joined["ids"])
    assert {village.village_code: village.village_name for village in stays.villages} == dict(
        zip(joined["ids"], names, strict=True)
    )


def test_joined_cards_hold_each_card_whole() -> None:
    said = [
        Card("甲", "一", "s", (("code", "1"), ("people", "5")), note="n"),
        Card("乙", "一", "s", (("code", "2"),), lines=(("x", "y"),)),
        Card("丙", "一", "s", (("code", "3"), ("people", "5"))),
    ]
    ids = ["1", "2", "3"]
    joined = joined_cards(ids, ["a", "a", "b"], said)
    rows = [(label, values(column, ids)) for label, column in joined["rows"]]
    assert [("code", ["1", "2", "3"]), ("people", ["5", None, "5"])] == rows
    assert ["甲", "乙", "丙"] == values(joined["parts"]["t"], ids)
    assert ["n", None, None] == values(joined["parts"]["n"], ids)
    assert [None, (("x", "y"),), None] == values(joined["parts"]["l"], ids)
    assert ["a", "a", "b"] == values(joined["styles"], ids)


@pytest.mark.usefixtures("small_pages")
def test_a_served_page_with_tiles_holds_what_draws_them_and_a_file_does_not(world: tuple[Any, Any, Any]) -> None:
    built, live, at = world
    document = risk_document(built, live, exposure.exposure(built), at=at)
    page = served(document, root="/a/")
    html = gzip.decompress(page.html).decode()
    assert "assets/vectorgrid-" in html
    assert "/a/tiles/fire_zones/{z}/{x}/{y}.pbf?v=v1" in html
    file = document.standalone()
    assert b"L.VectorGrid" not in file
    assert b"yixian.tiles" not in file


def test_a_page_of_few_shapes_holds_nothing_of_tiles(world: tuple[Any, Any, Any]) -> None:
    built, live, at = world
    stays = coverage.stay_coverage(built, live, Week.of(at), at=at)
    html = gzip.decompress(served(coverage_document(built, live, stays)).html)
    assert b"vectorgrid-" not in html
    assert b"assets/tiles-" not in html
