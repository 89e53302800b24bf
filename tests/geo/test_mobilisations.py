"""Orders of the headquarters: where and when they hold (R13, R15), and which days they suspend (R17)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.board import Board, fold, recorded
from geo.calendar import CHINA
from geo.events import Correction, Draft, Mobilisation, MobilisationEnded
from geo.mobilisations import in_force, mode, suspended, villages_in_emergency, villages_under
from geo.rules import DutyRules
from geo.terms import Mode
from tests.county import TOWNS, SmallCounty, village_codes

T0 = datetime(2022, 11, 27, 4, tzinfo=CHINA)
SECOND = timedelta(seconds=1)
LATER = datetime(2023, 6, 1, tzinfo=CHINA)


def ordered(*scope: str, at: datetime = T0, ends_at: datetime | None = None, order_id: str = "O1") -> Draft:
    """An order."""
    return Draft.of(Mobilisation(order_id=order_id, scope=scope, cause="山火", ends_at=ends_at), at)


def ended(at: datetime, order_id: str = "O1") -> Draft:
    """An order's end."""
    return Draft.of(MobilisationEnded(order_id=order_id), at)


def board_of(county: SmallCounty, *drafts: Draft) -> Board:
    """The Board after these."""
    return fold(county.atlas, recorded(drafts, LATER), known_until=LATER)


def emergency(county: SmallCounty, board: Board, at: datetime) -> list[str]:
    """The villages in emergency at an instant."""
    return [
        code for code, on in zip(village_codes(), villages_in_emergency(county.atlas, board, at), strict=True) if on
    ]


@pytest.mark.parametrize(
    ("expected", "scope"),
    [
        (village_codes(), ("431381",)),
        ([code for code in village_codes() if code.startswith(TOWNS[1])], (TOWNS[1],)),
        (["431381001001", "431381100201"], ("431381001001", "431381100201")),
        ([*village_codes()[:4], "431381100002"], ("431381001", "431381100002")),
        (village_codes(), ("431381", "431381001", "431381001001")),
        ([], ("999999", "431381999", "431381001999")),
    ],
)
def test_r13_a_scope_is_the_city_towns_villages_or_a_mixture(
    small_county: SmallCounty, expected: list[str], scope: tuple[str, ...]
) -> None:
    assert emergency(small_county, board_of(small_county, ordered(*scope)), T0) == expected


@pytest.mark.parametrize(
    ("expected", "at"),
    [
        (Mode.NORMAL, T0 - SECOND),
        (Mode.EMERGENCY, T0),
        (Mode.EMERGENCY, T0 + timedelta(hours=6) - SECOND),
        (Mode.NORMAL, T0 + timedelta(hours=6)),
    ],
)
def test_r13_an_order_holds_from_its_issue_up_to_but_not_with_its_end(
    small_county: SmallCounty, expected: Mode, at: datetime
) -> None:
    planned = board_of(small_county, ordered("431381001", ends_at=T0 + timedelta(hours=6)))
    declared = board_of(small_county, ordered("431381001"), ended(T0 + timedelta(hours=6)))
    for board in (planned, declared):
        assert mode(small_county.atlas, board, at, "431381001200") is expected
        assert mode(small_county.atlas, board, at, "431381002001") is Mode.NORMAL


def test_r15_half_the_county_may_be_in_emergency_at_one_time(small_county: SmallCounty) -> None:
    board = board_of(
        small_county, ordered(TOWNS[0]), ordered(TOWNS[2], at=T0 + SECOND, order_id="O2"), ended(T0 + 2 * SECOND)
    )
    assert [len(emergency(small_county, board, T0 + step * SECOND)) for step in (-1, 0, 1, 2)] == [0, 4, 8, 4]
    assert [order.order_id for order in in_force(board, T0 + SECOND)] == ["O1", "O2"]


def test_r13_an_order_that_was_corrected_away_never_held(small_county: SmallCounty) -> None:
    board = board_of(small_county, ordered("431381"), Draft.of(Correction(corrects=1, reason="误发"), LATER))
    assert in_force(board, T0) == ()
    assert emergency(small_county, board, T0) == []


def test_r13_a_village_that_nobody_knows_is_not_in_emergency(small_county: SmallCounty) -> None:
    board = board_of(small_county, ordered("431381"))
    assert mode(small_county.atlas, board, T0, "999999999999") is Mode.NORMAL


@pytest.mark.parametrize(
    ("expected", "begins", "ends"),
    [
        ([], "27T18:00", "28T08:00"),  # between two days' duty hours
        ([27], "27T17:59", "28T08:00"),
        ([28], "27T18:00", "28T08:01"),
        ([27, 28, 29], "27T04:00", "30T00:00"),
        ([27, 28, 29, 30], "27T04:00", None),
        ([], "27T10:00", "27T10:00"),  # ended as it was issued
    ],
)
def test_r17_a_day_is_suspended_when_an_order_holds_during_its_duty_hours(
    small_county: SmallCounty, expected: list[int], begins: str, ends: str | None
) -> None:
    def instant(text: str) -> datetime:
        return datetime.fromisoformat(f"2022-11-{text}").replace(tzinfo=CHINA)

    board = board_of(
        small_county, ordered(TOWNS[0], at=instant(begins), ends_at=None if ends is None else instant(ends))
    )
    days = suspended(small_county.atlas, board, date(2022, 11, 26), date(2022, 11, 30), DutyRules())
    assert [26 + offset for offset in range(5) if days[0, offset]] == expected
    assert not days[4:].any()


instants = st.integers(0, 72).map(lambda hours: T0 + timedelta(hours=hours))
scopes = st.lists(st.sampled_from(["431381", *TOWNS, *village_codes()]), min_size=1, max_size=3)


@given(st.lists(st.tuples(scopes, instants, st.none() | instants), max_size=4), instants)
def test_r13_r17_orders_hold_where_and_when_a_plain_reading_says(
    small_county: SmallCounty, orders: Sequence[tuple[list[str], datetime, datetime | None]], at: datetime
) -> None:
    drafts = [
        ordered(*scope, at=begins, ends_at=ends, order_id=f"O{n}") for n, (scope, begins, ends) in enumerate(orders)
    ]
    board = board_of(small_county, *drafts)

    def holds(code: str, when: datetime) -> bool:
        return any(
            begins <= when and (ends is None or when < ends) and any(code.startswith(area) for area in scope)
            for scope, begins, ends in orders
        )

    assert emergency(small_county, board, at) == [code for code in village_codes() if holds(code, at)]
    assert villages_under(small_county.atlas, ()).tolist() == [False] * 12
    days = suspended(small_county.atlas, board, T0.date(), T0.date() + timedelta(days=3), DutyRules())
    for row, code in enumerate(village_codes()):
        for column in range(4):
            opens = datetime.combine(T0.date() + timedelta(days=column), time(8), CHINA)
            # Orders begin and end on the hour: looking at each half hour misses none.
            halves = [opens + timedelta(minutes=30 * half) for half in range(20)]
            assert days[row, column] == any(holds(code, when) for when in halves)
