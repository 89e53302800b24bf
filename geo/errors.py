"""Every error that the core raises, each with its facts as attributes; none knows HTTP.

GeoError
├── InputError            (ValueError)   an argument is outside what the question takes
│   ├── UnknownTermError                 a word that is not in a closed vocabulary
│   ├── UnknownWeekError                 not an ISO week that exists
│   ├── UnknownMonthError                not a calendar month that exists
│   ├── UnknownCrsError                  a coordinate system that is not known
│   ├── LimitError                       more than is taken in one go
│   ├── FarPlaceError                    a place too far from the county to be meant
│   └── RuleError                        events that break a rule, and are not recorded
├── NotFoundError         (LookupError)  a layer or a feature that is not there
├── DataError             (ValueError)   data that cannot be taken as it is
│   ├── UnreadableFileError              a file that cannot be opened or is not what it claims
│   ├── UnwritableFileError              a file that cannot be put on the disk
│   ├── BoundsError                      a file beyond a limit that protects the program
│   ├── MissingCrsError                  coordinates without a declared coordinate system
│   ├── LayerFaultsError                 rows that break their layer's specification
│   ├── MissingLayersError               a county that lacks layers it cannot do without
│   ├── ThresholdsError                  thresholds of the rules that cannot be taken
│   ├── BrokenFolderError                a data folder that is not whole
│   │   └── BrokenLayerError             one of its layers' files
│   ├── BusyFolderError                  a data folder that another program is writing to
│   └── StaleSnapshotError               a kept state that does not fit what is asked of it now
├── JournalError                         the journal cannot do what it was asked to
│   ├── ConflictError                    an idempotency key that was used for something else
│   ├── JournalFullError                 a disk that takes no more
│   ├── JournalBusyError                 another writer or a failing disk in the way, for now
│   └── DamagedJournalError              a record that is not as it was written
├── IncompleteProgramError               a file of the program itself that is not there
└── ReadOnlyError         (PermissionError)  writing where only reading is allowed
    └── ReadOnlyJournalError             a record whose disk or folder does not let us write
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


class GeoError(Exception):
    """Root of the core's errors: the message says what was met, where, and what to do."""


class InputError(GeoError, ValueError):
    """An argument is outside what the question takes; `parameter` names it."""

    def __init__(self, message: str, *, parameter: str | None = None) -> None:
        super().__init__(message)
        self.parameter = parameter


class LimitError(InputError):
    """A number beyond what is taken in one go; `limit` is the most that is."""

    def __init__(self, message: str, *, limit: float, parameter: str | None = None) -> None:
        super().__init__(message, parameter=parameter)
        self.limit = limit


class UnknownTermError(InputError):
    """`value` is not in the vocabulary; `allowed` lists what is."""

    def __init__(self, vocabulary: str, value: object, allowed: Iterable[object]) -> None:
        self.vocabulary = vocabulary
        self.value = value
        self.allowed = tuple(str(term) for term in allowed)
        super().__init__(
            f"{value!r} is not a known {vocabulary}; allowed: {', '.join(self.allowed)}",
            parameter=vocabulary,
        )


class UnknownWeekError(InputError):
    """`value` is not an ISO 8601 week of the form 2022-W51 that the calendar has."""

    def __init__(self, value: object, reason: str) -> None:
        self.value = value
        super().__init__(f"{value!r} is not an ISO week: {reason}", parameter="week")


class UnknownMonthError(InputError):
    """`value` is not a calendar month of the form 2022-12."""

    def __init__(self, value: object) -> None:
        self.value = value
        super().__init__(f"{value!r} is not a month: write the year and the month, as in 2022-12", parameter="month")


class UnknownCrsError(InputError):
    """`value` names no coordinate reference system that PROJ or Yixian knows."""

    def __init__(self, value: object, reason: str) -> None:
        self.value = value
        super().__init__(f"{value!r} is not a known coordinate system: {reason}", parameter="crs")


class FarPlaceError(InputError):
    """A place is farther from the county's outline than a question about it can mean."""

    def __init__(self, lon: float, lat: float, distance_m: float, limit_m: float) -> None:
        self.lon, self.lat = lon, lat
        self.distance_m, self.limit_m = distance_m, limit_m
        super().__init__(
            f"lon={lon:g}, lat={lat:g} lies {distance_m / 1000:,.0f} km outside the county's outline "
            f"(limit {limit_m / 1000:g} km); the likely cause is swapped lon and lat: "
            f"write the longitude first, as in lon=111.43, lat=27.69",
            parameter="lon",
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one event of a call is refused. `number` counts the call's events from 1; `rule` is of DOMAIN.md, or ""."""

    number: int
    kind: str
    field: str
    rule: str
    problem: str

    def __str__(self) -> str:
        rule = f" ({self.rule})" if self.rule else ""
        return f"event {self.number} ({self.kind}), {self.field}: {self.problem}{rule}"


class RuleError(InputError):
    """Events break rules; `refusals` holds every fault of every event. None of the call's events is recorded."""

    def __init__(self, refusals: Sequence[Refusal], *, shown: int = 20) -> None:
        self.refusals = tuple(refusals)
        lines = [str(refusal) for refusal in self.refusals[:shown]]
        if len(self.refusals) > shown:
            lines.append(f"… and {len(self.refusals) - shown} more")
        super().__init__("; ".join(lines), parameter=self.refusals[0].field)


class NotFoundError(GeoError, LookupError):
    """`kind` has no member `name`; `known` lists what there is, when the list is short."""

    def __init__(self, kind: str, name: str, known: Sequence[str] = ()) -> None:
        self.kind, self.name, self.known = kind, name, tuple(known)
        listed = f"; there are: {', '.join(self.known)}" if self.known else ""
        super().__init__(f"no {kind} named {name!r}{listed}")


class DataError(GeoError, ValueError):
    """Data that cannot be taken as it is."""


class UnreadableFileError(DataError):
    """`path` cannot be opened, or is not what its name claims."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path}: {reason}")


class UnwritableFileError(DataError):
    """`path` cannot be put on the disk: it is full or failing, or does not let us."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(
            f"{path}: cannot be written: {reason}; "
            f"look at the disk's free space and at who may write there, then try again"
        )


class BoundsError(DataError):
    """`path` goes beyond the limit `parameter`: `met` (None: more than can be counted) against `limit`."""

    def __init__(self, path: Path, what: str, parameter: str, met: float | None, limit: float) -> None:
        self.path, self.what, self.parameter = path, what, parameter
        self.met, self.limit = met, limit
        found = "more" if met is None else f"{met:,.15g}"
        super().__init__(
            f"{path}: {what}: met {found}, the limit is {limit:,.15g}; if the file is to be trusted, "
            f"raise the intake's limit: YIXIAN_LIMITS='{{\"{parameter}\": …}}'"
        )


class MissingCrsError(DataError):
    """A file's coordinates do not say in which system they are."""

    def __init__(self, path: Path, advice: str) -> None:
        self.path = path
        super().__init__(f"{path}: no coordinate system is declared; {advice}")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one row. `row` counts the source's data rows from 1; 0 means the whole layer.

    `rule` is the rule of DOMAIN.md that the row breaks, or "".
    """

    layer: str
    row: int
    key: str | None
    column: str
    value: str | None
    problem: str
    advice: str = ""
    rule: str = ""

    def __str__(self) -> str:
        where = f"row {self.row}" if self.row else "whole layer"
        key = f" ({self.key})" if self.key else ""
        met = f", met {self.value!r}" if self.value is not None else ""
        advice = f"; {self.advice}" if self.advice else ""
        return f"{self.layer} {where}{key}, {self.column}: {self.problem}{met}{advice}"


class LayerFaultsError(DataError):
    """Rows break their layer's specification; `faults` holds every fault of every row."""

    def __init__(self, faults: Sequence[Fault], *, shown: int = 20) -> None:
        self.faults = tuple(faults)
        lines = [str(fault) for fault in self.faults[:shown]]
        if len(self.faults) > shown:
            lines.append(f"… and {len(self.faults) - shown} more")
        super().__init__(f"{len(self.faults)} fault(s):\n" + "\n".join(lines))


class MissingLayersError(DataError):
    """The county lacks `layers`, without which no question can be answered."""

    def __init__(self, layers: Sequence[str]) -> None:
        self.layers = tuple(layers)
        super().__init__(
            f"no rows in the layer(s) {', '.join(self.layers)}; fill each with `yixian import {self.layers[0]} FILE`"
        )


@dataclass(frozen=True, slots=True)
class ThresholdFault:
    """One entry of the rules that cannot be taken: where it stands, what was met (as text), and what is allowed."""

    key: str
    value: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.key} = {self.value}: {self.allowed}"


class ThresholdsError(DataError):
    """Thresholds of the rules cannot be taken; `faults` holds every fault of every entry."""

    def __init__(self, faults: Sequence[ThresholdFault]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"rules.toml: {'; '.join(map(str, self.faults))}")


class BrokenFolderError(DataError):
    """The data folder at `path` is not whole."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(f"data folder {path}: {reason}")


class BrokenLayerError(BrokenFolderError):
    """The file of a version of the layer `layer` is not what was written. `known` is a whole version before it."""

    def __init__(self, path: Path, layer: str, reason: str, *, known: tuple[int, str] | None = None) -> None:
        """`known` has that version's number and date."""
        self.layer, self.reason, self.known = layer, reason, known
        if known is None:
            told = f"layer {layer}: {reason}; import it again with `yixian import {layer}`"
        else:
            told = (
                f"layer {layer}: {reason}; import it again with `yixian import {layer}`, "
                f"or take version {known[0]} of {known[1]} with `yixian layers restore {layer} {known[0]}`"
            )
        super().__init__(path, told)


class BusyFolderError(DataError):
    """The data folder at `path` is being written to by another program; `holder` says which, where that is known."""

    def __init__(self, path: Path, holder: str) -> None:
        self.path, self.holder = path, holder
        super().__init__(
            f"data folder {path}: another import is running{f' ({holder})' if holder else ''}; "
            f"nothing was changed, try again when it is done"
        )


class StaleSnapshotError(DataError):
    """A kept state of the Board cannot be taken up; the journal must be folded from its beginning."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the snapshot cannot be used: {reason}; the journal is folded from its beginning instead")


class JournalError(GeoError):
    """The journal cannot do what it was asked to."""


class ConflictError(JournalError):
    """`actor` has used the idempotency key `key` before, for other content: the events from `first` on."""

    def __init__(self, actor: str, key: str, first: int) -> None:
        self.actor, self.key, self.first = actor, key, first
        super().__init__(
            f"the idempotency key {key!r} was used for other content (event {first}); nothing was recorded: "
            f"use a new key for a new request"
        )


class JournalFullError(JournalError):
    """The disk takes no more: it is full, over a quota or a size limit, or failing. Nothing was recorded."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path.name}: the disk takes no more ({reason}); nothing was recorded: make room, try again")


class JournalBusyError(JournalError):
    """The journal cannot be used at this moment: another writer, or a failing disk. Nothing was recorded."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path.name}: cannot be used at this moment ({reason}); try again")


class DamagedJournalError(JournalError):
    """The journal at `path` is not as it was written. Its events are good up to `last_good` (None: not known)."""

    def __init__(self, path: Path, reason: str, *, last_good: int | None = None) -> None:
        self.path, self.reason, self.last_good = path, reason, last_good
        good = "" if last_good is None else f"; the events up to {last_good} are good"
        super().__init__(f"{path.name} is damaged: {reason}{good}; nothing is written to it: restore a backup")


class IncompleteProgramError(GeoError):
    """The file `name`, which the program came with, is missing or is not as it came."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"the program is not whole: {name} is missing or is not as it came; install it again "
            f"(in a checkout: `git checkout -- maps`, then `make clean serve`)"
        )


class ReadOnlyError(GeoError, PermissionError):
    """Writing was asked of something that is only read."""


class ReadOnlyJournalError(ReadOnlyError):
    """The journal at `path` can only be read: its disk, or who may write in its folder, does not let us."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(
            f"{path.name}: the folder can only be read here; nothing was recorded: "
            f"make the disk and the folder writable, then restart the service"
        )
