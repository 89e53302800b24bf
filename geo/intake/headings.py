"""Which layer column a source's heading means, by the names, titles and headings that the layers declare."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from geo.layers.spec import Column, Heading, LayerSpec

_COUNTED = re.compile(r"\s*[(\[【〔]\s*(?:户|人|个|处|名|支|条|数)\s*[)\]】〕]\s*$")
"""A counting word in brackets says nothing that the column's name does not; other units stay and must be known."""

_SHAPEFILE_NAME_BYTES = 10


class How(StrEnum):
    """Why a source column goes where it goes."""

    NAME = "layer's name"
    TITLE = "layer's title"
    HEADING = "known heading"
    SHORTENED = "layer's name cut to 10 letters"
    MAPPING = "mapping file"
    CONSTANT = "constant of the mapping file"
    NASA = "NASA's documented table"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a heading means: the column, why, and the declared heading with its unit."""

    column: Column
    how: How
    heading: Heading


def normalised(heading: str) -> str:
    """A heading's letters and digits in plain form: no case, spaces, underscores, brackets or full-width forms."""
    plain = unicodedata.normalize("NFKC", heading).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def meaning(heading: str, spec: LayerSpec) -> Meaning | None:
    """The column of `spec` that `heading` means, or None. A unit that the layer does not know is no match."""
    known = known_headings(spec)
    whole = unicodedata.normalize("NFKC", heading)
    return known.get(normalised(whole)) or known.get(normalised(_COUNTED.sub("", whole)))


@cache
def known_headings(spec: LayerSpec) -> Mapping[str, Meaning]:
    """Every accepted heading of the layer, normalised. Derived columns take nothing from a source."""
    found: dict[str, Meaning] = {}
    columns = [column for column in spec.columns if not column.derived]
    for how in (How.NAME, How.TITLE, How.HEADING, How.SHORTENED):
        for column in columns:
            for heading in _declared(column, how, columns):
                found.setdefault(normalised(heading.text), Meaning(column, how, heading))
    return MappingProxyType(found)


def _declared(column: Column, how: How, columns: list[Column]) -> Iterator[Heading]:
    match how:
        case How.NAME:
            yield Heading(column.name)
        case How.TITLE:
            yield from (Heading(column.title_zh), Heading(column.title_en))
        case How.HEADING:
            yield from (Heading(text) if isinstance(text, str) else text for text in column.headings)
        case How.SHORTENED:
            cut = column.name[:_SHAPEFILE_NAME_BYTES]
            alike = [other for other in columns if other.name.startswith(cut)]
            if len(cut) < len(column.name) and alike == [column]:
                yield Heading(cut)
