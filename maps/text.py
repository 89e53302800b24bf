"""The only way an attribute reaches a page: as JSON that cannot end its script block, or as escaped title text.

The page's own script reads the JSON and writes every value through `textContent`, so a name may hold markup, quotes
or `${...}` and is still only text. Nothing here, and nothing that Folium renders, builds markup out of data.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any

from geo.errors import InputError

_IDENTIFIER = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)
_UNSAFE = re.compile("[<>&\u2028\u2029\ud800-\udfff]")
_RELATIVE = re.compile(r"[A-Za-z0-9._~/?&=%#+,@!-]*", re.ASCII)


def json_text(value: Any) -> str:
    """JSON that reads back as `value` and holds no `<`, `>`, `&` or line separator; NaN raises ValueError."""
    written = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def json_block(identity: str, value: Any) -> str:
    """`value` as an inert script block with the id `identity`, one of our own fixed words."""
    if not _IDENTIFIER.fullmatch(identity):
        raise ValueError(f"{identity!r} is not an identifier of a data block")
    return f'<script type="application/json" id="{identity}">{json_text(value)}</script>'


def markup_text(value: str) -> str:
    """`value` as the text of an element, such as <title>."""
    # A lone surrogate has no UTF-8 form; a question mark is better than a page that cannot be written.
    return html.escape(value.encode("utf-8", "replace").decode("utf-8"), quote=True)


def relative_links(links: Mapping[str, str] | None, known: tuple[str, ...]) -> dict[str, str]:
    """`links` in the order of `known`; InputError on an unknown key or a value that leaves the service."""
    given = dict(links or {})
    for key, value in given.items():
        if key not in known:
            raise InputError(f"{key!r} is not a link of a page; there are: {', '.join(known)}", parameter="links")
        if not _RELATIVE.fullmatch(value) or value.startswith("//"):
            raise InputError(f"link {key} is not a relative URL: {value!r}", parameter="links")
    return {key: given[key] for key in known if key in given}
