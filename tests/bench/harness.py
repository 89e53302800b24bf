"""A small stop-watch: ours and its peers in turns on the same machine, one table line a figure.

Nothing here judges a time: a figure is read beside its bar and its peer, both printed on the same line.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

ROUNDS = 5
"""Ours and every peer are measured in turns, so that a slow minute of the machine is everybody's."""


def medians(callers: Mapping[str, Callable[[Any], Any]], questions: Sequence[Any]) -> dict[str, float]:
    """The median seconds of one call of each, over all questions and rounds."""
    for ask in callers.values():
        ask(questions[0])  # what is built on first use is not what is measured
    taken: dict[str, list[float]] = {name: [] for name in callers}
    share = max(len(questions) // ROUNDS, 1)
    for turn in range(ROUNDS):
        for name, ask in callers.items():
            for question in questions[turn * share : (turn + 1) * share] or questions[:1]:
                begin = time.perf_counter()
                ask(question)
                taken[name].append(time.perf_counter() - begin)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def report(
    figure: str,
    seconds: Mapping[str, float],
    *,
    unit: str,
    bar: float | None = None,
    per_call: int = 1,
    notes: Mapping[str, str] | None = None,
) -> None:
    """Print ours beside its bar, then one line for each peer. `seconds` names ours first; `unit` is us, ms or /s."""
    scale = {"us": 1e6, "ms": 1e3, "/s": 0.0}[unit]
    ours_name, *peers = seconds
    ours_s = seconds[ours_name]

    def shown(value: float) -> str:
        return f"{per_call / value:12,.0f}/s" if unit == "/s" else f"{value * scale:12,.1f} {unit}"

    notes = notes or {}
    bar_text = "" if bar is None else f"bar {bar:,.0f} {unit}".replace(" /s", "/s")
    print(f"\n{figure}\n  {ours_name:<44}{shown(ours_s)}  {bar_text:<16}{notes.get(ours_name, '')}")
    for peer in peers:
        ratio = seconds[peer] / ours_s
        print(f"  {peer:<44}{shown(seconds[peer])}  ours is {ratio:6.2f}x as fast  {notes.get(peer, '')}")
