"""What is found of a collection as a file: in the forms, and with the versions in it, that whole layers leave with."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np

from api.exports import origin_of
from api.legends import legend
from api.ogc.asked import ALWAYS, AskedResource
from api.ogc.models import FILES
from api.ranged import MadeFile
from api.wiring import Services
from geo.export import LayerFile, Legend, system_of
from geo.features import CRS84, CollectionInfo, Page, System
from geo.layers.spec import Column, LayerSpec


def written_system(form: str, system: System) -> str:
    """The system that a file is written in; InputError for one that its form does not have."""
    return system_of(FILES[form], None if system is CRS84 else system.name)


def file_of(
    asked: AskedResource, served: Services, info: CollectionInfo, page: Page, system: str, at: datetime
) -> MadeFile:
    """The features of a page as a file on the services' shelf; `at` is when an answer that changes is of.

    TooLargeError for more than one file holds over HTTP, FullError while others are being made.
    """
    form = FILES[asked.form]
    told: dict[str, Any] = {"data": page.features.provenance.body()}
    if info.kind == "answer" and info.is_live:
        told["at"] = at.isoformat()
    question = {name: text for name, text in asked.pairs if name not in ALWAYS}
    if question:
        told["query"] = question
    mark = replace(asked, coding="").etag(page.features.mark)
    return served.exports.get(mark, lambda: [_layer_file(asked, served, page)], form, system, told)


def is_part(page: Page) -> bool:
    """Whether rows of the collection are not on the page."""
    return len(page.rows) < len(page.features)


def _layer_file(asked: AskedResource, served: Services, page: Page) -> LayerFile:
    features, spec = page.features, page.features.spec
    as_kept = np.array_equal(page.rows, np.arange(len(features)))
    columns = tuple(spec.names[name] for name in dict.fromkeys((spec.key, *page.names)))
    return LayerFile(
        spec,
        features.frame if as_kept else features.frame.take(page.rows),
        replace(origin_of(served.county, spec, features.provenance), is_part=is_part(page)),
        _legend(spec, asked.language, columns),
        columns,
        page.skip_geometry,
    )


def _legend(spec: LayerSpec, lang: str, columns: tuple[Column, ...]) -> Legend | None:
    """The layer's look, where the column that it goes by is there."""
    found = legend(spec, lang)
    return found if found.column in (None, *(column.name for column in columns)) else None
