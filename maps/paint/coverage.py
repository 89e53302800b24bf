"""Villages by the state of their overnight stays, and where an order holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import shapely

from geo.atlas import Atlas
from geo.coverage import WeekReview
from geo.index import Mask
from geo.terms import StayState
from geo.tiles import LARGE
from maps import coverage_cards, palette
from maps.cards import Card
from maps.paint import draw
from maps.paint.chart import DataLayer
from maps.paint.ground import town_names
from maps.paint.outlines import village_outlines
from maps.paint.tiles import joined_cards, tiled_layer
from maps.words import Words

_STATE_RANK = {StayState.LOST: 1, StayState.CURABLE: 3}


def villages_by_state(atlas: Atlas, review: WeekReview, teams: Mapping[str, str], words: Words) -> DataLayer:
    """Villages in the colour and pattern of their state, with names from mid zoom on and the lost ones earlier.

    `teams` are the teams' names by their ids. Too many villages go out as tiles, without names upon them.
    """
    frame, town_of = atlas.layers["villages"], town_names(atlas, words)
    said = [
        coverage_cards.stays_card(words, review, village, kind, town_of.get(stays.town_code), teams)
        for village, (stays, kind) in enumerate(zip(review.stays.villages, frame["kind"], strict=True))
    ]
    if len(frame) <= LARGE:
        return _villages(atlas, review, said, words, np.arange(len(frame)))
    order = sorted(range(len(frame)), key=lambda village: _STATE_RANK.get(review.stays.villages[village].state, 5))
    return tiled_layer(
        "villages",
        atlas,
        words,
        identity="villages",
        title=words("layer.villages_by_state"),
        pane="areas",
        joined=joined_cards(list(frame["code"]), [f"state-{one.state}" for one in review.stays.villages], said),
        alone=lambda: _villages(atlas, review, said, words, np.sort(order[:LARGE])),
        count=len(frame),
    )


def _villages(
    atlas: Atlas, review: WeekReview, said: Sequence[Card], words: Words, chosen: npt.NDArray[np.intp]
) -> DataLayer:
    """The villages at the positions `chosen`."""
    drawn = village_outlines(atlas, chosen)
    features, labels = [], []
    for village, shape, at, span in zip(chosen.tolist(), drawn.geometries, drawn.anchors, drawn.spans, strict=True):
        stays = review.stays.villages[village]
        card = said[village].plain()
        features.append(draw.feature_of(stays.village_code, shape, style=f"state-{stays.state}", card=card, at=at))
        rank = _STATE_RANK.get(stays.state, 5)
        from_zoom = 11.0 if stays.state is StayState.LOST else 12.5
        labels.append(draw.label(stays.village_name, at, f"village {stays.state}", rank, (from_zoom, 30), span))
    payload = {"kind": "areas", "pane": "areas", "data": draw.collection(features), "labels": labels}
    return DataLayer("villages", words("layer.villages_by_state"), payload)


def emergency_area(atlas: Atlas, emergency: Mask, words: Words) -> DataLayer:
    """The border of where an order is in force, `emergency` (villages,); nothing where none is."""
    shapes = village_outlines(atlas).shapes[emergency]
    features = [draw.feature("emergency", shapely.union_all(shapes))] if len(shapes) else []
    casing = {"color": palette.variable("paper"), "weight": 8, "opacity": 0.9, "fill": False, "pane": "borders"}
    ink = palette.variable("emergency-ink")
    line = {"color": ink, "weight": 4.5, "dashArray": "14 7", "fill": False, "pane": "borders"}
    return DataLayer(
        "emergency",
        words("layer.emergency"),
        {"kind": "lines", "data": draw.collection(features), "lines": {"emergency": [casing, line]}},
    )
