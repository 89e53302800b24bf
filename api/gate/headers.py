"""What every answer tells a browser: guess no types, frame nothing, send nobody's address on, ask for no device."""

from __future__ import annotations

from typing import Final

Headers = tuple[tuple[bytes, bytes], ...]

POLICY: Final = b"content-security-policy"
NOTHING: Final = b"default-src 'none'; frame-ancestors 'none'"
"""The policy of an answer that is no page. Pages bring their own."""
_ALWAYS: Final[Headers] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), geolocation=(self), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_TWO_YEARS_S: Final = 2 * 365 * 24 * 3600


def security_headers(*, is_https: bool, is_shared: bool) -> Headers:
    """The headers of every answer but its policy.

    `is_shared`: pages of other origins may use it. `is_https`: the public address is reached by https alone.
    """
    policy = b"cross-origin" if is_shared else b"same-origin"
    found = (*_ALWAYS, (b"cross-origin-resource-policy", policy))
    return (*found, (b"strict-transport-security", b"max-age=%d" % _TWO_YEARS_S)) if is_https else found


def as_bytes(headers: Headers) -> bytes:
    """The headers as they go over the wire."""
    return b"".join(b"%b: %b\r\n" % pair for pair in headers)
