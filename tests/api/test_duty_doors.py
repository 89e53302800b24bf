"""Duty through the doors: `at` and `available` of nearest, reach and reinforce, over HTTP and on the command line."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import orjson
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from api import models, params, road_models
from api.cli import app
from api.wiring import Services
from geo.calendar import CHINA
from geo.errors import InputError, UnknownTermError
from geo.geojson import dumps
from geo.nearest import nearest
from geo.reach import reach_areas, reach_coverage
from geo.reinforce import reinforce
from geo.terms import Available

SATURDAY = datetime(2022, 12, 24, 10, tzinfo=CHINA)
PLACE = "lon=111.405&lat=27.675"
VILLAGE = "431381001001"
QUESTIONS = (
    f"/v1/nearest?{PLACE}",
    "/v1/coverage/reach?minutes=60",
    "/v1/coverage/reach.geojson?bands=60",
    f"/v1/reach?{PLACE}&minutes=30",
    f"/v1/reinforce?village={VILLAGE}",
)


def test_r15b_every_door_gives_the_cores_answer_of_the_instant(client: TestClient, services: Services) -> None:
    atlas, board = services.atlas, services.board
    for available in (*Available, None):
        counts = {} if available is None else {"available": available}
        asked = "&at=2022-12-24T10:00" + (f"&available={available}" if available else "")
        expected = (
            models.nearest(nearest(atlas, board, 111.405, 27.675, at=SATURDAY, **counts)),
            road_models.reach_coverage(reach_coverage(atlas, board, at=SATURDAY, minutes=60, **counts)),
            road_models.reach_areas(reach_areas(atlas, board, at=SATURDAY, bands_minutes=(60,), **counts)),
            road_models.reinforcement(reinforce(atlas, board, VILLAGE, at=SATURDAY, **counts)),
        )
        doors = (QUESTIONS[0], QUESTIONS[1], QUESTIONS[2], QUESTIONS[4])
        for path, answer in zip(doors, expected, strict=True):
            assert orjson.loads(dumps(answer)) == client.get(f"{path}{asked}").raise_for_status().json()


def test_r15b_recalled_teams_are_marked_and_now_leaves_them_out(client: TestClient) -> None:
    body = client.get(f"{QUESTIONS[0]}&at=2022-12-24T10:00").json()
    assert "recall" == body["available"]
    assert {(True, "base", "recall", 1800.0)} == {
        (team["recall"], team["placed_by"], team["state"], team["notice_s"]) for team in body["teams"]
    }
    nobody = client.get(f"{QUESTIONS[0]}&at=2022-12-24T10:00&available=now").json()
    assert ("no_team", []) == (nobody["reach"], nobody["teams"])
    on_duty = client.get(f"{QUESTIONS[0]}&at=2022-12-23T10:00").json()
    assert {(False, "station", 900.0)} == {
        (team["recall"], team["placed_by"], team["notice_s"]) for team in on_duty["teams"]
    }


def test_bulk_takes_the_instant_and_who_counts(client: TestClient) -> None:
    point = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [111.405, 27.675]}, "properties": {}}
    features = {"type": "FeatureCollection", "features": [point]}
    asked = client.post("/v1/nearest?k=2&at=2022-12-24T10:00&available=recall", json=features).raise_for_status().json()
    alone = client.get(f"{QUESTIONS[0]}&k=2&at=2022-12-24T10:00").json()
    assert alone["teams"] == asked["features"][0]["properties"]["teams"]
    assert ("recall", alone["at"]) == (asked["available"], asked["at"])
    covered = client.post("/v1/coverage/reach?at=2022-12-24T10:00&available=now", json={})
    assert 0 == covered.json()["teams_allowed"]


@pytest.mark.parametrize("path", QUESTIONS)
def test_a_naive_instant_is_local_and_a_plus_that_became_a_space_is_taught(client: TestClient, path: str) -> None:
    told = {client.get(f"{path}&at={text}").json()["at"] for text in ("2022-12-24T10:00", "2022-12-24T02:00Z")}
    told.add(client.get(f"{path}&at=2022-12-24T10:00%2B08:00").json()["at"])
    assert {SATURDAY.isoformat()} == told
    refused = client.get(f"{path}&at=2022-12-24T10:00+08:00")
    assert 400 == refused.status_code
    assert "%2B" in refused.json()["detail"]


@pytest.mark.parametrize("text", ["", "now", "2022-12-24T10:00:00 0800", "0001-01-01T00:00", "9999-12-31T00:00"])
def test_what_is_no_instant_is_refused_under_its_name(text: str) -> None:
    with pytest.raises(InputError) as refusal:
        params.at(text, SATURDAY)
    assert "at" == refusal.value.parameter


def test_an_unknown_word_for_who_counts_lists_the_known_ones(client: TestClient) -> None:
    with pytest.raises(UnknownTermError, match="now, recall, stationed"):
        params.available("everybody")
    assert 400 == client.get(f"{QUESTIONS[0]}&available=everybody").status_code


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("nearest", "111.405", "27.675"), "base (recall)"),
        (("reinforce", VILLAGE), "base (recall)"),
        (("reach",), "22 of them to be recalled"),
    ],
)
def test_the_command_asks_at_an_instant_and_shows_who_is_recalled(
    folder: Path, words: tuple[str, ...], shown: str
) -> None:
    def printed(*more: str) -> str:
        wide = {"COLUMNS": "200", "TERM": "dumb"}
        result = CliRunner().invoke(app, [*words, "--data", str(folder), *more], env=wide)
        assert 0 == result.exit_code, result.output
        return result.output

    assert shown in printed("--at", "2022-12-24T10:00")
    assert "recall)" not in printed("--at", "2022-12-24T10:00", "--available", "stationed")
