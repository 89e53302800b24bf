"""The chain of hashes, and instants as the journal keeps them.

    hash = SHA-256(hash of the event before + JSON of [sequence, recorded, at, actor, kind, key, version] + LF + body)

The JSON has no blanks; instants are whole microseconds since 1970 in UTC; the body is its canonical JSON. The first
event's "hash before" is the SHA-256 of the journal's id. Whoever has the events can so check that none was changed,
dropped or put in between.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import orjson

from geo.calendar import CHINA, to_china

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).astimezone(CHINA)
_DAY_US, _SECOND_US = 86_400_000_000, 1_000_000


def first_hash(journal_id: str) -> bytes:
    """What the first event of the journal is chained to."""
    return hashlib.sha256(journal_id.encode()).digest()


def chained(
    before: bytes,
    sequence: int,
    recorded_us: int,
    at_us: int,
    actor: str,
    kind: str,
    key: str | None,
    version: int,
    body: bytes,
) -> bytes:
    """An event's hash, 32 bytes, after the one with the hash `before`. TypeError when a field is of another type."""
    head = orjson.dumps((sequence, recorded_us, at_us, actor, kind, key, version))
    return hashlib.sha256(b"%b%b\n%b" % (before, head, body)).digest()


def microseconds(instant: datetime) -> int:
    """Whole microseconds since 1970 in UTC; a naive instant is taken to be in China Standard Time."""
    since = to_china(instant) - _EPOCH
    return since.days * _DAY_US + since.seconds * _SECOND_US + since.microseconds


def instant(microseconds: int) -> datetime:
    """The other way, in China Standard Time. OverflowError when no calendar has it."""
    return _EPOCH + timedelta(microseconds=microseconds)
