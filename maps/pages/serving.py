"""A Document as it is served: a small page, files and data that browsers keep, and the policy that it is sent with."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from geo.terms import Role
from maps import assets, paint, palette, text
from maps.pages.document import Document, drawing
from maps.pages.shipped import PALETTE_CSS, asset
from maps.words import Words

_LEVEL, _LASTING_LEVEL = 3, 6
"""What is made anew with every event is a sixth larger than it might be, and there in half the time."""
_HASH_DIGITS = 20
_POLICY = (
    "default-src 'none'; script-src 'self'{scripts}; style-src 'self'; img-src {images}; connect-src 'self'; "
    "font-src 'none'; object-src 'none'; frame-src 'none'; worker-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Block:
    """One layer's data as JSON under gzip; `name` holds its hash, so that it stands for these bytes alone."""

    name: str
    zipped: bytes

    @classmethod
    def of(cls, data: paint.Payload) -> Block:
        """The block of a layer's payload; what many pages share is written once."""
        if isinstance(data, paint.KeptPayload):
            data.written = data.written or cls._written(data, _LASTING_LEVEL)
            block: Block = data.written
            return block
        return cls._written(data, _LEVEL)

    @classmethod
    def _written(cls, data: paint.Payload, level: int) -> Block:
        written = text.json_text(data).encode("utf-8", "replace")
        name = f"{hashlib.sha256(written).hexdigest()[:_HASH_DIGITS]}.json"
        return cls(name, gzip.compress(written, level, mtime=0))


@dataclass(frozen=True, slots=True)
class ServedDocument:
    """A page as it is sent: `html` and, for a page that is open already, `data`, both under gzip and with `policy`.

    `blocks` are what it asks for; whoever serves it must have them at hand as long as somebody may ask.
    """

    html: bytes
    data: bytes
    policy: str
    blocks: tuple[Block, ...]


_WHO_WORDS = ("signed_in", "sign_in", "sign_out", "ended", "again")
_LIVE_WORDS = ("connecting", "live", "asking", "reconnecting", "lost", "lost_body")


def served(document: Document, *, root: str = "/", mark: str = "") -> ServedDocument:
    """`document` for a service whose assets, blocks and questions are under `root`, which stood at `mark`.

    It asks that service alone. `data` is the JSON `{"page": page-data, "blocks": {name: address}}`.
    """
    blocks = {name: Block.of(payload) for name, payload in document.blocks.items()}
    addresses = {name: f"{root}maps/blocks/{block.name}" for name, block in blocks.items()}
    if document.chart is not None:
        document.chart.root = root
    sketch = assets.sketch(document.chart)
    script = drawing(sketch)
    page_data = {**document.page_data, "live": _live(document, root, mark), "who": _who(document.words, root)}
    html = _html(document, sketch, script, {"page-data": page_data, "page-blocks": addresses}, root)
    data = text.json_text({"page": page_data, "blocks": addresses})
    images = " ".join(("'self'", "data:", *document.outfit.image_hosts))
    policy = _POLICY.format(scripts=f" {assets.source_hash(script)}" if script else "", images=images)
    return ServedDocument(_zipped(html), _zipped(data), policy, tuple(blocks.values()))


def _live(document: Document, root: str, mark: str) -> dict[str, object]:
    """What an open page needs to stay up to date: whom to ask, and how layers that appear later are called."""
    layers = () if document.chart is None else document.chart.layers
    return {
        "mark": mark,
        "title": f"{document.title} · {document.content['county']}",
        "href": f"{root}v1/live",
        "state": f"{root}v1/live/state",
        "layers": {
            layer.block: {
                "title": layer.layer_name if layer.control else None,
                "show": layer.show,
                "later": layer.comes_later,
            }
            for layer in layers
        },
        "words": {key: document.words(f"live.{key}") for key in _LIVE_WORDS},
    }


def _who(words: Words, root: str) -> dict[str, object]:
    """What an open page needs to say who is signed in: whom to ask, and what to say."""
    return {
        "href": f"{root}v1/session",
        "sign_in": f"{root}sign-in",
        "sign_out": f"{root}sign-out",
        "words": {
            **{key: words(f"who.{key}") for key in _WHO_WORDS},
            **{role.value: words(f"role.{role.value}") for role in Role},
        },
    }


def _zipped(written: str) -> bytes:
    return gzip.compress(written.encode("utf-8", "replace"), _LEVEL, mtime=0)


def _html(document: Document, sketch: assets.Sketch, script: str, inline: Mapping[str, object], root: str) -> str:
    outfit = document.outfit
    live = document.chart is not None
    own = (*outfit.styles, *assets.WHO_STYLES, *(assets.LIVE_STYLES if live else ()))
    styles = _addresses((*sketch.styles, PALETTE_CSS, *own), root)
    scripts = _addresses((assets.BOOT_SCRIPT, *sketch.scripts, *document.scripts), root)
    modules = _addresses((*(assets.LIVE_MODULES if live else ()), *outfit.modules, *assets.WHO_MODULES), root)
    head = [
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        '<link rel="icon" href="data:,">',
        f"<title>{document.heading}</title>",
        *(f'<script src="{address}"></script>' for address in _addresses((assets.LOOK_SCRIPT,), root)),
        *(f'<link rel="stylesheet" href="{address}">' for address in styles),
        *(f'<script type="module" src="{address}"></script>' for address in modules),
    ]
    body = [
        document.landmarks,
        sketch.html,
        "</main>",
        palette.pattern_defs(),
        assets.own_text("symbols.svg"),
        *(text.json_block(name, data) for name, data in inline.items()),
        *(f'<script src="{address}"></script>' for address in scripts),
        *([assets.script_element(script)] if script else []),
    ]
    return "\n".join(
        [
            f'<!DOCTYPE html>\n<html lang="{document.words("lang.code")}">\n<head>',
            *head,
            "</head>\n<body>",
            *body,
            "</body>\n</html>\n",
        ]
    )


def _addresses(sources: Iterable[str], root: str) -> list[str]:
    return [f"{root}assets/{asset(source).name}" for source in sources]
