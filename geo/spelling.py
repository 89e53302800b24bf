"""Names by how they are typed: a part of the name itself, its pinyin, or the initials of its pinyin.

A character that is read in several ways is found by each of its readings (pypinyin's table): 长铺 by "changpu" and by
"zhangpu". Letters and digits in a name are typed as they are.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

LONGEST: Final = 4096
"""A text of so many characters, as `typed` leaves it, is too long to be looked for."""


def typed(text: str) -> str:
    """`text` as it is compared: letters and digits alone, in plain width, without case, accents and tone marks."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text).casefold()))


@cache
def readings(character: str) -> tuple[str, ...]:
    """Every pinyin of a character without tones, ü as v and as u; any other character is read as it is."""
    from pypinyin import Style, pinyin  # a third of a second, on the first search

    found = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")
    spelt = [form for one in found[:1] for form in (typed(sound) for sound in one)] or [character]
    return tuple(dict.fromkeys([*spelt, *(form.replace("v", "u") for form in spelt if found)]))


def initials(character: str) -> tuple[str, ...]:
    """The first letter of every reading of a character."""
    return tuple(dict.fromkeys(reading[0] for reading in readings(character)))


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Names with a text in them, by their positions, each once: shape (n,), and whether it begins the name or is all
    of it."""

    name: Positions
    begins: Flags
    whole: Flags


@dataclass(frozen=True, slots=True)
class _Spellings:
    """The numbers of the characters that each spelling may stand for; `longest` is that of the longest spelling."""

    numbers: Mapping[str, Sequence[int]]
    longest: int

    def at(self, text: str, place: int, *, begun: bool) -> list[tuple[int, Sequence[int]]]:
        """What one character at `place` of a text can be: where its spelling ends, and the characters.

        With `begun` the text may end before the spelling does.
        """
        ends = range(place + 1, min(place + self.longest, len(text)) + 1)
        found = [(end, self.numbers[text[place:end]]) for end in ends if text[place:end] in self.numbers]
        rest = text[place:]
        if begun and len(rest) < self.longest:
            longer = (own for one, own in self.numbers.items() if len(one) > len(rest) and one.startswith(rest))
            found.append((len(text), sorted({number for own in longer for number in own})))
        return found


class Names:
    """n names, laid out as one row of numbered characters, 0 after each name. Safe to share between threads."""

    def __init__(self, names: Sequence[str]) -> None:
        folded = [typed(name) for name in names]
        self._characters = sorted(set().union(*folded))
        number = {character: at for at, character in enumerate(self._characters, start=1)} | {"\n": 0}
        self._row = np.array([number[one] for name in folded for one in f"{name}\n"], dtype=np.int32)
        lengths = np.array([len(name) + 1 for name in folded], dtype=np.int64)
        self._name = np.repeat(np.arange(len(folded)), lengths)
        self._start = np.cumsum(lengths) - lengths
        self._end = self._start + lengths - 1
        # Character c stands at _order[_first[c]:_first[c + 1]].
        self._order = np.argsort(self._row, kind="stable")
        self._first = np.searchsorted(self._row[self._order], np.arange(len(self._characters) + 2))

    def containing(self, text: str) -> Found:
        """The names that have `text` as a part; here and below the text is as `typed` leaves it."""
        return self._found(text, self._as_written)

    def sounding(self, text: str) -> Found:
        """The names that have a part which is read so; its last syllable may be begun only."""
        return self._found(text, self._as_read, begun=True)

    def with_initials(self, text: str) -> Found:
        """The names that have a part whose characters are read with these first letters."""
        return self._found(text, self._as_initials)

    @cached_property
    def _as_written(self) -> _Spellings:
        return self._spelt(lambda character: character)

    @cached_property
    def _as_read(self) -> _Spellings:
        return self._spelt(readings)

    @cached_property
    def _as_initials(self) -> _Spellings:
        return self._spelt(initials)

    def _spelt(self, spell: Callable[[str], Collection[str]]) -> _Spellings:
        found: dict[str, list[int]] = {}
        for number, character in enumerate(self._characters, start=1):
            for spelling in spell(character):
                found.setdefault(spelling, []).append(number)
        return _Spellings(found, max(map(len, found), default=0))

    def _found(self, text: str, spellings: _Spellings, *, begun: bool = False) -> Found:
        """Where characters in a row are spelt as `text`, place by place of it.

        `spans[place]` are those that spell it up to there, each as its first position times LONGEST, and its length.
        """
        spans: list[list[Positions]] = [[] for _ in range(len(text) + 1)]
        for place in range(len(text)):
            if place and not spans[place]:
                continue
            several = len(spans[place]) > 1  # by which the same characters may have come twice
            so_far = np.unique(np.concatenate(spans[place])) if several else spans[place][0] if place else None
            for end, characters in spellings.at(text, place, begun=begun):
                spans[end].append(self._begun(characters) if so_far is None else self._go_on(so_far, characters))
        return self._names_of(np.concatenate([np.empty(0, np.int64), *spans[-1]]))

    def _begun(self, characters: Sequence[int]) -> Positions:
        """Spans of one of these characters each."""
        places = [self._order[self._first[one] : self._first[one + 1]] for one in characters]
        return np.concatenate([np.empty(0, np.int64), *places]) * LONGEST + 1

    def _go_on(self, spans: Positions, characters: Sequence[int]) -> Positions:
        """Those of the spans that one of these characters follows, with it."""
        is_one = np.zeros(len(self._first), dtype=np.bool_)
        is_one[list(characters)] = True
        going_on: Positions = spans[is_one[self._row[spans // LONGEST + spans % LONGEST]]] + 1
        return going_on

    def _names_of(self, spans: Positions) -> Found:
        start, length = spans // LONGEST, spans % LONGEST
        name = self._name[start]
        begins = start == self._start[name]
        whole = begins & (start + length == self._end[name])
        has, begun, all_of_it = (self._flags(one) for one in (name, name[begins], name[whole]))
        once = np.flatnonzero(has)
        return Found(once, begun[once], all_of_it[once])

    def _flags(self, names: Positions) -> Flags:
        flags = np.zeros(len(self._start), dtype=np.bool_)
        flags[names] = True
        return flags
