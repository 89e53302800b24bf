"""Which encoding a text is in: what Chinese Windows writes (GBK, here its superset GB18030) or UTF-8.

The order of trust: what the caller says, a byte-order mark, strict UTF-8, strict GB18030. A file that is neither is
refused with the place of the byte, because one wrong letter in a name is a lost name.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from geo.errors import InputError, UnreadableFileError

_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CHINESE = re.compile(r"[⺀-鿿豈-﫿＀-￯]+")
_NOT_ASCII = re.compile(rb"[\x80-\xff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, the encoding it was in, and how that was found."""

    text: str
    encoding: str
    found_by: str


def known(encoding: str) -> str:
    """The encoding under Python's name, GBK and GB2312 widened to GB18030; InputError when there is none."""
    name = encoding.strip().lower().replace("_", "-")
    name = {"936": "gbk", "cp936": "gbk", "65001": "utf-8", "54936": "gb18030", "ansi": "gbk"}.get(name, name)
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        raise InputError(
            f"{encoding!r} is no known encoding; Chinese files are in UTF-8 or GB18030 (GBK)", parameter="encoding"
        ) from None
    # rot13 and base64 are codecs as well, but from text to text.
    if not getattr(found, "_is_text_encoding", True):
        raise InputError(f"{encoding!r} is no encoding of text", parameter="encoding")
    return "gb18030" if found.name in ("gbk", "gb2312", "gb18030") else found.name


def decode(path: Path, content: bytes, encoding: str | None) -> Decoded:
    """The text of `content`; UnreadableFileError with the line when it is in no one encoding."""
    if encoding is not None:
        return _strictly(path, content, known(encoding), "as told")
    for mark, name in _MARKS:
        if content.startswith(mark):
            return _strictly(path, content, name, "byte-order mark")
    try:
        return Decoded(content.decode("utf-8"), "utf-8", "its bytes are UTF-8")
    except UnicodeDecodeError as reason:
        broken = reason.start
    if _is_mixed(content):
        raise UnreadableFileError(
            path,
            f"mixes UTF-8 and GBK lines (line {_line(content, broken)} is the first that is not UTF-8); "
            "save all of it in one encoding, best 'CSV UTF-8'",
        )
    return _strictly(path, content, "gb18030", "its bytes are GB18030, not UTF-8")


def _strictly(path: Path, content: bytes, encoding: str, found_by: str) -> Decoded:
    try:
        return Decoded(content.decode(encoding), encoding, found_by)
    except UnicodeDecodeError as reason:
        raise UnreadableFileError(
            path,
            f"is not {encoding} text (byte {reason.start}, line {_line(content, reason.start)}: {reason.reason}); "
            "save it as UTF-8, or name its encoding with --encoding",
        ) from None


def _line(content: bytes, place: int) -> int:
    return content.count(b"\n", 0, place) + 1


def _is_mixed(content: bytes) -> bool:
    """Whether some lines are Chinese in UTF-8 although others are not UTF-8 at all."""
    lines = [line for line in content.splitlines()[:100_000] if _NOT_ASCII.search(line)]
    whole = [line for line in lines if _decodes(line, "utf-8")]
    return any(is_chinese(line, "utf-8") for line in whole) and len(whole) < len(lines)


def _decodes(value: bytes, encoding: str, *, cut: bool = False) -> bool:
    """Whether the bytes are of the encoding; `cut` allows a last letter that a fixed width cut off."""
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(value, final=not cut)
    except UnicodeDecodeError:
        return False
    return True


def is_chinese(value: bytes, encoding: str) -> bool:
    """Whether everything beyond ASCII is Chinese writing under the encoding.

    Bytes decide more than validity alone: 联通 in GBK is valid UTF-8, of two letters that no Chinese name has.
    """
    text = value.decode(encoding, "ignore")
    beyond = "".join(letter for letter in text if ord(letter) > 127)
    return bool(beyond) and _CHINESE.fullmatch(beyond) is not None


def guess(values: Iterable[bytes]) -> str | None:
    """The encoding of many short fixed-width fields: utf-8, gb18030, or None when they are ASCII or neither.

    A letter that the width cut off is allowed where everything before it is Chinese.
    """
    foreign = {value for value in values if _NOT_ASCII.search(value)}
    for encoding in ("utf-8", "gb18030"):
        if foreign and all(_decodes(v, encoding, cut=True) and is_chinese(v, encoding) for v in foreign):
            return encoding
    return next((name for name in ("utf-8", "gb18030") if foreign and all(_decodes(v, name) for v in foreign)), None)


def fits(values: Iterable[bytes], encoding: str) -> bool:
    """Whether every fixed-width field is of the encoding."""
    return all(_decodes(value, encoding, cut=True) for value in values)
