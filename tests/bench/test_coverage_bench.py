"""Coverage: one week's flags of the sample's 150 villages, and a province's year."""

from __future__ import annotations

import resource
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import numpy as np

from geo.board import Board, Record, fold, recorded
from geo.board.columns import Table, Words
from geo.board.ground import Ground
from geo.board.presence import CHECK_OUTS, PRESENCES, Known, Presence
from geo.board.stays import Stays
from geo.board.teams import Teams
from geo.calendar import CHINA, Week
from geo.coverage import stay_coverage, stay_history
from geo.coverage.judging import STATES
from geo.terms import StayState, TeamKind
from tests.bench.conftest import BenchCounty
from tests.bench.test_board_bench import END, best_s, drafts_of_a_year, paper_of_a_year
from tests.county import SmallCounty

VILLAGES, STAYS, WEEKS = 30_000, 6_000_000, 52
FIRST = Week(2022, 1)
NOW = datetime(2023, 1, 2, 12, tzinfo=CHINA)


def test_a_weeks_flags_of_150_villages_take_5_ms(bench_county: BenchCounty) -> None:
    atlas, week = bench_county.atlas, Week(2022, 40)
    year = recorded([*drafts_of_a_year(bench_county, 230_000), *paper_of_a_year(bench_county)], END)
    board = fold(atlas, year, known_until=END)
    stay_coverage(atlas, board, week, at=END)
    spent_s = best_s(lambda: stay_coverage(atlas, board, week, at=END), 20)
    open_s = best_s(lambda: stay_coverage(atlas, board, week, at=datetime(2022, 10, 4, 2, tzinfo=CHINA)), 20)
    sample_s = best_s(
        lambda: stay_coverage(atlas, bench_county.board, Week(2022, 51), at=bench_county.county.as_of), 20
    )
    history_s = best_s(lambda: stay_history(atlas, board, FIRST, Week(2022, 52), at=END), 5)
    print(
        f"\none week of {len(atlas.villages)} villages, {len(board.present.rows):,} stays on the board: "
        f"{spent_s * 1e3:.2f} ms (bar 5), with the week still open {open_s * 1e3:.2f} ms; of the sample's record "
        f"{sample_s * 1e3:.2f} ms; 52 weeks {history_s * 1e3:.1f} ms"
    )
    assert max(spent_s, open_s, sample_s) <= 5e-3


def province(county: SmallCounty) -> tuple[Any, Board]:
    """30,000 villages, each with a city and a township team, and 6 million nights of a year: the arrays alone."""
    random = np.random.default_rng(7)
    codes = tuple(f"43{town:07d}{number:03d}" for town in range(VILLAGES // 100) for number in range(100))
    area = county.atlas.villages[0]
    villages = tuple(replace(area, code=code, town_code=code[:9]) for code in codes)
    atlas = replace(county.atlas, villages=villages)
    ids = tuple(f"{kind}{number:05d}" for kind in "CT" for number in range(VILLAGES))
    always = np.full(2 * VILLAGES, np.datetime64("2020-01-01", "D"))
    teams: Teams = replace(
        county.board.teams,
        ids=ids,
        village_codes=codes + codes,
        kinds=(TeamKind.CITY,) * VILLAGES + (TeamKind.TOWNSHIP,) * VILLAGES,
        strengths=(3,) * (2 * VILLAGES),
        assigned_from=always,
        assigned_to=always + np.timedelta64(4000, "D"),
        _allowed={},
    )
    ground = object.__new__(Ground)  # where check-ins would be placed is not asked
    ground.codes, ground.position = codes, {code: number for number, code in enumerate(codes)}
    board = replace(
        county.board,
        atlas=atlas,
        ground=ground,
        teams=teams,
        present=Stays(_presence(random, codes, ids)),
        record=Record(FIRST.monday, NOW),
    )
    return atlas, board


def _presence(random: np.random.Generator, codes: tuple[str, ...], ids: tuple[str, ...]) -> Presence:
    team = random.integers(0, len(ids), STAYS, dtype=np.int32)
    first_us = int(datetime(2022, 1, 3, 12, tzinfo=UTC).timestamp() * 1e6)
    evening = np.sort(random.integers(0, 7 * WEEKS, STAYS))
    begin = first_us + evening * 86_400_000_000 + random.integers(0, 3 * 3_600_000_000, STAYS)
    end = begin + random.integers(6 * 3_600_000_000, 12 * 3_600_000_000, STAYS)
    rows: dict[str, Any] = {name: np.zeros(STAYS, dtype) for name, dtype in PRESENCES.items()}
    strays = random.random(STAYS) < 0.02
    rows |= {
        "sequence": np.arange(1, STAYS + 1),
        "team": team,
        "village": np.where(strays, (team + 1) % VILLAGES, team % VILLAGES).astype(np.int32),
        "begin": begin,
        "told_end": end,
    }
    known = Known(end, end, np.ones(STAYS, dtype=np.bool_))
    presence = Presence.none()
    return replace(
        presence,
        words=Words(ids),
        villages=Words(codes),
        rows=Table.of(rows),
        outs=Table.empty(CHECK_OUTS),
        settled=known,
    )


def test_a_provinces_year_of_flags_takes_10_s_and_4_gb(small_county: SmallCounty) -> None:
    atlas, board = province(small_county)
    begin = perf_counter()
    history = stay_history(atlas, board, FIRST, Week.of(FIRST.monday + timedelta(weeks=WEEKS - 1)), at=NOW)
    spent_s = perf_counter() - begin
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    shares = {state: float((history.state == code).mean()) for code, state in enumerate(STATES)}
    print(
        f"\n{VILLAGES:,} villages, {2 * VILLAGES:,} teams, {STAYS:,} stays, {WEEKS} weeks: {spent_s:.2f} s (bar 10), "
        f"process at most {peak_gb:.2f} GB (bar 4); met {shares[StayState.MET]:.0%}, lost {shares[StayState.LOST]:.0%}"
    )
    assert history.state.shape == (VILLAGES, WEEKS)
    assert {StayState.MET, StayState.LOST} == {state for state, share in shares.items() if share}
    assert spent_s <= 10
    assert peak_gb <= 4
