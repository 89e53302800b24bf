"""One line of the log: JSON for machines, words for a terminal; no secret in it, and no line but its own.

Nothing is imported but the standard library, so that the parent of several workers writes the same lines.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

CHINA: Final = timezone(timedelta(hours=8), "+08:00")
LONGEST: Final = 2000
"""Characters of one text; a client's own words are not worth more."""
_HIDDEN: Final = "…"
_VALUE: Final = r"(?:b?\"[^\"\n]*\"?|b?'[^'\n]*'?|[^\s,;&\"'}\])]+)"
_SECRETS: Final = (
    (re.compile(r"yx_[\w\-]{6,}"), f"yx_{_HIDDEN}"),
    (re.compile(r"(?i)\b(bearer|basic|digest)\s+[^\s\"',;]+"), rf"\1 {_HIDDEN}"),
    (re.compile(r"(?i)\b(authorization|(?:set-)?cookie)\b([\"']?\s*[:=,]\s*[b]?[\"']?)[^\n\"']*"), rf"\1\2{_HIDDEN}"),
    (
        re.compile(
            rf"(?i)([\w\-]*(?:pass(?:word|wd|phrase)|pwd|secret|csrf|api[_\-]?key)[\w\-]*[\"']?\s*[:=]\s*){_VALUE}"
        ),
        rf"\1{_HIDDEN}",
    ),
    (
        re.compile(rf"(?i)([\w\-]*(?:token|session|yixian)[\w\-]*(?:\s*=\s*|[\"']\s*:\s*)){_VALUE}"),
        rf"\1{_HIDDEN}",
    ),
    (re.compile(r"(/[^\s?\"'<>]*)\?[^\s\"'<>]*"), rf"\1?{_HIDDEN}"),
    (re.compile(r"\$argon2\w*\$[^\s\"']+"), _HIDDEN),
)
"""What no line may hold: tokens, the headers that carry them, named secrets, query strings, hashes of passwords."""
_HARMFUL: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
"""What ends a line, moves a cursor, or turns the order of letters round."""
_PLAIN: Final = re.compile(r"[\w.\-/{}:+]{0,200}")
"""Most of what a line is made of: a name, an address, a route, a number."""


def clean(text: str) -> str:
    """A text of whomever as a part of one line: secrets hidden, control characters as their escapes, not too long."""
    if _PLAIN.fullmatch(text) and "yx_" not in text:
        return text
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]}{_HIDDEN}"
    for pattern, instead in _SECRETS:
        cut = pattern.sub(instead, cut)
    return _HARMFUL.sub(_escaped, cut)


def as_json(facts: Mapping[str, Any]) -> str:
    """The facts as one line of JSON; texts are cleaned."""
    told = {name: clean(fact) if isinstance(fact, str) else fact for name, fact in facts.items() if name != "error"}
    if "error" in facts:
        told["error"] = "\n".join(map(clean, facts["error"].split("\n")))
    return json.dumps(told, ensure_ascii=False, default=str)


def as_words(facts: Mapping[str, Any]) -> str:
    """The facts as one line for people; the trace of an error stands in lines of its own, set in."""
    rest = dict(facts)
    at, level, event = rest.pop("time"), rest.pop("level"), rest.pop("event")
    trace = rest.pop("error", None)
    told = "".join(f"  {name}={clean(str(fact))}" for name, fact in rest.items() if fact not in (None, "", "-"))
    lines = [f"{at[:23].replace('T', ' ')} {level:7} {clean(event)}{told}"]
    lines += [f"    {clean(line)}" for line in (trace or "").splitlines()]
    return "\n".join(lines)


def told_at(moment_s: float) -> str:
    """A moment in seconds since 1970 as ISO 8601 in China Standard Time."""
    return datetime.fromtimestamp(moment_s, UTC).astimezone(CHINA).isoformat(timespec="milliseconds")


def facts_of(record: logging.LogRecord) -> dict[str, Any]:
    """What a record of Python's logging tells; `request_id` where its writer knew of one."""
    facts: dict[str, Any] = {
        "time": told_at(record.created),
        "level": record.levelname.lower(),
        "event": record.getMessage(),
        "logger": record.name,
    }
    if request_id := getattr(record, "request_id", None):
        facts["request_id"] = request_id
    if record.exc_info:
        facts["error"] = logging.Formatter().formatException(record.exc_info)
    return facts


class LineFormatter(logging.Formatter):
    """The same lines for whoever writes them at once."""

    def __init__(self, *, for_people: bool) -> None:
        super().__init__()
        self._line = as_words if for_people else as_json

    def format(self, record: logging.LogRecord) -> str:
        """One record as its line."""
        return self._line(facts_of(record))


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
