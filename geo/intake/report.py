"""What an import did and met, as one value: printed short for people, whole as JSON, drawn as a page by `maps`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from geo.errors import Fault
from geo.merge import Change, Conflict, Side

Severity = Literal["warning", "note"]


class Outcome(StrEnum):
    """What became of an import; only `stored` has changed the data."""

    STORED = "stored"
    TRIAL = "trial"  # a trial run, of a file that would have been stored
    REFUSED = "refused"  # for its faults, in a trial run too


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that is said but stops nothing: a gap between villages, a shift that a layer looks to have."""

    severity: Severity
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Mended:
    """One geometry that was repaired; its measure before and after is m2 for areas, m for lines, None for points."""

    row: int
    key: str | None
    problem: str
    type_before: str
    type_after: str
    measure_before: float | None
    measure_after: float | None


@dataclass(frozen=True, slots=True)
class Assigned:
    """One column of the file: where it went, and how that was known (`None`: it was not used)."""

    source: str
    target: str | None
    how: str
    sample: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows read, accepted, repaired and refused; ids added, changed and removed against the layer as it was."""

    read: int
    accepted: int
    repaired: int
    refused: int
    added: int
    changed: int
    removed: int


@dataclass(frozen=True, slots=True)
class Diff:
    """What a file that was exported from the county changes since: ids added, changed and removed, and conflicts.

    `base` is the version of the layer that it came from, or the newest event then. `decided` is whose side conflicts
    took; None: nobody said, and with conflicts nothing is stored.
    """

    base: str
    added: tuple[str, ...]
    changed: tuple[Change, ...]
    removed: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    decided: Side | None = None

    @property
    def is_open(self) -> bool:
        """Whether there are conflicts that nobody has decided."""
        return bool(self.conflicts) and self.decided is None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """One import. `crs` is the system as given, `places` a point (lon, lat, WGS84) for each row that is spoken of.

    `version` is the data's version after it, None when nothing was stored. `diff` is there where the file says which
    version of the layer it was exported from.
    """

    layer: str
    source: str
    format: str
    layer_in_file: str | None
    encoding: str | None
    crs: str | None
    at: datetime
    counts: Counts
    columns: tuple[Assigned, ...]
    faults: tuple[Fault, ...]
    mended: tuple[Mended, ...]
    remarks: tuple[Remark, ...]
    places: Mapping[int, tuple[float, float]]
    outcome: Outcome
    version: str | None = None
    created: str | None = None
    refused_file: str | None = None
    report_file: str | None = None
    diff: Diff | None = None

    @property
    def ignored_columns(self) -> tuple[str, ...]:
        """The file's columns that the layer has no place for."""
        return tuple(column.source for column in self.columns if column.target is None)

    def body(self) -> dict[str, Any]:
        """The whole report as JSON knows it."""
        content = asdict(self)
        content["at"] = self.at.isoformat()
        content["places"] = {str(row): list(place) for row, place in self.places.items()}
        return content


def by_kind(faults: Iterable[Fault]) -> tuple[tuple[Fault, ...], ...]:
    """Faults with one layer, column and problem together: those of a whole layer first, then the most frequent."""
    kinds: dict[tuple[str, str, str], list[Fault]] = {}
    for fault in faults:
        kinds.setdefault((fault.layer, fault.column, fault.problem), []).append(fault)
    ranked = sorted(kinds.values(), key=lambda found: (found[0].row > 0, -len(found), found[0].row))
    return tuple(tuple(found) for found in ranked)
