"""The pages with a timeline as they are served: which weeks and days, which moment first, and what is refused."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient


def _page(client: TestClient, path: str, **query: str) -> Any:
    return client.get(path, params={**query, "f": "json"}).raise_for_status().json()["page"]


def _weeks(client: TestClient, **query: str) -> list[str]:
    return [one["key"] for one in _page(client, "/maps/history", **query)["timeline"]["weeks"]]


def test_by_default_twelve_weeks_up_to_the_present_one_are_shown_where_the_record_is_short(client: TestClient) -> None:
    weeks = _weeks(client)
    assert (12, "2022-W51") == (len(weeks), weeks[-1])


def test_a_range_is_shown_as_asked_for_and_never_beyond_the_present(client: TestClient) -> None:
    assert ["2022-W49", "2022-W50"] == _weeks(client, **{"from": "2022-W49", "to": "2022-W50"})
    assert ["2022-W50", "2022-W51"] == _weeks(client, **{"from": "2022-W50", "to": "2023-W05"})


def test_the_past_is_shown_as_it_was_known_to_be_then(client: TestClient) -> None:
    page = _page(client, "/maps/history", at="2022-12-14T10:00")
    assert ("2022-W50", "2022-12-14") == (page["timeline"]["weeks"][-1]["key"], page["timeline"]["days"][-1]["key"])


@pytest.mark.parametrize(
    ("parameter", "path", "query"),
    [
        ("moment", "/maps/history", {"moment": "2022-W20"}),
        ("moment", "/maps/history", {"moment": "<script>"}),
        ("to", "/maps/history", {"from": "2022-W50", "to": "2022-W40"}),
        ("to", "/maps/history", {"from": "2000-W01"}),
        ("week", "/maps/history", {"from": "W1"}),
        ("day", "/maps/risk", {"day": "1999-01-01"}),
        ("date", "/maps/risk", {"day": "yesterday"}),
    ],
)
def test_what_cannot_be_shown_is_refused_and_says_why(
    client: TestClient, parameter: str, path: str, query: dict[str, str]
) -> None:
    answer = client.get(path, params=query)
    assert 400 == answer.status_code
    assert parameter in json.dumps(answer.json())


def test_links_keep_the_moment_and_the_day_that_were_asked_for(client: TestClient) -> None:
    history = _page(client, "/maps/history", moment="2022-12-05", **{"from": "2022-W45"})
    other = next(link["href"] for link in history["links"] if link["key"] == "lang")
    assert re.search(r"from=2022-W45&moment=2022-12-05", other)
    risk = _page(client, "/maps/risk", day="2022-12-21")
    assert "day=2022-12-21" in next(link["href"] for link in risk["links"] if link["key"] == "file")


def test_the_day_that_is_asked_for_is_the_first_that_is_shown(client: TestClient) -> None:
    assert "2022-12-21" == _page(client, "/maps/risk", day="2022-12-21")["fire"]["moment"]
    assert "2022-12-23" == _page(client, "/maps/risk")["fire"]["moment"]
