"""Local assets: Leaflet from an installed package, our own scripts and styles, and the Figure that inlines them all.

Nothing is fetched: a link that Folium asks for is replaced by its pinned text, and a URL that is not pinned raises.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources
from typing import Any

from branca.element import CssLink, Figure, JavascriptLink
from offlinefolium.elements import _res as _offline_texts

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

MAP_SCRIPTS = ("dom.js", "labels.js", "layers.js", "panel.js", "furniture.js")
MAP_STYLES = ("page.css",)
TILE_SCRIPTS = (*MAP_SCRIPTS, "tiles.js")
COVERAGE_SCRIPTS = (*MAP_SCRIPTS, "clock.js", "coverage.js")
COVERAGE_STYLES = (*MAP_STYLES, "coverage.css")
DISPATCH_SCRIPTS = (*MAP_SCRIPTS, "arrivals.js", "asking.js")
DISPATCH_STYLES = (*MAP_STYLES, "dispatch.css")
REPORT_SCRIPTS = ("dom.js", "labels.js", "layers.js", "panel.js", "report.js", "furniture.js")
REPORT_STYLES = ("page.css", "report.css")
SHEET_SCRIPTS = ("dom.js", "panel.js", "report.js", "sheet.js")
SHEET_STYLES = ("page.css", "report.css", "sheet.css")
"""What a page holds of maps/static, in this order: every map, one with tiles, coverage, dispatch, an import with and
without a map."""

_SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<body>.*?)</script>", re.DOTALL)
_CSS_URL = re.compile(r"url\([^)]*\)")
_CSP = (
    "default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:; font-src 'none'; "
    "connect-src {connects}; object-src 'none'; "
    "frame-src 'none'; worker-src 'none'; base-uri 'none'; form-action 'none'"
)


class UnknownAssetError(LookupError):
    """A page asked for a URL that is not pinned, or whose text is not the pinned one."""


@cache
def local_text(url: str) -> str:
    """The text behind a pinned URL, from the installed package; UnknownAssetError for any other."""
    text: str | None = _offline_texts.get(url) if url in PINNED_SHA256 else None
    if text is None:
        raise UnknownAssetError(f"{url} is not a local asset; pin it in maps/assets.py or do not use it")
    if hashlib.sha256(text.encode()).hexdigest() != PINNED_SHA256[url]:
        raise UnknownAssetError(f"the local text of {url} is not the pinned one; check folium-offline's version")
    # Leaflet's pictures are not used (our symbols are SVG), and a source map would be a file that is not there.
    return _CSS_URL.sub("none", text) if url.endswith(".css") else re.sub(r"\n//# sourceMappingURL=.*", "", text)


@cache
def own_text(name: str) -> str:
    """A file of maps/static."""
    return resources.files("maps").joinpath("static", name).read_text("utf-8").replace("\r\n", "\n")


def script_element(source: str) -> str:
    """`source` as an inline script; ValueError when it could end its element early."""
    if re.search(r"</script|<!--", source, re.IGNORECASE):
        raise ValueError("a script must hold neither </script nor <!--")
    return f"<script>{source}</script>"


def content_security_policy(document: str, *, connects: bool = False) -> str:
    """A policy that allows exactly the inline scripts of `document`, by hash, and no request at all.

    With `connects` the page may ask its own service. Data blocks (`type="application/json"`) never run: no hash.
    """
    digests = [
        base64.b64encode(hashlib.sha256(found["body"].encode()).digest()).decode()
        for found in _SCRIPT.finditer(document)
        if not found["attributes"]
    ]
    scripts = " ".join(f"'sha256-{digest}'" for digest in dict.fromkeys(digests))
    return _CSP.format(scripts=scripts, connects="'self'" if connects else "'none'")


class LocalFigure(Figure):
    """A Folium figure as one closed document: links inlined, scripts hashed into a policy, data beside the scripts.

    `title`, `before` and `after` are finished markup around the map, `styles` is a style sheet of its own; none of
    them passes through a template, and neither does the map's data.
    """

    def __init__(
        self,
        *,
        lang: str,
        title: str,
        styles: str,
        before: str,
        after: str,
        own_scripts: tuple[str, ...] = MAP_SCRIPTS,
        own_styles: tuple[str, ...] = MAP_STYLES,
        connects: bool = False,
    ) -> None:
        super().__init__(title=title)
        self.connects = connects
        self.own_scripts, self.own_styles = own_scripts, own_styles
        self.lang, self.styles, self.before, self.after = lang, styles, before, after

    def render(self, **kwargs: Any) -> str:
        """The whole document."""
        for child in list(self._children.values()):
            child.render(**kwargs)
        links = list(self.header._children.values())
        css = [local_text(link.url) for link in links if isinstance(link, CssLink)]
        scripts = [local_text(link.url) for link in links if isinstance(link, JavascriptLink)]
        scripts += [own_text(name) for name in self.own_scripts]
        css += [self.styles, *(own_text(name) for name in self.own_styles)]
        body = "\n".join(
            [
                self.before,
                self.html.render(**kwargs).strip(),
                self.after,
                *(script_element(script) for script in scripts),
                script_element(_tidy(self.script.render(**kwargs))),
            ]
        )
        policy = content_security_policy(body, connects=self.connects)
        return (
            f'<!DOCTYPE html>\n<html lang="{self.lang}">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="referrer" content="no-referrer">\n<link rel="icon" href="data:,">\n'
            f"<title>{self.title}</title>\n<style>{''.join(css)}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
        )


def _tidy(script: str) -> str:
    """Folium's script without its template's indentation and blank lines."""
    return "\n".join(line.strip() for line in script.splitlines() if line.strip())
