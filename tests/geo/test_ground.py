"""One check-in is placed where it would be among many, and one event makes the Board that many make."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import crs
from geo.board import fold
from geo.board.ground import Ground
from geo.events import CheckIn, CheckOut, Draft, Event
from tests.county import AS_OF, SmallCounty

_around = st.tuples(st.floats(111.38, 111.47), st.floats(27.63, 27.72))
_systems = st.sampled_from(["EPSG:4326", "EPSG:4490", "GCJ-02", "BD-09", "EPSG:4546"])


@given(place=_around, system=_systems, own=st.integers(-1, 3))
def test_a_check_in_alone_is_placed_as_among_others(
    small_county: SmallCounty, place: tuple[float, float], system: str, own: int
) -> None:
    ground = Ground(small_county.atlas)
    x, y = map(float, crs.from_wgs84(system)(*place))
    many = ground.places(np.array([x, x]), np.array([y, y]), [system, system], np.array([own, own], dtype=np.int32))
    one = ground.place(x, y, system, own)
    assert (many.village[0], many.near[0]) == (one.village, one.near)
    assert (many.lon[0], many.lat[0]) == pytest.approx((one.lon, one.lat), abs=1e-12, rel=0)
    assert many.distance_m[0] == pytest.approx(one.distance_m, abs=1e-6)


@pytest.mark.parametrize("own", [-1, 0])
def test_a_place_that_its_system_does_not_have_counts_nowhere_alone_as_among_others(
    small_county: SmallCounty, own: int
) -> None:
    ground, far = Ground(small_county.atlas), np.array([1e8, 1e8])
    many = ground.places(far, far, ["EPSG:4546"] * 2, np.array([own, own], dtype=np.int32))
    one = ground.place(1e8, 1e8, "EPSG:4546", own)
    assert (-1, many.village[0], many.near[0]) == (one.village, one.village, one.near)


@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from(["m1", "m2"]), st.integers(0, 96), _around, _systems), max_size=12
    )
)
def test_events_one_by_one_in_any_system_make_the_board_of_all_at_once(
    small_county: SmallCounty, told: list[tuple[bool, str, int, tuple[float, float], str]]
) -> None:
    events = []
    for number, (leaves, member, quarter, place, system) in enumerate(told, start=1):
        lon, lat = map(float, crs.from_wgs84(system)(*place))
        at = AS_OF - timedelta(minutes=15 * quarter)
        body = (
            CheckOut(team_id="T03", member_id=member, device_time=at)
            if leaves
            else CheckIn(team_id="T03", member_id=member, device_time=at, lon=lon, lat=lat, crs=system, accuracy_m=8)
        )
        draft = Draft.of(body)
        events.append(Event(number, AS_OF, draft.at, "t", draft.kind, body))
    empty = fold(small_county.atlas, [], known_until=AS_OF)
    singly, whole = empty, empty.advance(events)
    for event in events:
        singly = singly.advance([event])
    assert whole.stays.equals(singly.stays)
    assert whole.left_at.tolist() == singly.left_at.tolist()
    assert whole.record == singly.record
    for number in range(1, len(events) + 1):
        one, other = whole.placed(number), singly.placed(number)
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            nowhere = {"lon": 0, "lat": 0, "distance_m": 0}
            assert replace(one, **nowhere) == replace(other, **nowhere)
            # Among others a place may be iterated once more than alone: both are right to 1e-10 degree.
            assert (one.lon, one.lat) == pytest.approx((other.lon, other.lat), abs=1e-10, rel=0)
            assert one.distance_m == pytest.approx(other.distance_m, abs=1e-4)
