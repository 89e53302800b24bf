"""What `yixian doctor` makes of what it finds on a machine: values in, findings out, each with how to mend it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import Final

from api.doctor.disk import LEAST_BYTES, Disk

NEEDED_PYTHON: Final = (3, 11)
LATE: Final = timedelta(minutes=5)
"""So far a clock may lie behind what was recorded by another machine."""
BUILT: Final = datetime.fromisoformat("2026-01-01T00:00:00+08:00")
"""No clock that is right shows an earlier time than that of the program."""
STALE_EVENTS: Final = 50_000
"""More events than that after the newest snapshot make the next start longer by seconds."""
_NAMED: Final = 5


class State(IntEnum):
    """How a check went; the worst one is the exit status."""

    OK = 0
    WARN = 1
    FAIL = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, how it went, what was met, and how to mend it ("" where nothing need be)."""

    what: str
    state: State
    met: str
    mend: str = ""


def python(version: tuple[int, int, int]) -> Finding:
    """The interpreter."""
    met = ".".join(map(str, version))
    if version[:2] < NEEDED_PYTHON:
        return Finding("Python", State.FAIL, met, "install Python 3.11 or newer, and make the environment anew")
    return Finding("Python", State.OK, met)


def libraries(locked: Mapping[str, Sequence[str]], installed: Mapping[str, str | None]) -> Finding:
    """The libraries against the lock: by name the versions that it allows, and the one that is there (None: none).

    One that the lock wants on other systems only is not among `locked`.
    """
    what, mend = "libraries", "install what requirements.lock names: `make serve` does"
    if not locked:
        return Finding(what, State.WARN, "no requirements.lock lies beside the program", "compare the versions by hand")
    missing = sorted(name for name in locked if installed.get(name) is None)
    if missing:
        return Finding(what, State.FAIL, f"not installed: {_some(missing)}", mend)
    others = sorted(f"{name} {installed[name]}" for name, allowed in locked.items() if installed[name] not in allowed)
    if others:
        return Finding(what, State.WARN, f"not the locked versions: {_some(others)}", mend)
    return Finding(what, State.OK, f"{len(locked)} as locked")


def disk(found: Disk | None) -> Finding:
    """Room where the data are."""
    if found is None:
        return Finding("disk", State.WARN, "how full it is cannot be told", "look at the disk by hand")
    met = f"{found.free_bytes / 1e9:.1f} GB free, {found.share_free:.0%}"
    mend = "make room: move backups and former data folders elsewhere, see OPERATIONS.md"
    if found.free_bytes < LEAST_BYTES:
        return Finding("disk", State.FAIL, met, mend)
    return Finding("disk", State.WARN, met, mend) if found.is_low else Finding("disk", State.OK, met)


def clock(now: datetime, newest: datetime | None) -> Finding:
    """The machine's clock against the newest instant that the data folder knows."""
    met = f"{now:%Y-%m-%d %H:%M}"
    mend = "set the clock, and keep it by NTP; what was recorded meanwhile keeps its times"
    if now < BUILT:
        return Finding("clock", State.FAIL, f"{met}, before this program was made", mend)
    if newest is not None and now < newest - LATE:
        return Finding("clock", State.FAIL, f"{met}, before the newest event or import ({newest:%Y-%m-%d %H:%M})", mend)
    return Finding("clock", State.OK, met)


def secrets(modes: Mapping[str, int]) -> Finding:
    """The permissions of the files that hold tokens, accounts and keys, by name."""
    what = "secrets"
    if not modes:
        return Finding(what, State.OK, "no tokens and no accounts: only this machine is served, and only to read")
    open_ones = sorted(name for name, mode in modes.items() if mode & 0o077)
    if open_ones:
        mend = "chmod 600 them, and make new tokens if others use this machine"
        return Finding(what, State.FAIL, f"others may read {_some(open_ones)}", mend)
    return Finding(what, State.OK, f"{_some(sorted(modes))}: for their owner alone")


def tokens(ending: Sequence[tuple[str, datetime]]) -> Finding:
    """Tokens that end soon: their names, and when."""
    if not ending:
        return Finding("tokens", State.OK, "none ends soon")
    named = _some([f"{name} ({at:%m-%d})" for name, at in sorted(ending, key=lambda one: one[1])])
    return Finding("tokens", State.WARN, f"end soon: {named}", "`yixian token rotate NAME` gives a new one in time")


def rights(folder: str, *, is_there: bool, is_writable: bool) -> Finding:
    """Whether the service could write to its folder."""
    if not is_there:
        advice = "begin a county with `yixian import` or `yixian init`, or restore a backup"
        return Finding("data folder", State.WARN, f"{folder} is not there: the built-in sample is served", advice)
    if not is_writable:
        mend = "give the folder to the user that the service runs as"
        return Finding("data folder", State.FAIL, f"{folder} can only be read: nothing can be recorded", mend)
    return Finding("data folder", State.OK, folder)


def snapshot(newest: int, kept: int | None) -> Finding:
    """How much of the journal the next start must fold: its newest event, and that of the newest snapshot."""
    behind = newest - (kept or 0)
    if behind > STALE_EVENTS:
        mend = "let a service run on this folder for a while: it keeps snapshots by itself, if it may write"
        return Finding("snapshot", State.WARN, f"the next start folds {behind:,} events", mend)
    return Finding("snapshot", State.OK, "none needed yet" if kept is None else f"{behind:,} events behind")


def rules(contradictions: Sequence[str]) -> Finding:
    """Thresholds that contradict each other."""
    if contradictions:
        return Finding("rules", State.WARN, _some(list(contradictions)), "edit rules.toml; `yixian rules` shows all")
    return Finding("rules", State.OK, "without contradictions")


def calendar(known_to: date, unknown_from: date | None) -> Finding:
    """The end of the calendar of workdays; `unknown_from` is a day soon to come of which it knows nothing."""
    met = f"known to {known_to}"
    if unknown_from is None:
        return Finding("calendar", State.OK, met)
    mend = "`yixian import calendar FILE` with the days off and make-up days that were announced"
    return Finding("calendar", State.WARN, f"workdays are not known from {unknown_from} on", mend)


def fonts(name: str | None) -> Finding:
    """A font with Chinese, for pictures that are drawn without a browser."""
    if name is None:
        mend = "install one (Debian, Ubuntu: fonts-noto-cjk; Fedora: google-noto-sans-cjk-fonts)"
        return Finding("fonts", State.WARN, "none with Chinese: pictures are refused", mend)
    return Finding("fonts", State.OK, name)


def browser(name: str | None) -> Finding:
    """A browser for PDF and PNG."""
    if name is None:
        mend = "install chromium; pages themselves need none on this machine"
        return Finding("browser", State.WARN, "none: PDF and PNG are drawn plainly", mend)
    return Finding("browser", State.OK, name)


def compiled(folder: str, *, has_some: bool, is_writable: bool) -> Finding:
    """The searches by road, compiled once and kept beside the program."""
    if has_some or is_writable:
        return Finding("compiled searches", State.OK, "kept" if has_some else "will be kept at the first question")
    mend = "let the service's user write there once, or name another folder by NUMBA_CACHE_DIR"
    met = f"none, and {folder} cannot be written: each start compiles for half a minute"
    return Finding("compiled searches", State.WARN, met, mend)


def port(address: str, *, is_free: bool, is_ours: bool) -> Finding:
    """The port that the service would take."""
    if is_free:
        return Finding("port", State.OK, f"{address} is free")
    if is_ours:
        return Finding("port", State.OK, f"{address}: a service answers")
    mend = "end that program, or serve with another --port"
    return Finding("port", State.WARN, f"{address} is taken by another program", mend)


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"
