"""Files damaged as a failing disk or a careless hand does it: a bit flipped, or the end cut off."""

from __future__ import annotations

import random
from pathlib import Path

HEAD_BYTES = 8_192


def positions(size: int, count: int, chance: random.Random) -> list[int]:
    """Places in a file: a third in its head, a third near its end, a third anywhere."""
    near = min(HEAD_BYTES, size)
    head, end = (
        (chance.randrange(near) for _ in range(count // 3)),
        (size - 1 - chance.randrange(near) for _ in range(count // 3)),
    )
    return [*head, *end, *(chance.randrange(size) for _ in range(count - count // 3 * 2))]


def cut_short(path: Path, place: int, _: random.Random) -> None:
    """The file ends at `place`."""
    with path.open("r+b") as file:
        file.truncate(place)


def bit_flipped(path: Path, place: int, chance: random.Random) -> None:
    """One bit of the byte at `place` is another."""
    with path.open("r+b") as file:
        file.seek(place)
        (byte,) = file.read(1)
        file.seek(place)
        file.write(bytes([byte ^ 1 << chance.randrange(8)]))
