"""What the dispatch page says of teams on their way, of what closes roads, and of the place that was asked for.

Minutes are whole: an arrival is rounded up and its legs add up to it, so that nobody is promised sooner than they come,
and what reads 120 minutes is within the two hours.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from geo.atlas import Place
from geo.calendar import to_china
from geo.closures import Closure
from geo.dispatch import Arrival
from geo.nearest import TeamNear
from geo.terms import HazardKind, RoadEffect
from maps.cards import Card, zone_level_name
from maps.words import Words

LIMIT_MINUTES = 120
"""The limit of R14 that margins are told against."""

LEGS = ("notice", "access", "road", "walk")


def minutes(seconds: float) -> int:
    """Whole minutes, rounded up to the millisecond."""
    return math.ceil(round(seconds, 3) / 60)


def leg_minutes(arrival: Arrival) -> list[tuple[str, float, int]]:
    """Each leg's name, seconds, and whole minutes; the minutes add up to those of the arrival."""
    told, passed_s, before = [], 0.0, 0
    for leg in LEGS:
        leg_s = getattr(arrival, f"{leg}_s")
        passed_s += leg_s
        told.append((leg, leg_s, minutes(passed_s) - before))
        before = minutes(passed_s)
    return told


def legs(words: Words, arrival: Arrival) -> str:
    """The legs in words and figures; what takes no whole minute of its own is told as less than one."""
    return words("dispatch.legs_separator").join(
        words("dispatch.leg", leg=words(f"leg.{leg}"), minutes="<1" if leg_s and not share else words.number(share))
        for leg, leg_s, share in leg_minutes(arrival)
    )


def clock(words: Words, at: datetime, seconds: float) -> str:
    """When a team arrives that needs so long from `at`, rounded up to the minute; with the day where it is another."""
    called = to_china(at)
    arrives = called + timedelta(seconds=seconds, microseconds=59_999_999)
    return _clock(words, arrives, called.date())


def _clock(words: Words, instant: datetime, today: date) -> str:
    local = to_china(instant)
    return f"{local:%H:%M}" if local.date() == today else f"{words.day(local.date())} {local:%H:%M}"


def margin(words: Words, arrival: Arrival) -> tuple[str, str]:
    """(style, words) of an arrival against the two hours."""
    spare = LIMIT_MINUTES - minutes(arrival.arrival_s)
    if spare >= 0:
        return "in-time", words("dispatch.in_time", minutes=words.number(spare))
    return "too-late", words("dispatch.too_late", minutes=words.number(-spare))


def lost(words: Words, arrival: Arrival, closures: Sequence[Closure]) -> str:
    """What closures cost a team, and which are to blame; nothing to say where they cost it nothing."""
    if not arrival.lost_s or not minutes(arrival.lost_s):
        return ""
    names = words.listed([closure.name or words.heard(closure.id) for closure in closures])
    return words("dispatch.lost", minutes=words.number(minutes(arrival.lost_s)), closures=names)


def arrival_card(words: Words, team: TeamNear, at: datetime, closures: Sequence[Closure]) -> Card:
    """One team of the answer: when it is there, how it gets there, and who it is."""
    kind = (words("card.kind"), words(f"team_kind.{team.kind}"))
    who = (
        kind,
        (words("dispatch.strength"), words.counted("people", team.members)),
        (words("dispatch.skills"), words.listed([words(f"skill.{skill}") for skill in team.skills])),
        (words("dispatch.placed_by"), words(f"placed_by.{team.placed_by}")),
        (words("dispatch.straight"), kilometres(words, team.distance_m)),
    )
    if team.arrival is None:
        badge = kilometres(words, team.distance_m)
        return Card(title=team.name, badge=badge, style=f"route-{min(team.rank, 3)}", rows=who)
    arrival = team.arrival
    style, spare = margin(words, arrival)
    delay = lost(words, arrival, closures)
    recall = words("dispatch.recall", minutes=words.number(minutes(arrival.notice_s))) if team.recall else ""
    return Card(
        title=team.name,
        badge=arrives(words, arrival, at),
        style=f"route-{min(team.rank, 3)}",
        rows=(*who, (words("dispatch.last_walk"), words.counted("metres", round(arrival.snap_m)))),
        note=legs(words, arrival),
        lines=(
            (style, spare),
            *([("unknown", recall)] if recall else []),
            *([("too-late", delay)] if delay else []),
        ),
    )


def arrives(words: Words, arrival: Arrival, at: datetime) -> str:
    """Minutes and clock time of an arrival."""
    return words(
        "dispatch.arrives",
        minutes=words.number(minutes(arrival.arrival_s)),
        clock=clock(words, at, arrival.arrival_s),
    )


def kilometres(words: Words, distance_m: float) -> str:
    """A distance as people say it."""
    if distance_m < 1000:
        return words.counted("metres", round(distance_m))
    return words.counted("kilometres", round(distance_m / 1000, 1))


def closure_card(words: Words, closure: Closure) -> Card:
    """Something that closes or slows roads, with from and until."""
    speed = closure.speed_kph
    return Card(
        title=closure.name or words.heard(closure.id),
        badge=words(f"road_effect.{closure.effect}"),
        style=f"closure-{closure.effect}",
        rows=(
            (words("dispatch.cause"), cause(words, closure)),
            *([(words("dispatch.speed"), words.counted("kph", round(speed)))] if speed is not None else []),
            (words("dispatch.from"), _since(words, closure)),
            (words("dispatch.until"), _until(words, closure)),
            (words("dispatch.segments"), words.number(closure.segments)),
            (words("card.code"), closure.id),
        ),
    )


def cause(words: Words, closure: Closure) -> str:
    """What closes the road, or which hazard makes a zone act on it."""
    if isinstance(closure.cause, HazardKind):
        return words("dispatch.zone_cause", hazard=words(f"hazard.{closure.cause}"))
    return words(f"closure_cause.{closure.cause}")


def effect(words: Words, closure: Closure) -> str:
    """Closed, or slowed to so much."""
    told = words(f"road_effect.{closure.effect}")
    if closure.effect is RoadEffect.CLOSED or closure.speed_kph is None:
        return told
    return f"{told} · {words.counted('kph', round(closure.speed_kph))}"


def span(words: Words, closure: Closure) -> str:
    """From when to when, in one line."""
    return words("date.range", first=_since(words, closure), last=_until(words, closure))


def _since(words: Words, closure: Closure) -> str:
    return words("dispatch.ever_since") if closure.from_at is None else words.instant(closure.from_at)


def _until(words: Words, closure: Closure) -> str:
    return words("dispatch.open_end") if closure.until is None else words.instant(closure.until)


def place_rows(words: Words, place: Place) -> Iterator[tuple[str, str]]:
    """What the place lies in, in the order of the chain of command, and its zones."""
    yield words("card.village"), place.village_name or words("dispatch.no_village")
    if place.town_name:
        yield words("card.town"), place.town_name
    if place.grid_code:
        yield words("card.grid"), place.grid_code
    zones = [
        f"{zone.name} ({words(f'hazard.{zone.kind}')}, {zone_level_name(words, zone.kind, zone.level)})"
        for zone in place.zones
    ]
    yield words("layer.risk_zones"), words.listed(zones)
    yield words("dispatch.coordinates"), coordinates(place.lon, place.lat)


def coordinates(lon: float, lat: float) -> str:
    """Longitude and latitude to six decimals."""
    return f"{lon:.6f}, {lat:.6f}"


def place_card(words: Words, place: Place) -> Card:
    """The place that was asked for, on the map."""
    return Card(
        title=words("dispatch.place"),
        badge=place.village_name or words("dispatch.no_village"),
        style="place",
        rows=tuple(place_rows(words, place)),
    )
