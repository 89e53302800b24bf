"""Reasons in Chinese: every sentence that an answer can give is known, and nothing English is left of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import coverage
from geo.atlas import Atlas, Provenance, build
from geo.board import Board, fold, fold_frames, recorded
from geo.calendar import CHINA, Month
from geo.coverage_clock import coverage_clock
from geo.events import CheckIn, Commitment, Draft, Exemption, Leave, Mobilisation
from geo.isolation import isolated_by, isolation
from geo.nearest import nearest, nearest_bulk
from geo.order_board import order_board
from geo.place import place_card, place_of
from geo.reach import reach_coverage, reach_from
from geo.reinforce import reinforce
from geo.synthetic import lengshuijiang
from geo.terms import Available, Basis, Skill, TeamKind
from maps.words import texts, words
from tests.county import AS_OF, WEEK, SmallCounty, centre, checked_layers

GEO = Path(__file__).resolve().parents[2] / "geo"
HOME, T0 = "431381001001", datetime(2022, 12, 23, 4, tzinfo=CHINA)
ANSWERS = [
    "nearest.py",
    "dispatch.py",
    "closures.py",
    "what_if.py",
    "reinforce.py",
    "coverage_clock.py",
    "duty/availability.py",
    "board/teams.py",
    "reach/coverage.py",
    "reach/outward.py",
    "isolation/*.py",
    "order_board/*.py",
    "coverage/*.py",
]
NO_REASONS = {
    "coverage clocks",  # names under which answers are kept
    "crews of a day",
    "ends before it begins",  # parts of an error's text
    "has {} weeks, at most {} are taken",
    "{} closures; at most {} are taken",
    "all closures together may have {} vertices, and here there are more",
}
PROSE = re.compile(r"[a-z]{2,} |\} [a-z]{2,}|[a-z]{3,} \{")
IDS = re.compile(r"\bR\d\d\w?\b|\b[A-Z]\w*-?\d+(-\w+)*\b|\bm\d\b|\b(lon|lat)=")
ENGLISH = re.compile(r"[A-Za-z]{3,}")
EXAMPLES = {"": "某村", ":d": "1,234", ":t": "05:00", ":e": "1:02:03", "!r": "'某村'"}

heard = words("zh").heard


def prose(node: ast.AST) -> Iterator[str]:
    """Strings of several words with empty braces for facts; docstrings and texts of errors are none."""
    match node:
        case ast.Raise() | ast.Expr(value=ast.Constant()):
            return
        case ast.Call(func=ast.Name(name)) if name.endswith("Error"):
            return
        case ast.Constant(str(text)):
            yield re.sub(r"\{[^}]*\}", "{}", text)
        case ast.JoinedStr(values=parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)
            for part in parts:
                if isinstance(part, ast.FormattedValue):
                    yield from prose(part.value)
        case _:
            for child in ast.iter_child_nodes(node):
                yield from prose(child)


@pytest.mark.parametrize("pattern", ANSWERS)
def test_every_sentence_in_the_code_of_an_answer_is_in_the_catalogue(pattern: str) -> None:
    known = {re.sub(r"\{[^}]*\}", "{}", one) for one in texts("zh", "sentence")} | NO_REASONS
    files = sorted(GEO.glob(pattern))
    assert files
    told = [one for file in files for one in prose(ast.parse(file.read_text("utf-8"))) if PROSE.search(one)]
    assert [] == [one for one in told if one not in known and f"{one}{{}}" not in known]


@pytest.mark.parametrize(
    ("english", "chinese"),
    [pair for pair in texts("zh", "sentence").items() if not re.search(r":[a-z_]{2,}\}", pair[0])],  # terms are words
)
def test_a_sentence_made_by_a_template_is_told_by_that_template_and_no_other(english: str, chinese: str) -> None:
    facts = {name: EXAMPLES.get(kind, "某事") for name, kind in re.findall(r"\{(\w+)(!r|:[^}]+)?\}", english)}
    made = re.sub(r"\{(\w+)[^}]*\}", lambda found: facts[found[1]], english)
    assert chinese.format(**facts) == heard(made)


PIECES = st.lists(st.sampled_from(["; ", " (R08)", "cut off by ", "1 of 2 ", ", ", "{x}"])).map("".join)


@given(st.text(max_size=300) | PIECES)
def test_any_text_is_heard_without_a_failure(text: str) -> None:
    assert isinstance(heard(text), str)
    assert text == words("en").heard(text)


@pytest.mark.parametrize("name", ["base", "there", "Monday", "; ", "{0}", "(R08)", "a" * 10_000])
def test_what_is_typed_in_a_name_stays_as_it_is(name: str) -> None:
    assert name in heard(f"committed to incident {name} since 08:00")
    assert name in heard(f"a team of {name}, in the same town: it has 3 and would keep 1")


def test_clauses_within_clauses_end_somewhere() -> None:
    assert heard("; " * 1_990)


# The answers themselves


def reasons(answer: Any) -> Iterator[str]:
    """Every reason in an answer, however deep it lies."""
    if isinstance(answer, tuple | list):
        for one in answer:
            yield from reasons(one)
    elif is_dataclass(answer) and not isinstance(answer, type | Atlas | Board):
        for field in fields(answer):
            value = getattr(answer, field.name)
            if field.name in ("reason", "reasons"):
                yield from (value,) if isinstance(value, str) else value
            else:
                yield from reasons(value)


def of_a_county(atlas: Atlas, board: Board, at: datetime) -> Iterator[Any]:
    """What a county's doors answer at an instant."""
    places = [place_of(atlas, area.code) for area in atlas.villages[:4]]
    yield coverage.stay_coverage(atlas, board, WEEK, at=at)
    yield coverage.leader_coverage(atlas, board, Month(2022, 12), at=at)
    yield coverage.duty_coverage(atlas, board, date(2022, 12, 22), at=at)
    yield coverage.duty_coverage(atlas, board, at.date(), at=at)
    for place in places:
        yield place_card(atlas, board, place, at=at)
        for available in Available:
            for kind, skill in ((None, None), (TeamKind.CITY, None), (TeamKind.TOWNSHIP, Skill.GEOLOGY)):
                asked: dict[str, Any] = {"at": at, "available": available, "kind": kind, "skill": skill, "k": 50}
                yield nearest(atlas, board, place.lon, place.lat, **asked)
                yield nearest(atlas, board, place.lon, place.lat, **asked, basis=Basis.STRAIGHT)
    for area in atlas.villages[:3]:
        yield reinforce(atlas, board, area.code, at=at, members=40)
        yield reinforce(atlas, board, area.code, at=at)
    yield reach_coverage(atlas, board, at=at)
    yield reach_coverage(atlas, board, at=at, minutes=20, teams=9)
    for lon, minutes in ((places[0].lon, 30), (places[0].lon, 1), (places[0].lon + 0.2, 90)):
        yield reach_from(atlas, board, lon, places[0].lat, at=at, minutes=minutes)
    yield isolation(atlas, board, at=at)
    for zone in atlas.layers["risk_zones"]["zone_id"].head(3):
        yield isolated_by(atlas, board, at=at, zone_id=zone)


def left_in_english(answers: Iterator[Any]) -> tuple[int, list[tuple[str, str]]]:
    told = {reason for answer in answers for reason in reasons(answer)}
    return len(told), [(one, heard(one)) for one in sorted(told) if ENGLISH.search(IDS.sub("", heard(one)))]


def test_no_reason_of_the_sample_county_is_left_in_english() -> None:
    county = lengshuijiang()
    atlas = build(county.layers, Provenance("sample", county.as_of))
    board = fold_frames(atlas, county.layers["stays"], county.layers["incidents"], known_until=county.as_of)
    count, left = left_in_english(of_a_county(atlas, board, county.as_of))
    assert [] == left
    assert count > 30


@pytest.mark.parametrize("hours", [0, 12, 60, 24 * 9, 24 * 700])
def test_no_reason_of_the_small_county_is_left_in_english(small_county: SmallCounty, hours: int) -> None:
    count, left = left_in_english(of_a_county(small_county.atlas, small_county.board, AS_OF + timedelta(hours=hours)))
    assert [] == left
    assert count > 10


def test_no_reason_of_an_order_of_leave_or_of_an_exemption_is_left_in_english(small_county: SmallCounty) -> None:
    atlas = small_county.atlas
    place = {"lon": centre(HOME).x, "lat": centre(HOME).y, "crs": "EPSG:4326"}
    day = T0.date()
    drafts = [
        Draft.of(Exemption(scope=("431381001",), first_day=day - timedelta(5), last_day=day, reason="大雪"), T0),
        Draft.of(Exemption(scope=(HOME,), first_day=day, last_day=day + timedelta(3), reason="封路"), T0),
        Draft.of(Leave(team_id="T02", member_id="m2", first_day=day, last_day=day), T0),
        Draft.of(Mobilisation(order_id="O1", scope=("431381001",), cause="山火", ends_at=T0 + timedelta(hours=40)), T0),
        Draft.of(Commitment(incident_id="I2", team_id="T03"), T0),
        Draft.of(CheckIn(team_id="T01", member_id="m1", device_time=T0 + timedelta(hours=1), **place), T0),
        Draft.of(CheckIn(team_id="T01", member_id="m3", device_time=T0 + timedelta(hours=29), **place), T0),
    ]
    board = fold(atlas, recorded(drafts, AS_OF + timedelta(days=3)), known_until=AS_OF + timedelta(days=3))
    hours = (1, 6, 39, 50)
    orders = [order_board(atlas, board, "O1", at=T0 + timedelta(hours=hour)) for hour in hours]
    count, left = left_in_english(iter([*orders, *of_a_county(atlas, board, AS_OF)]))
    assert [] == left
    assert count > 30


def test_no_reason_of_a_county_without_roads_is_left_in_english() -> None:
    layers = {name: frame for name, frame in checked_layers().items() if name not in ("roads", "closures")}
    atlas = build(layers, Provenance("roadless", AS_OF))
    board = fold_frames(atlas, layers["stays"], layers["incidents"], known_until=AS_OF)
    lon = np.array([np.nan, 200.0, 27.67, centre(HOME).x])
    answers = [
        nearest_bulk(atlas, board, lon, np.array([1.0, 1.0, 111.4, centre(HOME).y]), at=AS_OF),
        reach_coverage(atlas, board, at=AS_OF),
        reach_from(atlas, board, centre(HOME).x, centre(HOME).y, at=AS_OF, minutes=30),
        isolation(atlas, board, at=AS_OF),
        coverage_clock(atlas, board, WEEK),
        reinforce(atlas, board, HOME, at=AS_OF),
    ]
    _, left = left_in_english(iter(answers))
    assert [] == left
