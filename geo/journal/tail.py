"""What the write-ahead log still holds beyond the last good commit.

SQLite takes the log's frames up to the last commit whose checksums are right, and drops the rest without a word. After
a kill the rest is a write that nobody was told of; after a damage it may be more. Format: sqlite.org/fileformat2.html,
section 4.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from os import SEEK_CUR
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

_HEADER: Final = struct.Struct(">8I")
_FRAME: Final = struct.Struct(">6I")
_SUMMED_HEADER, _SUMMED_FRAME = 24, 8
"""The first bytes of both that the checksum covers; those of a frame go before its page."""

Words = npt.NDArray[np.uint32]
Sums = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Cut:
    """Frames of the log that end or precede a commit and are not taken: `dropped` of `frames`."""

    frames: int
    dropped: int

    def __str__(self) -> str:
        return f"of the last {self.frames} pages written {self.dropped} were torn or damaged and were cut off"


def log_of(path: Path) -> Path:
    """The write-ahead log of the file at `path`."""
    return path.with_name(f"{path.name}-wal")


def cut_of(log: Path) -> Cut | None:
    """What SQLite does not take of the log that a former program left; None when that is nothing or was never whole.

    Only while no program writes to it.
    """
    taken = commits = 0
    if log.exists():
        for number, (is_good, is_commit) in enumerate(_frames(log), 1):
            if is_commit:
                commits, taken = number, number if is_good else taken
    return Cut(commits, commits - taken) if commits > taken else None


def _frames(log: Path) -> Iterator[tuple[bool, bool]]:
    """For each frame of the log's present round whether SQLite takes it, and whether it ends a commit."""
    with log.open("rb") as file:
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            return
        magic, _, page_bytes, _, *salts, first, second = _HEADER.unpack(header)
        order = ">u4" if magic & 1 else "<u4"
        is_good = _sums(header[:_SUMMED_HEADER], order, (0, 0)) == (first, second)
        sums, number = (first, second), 0
        page_bytes = page_bytes if is_good else 4096
        while len(frame := file.read(_FRAME.size)) == _FRAME.size:
            page = file.read(page_bytes) if is_good else b""
            if not is_good:
                file.seek(page_bytes, SEEK_CUR)
            _, size_after, *own_salts, first, second = _FRAME.unpack(frame)
            number += 1
            if number == 1 and not is_good:
                salts = own_salts  # the header is damaged: the round is told by its first frame
            sums = _sums(frame[:_SUMMED_FRAME] + page, order, sums) if is_good else sums
            is_good = is_good and len(page) == page_bytes and own_salts == salts and sums == (first, second)
            yield is_good, bool(size_after) and own_salts == salts


def _sums(content: bytes, order: str, before: Sums) -> Sums:
    """The log's checksum, carried on: each sum is the two before it and the next word, so words count by Fibonacci."""
    words = np.frombuffer(content[: len(content) // 8 * 8], order).astype(np.uint32)
    numbers, backwards = _fibonacci(len(words) + 1), words[::-1]
    last = int((backwards * numbers[:-1]).sum(dtype=np.uint32)) + _carried(before, numbers[-2:])
    but_one = int((backwards[1:] * numbers[:-2]).sum(dtype=np.uint32)) + _carried(before, numbers[-3:-1])
    return but_one & 0xFFFFFFFF, last & 0xFFFFFFFF


def _carried(before: Sums, numbers: Words) -> int:
    return before[0] * int(numbers[0]) + before[1] * int(numbers[1])


@cache
def _fibonacci(count: int) -> Words:
    """The first numbers, 1, 1, 2, 3 …, modulo 2**32."""
    numbers = [1, 1]
    while len(numbers) < count:
        numbers.append((numbers[-1] + numbers[-2]) & 0xFFFFFFFF)
    return np.array(numbers[:count], dtype=np.uint32)
