"""The Board: folding a year, starting from a snapshot, catching up by one event, judging a call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import pytest

from geo.admission import admit
from geo.board import Board, fold, from_snapshot, recorded, to_snapshot
from geo.calendar import CHINA, Week
from geo.coverage import stay_coverage
from geo.events import CheckIn, CheckOut, Draft, Event, StayDeclared
from geo.terms import Role
from tests.bench.conftest import BenchCounty

CHECK_INS, STAYS, MEMBERS = 230_000, 31_200, 900
START = datetime(2022, 1, 1, tzinfo=CHINA)
END = START + timedelta(days=365)


def drafts_of_a_year(county: BenchCounty, count: int, *, system: str = "EPSG:4326", first: float = 0) -> list[Draft]:
    """Check-ins and check-outs (one in three) of the county's members over a year, in the order of time.

    Check-ins are made some 150 m round the team's station, so that some lie in a neighbour's village or in none.
    """
    random = np.random.default_rng(31)
    teams = county.board.teams
    places = list(zip(teams.ids, teams.places.lon.tolist(), teams.places.lat.tolist(), strict=True))
    seconds = np.sort(random.uniform(first, 365 * 86_400, count)).tolist()
    shifts = random.normal(0, 0.0015, (count, 2)).tolist()
    drafts = []
    members, leaving = random.integers(0, MEMBERS, count).tolist(), (random.random(count) < 1 / 3).tolist()
    for member, second, shift, leaves in zip(members, seconds, shifts, leaving, strict=True):
        team_id, lon, lat = places[member % len(places)]
        who: dict[str, Any] = {
            "team_id": team_id,
            "member_id": f"m{member}",
            "device_time": START + timedelta(seconds=second),
        }
        place: dict[str, Any] = {"lon": lon + shift[0], "lat": lat + shift[1], "crs": system}
        drafts.append(Draft.of(CheckOut(**who) if leaves else CheckIn(**who, **place)))
    return drafts


def paper_of_a_year(county: BenchCounty) -> list[Draft]:
    """Declared nights: two a week of two members of each township team."""
    ids, codes = county.board.teams.ids, county.board.teams.village_codes
    return [
        Draft.of(
            StayDeclared(
                team_id=ids[number % len(ids)],
                village_code=codes[number % len(ids)],
                night=date(2022, 1, 1) + timedelta(days=number // len(ids) * 3 % 364),
                member_id=f"p{number % len(ids)}-{number // len(ids) % 2}",
            )
        )
        for number in range(STAYS)
    ]


@pytest.fixture(scope="module")
def year(bench_county: BenchCounty) -> list[Event]:
    """A year's events."""
    return recorded([*drafts_of_a_year(bench_county, CHECK_INS), *paper_of_a_year(bench_county)], END)


@pytest.fixture(scope="module")
def board(bench_county: BenchCounty, year: list[Event]) -> Board:
    """The Board of the year."""
    return fold(bench_county.atlas, year, known_until=END)


def best_s(work: Callable[[], object], times: int = 3) -> float:
    """The shortest of several runs."""
    spent = []
    for _ in range(times):
        begin = perf_counter()
        work()
        spent.append(perf_counter() - begin)
    return min(spent)


def test_a_year_is_folded_in_3_s_and_taken_from_a_snapshot_in_200_ms(
    bench_county: BenchCounty, year: list[Event], board: Board
) -> None:
    atlas, empty = bench_county.atlas, fold(bench_county.atlas, [])
    folded_s = best_s(lambda: fold(atlas, year, known_until=END, before=empty), 2)
    kept = to_snapshot(board)
    written_s = best_s(lambda: to_snapshot(board))
    taken_s = best_s(lambda: from_snapshot(atlas, kept, known_until=END, before=empty))
    print(
        f"\n{len(year):,} events folded in {folded_s:.2f} s; snapshot of {len(kept) / 1e6:.0f} MB written in "
        f"{written_s * 1e3:.0f} ms, taken up in {taken_s * 1e3:.0f} ms"
    )
    assert folded_s <= 3
    assert taken_s <= 0.2


@pytest.mark.parametrize(("system", "bar_us"), [("EPSG:4326", 100), ("GCJ-02", 100)])
def test_catching_up_by_one_event_takes_100_us(
    bench_county: BenchCounty, board: Board, system: str, bar_us: float
) -> None:
    drafts = drafts_of_a_year(bench_county, 2_000, system=system, first=364.9 * 86_400)
    events = [
        Event(board.sequence + number, END, draft.at, "t", draft.kind, draft.body)
        for number, draft in enumerate(drafts, start=1)
    ]
    spent, now = [], board.advance(events[:1])
    for event in events[1:]:
        begin = perf_counter()
        now = now.advance([event])
        spent.append((perf_counter() - begin) * 1e6)
    print(f"\none event of {system}: median {median(spent):.0f} us, 99 of 100 below {sorted(spent)[-20]:.0f} us")
    assert median(spent) <= bar_us


def test_a_late_check_in_and_the_coverage_after_an_event(bench_county: BenchCounty, board: Board) -> None:
    (draft,) = drafts_of_a_year(bench_county, 1, first=100 * 86_400)
    late = Event(board.sequence + 1, END, draft.at, "t", draft.kind, draft.body)
    late_s = best_s(lambda: board.advance([late]), 20)
    newer = iter([board.advance([late]) for _ in range(5)])
    covered_s = best_s(lambda: stay_coverage(bench_county.atlas, next(newer), Week(2022, 40), at=END), 5)
    frame_s = best_s(lambda: board.advance([late]).stays)
    print(
        f"\na check-in out of order: {late_s * 1e6:.0f} us; coverage of a week on a new Board: "
        f"{covered_s * 1e3:.1f} ms; the frame of all stays: {frame_s * 1e3:.0f} ms"
    )


def test_judging_a_call(bench_county: BenchCounty, board: Board) -> None:
    atlas = bench_county.atlas
    drafts = drafts_of_a_year(bench_county, 1_000, first=364.9 * 86_400)
    one_s = best_s(lambda: admit(atlas, board, drafts[:1], role=Role.STATION, now=END), 50)
    many_s = best_s(lambda: admit(atlas, board, drafts, role=Role.STATION, now=END))
    ids, codes = bench_county.board.teams.ids, bench_county.board.teams.village_codes
    night = date(2022, 12, 30)
    paper = [
        Draft.of(StayDeclared(team_id=ids[0], village_code=codes[0], night=night, member_id=f"x{number}"))
        for number in range(1_000)
    ]
    paper_s = best_s(lambda: admit(atlas, board, paper, role=Role.STATION, now=END))
    print(
        f"\njudging one check-in {one_s * 1e6:.0f} us, 1,000 check-ins {many_s * 1e3:.0f} ms, "
        f"1,000 stays on paper {paper_s * 1e3:.0f} ms"
    )
