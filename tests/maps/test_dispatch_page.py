"""The dispatch page tells who arrives first, on which legs, and why nobody does, as the answer has it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import shapely

from geo.atlas import Provenance, build
from geo.board import fold_frames
from geo.closures import Closure
from geo.errors import FarPlaceError, InputError
from geo.events import Draft, Event, StayDeclared
from geo.nearest import NearestAnswer, nearest
from geo.reach import reach_areas
from geo.terms import Available, ClosureCause, Reach, RoadEffect
from maps import dispatch_cards, pages, paint, palette, words
from tests.county import AS_OF, SmallCounty, checked_layers, county_of, features

PLACE = 111.447, 27.667
FAR = FarPlaceError(112.5, 28.2, 66_600.0, 30_000.0)
BAR = shapely.LineString([(111.446, 27.669), (111.446, 27.671)])  # across R1, between the second village and the third
LINKS = {"dispatch": "/maps/dispatch?lang=zh", "lang": "/maps/dispatch?lang=en"}


@pytest.fixture(scope="module")
def county() -> SmallCounty:
    closures = features(
        [
            {"closure_id": "K9", "name": "省道", "cause": "landslide", "effect": "closed", "vehicles": "all"},
            {"closure_id": "K8", "cause": "works", "effect": "slowed", "speed_kph": 20, "vehicles": "all"},
        ],
        [BAR, shapely.LineString([(111.41, 27.67), (111.42, 27.67)])],
    ).assign(from_at="2022-12-22T08:00", to_at=[None, "2022-12-24T08:00"])
    return county_of(closures=closures)


def _asked(county: SmallCounty, lon: float = PLACE[0], lat: float = PLACE[1], **options: Any) -> NearestAnswer:
    return nearest(county.atlas, county.board, lon, lat, at=AS_OF, paths=True, **options)


def _page(county: SmallCounty, answer: NearestAnswer | None, **options: Any) -> str:
    areas = reach_areas(county.atlas, county.board, at=AS_OF)
    return pages.dispatch_page(county.atlas, county.board, answer, areas, at=AS_OF, **options).decode()


def _block(document: str, identity: str = "page-data") -> Any:
    found = re.search(rf'<script type="application/json" id="{identity}">(.*?)</script>', document, re.DOTALL)
    assert found is not None, identity
    return json.loads(found[1])


def _section(document: str, kind: str) -> Any:
    return next(section for section in _block(document)["sections"] if section["type"] == kind)


def _list(document: str, title: str) -> Any:
    return next(one for one in _block(document)["sections"] if one.get("title") == title and one["type"] == "list")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_panel_begins_with_the_first_arrival_in_minutes_and_by_the_clock(county: SmallCounty, lang: str) -> None:
    answer = _asked(county)
    first = _block(_page(county, answer, lang=lang))["sections"][0]
    arrival = answer.teams[0].arrival
    assert arrival is not None
    minutes = dispatch_cards.minutes(arrival.arrival_s)
    assert first["figure"] == str(minutes)
    assert f"{AS_OF + timedelta(minutes=minutes):%H:%M}" in first["of"]
    assert answer.teams[0].name in first["caption"]


def test_every_team_has_its_legs_margin_and_rank(county: SmallCounty) -> None:
    answer = _asked(county)
    document = _page(county, answer, lang="en")
    items = _section(document, "arrivals")["items"]
    assert [(item["rank"], item["t"]) for item in items] == [(str(team.rank), team.name) for team in answer.teams]
    for item, team in zip(items, answer.teams, strict=True):
        assert team.arrival is not None
        total = dispatch_cards.minutes(team.arrival.arrival_s)
        assert sum(minutes for _, minutes in item["legs"]) == pytest.approx(team.arrival.arrival_s / 60, abs=0.05)
        assert item["b"].startswith(f"{total} min")
        assert ["in-time", f"Within 2 h · {120 - total} min to spare"] in item["l"]


def test_whole_minutes_of_the_legs_add_up_to_the_arrival(county: SmallCounty) -> None:
    for lon in (111.401, 111.447, 111.519):
        for team in _asked(county, lon, 27.68).teams:
            assert team.arrival is not None
            told = sum(minutes for _, _, minutes in dispatch_cards.leg_minutes(team.arrival))
            assert told == dispatch_cards.minutes(team.arrival.arrival_s)


@pytest.mark.parametrize(
    ("arrival_s", "style", "minutes"), [(7200.0, "in-time", 0), (7200.001, "too-late", 1), (7140.0, "in-time", 1)]
)
def test_the_two_hours_are_kept_to_the_millisecond(
    county: SmallCounty, arrival_s: float, style: str, minutes: int
) -> None:
    arrival = _asked(county).teams[0].arrival
    assert arrival is not None
    say = words.words("en")
    told = dispatch_cards.margin(say, replace(arrival, arrival_s=arrival_s))
    assert told[0] == style
    assert f" {minutes} min" in told[1]


def test_an_arrival_after_midnight_says_the_day() -> None:
    late = AS_OF.replace(hour=23, minute=50)
    assert dispatch_cards.clock(words.words("zh"), late, 900) == "12月24日 00:05"
    assert dispatch_cards.clock(words.words("zh"), AS_OF, 900) == "10:15"


def test_what_closures_cost_is_told_with_the_closure(county: SmallCounty) -> None:
    arrival = _asked(county).teams[0].arrival
    assert arrival is not None
    closure = Closure("K9", "省道", ClosureCause.LANDSLIDE, RoadEffect.CLOSED)
    say = words.words("zh")
    assert dispatch_cards.lost(say, replace(arrival, lost_s=601.0), [closure]) == "因道路管制慢 11 分钟:省道"
    assert dispatch_cards.lost(say, replace(arrival, lost_s=0.0), [closure]) == ""
    assert dispatch_cards.lost(say, replace(arrival, lost_s=None), []) == ""


def test_closures_in_force_are_listed_with_from_and_until_those_that_change_the_answer_first(
    county: SmallCounty,
) -> None:
    answer = _asked(county, 111.437, 27.67)
    changed = replace(answer, closures=tuple(one for one in county.board.roads.active_at(AS_OF) if one.id == "K9"))  # type: ignore[union-attr]  # the county has roads
    groups = _list(_page(county, changed), "现行道路管制")["groups"]
    assert [[item["name"] for item in group["items"]] for group in groups] == [["省道"], ["K8"]]
    first, second = (group["items"][0] for group in groups)
    assert first["note"] == "滑坡 · 2022年12月22日 08:00 至 未定"
    assert second["note"] == "施工 · 2022年12月22日 08:00 至 2022年12月24日 08:00"
    assert (first["side"], second["side"]) == ("中断", "缓行 · 20 公里/时")


def test_a_closure_has_a_sign_on_the_road_that_it_covers(county: SmallCounty) -> None:
    signs = _block(_page(county, None), "layer-closures")["data"]["features"]
    told = {one["properties"]["id"]: one for one in signs}
    assert told["K9"]["geometry"]["coordinates"] == pytest.approx([111.446, 27.67], abs=2e-4)
    assert (told["K9"]["properties"]["symbol"], told["K8"]["properties"]["symbol"]) == ("sym-closed", "sym-slowed")
    assert told["K8"]["properties"]["text"] == "20"


def test_routes_lie_widest_first_and_end_on_foot_at_the_place(county: SmallCounty) -> None:
    answer = _asked(county)
    routes = _block(_page(county, answer), "layer-routes")
    ways = {one["properties"]["id"]: one["geometry"]["coordinates"] for one in routes["data"]["features"]}
    assert {"route-1", "walk-1", "route-2", "walk-2", "route-3", "walk-3"} == set(ways)
    assert ways["walk-1"][1][-1] == pytest.approx(PLACE)
    widths = [routes["lines"][f"route-{rank}"][1]["weight"] for rank in (1, 2, 3)]
    assert widths == sorted(widths, reverse=True)
    looks = [(line.colour, line.width_px) for line in palette.ROUTES.values()]
    assert len({colour for colour, _ in looks}) == len({width for _, width in looks}) == 3
    assert all(line.casing_px > line.width_px for line in palette.ROUTES.values())


def test_teams_of_one_station_share_a_flag(county: SmallCounty) -> None:
    answer = _asked(county)
    flags = _block(_page(county, answer), "layer-flags")["data"]["features"]
    ranks = [[mark["rank"] for mark in flag["properties"]["marks"]] for flag in flags]
    assert sorted(rank for flag in ranks for rank in flag) == ["1", "2", "3"]
    assert len(flags) == len({(team.lon, team.lat) for team in answer.teams})


def test_the_place_tells_its_village_and_grid_and_zones(county: SmallCounty) -> None:
    answer = _asked(county, 111.405, 27.675)
    rows = dict(_section(_page(county, answer), "rows")["rows"])
    assert rows["村(社区)"] == answer.place.village_name
    assert rows["网格"] == answer.place.grid_code
    assert "北坡" in rows["风险区"]
    assert rows["经度、纬度"] == "111.405000, 27.675000"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_r15b_a_recalled_team_says_so_with_its_notice_and_where_it_sets_out(county: SmallCounty, lang: str) -> None:
    saturday = AS_OF + timedelta(days=1)
    answer = nearest(county.atlas, county.board, *PLACE, at=saturday, paths=True)
    assert all(team.recall for team in answer.teams)
    told = words.words(lang)
    for item in _section(_page(county, answer, lang=lang), "arrivals")["items"]:
        assert told("dispatch.recall", minutes="30") in [line[1] for line in item["l"]]
        assert [told("dispatch.placed_by"), told("placed_by.base")] in item["r"]
    on_duty = _section(_page(county, _asked(county), lang=lang), "arrivals")["items"]
    assert not any(told("dispatch.recall", minutes="15") in [line[1] for line in item["l"]] for item in on_duty)


@pytest.mark.parametrize(("lang", "why"), [("zh", "不在岗,周一 08:00 起在岗"), ("en", "off duty, from Monday 08:00")])
def test_r15b_who_is_off_duty_and_not_asked_for_is_passed_over_with_the_reason(
    county: SmallCounty, lang: str, why: str
) -> None:
    gathered = checked_layers()["stays"].iloc[:0]
    board = fold_frames(county.atlas, gathered, None, AS_OF)
    stay = Draft.of(StayDeclared(team_id="T12", village_code="431381100201", night=AS_OF.date(), member_id="m"))
    board = board.advance([Event(1, AS_OF, stay.at, "t", stay.kind, stay.body)])
    asked = {"at": AS_OF + timedelta(hours=12), "k": 1, "available": Available.NOW}
    answer = nearest(county.atlas, board, *PLACE, **asked)
    assert ["T12"] == [team.team_id for team in answer.teams]
    document = _page(county, answer, lang=lang)
    notes = [
        section
        for section in _block(document)["sections"]
        if section.get("title") == words.words(lang)("dispatch.passed_over")
    ]
    assert {why} == {item["note"] for item in notes[0]["groups"][0]["items"]}


def test_a_team_passed_over_has_its_reason_in_the_language_of_the_page(county: SmallCounty) -> None:
    answer = _asked(county, 111.4501, 27.6601, k=50)
    assert answer.passed_over
    for lang, why in (("zh", "没有派驻"), ("en", "not assigned on")):
        title = words.words(lang)("dispatch.passed_over")
        items = _list(_page(county, replace(answer, teams=answer.teams[:3]), lang=lang), title)["groups"][0]["items"]
        assert [item["name"] for item in items] == [team.name for team in answer.passed_over]
        assert all(why in item["note"] for item in items)


def test_before_a_question_the_page_invites_and_shows_what_is_reached(county: SmallCounty) -> None:
    document = _page(county, None, links=LINKS)
    page = _block(document)
    assert page["sections"][0]["caption"] == "县域面积 2 小时内有队伍到达"
    assert _section(document, "asking")["title"] == "哪里出事?"
    assert page["focus"] is None
    assert page["ask"]["href"] == "/maps/dispatch?lang=zh"
    assert 'id="layer-routes"' not in document


def test_a_saved_page_has_no_address_to_ask(county: SmallCounty) -> None:
    assert _block(_page(county, None))["ask"]["href"] is None


def test_bands_are_told_with_their_areas(county: SmallCounty) -> None:
    document = _page(county, None, lang="en")
    areas = reach_areas(county.atlas, county.board, at=AS_OF)
    legend = _section(document, "legend")["groups"][0]["items"]
    assert [item["label"] for item in legend[:4]] == ["0–30 min", "30–60 min", "60–90 min", "90–120 min"]
    assert [item["count"] for item in legend[:2]] == [f"{round(band.area_km2, 1)} km²" for band in areas.bands[:2]]
    drawn = {one["properties"]["id"] for one in _block(document, "layer-reach")["data"]["features"]}
    assert drawn >= {"1", "2"}  # on foot around the stations; beside the road, half an hour's walk from them


def test_ground_that_nobody_reaches_is_hatched(county: SmallCounty) -> None:
    areas = reach_areas(county.atlas, county.board, at=AS_OF)
    none = tuple(replace(band, area=shapely.MultiPolygon(), area_km2=0.0) for band in areas.bands)
    empty = replace(areas, bands=none, reached_share=0.0)
    document = pages.dispatch_page(county.atlas, county.board, None, empty, at=AS_OF, lang="en").decode()
    drawn = _block(document, "layer-reach")["data"]["features"]
    assert [one["properties"]["id"] for one in drawn] == ["beyond"]
    assert shapely.from_geojson(json.dumps(drawn[0]["geometry"])).area == pytest.approx(county.atlas.outline.area)
    assert _section(document, "summary")["figure"] == "0.0%"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nobody_comes_is_a_state_with_its_cause(county: SmallCounty, lang: str) -> None:
    say, answer = words.words(lang), _asked(county)
    closure = Closure("K9", "省道", ClosureCause.LANDSLIDE, RoadEffect.CLOSED)
    nobody = replace(answer, teams=())
    states = {
        say("reach.off_network"): (replace(nobody, reach=Reach.OFF_NETWORK, nearest_road_m=4903.0), "4.9"),
        say("reach.unreachable"): (replace(nobody, reach=Reach.UNREACHABLE, closures=(closure,)), "省道"),
        say("reach.no_team"): (replace(nobody, reach=Reach.NO_TEAM), say("dispatch.why_no_team")),
    }
    for title, (told, cause) in states.items():
        document = _page(county, told, lang=lang)
        notice = _block(document)["notice"]
        assert (notice["title"], notice["look"]) == (title, "alarm")
        assert cause in notice["body"]
        assert _section(document, "rows")["title"] == say("dispatch.place")
        assert 'id="layer-place"' in document


def test_a_place_too_far_away_is_marked_and_said_to_be_so(county: SmallCounty) -> None:
    document = _page(county, None, far=FAR)
    page = _block(document)
    assert page["notice"]["title"] == "地点太远"
    assert "67 公里" in page["notice"]["body"]
    assert _block(document, "layer-place")["data"]["features"][0]["geometry"]["coordinates"] == [112.5, 28.2]
    assert page["focus"][1] == [28.2, 112.5]


def test_a_county_without_roads_says_so_and_answers_in_straight_lines() -> None:
    layers = {name: frame for name, frame in checked_layers().items() if name not in ("roads", "closures")}
    atlas = build(layers, Provenance("test", AS_OF))
    bare = SmallCounty(layers, atlas, fold_frames(atlas, None, None, None), AS_OF, {})
    answer = _asked(bare)
    document = _page(bare, answer)
    page = _block(document)
    assert page["notice"]["title"] == "没有道路数据"
    assert page["sections"][0]["figure"] == dispatch_cards.kilometres(words.words("zh"), answer.teams[0].distance_m)
    lines = {one["properties"]["id"] for one in _block(document, "layer-routes")["data"]["features"]}
    assert lines == {"straight-1", "straight-2", "straight-3"}
    assert 'id="layer-reach"' not in document


def test_a_hostile_name_of_team_and_closure_stays_text(county: SmallCounty) -> None:
    hostile = "${alert(1)}</script><img src=x onerror=alert(1)>"
    answer = _asked(county)
    named = replace(answer, teams=tuple(replace(team, name=hostile) for team in answer.teams))
    document = _page(county, named)
    assert hostile in _block(document)["sections"][0]["caption"]
    assert "onerror=alert" not in re.sub(r'<script type="application/json".*?</script>', "", document, flags=re.DOTALL)


def test_the_view_shows_the_whole_answer(county: SmallCounty) -> None:
    answer = _asked(county)
    (south, west), (north, east) = _block(_page(county, answer))["focus"]
    assert south <= PLACE[1] <= north
    assert all(west <= round(team.lon, 5) <= east for team in answer.teams)
    assert (west, south, east, north) == paint.answer_bounds(county.atlas, answer)


def test_a_link_that_leaves_the_service_is_refused(county: SmallCounty) -> None:
    with pytest.raises(InputError):
        _page(county, None, links={"dispatch": "https://example.org"})
