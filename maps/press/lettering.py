"""Lines of text on a sheet: what is one line, and where a paragraph breaks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_UNSEEN: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")
_WORDS: Final = re.compile(r"[ -~\u00a0-\u2e7f]+?(?:\s+|$|(?=[\u2e80-\U0010ffff]))|.", re.DOTALL)


def one_line(text: object, most: int = 200) -> str:
    """`text` in one line of at most `most` letters; breaks, controls and marks of direction become spaces."""
    line = _UNSEEN.sub(" ", str(text)).strip()
    return line if len(line) <= most else f"{line[: most - 1]}…"


def width_em(text: str) -> float:
    """About how wide a line is, in letter heights: a Chinese character takes one, a Latin letter somewhat over half."""
    return sum(1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.56 for letter in text)


def wrapped(text: object, room_em: float, most_lines: int = 8) -> list[str]:
    """A paragraph in lines of at most `room_em`, broken between words or Chinese characters, cut after `most_lines`."""
    lines = list(_broken(one_line(text, 2000), max(room_em, 4.0)))
    return lines if len(lines) <= most_lines else [*lines[: most_lines - 1], f"{lines[most_lines - 1].rstrip()}…"]


def _broken(line: str, room_em: float) -> Iterator[str]:
    row = ""
    for piece in _WORDS.findall(line):
        if row and width_em(row + piece.rstrip()) > room_em:
            yield row.rstrip()
            row = ""
        while width_em(piece) > room_em:  # a word longer than a line
            whole = int(room_em / 0.56) if piece.isascii() else int(room_em)
            yield piece[:whole]
            piece = piece[whole:]
        row += piece
    if row.strip():
        yield row.rstrip()
