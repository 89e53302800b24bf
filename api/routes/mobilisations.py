"""Mobilisation orders, and who has answered each; they are issued through the record (POST on the same address)."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api import order_models, params
from api.access import Sight
from api.deps import Served, ServedQuestions
from api.routes.coverage import AsOf
from api.tables import CONTENT, Formed
from geo.geojson import dumps
from geo.mobilisations import in_force
from geo.order_board import order_board
from geo.tables import order_tables

router = APIRouter(tags=["mobilisations"])


@router.get("/v1/mobilisations", summary="Every mobilisation order, the newest first")
def get_mobilisations(served: Served, as_of: AsOf = None) -> Response:
    """With scope, cause, issue (T0) and end, and whether it is in force (R13)."""
    known = served.as_of(params.as_of(as_of))
    at, board = known.now(), known.board
    found = sorted(board.duty.orders, key=lambda one: (one.issued_at, one.order_id), reverse=True)
    body = order_models.orders(found, in_force(board, at), at, board.provenance)
    return Response(dumps(body), media_type="application/json")


@router.get("/v1/mobilisations/{order_id}", summary="Who is on station, on the way, late or missing", responses=CONTENT)
def get_mobilisation(served: ServedQuestions, order_id: str, form: Formed, as_of: AsOf = None) -> Response:
    """By team, village, town and in all, with the first, third and last arrival against T0 + 2:00:00 (R14).

    Members are named to those who may see names in the village of their team; to others their ids are null.
    """
    known = served.as_of(params.as_of(as_of))
    answer = order_board(known.atlas, known.board, order_id, at=known.now())

    def named(village: str) -> bool:
        return served.reader.sees(Sight.NAMES, village)

    return form.response(
        known.atlas,
        known.board,
        body=lambda: order_models.order_board(answer, named=named),
        book=lambda: order_tables(answer, named=named),
    )
