"""DOMAIN.md's worked examples (a) to (i), each the whole way: import or call, journal, board, answer, and map.

Every question opens the service anew over the folder, as after a restart: only what is at rest counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api import record
from api.app import create_app
from api.identity.tokens import add_token
from api.imports import import_file
from api.settings import Settings
from api.wiring import open_services
from geo import store
from geo.calendar import CHINA
from geo.events import Event
from geo.intake import Outcome, Wishes
from geo.journal import Journal
from geo.layers.registry import LAYERS
from geo.terms import EventKind, Role
from maps.words import words
from tests.county import SmallCounty, centre

WORDS = words("zh")
SAMPLE = Path(__file__).resolve().parents[1] / "data" / "sample"
TOWN = "431381002"
HOME = f"{TOWN}001"
"""The village of T05, which keeps no night unless a test records one."""


def at(text: str) -> datetime:
    """A local instant."""
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


@dataclass(frozen=True)
class House:
    """A data folder, the headquarters' token, and the clock that events are recorded by."""

    folder: Path
    token: str
    patch: pytest.MonkeyPatch

    @classmethod
    def built(cls, folder: Path, layers: Mapping[str, pd.DataFrame], patch: pytest.MonkeyPatch) -> House:
        """The layers at rest, and no journal yet."""
        present = at("2022-12-23T10:00")
        store.write_county(folder, layers, present=present, source="test")
        return cls(folder, add_token(folder, "hq", Role.HQ, "431381", now=present, days=0), patch)

    @contextmanager
    def opened(self, now: str) -> Iterator[TestClient]:
        """A service that starts, and stops afterwards; its present stands still."""
        self.patch.setattr(record, "clock", lambda: at(now))
        services = open_services(Settings(data=self.folder, now=at(now)))
        with TestClient(create_app(services)) as client:
            client.headers["Authorization"] = f"Bearer {self.token}"
            yield client
        services.close()

    def post(self, now: str, *told: tuple[str, object]) -> None:
        """Record, at an instant, what is sent to each door."""
        with self.opened(now) as client:
            for door, body in told:
                answer = client.post(f"/v1/{door}", json=body)
                assert 201 == answer.status_code, answer.text

    def import_(self, now: str, layer: str, file: Path, *lines: str, crs: str | None = None) -> None:
        """What `yixian import LAYER FILE` does, of a CSV with these lines."""
        file.write_text("\n".join(lines), encoding="utf-8")
        report = import_file(self.folder, layer, file, now=at(now), wishes=Wishes(crs))
        assert Outcome.STORED is report.outcome, report.faults

    def get(self, now: str, *addresses: str) -> list[Any]:
        """The answers at an instant: bodies, and pages as one file with all that they show."""
        whole = [
            f"{address}{'&' if '?' in address else '?'}f=file" if address.startswith("/maps/") else address
            for address in addresses
        ]
        with self.opened(now) as client:
            found = [client.get(address).raise_for_status() for address in whole]
        return [one.text if "html" in one.headers["content-type"] else one.json() for one in found]

    def recorded(self, *kinds: EventKind) -> list[Event]:
        """The events of some kinds as they are on the disk."""
        with Journal.open(self.folder, clock=lambda: at("2023-06-01T00:00")) as journal:
            return [event for event in journal.read(0) if event.kind in kinds]


@pytest.fixture
def house(small_county: SmallCounty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    return House.built(tmp_path / "county", small_county.layers, monkeypatch)


def block(page: str, name: str) -> Any:
    """The data that a page carries under a name."""
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.DOTALL)
    assert found is not None, name
    return json.loads(found[1])


def card(page: str, layer: str, code: str) -> dict[str, Any]:
    """What a map says of one feature: `t`itle, `b`adge, `s`tyle, `r`ows; of a village its `e`venings."""
    features = block(page, f"layer-{layer}")["data"]["features"]
    found = {feature["properties"]["id"]: feature["properties"]["card"] for feature in features}
    made: dict[str, Any] = found[code]
    return made


def section(page: str, title: str) -> dict[str, Any]:
    """A section of a page's panel."""
    return next(one for one in block(page, "page-data")["sections"] if one.get("title") == title)


def village(body: Any, code: str = HOME) -> dict[str, Any]:
    """A village of an answer."""
    return next(one for one in body["villages"] if one["village_code"] == code)


def check_in(when: str, member: str, place: str = HOME, team: str = "T05") -> dict[str, Any]:
    """A check-in at a village's station."""
    here = {"lon": centre(place).x, "lat": centre(place).y, "crs": "EPSG:4326"}
    return {"team_id": team, "member_id": member, "device_time": when, **here}


def judged(house: House, *weeks: str) -> list[tuple[str, int, str, str]]:
    """State and nights by the answer, and style and evenings by the map, seen on 28 December."""
    doors = [door for week in weeks for door in (f"/v1/coverage/stays?week={week}", f"/maps/coverage?week={week}")]
    found = house.get("2022-12-28T10:00", *doors)
    told = [village(body) for body in found[::2]]
    shown = [card(page, "villages", HOME) for page in found[1::2]]
    return [(one["state"], one["nights"], two["s"], two["e"]) for one, two in zip(told, shown, strict=True)]


def test_example_a_sunday_and_monday_make_no_week_whole(house: House, tmp_path: Path) -> None:
    house.post(
        "2022-12-14T10:00", ("rosters", {"team_id": "T05", "member_id": "甲", "change": "joined", "day": "2022-01-01"})
    )
    house.import_(
        "2022-12-28T09:00",
        "stays",
        tmp_path / "留宿登记.csv",
        "记录编号,队伍编号,队员编号,留宿村代码,签到时间,签退时间",
        f"N1,T05,甲,{HOME},2022-12-18 21:00,2022-12-19 07:00",
        f"N2,T05,甲,{HOME},2022-12-19 21:00,2022-12-20 07:00",
    )
    assert {"N1", "N2"} < {event.body.stay_id for event in house.recorded(EventKind.STAY_DECLARED)}
    expected = [("lost", 1, "state-lost", "mmmmmmk"), ("lost", 1, "state-lost", "kmmmmmm")]
    assert expected == judged(house, "2022-W50", "2022-W51")


def test_example_b_two_members_on_tuesday_and_one_on_thursday_meet_the_quota(house: House) -> None:
    nights = [("2022-12-20", "甲"), ("2022-12-20", "乙"), ("2022-12-22", "甲")]
    stays = [{"team_id": "T05", "member_id": who, "village_code": HOME, "night": day} for day, who in nights]
    house.post("2022-12-23T09:00", ("stays", stays))
    assert 3 == sum(event.body.team_id == "T05" for event in house.recorded(EventKind.STAY_DECLARED))
    assert [("met", 2, "state-met", "mkmkmmm")] == judged(house, "2022-W51")


@pytest.mark.parametrize(("left", "nights", "evenings"), [("04:30", 0, "mmmmmmm"), ("05:00", 1, "mmkmmmm")])
def test_example_c_a_check_out_at_half_past_four_makes_no_night(
    house: House, left: str, nights: int, evenings: str
) -> None:
    gone = {"event": "check_out", "team_id": "T05", "member_id": "甲", "device_time": f"2022-12-22T{left}:00+08:00"}
    house.post("2022-12-22T09:00", ("check-ins", [check_in("2022-12-21T21:00:00+08:00", "甲"), gone]))
    assert [EventKind.CHECK_IN, EventKind.CHECK_OUT] == [
        event.kind for event in house.recorded(EventKind.CHECK_IN, EventKind.CHECK_OUT)
    ]
    assert [("lost", nights, "state-lost", evenings)] == judged(house, "2022-W51")


def test_example_d_the_last_evening_of_the_year_counts_for_december_and_w52(house: House) -> None:
    nights = (("T05", "甲", "2022-12-31"), ("L002", "L002", "2022-12-30"), ("L002", "L002", "2022-12-31"))
    stays = [{"team_id": who, "member_id": one, "village_code": HOME, "night": day} for who, one, day in nights]
    house.post("2023-01-01T10:00", ("stays", stays))
    *found, of_december, of_january = house.get(
        "2023-01-09T10:00",
        "/v1/coverage/stays?week=2022-W52",
        "/v1/coverage/stays?week=2023-W01",
        "/v1/coverage/leaders?month=2022-12",
        "/v1/coverage/leaders?month=2023-01",
        # Seen from January the page of W51 has December's leaders, that of W52 those of 1 January.
        "/maps/coverage?week=2022-W51",
        "/maps/coverage?week=2022-W52",
    )
    own = [village(body) for body in found[:2]]
    own += [next(one for one in body["leaders"] if one["leader_id"] == "L002") for body in found[2:]]
    assert [["2022-12-31"], [], ["2022-12-30", "2022-12-31"], []] == [one["evenings"] for one in own]
    assert "mmmmmkm" == card(of_january, "villages", HOME)["e"]
    for page, kept in ((of_december, 2), (of_january, 0)):
        shown = section(page, WORDS("leaders.title"))["groups"][0]["items"]
        side = WORDS("unit.nights_of", nights=kept, quota=2)
        assert side == next(one for one in shown if one["note"] == "镇002")["side"]


def test_example_e_two_hours_after_the_order_is_on_time_and_a_second_later_is_late(house: House) -> None:
    order = {"order_id": "令1", "scope": [HOME], "cause": "火情", "at": "2022-11-27T04:00:00+08:00"}
    house.post("2022-11-27T04:01", ("mobilisations", order))
    arrivals = (("06:00:00", "甲"), ("06:00:01", "乙"))
    house.post("2022-11-27T06:05", ("check-ins", [check_in(f"2022-11-27T{when}+08:00", who) for when, who in arrivals]))
    (issued,) = house.recorded(EventKind.MOBILISATION)
    assert at("2022-11-27T04:00") == issued.at
    body, page = house.get("2022-11-27T06:30", "/v1/mobilisations/令1", "/maps/coverage")
    assert "2022-11-27T06:00:00+08:00" == body["limit_at"]
    team = next(one for one in body["teams"] if one["team_id"] == "T05")
    assert [("乙", "late"), ("甲", "on_station"), (None, "missing")] == [
        (one["member_id"], one["state"]) for one in team["members"]
    ]
    assert "令1" in block(page, "page-data")["emergency"]
    assert any("令1" in value for _, value in card(page, "villages", HOME)["r"])
    assert not any("令1" in value for _, value in card(page, "villages", f"{TOWN}002")["r"])


def test_example_f_in_the_week_of_national_day_townships_owe_8_and_9_october_and_cities_no_day(
    house: House, tmp_path: Path
) -> None:
    days_off = [f"2022-10-{day:02d},放假,国庆节" for day in range(1, 8)]
    make_up = [f"2022-10-{day:02d},调休上班," for day in (8, 9)]
    house.import_("2022-09-01T09:00", "calendar", tmp_path / "放假安排.csv", "日期,类型,名称", *days_off, *make_up)
    house.post("2022-10-08T09:30", ("check-ins", check_in("2022-10-08T09:00:00+08:00", "甲")))
    required: dict[str, list[int]] = {"C05": [], "T05": []}
    week = [date(2022, 10, 3) + timedelta(days=ahead) for ahead in range(7)]
    doors = [f"/v1/coverage/duty?date={day}" for day in week]
    *bodies, team = house.get("2022-10-10T10:00", *doors, "/v1/teams/T05?week=2022-W40")
    for day, body in zip(week, bodies, strict=True):
        for one in body["teams"]:
            if one["team_id"] in required and one["required"]:
                required[one["team_id"]].append(day.day)
    assert {"C05": [], "T05": [8, 9]} == required
    assert ["not_required"] * 5 + ["short", "absent"] == [one["state"] for one in team["days"]]
    for now, townships in (("2022-10-07T10:00", {}), ("2022-10-08T10:00", {"duty-short": "1", "duty-expected": "10"})):
        (page,) = house.get(now, "/maps/coverage")
        items = section(page, WORDS("attendance.title"))["items"]
        shown = {one["style"]: one["value"] for one in items if one["value"] != "0"}
        assert {"duty-not_required": "12" if townships else "23", **townships} == shown


def test_example_g_a_hotspot_s_hour_in_utc_is_told_in_local_time(house: House, tmp_path: Path) -> None:
    house.import_(
        "2022-12-23T09:00",
        "detections",
        tmp_path / "fire_archive.csv",
        "latitude,longitude,acq_date,acq_time,satellite,confidence,frp",
        "27.66,111.45,2022-04-04,300,T,64,7.5",
        "27.67,111.46,2022-04-04,1730,T,64,7.5",
    )
    body, page = house.get("2022-12-23T10:00", "/v1/layers/detections.geojson", "/maps/risk")
    expected = ["2022-04-04T11:00:00+08:00", "2022-04-05T01:30:00+08:00"]
    assert expected == sorted(one["properties"]["detected_at"] for one in body["features"])
    cards = [one["properties"]["card"] for one in block(page, "layer-detections")["data"]["features"]]
    detected = sorted(dict(one["r"])[WORDS("card.detected")] for one in cards)
    assert [WORDS.instant(datetime.fromisoformat(one)) for one in expected] == detected


def test_example_h_a_hundred_people_or_five_million_yuan_make_a_medium_danger(house: House, tmp_path: Path) -> None:
    sites = [("甲", 100, 0), ("乙", 99, 5_000_000), ("丙", 99, 4_999_999)]
    rows = [
        f"43138101000{number},{name},landslide,active,{people},{cny},{111.41 + number / 100:.2f},27.66"
        for number, (name, people, cny) in enumerate(sites, start=1)
    ]
    head = "site_id,name,kind,status,threatened_people,threatened_assets_cny,lon,lat"
    house.import_("2022-12-23T09:00", "hazard_sites", tmp_path / "隐患点.csv", head, *rows, crs="EPSG:4326")
    body, page = house.get("2022-12-23T10:00", "/v1/layers/hazard_sites.geojson", "/maps/risk")
    grades = {one["properties"]["name"]: one["properties"]["danger_grade"] for one in body["features"]}
    assert {"甲": "medium", "乙": "medium", "丙": "small"} == grades
    shown = [card(page, "hazard-sites", f"43138101000{number}") for number in (1, 2, 3)]
    assert ["中型", "中型", "小型"] == [one["b"][:2] for one in shown]
    assert ["level-3", "level-3", "level-2"] == [one["s"] for one in shown]


def test_example_i_the_finance_bureau_s_team_that_stays_the_night_is_a_donor_at_four_in_the_morning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, troubled = "431381001001", "431381001006"  # 锑都社区 and 建新社区
    layers = store.read_layers(SAMPLE, store.read_manifest(SAMPLE))
    house = House.built(
        tmp_path / "county", {name: frame for name, frame in layers.items() if not LAYERS[name].live}, monkeypatch
    )
    stations = layers["stations"].set_index("code").geometry
    now = "2022-11-27T04:00"

    def finance(body: Any) -> dict[str, Any]:
        return next(one for one in body["donors"] if one["team_id"] == f"C-{own}")

    here, there = ({"lon": stations[code].x, "lat": stations[code].y} for code in (own, troubled))
    slept = {"team_id": f"C-{own}", "member_id": "甲", "device_time": "2022-11-26T19:00:00+08:00", "crs": "EPSG:4326"}
    fire = {"incident_id": "I1", "kind": "open_fire", "at": "2022-11-27T03:55:00+08:00", **there}
    reinforce = f"/v1/reinforce?village={troubled}&limit=50"
    with house.opened(now) as client:
        before = finance(client.get(reinforce).json())
        for door, body in (("check-ins", {**slept, **here}), ("incidents", fire)):
            assert 201 == client.post(f"/v1/{door}", json=body).status_code
    assert ("recall", "base") == (before["state"], before["placed_by"])
    body, dispatch, risk = house.get(
        now, reinforce, f"/maps/dispatch?lon={there['lon']}&lat={there['lat']}", "/maps/risk"
    )
    donor = finance(body)
    assert ("adjacent_village", "市财政局", "on_duty", False, "station") == tuple(
        donor[name] for name in ("tier", "unit", "state", "recall", "placed_by")
    )
    assert (3, 2, 1) == tuple(donor[name] for name in ("strength", "lends", "stays"))
    first = block(dispatch, "page-data")["sections"][1]["items"][0]
    assert ("市财政局驻锑都社区一线工作队", "1") == (first["t"], first["rank"])
    assert WORDS("incident.open_fire") == card(risk, "incidents", "I1")["t"]
