"""The HTML of the standard interface: each resource's JSON as a plain document with every link in it, and no script.

Every text goes through `maps.text.markup_text`, so that none of the data becomes markup.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final

from maps.text import markup_text
from maps.words import words as words_of

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,'Noto Sans CJK SC',sans-serif;margin:0 auto;max-width:80rem;padding:1rem}"
    "table{border-collapse:collapse;display:block;overflow-x:auto;margin:0 0 .5rem}"
    "th,td{border:1px solid;padding:.2rem .5rem;text-align:left;vertical-align:top}ul{margin:0;padding-left:1.2rem}"
)
POLICY: Final = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
)
"""The Content-Security-Policy of these documents: their style, and nothing else."""
_ADDRESS: Final = re.compile(r"https?://[^\s{}]+")
_MOST_COORDINATES: Final = 200  # characters of a geometry that a reader of a page is shown


def ogc_html(
    title: str,
    body: Mapping[str, Any],
    trail: Sequence[tuple[str, str]],
    lang: str,
    labels: Mapping[str, str] | None = None,
) -> bytes:
    """A resource as HTML 5, below the resources of `trail`, which are (title, address).

    `labels` are what members of `body` are called, such as the titles of columns. InputError for an unknown language.
    """
    words = words_of(lang)
    way = " / ".join(_anchor(text, href) for text, href in trail)
    parts = [
        f'<!DOCTYPE html>\n<html lang="{markup_text(words("lang.code"))}">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{markup_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
        f'<nav aria-label="{markup_text(words("nav.label"))}">{way}</nav>' if trail else "",
        f"<main>\n<h1>{markup_text(title)}</h1>",
        _value(body, labels or {}),
        "</main>\n</body>\n</html>\n",
    ]
    return "\n".join(part for part in parts if part).encode("utf-8", "replace")


def _value(value: Any, labels: Mapping[str, str]) -> str:
    """Any JSON value as markup."""
    if isinstance(value, Mapping):
        return _mapping(value, labels)
    if isinstance(value, list | tuple):
        return _sequence(value, labels)
    if value is None:
        return ""
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    return _anchor(text, text) if _ADDRESS.fullmatch(text) else markup_text(text)


def _mapping(value: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    if "href" in value and "rel" in value:
        told = f"{value['rel']}, {value.get('type', '')}"
        return f"{_link(value)} ({markup_text(told)})"
    if "coordinates" in value and "type" in value:
        text = f"{value['type']} {value['coordinates']}"
        return markup_text(text if len(text) <= _MOST_COORDINATES else f"{text[:_MOST_COORDINATES]} …")
    rows = "".join(
        f'<tr><th scope="row">{markup_text(labels.get(name, name))}</th><td>{_value(one, labels)}</td></tr>\n'
        for name, one in value.items()
    )
    return f"<table>\n<tbody>\n{rows}</tbody>\n</table>"


def _sequence(values: Sequence[Any], labels: Mapping[str, str]) -> str:
    if values and all(isinstance(one, Mapping) and one.get("type") == "Feature" for one in values):
        return _features(values, labels)
    if all(isinstance(one, int | float) for one in values):
        return markup_text(", ".join(str(one) for one in values))
    return f"<ul>\n{''.join(f'<li>{_value(one, labels)}</li>' for one in values)}\n</ul>"


def _features(features: Sequence[Mapping[str, Any]], labels: Mapping[str, str]) -> str:
    """Features as one table: their links, their properties and their geometry."""
    names = list(dict.fromkeys(name for one in features for name in one["properties"]))
    head = "".join(f'<th scope="col">{markup_text(labels.get(name, name))}</th>' for name in ("id", *names, "geometry"))
    rows = []
    for one in features:
        identity = _link(one["links"][0]) if one.get("links") else _value(one["id"], labels)
        cells = [_value(one["properties"].get(name), labels) for name in names]
        cells = [identity, *cells, _value(one.get("geometry"), labels)]
        rows.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>\n")
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{''.join(rows)}</tbody>\n</table>"


def _link(link: Mapping[str, Any]) -> str:
    return _anchor(str(link.get("title") or link["rel"]), str(link["href"]))


def _anchor(text: str, href: str) -> str:
    return f'<a href="{markup_text(href)}">{markup_text(text)}</a>'
