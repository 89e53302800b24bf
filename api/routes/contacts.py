"""Whom to call: the names and phones of one team or hazard site, for those who send people there."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import ServedContacts
from api.models import stamp
from api.routes.layers import NOT_KEPT
from geo.errors import InputError
from geo.geojson import dumps

router = APIRouter(tags=["command"])


@router.get("/v1/contacts", summary="Names and phones of one team, or of one hazard site")
def get_contacts(
    served: ServedContacts,
    team: Annotated[str | None, Query(description="the team's id")] = None,
    site: Annotated[str | None, Query(description="instead: the hazard site's number")] = None,
) -> Response:
    """For stations, posts and headquarters, of their own area. The record tells who asked, or there is no answer."""
    if (team is None) == (site is None):
        raise InputError("name a team or a hazard site, one of them", parameter="team")
    name, key = ("teams", team) if team is not None else ("hazard_sites", site)
    code, cells = served.contacts(name, key or "")
    told = {"layer": name, "id": key, "area_code": code, "contacts": cells}
    body = {**stamp(served.now(), served.board.provenance), **told}
    return Response(dumps(body), media_type="application/json", headers=NOT_KEPT)
