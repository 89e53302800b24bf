"""The words of a CQL2 text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from geo.filters.guard import refused

_START: Final = (
    r":_A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFE\u200C\u200D\u2070-\u218F"
    r"\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
_NAME: Final = rf"[{_START}][{_START}.0-9\u0300-\u036F\u203F\u2040]*"
_TOKEN: Final = re.compile(
    rf"""\s*(?:
      (?P<text>'(?:[^'\\]|\\.|'')*')
    | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<quoted>"[^"]+")
    | (?P<name>{_NAME})
    | (?P<sign><>|<=|>=|[=<>+\-*/%^(),])
    | (?P<end>\Z)
    )""",
    re.DOTALL | re.VERBOSE,
)
_ESCAPE: Final = re.compile(r"''|\\(['abtnvfr])", re.DOTALL)
_CONTROLS: Final = dict(zip("'abtnvfr", "'\a\b\t\n\v\f\r", strict=True))


@dataclass(frozen=True, slots=True)
class Token:
    """One word: `kind` is text, number, quoted, name, sign or end; `at` counts characters from 1."""

    kind: str
    value: str
    at: int

    @property
    def word(self) -> str:
        """A bare name in upper case, or a sign; "" for every other kind."""
        return self.value.upper() if self.kind in ("name", "sign") else ""


def tokens_of(text: str) -> list[Token]:
    """All words of `text`, the last of kind end; InputError where none begins.

    In texts `''` and the escapes of the standard (backslash and one of ' a b t n v f r) are decoded; every other
    backslash stays, as LIKE needs it.
    """
    found: list[Token] = []
    position = 0
    while not found or found[-1].kind != "end":
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            rest = text[position:].lstrip()
            raise refused(f"{rest[:20]!r} at character {len(text) - len(rest) + 1} is no word of CQL2")
        found.append(Token(match.lastgroup, _decoded(match), match.start(match.lastgroup) + 1))
        position = match.end()
    return found


def _decoded(match: re.Match[str]) -> str:
    value = match[match.lastgroup or 0]
    if match.lastgroup == "text":
        return _ESCAPE.sub(lambda escape: _CONTROLS[escape[1] or "'"], value[1:-1])
    return value[1:-1] if match.lastgroup == "quoted" else value
