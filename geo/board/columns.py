"""Columns that only ever grow, shared by every Board of one history, and the words that their codes stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[Any]

_LEAST_ROOM: Final = 64


class _Room:
    """Arrays with room at their end. What was written is never written again, so what was handed out stays right."""

    def __init__(self, arrays: Mapping[str, Column], used: int) -> None:
        self.arrays, self.used, self.lock = dict(arrays), used, Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The first `length` rows of columns that may have been grown further since, for another Board."""

    room: _Room
    length: int

    @classmethod
    def of(cls, columns: Mapping[str, Column]) -> Table:
        """A table of these columns, which are taken over and all have the same length."""
        length = len(next(iter(columns.values())))
        return cls(_Room(columns, length), length)

    @classmethod
    def empty(cls, dtypes: Mapping[str, str]) -> Table:
        """A table without rows."""
        return cls.of({name: np.empty(0, dtype) for name, dtype in dtypes.items()})

    def __getitem__(self, name: str) -> Column:
        column = self.room.arrays[name][: self.length]
        column.flags.writeable = False
        return column

    def grown(self, rows: Mapping[str, Any]) -> Table:
        """The table and more rows, arrays or lists; those of the last Board are added in place, any other's to a copy.

        Where the same rows were added before, they are shared: a writer looks ahead at what all will see in a moment.
        """
        count = len(next(iter(rows.values())))
        if count == 0:
            return self
        room, length = self.room, self.length + count
        with room.lock:
            if room.used >= length and self._is_followed_by(rows, length):
                return Table(room, length)
            if room.used != self.length or length > len(next(iter(room.arrays.values()))):
                room = _Room(self._with_room_for(length), self.length)
            if count == 1:  # a slice costs three times as much
                for name, column in room.arrays.items():
                    column[self.length] = rows[name][0]
            else:
                for name, column in room.arrays.items():
                    column[self.length : length] = rows[name]
            room.used = length
        return Table(room, length)

    def _is_followed_by(self, rows: Mapping[str, Any], length: int) -> bool:
        for name, column in self.room.arrays.items():
            held, new = column[self.length : length], np.asarray(rows[name], dtype=column.dtype)
            if not np.array_equal(held, new, equal_nan=True):
                return False
        return True

    def _with_room_for(self, length: int) -> dict[str, Column]:
        arrays = {}
        for name, column in self.room.arrays.items():
            arrays[name] = np.empty(max(_LEAST_ROOM, length + length // 2), dtype=column.dtype)
            arrays[name][: self.length] = column[: self.length]
        return arrays


class Words:
    """Codes for words: numbers from 0, and -1 for none. Words are only added; Boards share them."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self.words: list[str] = []
        self._codes: dict[str | None, int] = {None: -1}
        self._lock = Lock()
        self.codes(list(words))

    def codes(self, words: list[Any]) -> npt.NDArray[np.int32]:
        """The code of each word; new ones are given to new words."""
        try:
            return np.fromiter(map(self._codes.__getitem__, words), np.int32, len(words))
        except KeyError:
            with self._lock:
                for word in dict.fromkeys(words):
                    if word not in self._codes:
                        self.words.append(word)
                        self._codes[word] = len(self.words) - 1
            return np.fromiter(map(self._codes.__getitem__, words), np.int32, len(words))

    def code(self, word: str | None) -> int:
        """The code of one word."""
        found = self._codes.get(word)
        return int(self.codes([word])[0]) if found is None else found

    def find(self, word: str) -> int:
        """The code of a word, -2 when it has none."""
        return self._codes.get(word, -2)

    def spelt(self, codes: npt.NDArray[np.int32]) -> npt.NDArray[np.object_]:
        """The words of codes, None for -1."""
        return np.array([*self.words, None], dtype=object)[codes]
