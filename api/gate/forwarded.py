"""What a named proxy tells of a request that it passes on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from api.gate.rules import GateRules

_ID: Final = re.compile(rb"[A-Za-z0-9._\-]{1,64}")


@dataclass(frozen=True, slots=True)
class Told:
    """The client's address; the scheme it used and the request's id, None where the proxy does not tell them."""

    client: str
    scheme: str | None
    request_id: str | None


def forwarded(
    given: Mapping[bytes, bytes], headers: Sequence[tuple[bytes, bytes]], peer: str, rules: GateRules
) -> Told:
    """What the proxy `peer` says. The client is the last address in `X-Forwarded-For` that is no named proxy's.

    What stands before it came from the client, who may write there what it likes.
    """
    scheme = given.get(b"x-forwarded-proto", b"").strip().lower().decode("latin-1")
    request_id = given.get(b"x-request-id", b"")
    return Told(
        _client(headers, peer, rules),
        scheme if scheme in ("http", "https") else None,
        request_id.decode() if _ID.fullmatch(request_id) else None,
    )


def _client(headers: Sequence[tuple[bytes, bytes]], peer: str, rules: GateRules) -> str:
    chain = b",".join(value for name, value in headers if name == b"x-forwarded-for").decode("latin-1")
    client = peer
    for text in reversed(chain.split(",")):
        try:
            client = str(ip_address(text.strip()))
        except ValueError:
            break
        if not rules.trusts(client):
            break
    return client
