"""The only way an attribute reaches a page: as JSON that cannot end its script block, or as escaped title text.

The page's own script reads the JSON and writes every value through `textContent`, so a name may hold markup, quotes
or `${...}` and is still only text. Nothing here, and nothing that Folium renders, builds markup out of data.
"""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from geo.errors import InputError

_IDENTIFIER = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)
_UNSAFE_MARKS: Final = "<>&\u2028\u2029"
_UNSAFE = re.compile(f"[{_UNSAFE_MARKS}\ud800-\udfff]")
_RELATIVE = re.compile(r"[A-Za-z0-9._~/?&=%#+,@!-]*", re.ASCII)
_OPTIONS: Final = orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_PASSTHROUGH_DATETIME


class Lasting(dict[str, Any]):
    """A part of many pages that nobody changes, such as a village's shape: its JSON is written once.

    A number that JSON has no word for raises ValueError here already.
    """

    def __init__(self, value: Mapping[str, Any]) -> None:
        super().__init__(value)
        self.written = orjson.Fragment(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def json_text(value: Any) -> str:
    """JSON that reads back as `value` and holds no `<`, `>`, `&` or line separator; NaN raises ValueError."""
    try:
        written = orjson.dumps(value, _plain, _OPTIONS).decode()
    except orjson.JSONEncodeError:  # half a surrogate pair, or a key that is no text
        written = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return _UNSAFE.sub(lambda found: _escaped(found[0]), written)
    _refuse_no_numbers((value,))  # for which that writer has a word: null
    for mark in _UNSAFE_MARKS:
        written = written.replace(mark, _escaped(mark))
    return written


def _escaped(mark: str) -> str:
    return f"\\u{ord(mark):04x}"


def _plain(value: Any) -> Any:
    """What a subclass of JSON's own kinds stands for."""
    match value:
        case Lasting():
            return value.written
        case str():
            return str(value)
        case float():
            return float(value)
        case int():
            return int(value)
        case dict():
            return dict(value)
        case list() | tuple():
            return list(value)
    raise TypeError(f"JSON has no word for {type(value).__name__}")


def _refuse_no_numbers(parts: Iterable[Any]) -> None:
    for part in parts:
        kind = type(part)
        if kind is str:  # most are
            continue
        if isinstance(part, float):
            if not math.isfinite(part):
                raise ValueError(f"JSON has no word for {part}")
        elif isinstance(part, dict):
            if kind is not Lasting:
                _refuse_no_numbers(part.values())
        elif isinstance(part, list | tuple):
            _refuse_no_numbers(part)


def json_block(identity: str, value: Any) -> str:
    """`value` as an inert script block with the id `identity`, one of our own fixed words."""
    if not _IDENTIFIER.fullmatch(identity):
        raise ValueError(f"{identity!r} is not an identifier of a data block")
    return f'<script type="application/json" id="{identity}">{json_text(value)}</script>'


def markup_text(value: str) -> str:
    """`value` as the text of an element, such as <title>."""
    # A lone surrogate has no UTF-8 form; a question mark is better than a page that cannot be written.
    return html.escape(value.encode("utf-8", "replace").decode("utf-8"), quote=True)


def relative_links(links: Mapping[str, str] | None, known: tuple[str, ...]) -> dict[str, str]:
    """`links` in the order of `known`; InputError on an unknown key or a value that leaves the service."""
    given = dict(links or {})
    for key, value in given.items():
        if key not in known:
            raise InputError(f"{key!r} is not a link of a page; there are: {', '.join(known)}", parameter="links")
        if not _RELATIVE.fullmatch(value) or value.startswith("//"):
            raise InputError(f"link {key} is not a relative URL: {value!r}", parameter="links")
    return {key: given[key] for key in known if key in given}
