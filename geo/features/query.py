"""What is asked of a collection, and the parameters that say it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection
from dataclasses import dataclass

import orjson

from geo.errors import InputError
from geo.features.boxes import Box
from geo.features.systems import CRS84, System
from geo.features.times import Span
from geo.filters import Filter


@dataclass(frozen=True, slots=True)
class SortKey:
    """A property to sort by; null comes last in either direction."""

    name: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended: the features that were paged through, by their mark, and the id of the last one given.

    The mark says of which state of the data the pages are, so the id alone tells the rest, sort key included.
    """

    mark: str
    last: str

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(orjson.dumps([self.mark, self.last])).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """A cursor from the text that it was written as; InputError when it is none."""
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            mark, last = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (UnicodeEncodeError, binascii.Error, orjson.JSONDecodeError, ValueError, TypeError):
            raise cls.refused(text) from None
        if not (isinstance(mark, str) and isinstance(last, str)):
            raise cls.refused(text)
        return cls(mark, last)

    @staticmethod
    def refused(text: str) -> InputError:
        """The error of what no page has given."""
        return InputError(f"after={text!r} is of no page; take the link `next` as it was given", parameter="after")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which features and in what order, whatever the page. `filter_system` is that of the filter's geometries."""

    box: Box | None = None
    span: Span | None = None
    filter: Filter | None = None
    filter_system: System = CRS84
    sortby: tuple[SortKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A selection, which of its properties (None: all), whether without geometry, and which page.

    `limit` None is everything at once; `after` continues where a page ended.
    """

    selection: Selection = Selection()
    properties: tuple[str, ...] | None = None
    skip_geometry: bool = False
    limit: int | None = 10
    after: Cursor | None = None


def parse_sortby(text: str, sortable: Collection[str]) -> tuple[SortKey, ...]:
    """`-level,+name` (a plus may be left out, and is a space in a URL); InputError lists what can be sorted by."""
    keys = tuple(
        SortKey(part.strip().removeprefix("-").removeprefix("+"), part.strip()[:1] == "-") for part in text.split(",")
    )
    _check_known("sortby", [key.name for key in keys], sortable)
    return keys


def parse_properties(text: str, known: Collection[str]) -> tuple[str, ...]:
    """`code,name`, in any order and none twice; nothing is no property at all. InputError lists what there is."""
    names = tuple(dict.fromkeys(part.strip() for part in text.split(","))) if text.strip() else ()
    _check_known("properties", names, known)
    return names


def _check_known(parameter: str, names: Collection[str], known: Collection[str]) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        listed = ", ".join(known)
        raise InputError(
            f"{parameter}: {', '.join(map(repr, unknown))} is not known; there are: {listed}", parameter=parameter
        )
