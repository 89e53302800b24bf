"""How long a body may be: by what its head declares, and while it is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.types import Message, Receive

from api.errors import TooLargeError
from geo.errors import InputError

_DIGITS: Final = 18


def too_large(most_bytes: int) -> TooLargeError:
    """The refusal of a body of more than `most_bytes`."""
    return TooLargeError(f"the body is larger than {most_bytes / 1024**2:g} MiB; send it in parts", limit=most_bytes)


def framing_fault(given: Mapping[bytes, bytes], most_bytes: int) -> InputError | None:
    """What is wrong with the length that a head declares.

    It may be too long, no number, or declared in two ways: a proxy may go by the one where this service goes by the
    other, and see another request in the rest.
    """
    length = given.get(b"content-length")
    if length is None:
        return None
    if b"transfer-encoding" in given:
        return InputError("Content-Length and Transfer-Encoding contradict each other", parameter="Content-Length")
    if not length.isdigit():
        return InputError("Content-Length is not a whole number", parameter="Content-Length")
    if len(length) > _DIGITS or int(length) > most_bytes:
        return too_large(most_bytes)
    return None


def counted(receive: Receive, most_bytes: int) -> Receive:
    """`receive`, with a TooLargeError as soon as more than `most_bytes` have come: chunks declare no length."""
    taken = 0

    async def received() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most_bytes:
            raise too_large(most_bytes)
        return message

    return received
