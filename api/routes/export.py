"""Layers as files for planners, in the form and coordinate system that they work with."""

from __future__ import annotations

from datetime import UTC
from email.utils import format_datetime
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api import params
from api.compression import coding_of
from api.deps import ServedQuestions
from api.exports import layer_files, layer_names, members
from api.pages import has
from api.ranged import RangedFile
from api.routes.layers import CONTACTS, NOT_KEPT
from api.wiring import Services
from geo.export import FORMS, Form, LayerFile, form_named, system_of

router = APIRouter(tags=["layers"])

_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"content": {form.media.partition(";")[0]: {} for form in FORMS.values()}},
    206: {"description": "a range of the file"},
    304: {"description": "the file that the client has is the one of now"},
}
_Layers = Annotated[str | None, Query(description="a,b,c; all that have rows, where nothing is said")]
_Form = Annotated[str, Query(alias="f", description=", ".join(FORMS))]
_Crs = Annotated[str | None, Query(description="EPSG:4546, EPSG:4490 …; WGS84 where nothing is said")]
_Lang = Annotated[str | None, Query(description="language of styles: zh or en")]


@router.get("/v1/export", summary="Layers as a file: GeoPackage, Shapefile, GeoJSON …", responses=_CONTENT)
@router.head("/v1/export", include_in_schema=False)
async def get_export(
    request: Request,
    served: ServedQuestions,
    layers: _Layers = None,
    f: _Form = "gpkg",
    crs: _Crs = None,
    lang: _Lang = None,
    contacts: Annotated[str, Query(description=CONTACTS)] = "false",
) -> Response:
    """Without restricted columns; every row tells which version of its layer it is. Ranges and If-None-Match hold.

    With contacts, for whoever may have them, the named layers that have some; such a file is kept nowhere.
    """
    form, names, language = form_named(f), layer_names(layers, served.reader), params.language(lang)
    system = system_of(form, crs)
    if params.flag("contacts", contacts):
        return await run_in_threadpool(_with_contacts, served, names, form, system, language)
    key = f"{served.board.provenance.mark} {','.join(names)} {form.name} {system} {language} {served.part_of(names)}"
    # A range is one of the file as it lies; any other answer may go out compressed, and is then another one.
    coding = coding_of(request.headers.get("accept-encoding", "")) if form.is_text else ""
    tag = sha256(f"{key} {'' if 'range' in request.headers else coding}".encode()).hexdigest()[:24]
    headers = {
        "ETag": f'"{tag}"',
        "Last-Modified": format_datetime(served.board.provenance.date.astimezone(UTC), usegmt=True),
        "Vary": "Accept-Encoding",
        "Cache-Control": "private, no-cache",  # what is fetched again is asked about, and mostly not sent
    }
    if has(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return await run_in_threadpool(_file, served, names, form, system, language, key, headers)


def _file(
    served: Services, names: tuple[str, ...], form: Form, system: str, lang: str, key: str, headers: dict[str, str]
) -> RangedFile:
    def files() -> list[LayerFile]:
        return layer_files(served.county, served.board, [served.layer(name) for name in names], lang)

    # As of the data, not of the request: a file that is made again has the same bytes under the same ETag.
    told = members(served.board, served.board.provenance.date)
    made = served.exports.get(key, files, form, system, told)
    return RangedFile(made, media_type=form.media, filename=_file_name(names, form), headers=headers)


def _with_contacts(served: Services, names: tuple[str, ...], form: Form, system: str, lang: str) -> Response:
    seen = [served.layer(name, contacts=True) for name in names]
    files = layer_files(served.county, served.board, seen, lang)
    served.record_export(",".join(names))
    content = served.exports.once(files, form, system, members(served.board, served.now()))
    named = {"Content-Disposition": f'attachment; filename="{_file_name(names, form)}"'}
    return Response(content, media_type=form.media, headers={**NOT_KEPT, **named})


def _file_name(names: tuple[str, ...], form: Form) -> str:
    return f"{names[0] if len(names) == 1 else 'yixian'}{form.suffix}"
