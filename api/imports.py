"""One file into the data folder: read, checked against the other layers, reported, and only then written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from api.journal_imports import BY_FILE, drafts_of_rows
from api.record import Record, open_journal
from api.settings import SAMPLE_FOLDER
from geo import geojson, intake, store
from geo.atlas import Atlas, NetworkOf, broken_references, build
from geo.board import layer_frame
from geo.errors import Fault, GeoError, InputError, MissingLayersError
from geo.files import write_atomic
from geo.intake import Assigned, Counts, ImportReport, Intake, Mended, Outcome, Remark, Wishes
from geo.intake.reading import Stage
from geo.intake.repairs import Repair
from geo.layers.registry import LAYERS, layer
from geo.layers.spec import LayerSpec, check
from geo.store import REPORTS, Manifest
from maps.pages import import_page


@dataclass(frozen=True, slots=True)
class Manner:
    """How rows go into the layer: all of them anew or by id, without the faulty ones, for trial, from nothing."""

    upsert: bool = False
    skip_bad: bool = False
    dry_run: bool = False
    from_empty: bool = False


@dataclass(frozen=True, eq=False)
class _Before:
    """The folder as it is: its manifest and layers, those of the sample where there is no folder yet.

    `live` is there where the folder has a journal with events: its live layers are then what the Board tells.
    """

    manifest: Manifest
    layers: Mapping[str, pd.DataFrame]
    is_absent: bool
    live: Record | None = None


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

    Rows of a live layer go into the folder's journal, once it has one: those that it does not have are added, those
    that it has otherwise are corrected, and none is removed.
    """
    spec, manner = layer(name), manner or Manner()
    with store.writing(folder), _before(folder, manner, now) as before:
        is_recorded = spec.live and before.live is not None
        manner = replace(manner, upsert=manner.upsert or is_recorded)
        current = before.layers.get(name)
        known = current if manner.upsert else None
        taken = intake.read(path, spec, wishes, loaded=before.layers, known=known, stage=stage)
        frame, orphans = _new_layer(taken, before, manner)
        taken = taken.with_faults(orphans)
        if frame is None or orphans:
            return _filed(folder, taken, _report(taken, frame, current, Outcome.REFUSED, now), _county_of(before))
        if is_recorded:
            return _recorded(folder, taken, frame, before, manner, now)
        network_of = store.network_read(folder) if manner.dry_run else store.network_kept(folder)
        atlas = _rehearsed({**before.layers, name: frame}, before, network_of)
        taken = _with_network_told(taken, atlas)
        report = _report(taken, frame, current, Outcome.TRIAL if manner.dry_run else Outcome.STORED, now)
        if report.outcome is Outcome.STORED:
            stage("writing")
            version = _write(folder, name, frame, before, manner, taken, now).version
            created = ("empty" if manner.from_empty else "sample") if before.is_absent else None
            report = replace(report, version=version, created=created)
        return _filed(folder, taken, report, atlas)


@contextmanager
def _before(folder: Path, manner: Manner, now: datetime) -> Iterator[_Before]:
    absent = store.is_absent(folder)
    if manner.from_empty and not absent:
        raise InputError(f"{folder} exists already; --empty is for starting a new data folder")
    origin = SAMPLE_FOLDER if absent else folder
    manifest = Manifest({}) if manner.from_empty else store.read_manifest(origin)
    journal = None if absent else open_journal(folder)
    if journal is None or journal.newest() == 0:
        yield _Before(manifest, store.read_layers(origin, manifest), absent)
        return
    with journal:
        county = store.open_county(folder, live=False)
        live = Record(folder, county, lambda: now, journal)
        frames = {name: layer_frame(county.atlas, live.board(), name) for name, spec in LAYERS.items() if spec.live}
        yield _Before(manifest, {**county.layers, **frames}, absent, live)


def _recorded(
    folder: Path, taken: Intake, frame: pd.DataFrame, before: _Before, manner: Manner, now: datetime
) -> ImportReport:
    """The rows of a live layer into the journal, all of them or none."""
    spec, live = taken.spec, before.live
    assert live is not None  # noqa: S101  # asked by the caller
    current = before.layers[spec.name]
    report = _report(taken, frame, current, Outcome.TRIAL if manner.dry_run else Outcome.STORED, now)
    if report.outcome is Outcome.STORED:
        is_new = ~frame[spec.key].isin(current[spec.key])
        new, old = _common(current, frame, spec)
        drafts = drafts_of_rows(frame[is_new], new[~_same_rows(old, new, spec)], spec, live.board(), taken.path.name)
        if drafts:
            live.write(BY_FILE, drafts)
        if spec.name == "stays":
            store.end_demonstration(folder, before.manifest)
        report = replace(report, version=before.manifest.version)
    return _filed(folder, taken, report, live.board().atlas)


def _common(current: pd.DataFrame, frame: pd.DataFrame, spec: LayerSpec) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of both with the ids that both have, in one order: as they become, and as they are."""
    ids = frame[spec.key][frame[spec.key].isin(current[spec.key])].tolist()
    new, old = (one.set_index(spec.key, drop=False).loc[ids] for one in (frame, current))
    return new, old


def _new_layer(taken: Intake, before: _Before, manner: Manner) -> tuple[pd.DataFrame | None, list[Fault]]:
    """The layer as it would become (None when no row can be taken), and the rows of other layers that it orphans."""
    spec, current = taken.spec, before.layers.get(taken.spec.name)
    if any(fault.row == 0 for fault in taken.faults) or (taken.faults and not manner.skip_bad):
        return None, []
    frame = _upserted(current, taken.accepted, spec) if manner.upsert and current is not None else taken.accepted
    orphans = [fault for fault in broken_references({**before.layers, spec.name: frame}) if fault.layer != spec.name]
    return frame, orphans


def _rehearsed(layers: Mapping[str, pd.DataFrame], before: _Before, network_of: NetworkOf) -> Atlas | None:
    """The county as it would become, None while it is still being filled; what a service cannot open is an error.

    Its Board is not folded: that takes every checked frame whose references hold.
    """
    try:
        return build(layers, before.manifest.provenance, network_of=network_of)
    except MissingLayersError:
        return None


def _with_network_told(taken: Intake, atlas: Atlas | None) -> Intake:
    """After an import of roads, the account of the network that they make is among the remarks."""
    if taken.spec.name != "roads" or atlas is None or atlas.network_report is None:
        return taken
    return replace(taken, remarks=(*taken.remarks, Remark("note", "network", atlas.network_report.note)))


def _write(
    folder: Path, name: str, frame: pd.DataFrame, before: _Before, manner: Manner, taken: Intake, now: datetime
) -> Manifest:
    manifest = before.manifest
    if before.is_absent and not manner.from_empty:
        manifest = store.begin_county(folder, SAMPLE_FOLDER, before.layers)
    given_crs = taken.system or "none"
    return store.replace_layer(folder, manifest, name, frame, date=now, source=taken.path.name, given_crs=given_crs)


def _report(
    taken: Intake, frame: pd.DataFrame | None, current: pd.DataFrame | None, outcome: Outcome, now: datetime
) -> ImportReport:
    mended = tuple(_mended(repair) for repair in taken.repairs)
    refused = taken.source.rows if any(fault.row == 0 for fault in taken.faults) else len(taken.faulty_rows)
    added, changed, removed = (0, 0, 0) if frame is None else _difference(current, frame, taken.spec)
    spoken_of = {*taken.faulty_rows, *(one.row for one in mended if one.row)}
    return ImportReport(
        layer=taken.spec.name,
        source=taken.path.name,
        format=taken.source.format,
        layer_in_file=taken.source.layer,
        encoding=taken.source.encoding,
        crs=taken.system,
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
        return build(drawn, before.manifest.provenance)
    except GeoError:
        return None


def _upserted(current: pd.DataFrame, new: pd.DataFrame, spec: LayerSpec) -> pd.DataFrame:
    """The current rows with those of the same id replaced, and the new ones after them."""
    kept = current[~current[spec.key].isin(new[spec.key])]
    return check(pd.concat([kept, new], ignore_index=True), spec)


def _difference(before: pd.DataFrame | None, after: pd.DataFrame, spec: LayerSpec) -> tuple[int, int, int]:
    """How many ids were added, changed and removed."""
    if before is None or before.empty:
        return len(after), 0, 0
    remaining = set(after[spec.key].tolist())
    common = [key for key in before[spec.key].tolist() if key in remaining]
    if not common:
        return len(after), 0, len(before)
    old, new = (frame.set_index(spec.key, drop=False).loc[common] for frame in (before, after))
    changed = int(np.count_nonzero(~_same_rows(old, new, spec)))
    return len(after) - len(common), changed, len(before) - len(common)


def _same_rows(old: pd.DataFrame, new: pd.DataFrame, spec: LayerSpec) -> npt.NDArray[np.bool_]:
    """Which rows of two checked frames of the same ids in the same order have equal cells and shapes."""
    columns = [column.name for column in spec.columns if not column.derived]
    hashes = [pd.util.hash_pandas_object(frame[columns].astype(str), index=False) for frame in (old, new)]
    same: npt.NDArray[np.bool_] = hashes[0].to_numpy() == hashes[1].to_numpy()
    if not spec.is_table:
        were, are = (np.asarray(frame.geometry.values, dtype=object) for frame in (old, new))
        redrawn = np.flatnonzero(~shapely.equals_identical(were, are))  # perhaps only begun at another corner
        same[redrawn] &= shapely.equals_identical(shapely.normalize(were[redrawn]), shapely.normalize(are[redrawn]))
    return same
