"""How a GIS is to draw a layer: one symbol, or one for each value of a column. Colours are handed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Symbol:
    """One class of rows: what it is called, and its colours as `#rrggbb`; `fill` None is see-through."""

    label: str
    stroke: str
    fill: str | None = None
    stroke_px: float = 1
    opacity: float = 1
    value: str | int | None = None
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Legend:
    """The layer's title and symbols. With `column` each symbol stands for one of its values, without for all rows.

    `headings` are what columns are called, by name.
    """

    title: str
    symbols: tuple[Symbol, ...]
    column: str | None = None
    headings: Mapping[str, str] = field(default_factory=dict)
