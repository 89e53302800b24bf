"""How much of what an answer rests on is made up, told wherever the answer goes."""

from __future__ import annotations

from dataclasses import dataclass

from geo.atlas import Atlas
from geo.board import Board, layer_frame
from geo.layers.registry import LAYERS
from geo.tables import Book


@dataclass(frozen=True, slots=True)
class DrawnFrom:
    """A layer that an answer rests on, in both languages, with its rows and those of them that are synthetic."""

    zh: str
    en: str
    rows: int
    synthetic_rows: int


def drawn_from(atlas: Atlas, board: Board, book: Book) -> tuple[DrawnFrom, ...]:
    """The layers of an answer."""
    found = []
    for name in book.drawn_from:
        frame, spec = layer_frame(atlas, board, name), LAYERS[name]
        found.append(DrawnFrom(spec.title_zh, spec.title_en, len(frame), int(frame["synthetic"].sum())))
    return tuple(found)
