"""The parameters of the items of a collection: text in, value out, InputError with the parameter's name otherwise."""

from __future__ import annotations

import re
from typing import Final

from geo.errors import InputError

LEAST, DEFAULT, MOST = 1, 10, 10_000
"""`limit`: a larger one than the most is cut to it, as the standard says."""
ITEMS: Final = (
    "bbox",
    "bbox-crs",
    "datetime",
    "crs",
    "limit",
    "after",
    "filter",
    "filter-lang",
    "filter-crs",
    "properties",
    "sortby",
    "skipGeometry",
)
"""The parameters of items beside those of every resource and the queryables."""


def limit(text: str | None) -> int:
    """How many features a page has at most."""
    if text is None:
        return DEFAULT
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII) or int(text) < LEAST:
        raise InputError(f"limit={text!r} is not a whole number from {LEAST} on", parameter="limit")
    return min(int(text), MOST)
