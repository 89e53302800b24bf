"""What the console draws: villages by state with no more than a name upon them, and the gravest hazards alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.atlas import Atlas
from geo.coverage import StayCoverage
from geo.terms import HazardKind, HazardLevel, StayState
from geo.tiles import LARGE
from maps import palette
from maps.cards import Card
from maps.paint import draw
from maps.paint.chart import DataLayer
from maps.paint.outlines import village_outlines
from maps.paint.tiles import TiledLayer, joined_cards, tiled_layer
from maps.words import Words

_RANK = {StayState.LOST: 1, StayState.NO_TEAM: 2, StayState.CURABLE: 3}
_GRAVEST = f"level-{int(max(HazardLevel))}"


def villages_in_brief(atlas: Atlas, coverage: StayCoverage, words: Words) -> DataLayer:
    """Villages in the colour and pattern of their state; what more there is to say is asked for by place.

    Too many go out as tiles, without names upon them.
    """
    rows = np.arange(len(coverage.villages))
    if len(rows) <= LARGE:
        return _villages(atlas, coverage, words, rows)
    gravest = np.array(sorted(rows, key=lambda row: _RANK.get(coverage.villages[row].state, 5))[:LARGE])
    said = [Card(one.village_name, words(f"state.{one.state}"), f"state-{one.state}", ()) for one in coverage.villages]
    codes, title = [one.village_code for one in coverage.villages], words("layer.villages_by_state")
    return tiled_layer(
        "villages",
        atlas,
        words,
        identity="villages",
        title=title,
        pane="areas",
        quiet=True,
        joined=joined_cards(codes, [one.style for one in said], said),
        alone=lambda: _villages(atlas, coverage, words, np.sort(gravest)),
        count=len(rows),
    )


def _villages(atlas: Atlas, coverage: StayCoverage, words: Words, rows: npt.NDArray[np.intp]) -> DataLayer:
    drawn = village_outlines(atlas, rows)
    features, labels = [], []
    villages = [coverage.villages[row] for row in rows]
    for stays, shape, at, span in zip(villages, drawn.geometries, drawn.anchors, drawn.spans, strict=True):
        card = {"t": stays.village_name, "b": words(f"state.{stays.state}")}
        features.append(draw.feature_of(stays.village_code, shape, style=f"state-{stays.state}", card=card, at=at))
        from_zoom = 11.0 if stays.state is StayState.LOST else 12.5
        look, rank = f"village {stays.state}", _RANK.get(stays.state, 5)
        labels.append(draw.label(stays.village_name, at, look, rank, (from_zoom, 30), span))
    payload = {"kind": "areas", "pane": "areas", "data": draw.collection(features), "labels": labels}
    return DataLayer("villages", words("layer.villages_by_state"), payload)


def in_brief(layer: DataLayer, *, show: bool) -> DataLayer:
    """The same areas with a name and a class upon them and no more."""
    if isinstance(layer, TiledLayer):
        return layer.quietly(show=show)
    features = [_in_brief(one) for one in layer.payload["data"]["features"]]
    payload = {**layer.payload, "data": draw.collection(features)}
    return DataLayer(layer.identity, layer.layer_name, payload, show=show)


def _in_brief(feature: dict[str, Any]) -> dict[str, Any]:
    about = feature["properties"]
    return {**feature, "properties": {**about, "card": {key: about["card"][key] for key in ("t", "b")}}}


def gravest_zones(atlas: Atlas, words: Words) -> DataLayer:
    """The borders of the zones of the worst level, to be seen upon any colour: of fire unbroken, of ground dashed."""
    frame = atlas.layers["risk_zones"]
    worst = frame[frame["level"] == int(max(HazardLevel))]
    families = ["fire" if kind == HazardKind.FOREST_FIRE else "geo" for kind in worst["kind"]]
    shapes = shapely.simplify(worst.geometry.values, draw.THIN_DEGREES)
    features = [draw.feature(family, shape) for family, shape in zip(families, shapes, strict=True)]
    casing = {"color": palette.variable("paper"), "weight": 5, "opacity": 0.85, "fill": False, "pane": "borders"}
    line = {"color": palette.LEVELS[max(HazardLevel)].fill, "weight": 2.6, "fill": False, "pane": "borders"}
    lines = {"fire": [casing, line], "geo": [casing, {**line, "dashArray": palette.GEOLOGICAL[max(HazardLevel)].dash}]}
    payload = {"kind": "lines", "data": draw.collection(features), "lines": lines}
    return DataLayer("gravest_zones", words("layer.gravest_zones"), payload)


def gravest_and_others(sites: DataLayer, words: Words) -> tuple[DataLayer, DataLayer]:
    """Hazard sites in two layers: the other ones, which are hidden at first, and upon them those of the worst grade."""
    found: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    drawn = sites.alone()  # of tiles what matters most, and so the gravest
    for feature in drawn.payload["data"]["features"] if drawn else ():
        found[feature["properties"]["style"] == _GRAVEST].append(feature)
    if isinstance(sites, TiledLayer) and drawn is not None:
        shown = {**drawn.payload, "note": "", "data": draw.collection(found[True])}
        return sites.quietly(show=False), DataLayer("gravest_sites", words("layer.gravest_sites"), shown)
    gravest, others = ({**sites.payload, "data": draw.collection(found[is_gravest])} for is_gravest in (True, False))
    return (
        DataLayer(sites.identity, words("layer.other_sites"), others, show=False),
        DataLayer("gravest_sites", words("layer.gravest_sites"), gravest),
    )
