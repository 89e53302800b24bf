"""The sections of the dispatch page's panel, as the page's script takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import pandas as pd

from geo.arrivals import village_places
from geo.atlas import Atlas, Place
from geo.closures import Closure
from geo.nearest import NearestAnswer, PassedOver, TeamNear
from geo.reach import ReachAreas
from geo.terms import Reach
from maps import dispatch_cards, paint, palette
from maps.pages import sections
from maps.pages.sections import Section
from maps.words import Words

ASK_WORDS = ("asking", "whole", "copy", "not_a_place")
"""What the page's script says by itself."""


def nobody(words: Words, answer: NearestAnswer) -> dict[str, str]:
    """Why nobody comes, in one sentence."""
    title = words(f"reach.{answer.reach}")
    if answer.reach is Reach.OFF_NETWORK:
        return {"title": title, "body": _off_network(words, answer.nearest_road_m)}
    if answer.reach is Reach.UNREACHABLE and answer.closures:
        names = words.listed([closure.name or words.heard(closure.id) for closure in answer.closures])
        return {"title": title, "body": words("dispatch.cut_off", closures=names)}
    return {"title": title, "body": words(f"dispatch.why_{answer.reach}")}


def _off_network(words: Words, nearest_road_m: float | None) -> str:
    if nearest_road_m is None:
        return words("dispatch.no_road_at_all")
    return words("dispatch.why_off_network", distance=dispatch_cards.kilometres(words, nearest_road_m))


def first(words: Words, answer: NearestAnswer, at: datetime) -> Section:
    """The one figure of the page: how long until the first team is there."""
    team = answer.teams[0]
    if team.arrival is None:
        figure, of = dispatch_cards.kilometres(words, team.distance_m), ""
        short, note = f"{words('dispatch.nearest')} · {figure}", words("dispatch.straight_note")
    else:
        figure = words.number(dispatch_cards.minutes(team.arrival.arrival_s))
        of = words("dispatch.minutes_at", clock=dispatch_cards.clock(words, at, team.arrival.arrival_s))
        short, note = dispatch_cards.arrives(words, team.arrival, at), _reason(words, answer)
    caption = words("dispatch.first" if team.arrival else "dispatch.nearest_is", team=team.name)
    return {"type": "summary", "figure": figure, "of": of, "caption": caption, "note": note, "bar": [], "short": short}


def _reason(words: Words, answer: NearestAnswer) -> str:
    if len(answer.teams) < len(palette.ROUTES):
        return words("dispatch.only", count=len(answer.teams))
    return words("dispatch.by_road")


def arrivals(words: Words, answer: NearestAnswer, at: datetime) -> Section:
    """The teams in order, each with its legs on one common scale that reaches at least to the two hours."""
    longest = max((dispatch_cards.minutes(team.arrival.arrival_s) for team in answer.teams if team.arrival), default=0)
    return {
        "type": "arrivals",
        "title": words("dispatch.arrivals" if longest else "dispatch.nearest"),
        "scale": max(longest, dispatch_cards.LIMIT_MINUTES),
        "limit": dispatch_cards.LIMIT_MINUTES,
        "limit_label": words("dispatch.limit"),
        "items": [_arrival(words, team, answer, at) for team in answer.teams],
    }


def _arrival(words: Words, team: TeamNear, answer: NearestAnswer, at: datetime) -> Section:
    card = dispatch_cards.arrival_card(words, team, at, answer.closures)
    spans = dispatch_cards.leg_minutes(team.arrival) if team.arrival else []
    return {
        **card.plain(),
        "rank": str(team.rank),
        "legs": [[f"leg-{leg}", round(leg_s / 60, 2)] for leg, leg_s, _ in spans],
        "focus": paint.corners(paint.team_bounds(team, answer.place)),
    }


def passed_over(words: Words, answer: NearestAnswer) -> Section:
    """Teams that would be there sooner but do not count, and why."""
    items = [_passed(words, team) for team in answer.passed_over]
    return {"type": "list", "title": words("dispatch.passed_over"), "groups": [{"items": items}]}


def _passed(words: Words, team: PassedOver) -> dict[str, str | None]:
    side = words.counted("minutes", dispatch_cards.minutes(team.arrival_s))
    return {"id": None, "name": team.name, "note": words.heard(team.reason), "side": side}


def place(words: Words, asked: Place) -> Section:
    """What the place lies in."""
    return {"type": "rows", "title": words("dispatch.place"), "rows": list(dispatch_cards.place_rows(words, asked))}


def reach_summary(words: Words, atlas: Atlas, areas: ReachAreas) -> Section:
    """How much of the county a team reaches within two hours, before anything is asked."""
    if atlas.network is None:
        return {
            "type": "summary",
            "figure": words("value.unknown"),
            "of": "",
            "caption": words("dispatch.reached_share"),
            "note": words("dispatch.no_roads_body"),
            "bar": [],
            "short": words("page.dispatch"),
        }
    share = words("dispatch.percent", share=_percent(areas.reached_share))
    bar = [(f"reach-{number}", band.area_km2) for number, band in enumerate(areas.bands, start=1)]
    beyond_km2 = _beyond_km2(atlas, areas)
    return {
        "type": "summary",
        "figure": share,
        "of": "",
        "caption": words("dispatch.reached_share"),
        "note": words("dispatch.reached_note", metres=round(areas.resolution_m)),
        "bar": [
            {"style": style, "share": round(area_km2, 1), "label": _area(words, area_km2)}
            for style, area_km2 in [*bar, ("reach-beyond", beyond_km2)]
            if round(area_km2, 1)
        ],
        "short": words("dispatch.short", share=share),
    }


def _percent(share: float) -> str:
    """A share that reads 100 only when nothing is left out."""
    return f"{min(share * 100, 100):.1f}" if share < 0.9995 else "100" if share > 1 - 1e-6 else ">99.9"


def _beyond_km2(atlas: Atlas, areas: ReachAreas) -> float:
    return max(float(atlas.outline_m.area) / 1e6 - sum(band.area_km2 for band in areas.bands), 0.0)


def _area(words: Words, area_km2: float) -> str:
    return words("unit.km2", count=words.number(round(area_km2, 1) or 0))


def asking(words: Words, atlas: Atlas, incidents: pd.DataFrame, asked: Place | None) -> Section:
    """How to ask: a click, two fields, a village by its name, or an open incident."""
    towns, places = paint.town_names(atlas, words), village_places(atlas)
    columns = zip(atlas.villages, places.lon.tolist(), places.lat.tolist(), strict=True)
    return {
        "type": "asking",
        "title": words("ask.title" if asked is None else "ask.again"),
        "lon": [words("ask.lon"), f"{asked.lon:.6f}" if asked else ""],
        "lat": [words("ask.lat"), f"{asked.lat:.6f}" if asked else ""],
        "button": words("ask.button"),
        "help": {"served": words("ask.click"), "saved": words("ask.saved")},
        "find": words("ask.find"),
        "villages": [
            [area.name, words.given(towns.get(area.town_code)), area.code, round(lon, 6), round(lat, 6)]
            for area, lon, lat in columns
        ],
        "incidents": {"title": words("risk.open_incidents"), "items": _incident_items(words, incidents)},
    }


def _incident_items(words: Words, incidents: pd.DataFrame) -> list[list[object]]:
    shown = zip(incidents["kind"], incidents["discovered_at"], incidents.geometry, strict=True)
    return [
        [words(f"incident.{kind}"), words.instant(discovered_at), "", round(point.x, 6), round(point.y, 6)]
        for kind, discovered_at, point in shown
    ]


def closures_list(words: Words, active: Sequence[Closure], answer: NearestAnswer | None) -> Section:
    """What closes or slows roads now; first what changed the answer."""
    changing = {closure.id for closure in answer.closures} if answer else set()
    groups = []
    for title, style, found in (
        ("dispatch.changed", "too-late", [closure for closure in active if closure.id in changing]),
        ("dispatch.unchanged", "unknown", [closure for closure in active if closure.id not in changing]),
    ):
        if found:
            items = [_closure_item(words, closure) for closure in found]
            heading = {"title": words(title), "style": style, "count": words.number(len(found))} if changing else {}
            groups.append({**heading, "items": items})
    return {
        "type": "list",
        "title": words("dispatch.closures"),
        "count": words.number(len(active)) if active else "",
        "groups": groups,
        "empty": words("dispatch.no_closures"),
        "good": True,
    }


def _closure_item(words: Words, closure: Closure) -> dict[str, str | None]:
    return {
        "layer": "layer-closures",
        "id": closure.id if closure.segments else None,
        "name": closure.name or words.heard(closure.id),
        "note": f"{dispatch_cards.cause(words, closure)} · {dispatch_cards.span(words, closure)}",
        "side": dispatch_cards.effect(words, closure),
    }


def legend(
    words: Words,
    atlas: Atlas,
    areas: ReachAreas,
    answer: NearestAnswer | None,
    active: Iterable[Closure],
    layers: Sequence[paint.DataLayer],
    frames: Mapping[str, pd.DataFrame],
) -> Section:
    """Bands with their areas, ways by rank, legs, closures, and the ground."""
    groups = [
        *([_bands(words, atlas, areas)] if any(layer.identity == "reach" for layer in layers) else []),
        *([_ways(words, answer)] if answer and answer.teams else []),
        *([_legs(words)] if answer and any(team.arrival for team in answer.teams) else []),
        *([_signs(words, active)] if any(layer.identity == "closures" for layer in layers) else []),
    ]
    return sections.legend(words, [*groups, *sections.scenery(words, atlas, layers)], frames)


def _bands(words: Words, atlas: Atlas, areas: ReachAreas) -> Section:
    items = [
        {
            "style": f"reach-{number}",
            "label": words("dispatch.band", first=band.from_minutes, last=band.to_minutes),
            "count": _area(words, band.area_km2),
        }
        for number, band in enumerate(areas.bands, start=1)
    ]
    label = words("dispatch.beyond", last=areas.bands[-1].to_minutes)
    items.append({"style": "reach-beyond", "label": label, "count": _area(words, _beyond_km2(atlas, areas))})
    title = words("dispatch.bands", notice=dispatch_cards.minutes(areas.notice_s))
    return {"title": title, "items": items}


def _ways(words: Words, answer: NearestAnswer) -> Section:
    items = []
    for team in answer.teams[: len(palette.ROUTES)]:
        look = palette.ROUTES[team.rank]
        lines = [[look.casing, look.casing_px], [look.colour, look.width_px, look.dash]]
        items.append({"line": lines, "label": words("dispatch.way", rank=team.rank)})
    place_mark = sections.mark("place", "sym-place", words("dispatch.place"), "")
    return {"title": words("layer.routes"), "items": [*items, place_mark], "compact": True}


def _legs(words: Words) -> Section:
    items = [{"style": f"leg-{leg}", "label": words(f"leg.{leg}")} for leg in dispatch_cards.LEGS]
    return {"title": words("dispatch.legs"), "items": items, "compact": True}


def _signs(words: Words, active: Iterable[Closure]) -> Section:
    effects = dict.fromkeys(closure.effect for closure in active if closure.segments)
    items = [
        sections.mark(f"closure-{effect}", f"sym-{effect}", words(f"road_effect.{effect}"), "") for effect in effects
    ]
    return {"title": words("layer.closures"), "items": items, "compact": True}
