"""How deep brackets nest, counted on bytes without recursion before any parser sees them."""

from __future__ import annotations

from typing import Final

import numpy as np

_NOT_JSON_STRUCTURE: Final = bytes(set(range(256)) - set(b'"[]{}'))
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"()"))
_STEPS: Final = np.zeros(256, dtype=np.int8)
_STEPS[list(b"([{")] = 1
_STEPS[list(b")]}")] = -1
_QUOTE: Final = ord('"')
_CHUNK_BYTES: Final = 4 * 1024 * 1024


def json_depth(content: bytes) -> int:
    """The depth of brackets and braces in UTF-8 JSON, whose strings do not count."""
    content = content.replace(b"\\\\", b"").replace(b'\\"', b"")  # the only escapes that could hide a quotation mark
    return _deepest(content.translate(None, _NOT_JSON_STRUCTURE))


def wkt_depth(text: str) -> int:
    """The depth of parentheses in WKT or EWKT."""
    return _deepest(text.encode("ascii", "ignore").translate(None, _NOT_BRACKETS))


def _deepest(signs: bytes) -> int:
    """The greatest depth in a run of nothing but brackets and quotation marks; what is quoted does not count."""
    depth = deepest = quoted = 0
    for start in range(0, len(signs), _CHUNK_BYTES):
        here = np.frombuffer(signs, np.uint8, min(_CHUNK_BYTES, len(signs) - start), start)
        inside = np.bitwise_xor.accumulate((here == _QUOTE).view(np.uint8)) ^ quoted
        depths = np.cumsum(np.where(inside, 0, _STEPS[here]), dtype=np.int64)
        deepest = max(deepest, depth + int(depths.max()))
        depth, quoted = depth + int(depths[-1]), int(inside[-1])
    return deepest
