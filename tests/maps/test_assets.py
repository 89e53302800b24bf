"""Assets are local, pinned and whole."""

from __future__ import annotations

import base64
import gc
import hashlib
import posixpath
import re
import weakref

import pytest
from offlinefolium.elements import _res

from geo.errors import IncompleteProgramError
from maps import assets, paint
from maps.paint.tiles import TiledLayer

OWN_SCRIPTS = assets.own_names(".js")
OWN_STYLES = assets.own_names(".css")


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
    with pytest.raises(IncompleteProgramError, match="not as it came"):
        assets.local_text(assets.LEAFLET_JS)
    assets.local_text.cache_clear()


def _outfit(kind: str) -> set[str]:
    """The files that some kind of page names, of the constants that end in `kind`."""
    named = [value for name, value in vars(assets).items() if re.fullmatch(f"[A-Z_]+_{kind}", name)]
    return {file for value in named for file in ([value] if isinstance(value, str) else value)}


def _with_imports(modules: set[str]) -> set[str]:
    found, ahead = set(), list(modules)
    while ahead:
        module = ahead.pop()
        found.add(module)
        beside = re.findall(r'^(?:import|export)\b[^;"]*"(\.{1,2}/[^"]+)"', assets.own_text(module), re.MULTILINE)
        ahead += {posixpath.normpath(posixpath.join(posixpath.dirname(module), one)) for one in beside} - found
    return found


def test_every_file_of_ours_is_used_by_some_page() -> None:
    scripts = _outfit("SCRIPTS") | _outfit("SCRIPT") | _with_imports(_outfit("MODULES"))
    assert (sorted(scripts), sorted(_outfit("STYLES"))) == (OWN_SCRIPTS, OWN_STYLES)


def test_the_style_sheet_points_at_no_file() -> None:
    assert "url(" not in assets.local_text(assets.LEAFLET_CSS)
    for name in OWN_STYLES:
        assert "url(" not in assets.own_text(name)
        assert "@import" not in assets.own_text(name)


def test_our_scripts_make_no_markup() -> None:
    forbidden = r"(?:inner|outer)HTML\s*\+?=|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser"
    found = {name: re.findall(forbidden, assets.own_text(name)) for name in OWN_SCRIPTS}
    assert {name: calls for name, calls in found.items() if calls} == {}


def test_a_script_that_could_end_its_element_is_refused() -> None:
    with pytest.raises(ValueError, match="script"):
        assets.script_element("'</SCRIPT>'")


def test_the_policy_names_exactly_the_scripts_that_run_and_the_sheet_that_counts() -> None:
    script, sheet = (base64.b64encode(hashlib.sha256(one).digest()).decode() for one in (b"let a;", b"p{}"))
    body = '<script>let a;</script><script type="application/json" id="x">1</script>'
    policy = assets.content_security_policy(body, "p{}")
    assert f"script-src 'sha256-{script}';" in policy
    assert f"style-src 'sha256-{sheet}';" in policy
    assert "unsafe" not in policy
    assert "connect-src 'none';" in policy


def test_a_page_that_asks_for_more_may_ask_its_own_service_alone() -> None:
    assert "connect-src 'self';" in assets.content_security_policy("", connects=True)


def test_a_chart_with_a_foreign_link_is_not_drawn() -> None:
    chart = paint.county_map((111.0, 27.0, 112.0, 28.0), [])
    chart.default_js = [("x", "https://example.org/x.js")]
    with pytest.raises(assets.UnknownAssetError):
        assets.sketch(chart)


def test_a_chart_that_is_drawn_goes_without_the_collector() -> None:
    chart = paint.county_map((111.0, 27.0, 112.0, 28.0), [])
    gone = weakref.ref(chart)
    gc.collect()
    gc.disable()
    try:
        assert assets.sketch(chart).script
        del chart
        assert gone() is None
    finally:
        gc.enable()
