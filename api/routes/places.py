"""The questions behind the console: what needs attention, what is told of a place, and what a text may mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api import params, place_models
from api.deps import Served, ServedQuestions
from api.models import told
from api.routes.coverage import AsOf
from api.routes.nearest import At, K
from geo.atlas import Atlas, Place
from geo.attention import needs_attention
from geo.errors import InputError
from geo.gazetteer import MOST_HITS, SEARCHED, search
from geo.geojson import dumps
from geo.place import place_card, place_of
from maps.words import words

Lang = Annotated[str | None, Query(description="zh or en: the reasons' language; by default English, for programs")]

router = APIRouter(tags=["places"])


@router.get("/v1/attention", summary="What needs attention first")
def get_attention(served: Served, at: At = None, as_of: AsOf = None, lang: Lang = None) -> Response:
    """Orders in force, open incidents, red hazards, villages that lack nights or a team, closed roads, and counts."""
    known = served.as_of(params.as_of(as_of))
    moment = params.at(at, known.now())
    heard = _heard(lang)
    # Every open page asks when something has changed: one answer serves those of the same second.
    body = known.answers.get(
        ("attention", moment.replace(microsecond=0), lang),
        lambda: dumps(told(place_models.attention(needs_attention(known.atlas, known.board, at=moment)), heard)),
    )
    return Response(body, media_type="application/json")


@router.get("/v1/places", summary="The card of a place")
def get_place(
    served: ServedQuestions,
    lon: Annotated[str | None, Query(description="longitude, WGS84 degrees; with lat")] = None,
    lat: Annotated[str | None, Query(description="latitude, WGS84 degrees")] = None,
    code: Annotated[str | None, Query(description="instead: a village's or a grid cell's code")] = None,
    at: At = None,
    k: K = "3",
    lang: Lang = None,
) -> Response:
    """Village, grid cell, zones, hazard sites within 500 m, who arrives first and by which way, the week's nights.

    A village's place is its station, where it lies inside; a grid cell's a point inside.
    """
    heard, place = _heard(lang), _place(served.atlas, lon, lat, code)
    card = place_card(served.atlas, served.board, place, at=params.at(at, served.now()), k=params.whole("k", k))
    return Response(dumps(told(place_models.place_card(card), heard)), media_type="application/json")


@router.get("/v1/search", summary="Villages, towns, grid cells, hazard sites, teams and incidents by what is typed")
def get_search(
    served: Served,
    q: Annotated[str, Query(description="part of a name, of its pinyin or the initials, or the begin of a code")],
    limit: Annotated[str, Query(description=f"how many hits, 1 to {MOST_HITS}")] = "10",
) -> Response:
    """The best first: whole codes and names, then what begins so, then parts; `count` is of all.

    Teams are found by those who may see them.
    """
    layers = tuple(filter(served.reader.sees_layer, SEARCHED))
    answer = search(served.atlas, served.board, q, limit=params.whole("limit", limit), layers=layers)
    return Response(dumps(place_models.search(answer, served.now())), media_type="application/json")


def _heard(lang: str | None) -> Callable[[str], str]:
    """How reasons are told: as they are where no language is asked for."""
    return str if lang is None else words(params.language(lang)).heard


def _place(atlas: Atlas, lon: str | None, lat: str | None, code: str | None) -> Place:
    """What lies at lon and lat, or at a code; InputError unless it is exactly one of them."""
    if code is not None:
        if lon is not None or lat is not None:
            raise InputError("ask by lon and lat, or by code, not both", parameter="code")
        return place_of(atlas, code)
    if lon is None or lat is None:
        missing = "lon" if lon is None else "lat"
        raise InputError(f"{missing} is required, or code in place of lon and lat", parameter=missing)
    return atlas.locate(params.number("lon", lon), params.number("lat", lat))
