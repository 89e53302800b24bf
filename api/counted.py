"""How often what was asked for was at hand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Counted:
    """Found at hand, or made. Shelves that follow one another go on counting in the same; they hold its lock."""

    hits: int = 0
    misses: int = 0
