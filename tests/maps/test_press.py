"""Pages as one file to share: what comes out with a browser, without one, and with one that misbehaves."""

from __future__ import annotations

import os
import stat
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.calendar import Week
from geo.coverage import stay_history
from geo.errors import InputError
from geo.exposure import exposure
from geo.nearest import nearest
from geo.reach import reach_areas
from maps import pages, press
from maps.press import browser as browsers
from maps.press import fonts, lettering, lists, plain

County = Any  # the hand-made county of conftest.py
SMALL = press.Size(480, 320, 1)


def documents(county: County, lang: str = "zh") -> dict[str, pages.Document]:
    """Every page with a map that can be shared."""
    atlas, board, at = county.atlas, county.board, county.at
    place = nearest(atlas, board, 111.43, 27.62, at=at, paths=True)
    weeks = stay_history(atlas, board, Week.parse("2022-W50"), Week.parse("2022-W51"), at=at)
    return {
        "coverage": pages.coverage_document(atlas, board, county.coverage, lang=lang),
        "risk": pages.risk_document(atlas, board, exposure(atlas), at=at, lang=lang),
        "dispatch": pages.dispatch_document(atlas, board, place, reach_areas(atlas, board, at=at), at=at, lang=lang),
        "history": pages.history_document(atlas, board, weeks, lang=lang),
    }


def pixels(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@pytest.fixture
def chinese_font() -> None:
    try:
        fonts.chinese_fonts()
    except press.MissingFontError:
        pytest.skip("no font with Chinese is installed (apt-get install fonts-noto-cjk)")


@pytest.mark.usefixtures("chinese_font")
@pytest.mark.parametrize("name", ["coverage", "risk", "dispatch", "history"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_map_is_drawn_without_a_browser_in_the_size_asked_for(county: County, name: str, lang: str) -> None:
    sheet = press.press(documents(county, lang)[name], "png", size=SMALL, browser=None)
    assert pixels(sheet.content) == (480, 320)
    assert sheet.plain == "no Chromium is on the PATH"


@pytest.mark.usefixtures("chinese_font")
def test_a_scale_multiplies_the_dots_and_an_upright_size_is_kept(county: County) -> None:
    document = documents(county)["coverage"]
    assert pixels(plain.plain_png(document, press.Size(360, 640, 1.5))) == (540, 960)


@pytest.mark.usefixtures("chinese_font")
def test_the_same_page_gives_the_same_bytes(county: County) -> None:
    first, second = (documents(county)["coverage"] for _ in range(2))
    assert plain.plain_png(first, SMALL) == plain.plain_png(second, SMALL)
    assert plain.plain_pdf(first) == plain.plain_pdf(second)


@pytest.mark.usefixtures("chinese_font")
@pytest.mark.parametrize("name", ["$a$ $", "\\frac{", "x" * 10_000, "\u202e\u200b\x07名\n村", "🚒" * 30])
def test_any_name_is_only_text_on_a_plain_sheet(make_county: Callable[..., County], name: str) -> None:
    """matplotlib reads `$…$` as formulas and would refuse half of them."""
    document = documents(make_county(name))["coverage"]
    assert plain.plain_pdf(document).startswith(b"%PDF")
    assert pixels(plain.plain_png(document, SMALL)) == (480, 320)


def test_without_a_chinese_font_the_error_says_which_package(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "findSystemFonts", list)
    fonts.chinese_fonts.cache_clear()
    with pytest.raises(press.MissingFontError, match="fonts-noto-cjk"):
        press.press(documents(county)["coverage"], "png", browser=None)
    fonts.chinese_fonts.cache_clear()


def test_html_needs_neither_browser_nor_font(county: County) -> None:
    document = documents(county)["coverage"]
    assert press.press(document, "html", browser=None) == press.Sheet(document.standalone())


def test_an_unknown_form_lists_those_there_are(county: County) -> None:
    with pytest.raises(InputError, match="html, png, pdf"):
        press.press(documents(county)["coverage"], "gif", browser=None)


@pytest.mark.parametrize(
    ("size", "named"), [((0, 900, 1), "width"), ((900, 99_999, 1), "height"), ((900, 900, 9), "scale")]
)
def test_a_size_beyond_reason_is_refused_by_name(size: tuple[int, int, float], named: str) -> None:
    with pytest.raises(InputError) as caught:
        press.Size(*size)
    assert caught.value.parameter == named


def fake(folder: Path, script: str) -> Path:
    """A program in the place of a browser."""
    path = folder / "chromium"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return path


@pytest.mark.skipif(os.name != "posix", reason="the fake browser is a shell script")
@pytest.mark.usefixtures("chinese_font")
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("exit 7", "chromium ended with status 7"),
        ("exit 0", "chromium wrote no picture"),
        (
            'for one in "$@"; do case $one in --screenshot=*) echo no > "${one#*=}";; esac; done',
            "chromium wrote no picture",
        ),
        ("sleep 60", "chromium was not done within 0.5 s"),
    ],
)
def test_a_browser_that_misbehaves_gives_a_plain_sheet_that_says_why(
    county: County, tmp_path: Path, script: str, reason: str
) -> None:
    sheet = press.press(documents(county)["coverage"], "png", size=SMALL, browser=fake(tmp_path, script), limit_s=0.5)
    assert pixels(sheet.content) == (480, 320)
    assert sheet.plain == reason


@pytest.mark.skipif(os.name != "posix", reason="the fake browser is a shell script")
def test_a_browser_that_hangs_is_ended_with_all_its_children(tmp_path: Path) -> None:
    script = f'sleep 300 & echo $! > "{tmp_path}/child"; trap "" TERM; sleep 300'
    with pytest.raises(press.BrowserError, match="not done within"):
        browsers.browser_pdf(fake(tmp_path, script), b"<html>", limit_s=0.5)
    child = int((tmp_path / "child").read_text())
    assert ended(child)


def ended(process: int) -> bool:
    """Whether a process is gone within a second; one that nobody has collected yet is gone too."""
    for _ in range(50):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


@pytest.mark.skipif(os.name != "posix", reason="the fake browser is a shell script")
def test_nothing_of_a_browser_is_left_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = tmp_path / "rooms"
    room.mkdir()
    monkeypatch.setattr(browsers.tempfile, "tempdir", str(room))
    with pytest.raises(press.BrowserError, match="status 1"):
        browsers.browser_png(fake(tmp_path, "exit 1"), b"<html>", SMALL)
    assert list(room.iterdir()) == []


def test_no_browser_on_the_path_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert press.find_browser() is None


@given(st.text(max_size=200), st.floats(4, 60))
def test_a_wrapped_paragraph_fits_and_loses_no_letter(text: str, room_em: float) -> None:
    lines = lettering.wrapped(text, room_em, most_lines=1_000)
    assert all(lettering.width_em(line) <= room_em + 1e-9 for line in lines)
    assert "".join(lines).replace(" ", "") == lettering.one_line(text, 2000).replace(" ", "")


@given(st.text())
def test_one_line_has_no_break_and_no_mark_that_nobody_sees(text: str) -> None:
    line = lettering.one_line(text, 30)
    assert len(line) <= 30
    assert not [letter for letter in line if letter in "\n\r\t\x00\u200b\u202e\u2066\u2028"]


def test_lists_of_every_kind_become_entries() -> None:
    sections = [
        {"type": "summary"},
        {"type": "list", "title": "A", "count": "2", "groups": [{"items": [{"name": "a"}], "rest": [{"name": "b"}]}]},
        {"type": "rows", "title": "B", "rows": [["label", "value"]]},
        {
            "type": "table",
            "title": "C",
            "columns": ["v", "t", "s", "n"],
            "rows": [{"cells": ["x", "y", "lost", "1/2"], "style": "state-lost"}],
        },
        {"type": "list", "title": "none", "groups": []},
    ]
    assert list(lists.entries(sections)) == [
        ("A 2", (lists.Entry("a"), lists.Entry("b"))),
        ("B", (lists.Entry("label", "value"),)),
        ("C", (lists.Entry("x", "y", "n 1/2", "lost", "state-lost"),)),
    ]
