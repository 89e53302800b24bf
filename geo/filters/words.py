"""LIKE, CASEI and ACCENTI over texts: each distinct text is folded once, patterns run in linear time (RE2)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from geo.filters.guard import refused
from geo.filters.values import TEXT, Cells, Value

_STEP: Final = re.compile(r"\\(.)|(%+)|(_)|(.)", re.DOTALL)


def without_accents(text: str) -> str:
    """`text` without combining marks: é is e, ș is s; ø, which is a letter of its own, stays."""
    if text.isascii():
        return text
    marks = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(sign for sign in marks if unicodedata.category(sign) != "Mn"))


FOLDS: Final = MappingProxyType({"casei": str.casefold, "accenti": without_accents})


def folded(op: str, value: Value) -> Cells:
    """CASEI (Unicode's full case folding) or ACCENTI of texts."""
    return Cells("text", _each(_texts(op.upper(), value), FOLDS[op]))


def like(value: Value, pattern: Value) -> Cells:
    """LIKE over whole texts: `%` is any run of signs, `_` one sign, a backslash takes the next sign as it is."""
    texts, wanted = _texts("LIKE", value), _texts("LIKE", pattern)
    if not isinstance(wanted, pa.Scalar):
        raise refused("LIKE takes a text as its pattern, or CASEI or ACCENTI of one")
    try:
        return Cells("boolean", pc.match_substring_regex(texts, "".join(_regex(wanted.as_py()))))
    except pa.ArrowInvalid:
        raise refused("the pattern of LIKE is too long") from None


def _regex(pattern: str) -> Iterator[str]:
    yield r"(?s)\A"
    for escaped, anything, one, plain in _STEP.findall(pattern):
        yield ".*" if anything else "." if one else _quoted(escaped or plain)
    yield r"\z"


def _quoted(sign: str) -> str:
    return sign if sign.isalnum() or sign == "_" else rf"\x{{{ord(sign):X}}}"


def _texts(asker: str, value: Value) -> Any:
    if not isinstance(value, Cells) or value.kind != "text":
        raise refused(f"{asker} takes texts, not {value.kind}")
    return value.data


def _each(data: Any, change: Callable[[str], str]) -> Any:
    if isinstance(data, pa.Scalar):
        return pa.scalar(change(data.as_py()), TEXT)
    coded = data.dictionary_encode()
    return pa.array([change(word) for word in coded.dictionary.to_pylist()], TEXT).take(coded.indices)
