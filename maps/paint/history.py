"""What was when: villages whose state changes from week to week, and incidents and orders with their times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.atlas import Atlas
from geo.board import Order
from geo.coverage import StayHistory
from geo.coverage.judging import STATES
from geo.layers.spec import is_missing
from geo.mobilisations import villages_under
from geo.tiles import LARGE
from maps import cards, palette
from maps.cards import Card
from maps.paint import draw
from maps.paint.chart import DataLayer
from maps.paint.ground import town_names
from maps.paint.outlines import village_outlines
from maps.paint.tiles import joined_cards, tiled_layer
from maps.words import Words


def villages_over_time(atlas: Atlas, history: StayHistory, words: Words) -> DataLayer:
    """Villages in the state of the last week; the page's script gives them those of the others.

    Too many villages go out as tiles, without names upon them.
    """
    town_of = town_names(atlas, words)
    said = [_card(words, history, number, town_of) for number in range(len(history.villages))]
    if len(said) <= LARGE:
        return _villages(atlas, history, said, words, np.arange(len(said)))
    codes = [village.code for village in history.villages]
    return tiled_layer(
        "villages",
        atlas,
        words,
        identity="villages",
        title=words("layer.villages_by_state"),
        pane="areas",
        joined=joined_cards(codes, [card.style for card in said], said),
        alone=lambda: _villages(atlas, history, said, words, np.arange(LARGE)),
        count=len(said),
    )


def _card(words: Words, history: StayHistory, number: int, town_of: Mapping[str, str]) -> Card:
    village, state = history.villages[number], STATES[int(history.state[number, -1])]
    return Card(
        title=village.name,
        badge=words(f"state.{state}"),
        style=f"state-{state}",
        rows=(
            (words("card.town"), words.given(town_of.get(village.town_code))),
            (words("card.code"), village.code),
            (words("card.population"), words.counted("people", village.population)),
        ),
        strips={"village": number},
    )


def _villages(
    atlas: Atlas, history: StayHistory, said: Sequence[Card], words: Words, chosen: npt.NDArray[np.intp]
) -> DataLayer:
    """The villages at the positions `chosen`."""
    drawn = village_outlines(atlas, chosen)
    features, labels = [], []
    for number, shape, at, span in zip(chosen.tolist(), drawn.geometries, drawn.anchors, drawn.spans, strict=True):
        village, card = history.villages[number], said[number]
        features.append(draw.feature_of(village.code, shape, style=card.style, card=card.plain(), at=at))
        labels.append(draw.label(village.name, at, "village quiet", 6, (12.5, 30), span))
    payload = {"kind": "areas", "pane": "areas", "data": draw.collection(features), "labels": labels}
    return DataLayer("villages", words("layer.villages_by_state"), payload)


def dated_incidents(frame: pd.DataFrame, at: datetime, words: Words) -> DataLayer:
    """Incidents discovered by `at`, with when they were discovered and handled; the script shows those of a moment."""
    features = []
    for row in draw.rows(draw.public_frame(frame, "incidents")):
        if row["discovered_at"] > at:
            continue
        card = cards.incident_card(words, row, at)
        done = None if cards.is_open(row, at) else row["handled_at"]
        marker = draw.marker(row, row["incident_id"], card.style, card, "sym-incident-open")
        marker["properties"] |= span_of(row["discovered_at"], done)
        features.append(marker)
    features.sort(key=lambda one: (one["properties"]["from"], one["properties"]["id"]))
    looks = {
        state: [f"incident-{state}", f"sym-incident-{state}", words(f"incident_state.{name}")]
        for state, name in (("open", "open"), ("done", "handled"))
    }
    payload = {
        "kind": "dated",
        "of": "points",
        "name": "incidents",
        "looks": looks,
        "data": draw.collection(features),
    }
    return DataLayer("incidents", words("layer.incidents"), payload)


def dated_orders(atlas: Atlas, orders: Iterable[Order], words: Words) -> DataLayer:
    """The border of where each order holds, with its times; the script shows those of a moment."""
    shapes = village_outlines(atlas).shapes
    features = []
    for order in orders:
        scope = shapes[villages_under(atlas, (order,))]
        if len(scope):
            area = draw.feature("order", shapely.union_all(scope))
            area["properties"] |= span_of(order.issued_at, order.ends_at)
            features.append(area)
    casing = {"color": palette.variable("paper"), "weight": 8, "opacity": 0.9, "fill": False, "pane": "borders"}
    ink = palette.variable("emergency-ink")
    line = {"color": ink, "weight": 4.5, "dashArray": "14 7", "fill": False, "pane": "borders"}
    payload = {
        "kind": "dated",
        "of": "lines",
        "name": "orders",
        "lines": {"order": [casing, line]},
        "data": draw.collection(features),
    }
    return DataLayer("orders", words("layer.emergency"), payload)


def span_of(begun: datetime, ended: Any) -> dict[str, Any]:
    """From when until when, in seconds of Unix time; None while it lasts."""
    return {"from": int(begun.timestamp()), "until": None if is_missing(ended) else int(ended.timestamp())}
