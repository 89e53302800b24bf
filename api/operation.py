"""What the operator of a running service asks: how far it has come, what it came from, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from api.doctor.disk import Disk, disk_of
from api.swap import Live
from api.wiring import Services
from geo.calendar import parse_instant
from geo.store import Manifest


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the journal has come, and how far the Board was behind before anyone asked.

    `lag_s` is from the last event that the Board knew to the newest recorded one; None while it knew of none.
    """

    sequence: int
    folded: int
    lag_s: float | None
    is_writable: bool

    @property
    def lag_events(self) -> int:
        """Events that are recorded and were not folded yet."""
        return max(self.sequence - self.folded, 0)


@dataclass(frozen=True, slots=True)
class LastImport:
    """The layer that came in last; `version` counts from 1, `sha256` is the begin of its content's hash."""

    layer: str
    at: datetime
    version: int
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class Health:
    """What goes with "ready": nothing here keeps the service from answering. `reasons` say why it is degraded."""

    reasons: tuple[str, ...]
    disk: Disk | None
    last_import: LastImport | None

    @property
    def is_degraded(self) -> bool:
        """Whether an operator should look."""
        return bool(self.reasons)


def standing(services: Services) -> Standing | None:
    """Where the journal stands against the Board as it is, which is not brought level; None without a journal."""
    record = services.record
    if record is None or record.journal is None:
        return None
    board, journal = record.held, record.journal
    newest, lag_s = journal.newest(), 0.0 if board.recorded_at is not None else None
    if newest > board.sequence and board.recorded_at is not None:
        last = journal.read(newest - 1, limit=1)
        lag_s = max((last[-1].recorded_at - board.recorded_at).total_seconds(), 0.0) if last else lag_s
    return Standing(newest, board.sequence, lag_s, not journal.is_read_only)


def last_import(manifest: Manifest) -> LastImport | None:
    """The newest of all layers' imports; None where none is dated, as in the sample."""
    dated = [(entry.imported_at, name) for name, entry in manifest.layers.items() if entry.imported_at]
    if not dated:
        return None
    at, name = max(dated)
    entry = manifest.layers[name]
    return LastImport(name, parse_instant(at), len(manifest.versions(name)), entry.sha256[:12], entry.rows)


def health(live: Live, services: Services) -> Health:
    """What is wrong though the service answers, and what an operator looks at first."""
    disk = disk_of(services.folder)
    return Health(tuple(_reasons(live, services, disk)), disk, last_import(services.county.manifest))


def _reasons(live: Live, services: Services, disk: Disk | None) -> list[str]:
    found = []
    if live.failed_swap is not None:
        found.append(f"the data folder holds a newer version that cannot be served: {live.failed_swap.reason}")
    if services.damage is not None:
        found.append(services.damage)
    elif services.record is not None and services.record.journal is not None and services.record.journal.is_read_only:
        found.append("the journal can only be read here: nothing can be recorded")
    if disk is None or not services.folder.is_dir():
        found.append("the data folder cannot be reached; what was loaded goes on being served")
    elif disk.is_low and not services.is_sample:
        found.append(f"the disk is filling up: {disk.free_bytes / 1e9:.1f} GB free, {disk.share_free:.0%}")
    return found
