"""What the record tells of teams at an instant: who was last seen where, who keeps the night, who is at an incident."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.board import Board, Committed, Teams
from geo.board.pairing import UNKNOWN
from geo.board.spans import Spans
from geo.board.timeline import Presences, began_between, lasting_over
from geo.calendar import CHINA, DAY, midnight_after
from geo.index import Mask

Positions = npt.NDArray[np.intp]
Instants = npt.NDArray[np.int64]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NEVER: Final = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Where teams were last seen, as (lon, lat) in WGS84 degrees by their positions, and when that began and ends."""

    places: Mapping[int, tuple[float, float]]
    from_us: int | None
    until_us: int | None


def microseconds(at: datetime) -> int:
    """Microseconds of UTC since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def instant(at_us: int) -> datetime:
    """The instant, in China Standard Time."""
    return (_EPOCH + at_us * _MICROSECOND).astimezone(CHINA)


def villages_on(board: Board, day: date) -> Positions:
    """The village in which each team serves on a day, as a position in the Atlas; -1 for none. Shape (teams,)."""
    spans, position, first, last = _villages_of_spans(board)
    number = day.toordinal()
    on_day = ((first <= number) & (number <= last)).nonzero()[0]
    found = np.full(len(board.teams.ids), -1, dtype=np.intp)
    found[spans.team[on_day]] = position[on_day]
    return found


def _villages_of_spans(board: Board) -> tuple[Spans, Positions, Instants, Instants]:
    """The teams' spans with their villages as positions and their days as ordinals, found once for the same spans."""
    spans, kept = board.teams.spans, board.kept.get("spans")
    if kept is None or kept[0] is not spans:
        position, epoch = board.ground.position, date(1970, 1, 1).toordinal()
        villages = np.array([position.get(code, -1) for code in spans.village_code], dtype=np.intp)
        first, last = (days.astype(np.int64) + epoch for days in (spans.first, spans.last))
        kept = board.kept["spans"] = spans, villages, first, last
    found: tuple[Spans, Positions, Instants, Instants] = kept
    return found


def seen_around(board: Board, at: datetime, first: datetime, last: datetime, fresh_s: int) -> Seen:
    """The last check-in of each team that is younger than `fresh_s` and not checked out (R15a).

    `from_us` and `until_us` bound the instants of first..last with the same answer, None where it does not change.
    """
    fresh_us, at_us = fresh_s * 1_000_000, microseconds(at)
    near = began_between(board, microseconds(first) - fresh_us, microseconds(last) - 1)
    if not len(near.row):
        return Seen({}, None, None)
    team, presence = _teams_of(board, near), board.present.presence
    lon, lat = near.of(presence, "lon"), near.of(presence, "lat")
    told = ((team >= 0) & np.isfinite(lon + lat)).nonzero()[0]  # a stay on paper has no place
    begin, left = near.begin[told], near.left[told]
    ends = begin + fresh_us
    is_over = (left != UNKNOWN) & (left < ends)
    ends[is_over] = left[is_over]
    holds = told[(begin <= at_us) & (at_us < ends)]
    holds = holds[np.lexsort((near.row[holds], near.begin[holds]))]  # of a team's check-ins the last one stays
    places = dict(zip(team[holds].tolist(), zip(lon[holds].tolist(), lat[holds].tolist(), strict=True), strict=True))
    turns = np.concatenate([begin, ends])
    after = turns > at_us
    turns_before, turns_after = turns[~after], turns[after]
    return Seen(
        places,
        int(turns_before.max()) if len(turns_before) else None,
        int(turns_after.min()) if len(turns_after) else None,
    )


def nights_kept(board: Board, evening: date, until: datetime, village: Positions) -> Mask:
    """Which teams have a member in their `village` for the night of an evening, as far as is known (R07, R15a).

    A presence counts from 24:00 to `until`; one without a check-out that still lasts holds for its first night.
    """
    begins = microseconds(midnight_after(evening))
    ends = microseconds(until)
    first = began_between(board, microseconds(midnight_after(evening - DAY)), begins)
    kept = np.zeros(len(village), dtype=bool)
    for near, lasts in (
        (first, (first.left == UNKNOWN) | (first.left >= ends)),
        (longer := lasting_over(board, begins, ends), np.ones(len(longer.row), dtype=bool)),
    ):
        team, here = _teams_of(board, near), near.of(board.present.presence, "village")
        counts = lasts & (team >= 0) & (here >= 0)
        counts &= here == village[team]
        kept[team[counts]] = True
    return kept


def _teams_of(board: Board, near: Presences) -> Positions:
    """The teams of presences, as positions; -1 for what is no team of the register."""
    words, ids = board.present.presence.words, board.teams.ids
    kept = board.kept.get("codes of teams")
    if kept is None or kept[0] is not ids or kept[1] is not words or kept[2] != len(words.words):
        count = len(words.words)
        codes = np.array([words.find(team_id) for team_id in ids], dtype=np.int64)
        position = np.full(count + 1, -1, dtype=np.intp)  # the last one is that of no word
        known = np.flatnonzero((codes >= 0) & (codes < count))
        position[codes[known]] = known
        kept = board.kept["codes of teams"] = ids, words, count, position
    found: Positions = kept[3][near.of(board.present.presence, "team")]
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Commitments:
    """Every commitment of a known team, as columns."""

    of: tuple[Committed, ...]
    team: Positions
    from_us: Instants
    until_us: Instants

    def at(self, at_us: int) -> Positions:
        """Those that hold at an instant."""
        return ((self.from_us <= at_us) & (at_us < self.until_us)).nonzero()[0]


def commitments(board: Board) -> Commitments:
    """The Board's commitments, made into columns once for the same ones."""
    teams, told = board.teams, board.teams.commitments
    kept = board.kept.get("commitments")
    if kept is None or kept[0] is not told or kept[1] is not teams.ids:
        kept = board.kept["commitments"] = told, teams.ids, _columns(teams, told)
    columns: Commitments = kept[2]
    return columns


def _columns(teams: Teams, told: tuple[Committed, ...]) -> Commitments:
    known = [one for one in told if one.team_id in teams.position]
    ends = [_NEVER if one.until is None else microseconds(one.until) for one in known]
    return Commitments(
        of=tuple(known),
        team=np.array([teams.position[one.team_id] for one in known], dtype=np.intp),
        from_us=np.array([microseconds(one.from_at) for one in known], dtype=np.int64),
        until_us=np.array(ends, dtype=np.int64),
    )
