"""What needs attention: each list is what its own question answers, with what matters most first."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import shapely

from geo.attention import Attention, needs_attention, red_hazards
from geo.board import Board, recorded
from geo.calendar import CHINA
from geo.coverage import stay_coverage
from geo.coverage.stays import LACKING
from geo.events import Draft, IncidentClosed, Mobilisation
from geo.order_board import order_board
from geo.terms import HazardLevel, Mode, StayState
from tests.county import AS_OF, SOUTH, WEEK, WEST, SmallCounty, county_of, features, raw_layers

HOME = "431381001200"
T0 = datetime(2022, 12, 23, 4, tzinfo=CHINA)


def asked(county: SmallCounty, at: datetime = AS_OF, board: Board | None = None) -> Attention:
    return needs_attention(county.atlas, board or county.board, at=at)


def with_(county: SmallCounty, *drafts: Draft) -> Board:
    newest = county.board.sequence
    return county.board.advance(
        replace(event, sequence=event.sequence + newest + 1_000) for event in recorded(drafts, AS_OF)
    )


def order(order_id: str, *scope: str, at: datetime = T0) -> Draft:
    return Draft.of(Mobilisation(order_id=order_id, scope=scope, cause="山火"), at)


def test_without_an_order_the_mode_is_normal(small_county: SmallCounty) -> None:
    answer = asked(small_county)
    assert (Mode.NORMAL, ()) == (answer.mode, answer.orders)


def test_r13_an_order_in_force_is_emergency_with_its_board_its_scope_and_where_it_holds(
    small_county: SmallCounty,
) -> None:
    board = with_(small_county, order("O1", HOME, "431381002"))
    answer = asked(small_county, board=board)
    (one,) = answer.orders
    assert Mode.EMERGENCY is answer.mode
    assert order_board(small_county.atlas, board, "O1", at=AS_OF) == one.board
    assert ((HOME, "村001200"), ("431381002", "镇002")) == one.scope
    assert pytest.approx((WEST, SOUTH, WEST + 0.08, SOUTH + 0.04)) == one.bounds


def test_the_newest_order_comes_first_and_one_to_come_not_at_all(small_county: SmallCounty) -> None:
    board = with_(
        small_county, order("O1", HOME), order("O2", HOME, at=T0 + timedelta(hours=1)), order("O3", HOME, at=AS_OF)
    )
    before = AS_OF - timedelta(seconds=1)
    assert ["O2", "O1"] == [one.board.order.order_id for one in asked(small_county, before, board).orders]
    assert ["O3", "O2", "O1"] == [one.board.order.order_id for one in asked(small_county, AS_OF, board).orders]


@pytest.mark.parametrize(
    ("clock", "open_ones"),
    [
        ("08:59", []),
        ("09:00", ["I1"]),
        ("09:30", ["I1", "I2"]),
        ("09:39", ["I1", "I2"]),
        ("09:40", ["I2"]),
        ("10:00", ["I2"]),
    ],
)
def test_an_incident_is_open_from_its_discovery_until_it_is_handled(
    small_county: SmallCounty, clock: str, open_ones: list[str]
) -> None:
    found = asked(small_county, datetime.fromisoformat(f"2022-12-23T{clock}+08:00")).incidents
    assert sorted(open_ones) == sorted(one.incident_id for one in found)


def test_an_incident_has_its_village_and_only_the_times_that_are_past(small_county: SmallCounty) -> None:
    (first, _) = asked(small_county, datetime(2022, 12, 23, 9, 31, tzinfo=CHINA)).incidents
    told = {one.incident_id: one for one in asked(small_county, datetime(2022, 12, 23, 9, 4, tzinfo=CHINA)).incidents}
    assert first.village is not None
    assert told["I1"].village is not None
    assert ("431381001001", None) == (told["I1"].village.code, told["I1"].notified_at)


def test_an_incident_closed_by_an_event_is_no_longer_open(small_county: SmallCounty) -> None:
    board = with_(small_county, Draft.of(IncidentClosed(incident_id="I2"), AS_OF))
    assert () == asked(small_county, board=board).incidents


def test_red_hazards_are_zones_and_active_sites_of_the_worst_level_most_people_first() -> None:
    sites = raw_layers()["hazard_sites"].assign(
        threatened_people=[1200, 9999, None], status=["active", "removed", "active"]
    )
    found = red_hazards(county_of(hazard_sites=sites).atlas)
    assert [("hazard_sites", "431381010001"), ("risk_zones", "Z3")] == [
        (one.hazard.layer, one.hazard.hazard_id) for one in found
    ]
    assert {HazardLevel.EXTREME} == {one.hazard.level for one in found}
    assert [1200, 300] == [one.people for one in found]  # those of the site, and of the one grid cell that Z3 touches
    assert ["431381002001", "431381100201"] == [one.village.code for one in found if one.village]


def test_a_red_zone_whose_people_nobody_counted_is_told_last_and_without_a_number() -> None:
    grids = raw_layers()["grids"]
    county = county_of(grids=grids.assign(population=None))
    (zone,) = red_hazards(county.atlas)
    assert None is zone.people


def test_the_villages_are_those_that_lack_nights_heaviest_first(small_county: SmallCounty) -> None:
    answer = asked(small_county)
    stays = stay_coverage(small_county.atlas, small_county.board, WEEK, at=AS_OF)
    assert stays == answer.stays
    expected = [one for one in stays.by_attention if one.state in LACKING]
    assert expected == [one.stays for one in answer.villages]
    assert {StayState.LOST, StayState.CURABLE, StayState.NO_TEAM} == {one.stays.state for one in answer.villages}
    for one in answer.villages:
        within = small_county.atlas.village_index.containing(one.lon, one.lat)
        assert one.stays.village_code in {small_county.atlas.villages[position].code for position in within}


@pytest.mark.parametrize(
    ("at", "barred"),
    [
        ("2022-12-20T07:59", []),
        ("2022-12-20T08:00", ["K1"]),
        ("2022-12-21T18:00", []),
        ("2022-12-22T08:00", ["K2"]),
        ("2023-02-01T08:00", ["K2"]),
    ],
)
def test_a_closure_is_told_from_its_first_instant_up_to_its_last(
    small_county: SmallCounty, at: str, barred: list[str]
) -> None:
    found = asked(small_county, datetime.fromisoformat(f"{at}+08:00")).closures
    assert barred == [one.closure_id for one in found]


def test_a_closures_place_lies_on_it(small_county: SmallCounty) -> None:
    frame = small_county.board.closures.set_index("closure_id")
    for one in asked(small_county).closures:
        assert shapely.distance(frame.loc[one.closure_id, "geometry"], shapely.Point(one.lon, one.lat)) < 1e-9


def test_a_county_where_nothing_happens_has_empty_lists() -> None:
    raw = raw_layers()
    bare = county_of(
        **{name: raw[name].iloc[:0] for name in ("incidents", "closures", "hazard_sites", "risk_zones", "stays")}
    )
    answer = asked(bare)
    assert ((), (), (), (), ()) == (answer.orders, answer.incidents, answer.hazards, answer.closures, answer.villages)
    assert 12 == answer.stays.counts[StayState.NO_DATA]


def test_an_incident_outside_every_village_is_told_without_one() -> None:
    rows = [{"incident_id": "I9", "kind": "flood", "discovered_at": "2022-12-23T09:00"}]
    county = county_of(incidents=features(rows, [shapely.Point(WEST - 0.01, SOUTH)]))
    assert [None] == [one.village for one in asked(county).incidents]
