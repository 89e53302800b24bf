"""Who goes first when there is too much to do: pages and exports wait, then questions; writes and health go last."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from api.gate.limits import Limits


class Kind(Enum):
    """What a request costs, and what it is worth."""

    HEAVY = auto()
    """Pages, exports, features: each may take a second of a core."""
    LIGHT = auto()
    """Tiles, scripts, blocks of a page: many, and of no use without the page."""
    QUESTION = auto()
    WRITE = auto()
    HEALTH = auto()


SHARES: Final[Mapping[Kind, float]] = MappingProxyType(
    {Kind.HEAVY: 0.5, Kind.LIGHT: 0.5, Kind.QUESTION: 0.75, Kind.WRITE: 1.0, Kind.HEALTH: float("inf")}
)
"""From which share of `Limits.at_once` on requests of a kind are turned away."""
_HEALTH: Final = ("/health/", "/metrics")
_LIGHT: Final = ("/tiles/", "/assets/", "/background/", "/maps/blocks/")
_HEAVY: Final = ("/v1/export", "/v1/layers/", "/v1/brief")
_ASKED_BY_POST: Final = frozenset({"/v1/nearest", "/v1/isolation", "/v1/coverage/reach"})
"""Questions with a body: they write nothing."""


def kind_of(method: str, path: str) -> Kind:
    """The kind of a request, by its method and path alone."""
    if path.startswith("/v1/"):
        if method in ("GET", "HEAD") or path in _ASKED_BY_POST:
            return Kind.HEAVY if path.startswith(_HEAVY) else Kind.QUESTION
        return Kind.WRITE
    if path.startswith(_HEALTH):
        return Kind.HEALTH
    if path.startswith(_LIGHT):
        return Kind.LIGHT
    return Kind.HEAVY if method in ("GET", "HEAD", "OPTIONS") else Kind.WRITE


def is_shed(kind: Kind, under_way: int, limits: Limits) -> bool:
    """Whether a request of `kind` is turned away while so many others wait for their answers."""
    return under_way >= SHARES[kind] * limits.at_once
