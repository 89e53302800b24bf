"""What one client, and all together, may take of the service. The defaults bear a county's worst day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from geo.errors import InputError

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Deadlines in seconds, sizes in bytes, counts. Those per client do not hold for this machine and named proxies.

    Deadlines: `header_s` from the first byte, or the opening, to the end of the head; `idle_s` between two requests;
    `body_s` for a body, and longer only while it comes at `body_bytes_per_s`; `stall_s` without a byte of the answer
    taken; `receipt_s` from the first byte that waits to the last one taken; `linger_s` for what a client still sends
    when it was answered already, no more than `body_bytes`.

    Sizes: `head_bytes` and `headers` of a request's head; `body_bytes` of a body; `unread_bytes` of all answers that
    clients have not yet taken.

    Counts: `connections` open in all; `at_once` requests whose answers have not begun, `heavy_at_once` of them pages,
    exports and features that are being made (more wait for their turn).
    """

    header_s: float = 10.0
    idle_s: float = 10.0
    body_s: float = 30.0
    body_bytes_per_s: float = 16.0 * 1024
    stall_s: float = 30.0
    receipt_s: float = 600.0
    linger_s: float = 2.0
    head_bytes: int = 32 * 1024
    headers: int = 100
    body_bytes: int = 16 * MIB
    unread_bytes: int = 512 * MIB
    connections: int = 2000
    connections_per_client: int = 200
    at_once: int = 512
    at_once_per_client: int = 64
    heavy_at_once: int = 8

    @classmethod
    def of(cls, given: Mapping[str, float]) -> Limits:
        """The defaults with some set otherwise, by name; InputError for a name or figure that is none."""
        defaults = cls()
        known = {one.name: type(getattr(defaults, one.name)) for one in fields(cls)}
        for name, limit in given.items():
            if name not in known:
                raise InputError(f"{name!r} is no limit of the gate; there are: {', '.join(known)}")
            if not 1 <= limit < float("inf"):
                raise InputError(f"the limit {name} must be at least 1, met {limit:g}")
        changes: dict[str, Any] = {name: known[name](limit) for name, limit in given.items()}
        return replace(cls(), **changes)
