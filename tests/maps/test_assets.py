"""Assets are local, pinned and whole."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest
from branca.element import JavascriptLink
from offlinefolium.elements import _res

from maps import assets, paint
from maps.paint.tiles import TiledLayer

STATIC = Path(assets.__file__).parent / "static"
OWN_SCRIPTS = sorted(path.name for path in STATIC.glob("*.js"))
OWN_STYLES = sorted(path.name for path in STATIC.glob("*.css"))


@pytest.mark.parametrize("url", sorted(assets.PINNED_SHA256))
def test_every_used_url_has_its_pinned_text(url: str) -> None:
    """The table belongs to another package and is private: a change must be seen here, not by a reader of a map."""
    assert hashlib.sha256(_res[url].encode()).hexdigest() == assets.PINNED_SHA256[url]
    assert assets.local_text(url)


def test_the_map_asks_for_nothing_that_is_not_pinned() -> None:
    asked = {url for _, url in (*paint.CountyMap.default_js, *paint.CountyMap.default_css, *TiledLayer.default_js)}
    assert asked == set(assets.PINNED_SHA256)


def test_an_unknown_url_raises() -> None:
    with pytest.raises(assets.UnknownAssetError, match="pin it"):
        assets.local_text("https://code.jquery.com/jquery-3.7.1.min.js")


def test_a_changed_text_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_res, assets.LEAFLET_JS, "alert(1)")
    assets.local_text.cache_clear()
    with pytest.raises(assets.UnknownAssetError, match="not the pinned one"):
        assets.local_text(assets.LEAFLET_JS)
    assets.local_text.cache_clear()


def test_every_file_of_ours_is_used_by_some_page() -> None:
    scripts = {
        *assets.MAP_SCRIPTS,
        *assets.TILE_SCRIPTS,
        *assets.COVERAGE_SCRIPTS,
        *assets.DISPATCH_SCRIPTS,
        *assets.REPORT_SCRIPTS,
        *assets.SHEET_SCRIPTS,
    }
    styles = {
        *assets.MAP_STYLES,
        *assets.COVERAGE_STYLES,
        *assets.DISPATCH_STYLES,
        *assets.REPORT_STYLES,
        *assets.SHEET_STYLES,
    }
    assert (sorted(scripts), sorted(styles)) == (OWN_SCRIPTS, OWN_STYLES)


def test_the_style_sheet_points_at_no_file() -> None:
    assert "url(" not in assets.local_text(assets.LEAFLET_CSS)
    for name in OWN_STYLES:
        assert "url(" not in assets.own_text(name)
        assert "@import" not in assets.own_text(name)


def test_our_scripts_make_no_markup_and_one_request() -> None:
    """The coverage clock is the only thing that a page asks its service for."""
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|fetch\(|XMLHttpRequest"
    found = {name: re.findall(forbidden, assets.own_text(name)) for name in OWN_SCRIPTS}
    assert {name: calls for name, calls in found.items() if calls} == {"clock.js": ["fetch("]}


def test_a_script_that_could_end_its_element_is_refused() -> None:
    with pytest.raises(ValueError, match="script"):
        assets.script_element("'</SCRIPT>'")


def test_the_policy_names_exactly_the_scripts_that_run() -> None:
    digest = base64.b64encode(hashlib.sha256(b"let a;").digest()).decode()
    policy = assets.content_security_policy('<script>let a;</script><script type="application/json" id="x">1</script>')
    assert f"script-src 'sha256-{digest}';" in policy
    assert "unsafe-eval" not in policy
    assert policy.count("unsafe-inline") == 1
    assert "style-src 'unsafe-inline'" in policy
    assert "connect-src 'none';" in policy


def test_a_page_that_asks_for_more_may_ask_its_own_service_alone() -> None:
    assert "connect-src 'self';" in assets.content_security_policy("", connects=True)


def test_a_figure_with_a_foreign_link_does_not_render() -> None:
    figure = assets.LocalFigure(lang="zh", title="", styles="", before="", after="")
    figure.header.add_child(JavascriptLink("https://example.org/x.js"), name="x")
    with pytest.raises(assets.UnknownAssetError):
        figure.render()
