"""The machine and the data folder looked over for `yixian doctor`; `api.doctor.checks` judges what is found."""

from __future__ import annotations

import http.client
import os
import re
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Final

from api.doctor import checks
from api.doctor.checks import Finding, State
from api.doctor.disk import disk_of
from api.identity.tokens import expiring
from api.settings import ROOT, SAMPLE_FOLDER, Settings
from geo import store
from geo.calendar import parse_instant
from geo.errors import GeoError
from geo.journal import Journal
from geo.journal.checking import Progress

LOCK: Final = ROOT / "requirements.lock"
COMPILED: Final = ROOT / "geo" / "network" / "__pycache__"
_PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)( ;)?", re.MULTILINE)
_SECRETS: Final = ("tokens.json", "accounts.json", "token_uses.json", "*.key")
_ANSWER_S: Final = 2.0


def examined(settings: Settings, now: datetime, progress: Progress | None = None) -> Iterator[Finding]:
    """Every check in turn: the program, the machine, then the data. A check that fails ends none of the others."""
    yield checks.python(sys.version_info[:3])
    yield _libraries()
    yield from (_compiled(), _fonts(), _browser(), _port(settings))
    yield checks.disk(disk_of(settings.folder))
    folder, is_there = settings.folder, not store.is_absent(settings.folder)
    yield checks.rights(str(folder), is_there=is_there, is_writable=_is_writable(folder))
    yield checks.secrets(_modes(folder))
    yield _guarded("tokens", lambda: checks.tokens(_ending(folder, now)))
    served = folder if is_there else SAMPLE_FOLDER
    newest: list[datetime] = []
    yield from _county(served, now, newest)
    yield from _journal(served, now, newest, progress)
    yield checks.clock(now, max(newest, default=None))


def _libraries() -> Finding:
    locked: dict[str, list[str]] = {}
    elsewhere = set()
    for name, version, has_marker in _PIN.findall(LOCK.read_text("utf-8") if LOCK.exists() else ""):
        locked.setdefault(name, []).append(version)
        if has_marker:
            elsewhere.add(name)
    installed = {name: _installed(name) for name in locked}
    wanted = {name: found for name, found in locked.items() if installed[name] or name not in elsewhere}
    return checks.libraries(wanted, installed)


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _compiled() -> Finding:
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or COMPILED)
    return checks.compiled(str(folder), has_some=any(folder.rglob("*.nbi")), is_writable=_is_writable(folder))


def _fonts() -> Finding:
    from maps.press.fonts import MissingFontError, chinese_fonts

    try:
        return checks.fonts(Path(str(chinese_fonts().plain.get_file())).name)
    except MissingFontError:
        return checks.fonts(None)


def _browser() -> Finding:
    from maps.press.browser import find_browser

    found = find_browser()
    return checks.browser(None if found is None else str(found))


def _port(settings: Settings) -> Finding:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    address, is_free = f"{settings.host}:{settings.port}", True
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((settings.host, settings.port))
        except OSError:
            is_free = False
    return checks.port(address, is_free=is_free, is_ours=not is_free and _is_alive(settings.host, settings.port))


def _is_alive(host: str, port: int) -> bool:
    """Whether a service of ours answers there."""
    line = http.client.HTTPConnection(host, port, timeout=_ANSWER_S)
    with closing(line), suppress(OSError, http.client.HTTPException):
        line.request("GET", "/health/live", headers={"Host": f"localhost:{port}"})
        return line.getresponse().read(200) == b'{"status":"alive"}'
    return False


def _is_writable(folder: Path) -> bool:
    """Whether files could be put into it, or it could be made."""
    there = next((path for path in (folder, *folder.absolute().parents) if path.exists()), None)
    return there is not None and os.access(there, os.W_OK | os.X_OK)


def _modes(folder: Path) -> dict[str, int]:
    if os.name != "posix" or not folder.is_dir():
        return {}
    return {path.name: path.stat().st_mode & 0o777 for name in _SECRETS for path in folder.glob(name)}


def _ending(folder: Path, now: datetime) -> list[tuple[str, datetime]]:
    return [(one.name, parse_instant(one.expires_at)) for one in expiring(folder, now) if one.expires_at]


def _county(folder: Path, now: datetime, newest: list[datetime]) -> Iterator[Finding]:
    """The layers opened as a service would, which compares their hashes; the rules; the calendar."""
    yield _guarded("rules", lambda: checks.rules(store.read_rules(folder).contradictions()))
    try:
        county = store.open_county(folder)
    except GeoError as reason:
        mend = "`yixian check` says more; restore a backup, or import the layer again"
        yield Finding("layers", State.FAIL, str(reason).splitlines()[0], mend)
        return
    newest += [parse_instant(one.imported_at) for one in county.manifest.layers.values() if one.imported_at]
    met = f"{len(county.layers)} layers, data version {county.manifest.version}"
    yield Finding("layers", State.OK, met)
    work, today = county.atlas.work_calendar, (county.manifest.present or now).date()
    yield checks.calendar(work.known_to, work.unknown_ahead(today, county.atlas.rules.duty.warn_days))


def _journal(folder: Path, now: datetime, newest: list[datetime], progress: Progress | None) -> Iterator[Finding]:
    """The whole chain, and the snapshot that a start begins with."""
    if not Journal.exists(folder):  # opening would leave its lock behind
        yield Finding("journal", State.OK, "none yet")
        return
    try:
        with Journal.open(folder, clock=lambda: now) as journal:
            newest += [event.recorded_at for event in journal.read(max(journal.newest() - 1, 0))]
            verdict = journal.verify(progress)
            kept = journal.newest_snapshot()
            notices = journal.notices
    except GeoError as reason:
        yield Finding("journal", State.FAIL, str(reason), "restore the last backup")
        return
    if not verdict.is_whole:
        yield Finding("journal", State.FAIL, verdict.problems[0], "restore the last backup")
        return
    met = f"{verdict.events:,} events, whole"
    yield Finding("journal", State.WARN, notices[0], met) if notices else Finding("journal", State.OK, met)
    yield checks.snapshot(verdict.events, None if kept is None else kept.sequence)


def _guarded(what: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except GeoError as reason:
        return Finding(what, State.FAIL, str(reason).splitlines()[0], "mend the file, or restore it from a backup")
