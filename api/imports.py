"""One file into the data folder: read, checked against the other layers, reported, and only then written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import pandas as pd

from api.differences import difference
from api.journal_imports import judged, new_rows, planned, recorded
from api.record import Record, open_journal
from api.round_trip import Base, base_of, diff_of, merge_of, with_merged_rows
from api.settings import SAMPLE_FOLDER
from geo import geojson, intake, store
from geo.atlas import Atlas, NetworkOf, broken_references, build
from geo.board import fold_frames, layer_frame
from geo.errors import Fault, GeoError, InputError, MissingLayersError
from geo.files import write_atomic
from geo.intake import Assigned, Counts, ImportReport, Intake, Mended, Outcome, Remark, Wishes
from geo.intake.reading import Stage
from geo.intake.repairs import Repair
from geo.intake.sources import collector_paused
from geo.journal import Receipt
from geo.layers.calendar_days import incomplete_years, work_calendar
from geo.layers.registry import FORMATS, LAYERS, importable, layer
from geo.layers.spec import LayerSpec, check
from geo.merge import Merge, Side
from geo.rules import Rules
from geo.store import REPORTS, Manifest
from maps.pages import import_page

_OF_NIGHTS: Final = ("stays", "nights", "check_ins")
"""What tells who slept where: with it the county's present is the clock's."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How rows go into the layer: all of them anew or by id, without the faulty ones, for trial, from nothing.

    `take` says whose side holds where both the file and the county changed a cell since the file was exported.
    """

    upsert: bool = False
    skip_bad: bool = False
    dry_run: bool = False
    from_empty: bool = False
    take: Side | None = None


@dataclass(frozen=True, eq=False)
class _Before:
    """The folder as it is: its manifest, layers and rules, those of the sample where there is no folder yet.

    `live` is there where the folder has a journal with events: its live layers are then what the Board tells. For a
    format, which has no other place to go, it is always there.
    """

    manifest: Manifest
    layers: Mapping[str, pd.DataFrame]
    is_absent: bool
    live: Record | None = None
    rules: Rules = field(default_factory=Rules)


def import_file(
    folder: Path,
    name: str,
    path: Path,
    *,
    now: datetime,
    wishes: Wishes | None = None,
    manner: Manner | None = None,
    stage: Stage = lambda _: None,
) -> ImportReport:
    """Make the file at `path` the layer `name` of `folder`, or by `manner.upsert` add its rows by id.

    A folder that is absent begins as a copy of the sample, or by `manner.from_empty` without layers. With any faulty
    row the import is refused and nothing is written, unless `manner.skip_bad`. The report is filed under `reports/` of
    the folder, with the refused rows beside it. GeoError when the file as a whole cannot be taken; BusyFolderError
    while another import is writing there.

    Rows of a format go into the folder's journal, and so do those of a live layer once it has one: what it does not
    have is added, what it has otherwise is corrected, and nothing is removed. A row that breaks a rule of the record
    is a faulty one. A file of stays that is a register of nights goes in as such (`geo.intake.opened`).

    A file that says which version of the layer it was exported from is merged (`geo.merge`): with conflicts it is
    refused, unless `manner.take` says whose side holds.
    """
    spec, manner = importable(name), manner or Manner()
    source, spec = intake.opened(path, spec, wishes, stage=stage)
    with store.writing(folder), _before(folder, spec, manner, now) as before:
        is_recorded = before.live is not None and (spec.live or spec.name in FORMATS)
        current = before.layers.get(spec.name)
        base = base_of(folder, before.manifest, before.live, source.origin, spec, manner.take)
        known = base.frame if base else current if manner.upsert or is_recorded else None
        taken = intake.read(path, spec, wishes, source=source, loaded=before.layers, known=known, stage=stage)
        if is_recorded:
            with collector_paused():
                return _recorded(folder, taken, before, manner, now, stage, base)
        network_of = store.network_read(folder) if manner.dry_run else store.network_kept(folder)
        if spec.live:
            taken = taken.with_faults(_against_the_rules(taken, before, network_of, now))
        merge = _merge(taken, base, current, manner)
        diff = diff_of(merge, base, manner.take) if merge and base else None
        frame, orphans = _new_layer(taken, before, manner, merge)
        taken = taken.with_faults(orphans, _of_removed(merge))
        if frame is None or orphans or (diff and diff.is_open):
            changes = (0, 0, 0) if frame is None else difference(current, frame, spec)
            report = replace(_report(taken, changes, Outcome.REFUSED, now), diff=diff)
            return _filed(folder, taken, report, _county_of(before))
        atlas = _rehearsed({**before.layers, spec.name: frame}, before, network_of)
        taken = _with_calendar_told(_with_network_told(taken, atlas), frame)
        outcome = Outcome.TRIAL if manner.dry_run else Outcome.STORED
        report = replace(_report(taken, difference(current, frame, spec), outcome, now), diff=diff)
        if outcome is Outcome.STORED:
            stage("writing")
            version = _write(folder, spec.name, frame, before, manner, taken, now).version
            created = ("empty" if manner.from_empty else "sample") if before.is_absent else None
            report = replace(report, version=version, created=created)
        return _filed(folder, taken, report, atlas)


@contextmanager
def _before(folder: Path, spec: LayerSpec, manner: Manner, now: datetime) -> Iterator[_Before]:
    absent, is_format = store.is_absent(folder), spec.name in FORMATS
    if manner.from_empty and not absent:
        raise InputError(f"{folder} exists already; --empty is for starting a new data folder")
    if manner.from_empty and is_format:
        raise InputError(f"{spec.name} need a county with villages and teams; start the data folder with those")
    origin = SAMPLE_FOLDER if absent else folder
    manifest = Manifest({}) if manner.from_empty else store.read_manifest(origin)
    journal = None if absent else open_journal(folder)
    is_told = journal is not None and journal.begun_at() is not None
    mends = not (absent or manner.upsert or (spec.live and is_told)) and store.is_broken(folder, manifest, spec.name)
    if mends or not (is_told or is_format):
        if journal is not None:
            journal.close()
        rules = store.read_rules(folder if (folder / store.RULES).exists() else origin)
        layers = store.read_layers(origin, manifest, replaced=spec.name if mends else None)
        yield _Before(manifest, layers, absent, rules=rules)
        return
    county = store.open_county(origin, live=not is_told)
    with closing(Record(folder, county, lambda: now, journal)) as live:
        frames = {name: layer_frame(county.atlas, live.board(), name) for name, one in LAYERS.items() if one.live}
        yield _Before(manifest, {**county.layers, **frames}, absent, live, county.atlas.rules)


def _recorded(
    folder: Path, taken: Intake, before: _Before, manner: Manner, now: datetime, stage: Stage, base: Base | None
) -> ImportReport:
    """The rows into the journal: those that are sound and keep the rules of the record, or none."""
    spec, live = taken.spec, before.live
    assert live is not None  # noqa: S101  # asked by the caller
    board = live.board()
    stage("looking for what is recorded already")
    current = before.layers.get(spec.name)
    merge = _merge(taken, base, current, replace(manner, upsert=True))
    diff = diff_of(merge, base, manner.take) if merge and base else None
    if diff and diff.is_open:
        report = replace(_report(taken, (0, 0, 0), Outcome.REFUSED, now), diff=diff)
        return _filed(folder, taken, report, board.atlas)
    taken, gone = with_merged_rows(taken, merge) if merge else (taken, [])
    plan = planned(taken, live, current).without(gone)
    stage("judging every row by the rules of the record")
    plan, refused = judged(plan, taken, board.atlas, board, now)
    taken = taken.with_faults(refused, _of_repeats(plan.repeated))
    is_whole = not any(fault.row == 0 for fault in taken.faults)
    if taken.faults and not (manner.skip_bad and is_whole):
        return _filed(folder, taken, _report(taken, (0, 0, 0), Outcome.REFUSED, now), board.atlas)
    report = _report(taken, plan.changes, Outcome.TRIAL if manner.dry_run else Outcome.STORED, now)
    report = replace(report, diff=diff)
    if report.outcome is Outcome.STORED:
        stage("recording")
        manifest = store.begin_county(folder, SAMPLE_FOLDER) if before.is_absent else before.manifest
        receipt = recorded(plan, live, board.sequence)
        if spec.name in _OF_NIGHTS:
            store.end_demonstration(folder, manifest)
        created = "sample" if before.is_absent else None
        said = (*report.remarks, *_of_receipt(receipt))
        report = replace(report, version=manifest.version, created=created, remarks=said)
    return _filed(folder, taken, report, board.atlas)


def _of_repeats(repeated: int) -> list[Remark]:
    if not repeated:
        return []
    return [Remark("note", "journal", f"recorded already, and not again: {repeated:,} row(s)")]


def _of_removed(merge: Merge | None) -> list[Remark]:
    """A program that saves a selection of an export keeps what its rows say of the whole."""
    if merge is None or not merge.removed:
        return []
    said = (
        f"rows of the version it was exported from that the file does not have go: {len(merge.removed):,}; "
        f"if it is a selection, import it with --upsert, which removes none"
    )
    return [Remark("warning", "rows", said)]


def _of_receipt(receipt: Receipt | None) -> list[Remark]:
    if receipt is None:
        return [Remark("note", "journal", "there was nothing new to record")]
    return [Remark("note", "journal", f"recorded as the events {receipt.first:,} to {receipt.last:,}")]


def _merge(taken: Intake, base: Base | None, current: pd.DataFrame | None, manner: Manner) -> Merge | None:
    """The file merged into the layer, where it says where it came from and its rows can be taken."""
    is_whole = not any(fault.row == 0 for fault in taken.faults)
    if base is None or current is None or not is_whole or (taken.faults and not manner.skip_bad):
        return None
    return merge_of(taken, base, current, decided=manner.take, upsert=manner.upsert)


def _new_layer(
    taken: Intake, before: _Before, manner: Manner, merge: Merge | None
) -> tuple[pd.DataFrame | None, list[Fault]]:
    """The layer as it would become (None when no row can be taken), and the rows of other layers that it orphans."""
    spec, current = taken.spec, before.layers.get(taken.spec.name)
    if any(fault.row == 0 for fault in taken.faults) or (taken.faults and not manner.skip_bad):
        return None, []
    if merge is not None:
        frame = merge.frame
    else:
        frame = _upserted(current, taken.accepted, spec) if manner.upsert and current is not None else taken.accepted
    orphans = [fault for fault in broken_references({**before.layers, spec.name: frame}) if fault.layer != spec.name]
    return frame, orphans


def _rehearsed(layers: Mapping[str, pd.DataFrame], before: _Before, network_of: NetworkOf) -> Atlas | None:
    """The county as it would become, None while it is still being filled; what a service cannot open is an error.

    Its Board is not folded: that takes every checked frame whose references hold.
    """
    try:
        return build(layers, before.manifest.provenance, network_of=network_of, rules=before.rules)
    except MissingLayersError:
        return None


def _against_the_rules(taken: Intake, before: _Before, network_of: NetworkOf, now: datetime) -> list[Fault]:
    """Rows of a live layer, not yet recorded, that the first write to the journal could not record."""
    atlas = _rehearsed(before.layers, before, network_of)
    if atlas is None:
        return []
    others = {name: before.layers.get(name) for name, spec in LAYERS.items() if spec.live and name != taken.spec.name}
    board = fold_frames(atlas, others.get("stays"), others.get("incidents"), None, closures=others.get("closures"))
    return judged(new_rows(taken), taken, atlas, board, now)[1]


def _with_network_told(taken: Intake, atlas: Atlas | None) -> Intake:
    """After an import of roads, the account of the network that they make is among the remarks."""
    if taken.spec.name != "roads" or atlas is None or atlas.network_report is None:
        return taken
    return replace(taken, remarks=(*taken.remarks, Remark("note", "network", atlas.network_report.note)))


def _with_calendar_told(taken: Intake, frame: pd.DataFrame) -> Intake:
    """After an import of the calendar, the years that it leaves unknown are among the remarks (R04a)."""
    if taken.spec.name != "calendar":
        return taken
    told = [Remark("warning", "calendar", text) for text in incomplete_years(work_calendar(frame))]
    return replace(taken, remarks=(*taken.remarks, *told))


def _write(
    folder: Path, name: str, frame: pd.DataFrame, before: _Before, manner: Manner, taken: Intake, now: datetime
) -> Manifest:
    manifest = before.manifest
    if before.is_absent and not manner.from_empty:
        manifest = store.begin_county(folder, SAMPLE_FOLDER, before.layers)
    given_crs = taken.system or "none"
    return store.replace_layer(folder, manifest, name, frame, date=now, source=taken.path.name, given_crs=given_crs)


def _report(taken: Intake, changes: tuple[int, int, int], outcome: Outcome, now: datetime) -> ImportReport:
    """`changes` are the ids added, changed and removed."""
    mended = tuple(_mended(repair) for repair in taken.repairs)
    refused = taken.source.rows if any(fault.row == 0 for fault in taken.faults) else len(taken.faulty_rows)
    added, changed, removed = changes
    spoken_of = {*taken.faulty_rows, *(one.row for one in mended if one.row)}
    return ImportReport(
        layer=taken.spec.name,
        source=taken.path.name,
        format=taken.source.format,
        layer_in_file=taken.source.layer,
        encoding=taken.source.encoding,
        crs=taken.systems,
        at=now,
        counts=Counts(
            read=taken.source.rows,
            accepted=taken.source.rows - refused,
            repaired=len({one.row for one in mended if one.row}),
            refused=refused,
            added=added,
            changed=changed,
            removed=removed,
        ),
        columns=tuple(Assigned(one.source, one.target or None, one.how, one.sample or None) for one in taken.lines),
        faults=taken.faults,
        mended=mended,
        remarks=taken.remarks,
        places=taken.places_of(sorted(spoken_of)),
        outcome=outcome,
    )


def _mended(repair: Repair) -> Mended:
    area = repair.area_m2_before is not None or repair.area_m2_after is not None
    return Mended(
        row=repair.row,
        key=repair.key,
        problem=repair.problem,
        type_before=repair.type_before or "",
        type_after=repair.type_after or "",
        measure_before=repair.area_m2_before if area else repair.length_m_before,
        measure_after=repair.area_m2_after if area else repair.length_m_after,
    )


def _filed(folder: Path, taken: Intake, report: ImportReport, atlas: Atlas | None) -> ImportReport:
    """The report as JSON and as a page, and the refused rows beside it, in the folder."""
    stem = folder / REPORTS / f"{report.at:%Y%m%dT%H%M%S}-{report.layer}"
    refused = stem.with_name(f"{stem.name}-refused.csv") if taken.faulty_rows else None
    filed = replace(report, refused_file=str(refused) if refused else None, report_file=str(stem.with_suffix(".html")))
    if refused is not None:
        intake.write_refused(refused, taken)
    write_atomic(stem.with_suffix(".json"), geojson.dumps(filed.body()))
    write_atomic(stem.with_suffix(".html"), import_page(atlas, filed))
    return filed


def _county_of(before: _Before) -> Atlas | None:
    """The county to draw refused rows on, where there is one: no other layer is drawn, nor waited for."""
    drawn = {name: before.layers[name] for name in before.layers if name == "towns" or layer(name).required}
    try:
        return build(drawn, before.manifest.provenance, rules=before.rules)
    except GeoError:
        return None


def _upserted(current: pd.DataFrame, new: pd.DataFrame, spec: LayerSpec) -> pd.DataFrame:
    """The current rows with those of the same id replaced, and the new ones after them."""
    kept = current[~current[spec.key].isin(new[spec.key])]
    return check(pd.concat([kept, new], ignore_index=True), spec)
