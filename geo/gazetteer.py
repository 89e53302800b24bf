"""The gazetteer: places, teams and incidents by what is typed: a part of a name, its pinyin or initials, or a code."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.arrivals import village_points
from geo.atlas import Atlas, Provenance
from geo.board import Board
from geo.errors import InputError, LimitError
from geo.layers.registry import LAYERS
from geo.reach.places import once_for_each_atlas
from geo.spelling import Found, Names, typed
from geo.terms import Matched

MOST_HITS: Final = 50
LONGEST: Final = 100
"""The longest text that is looked for, in characters."""
SEARCHED: Final[Mapping[str, Sequence[str]]] = {
    "villages": ("name", "official_name"),
    "towns": ("name", "name_en"),
    "grids": (),
    "hazard_sites": ("name",),
    "teams": ("name",),
    "incidents": ("summary",),
}
"""What is found, in the order in which hits that fit as well are told, and the columns with its names."""
_LAST_CHARACTER: Final = "\U0010ffff"


class _Fit(IntEnum):
    """How well a hit fits, best first."""

    WHOLE_CODE = 0
    WHOLE_NAME = 1
    NAME_BEGINS = 2
    CODE_BEGINS = 3
    IN_NAME = 4
    WHOLE_PINYIN = 5
    PINYIN_BEGINS = 6
    WHOLE_INITIALS = 7
    INITIALS_BEGIN = 8
    IN_PINYIN = 9
    IN_INITIALS = 10
    NOT = 11


_BY_NAME: Final = (_Fit.WHOLE_NAME, _Fit.NAME_BEGINS, _Fit.IN_NAME)
_BY_PINYIN: Final = (_Fit.WHOLE_PINYIN, _Fit.PINYIN_BEGINS, _Fit.IN_PINYIN)
_BY_INITIALS: Final = (_Fit.WHOLE_INITIALS, _Fit.INITIALS_BEGIN, _Fit.IN_INITIALS)
_MATCHED: Final = {
    **dict.fromkeys((_Fit.WHOLE_CODE, _Fit.CODE_BEGINS), Matched.CODE),
    **dict.fromkeys(_BY_NAME, Matched.NAME),
    **dict.fromkeys(_BY_PINYIN, Matched.PINYIN),
    **dict.fromkeys(_BY_INITIALS, Matched.INITIALS),
}


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found; `lon`, `lat` (WGS84 degrees) is a village's station, a point of the thing, or inside it.

    `detail` is the area that it belongs to: a village's town, a town's county, else the village; None where it lies in
    none. `bounds` are west, south, east, north of an area, None of a point.
    """

    layer: str
    id: str
    name: str
    detail: str | None
    lon: float
    lat: float
    bounds: tuple[float, float, float, float] | None
    matched: Matched


@dataclass(frozen=True, slots=True)
class Search:
    """The best `hits` for a text, and how many there are in all."""

    text: str
    count: int
    hits: tuple[Hit, ...]
    provenance: Provenance


def search(
    atlas: Atlas, board: Board, text: str, *, limit: int = 10, layers: Collection[str] = tuple(SEARCHED)
) -> Search:
    """Villages, towns, grid cells, hazard sites, teams and incidents that a text may mean, the best first.

    A text is a part of a name, of its pinyin (any reading of each character; the last syllable may be begun only) or of
    the initials of its pinyin, or what a code begins with (grid cells have only codes). Case, width, accents, spaces
    and signs make no difference. Whole codes and names come first, then what begins so, then parts; hits that fit as
    well are in the order of `SEARCHED` and of their ids. Only `layers` are looked through. InputError for a blank or
    too long text, or a limit out of 1 to MOST_HITS.
    """
    if not text.strip():
        raise InputError("there is no text: write a name, its pinyin or initials, or a code", parameter="q")
    if len(text) > LONGEST:
        problem = f"the text has {len(text)} characters, at most {LONGEST} are looked for"
        raise LimitError(problem, parameter="q", limit=LONGEST)
    if not 1 <= limit <= MOST_HITS:
        raise LimitError(f"limit={limit} is not between 1 and {MOST_HITS}", parameter="limit", limit=MOST_HITS)
    indexes = (_of_atlas(atlas), _of_incidents(board))
    fits = np.concatenate([one.fits(typed(text), layers) for one in indexes])
    found = np.flatnonzero(fits != _Fit.NOT)
    best = found[np.argsort(fits[found], kind="stable")[:limit]].tolist()
    rows = (indexes[0].row(one) if one < len(indexes[0]) else indexes[1].row(one - len(indexes[0])) for one in best)
    matched = [_MATCHED[_Fit(fit)] for fit in fits[best].tolist()]
    return Search(
        text=text,
        count=len(found),
        hits=tuple(_hit(atlas, *row, how) for row, how in zip(rows, matched, strict=True)),
        provenance=board.provenance,
    )


class _Index:
    """The rows of some layers one after another, ready to be searched. Safe to share between threads."""

    def __init__(self, layers: Mapping[str, pd.DataFrame]) -> None:
        self._layers = layers
        self._first = np.cumsum([0, *map(len, layers.values())])
        names: list[str] = []
        named: list[npt.NDArray[np.int64]] = []
        for first, (layer, frame) in zip(self._first.tolist(), layers.items(), strict=False):
            for column in SEARCHED[layer]:
                has_name = frame[column].notna().to_numpy()
                names += frame[column][has_name].astype(str).tolist()
                named.append(first + np.flatnonzero(has_name))
        self._names, self._named = Names(names), np.concatenate(named)
        ids = [str(one) for layer, frame in layers.items() for one in frame[LAYERS[layer].key]]
        codes = sorted((typed(one), row) for row, one in enumerate(ids))
        self._codes, self._coded = [code for code, _ in codes], np.array([row for _, row in codes], dtype=np.int64)

    def __len__(self) -> int:
        return int(self._first[-1])

    def row(self, number: int) -> tuple[str, pd.DataFrame, int]:
        """The layer of a row, its frame and the row's position there."""
        at = int(np.searchsorted(self._first, number, side="right")) - 1
        layer = list(self._layers)[at]
        return layer, self._layers[layer], number - int(self._first[at])

    def fits(self, text: str, layers: Collection[str]) -> npt.NDArray[np.uint8]:
        """How well each row of the layers fits a text, as `_Fit`, shape (rows,)."""
        fits = np.full(len(self), _Fit.NOT, dtype=np.uint8)
        if not text:
            return fits
        self._mark(fits, self._names.with_initials(text), _BY_INITIALS)
        if len(text) > 1:  # one letter is an initial, and begins the same syllables
            self._mark(fits, self._names.sounding(text), _BY_PINYIN)
        self._mark(fits, self._names.containing(text), _BY_NAME)
        first = bisect_left(self._codes, text)
        if any(map(str.isdigit, text)):  # letters alone are an initial rather than the begin of "T-4313…"
            self._lower(fits, self._coded[first : bisect_left(self._codes, text + _LAST_CHARACTER)], _Fit.CODE_BEGINS)
        self._lower(fits, self._coded[first : bisect_left(self._codes, text + "\0")], _Fit.WHOLE_CODE)
        for layer, begin, end in zip(self._layers, self._first.tolist(), self._first[1:].tolist(), strict=False):
            if layer not in layers:
                fits[begin:end] = _Fit.NOT
        return fits

    def _mark(self, fits: npt.NDArray[np.uint8], found: Found, how: tuple[_Fit, _Fit, _Fit]) -> None:
        whole, begins, part = how
        rows = self._named[found.name]
        for marked, fit in ((rows, part), (rows[found.begins], begins), (rows[found.whole], whole)):
            self._lower(fits, marked, fit)

    @staticmethod
    def _lower(fits: npt.NDArray[np.uint8], rows: npt.NDArray[np.int64], fit: _Fit) -> None:
        fits[rows] = np.minimum(fits[rows], fit)


@once_for_each_atlas
def _of_atlas(atlas: Atlas) -> _Index:
    return _Index({layer: atlas.layers[layer] for layer in SEARCHED if not LAYERS[layer].live})


@once_for_each_atlas
def _village_names(atlas: Atlas) -> Mapping[str, str]:
    return {area.code: area.name for area in atlas.villages}


def _of_incidents(board: Board) -> _Index:
    """The index of the incidents, kept on the Board as long as they are the same."""
    kept: tuple[object, _Index] | None = board.kept.get("gazetteer")
    if kept is None or kept[0] is not board.happened:
        kept = board.kept["gazetteer"] = board.happened, _Index({"incidents": board.incidents})
    return kept[1]


def _hit(atlas: Atlas, layer: str, frame: pd.DataFrame, position: int, matched: Matched) -> Hit:
    shape = frame.geometry.iloc[position]
    point = shapely.point_on_surface(shape)
    lon, lat = point.x, point.y
    if layer == "villages":
        places = village_points(atlas)
        lon, lat = float(places.lon[position]), float(places.lat[position])
    code, key = _cell(frame, "village_code", position), str(frame[LAYERS[layer].key].iloc[position])
    area = _area_of(atlas, layer, position, code, lon, lat)
    numbered = f"{area or ''} {key[-3:]}".strip()  # grid cells have no name, but a number in their village
    name = numbered if layer == "grids" else _cell(frame, SEARCHED[layer][0], position) or key
    bounds = None if shape.geom_type == "Point" else shape.bounds
    return Hit(layer, key, name, area, lon, lat, bounds, matched)


def _cell(frame: pd.DataFrame, column: str, position: int) -> str | None:
    value = frame[column].iloc[position] if column in frame.columns else None
    return value if isinstance(value, str) else None


def _area_of(atlas: Atlas, layer: str, position: int, village_code: str | None, lon: float, lat: float) -> str | None:
    """The name of the area that a row belongs to; its village's by the code where it has one, else by its place."""
    if layer == "towns":
        return str(atlas.layers["county"]["name"].iloc[0])
    if layer == "villages":
        return atlas.villages[position].town_name
    if village_code is not None and village_code in _village_names(atlas):
        return _village_names(atlas)[village_code]
    within = atlas.village_index.containing(lon, lat)
    return atlas.villages[within[0]].name if within else None
