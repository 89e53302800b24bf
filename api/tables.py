"""In which form an answer is handed out: JSON, or its tables as GeoJSON, CSV or XLSX in the map's words and colours."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import Depends, Query, Request, Response

from api import params
from geo.atlas import Atlas
from geo.board import Board
from geo.errors import InputError
from geo.export import MEDIA, book_bytes
from geo.geojson import dumps
from geo.tables import Book, Look
from geo.terms import (
    WORDS,
    Attendance,
    DonorTier,
    HazardKind,
    IncidentKind,
    OrderState,
    ReachState,
    StayState,
    TeamKind,
)
from maps import palette
from maps.words import LANGUAGES, words

JSON: Final = "application/json"
FORMS: Final[Mapping[str, str]] = {"json": JSON, **MEDIA}
"""Each form with its media type; the first is meant where nothing is said."""

CONTENT: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {media.partition(";")[0]: {} for media in FORMS.values()}}
}
"""For the description of a route: what it may answer with."""
_HEADERS: Final = {"Vary": "Accept"}
GEOJSON_CONTENT: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {MEDIA["geojson"]: {}}}}
"""The same of a route that has GeoJSON only."""

_VOCABULARIES: Final = {
    "state": StayState,
    "attendance": Attendance,
    "order_state": OrderState,
    "reach": ReachState,
    "team_kind": TeamKind,
    "incident": IncidentKind,
    "hazard": HazardKind,
}
_SWATCHES: Final[Mapping[str, Mapping[Any, palette.Swatch]]] = {
    "state": palette.STATES,
    "attendance": palette.DUTY,
    "order_state": palette.ORDER,
}
_BEYOND: Final = (palette.REACH["beyond"].fill, palette.REACH["beyond"].ink)
_REACH: Final = {
    ReachState.IN_TIME: palette.MARKS["in-time"],
    ReachState.LATE: palette.MARKS["too-late"],
    ReachState.UNREACHABLE: _BEYOND,
    ReachState.OFF_NETWORK: _BEYOND,
}


@dataclass(frozen=True, slots=True)
class Form:
    """The form asked for, the language of headings and words, and which of the answer's tables (None: the foremost)."""

    form: str
    lang: str = LANGUAGES[0]
    table: str | None = None

    def response(
        self, atlas: Atlas, board: Board, *, body: Callable[[], dict[str, Any] | bytes], book: Callable[[], Book]
    ) -> Response:
        """The answer in that form; files are named after what was asked (RFC 6266). `body` may be JSON already."""
        if self.form == "json":
            said = body()
            return self.json(said if isinstance(said, bytes) else dumps(said))
        tables = book() if self.form == "geojson" else book().told(words(self.lang).heard)  # that is for machines
        content = book_bytes(atlas, board, tables, look(self.lang, atlas), self.form, self.table)
        named = _disposition(tables, self)
        return Response(content, media_type=MEDIA[self.form], headers={**_HEADERS, "Content-Disposition": named})

    def json(self, content: bytes) -> Response:
        """JSON as it is, where that is the form asked for."""
        return Response(content, media_type=JSON, headers=_HEADERS)


async def form(
    request: Request,
    f: Annotated[str | None, Query(description=f"{', '.join(FORMS)}; by default as `Accept` says, else json")] = None,
    lang: Annotated[str | None, Query(description="zh (the default) or en: the language of csv and xlsx")] = None,
    table: Annotated[
        str | None, Query(description="which table of the answer, as csv or geojson; by default the foremost")
    ] = None,
) -> Form:
    """The form that a request asks for; InputError for one that there is not."""
    found = params.form(f, request.headers.get("accept"), FORMS)
    if table is not None and found == "json":
        raise InputError(f"table={table!r} chooses for csv and geojson; json has them all", parameter="table")
    return Form(found, params.language(lang), table)


Formed = Annotated[Form, Depends(form)]


def look(lang: str, atlas: Atlas) -> Look:
    """The words of a language, and the map's colours."""
    said, full = words(lang), atlas.rules.duty.full_strength
    told: dict[str, Mapping[Any, str]] = {
        name: {term: said(f"{name}.{term.value}") for term in vocabulary} for name, vocabulary in _VOCABULARIES.items()
    }
    told["donor_tier"] = {tier: forms[LANGUAGES.index(lang)][0] for tier, forms in WORDS[DonorTier].items()}
    hours = {count: "full" if count == full else "some" if count else "none" for count in range(full + 1)}
    swatches = {**_SWATCHES, "members": {count: palette.CLOCK[key] for count, key in hours.items()}}
    colours = {name: {term: (one.fill, one.ink) for term, one in found.items()} for name, found in swatches.items()}
    return Look(lang, told, {**colours, "reach": _REACH}, (palette.colour("rule"), palette.colour("ink")))


def _disposition(book: Book, asked: Form) -> str:
    """The file's name twice: in plain letters for old programs, and in full (RFC 6266, RFC 8187)."""
    plain = _file_name(book.name, book.about, asked.table)
    title = plain if asked.lang == "en" else _file_name(book.zh, book.about, asked.table)
    ascii_name = re.sub(r"[^\x20-\x7e]", "_", plain)
    kind = "inline" if asked.form == "geojson" else "attachment"
    return f"{kind}; filename=\"{ascii_name}.{asked.form}\"; filename*=UTF-8''{quote(title, safe='')}.{asked.form}"


def _file_name(*parts: str | None) -> str:
    """Parts joined; what no file system takes, and what could end a header's value, is left out."""
    return re.sub(r'[\x00-\x1f\x7f"*/:<>?\\|%]+|\s+', "_", "_".join(part for part in parts if part))
