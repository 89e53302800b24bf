"""A county made from OpenStreetMap: cells around points, nameless streams, woods, no risk data, somebody's data."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import geopandas
import pandas as pd
import pytest
import shapely

from geo import exposure
from geo.layers.registry import LAYERS
from geo.layers.spec import check
from maps import words

PAGES = [(page, lang) for page in ("coverage", "risk") for lang in ("zh", "en")]
OSM = "county.osm.pbf (© OpenStreetMap contributors, ODbL 1.0)"
WEST, SOUTH = 111.40, 27.60  # the hand-made county is 0.15 by 0.10 degrees

County = Any  # the hand-made county of conftest.py


def _block(document: str, identity: str) -> Any:
    found = re.search(rf'<script type="application/json" id="{identity}">(.*?)</script>', document, re.DOTALL)
    return json.loads(found[1]) if found else None


def _page(county: County, page: str, lang: str = "en", **options: Any) -> str:
    made: str = getattr(county, f"{page}_page")(lang=lang, **options)
    return made


def _sections(document: str, kind: str) -> list[Any]:
    return [section for section in _block(document, "page-data")["sections"] if section["type"] == kind]


def _with(county: County, **frames: pd.DataFrame) -> County:
    """The county with other frames in place of some of its own."""
    changed = replace(county.atlas, layers=MappingProxyType({**county.atlas.layers, **frames}))
    return replace(county, atlas=changed, exposure=exposure.exposure(changed))


def _rivers(*rows: tuple[str | None, list[tuple[float, float]]]) -> pd.DataFrame:
    table = pd.DataFrame([{"river_id": f"V{number}", "name": name} for number, (name, _) in enumerate(rows)])
    lines = [shapely.LineString([(WEST + east, SOUTH + north) for east, north in line]) for _, line in rows]
    return check(geopandas.GeoDataFrame(table, geometry=lines, crs="EPSG:4326"), LAYERS["rivers"])


def _woods(*boxes: tuple[float, float, float, float]) -> pd.DataFrame:
    table = pd.DataFrame([{"woodland_id": f"W{number}", "name": None} for number in range(len(boxes))])
    shapes = [shapely.box(WEST + w, SOUTH + s, WEST + e, SOUTH + n) for w, s, e, n in boxes]
    return check(geopandas.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326"), LAYERS["woodland"])


def _drawn(layer: Any) -> list[tuple[str, Any]]:
    features = layer["data"]["features"]
    return [(feature["properties"]["id"], shapely.geometry.shape(feature["geometry"])) for feature in features]


@pytest.mark.parametrize(("page", "lang"), PAGES)
def test_a_river_is_named_once_or_twice_however_many_pieces_it_has(county: County, page: str, lang: str) -> None:
    pieces = [("Long", [(0.01 * step, 0.05), (0.01 * step + 0.01, 0.05)]) for step in range(12)]
    county = _with(
        county,
        rivers=_rivers(*pieces, ("Short", [(0.02, 0.02), (0.03, 0.02)]), (None, [(0.05, 0.01), (0.06, 0.02)])),
    )
    layer = _block(_page(county, page, lang), "layer-rivers")
    assert [label["text"] for label in layer["labels"]] == ["Long", "Long", "Short"]
    assert [identity for identity, _ in _drawn(layer)] == ["stream", "river", "brook"]
    assert {shape.geom_type for _, shape in _drawn(layer)} == {"LineString"}
    weights = [layer["lines"][look][0]["weight"] for look in ("stream", "brook", "river")]
    assert weights == sorted(set(weights))


@pytest.mark.parametrize("page", ["coverage", "risk"])
def test_streams_without_any_name_bear_no_label(county: County, page: str) -> None:
    county = _with(county, rivers=_rivers((None, [(0.02, 0.02), (0.05, 0.02)]), (None, [(0.05, 0.05), (0.06, 0.06)])))
    layer = _block(_page(county, page), "layer-rivers")
    assert (layer["labels"], [identity for identity, _ in _drawn(layer)]) == ([], ["stream"])


def test_rivers_end_near_the_county(county: County) -> None:
    far = ("Far", [(0.5, 0.5), (0.6, 0.5)])
    county = _with(county, rivers=_rivers(("Through", [(-1.0, 0.05), (1.0, 0.05)]), far))
    layer = _block(_page(county, "coverage"), "layer-rivers")
    (_, shape), *others = _drawn(layer)
    assert others == []
    assert {label["text"] for label in layer["labels"]} == {"Through"}
    west, _, east, _ = shape.bounds
    assert WEST - 0.012 < west < WEST - 0.008
    assert WEST + 0.158 < east < WEST + 0.162


@pytest.mark.parametrize(("page", "lang"), PAGES)
def test_sources_stand_on_the_map_and_in_the_panel_once_each(
    county: County, hostile_name: str, page: str, lang: str
) -> None:
    given = [OSM, "synthetic, made by `yixian sample`", OSM, hostile_name]
    document = _page(county, page, lang, sources=given)
    (colophon,) = _sections(document, "colophon")
    assert colophon["sources"] == {"title": words.words(lang)("legend.sources"), "items": [OSM, hostile_name]}
    assert _block(document, "page-data")["credit"] == f"{OSM} · {hostile_name}"
    running = re.sub(r'<script type="application/json".*?</script>', "", document, flags=re.DOTALL)
    assert "alert(" not in running


@pytest.mark.parametrize("page", ["coverage", "risk"])
def test_without_sources_none_are_spoken_of(county: County, page: str) -> None:
    for sources in ((), ("synthetic",)):
        document = _page(county, page, sources=sources)
        assert _block(document, "page-data")["credit"] == ""
        assert _sections(document, "colophon")[0]["sources"]["items"] == []


@pytest.mark.parametrize(("page", "lang"), PAGES)
def test_the_legend_says_which_borders_are_derived(county: County, page: str, lang: str) -> None:
    say = words.words(lang)
    villages, towns = (county.atlas.layers[layer] for layer in ("villages", "towns"))
    derived = _with(
        county,
        villages=villages.assign(derived_shape=True),
        towns=towns.assign(derived_shape=[True, False]),
    )
    (legend,) = _sections(_page(derived, page, lang), "legend")
    told = dict(legend["origin"]["rows"])
    assert told[say("legend.derived")] == say.listed([f"{say('layer.towns')} (1/2)", say("layer.villages")])
    (legend,) = _sections(_page(county, page, lang), "legend")
    assert say("legend.derived") not in dict(legend["origin"]["rows"])


def test_layers_older_than_the_mark_are_not_called_derived(county: County) -> None:
    villages = county.atlas.layers["villages"].drop(columns="derived_shape")
    (legend,) = _sections(_page(_with(county, villages=villages), "coverage"), "legend")
    assert words.words("en")("legend.derived") not in dict(legend["origin"]["rows"])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_without_risk_data_the_risk_is_unknown(make_county: Callable[..., County], lang: str) -> None:
    say = words.words(lang)
    document = _page(make_county(without=("risk_zones", "hazard_sites")), "risk", lang)
    page = _block(document, "page-data")
    assert page["notice"] == {"title": say("risk.no_data_title"), "body": say("risk.no_data_body")}
    (summary,) = _sections(document, "summary")
    assert (summary["figure"], summary["bar"]) == (say("value.unknown"), [])
    assert {row["value"] for row in summary["rows"]["items"]} == {say("value.unknown")}
    _, exposed = _sections(document, "list")
    assert (exposed["count"], exposed["empty"], exposed["good"]) == ("", say("risk.none_judged"), False)
    (legend,) = _sections(document, "legend")
    scales = {say("risk.fire_scale"), say("risk.geo_scale"), say("risk.sites")}
    assert scales.isdisjoint(group["title"] for group in legend["groups"])
    features = _block(document, "layer-villages")["data"]["features"]
    assert {feature["properties"]["card"]["b"] for feature in features} == {say("risk.not_known_here")}


@pytest.mark.parametrize("without", ["risk_zones", "hazard_sites"])
def test_one_kind_of_risk_data_is_enough_to_judge(make_county: Callable[..., County], without: str) -> None:
    document = _page(make_county(without=(without,)), "risk")
    assert _block(document, "page-data")["notice"] is None
    assert _sections(document, "summary")[0]["figure"] != "unknown"


def test_without_any_incident_on_record_none_is_counted(county: County, make_county: Callable[..., County]) -> None:
    say = words.words("en")
    document = _page(make_county(without=("incidents", "detections")), "risk")
    still_open = _sections(document, "list")[0]
    assert (still_open["count"], still_open["empty"]) == ("", say("risk.no_incident_data"))
    assert not still_open["good"]
    (legend,) = _sections(document, "legend")
    assert say("risk.signals") not in [group["title"] for group in legend["groups"]]
    assert _sections(_page(county, "risk"), "list")[0]["good"]


def test_without_stays_no_village_counts_as_met_nor_as_lacking(make_county: Callable[..., County]) -> None:
    document = _page(make_county(without=("stays",)), "coverage")
    assert _block(document, "page-data")["notice"]["title"] == words.words("en")("coverage.no_data_title")
    (summary,) = _sections(document, "summary")
    assert (summary["figure"], summary["short"]) == ("unknown", "Met unknown")
    assert not _sections(document, "list")[0]["good"]


@pytest.mark.parametrize(("page", "lang"), PAGES)
def test_woods_are_one_shape_within_the_county(county: County, page: str, lang: str) -> None:
    woods = _woods((-0.05, 0.01, 0.02, 0.02), (0.01, 0.01, 0.03, 0.02), (0.05, 0.05, 0.06, 0.06), (1, 1, 2, 2))
    document = _page(_with(county, woodland=woods), page, lang)
    ((identity, shape),) = _drawn(_block(document, "layer-woodland"))
    assert identity == "wood"
    assert shape.bounds == pytest.approx((WEST, SOUTH + 0.01, WEST + 0.06, SOUTH + 0.06))
    assert shape.area == pytest.approx(0.03 * 0.01 + 0.01 * 0.01, rel=1e-6)
    (legend,) = _sections(document, "legend")
    assert "woodland" in [item.get("style") for group in legend["groups"] for item in group["items"]]


@pytest.mark.parametrize("page", ["coverage", "risk"])
def test_without_woods_there_is_no_layer_and_no_toggle(county: County, page: str) -> None:
    document = _page(county, page)
    assert len(county.atlas.layers["woodland"]) == 0
    assert _block(document, "layer-woodland") is None
    assert "layer-woodland" not in document
    (legend,) = _sections(document, "legend")
    assert "woodland" not in [item.get("style") for group in legend["groups"] for item in group["items"]]
    assert "Woodland" not in str(legend)
    far = _page(_with(county, woodland=_woods((1, 1, 2, 2))), page)
    assert "layer-woodland" not in far
    assert "Woodland" not in str(_sections(far, "legend"))


@pytest.mark.parametrize("page", ["coverage", "risk"])
def test_a_layer_that_draws_nothing_has_no_toggle_and_no_place_in_the_legend(
    make_county: Callable[..., County], page: str
) -> None:
    absent = ("grids", "stations", "roads", "rivers", "risk_zones", "hazard_sites", "detections", "incidents", "towns")
    document = _page(make_county(without=absent), page)
    assert set(re.findall(r'id="layer-([a-z-]+)"', document)) == {"county", "villages"}
    (legend,) = _sections(document, "legend")
    ground = legend["groups"][-1]
    assert [item["label"] for item in ground["items"]] == [words.words("en")("layer.county")]
    assert len(legend["groups"]) == (3 if page == "coverage" else 1)


def test_each_family_of_zones_has_its_toggle_and_its_scale(county: County) -> None:
    zones, say = county.atlas.layers["risk_zones"], words.words("en")
    fire = zones["kind"] == "forest_fire"
    assert 0 < fire.sum() < len(zones)
    for family, rows in (("fire", zones[fire]), ("geo", zones[~fire])):
        document = _page(_with(county, risk_zones=rows.reset_index(drop=True)), "risk")
        blocks = {name for name in ("fire", "geo") if _block(document, f"layer-{name}-zones")}
        assert blocks == {family}
        titles = [group["title"] for group in _sections(document, "legend")[0]["groups"]]
        assert [name for name in ("fire", "geo") if say(f"risk.{name}_scale") in titles] == [family]


@pytest.mark.parametrize("page", ["coverage", "risk"])
def test_an_imported_county_is_the_same_every_time(county: County, page: str) -> None:
    rivers = _rivers(("B", [(0.01, 0.01), (0.02, 0.02)]), ("A", [(0.02, 0.02), (0.03, 0.02)]))
    made = _with(county, rivers=rivers, woodland=_woods((0.01, 0.01, 0.03, 0.02)))
    assert _page(made, page, sources=[OSM]) == _page(made, page, sources=[OSM])
