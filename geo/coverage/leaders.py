"""Stationed city leaders: the nights that each kept in the assigned town in a calendar month, and the state (R10, R12).

A leader checks in, or declares a night, with the own id both as team and as member. Any village of the assigned town
counts, and a check-in at the town's command post, as far from it as one may be from a village (R06).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np

from geo import crs
from geo.atlas import Atlas, Provenance
from geo.board import Board, Record
from geo.board.presence import Presence
from geo.calendar import Month, to_china
from geo.coverage.days import DAY_US, Flags, Span, day_number, day_of, local_us
from geo.coverage.nights import covered, recorded, spending
from geo.coverage.services import Positions
from geo.rules import LeaderRules
from geo.terms import StayState


@dataclass(frozen=True, slots=True)
class LeaderMonth:
    """One leader in one month: as `VillageStays`, for the leader's town."""

    leader_id: str
    title: str
    town_code: str
    town_name: str | None
    state: StayState
    nights: int
    quota: int
    shortfall: int
    nights_left: int
    evenings: tuple[date, ...]
    reason: str
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LeaderCoverage:
    """All stationed leaders in one month, in the order of their ids."""

    month: Month
    at: datetime
    rules: LeaderRules
    leaders: tuple[LeaderMonth, ...]
    provenance: Provenance

    def where(self, is_seen: Callable[[str], bool]) -> LeaderCoverage:
        """Of the leaders only those in towns whose code `is_seen`."""
        return replace(self, leaders=tuple(one for one in self.leaders if is_seen(one.town_code)))

    @property
    def counts(self) -> dict[StayState, int]:
        """How many leaders are in each state, every state named."""
        met = Counter(leader.state for leader in self.leaders)
        return {state: met[state] for state in StayState}


def leader_coverage(
    atlas: Atlas, board: Board, month: Month, *, at: datetime, rules: LeaderRules | None = None
) -> LeaderCoverage:
    """The state of every stationed leader in `month`, as seen at the instant `at`.

    As long as no leader was ever recorded anywhere, nothing is known of any: `no_data`.
    """
    rules, at = rules or atlas.rules.leaders, to_china(at)
    span = Span.of(month.first, month.last.day, at, atlas.rules.stays.night)
    frame = atlas.layers["leaders"]
    rows = _rows_of(board.present.presence, frame["leader_id"].tolist())
    is_told = any(len(own) for own in rows)
    record = board.record if is_told and board.record is not None and _tells_of(board.record, span) else None
    town_names = {area.town_code: area.town_name for area in atlas.villages}
    leaders = []
    for leader, own in zip(frame.to_dict("records"), rows, strict=True):
        town = leader["town_code"]
        found = _judged(
            board,
            _in_town(board, own, town),
            _serves(leader["assigned_from"], leader["assigned_to"], span),
            _exempt(board, town, span),
            span,
            record,
            rules,
        )
        leaders.append(LeaderMonth(leader["leader_id"], leader["title"], town, town_names.get(town), *found))
    return LeaderCoverage(month, at, rules, tuple(leaders), board.provenance)


_Judgement = tuple[StayState, int, int, int, int, tuple[date, ...], str, tuple[int, ...]]
"""State, nights, quota, shortfall, nights left, evenings, reason, evidence."""


def _judged(
    board: Board, rows: Positions, serves: Flags, exempt: Flags, span: Span, record: Record | None, rules: LeaderRules
) -> _Judgement:
    presence = board.present.presence
    check_in, left_at = presence.rows["begin"][rows], presence.known.left[rows]
    is_open = np.isnat(presence.known.check_out[rows].view("datetime64[us]"))
    row, evening = covered(check_in, left_at, is_open, span, board.record)
    counts = (serves & span.over)[evening - span.first]
    row, evening = row[counts], evening[counts]
    kept = np.zeros_like(serves)
    kept[evening - span.first] = True
    still = span.open_to_all.copy()
    if span.tonight is not None and len(spending(check_in, left_at, is_open, span.tonight, span)):
        still[span.tonight - span.first] = True
    nights, left = int(kept.sum()), int((serves & ~span.over & still).sum())
    unknown = int((serves & span.over & ~kept & ~recorded(record, span)).sum())
    state, reason = _state(nights, left, unknown, int(serves.sum()), int((serves & ~exempt).sum()), record, rules)
    owed = max(rules.quota_nights - nights, 0) if state in (StayState.CURABLE, StayState.LOST) else 0
    evenings = tuple(day_of(one) for one in np.unique(evening).tolist())
    evidence = tuple(np.unique(presence.rows["sequence"][rows[row]]).tolist())
    return state, nights, rules.quota_nights, owed, left, evenings, reason, evidence


def _state(
    nights: int, left: int, unknown: int, days: int, owing: int, record: Record | None, rules: LeaderRules
) -> tuple[StayState, str]:
    count = f"{nights} of {rules.quota_nights} nights kept"
    owed = rules.quota_nights - nights
    if record is None:
        return StayState.NO_DATA, "the month is outside the record of leaders' stays"
    if days < rules.assessed_from_days:
        return StayState.NOT_ASSESSED, f"assigned for {days} day(s) of the month (R12)"
    if owing < rules.assessed_from_days:
        return StayState.EXEMPT, f"exempt but for {owing} day(s) of the month (R12)"
    if owed <= 0:
        return StayState.MET, f"{count} (R10)"
    if owed > left and owed <= left + unknown:
        return StayState.NO_DATA, f"{count}; {unknown} night(s) are outside the record"
    state = StayState.CURABLE if owed <= left else StayState.LOST
    return state, f"{count}; {owed} owed and {left} night(s) left (R10)"


def _rows_of(presence: Presence, leader_ids: Sequence[str]) -> list[Positions]:
    """The presences that each leader told of with the own id as team and as member, by their rows."""
    codes = [presence.words.find(leader_id) for leader_id in leader_ids]
    team = presence.rows["team"]
    own = np.flatnonzero(np.isin(team, codes) & (team == presence.rows["member"]) & presence.known.counts)
    return [own[team[own] == code] for code in codes]


def _in_town(board: Board, rows: Positions, town_code: str) -> Positions:
    """Those of the presences in a village of a town, or at its command post."""
    if not len(rows):
        return rows
    presence, ground = board.present.presence, board.ground
    codes = presence.villages.spelt(presence.rows["village"][rows]).tolist()
    inside = np.array([code is not None and code.startswith(town_code) for code in codes], dtype=np.bool_)
    stations = board.atlas.layers["stations"]
    for post in stations.geometry[stations["code"] == town_code]:
        lon, lat = presence.rows["lon"][rows], presence.rows["lat"][rows]
        placed = np.isfinite(lon) & np.isfinite(lat)
        there = np.full(len(rows), post.x), np.full(len(rows), post.y)
        far_m = crs.distance_m(np.where(placed, lon, post.x), np.where(placed, lat, post.y), *there)
        inside |= placed & (far_m <= ground.margin_m)
    in_town: Positions = rows[inside]
    return in_town


def _serves(first: date | None, last: date | None, span: Span) -> Flags:
    """On which days of the span a leader is assigned."""
    serves = np.ones(len(span.days), dtype=np.bool_)
    if first is not None:
        serves &= day_number(first) <= span.days
    if last is not None:
        serves &= span.days <= day_number(last)
    return serves


def _exempt(board: Board, town_code: str, span: Span) -> Flags:
    """On which days the headquarters exempted the whole town, or the county."""
    exempt = np.zeros(len(span.days), dtype=np.bool_)
    for one in board.duty.exemptions:
        if not {town_code, town_code[:6]}.isdisjoint(one.scope):
            exempt |= (day_number(one.first_day) <= span.days) & (span.days <= day_number(one.last_day))
    return exempt


def _tells_of(record: Record, span: Span) -> bool:
    return day_number(record.first_evening) <= span.days[-1] and span.first * DAY_US <= local_us(record.until)
