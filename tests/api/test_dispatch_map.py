"""The dispatch map over HTTP and by command: asked by its address, drawn once a minute, and never a blank page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api import cli
from api.app import create_app
from api.routes import maps
from api.wiring import Kept, Services

NEAR = "lon=111.405&lat=27.675"


def _data(text: str) -> Any:
    found = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_map_is_served_with_and_without_a_place(client: TestClient, lang: str) -> None:
    bare = _data(client.get(f"/maps/dispatch?lang={lang}").raise_for_status().text)
    asked = _data(client.get(f"/maps/dispatch?{NEAR}&lang={lang}").raise_for_status().text)
    assert [section["type"] for section in bare["sections"]][:2] == ["summary", "asking"]
    assert [section["type"] for section in asked["sections"]][:2] == ["summary", "arrivals"]
    assert asked["ask"]["href"] == f"/maps/dispatch?lang={lang}"


def test_the_other_maps_link_to_it_and_it_links_back_with_the_place(client: TestClient) -> None:
    for page in ("coverage", "risk"):
        links = {link["key"]: link["href"] for link in _data(client.get(f"/maps/{page}").text)["links"]}
        assert links["dispatch"] == "/maps/dispatch?lang=zh"
    links = {link["key"]: link["href"] for link in _data(client.get(f"/maps/dispatch?{NEAR}").text)["links"]}
    assert links["coverage"] == "/maps/coverage?lang=zh"
    assert links["lang"] == "/maps/dispatch?lang=en&lon=111.405000&lat=27.675000"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("lon=111.4", "lat is required"),
        ("lat=27.6", "lon is required"),
        ("lon=abc&lat=27.6", "not a finite number"),
        ("lon=nan&lat=27.6", "not a finite number"),
        ("lon=27.675&lat=111.405", "swapped lon and lat"),
        (f"{NEAR}&lang=fr", "allowed: zh, en"),
        (f"{NEAR}&k=3", "unknown query parameter"),
    ],
)
def test_what_is_no_place_gets_a_problem_that_teaches(client: TestClient, query: str, words: str) -> None:
    response = client.get(f"/maps/dispatch?{query}")
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    assert words in response.json()["detail"]


def test_a_place_too_far_away_is_400_for_programs_and_words_for_people(client: TestClient) -> None:
    response = client.get("/maps/dispatch?lon=112.5&lat=28.2")
    assert response.status_code == 400
    assert response.headers["content-type"].startswith("text/html")
    assert _data(response.text)["notice"]["title"] == "地点太远"


def test_a_place_is_drawn_once_a_minute_and_the_areas_once_for_all(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def noting(name: str) -> None:
        real = getattr(maps, name)
        monkeypatch.setattr(maps, name, lambda *args, **options: (made.append(name), real(*args, **options))[1])

    noting("dispatch_document")
    noting("reach_areas")
    fresh = replace(services, pages=Kept(40), areas=Kept(4))
    with TestClient(create_app(fresh)) as client:
        for lon in ("111.41", "111.4100001", "111.42"):
            client.get(f"/maps/dispatch?lon={lon}&lat=27.675").raise_for_status()
    assert made == ["reach_areas", "dispatch_document", "dispatch_document"]


def test_only_the_latest_are_kept() -> None:
    kept: Kept[int] = Kept(2)
    assert [kept.get(key, lambda key=key: key) for key in (1, 2, 3)] == [1, 2, 3]
    assert kept.get(3, lambda: 30) == 3
    assert kept.get(1, lambda: 10) == 10


def test_the_command_draws_the_map_of_a_place(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "dispatch.html"
    command = ["map", "dispatch", "--lon", "111.405", "--lat", "27.675", "--data", str(folder), "-o", str(file)]
    result = CliRunner().invoke(cli.app, command)
    assert result.exit_code == 0, result.output
    page = _data(file.read_text("utf-8"))
    assert page["ask"]["href"] is None
    assert page["sections"][1]["type"] == "arrivals"


def test_the_command_wants_both_numbers_of_a_place(folder: Path, tmp_path: Path) -> None:
    command = ["map", "dispatch", "--lon", "111.405", "--data", str(folder), "-o", str(tmp_path / "dispatch.html")]
    result = CliRunner().invoke(cli.app, command)
    assert result.exit_code == 2
    assert not (tmp_path / "dispatch.html").exists()
