"""Layers that a page's script fills for one moment, as they are for the moment that the page shows first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from maps.pages import Document

Payload = Mapping[str, Any]


def at_first(payload: Payload, document: Document) -> Payload:
    """The same layer as one of the lasting kinds; every other layer as it is."""
    match payload["kind"]:
        case "dated":
            return _dated(payload, document.content["timeline"])
        case "fire_class":
            return _fire_class(payload, document)
        case _:
            return payload


def headline(document: Document) -> str:
    """What the page is of: the moment that it shows first, or what it says itself."""
    timeline = document.content.get("timeline")
    return str(_moment(timeline)["label"] if timeline else document.content["headline"])


def _moment(timeline: Mapping[str, Any]) -> Mapping[str, Any]:
    return next(one for one in (*timeline["weeks"], *timeline["days"]) if one["key"] == timeline["moment"])


def _dated(payload: Payload, timeline: Mapping[str, Any]) -> Payload:
    """The features whose time meets the moment, those that outlast it as open."""
    moment = _moment(timeline)
    features = []
    for feature in payload["data"]["features"]:
        about = feature["properties"]
        begun, ended = about["from"], about["until"]
        if begun < moment["until"] and (ended is None or ended > moment["from"]):
            is_open = ended is None or ended > moment["until"]
            look = payload["looks"]["open" if is_open else "done"][:2] if "looks" in payload else ()
            shown = {**about, **dict(zip(("style", "symbol"), look, strict=False))}
            features.append({**feature, "properties": shown})
    return {**payload, "kind": payload["of"], "data": {**payload["data"], "features": features}}


def _fire_class(payload: Payload, document: Document) -> Payload:
    """The towns (or the county) in the class of the day that is shown."""
    fire = document.content["fire"]
    day = (date.fromisoformat(fire["moment"]) - date.fromisoformat(fire["first"])).days
    signs = {town["code"]: town["classes"][day] for town in fire["towns"]}
    shapes = document.blocks[payload["shapes"]]["data"]["features"]
    features = [
        {**shape, "properties": {"style": fire["signs"][signs.get(code, "u")]["style"]}}
        for code, shape in zip(payload["codes"], shapes, strict=False)
    ]
    return {"kind": "areas", "pane": "land", "data": {"features": features}}
