"""Which villages and grid cells lie in or near a hazard."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api import models, params
from api.deps import Served
from geo.exposure import exposure
from geo.geojson import dumps
from geo.terms import HazardKind

router = APIRouter(tags=["exposure"])


@router.get("/v1/exposure", summary="Exposed villages and grid cells, worst level first")
def get_exposure(
    served: Served,
    within_m: Annotated[str, Query(description="metres from the hazard, 0 to 20,000; 0 is inside")] = "0",
    kinds: Annotated[str | None, Query(description=f"joined by commas: {', '.join(HazardKind)}")] = None,
    min_level: Annotated[str | None, Query(description="1 to 5, 5 is worst")] = None,
) -> Response:
    """With the people concerned: the populations of whole grid cells, an upper bound."""
    answer = exposure(
        served.atlas,
        within_m=params.number("within_m", within_m),
        kinds=params.hazard_kinds(kinds),
        min_level=params.hazard_level(min_level),
    )
    return Response(dumps(models.exposure(answer, served.now())), media_type="application/json")
