"""Risk zones, hazard sites, incidents, detections, and whom they reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import pandas as pd
import shapely

from geo.atlas import Atlas
from geo.exposure import ExposedArea, Exposure
from geo.terms import DangerGrade, HazardKind, HazardLevel, SiteStatus
from geo.tiles import LARGE, PARTS, foremost
from maps import cards
from maps.paint import draw
from maps.paint.chart import DataLayer
from maps.paint.ground import town_names
from maps.paint.tiles import joined_cards, tiled_layer
from maps.words import Words

_CELL_DEGREES = 1.5e-4
"""Cells are many, and lie under everything else: about 10 metres will do."""


def is_risk_known(atlas: Atlas) -> bool:
    """Whether the data hold any risk zone or hazard site; without them nobody can say who is safe."""
    return any(len(atlas.layers[layer]) for layer in ("risk_zones", "hazard_sites"))


def villages_outline(atlas: Atlas, exposure: Exposure, words: Words) -> DataLayer:
    """Village borders, each with what threatens it, and names from mid zoom on; too many go out as tiles."""
    frame = draw.public_frame(atlas.layers["villages"], "villages")
    exposed, is_known = {area.code: area for area in exposure.villages}, is_risk_known(atlas)
    if len(frame) <= LARGE:
        return _villages(atlas, exposed, words, frame, is_known=is_known)
    towns, town_of = frame.set_index("code")["town_code"], town_names(atlas, words)
    said = [cards.exposed_card(words, area, town_of.get(towns[area.code])) for area in exposure.villages]
    worst = frame[frame["code"].isin([area.code for area in exposure.villages[:LARGE]])]
    return tiled_layer(
        "villages",
        atlas,
        words,
        identity="villages",
        title=words("layer.villages_outline"),
        pane="areas",
        joined=joined_cards(list(exposed), ["outline"] * len(said), said),
        others=("outline", words("risk.none_here" if is_known else "risk.not_known_here")),
        alone=lambda: _villages(atlas, exposed, words, worst, is_known=is_known),
        count=len(frame),
    )


def _villages(
    atlas: Atlas, exposed: Mapping[str, ExposedArea], words: Words, frame: pd.DataFrame, *, is_known: bool
) -> DataLayer:
    """The villages of `frame`."""
    shapes = draw.thinned(frame.geometry.values)
    town_of = town_names(atlas, words)
    features, labels = [], []
    for row, shape, at, span in zip(draw.rows(frame), shapes, *draw.rooms(shapes), strict=True):
        area, town = exposed.get(row["code"]), town_of.get(row["town_code"])
        of_none = cards.village_card(words, row, town, is_known=is_known)
        card = cards.exposed_card(words, area, town) if area else of_none
        features.append(draw.feature(row["code"], shape, style="outline", card=card.plain(), at=at))
        labels.append(draw.label(row["name"], at, "village quiet", 6, (12.5, 30), span))
    payload = {"kind": "areas", "pane": "areas", "data": draw.collection(features), "labels": labels}
    return DataLayer("villages", words("layer.villages_outline"), payload)


def fire_zones(atlas: Atlas, words: Words) -> DataLayer:
    """Forest-fire zones in the official colours, numbered by class."""
    return _zones(atlas, words, "fire")


def geo_zones(atlas: Atlas, words: Words) -> DataLayer:
    """Geological zones in the official colours, numbered in Roman numerals."""
    return _zones(atlas, words, "geo")


def _zones(atlas: Atlas, words: Words, family: str) -> DataLayer:
    frame = draw.public_frame(atlas.layers["risk_zones"], "risk_zones")
    frame = frame[frame["kind"].isin(PARTS[f"{family}_zones"])]
    if len(frame) <= LARGE:
        return _drawn_zones(frame, words, family)
    return tiled_layer(
        f"{family}_zones",
        atlas,
        words,
        identity=f"{family}_zones",
        title=words(f"layer.{family}_zones"),
        pane=f"zones-{family}",
        drawn_as={f"level-{int(level)}": f"{family}-{int(level)}" for level in HazardLevel},
        alone=lambda: _drawn_zones(frame.iloc[foremost(frame, LARGE)], words, family),
        count=len(frame),
    )


def _drawn_zones(frame: pd.DataFrame, words: Words, family: str) -> DataLayer:
    identity = f"{family}_zones"
    rows = draw.rows(frame)
    rows.sort(key=lambda row: (row["level"], row["zone_id"]))  # the worst lies on top
    shapes = shapely.simplify(np.array([row["geometry"] for row in rows], dtype=object), draw.THIN_DEGREES)
    anchors, spans = draw.rooms(shapes)
    features, labels = [], []
    for row, shape, at, span in zip(rows, shapes, anchors, spans, strict=True):
        kind, level = HazardKind(row["kind"]), HazardLevel(row["level"])
        card = cards.zone_card(words, row).plain()
        features.append(draw.feature(row["zone_id"], shape, style=f"{family}-{int(level)}", card=card, at=at))
        text = cards.numeral(kind, level)
        labels.append(
            draw.label(
                text, at, f"grade {family}", 4 - int(level) / 2, span=span, style=f"level-{int(level)}", fit_px=30
            )
        )
    payload = {"kind": "areas", "pane": f"zones-{family}", "data": draw.collection(features), "labels": labels}
    return DataLayer(identity, words(f"layer.{identity}"), payload)


def hazard_sites(atlas: Atlas, words: Words) -> DataLayer:
    """Hazard sites as triangles with the numeral of their danger grade; removed ones are hollow.

    Too many go out as tiles: circles, the graver the larger.
    """
    frame = draw.public_frame(atlas.layers["hazard_sites"], "hazard_sites")
    if len(frame) <= LARGE:
        return _drawn_sites(atlas, frame, words)
    return tiled_layer(
        "hazard_sites",
        atlas,
        words,
        identity="hazard_sites",
        title=words("layer.hazard_sites"),
        pane="marks",
        alone=lambda: _drawn_sites(atlas, frame.iloc[foremost(frame, LARGE)], words),
        count=len(frame),
    )


def _drawn_sites(atlas: Atlas, frame: pd.DataFrame, words: Words) -> DataLayer:
    names = {area.code: area.name for area in atlas.villages}
    features = []
    for row in sorted(draw.rows(frame), key=_site_order):
        grade = DangerGrade(row["danger_grade"]) if cards.cell(row, "danger_grade") else None
        removed = row["status"] == SiteStatus.REMOVED
        features.append(
            draw.marker(
                row,
                row["site_id"],
                "removed" if removed else cards.level_style(grade.level if grade else None),
                cards.site_card(words, row, names.get(cards.cell(row, "village_code") or "")),
                "sym-site-removed" if removed else "sym-site",
                "" if removed else cards.ROMAN[grade] if grade else "?",
            )
        )
    return DataLayer("hazard_sites", words("layer.hazard_sites"), {"kind": "points", "data": draw.collection(features)})


def _site_order(row: cards.Row) -> tuple[bool, int, str]:
    """Removed sites at the bottom, then by grade, so that the gravest are on top."""
    grade = cards.cell(row, "danger_grade")
    return row["status"] != SiteStatus.REMOVED, int(DangerGrade(grade).level) if grade else 0, row["site_id"]


def incidents(frame: pd.DataFrame, at: datetime, words: Words) -> DataLayer:
    """Incidents discovered by `at`: open ones filled, handled ones hollow."""
    rows = [row for row in draw.rows(draw.public_frame(frame, "incidents")) if row["discovered_at"] <= at]
    rows.sort(key=lambda row: (cards.is_open(row, at), row["incident_id"]))
    features = []
    for row in rows:
        state = "open" if cards.is_open(row, at) else "done"
        card = cards.incident_card(words, row, at)
        features.append(draw.marker(row, row["incident_id"], f"incident-{state}", card, f"sym-incident-{state}"))
    return DataLayer("incidents", words("layer.incidents"), {"kind": "points", "data": draw.collection(features)})


def detections(atlas: Atlas, at: datetime, words: Words) -> DataLayer:
    """Detections made by `at`: hollow and dashed, because nobody has verified them; lighter outside the county."""
    frame = draw.public_frame(atlas.layers["detections"], "detections")
    features = [
        draw.marker(
            row,
            row["detection_id"],
            "detection-outside" if row["outside"] else "detection",
            cards.detection_card(words, row),
            "sym-detection",
        )
        for row in draw.rows(frame)
        if row["detected_on"] <= at.date()
    ]
    return DataLayer("detections", words("layer.detections"), {"kind": "points", "data": draw.collection(features)})


def exposed_grids(atlas: Atlas, exposure: Exposure, words: Words) -> DataLayer:
    """Exposed grid cells by worst level; off until asked for. Too many go out as tiles."""
    areas = exposure.grids
    if len(areas) <= LARGE:
        return _drawn_grids(atlas, areas, words)
    said = [cards.grid_card(words, area) for area in areas]
    return tiled_layer(
        "grids",
        atlas,
        words,
        identity="grids",
        title=words("layer.grids"),
        pane="grids",
        show=False,
        joined=joined_cards([area.code for area in areas], [cards.level_style(area.level) for area in areas], said),
        alone=lambda: _drawn_grids(atlas, areas[:LARGE], words),  # the worst stand first
        count=len(areas),
    )


def _drawn_grids(atlas: Atlas, areas: Sequence[ExposedArea], words: Words) -> DataLayer:
    frame = atlas.layers["grids"]
    position_of = {code: position for position, code in enumerate(frame["code"])}
    chosen = [position_of[area.code] for area in areas]
    shapes = shapely.simplify(frame.geometry.values[chosen], _CELL_DEGREES)
    features = [
        draw.feature(area.code, shape, style=cards.level_style(area.level), card=cards.grid_card(words, area).plain())
        for area, shape in zip(areas, shapes, strict=True)
    ]
    payload = {"kind": "areas", "pane": "grids", "canvas": True, "data": draw.collection(features)}
    return DataLayer("grids", words("layer.grids"), payload, show=False)
