"""The week's bulletin: the page, its tables, and `yixian brief`; and what `yixian map` writes."""

from __future__ import annotations

import io
import json
import re
import struct
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from maps import press
from tests.api.test_cli import run
from tests.county import AS_OF

WEEK = "2022-W51"


def test_the_page_is_the_bulletin_of_the_week_asked_for(client: TestClient) -> None:
    answer = client.get("/maps/brief", params={"week": WEEK, "lang": "en"}).raise_for_status()
    found = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', answer.text, re.DOTALL)
    assert found is not None
    page = json.loads(found[1])
    assert (page["page"], page["headline"][: len(WEEK)]) == ("brief", WEEK)
    kinds = [section["type"] for section in page["sections"]]
    assert kinds == ["summary", "since", "table", "list", "list", "legend", "colophon"]
    stays = client.get("/v1/coverage/stays", params={"week": WEEK}).json()
    lacking = [one["village_code"] for one in stays["villages"] if one["state"] in ("lost", "curable", "no_team")]
    table = next(section for section in page["sections"] if section["type"] == "table")
    assert {row["id"] for row in table["rows"]} == set(lacking)


def test_the_answer_as_json_and_as_a_workbook_has_the_same_rows(client: TestClient) -> None:
    body = client.get("/v1/brief", params={"week": WEEK}).raise_for_status().json()
    content = client.get("/v1/brief", params={"week": WEEK, "f": "xlsx", "lang": "en"}).raise_for_status().content
    workbook = load_workbook(io.BytesIO(content))
    names = {
        "villages without coverage": "lacking",
        "changes since last week": "changes",
        "open incidents": "incidents",
    }
    for sheet, name in names.items():
        assert workbook[sheet].max_row - 1 == len(body[name])
    assert (body["week"], body["at"]) == (WEEK, AS_OF.isoformat())


def test_restricted_columns_stay_out_of_the_bulletin(client: TestClient) -> None:
    from tests.api.conftest import CANARY

    for path in ("/v1/brief", "/maps/brief?f=file", "/v1/brief?f=csv"):
        assert CANARY not in client.get(path).text


@pytest.mark.parametrize("suffix", ["html", "xlsx", "pdf", "png"])
def test_the_command_writes_the_bulletin_in_the_form_of_the_name(folder: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"brief.{suffix}"
    result = run("brief", "--week", WEEK, "-o", out, "--data", folder)
    assert result.returncode == 0, result.stderr
    begins = {"html": b"<!DOCTYPE html>", "xlsx": b"PK", "pdf": b"%PDF", "png": b"\x89PNG"}
    assert out.read_bytes().startswith(begins[suffix])


def test_a_map_without_a_browser_is_drawn_plainly_and_says_so(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    try:
        from maps.press.fonts import chinese_fonts

        chinese_fonts()
    except press.MissingFontError:
        pytest.skip("no font with Chinese is installed (apt-get install fonts-noto-cjk)")
    out = tmp_path / "map.png"
    result = run("map", "risk", "-o", out, "--width", 480, "--height", 320, "--scale", 1, "--data", folder)
    assert result.returncode == 0, result.stderr
    assert struct.unpack(">II", out.read_bytes()[16:24]) == (480, 320)
    assert result.stderr.strip() in (
        "drawn plainly: no Chromium is on the PATH",
        "已画成简图:PATH 中没有 Chromium",
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["map", "risk", "-o", "x.gif"], ".png"),
        (["map", "risk", "-o", "x.pdf", "--width", "900"], "PNG"),
        (["map", "risk", "-o", "x.png", "--width", "1"], "width=1"),
        (["map", "dispatch", "-o", "x.png", "--lon", "111.4"], "--lat"),
        (["brief", "-o", "x.csv"], ".xlsx"),
        (["brief", "-o", "x.html", "--week", "2022-W60"], "2022-W60"),
    ],
)
def test_what_cannot_be_drawn_is_one_line_and_writes_nothing(
    folder: Path, tmp_path: Path, words: list[str], said: str
) -> None:
    result = run(*words, "--data", folder, cwd=tmp_path)
    assert result.returncode == 2
    assert said in result.stderr
    assert list(tmp_path.iterdir()) == []
