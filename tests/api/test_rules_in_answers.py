"""A threshold that a county changes in its rules.toml changes every answer that goes by it, through the API."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.access import LOCAL
from api.app import create_app
from api.drafts import drafts_of
from api.identity.tokens import add_token
from api.imports import import_file
from api.settings import Settings
from api.wiring import open_services
from geo import store
from geo.errors import ThresholdsError
from geo.rules import Rules
from geo.terms import Role
from tests.api.test_journal_imports import table
from tests.county import AS_OF, SmallCounty, corner

HOME, OUTSIDE = "431381001200", "431381001201"
HERE = "lon=111.405&lat=27.675"
NEAREST = f"/v1/nearest?{HERE}"
DUTY = "/v1/coverage/duty?date=2022-12-23"
STAYS = "/v1/coverage/stays?week=2022-W51"
HISTORY = "/v1/coverage/stays/history?from=2022-W51&to=2022-W51"
REINFORCE = "/v1/reinforce?village=431381001001&members=3"
CLOCK = "/v1/coverage/clock?week=2022-W51"
ANSWERS = (
    NEAREST,
    DUTY,
    STAYS,
    HISTORY,
    REINFORCE,
    CLOCK,
    f"/v1/reach?{HERE}",
    "/v1/coverage/stays.geojson?week=2022-W51",
    "/v1/coverage/leaders?month=2022-12",
    "/v1/coverage/reach",
    "/v1/coverage/reach.geojson",
    "/v1/exposure",
    "/v1/isolation",
    "/v1/layers",
    "/v1/mobilisations",
    "/v1/mobilisations/O1",
    "/v1/teams/T01",
    "/health/ready",
)


@pytest.fixture(scope="module")
def folder(small_county: SmallCounty, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county under an order since 04:00; two members of T04 are 80 m south of its village on Friday morning."""
    path = tmp_path_factory.mktemp("ruled") / "county"
    store.write_county(path, small_county.layers, present=AS_OF, source="test")
    order = {"order_id": "O1", "scope": [HOME], "cause": "山火", "at": "2022-12-23T04:00:00"}
    west, south = corner(OUTSIDE)
    visits = [
        {
            "team_id": "T04",
            "member_id": member,
            "device_time": "2022-12-23T08:30:00",
            "lon": west + 0.01,
            "lat": south - 80 / 110_900,
            "crs": "WGS84",
        }
        for member in ("m1", "m2")
    ]
    with closing(open_services(Settings(data=path))) as services:
        for door, sent in (("mobilisations", order), ("check-ins", visits)):
            services.write(LOCAL, drafts_of(door, sent, now=AS_OF))
    return path


@contextmanager
def asked(folder: Path, threshold: str = "", value: object = None) -> Iterator[TestClient]:
    """A service with the default rules but for one threshold."""
    section, _, name = threshold.partition(".")
    given = f"[{section}]\n{name} = {value}\n" if threshold else ""
    (folder / "rules.toml").write_text(given, encoding="utf-8")
    with closing(open_services(Settings(data=folder))) as services, TestClient(create_app(services)) as client:
        yield client


def part(client: TestClient, path: str, where: str) -> Any:
    """A part of an answer: `teams[team_id=T01].nights`, `donors[0].lends`."""

    def step(found: Any, name: str) -> Any:
        if "=" in name:
            key, _, wanted = name.partition("=")
            return next(one for one in found if one[key] == wanted)
        return found[int(name)] if name.isdigit() else found[name]

    return reduce(step, re.split(r"\]?\.|\[", where.rstrip("]")), client.get(path).raise_for_status().json())


@pytest.mark.parametrize(
    ("threshold", "value", "path", "where", "before", "after"),
    [
        ("stays.quota_nights", 3, STAYS, "villages[village_code=431381001001].state", "met", "curable"),
        ("stays.quota_nights", 3, HISTORY, "villages[village_code=431381001001].states", ["met"], ["curable"]),
        ("stays.quota_nights", 3, "/v1/teams/T01", "owed.nights", 0, 1),
        ("stays.assessed_from_days", 3, STAYS, "villages[village_code=431381002200].state", "not_assessed", "curable"),
        ("stays.night.until_hour", 8, STAYS, "villages[village_code=431381001001].nights", 2, 0),
        ("leaders.quota_nights", 3, "/v1/coverage/leaders?month=2022-12", "leaders[0].quota", 2, 3),
        ("duty.full_strength", 2, DUTY, "teams[team_id=T04].state", "short", "full"),
        ("duty.full_strength", 2, CLOCK, "full_strength", 3, 2),
        ("duty.city_weekdays", [2], DUTY, "teams[team_id=C01].state", "expected", "not_required"),
        ("duty.attended_from_members", 3, DUTY, "teams[team_id=T04].is_met", True, None),
        ("duty.day_to", '"09:00"', f"{NEAREST}&k=24", "teams[team_id=C01].recall", False, True),
        ("duty.day_to", '"09:00"', "/v1/coverage/reach", "recalled", 0, 20),
        ("duty.check_in_fresh_s", 7200, f"{NEAREST}&k=24", "teams[team_id=T04].placed_by", "station", "check_in"),
        ("places.margin_m", 50, DUTY, "teams[team_id=T04].members", 2, 0),
        ("roads.notice_s", 1200, NEAREST, "teams[0].notice_s", 900, 1200),
        ("roads.notice_s", 1200, "/v1/coverage/reach", "villages[0].arrivals[0].arrival_s", 900, 1200),
        ("roads.notice_s", 1200, f"/v1/reach?{HERE}", "notice_s", 900, 1200),
        ("roads.notice_s", 1200, "/v1/coverage/reach.geojson", "notice_s", 900, 1200),
        ("roads.notice_s", 1200, REINFORCE, "donors[0].notice_s", 900, 1200),
        (
            "roads.recall_notice_s",
            2400,
            f"{NEAREST}&k=24&at=2022-12-23T19:00",
            "teams[team_id=T01].notice_s",
            1800,
            2400,
        ),
        ("roads.limit_s", 5400, NEAREST, "teams[0].margin_s", 5142.728, 3342.728),
        ("roads.limit_s", 5400, REINFORCE, "donors[0].margin_s", 6300, 4500),
        ("roads.limit_s", 5400, CLOCK, "limit_s", 7200, 5400),
        (
            "roads.limit_s",
            5400,
            "/v1/mobilisations/O1",
            "limit_at",
            "2022-12-23T06:00:00+08:00",
            "2022-12-23T05:30:00+08:00",
        ),
        ("roads.search_limit_s", 2000, NEAREST, "reach", "reached", "unreachable"),
        ("reinforce.donor_keeps", 2, REINFORCE, "donors[0].lends", 2, 1),
    ],
)
def test_a_changed_threshold_changes_the_answers_that_go_by_it(
    folder: Path, threshold: str, value: object, path: str, where: str, before: object, after: object
) -> None:
    with asked(folder) as client:
        assert before == part(client, path, where)
    with asked(folder, threshold, value) as client:
        assert after == part(client, path, where)


def test_places_asked_in_bulk_go_by_the_changed_notice(folder: Path) -> None:
    point = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [111.405, 27.675]}, "properties": {}}
    with asked(folder, "roads.notice_s", 1200) as client:
        (one,) = client.post("/v1/nearest", json={"type": "FeatureCollection", "features": [point]}).json()["features"]
    assert 1200 == one["properties"]["teams"][0]["notice_s"]


@pytest.mark.parametrize(("threshold", "value"), [("stays.quota_nights", 3), ("roads.notice_s", 1200)])
def test_every_answer_names_the_version_of_the_rules_in_force(folder: Path, threshold: str, value: int) -> None:
    section, name = threshold.split(".")
    version = Rules.of({section: {name: value}}).version
    with asked(folder, threshold, value) as client:
        told = {path: client.get(path).raise_for_status().json()["data"]["rules"] for path in ANSWERS}
    assert dict.fromkeys(ANSWERS, version) == told
    assert Rules().version != version


def test_r07_what_overlaps_goes_by_the_changed_end_of_the_night(folder: Path, tmp_path: Path) -> None:
    own = shutil.copytree(folder, tmp_path / "county")
    headers = {"Authorization": f"Bearer {add_token(own, 'hq', Role.HQ, '431381', now=AS_OF, days=0)}"}
    member = {"team_id": "T03", "member_id": "m9"}
    times = {"check_in": "2022-12-22T06:00:00", "check_out": "2022-12-22T07:30:00"}
    sent = [
        {**member, "village_code": OUTSIDE, "night": "2022-12-22", **times},
        {**member, "village_code": HOME, "night": "2022-12-21"},
    ]
    answers = {}
    for until_hour in (7, 5):
        with asked(own, "stays.night.until_hour", until_hour) as client:
            answers[until_hour] = client.post("/v1/stays", json=sent, headers=headers)
    assert (400, 201) == (answers[7].status_code, answers[5].status_code)
    assert ["R07"] == [fault["rule"] for fault in answers[7].json()["refusals"]]


def test_an_import_into_a_folder_whose_rules_cannot_be_taken_names_them_and_writes_nothing(
    small_county: SmallCounty, tmp_path: Path
) -> None:
    path = tmp_path / "county"
    store.write_county(path, small_county.layers, present=AS_OF, source="test")
    (path / "rules.toml").write_text("[stays]\nquota_nights = 99\n", encoding="utf-8")
    before = (path / store.MANIFEST).read_bytes()
    file = table(tmp_path / "leaders.csv", ("leader_id", "title", "town_code"), ("L9", "副市长", HOME[:9]))
    with pytest.raises(ThresholdsError, match="quota_nights = 99"):
        import_file(path, "leaders", file, now=AS_OF)
    assert before == (path / store.MANIFEST).read_bytes()
