"""What layers that act on roads have in common: the effect, the speed that is left, and the time it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from geo.layers.spec import RowFault
from geo.terms import RoadEffect

Rule = Callable[[pd.DataFrame], Iterator[RowFault]]


def speed_fits_effect(effect: str, speed: str) -> Rule:
    """The rule that a slowed road has a speed, and a closed one or one without effect has none."""

    def rule(rows: pd.DataFrame) -> Iterator[RowFault]:
        slowed, told = rows[effect] == RoadEffect.SLOWED, rows[speed].notna()
        for position in (slowed & ~told).to_numpy().nonzero()[0].tolist():
            yield position, speed, None, "a slowed road needs the speed that is left", "give it in km/h"
        for position in (told & ~slowed).to_numpy().nonzero()[0].tolist():
            met = rows[effect].iloc[position]
            problem = f"is given without {effect}" if pd.isna(met) else f"has no meaning where {effect} is {met}"
            yield position, speed, rows[speed].iloc[position], problem, "only a slowed road has a speed"

    return rule


def not_backwards(start: str, end: str) -> Rule:
    """The rule that the instant `end` is not before `start`, where both are told."""

    def rule(rows: pd.DataFrame) -> Iterator[RowFault]:
        for position in (rows[end] < rows[start]).to_numpy().nonzero()[0].tolist():
            began, ended = rows[start].iloc[position].isoformat(), rows[end].iloc[position].isoformat()
            yield position, end, ended, f"is before {start} {began}", ""

    return rule
