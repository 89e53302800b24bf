"""Coverage answers as JSON bodies: nights of villages and leaders, duty days, a team's week."""

from __future__ import annotations

from typing import Any

from api.models import stamp
from geo.coverage import (
    DutyCoverage,
    LeaderCoverage,
    LeaderMonth,
    NightsInVillage,
    StayCoverage,
    StayHistory,
    TeamDay,
    TeamWeek,
    VillageStays,
)


def stay_coverage(answer: StayCoverage) -> dict[str, Any]:
    """The body of a week's stay coverage; `by_attention` has the villages' codes, where it matters most first."""
    return {
        **stamp(answer.at, answer.provenance),
        "week": str(answer.week),
        "first_day": answer.week.monday.isoformat(),
        "last_day": answer.week.sunday.isoformat(),
        "quota_nights": answer.rules.quota_nights,
        "counts": {state.value: count for state, count in answer.counts.items()},
        "by_attention": [village.village_code for village in answer.by_attention],
        "villages": [village_stays(village) for village in answer.villages],
    }


def village_stays(village: VillageStays) -> dict[str, Any]:
    """One village's week."""
    return {
        "village_code": village.village_code,
        "village_name": village.village_name,
        "town_code": village.town_code,
        "town_name": village.town_name,
        "population": village.population,
        "state": village.state,
        "nights": village.nights,
        "quota": village.quota,
        "shortfall": village.shortfall,
        "nights_left": village.nights_left,
        "evenings": [evening.isoformat() for evening in village.evenings],
        "team_id": village.team_id,
        "curable_by": village.curable_by,
        "reason": village.reason,
        "evidence": village.evidence,
        "attention": village.attention,
    }


def stay_history(answer: StayHistory) -> dict[str, Any]:
    """The body of a range of weeks: for each village a state, and the nights kept, for each of `weeks`."""
    streaks = (answer.met.now, answer.met.longest, answer.lost.now, answer.lost.longest)
    rows = zip(answer.villages, answer.nights.tolist(), *(one.tolist() for one in streaks), strict=True)
    return {
        **stamp(answer.at, answer.provenance),
        "quota_nights": answer.rules.quota_nights,
        "weeks": [str(week) for week in answer.weeks],
        "villages": [
            {
                "village_code": area.code,
                "village_name": area.name,
                "town_code": area.town_code,
                "town_name": area.town_name,
                "states": answer.states_of(position),
                "nights": nights,
                "met_streak": met,
                "longest_met_streak": longest_met,
                "lost_streak": lost,
                "longest_lost_streak": longest_lost,
            }
            for position, (area, nights, met, longest_met, lost, longest_lost) in enumerate(rows)
        ],
    }


def leader_coverage(answer: LeaderCoverage) -> dict[str, Any]:
    """The body of a month of the stationed leaders."""
    return {
        **stamp(answer.at, answer.provenance),
        "month": str(answer.month),
        "quota_nights": answer.rules.quota_nights,
        "counts": {state.value: count for state, count in answer.counts.items()},
        "leaders": [_leader(leader) for leader in answer.leaders],
    }


def _leader(leader: LeaderMonth) -> dict[str, Any]:
    return {
        "leader_id": leader.leader_id,
        "title": leader.title,
        "town_code": leader.town_code,
        "town_name": leader.town_name,
        "state": leader.state,
        "nights": leader.nights,
        "quota": leader.quota,
        "shortfall": leader.shortfall,
        "nights_left": leader.nights_left,
        "evenings": [evening.isoformat() for evening in leader.evenings],
        "reason": leader.reason,
        "evidence": leader.evidence,
    }


def duty_coverage(answer: DutyCoverage) -> dict[str, Any]:
    """The body of a day's duty attendance."""
    return {
        **stamp(answer.at, answer.provenance),
        "date": answer.date.isoformat(),
        "full_strength": answer.rules.full_strength,
        "counts": {state.value: count for state, count in answer.counts.items()},
        "teams": [_team_day(one) for one in answer.teams],
    }


def _team_day(one: TeamDay) -> dict[str, Any]:
    return {
        "date": one.day.isoformat(),
        "village_code": one.village_code,
        "village_name": one.village_name,
        "town_code": one.town_code,
        "town_name": one.town_name,
        "team_id": one.team_id,
        "team_name": one.team_name,
        "kind": one.kind,
        "required": one.required,
        "state": one.state,
        "is_met": one.is_met,
        "members": one.members,
        "available": one.available,
        "reason": one.reason,
        "evidence": one.evidence,
    }


def team_week(answer: TeamWeek, *, named: bool) -> dict[str, Any]:
    """The body of a team's week; its members' ids are there for who may know them."""
    crew = answer.crew
    return {
        **stamp(answer.at, answer.provenance),
        "team_id": answer.team_id,
        "name": answer.name,
        "kind": answer.kind,
        "unit": answer.unit,
        "strength": crew.strength,
        "available": crew.available,
        "on_leave": len(crew.on_leave),
        "reserve": len(crew.reserve),
        "week": str(answer.week),
        "quota_nights": answer.quota,
        "owed": {"nights": answer.owed_nights, "days": [day.isoformat() for day in answer.owed_days]},
        "villages": [_nights(one) for one in answer.villages],
        "member_nights": [
            {"member_id": member_id if named else None, "nights": nights}
            for member_id, nights in answer.member_nights.items()
        ],
        "days": [_team_day(one) for one in answer.days],
    }


def _nights(one: NightsInVillage) -> dict[str, Any]:
    return {
        "village_code": one.village_code,
        "village_name": one.village_name,
        "state": one.state,
        "nights": one.nights,
        "shortfall": one.shortfall,
        "nights_left": one.nights_left,
        "evenings": [evening.isoformat() for evening in one.evenings],
        "evidence": one.evidence,
    }
