"""Villages by the state of their overnight stays, and where an order holds."""

from __future__ import annotations

from collections.abc import Mapping

import shapely

from geo.atlas import Atlas
from geo.coverage import WeekReview
from geo.terms import StayState
from maps import coverage_cards, palette
from maps.paint import draw
from maps.paint.chart import DataLayer
from maps.paint.ground import town_names
from maps.words import Words

_STATE_RANK = {StayState.LOST: 1, StayState.CURABLE: 3}


def villages_by_state(atlas: Atlas, review: WeekReview, teams: Mapping[str, str], words: Words) -> DataLayer:
    """Villages in the colour and pattern of their state, with names from mid zoom on and the lost ones earlier.

    `teams` are the teams' names by their ids.
    """
    frame, town_of = atlas.layers["villages"], town_names(atlas, words)
    shapes = draw.thinned(frame.geometry.values)
    anchors, spans = draw.rooms(shapes)
    features, labels = [], []
    for village, (stays, kind, at) in enumerate(zip(review.stays.villages, frame["kind"], anchors, strict=True)):
        card = coverage_cards.stays_card(words, review, village, kind, town_of.get(stays.town_code), teams).plain()
        features.append(
            draw.feature(stays.village_code, shapes[village], style=f"state-{stays.state}", card=card, at=at)
        )
        rank = _STATE_RANK.get(stays.state, 5)
        from_zoom = 11.0 if stays.state is StayState.LOST else 12.5
        labels.append(
            draw.label(stays.village_name, at, f"village {stays.state}", rank, (from_zoom, 30), spans[village])
        )
    payload = {"kind": "areas", "pane": "areas", "data": draw.collection(features), "labels": labels}
    return DataLayer("villages", words("layer.villages_by_state"), payload)


def emergency_area(atlas: Atlas, review: WeekReview, words: Words) -> DataLayer:
    """The border of where an order is in force; nothing where none is."""
    shapes = draw.thinned(atlas.layers["villages"].geometry.values)[review.emergency]
    features = [draw.feature("emergency", shapely.union_all(shapes))] if len(shapes) else []
    casing = {"color": palette.colour("paper"), "weight": 8, "opacity": 0.9, "fill": False, "pane": "borders"}
    line = {"color": palette.colour("emergency"), "weight": 4.5, "dashArray": "14 7", "fill": False, "pane": "borders"}
    return DataLayer(
        "emergency",
        words("layer.emergency"),
        {"kind": "lines", "data": draw.collection(features), "lines": {"emergency": [casing, line]}},
    )
