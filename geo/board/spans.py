"""In which village a team serves on which day: what the register says, and the assignments recorded since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.events import Assignment

Days = npt.NDArray[np.datetime64]
Span = tuple[np.datetime64, np.datetime64, str]
"""First day, last day, village code."""

EARLIEST: Final = np.datetime64("0001-01-01", "D")
LATEST: Final = np.datetime64("9999-12-31", "D")
_DAY: Final = np.timedelta64(1, "D")


@dataclass(frozen=True, eq=False)
class Spans:
    """Spans of days without overlap, in the order of teams and days, shape (n,); `team` are positions in the teams."""

    team: npt.NDArray[np.intp]
    village_code: tuple[str, ...]
    first: Days
    last: Days

    @cached_property
    def by_team(self) -> Mapping[int, tuple[tuple[int, int, str], ...]]:
        """For each team its spans as days since 1970, both ends, and the village's code."""
        held: dict[int, tuple[tuple[int, int, str], ...]] = {}
        ends = self.first.astype(np.int64).tolist(), self.last.astype(np.int64).tolist()
        for team, *span in zip(self.team.tolist(), *ends, self.village_code, strict=True):
            held[team] = (*held.get(team, ()), (span[0], span[1], span[2]))
        return held

    @cached_property
    def services(self) -> Mapping[tuple[int, str], tuple[int, ...]]:
        """The spans of each team in each village, in which it may serve more than once."""
        held: dict[tuple[int, str], tuple[int, ...]] = {}
        for span, service in enumerate(zip(self.team.tolist(), self.village_code, strict=True)):
            held[service] = (*held.get(service, ()), span)
        return held

    def village_on(self, team: int, day: int) -> str | None:
        """Where a team serves on a day, counted from 1970; None where it does not."""
        for first, last, village_code in self.by_team[team]:
            if first <= day <= last:
                return village_code
        return None


def spans_of(
    ids: Sequence[str], village_codes: Sequence[str], first: Days, last: Days, assignments: Iterable[Assignment]
) -> Spans:
    """The register's span of each team, and above it the assignments: a later one stands above an earlier one."""
    moved: dict[str, list[Assignment]] = {}
    for one in assignments:
        moved.setdefault(one.team_id, []).append(one)
    spans: list[tuple[int, Span]] = []
    for position, (team_id, *own) in enumerate(zip(ids, first, last, village_codes, strict=True)):
        held: list[Span] = [(own[0], own[1], own[2])]
        for one in moved.get(team_id, ()):
            last_day = LATEST if one.last_day is None else np.datetime64(one.last_day, "D")
            held = _laid_over(held, (np.datetime64(one.first_day, "D"), last_day, one.village_code))
        spans += [(position, span) for span in held]
    return Spans(
        team=np.array([team for team, _ in spans], dtype=np.intp),
        village_code=tuple(str(span[2]) for _, span in spans),
        first=np.array([span[0] for _, span in spans], dtype="datetime64[D]"),
        last=np.array([span[1] for _, span in spans], dtype="datetime64[D]"),
    )


def _laid_over(held: list[Span], new: Span) -> list[Span]:
    """Spans with a new one above them; neighbours in the same village become one."""
    cut = [span for span in held if span[1] < new[0] or new[1] < span[0]]
    for first, last, village in held:
        if first < new[0] <= last:
            cut.append((first, new[0] - _DAY, village))
        if first <= new[1] < last:
            cut.append((new[1] + _DAY, last, village))
    joined: list[Span] = []
    for span in sorted([*cut, new]):
        if joined and joined[-1][2] == span[2] and joined[-1][1] + _DAY == span[0]:
            joined[-1] = (joined[-1][0], span[1], span[2])
        else:
            joined.append(span)
    return joined
