"""Request bodies: bounded while they are read, and what closures they suppose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
from fastapi import Request

from geo.errors import InputError, LimitError
from geo.nesting import json_depth
from geo.what_if import WhatIf, what_if

DEEPEST: Final = 32
"""Levels of brackets in a body; a collection of features with their shapes has 9."""


async def limited(request: Request) -> bytes:
    """The whole body; TooLargeError, from the gate, as soon as it is longer than the service takes."""
    return await request.body()


def json_of(body: bytes) -> Any:
    """The body as JSON; InputError when it is none or, counted before it is read, nests deeper than DEEPEST."""
    if body.count(b"[") + body.count(b"{") > DEEPEST and (depth := json_depth(body)) > DEEPEST:
        problem = f"the body nests {depth} levels deep, and at most {DEEPEST} are taken"
        raise LimitError(problem, parameter="body", limit=DEEPEST)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as reason:
        raise InputError(f"the body is not JSON: {reason}") from None


def supposed(body: object) -> tuple[WhatIf, ...]:
    """The closures that a JSON body supposes in its member `closures` (GeoJSON of lines and areas), if it has one."""
    return what_if(body["closures"]) if isinstance(body, Mapping) and "closures" in body else ()
