"""Sections that the panels of several pages share, as the page's script takes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from geo.atlas import Atlas, Provenance
from geo.calendar import to_china
from geo.terms import HazardLevel, Tier
from maps import palette
from maps.paint import DataLayer
from maps.words import Words

WORST_FIRST = tuple(sorted(HazardLevel, reverse=True))
"""The common scale from its gravest level."""

Section = dict[str, Any]

_LINES = {
    "layer.county": ("outline", 2.4),
    "legend.town_border": ("town-border", 1.5),
    "legend.village_border": ("village-border", 0.8),
    "layer.rivers": ("water", 3.0),
}


def facts(words: Words, at: datetime, provenance: Provenance) -> list[list[str]]:
    """The present moment of the page and the date of its data."""
    return [
        [words("time.at"), words.instant(at)],
        [words("time.data_date"), words.instant(provenance.date)],
    ]


def warnings(words: Words, atlas: Atlas, at: datetime) -> list[dict[str, str]]:
    """What a commander should have mended: a calendar of workdays that ends soon (R04a)."""
    today = to_china(at).date()
    first = atlas.work_calendar.unknown_ahead(today, atlas.rules.duty.warn_days)
    if first is None:
        return []
    title = words("calendar.ends" if first > today else "calendar.ended")
    return [{"title": title, "body": words("calendar.body", first=words.day(first, year=True))}]


def find() -> Section:
    """The search for a village."""
    return {"type": "find", "layer": "layer-villages"}


def legend(words: Words, groups: list[Section], frames: Mapping[str, pd.DataFrame]) -> Section:
    """The legend, with the statement of which layers of `frames` are synthetic, and which derived."""
    origin = {"title": words("legend.synthetic"), "rows": [*_origin(words, frames), *_derived(words, frames)]}
    return {"type": "legend", "title": words("legend.title"), "groups": groups, "origin": origin}


def scenery(words: Words, atlas: Atlas, layers: Iterable[DataLayer]) -> list[Section]:
    """The chain of command and the ground in the legend, as far as `layers` draw them."""
    drawn = {layer.identity: layer for layer in layers}
    return [*([_places(words, atlas)] if "stations" in drawn else []), _base(words, drawn)]


def _places(words: Words, atlas: Atlas) -> Section:
    tiers = Counter(atlas.layers["stations"]["tier"])
    items = [
        {
            "style": f"tier-{tier}",
            "symbol": f"sym-{tier}",
            "label": words(f"tier.{tier}"),
            "count": words.number(tiers[tier]),
        }
        for tier in Tier
    ]
    return {"title": words("legend.places"), "items": items}


def _base(words: Words, drawn: Mapping[str, DataLayer]) -> Section:
    titles = {"county": "layer.county", "towns": "legend.town_border", "rivers": "layer.rivers"}
    lines = [_line(words, title) for layer, title in titles.items() if layer in drawn]
    classes = drawn["roads"].payload["lines"] if "roads" in drawn else {}
    roads = [
        {"line": [[colour, width_px]], "label": words(f"road.{road_class}")}
        for road_class, (colour, width_px, _) in palette.ROADS.items()
        if str(road_class) in classes
    ]
    woods = [{"style": "woodland", "label": words("layer.woodland")}] if "woodland" in drawn else []
    return {"title": words("legend.base"), "items": [*lines, *woods, *roads], "compact": True}


def borders(words: Words) -> Section:
    """The borders alone in the legend."""
    keys = ("layer.county", "legend.town_border", "legend.village_border")
    return {"title": words("legend.base"), "items": [_line(words, key) for key in keys], "compact": True}


def _line(words: Words, key: str) -> Section:
    name, width_px = _LINES[key]
    return {"line": [[palette.variable(name), width_px]], "label": words(key)}


def mark(style: str, symbol: str, label: str, count: str, mark: str = "") -> dict[str, str]:
    """One symbol in the legend."""
    return {"style": style, "symbol": symbol, "label": label, "count": count, "text": mark}


def frames_of(atlas: Atlas, names: Sequence[str], layers: Iterable[DataLayer]) -> dict[str, pd.DataFrame]:
    """What a page draws, for what its legend says of it; woods are spoken of only where `layers` show any."""
    woods = ("woodland",) if any(layer.identity == "woodland" for layer in layers) else ()
    return {name: atlas.layers[name] for name in (*names, *woods)}


def foreign(sources: Sequence[str]) -> list[str]:
    """Sources once each, in their order; what was made up here owes nobody a mention."""
    return [source for source in dict.fromkeys(sources) if source and not source.startswith("synthetic")]


def colophon(words: Words, provenance: Provenance, sources: Sequence[str] = ()) -> Section:
    """Which version of the data this is, and whose."""
    return {
        "type": "colophon",
        "rows": [
            [words("time.data_date"), words.instant(provenance.date)],
            [words("time.version"), provenance.version],
            [words("time.rules"), provenance.rules],
            [words("time.zone"), "UTC+8"],
        ],
        "sources": {"title": words("legend.sources"), "items": foreign(sources)},
        "note": words("legend.credit"),
    }


def synthetic_share(frame: pd.DataFrame) -> float:
    """Which part of the rows is marked synthetic, 0 to 1."""
    return float(frame["synthetic"].mean()) if len(frame) else 0.0


def _origin(words: Words, frames: Mapping[str, pd.DataFrame]) -> list[list[str]]:
    """Which layers are made up, wholly or in part, by what is marked in their rows."""
    named: dict[str, list[str]] = {"all": [], "some": [], "none": [], "empty": []}
    for name, frame in frames.items():
        share, title = synthetic_share(frame), words(f"layer.{name}")
        if frame.empty:
            named["empty"].append(title)
        elif 0 < share < 1:
            marked = words.number(int(frame["synthetic"].sum()))
            named["some"].append(f"{title} ({marked}/{words.number(len(frame))})")
        else:
            named["all" if share else "none"].append(title)
    return [[words(f"legend.synthetic_{kind}"), words.listed(titles)] for kind, titles in named.items() if titles]


def _derived(words: Words, frames: Mapping[str, pd.DataFrame]) -> list[list[str]]:
    """Which layers have borders that nobody surveyed, wholly or in part, by what is marked in their rows."""
    titles = []
    for name, frame in frames.items():
        made = int(frame["derived_shape"].sum()) if "derived_shape" in frame else 0
        share = f" ({words.number(made)}/{words.number(len(frame))})" if made < len(frame) else ""
        titles += [f"{words(f'layer.{name}')}{share}"] if made else []
    return [[words("legend.derived"), words.listed(titles)]] if titles else []
