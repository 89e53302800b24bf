"""A county in which every name and phone is a mark, and everybody who may ask its service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.routing import BaseRoute

from api.access import LOCAL
from api.app import create_app
from api.drafts import drafts_of
from api.identity.tokens import add_token
from api.settings import Settings
from api.wiring import Services, open_services
from geo import store
from geo.layers.registry import LAYERS
from geo.terms import Role
from tests.county import AS_OF, SIDE, SmallCounty, corner, village_codes

COUNTY, TOWN, VILLAGE = "431381", "431381001", "431381001200"
MEMBER, PHONE, LEADER = "MARK-OF-A-MEMBER", "MARK-OF-A-PHONE", "MARK-OF-A-LEADER"
ASKERS = {
    "nobody": None,
    "viewer": (Role.VIEWER, COUNTY),
    "station": (Role.STATION, VILLAGE),
    "post": (Role.POST, TOWN),
    "planner": (Role.PLANNER, COUNTY),
    "hq": (Role.HQ, COUNTY),
    "admin": (Role.ADMIN, COUNTY),
    "other": (Role.POST, "431381002"),
    "elsewhere": (Role.HQ, "431322"),
}
"""Who asks: the six roles, a post of the next town, the headquarters of another county, and one who shows nothing."""


def write_marked(county: SmallCounty, path: Path) -> None:
    """The county at rest, each member, leader and contact with a mark that also tells where it belongs, by code."""
    layers = dict(county.layers)
    for name in ("teams", "hazard_sites"):
        spec, frame = LAYERS[name], layers[name]
        codes = [
            code if isinstance(code, str) else _village_at(shape)
            for code, shape in zip(frame["village_code"], frame.geometry, strict=True)
        ]
        marked = {column.name: [f"{PHONE}-{code}" for code in codes] for column in spec.columns if column.restricted}
        layers[name] = layers[name].assign(**marked)
    stays, homes = layers["stays"], layers["teams"].set_index("team_id")["village_code"]
    members = zip(stays["team_id"], stays["member_id"], strict=True)
    layers["stays"] = stays.assign(member_id=[f"{MEMBER}-{homes[team][:9]}-{one}" for team, one in members])
    leaders = layers["leaders"]
    layers["leaders"] = leaders.assign(title=[f"{LEADER}-{one}" for one in leaders["town_code"]])
    store.write_county(path, layers, present=AS_OF, source="test")


def _village_at(place: shapely.Point) -> str:
    """By the corners of the villages; the county where none has it."""
    for code in village_codes():
        west, south = corner(code)
        if west <= place.x <= west + SIDE and south <= place.y <= south + SIDE:
            return code
    return COUNTY


@dataclass(frozen=True)
class Asked:
    """One service, with a client of each of `ASKERS` by name."""

    of: dict[str, TestClient]
    app: Any
    services: Services


@contextmanager
def asked_by_all(folder: Path, **settings: Any) -> Iterator[Asked]:
    """A service whose record has an order and a check-in by a marked member."""
    headers: dict[str, dict[str, str]] = {"nobody": {}}
    for name, right in ASKERS.items():
        if right is not None:
            headers[name] = {"Authorization": f"Bearer {add_token(folder, name, *right, now=AS_OF, days=0)}"}
    services = open_services(Settings(data=folder, **settings))
    order = {"order_id": "O1", "scope": [COUNTY], "cause": "fire", "at": "2022-12-23T09:00:00+08:00"}
    came = {"lon": 111.41, "lat": 27.66, "crs": "EPSG:4326", "device_time": AS_OF.isoformat()}
    services.write(LOCAL, drafts_of("mobilisations", order, now=AS_OF))
    services.write(
        LOCAL, drafts_of("check-ins", {"team_id": "T03", "member_id": f"{MEMBER}-{TOWN}-came", **came}, now=AS_OF)
    )
    app = create_app(services)
    clients = {name: TestClient(app, raise_server_exceptions=False, headers=found) for name, found in headers.items()}
    with clients["hq"]:
        yield Asked(clients, app, services)
    services.close()


def doors_of(app: FastAPI) -> set[tuple[str, str]]:
    """Every method and path that the application answers; HEAD goes with GET."""
    found: set[tuple[str, str]] = set()
    waiting: list[BaseRoute] = list(app.routes)
    while waiting:
        route = waiting.pop()
        inner = getattr(route, "original_router", None) or getattr(route, "app", None)
        if not hasattr(route, "methods"):
            waiting.extend(getattr(inner, "routes", ()))
            continue
        methods = set(route.methods or ())
        found |= {(method, route.path) for method in methods if method != "HEAD" or "GET" not in methods}  # type: ignore[attr-defined]  # a route with methods has a path
    return found
