"""The coverage map as a service and as a file: where it asks for its clock, and that it holds one alone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api.cli import app


def _page(document: str) -> Any:
    found = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', document, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def _clock(document: str) -> Any:
    return next(section for section in _page(document)["sections"] if section["type"] == "clock")


def test_a_served_page_asks_for_the_clock_of_its_week(client: TestClient) -> None:
    asked = _clock(client.get("/maps/coverage", params={"week": "2022-W51"}).raise_for_status().text)
    assert (asked["data"], asked["href"]) == (None, "/v1/coverage/clock?week=2022-W51")
    answer = client.get(asked["href"]).raise_for_status().json()
    assert {"full_strength", "worst_at", "hours", "villages"} <= set(answer)
    assert {"villages_one", "villages_full", "calendar_known"} <= set(answer["hours"][0])
    names = {"code", "share_one", "share_full", "worst_at", "worst_members", "worst_arrival_s", "members"}
    assert names <= set(answer["villages"][0])


def test_a_file_holds_the_clock_that_the_service_answers(client: TestClient, folder: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "coverage.html"
    command = ["map", "coverage", "--week", "2022-W51", "-o", str(drawn), "--data", str(folder)]
    assert CliRunner().invoke(app, command).exit_code == 0
    held = _clock(drawn.read_text("utf-8"))
    answer = client.get("/v1/coverage/clock?week=2022-W51").raise_for_status().json()
    assert (held["href"], held["data"]["worst_at"]) == (None, answer["worst_at"])
    for one, same in zip(held["data"]["villages"], answer["villages"], strict=True):
        assert (one["code"], one["members"], one["worst_at"]) == (same["code"], same["members"], same["worst_at"])


@pytest.mark.parametrize(
    ("week", "beside"),
    [("0001-W01", ["next_week"]), ("9999-W51", ["previous_week"]), ("2022-W51", ["previous_week", "next_week"])],
)
def test_there_is_no_week_before_the_calendar_and_none_after_it(
    client: TestClient, week: str, beside: list[str]
) -> None:
    links = _page(client.get("/maps/coverage", params={"week": week}).raise_for_status().text)["links"]
    assert [link["key"] for link in links if link["key"].endswith("_week")] == beside


def test_the_history_before_the_calendars_twelfth_week_begins_with_the_calendar(client: TestClient) -> None:
    answer = client.get("/v1/coverage/stays/history", params={"to": "0001-W03"}).raise_for_status().json()
    assert answer["weeks"] == ["0001-W01", "0001-W02", "0001-W03"]
