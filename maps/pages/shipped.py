"""Every file that served pages ask for beside their data: scripts and style sheets under names that hold their hash.

A name stands for its bytes, so that browsers may keep them for good. A module names the modules that it imports by such
names too.
"""

from __future__ import annotations

import gzip
import hashlib
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

from geo.errors import IncompleteProgramError
from maps import assets, palette
from maps.words import LANGUAGES, catalogue_file, words

HASH_DIGITS: Final = 12
PALETTE_CSS: Final = "palette.css"
"""The interface's colours as variables; every page has them."""

_OF_URL: Final = {
    assets.LEAFLET_JS: "leaflet.js",
    assets.LEAFLET_CSS: "leaflet.css",
    assets.VECTOR_GRID_JS: "vectorgrid.js",
}
SYMBOLS: Final = "symbols.svg"
_MEDIA_TYPES: Final = {".js": "text/javascript", ".css": "text/css"}
_IMPORT = re.compile(r'^((?:import\s*|(?:import|export)\b[^;"]*\bfrom\s*)")(\.{1,2}/[^"]+)(")', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent: `name` holds the hash of its bytes, and `zipped` is `content` under gzip."""

    name: str
    media_type: str
    content: bytes
    zipped: bytes


@cache
def asset(source: str) -> Asset:
    """The asset made of a file of maps/static, of a pinned URL, or of `PALETTE_CSS`.

    UnknownAssetError for a URL that is not pinned, IncompleteProgramError for what should be there and is not.
    """
    name = PurePosixPath(_OF_URL.get(source, source))
    content = _text(source).encode()
    digest = hashlib.sha256(content).hexdigest()[:HASH_DIGITS]
    hashed = str(name.with_name(f"{name.stem}-{digest}{name.suffix}"))
    return Asset(hashed, _MEDIA_TYPES[name.suffix], content, gzip.compress(content, 9, mtime=0))


@cache
def assets_by_name() -> Mapping[str, Asset]:
    """Every asset that there is, by its hashed name."""
    made = [asset(source) for source in (*_OF_URL, PALETTE_CSS, *assets.own_names(".js", ".css"))]
    return MappingProxyType({one.name: one for one in made})


def refuse_incomplete() -> None:
    """IncompleteProgramError unless every script, style sheet and catalogue of the pages is there."""
    for url in _OF_URL:
        assets.local_text(url)
    outfits = (names for key, names in vars(assets).items() if key.endswith(("_SCRIPTS", "_STYLES", "_MODULES")))
    for name in {*chain.from_iterable(outfits), assets.LOOK_SCRIPT, assets.BOOT_SCRIPT, assets.TILES_SCRIPT, SYMBOLS}:
        _text(name)  # what modules import is looked for too
    known = frozenset(chain.from_iterable(words(lang).catalogue for lang in LANGUAGES))
    for lang in LANGUAGES:
        if known - words(lang).catalogue.keys():  # cut short
            raise IncompleteProgramError(catalogue_file(lang))


def _text(source: str) -> str:
    if source == PALETTE_CSS:
        return palette.css_variables()
    if source in assets.PINNED_SHA256:
        return assets.local_text(source)
    return _IMPORT.sub(lambda found: found[1] + _beside(source, found[2]) + found[3], assets.own_text(source))


def _beside(source: str, imported: str) -> str:
    """What the module `source` imports, by its hashed name."""
    folder, name = posixpath.split(imported)
    hashed = asset(posixpath.normpath(posixpath.join(posixpath.dirname(source), folder, name))).name
    return f"{folder}/{posixpath.basename(hashed)}"
