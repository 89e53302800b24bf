"""One pure parser per parameter: text in, value out, InputError with the parameter's name otherwise."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterable, Mapping
from datetime import MAXYEAR, MINYEAR, date, datetime

from babel import negotiate_locale

from geo.calendar import Month, Week, parse_day, parse_instant, to_china
from geo.errors import InputError, UnknownTermError
from geo.terms import Available, Basis, HazardKind, HazardLevel, Skill, TeamKind, parse_term
from maps.words import LANGUAGES

Box = tuple[float, float, float, float]


def number(name: str, text: str) -> float:
    """A finite decimal number, in ASCII digits."""
    try:
        value = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{name}={text!r} is not a finite number", parameter=name)
    return value


def whole(name: str, text: str) -> int:
    """A whole number."""
    if re.fullmatch(r"-?\d{1,9}", text, re.ASCII) is None:
        raise InputError(f"{name}={text!r} is not a whole number", parameter=name)
    return int(text)


def wholes(name: str, text: str) -> tuple[int, ...]:
    """Whole numbers joined by commas."""
    return tuple(whole(name, part.strip()) for part in text.split(","))


def team_kind(text: str | None) -> TeamKind | None:
    """A kind of team, or None for every kind."""
    return None if text is None else parse_term(TeamKind, text, parameter="kind")


def skill(text: str | None) -> Skill | None:
    """A skill, or None for no wish."""
    return None if text is None else parse_term(Skill, text, parameter="skill")


def basis(text: str | None) -> Basis | None:
    """How nearness is measured, or None for the county's best."""
    return None if text is None else parse_term(Basis, text, parameter="basis")


def flag(name: str, text: str) -> bool:
    """`true` or `false`."""
    if text not in ("true", "false"):
        raise UnknownTermError(name, text, ["true", "false"])
    return text == "true"


def instant(name: str, text: str) -> datetime:
    """An instant, local where it names no zone; a `+` that came as a space is told how to be written."""
    if re.search(r":\d\d(\.\d+)? \d\d(:?\d\d)?$", text):
        problem = f"{name}={text!r}: a + in an address is a space; write it as %2B, as in 2022-12-23T10:00%2B08:00"
        raise InputError(problem, parameter=name)
    try:
        return parse_instant(text)
    except InputError as reason:
        raise InputError(f"{name}: {reason}", parameter=name) from None


def week(text: str | None, at: datetime) -> Week:
    """An ISO week, by default the one of the present."""
    return Week.of(at) if text is None else Week.parse(text)


def at(text: str | None, now: datetime) -> datetime:
    """The instant that a question is asked for, by default the present."""
    asked = now if text is None else instant("at", text)
    if not MINYEAR < asked.year < MAXYEAR:  # the day before and the day after must be days too
        raise InputError(f"at={text!r} is at the end of the calendar", parameter="at")
    return asked


def available(text: str | None) -> Available:
    """Which teams count, by default those on duty and those to be recalled."""
    return Available.RECALL if text is None else parse_term(Available, text, parameter="available")


def weeks(first: str | None, last: str | None, at: datetime) -> tuple[Week, Week]:
    """A range of ISO weeks: by default up to the present one, and twelve weeks long."""
    end = week(last, at)
    if first is not None:
        return Week.parse(first), end
    return Week.of(date.fromordinal(max(end.monday.toordinal() - 11 * 7, 1))), end


def month(text: str | None, at: datetime) -> Month:
    """A calendar month, by default the present one."""
    return Month.of(at) if text is None else Month.parse(text)


def day(text: str | None, at: datetime) -> date:
    """A date, by default the present one."""
    return to_china(at).date() if text is None else parse_day(text)


def as_of(text: str | None) -> int | datetime | None:
    """An event's number or an instant, local where it names no zone; None for what is known now."""
    if text is None:
        return None
    return int(text) if re.fullmatch(r"\d{1,15}", text, re.ASCII) else instant("as_of", text)


def hazard_kinds(text: str | None) -> tuple[HazardKind, ...] | None:
    """Hazard kinds joined by commas, or None for all."""
    if text is None:
        return None
    return tuple(parse_term(HazardKind, word.strip(), parameter="kinds") for word in text.split(","))


def hazard_level(text: str | None) -> HazardLevel:
    """A level 1 to 5, by default the lowest."""
    if text is None:
        return HazardLevel.LOW
    if text not in {str(level.value) for level in HazardLevel}:
        raise UnknownTermError("min_level", text, [level.value for level in HazardLevel])
    return HazardLevel(int(text))


def box(text: str | None) -> Box | None:
    """`west,south,east,north` in WGS84 degrees."""
    if text is None:
        return None
    parts = [number("bbox", part) for part in text.split(",")]
    if len(parts) != 4:
        raise InputError(f"bbox={text!r} does not have four numbers west,south,east,north", parameter="bbox")
    west, south, east, north = parts
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise InputError(
            f"bbox={text!r} is not west,south,east,north in degrees with west <= east and south <= north",
            parameter="bbox",
        )
    return west, south, east, north


def language(text: str | None, accept: str | None = None) -> str:
    """A language of the pages: the one named, else what `Accept-Language` likes best of them, else Chinese."""
    if text is None:
        liked = _liked(accept or "")
        preferred = sorted((one for one in liked if liked[one] > 0), key=lambda one: -liked[one])
        return negotiate_locale(preferred, LANGUAGES, sep="-") or LANGUAGES[0]
    if text not in LANGUAGES:
        raise UnknownTermError("lang", text, LANGUAGES)
    return text


def form(text: str | None, accept: str | None, forms: Mapping[str, str]) -> str:
    """One of `forms` (each with its media type): the one named, else the one that `Accept` likes best, else the first.

    The most exact range counts for a form, and of forms liked as well the first (RFC 9110, section 12.5.1).
    """
    if text is not None:
        if text not in forms:
            raise UnknownTermError("f", text, forms)
        return text
    liked = _liked(accept or "*/*")
    quality = {}
    for name, media in forms.items():
        exact = media.partition(";")[0]
        ranges = (exact, f"{exact.partition('/')[0]}/*", "*/*")
        quality[name] = next((liked[one] for one in ranges if one in liked), 0.0)
    return max(quality, key=lambda name: quality[name])


def _liked(accept: str) -> dict[str, float]:
    """Each range of an `Accept` header with its quality; one that cannot be read is passed over."""
    found = {}
    for part in accept.split(","):
        media, *rest = (piece.strip().lower() for piece in part.split(";"))
        weights = [piece.removeprefix("q=") for piece in rest if piece.startswith("q=")]
        if all(re.fullmatch(r"[01](\.\d{0,3})?", weight, re.ASCII) for weight in weights):
            found[media] = float(weights[0]) if weights else 1.0
    return found


def refuse_unknown(given: Iterable[str], known: Iterable[str]) -> None:
    """InputError for a parameter that the route does not know, or that is given twice."""
    known = tuple(known)
    seen: set[str] = set()
    for name in given:
        if name not in known:
            listed = f"known: {', '.join(known)}" if known else "this address takes none"
            raise InputError(f"unknown query parameter {name!r}; {listed}", parameter=name)
        if name in seen:
            raise InputError(f"query parameter {name!r} is given more than once", parameter=name)
        seen.add(name)


def refuse_missing(required: Iterable[str], given: Container[str]) -> None:
    """InputError for a parameter that the route cannot do without."""
    for name in required:
        if name not in given:
            raise InputError(f"{name}: is required", parameter=name)


def feature_collection(body: object) -> list[object]:
    """The features of a FeatureCollection."""
    if not isinstance(body, Mapping) or body.get("type") != "FeatureCollection":
        raise InputError("the body is not a GeoJSON FeatureCollection")
    features = body.get("features")
    if not isinstance(features, list):
        raise InputError("the FeatureCollection has no list of features")
    return features


def point(feature: object) -> tuple[float, float]:
    """Longitude and latitude of a Point feature; NaN twice when it is none."""
    geometry = feature.get("geometry") if isinstance(feature, Mapping) else None
    coordinates = geometry.get("coordinates") if isinstance(geometry, Mapping) else None
    if not isinstance(geometry, Mapping) or geometry.get("type") != "Point" or not isinstance(coordinates, list):
        return math.nan, math.nan
    pair = coordinates[:2]
    # A text or a truth value is no coordinate, though float() would take it.
    if len(pair) < 2 or any(isinstance(value, bool) or not isinstance(value, int | float) for value in pair):
        return math.nan, math.nan
    return float(pair[0]), float(pair[1])
