"""Villages by the state of their overnight stays."""

from __future__ import annotations

from geo.atlas import Atlas
from geo.coverage import StayCoverage
from geo.terms import StayState
from maps import cards
from maps.paint import draw
from maps.paint.chart import DataLayer
from maps.paint.ground import town_names
from maps.words import Words

_STATE_RANK = {StayState.LOST: 1, StayState.CURABLE: 3}


def villages_by_state(atlas: Atlas, coverage: StayCoverage, words: Words) -> DataLayer:
    """Villages in the colour and pattern of their state, with names from mid zoom on and the lost ones earlier."""
    frame = atlas.layers["villages"]
    shapes = draw.thinned(frame.geometry.values)
    anchors, spans = draw.rooms(shapes)
    position_of = {code: position for position, code in enumerate(frame["code"])}
    town_of = town_names(atlas, words)
    features, labels = [], []
    for stays in coverage.villages:
        position = position_of[stays.village_code]
        kind, town = frame["kind"].iloc[position], town_of.get(stays.town_code)
        card = cards.stays_card(words, stays, coverage.rules, kind, town)
        at = anchors[position]
        features.append(
            draw.feature(stays.village_code, shapes[position], style=f"state-{stays.state}", card=card.plain(), at=at)
        )
        rank = _STATE_RANK.get(stays.state, 5)
        from_zoom = 11.0 if stays.state is StayState.LOST else 12.5
        labels.append(
            draw.label(stays.village_name, at, f"village {stays.state}", rank, (from_zoom, 30), spans[position])
        )
    payload = {"kind": "areas", "pane": "areas", "data": draw.collection(features), "labels": labels}
    return DataLayer("villages", words("layer.villages_by_state"), payload)
