"""Finished English sentences of lower floors in another language: taken apart along the templates they were made by.

A lower floor tells its reason in English, by an f-string. The catalogue has the same text as a template, with named
facts in the f-string's places, beside its translation. What a fact is stands behind its name in the template:

    {name}         a name or an id, which stays as it is, whatever it says
    {name!r}       the same in quotation marks
    {count:d}      a figure
    {clock:t}      a date, a time of the day, or both
    {late:e}       how long something took
    {cause:s}      a sentence or clause of its own, which is taken apart in turn
    {names:, }     several of these, with what joins them
    {kind:skill}   a term of a vocabulary, which the pages have a word for
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_FIELD: Final = re.compile(r"\{(\w+)(!r|:[^{}]+)?\}")
_TEXT: Final = ".*?"
_SHAPES: Final = {
    "": _TEXT,
    "!r": """'.*?'|".*?\"""",
    ":d": r"-?\d[\d,]*(?:\.\d+)?",
    ":t": r"\d[\d:-]*(?: \d\d:[\d:]*)?",
    ":e": r"(?:\d+ days?, )?\d+:\d\d:\d\d",
    ":s": _TEXT,
    ":, ": _TEXT,
    ":; ": _TEXT,
}
_TERM: Final = r"[a-z_]+"
_KEPT: Final = 4096
_LONGEST: Final = 4000
_DEEPEST: Final = 8
"""Letters, and clauses within clauses, that are looked at: a name can be made to resemble templates without end."""


@dataclass(frozen=True, slots=True)
class _Template:
    """A sentence as it is made: its fixed parts, and what its facts are."""

    begin: str
    longest: str
    end: str
    pattern: re.Pattern[str]
    facts: Mapping[str, str]
    said: str


class Sentences:
    """The sentences of a language, by English templates; `words` are the pages' words by their keys."""

    def __init__(self, said: Mapping[str, str], words: Mapping[str, str]) -> None:
        # The plainest template would fit much, so those with the most fixed letters come first.
        known = sorted(said.items(), key=lambda one: -len(_FIELD.sub("", one[0])))
        self._templates = tuple(_template(english, text) for english, text in known)
        self._words = words
        self.heard: Callable[[str], str] = lru_cache(_KEPT)(self._taken_apart) if known else str
        """A finished sentence in the language; as it is where no template fits."""

    def _taken_apart(self, sentence: str, depth: int = 0) -> str:
        if len(sentence) > _LONGEST or depth > _DEEPEST:
            return sentence
        for one in self._templates:
            fits = sentence.startswith(one.begin) and sentence.endswith(one.end) and one.longest in sentence
            if fits and (match := one.pattern.fullmatch(sentence)):
                told = match.groupdict()
                return one.said.format(
                    **{name: self._fact(told[name], kind, depth + 1) for name, kind in one.facts.items()}
                )
        return sentence

    def _fact(self, fact: str, kind: str, depth: int) -> str:
        match kind:
            case "" | "!r" | ":d" | ":t":
                return fact
            case ":s" | ":e":
                return self._taken_apart(fact, depth)
            case ":, " | ":; ":
                return self._words["list.separator"].join(self._taken_apart(one, depth) for one in fact.split(kind[1:]))
            case _:
                return self._words.get(f"{kind[1:]}.{fact}", fact)


def _template(english: str, said: str) -> _Template:
    facts = {found[1]: found[2] or "" for found in _FIELD.finditer(english)}
    fixed = [part for place, part in enumerate(_FIELD.split(english)) if place % 3 == 0]
    fields = [f"(?P<{name}>{_SHAPES.get(kind, _TERM)})" for name, kind in facts.items()]
    told = "".join(re.escape(part) + field for part, field in zip(fixed, [*fields, ""], strict=True))
    return _Template(fixed[0], max(fixed, key=len), fixed[-1], re.compile(told, re.DOTALL), facts, said)
