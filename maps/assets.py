"""Local assets: Leaflet from an installed package, our own scripts and styles, and the closed document of them all.

Nothing is fetched: a link that Folium asks for is replaced by its pinned text, and a URL that is not pinned raises.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import branca.element
from branca.element import CssLink, Element, Figure, JavascriptLink
from offlinefolium.elements import _res as _offline_texts

from geo.errors import IncompleteProgramError

LEAFLET_JS = "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js"
LEAFLET_CSS = "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.css"
VECTOR_GRID_JS = "https://unpkg.com/leaflet.vectorgrid@latest/dist/Leaflet.VectorGrid.bundled.js"
"""Version 1.3.0, whatever the address says; only pages with tiles hold it."""

PINNED_SHA256 = {
    LEAFLET_JS: "a7aef147d0d4833c9895c5c20dc8bc51e7383e3c450dda8a0dac1c8713661f9e",
    LEAFLET_CSS: "1773dea1910a75efc32ceff8df72d3237efbfff8f28b61860cc69b76f1707080",
    VECTOR_GRID_JS: "688a8181cf2c267b9473b2b6dcafd13801a5156f773de66657fb54673399600a",
}
"""The texts that pages may hold, by URL. The package's table is private: the hash notices when it changes."""

LOOK_SCRIPT = "look.js"
"""The first script of every page, before anything is drawn."""
BOOT_SCRIPT = "boot.js"
"""The first script after the page's data."""
LIVE_MODULES = ("live.js",)
LIVE_STYLES = ("live.css",)
"""What every served map has beside its own, and no file."""
WHO_MODULES = ("who.js",)
WHO_STYLES = ("who.css",)
"""What every served page has, and no file: who is signed in."""
MAP_SCRIPTS = ("dom.js", "labels.js", "layers.js", "tree.js", "panel.js", "furniture.js", "still.js")
MAP_STYLES = ("page.css", "still.css")
TILES_SCRIPT = "tiles.js"
"""The script that a served page has when one of its layers is tiled."""
COVERAGE_SCRIPTS = (*MAP_SCRIPTS, "clock.js", "coverage.js")
COVERAGE_STYLES = (*MAP_STYLES, "coverage.css")
HISTORY_SCRIPTS = (*MAP_SCRIPTS, "timeline.js", "history.js")
RISK_SCRIPTS = (*MAP_SCRIPTS, "timeline.js", "fire.js")
HISTORY_STYLES = RISK_STYLES = (*MAP_STYLES, "timeline.css")
DISPATCH_SCRIPTS = (*MAP_SCRIPTS, "arrivals.js", "asking.js")
DISPATCH_STYLES = (*MAP_STYLES, "dispatch.css")
CONSOLE_SCRIPTS = (*MAP_SCRIPTS, "arrivals.js", "console.js")
CONSOLE_STYLES = (*MAP_STYLES, "console.css")
BRIEF_SCRIPTS = (*MAP_SCRIPTS, "brief.js")
BRIEF_STYLES = (*MAP_STYLES, "brief.css")
CONSOLE_MODULES = ("console/main.js",)
REPORT_SCRIPTS = ("dom.js", "labels.js", "layers.js", "tree.js", "panel.js", "report.js", "furniture.js", "still.js")
REPORT_STYLES = (*MAP_STYLES, "report.css")
ABOUT_SCRIPTS = ("dom.js", "panel.js", "about.js", "sheet.js")
ABOUT_STYLES = ("page.css", "sheet.css", "about.css")
SIGN_IN_SCRIPTS = ("dom.js", "sign_in.js")
SIGN_IN_STYLES = ("page.css", "sheet.css", "sign_in.css")
SHEET_SCRIPTS = ("dom.js", "panel.js", "report.js", "sheet.js", "still.js")
SHEET_STYLES = (*REPORT_STYLES, "sheet.css")
"""What a page holds of maps/static, in this order: every map, coverage, dispatch, an import with and
without a map."""

_SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<body>.*?)</script>", re.DOTALL)
_COMMENT = re.compile(r"^[ \t]*/\*.*?\*/[ \t]*\n", re.MULTILINE | re.DOTALL)
_CSS_URL = re.compile(r"url\([^)]*\)")
_CSP = (
    "default-src 'none'; script-src {scripts}; style-src {styles}; img-src data:; font-src 'none'; "
    "connect-src {connects}; object-src 'none'; "
    "frame-src 'none'; worker-src 'none'; base-uri 'none'; form-action 'none'"
)


class UnknownAssetError(LookupError):
    """A page asked for a URL that is not pinned."""


@cache
def local_text(url: str) -> str:
    """The text behind a pinned URL, from the installed package; UnknownAssetError for any other.

    IncompleteProgramError when the package does not have it as it is pinned.
    """
    if url not in PINNED_SHA256:
        raise UnknownAssetError(f"{url} is not a local asset; pin it in maps/assets.py or do not use it")
    text: str = _offline_texts.get(url, "")
    if hashlib.sha256(text.encode()).hexdigest() != PINNED_SHA256[url]:
        raise IncompleteProgramError(f"{url} in the package folium-offline")
    # Leaflet's pictures are not used (our symbols are SVG), and a source map would be a file that is not there.
    return _CSS_URL.sub("none", text) if url.endswith(".css") else re.sub(r"\n//# sourceMappingURL=.*", "", text)


def own_names(*suffixes: str) -> list[str]:
    """The files of maps/static with one of `suffixes`, folders with `/`."""
    with resources.as_file(resources.files("maps").joinpath("static")) as folder:
        found = [path for path in folder.rglob("*") if path.suffix in suffixes]
        return sorted(path.relative_to(folder).as_posix() for path in found)


@cache
def own_text(name: str) -> str:
    """A file of maps/static; a script or style sheet without the comments that have lines of their own.

    IncompleteProgramError when it is not there.
    """
    try:
        text = resources.files("maps").joinpath("static", name).read_text("utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError):
        raise IncompleteProgramError(f"maps/static/{name}") from None
    return _COMMENT.sub("", text) if name.endswith((".js", ".css")) else text


def script_element(source: str) -> str:
    """`source` as an inline script; ValueError when it could end its element early."""
    if re.search(r"</script|<!--", source, re.IGNORECASE):
        raise ValueError("a script must hold neither </script nor <!--")
    return f"<script>{source}</script>"


def content_security_policy(document: str, style: str = "", *, connects: bool = False) -> str:
    """A policy that allows exactly the inline scripts of `document` and the sheet `style`, by hash, and no request.

    With `connects` the page may ask its own service. Data blocks (`type="application/json"`) never run: no hash.
    """
    bodies = [found["body"] for found in _SCRIPT.finditer(document) if not found["attributes"]]
    scripts = " ".join(dict.fromkeys(map(source_hash, bodies)))
    return _CSP.format(scripts=scripts, styles=source_hash(style), connects="'self'" if connects else "'none'")


def source_hash(text: str) -> str:
    """An inline script or style sheet as a policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


# Folium compiles what each element of a map renders to as a template anew. These are the same few texts for every page,
# which name no data, and a page made after each event is quicker by a tenth. (Branca does not say that it exports it.)
branca.element.Template = lru_cache(512)(branca.element.Template)  # type: ignore[assignment,attr-defined]  # see above


@dataclass(frozen=True, slots=True)
class Sketch:
    """What Folium makes of a map: its element, its script, and the pinned scripts and style sheets that both need."""

    html: str = ""
    script: str = ""
    scripts: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()


def sketch(chart: Element | None) -> Sketch:
    """`chart` as Folium draws it; UnknownAssetError where it asks for a URL that is not pinned."""
    if chart is None:
        return Sketch()
    first, figure = chart.get_root(), Figure()
    _join(chart)
    figure.add_child(chart)
    chart.render()
    links = list(figure.header._children.values())
    scripts = tuple(link.url for link in links if isinstance(link, JavascriptLink))
    styles = tuple(link.url for link in links if isinstance(link, CssLink))
    for url in (*scripts, *styles):
        local_text(url)
    drawn = Sketch(figure.html.render().strip(), _tidy(figure.script.render()), scripts, styles)
    for one in (first, figure):
        if isinstance(one, Figure):
            _let_go(chart, one)
    return drawn


def _join(chart: Element) -> None:
    """Have each element of a chart know what it is part of, as Folium needs it; `_let_go` has them forget."""
    waiting = [chart]
    while waiting:
        element = waiting.pop()
        for child in element._children.values():
            child._parent = element
            waiting.append(child)


def _let_go(chart: Element, figure: Figure) -> None:
    """Have the elements of a chart know nothing of what they are part of: they would be a circle, and need a collector.

    A service that opens a new version of the data freezes the collector, and would keep every chart of that moment.
    """
    waiting: list[Element] = [chart, figure, figure.header, figure.html, figure.script]
    while waiting:
        element = waiting.pop()
        element._parent = None
        waiting.extend(element._children.values())


def closed(*, lang: str, title: str, styles: Iterable[str], body: str, connects: bool = False) -> str:
    """One closed document: style sheets inlined, the scripts of `body` hashed into a policy. `title` is markup."""
    style = "".join(styles)
    policy = content_security_policy(body, style, connects=connects)
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<link rel="icon" href="data:,">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _tidy(script: str) -> str:
    """Folium's script without its template's indentation and blank lines."""
    return "\n".join(line.strip() for line in script.splitlines() if line.strip())
