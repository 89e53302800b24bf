"""Whether a call says again what was recorded under its key, where it leaves an instant to the clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from geo.errors import InputError
from geo.events import Correction, Draft, decode, encode
from geo.journal.chain import instant, microseconds
from geo.journal.commits import Content


def repeats(drafts: Sequence[Draft], recorded: Sequence[Content]) -> bool:
    """Whether `drafts` say what is `recorded`, if each instant that nobody named is the one that was recorded."""
    return len(drafts) == len(recorded) and all(map(_repeats, drafts, recorded))


def _repeats(draft: Draft, recorded: Content) -> bool:
    kind, at_us, body = recorded
    if kind != draft.kind.value:
        return False
    if not draft.is_dated:
        draft = replace(draft, at=instant(at_us))
    said = draft.body
    if isinstance(said, Correction) and said.replacement is not None and not said.replacement.is_dated:
        at = _of_replacement(draft, body) or said.replacement.at
        said = replace(said, replacement=replace(said.replacement, at=at))
    return (microseconds(draft.at), encode(said)) == (at_us, body)


def _of_replacement(draft: Draft, recorded: bytes) -> datetime | None:
    """The instant of a recorded correction's replacement."""
    try:
        found = decode(draft.kind, recorded)
    except InputError:  # of an earlier schema: its bytes are compared as they are
        return None
    return found.replacement.at if isinstance(found, Correction) and found.replacement is not None else None
