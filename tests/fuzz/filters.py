"""Filters in text and in JSON, asked of four rows."""

from __future__ import annotations

import json

from geo.errors import InputError
from geo.filters import mask, parse
from tests.filter_mutations import JSON_SEEDS, SEEDS, SIGNS, source
from tests.fuzz.target import Case, Target

_ROWS = source()


def ask(case: Case) -> bool:
    """An answer for each row, or InputError."""
    try:
        found = mask(parse(case.content.decode("utf-8", "surrogateescape"), case.door), _ROWS)  # type: ignore[arg-type]  # the doors are the languages
    except InputError:
        return False
    assert (4,) == found.shape
    assert bool is found.dtype.type or "bool" == found.dtype
    return True


TARGET = Target(
    ask,
    [
        *(Case("cql2-text", text.encode()) for text in SEEDS),
        *(Case("cql2-json", json.dumps(one).encode()) for one in JSON_SEEDS),
    ],
    [sign.encode() for sign in SIGNS],
)
