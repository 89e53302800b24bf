"""A program that has lost a file of its own says which, at its start and on the page; what needs no page goes on."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

import maps
from api.app import create_app
from api.cli import language
from api.settings import Settings
from api.wiring import open_services
from geo.errors import IncompleteProgramError
from maps import assets, words
from maps.pages import shipped

CACHES: tuple[Callable[..., object], ...] = (
    assets.own_text,
    assets.local_text,
    shipped.asset,
    shipped.assets_by_name,
    words.words,
    words.texts,
    words._catalogue,
)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of what the program came with, to take something away from."""
    origin = Path(next(iter(maps.__path__)))
    copy = Path(shutil.copytree(origin, tmp_path / "maps", ignore=shutil.ignore_patterns("*.py", "__pycache__")))
    monkeypatch.setattr(assets.resources, "files", lambda _: copy)  # the module is the same for all
    forget()
    yield copy
    forget()


def forget() -> None:
    for cache in CACHES:
        cache.cache_clear()  # type: ignore[attr-defined]  # each is a cached function


def test_a_program_that_is_whole_is_taken(program: Path) -> None:
    shipped.refuse_incomplete()


@pytest.mark.parametrize(
    "name",
    [
        "static/page.css",
        "static/symbols.svg",
        "static/layers.js",
        "static/console/main.js",
        "static/console/legs.js",
        "locale/zh/LC_MESSAGES/yixian.po",
    ],
)
def test_a_missing_file_is_named_before_anything_is_served(program: Path, name: str) -> None:
    (program / name).unlink()
    with pytest.raises(IncompleteProgramError, match=f"maps/{name} is missing.*install it again"):
        shipped.refuse_incomplete()


def test_a_catalogue_that_is_cut_short_is_named(program: Path) -> None:
    path = program / "locale/zh/LC_MESSAGES/yixian.po"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with pytest.raises(IncompleteProgramError, match=r"locale/zh/.*yixian\.po"):
        shipped.refuse_incomplete()


def test_a_package_without_the_pinned_texts_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    forget()
    monkeypatch.setattr(assets, "_offline_texts", {})
    with pytest.raises(IncompleteProgramError, match="folium-offline"):
        shipped.refuse_incomplete()


def test_a_page_without_its_file_says_so_and_the_questions_are_answered(program: Path, at_rest: Path) -> None:
    (program / "static/page.css").unlink()
    services = open_services(Settings(data=at_rest))
    with TestClient(create_app(services), raise_server_exceptions=False) as client:
        page = client.get("/maps/coverage")
        assert 503 == page.status_code
        assert "maps/static/page.css is missing" in page.json()["detail"]
        assert 200 == client.get("/v1/nearest", params={"lon": 111.41, "lat": 27.66}).status_code
    services.close()


def test_without_its_catalogue_the_command_speaks_english(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (program / "locale/zh/LC_MESSAGES/yixian.po").unlink()
    language._catalogue.cache_clear()
    monkeypatch.setattr(language, "spoken", lambda: "zh")
    assert "checking" == language._("checking")
    assert "no layer named 'x'" == language.heard("no layer named 'x'")
    language._catalogue.cache_clear()
