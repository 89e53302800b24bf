"""Tiles in a real browser: drawn by VectorGrid under the page's policy, with hover and click, hostile data as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from api.wiring import open_services
from geo import store
from geo.synthetic import lengshuijiang
from maps import assets, paint
from maps.pages.document import Outfit, county_page
from maps.paint.tiles import tiled_layer
from maps.words import words as words_of
from tests.browser.conftest import Opened

HOST = "http://yixian.test"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, hostile_name: str) -> Iterator[TestClient]:
    """The sample with every risk zone under a hostile name."""
    county = lengshuijiang()
    layers = {**county.layers, "risk_zones": county.layers["risk_zones"].assign(name=hostile_name)}
    path = tmp_path_factory.mktemp("county")
    store.write_county(path, layers, present=county.as_of, source="test")
    with TestClient(create_app(open_services(Settings(data=path)))) as client:
        yield client


def document(service: TestClient, layer: str, lang: str) -> bytes:
    """A page of the county and one layer of tiles."""
    atlas, words = service.app.state.live.current.atlas, words_of(lang)  # type: ignore[attr-defined]  # Starlette's app
    tiles = tiled_layer(layer, words, version=atlas.provenance.version, title=None, pane="zones-geo")
    panel: dict[str, Any] = {"headline": "", "facts": [], "notice": None, "warnings": [], "sections": []}
    outfit = Outfit(assets.TILE_SCRIPTS, connects=True)
    return county_page(atlas, words, "risk", "risk", panel, [paint.county(atlas), tiles], {}, None, [], outfit)


@pytest.mark.parametrize(("layer", "lang"), [("risk_zones", "zh"), ("risk_zones", "en"), ("villages", "zh")])
def test_tiles_are_drawn_and_answer_hover_and_click(
    chromium: Any,
    service: TestClient,
    hostile_name: str,
    shoot: Callable[[Opened, str], None],
    layer: str,
    lang: str,
) -> None:
    context = chromium.new_context(viewport={"width": 1200, "height": 800})
    context.set_default_timeout(15_000)
    page, faults, tiles = context.new_page(), [], []

    def answer(route: Any) -> None:
        path = route.request.url.removeprefix(HOST)
        if path == "/maps/test":
            route.fulfill(body=document(service, layer, lang), content_type="text/html")
            return
        given = service.get(path, headers={"Accept-Encoding": "identity"})
        tiles.append((path, given.status_code))
        route.fulfill(status=given.status_code, body=given.content, headers={"content-type": "application/x"})

    context.route("**/*", answer)
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: (faults.append(dialog.message), dialog.dismiss()))
    page.goto(f"{HOST}/maps/test")
    page.wait_for_selector("canvas.leaflet-tile-loaded", state="attached")
    page.wait_for_timeout(500)
    atlas = service.app.state.live.current.atlas  # type: ignore[attr-defined]  # Starlette's app
    shapes = atlas.layers[layer].geometry.to_numpy()
    inside = shapely.point_on_surface(shapes[int(np.argmax(shapely.area(shapes)))])
    place, frame = (
        page.evaluate(f"yixian.map.latLngToContainerPoint([{inside.y}, {inside.x}])"),
        page.evaluate("yixian.map.getContainer().getBoundingClientRect().toJSON()"),
    )
    at = place["x"] + frame["x"], place["y"] + frame["y"]
    page.mouse.move(at[0] - 3, at[1])
    page.mouse.move(*at)
    page.wait_for_selector(".leaflet-tooltip .tip")
    page.mouse.click(*at)
    page.wait_for_selector(".leaflet-popup article.card")
    title = page.inner_text(".leaflet-popup h3")
    names = set(atlas.layers[layer]["name"])
    assert title in names
    if layer == "risk_zones":
        assert hostile_name == title
    assert {status for _, status in tiles} <= {200, 204}
    assert all(path.startswith("/tiles/") for path, _ in tiles)
    assert [] == faults
    shoot(Opened(page, HOST), f"tiles-{layer}-{lang}")
    context.close()
