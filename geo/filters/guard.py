"""The guard: what a filter may weigh, counted in one pass over its characters before anything reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from geo.errors import InputError, LimitError

Lang = Literal["cql2-text", "cql2-json"]

_BRACKETS: Final = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
_TOKENS: Final[dict[str, re.Pattern[str]]] = {
    "cql2-text": re.compile(r"""'(?:[^'\\]|\\.|'')*'?|"[^"]*"?|[()]|[\w.:]+|[^\s\w,]""", re.DOTALL),
    "cql2-json": re.compile(r'"(?:[^"\\]|\\.)*"?(?:\s*:)?|[\[\]{}]|[^\s\[\]{},:"]+', re.DOTALL),
}
_JSON_BRACKETS: Final = 2  # {"op": …, "args": […]} opens two where the text opens one
_COORDINATE_BRACKETS: Final = 6  # a multipolygon within a collection opens six more


@dataclass(frozen=True, slots=True)
class FilterLimits:
    """The largest filter that is taken.

    `length` in characters; `depth` of brackets and of operators within operators; `nodes`: names, values, coordinates
    and signs; `operations`: operators and functions, each of which is a pass over all rows.
    """

    length: int = 65_536
    depth: int = 50
    nodes: int = 10_000
    operations: int = 300

    def over(self, limit: str, met: int) -> InputError:
        """The refusal that names a limit and what was met."""
        most = getattr(self, limit)
        problem = f"the filter cannot be taken: its {limit} comes to {met:,}, and at most {most:,} is taken"
        return LimitError(problem, parameter="filter", limit=most)


def refused(reason: str) -> InputError:
    """The error of every filter that cannot be taken."""
    return InputError(f"the filter cannot be taken: {reason}", parameter="filter")


def check_size(text: str, lang: Lang, limits: FilterLimits) -> None:
    """InputError when `text` is longer, deeper or of more parts than `limits` say; linear in its length."""
    if len(text) > limits.length:
        raise limits.over("length", len(text))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise refused("it holds half a character, which no UTF-8 text can") from None
    depth = deepest = nodes = 0
    for found in _TOKENS[lang].finditer(text):
        token = found[0]
        step = _BRACKETS.get(token, 0)
        depth = max(depth + step, 0)
        deepest = max(deepest, depth)
        nodes += not step and not token.endswith(":")
    if lang == "cql2-json":
        deepest = -((_COORDINATE_BRACKETS - deepest) // _JSON_BRACKETS)
    if deepest > limits.depth:
        raise limits.over("depth", deepest)
    if nodes > limits.nodes:
        raise limits.over("nodes", nodes)
