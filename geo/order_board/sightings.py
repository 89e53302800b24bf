"""Where the members of called teams were seen: at the ordered station, or elsewhere on their way to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Final

import numpy as np

from geo.board import Board, Order
from geo.board.arriving import microseconds_of
from geo.board.pairing import UNKNOWN
from geo.calendar import to_china
from geo.events import Arrival

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_OPEN_GOOD: Final = timedelta(days=1)
"""A presence whose end is not known holds for its first night only: a forgotten check-out must not count for ever."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A member was somewhere from `begin` to `left` (None: as far as is known, still).

    `village_code` is where it counts, None where nowhere; `lon` and `lat` are WGS84 degrees, None for a stay on paper
    and for a report. `reported`: by an arrival report on the order itself.
    """

    begin: datetime
    left: datetime | None
    event: int
    village_code: str | None
    lon: float | None = None
    lat: float | None = None
    reported: bool = False


def sightings(board: Board, order: Order, until: datetime) -> Mapping[str, Mapping[str, list[Sighting]]]:
    """For each team and member what was seen of them from T0 to `until`, both included, in the order of time.

    The presence that was under way at T0 is the first of them.
    """
    found: defaultdict[str, defaultdict[str, list[Sighting]]] = defaultdict(lambda: defaultdict(list))
    for team_id, member_id, one in _presences(board, order, until):
        found[team_id][member_id].append(one)
    for event, body in board.duty.of(Arrival):
        if body.order_id == order.order_id and order.issued_at <= event.at <= until:
            seen = Sighting(event.at, None, event.sequence, body.village_code, reported=True)
            found[body.team_id][body.member_id].append(seen)
    for members in found.values():
        for own in members.values():
            own.sort(key=lambda one: (one.begin, one.event))
    return found


def _presences(board: Board, order: Order, until: datetime) -> Iterator[tuple[str, str, Sighting]]:
    """Team, named member and sighting of the presences that matter."""
    presence = board.present.presence
    begin, left = presence.rows["begin"], presence.known.left
    issued_us, until_us = microseconds_of(order.issued_at), microseconds_of(until)
    is_open = left == UNKNOWN
    under_way = np.where(is_open, begin > issued_us - _OPEN_GOOD // timedelta(microseconds=1), left > issued_us)
    matters = (begin <= until_us) & ((begin >= issued_us) | under_way)
    rows = np.flatnonzero(presence.known.counts & matters & (presence.rows["member"] >= 0))
    words, villages = presence.words.words, presence.villages.words
    for row in rows.tolist():
        team, member, village = (int(presence.rows[name][row]) for name in ("team", "member", "village"))
        lon, lat = float(presence.rows["lon"][row]), float(presence.rows["lat"][row])
        yield (
            words[team],
            words[member],
            Sighting(
                begin=_instant(int(begin[row])),
                left=None if is_open[row] or left[row] > until_us else _instant(int(left[row])),
                event=int(presence.rows["sequence"][row]),
                village_code=villages[village] if village >= 0 else None,
                lon=lon if isfinite(lon) else None,
                lat=lat if isfinite(lat) else None,
            ),
        )


def _instant(microseconds: int) -> datetime:
    return to_china(_EPOCH + timedelta(microseconds=microseconds))
