"""One person, one night, one place (R07): which stays a new one would overlap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from geo.board import Board
from geo.board.arriving import microseconds_of
from geo.board.pairing import UNKNOWN
from geo.calendar import CHINA, DAY, NightRules
from geo.events import StayDeclared
from geo.events.bodies import EVENING, morning_after

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Held:
    """A member in a village, from `begin` up to but not with `end`, by a declared stay or by check-ins."""

    begin: datetime
    end: datetime
    village_code: str
    is_declared: bool
    label: str

    def overlaps(self, other: Held) -> bool:
        """Whether both cover an instant."""
        return self.begin < other.end and other.begin < self.end

    def __str__(self) -> str:
        begin, end = self.begin.astimezone(CHINA), self.end.astimezone(CHINA)
        return f"{self.label} in {self.village_code} from {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"


class Whereabouts:
    """Where the members of one call's events are, by the Board and by the events of the call before."""

    def __init__(self, board: Board, night: NightRules) -> None:
        self._board, self._night = board, night
        self._of: dict[str, dict[date, list[Held]]] = {}
        self._declared: dict[str, list[tuple[int, int]]] = {}
        self._added: dict[str, list[Held]] = {}

    def on(self, board: Board) -> None:
        """Go by another Board, on which something was corrected."""
        self._board, self._of, self._declared = board, {}, {}

    def in_the_way(self, member_id: str, new: Held) -> Held | None:
        """What a member's new stay or check-in overlaps, if anything.

        Two declared stays may never overlap. A declared stay and a check-in may, in the same village. A check-in ends
        the check-in before it, and is in nobody's way.
        """
        days = self._days_of(member_id)
        for day in _days(new):
            for held in days.get(day, ()):
                both = held.is_declared and new.is_declared
                either = (held.is_declared or new.is_declared) and held.village_code != new.village_code
                if (both or either) and held.overlaps(new):
                    return held
        return None

    def has_declared(self, member_id: str, at: datetime) -> bool:
        """Whether a stay that was declared for a member covers an instant, whatever else is known of them."""
        if any(one.is_declared and one.begin <= at < one.end for one in self._added.get(member_id, ())):
            return True
        instant = microseconds_of(at)
        return any(
            begin <= instant and (instant < end or begin == instant) for begin, end in self._declared_of(member_id)
        )

    def _declared_of(self, member_id: str) -> list[tuple[int, int]]:
        """Begin and end of the stays on the Board that were declared for a member."""
        if member_id not in self._declared:
            presence = self._board.present.presence
            rows = presence.rows_of(member_id)
            rows = rows[presence.rows["declared"][rows]]
            begin, end = (presence.rows[name][rows].tolist() for name in ("begin", "told_end"))
            self._declared[member_id] = list(zip(begin, end, strict=True))
        return self._declared[member_id]

    def add(self, member_id: str, new: Held) -> None:
        """Take an event of the call into account."""
        _put(self._days_of(member_id), new)
        self._added.setdefault(member_id, []).append(new)

    def _days_of(self, member_id: str) -> dict[date, list[Held]]:
        if member_id not in self._of:
            days: dict[date, list[Held]] = {}
            for held in (*_on_board(self._board, member_id, self._night), *self._added.get(member_id, ())):
                _put(days, held)
            self._of[member_id] = days
        return self._of[member_id]


def declared(body: StayDeclared, label: str, night: NightRules) -> Held:
    """A declared stay as it stands in the way of others: without times it holds until the night's end (05:00).

    Of an open stay only its first instant is known.
    """
    if body.check_in is None:
        end = night.ends(body.night)
    else:
        end = body.check_in + _INSTANT if body.check_out is None else body.check_out
    return Held(body.begins_at, end, body.village_code, True, label)


def checked_in(at: datetime, village_code: str, label: str) -> Held:
    """A check-in as it stands in the way of a declared stay elsewhere: at its instant."""
    return Held(at, at + _INSTANT, village_code, False, label)


def _on_board(board: Board, member_id: str, night: NightRules) -> Iterator[Held]:
    presence = board.present.presence
    rows = presence.rows_of(member_id)
    if not len(rows):
        return
    known, villages, stay_ids = presence.known, presence.villages.words, presence.words.words
    names = ("begin", "village", "declared", "sequence", "stay_id")
    columns: list[list[Any]] = [presence.rows[name][rows].tolist() for name in names]
    ends = zip(known.check_out[rows].tolist(), known.left[rows].tolist(), strict=True)
    for begin, village, is_declared, sequence, stay_id, (check_out, left) in zip(*columns, ends, strict=True):
        if village < 0:
            continue
        began = _instant(begin)
        if is_declared:
            end = began + _INSTANT if check_out == UNKNOWN else _declared_end(began, _instant(check_out), night)
        else:
            # An open presence counts for its first night only, and only so long is it in the way.
            evening = (began.astimezone(CHINA) - _INSTANT).date()
            first_night = max(night.ends(evening), began + _INSTANT)
            end = _instant(check_out) if check_out != UNKNOWN else first_night
            end = end if left == UNKNOWN else min(end, _instant(left))
        name = f"stay {stay_ids[stay_id]} (event {sequence})" if stay_id >= 0 else f"event {sequence}"
        yield Held(began, end, villages[village], is_declared, name)


def _declared_end(began: datetime, check_out: datetime, night: NightRules) -> datetime:
    """Until when a declared stay is in the way: one with the hours of a night that was told without any, as `declared`
    has it.
    """
    local = began.astimezone(CHINA)
    is_untimed = local.time() == EVENING and check_out == morning_after(local.date())
    return night.ends(local.date()) if is_untimed else check_out


def _instant(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def _days(held: Held) -> Iterator[date]:
    day, last = held.begin.astimezone(CHINA).date(), held.end.astimezone(CHINA).date()
    while day <= last:
        yield day
        day += DAY


def _put(days: dict[date, list[Held]], held: Held) -> None:
    for day in _days(held):
        days.setdefault(day, []).append(held)
