"""The panel of an import's report: what was read, what became of it, every fault and repair, and where columns went."""

from __future__ import annotations

from typing import Any

from geo.intake.report import Assigned, ImportReport, Mended, Outcome
from geo.layers.registry import IMPORTABLE
from geo.merge import Conflict
from maps.pages.import_rows import LISTED_OTHERS, Group, Rows, clipped, fault_item, title_of, types
from maps.pages.sections import Section
from maps.words import Words

REPAIR_GROUPS = 12
"""Repairs stand together by problem while there are no more problems than this."""

_CREATED = ("sample", "empty")


def panel(words: Words, rows: Rows) -> dict[str, Any]:
    """Facts, verdict and sections of the panel, as the page's script takes them."""
    report = rows.report
    made = [
        _summary(words, report),
        _tallies(words, report),
        _diff(words, report),
        _conflicts(words, report),
        _faults(words, rows),
        _repairs(words, rows),
        _remarks(words, report),
        _columns(words, report),
        _colophon(words, report, mapped=bool(rows.places)),
    ]
    return {"facts": _facts(words, report), "notice": _verdict(words, report), "sections": [one for one in made if one]}


def layer_title(words: Words, layer: str) -> str:
    """A layer's title in the page's language, or the name that it was given."""
    spec = IMPORTABLE.get(layer)
    if spec is None:
        return clipped(layer)
    return title_of(spec, words)


def _facts(words: Words, report: ImportReport) -> list[list[str]]:
    given = [
        ("import.at", words.instant(report.at)),
        ("import.source", report.source),
        ("import.layer_in_file", report.layer_in_file),
        ("import.format", report.format),
        ("import.crs", report.crs),
        ("import.encoding", report.encoding),
    ]
    return [[words(key), clipped(value)] for key, value in given if value]


def _verdict(words: Words, report: ImportReport) -> dict[str, str]:
    """Whether the data folder has changed, and where the refused rows are."""
    stored, said = report.outcome is Outcome.STORED, []
    if stored and report.version:
        said.append(words("import.version", version=clipped(report.version)))
    if report.created in _CREATED:
        said.append(words(f"import.created.{report.created}"))
    if not stored:
        said.append(words("import.unchanged"))
    if report.refused_file:
        said.append(words("import.refused_file", file=clipped(report.refused_file)))
    title = words(f"import.outcome.{report.outcome}")
    return {"title": title, "body": "\n".join(said), "look": "good" if stored else ""}


def _summary(words: Words, report: ImportReport) -> Section:
    counts = report.counts
    parts = {
        "accepted": max(0, counts.accepted - counts.repaired),
        "repaired": counts.repaired,
        "refused": counts.refused,
    }
    rows = [
        {"style": f"row-{state}", "label": words(f"import.part.{state}"), "value": words.number(count), "share": count}
        for state, count in parts.items()
    ]
    figure, total = words.number(counts.accepted), words.number(counts.read)
    return {
        "type": "summary",
        "figure": figure,
        "of": words("import.of_read", total=total),
        "caption": words("import.accepted"),
        "note": words("import.row_note"),
        "bar": [row for row in rows if row["share"]],
        "rows": {"title": words("import.rows"), "items": rows},
        "short": f"{words('import.accepted')} {figure}/{total}",
    }


def _tallies(words: Words, report: ImportReport) -> Section | None:
    """What changes against the layer as it was; nothing where it stays as it was."""
    if report.outcome is Outcome.REFUSED:
        return None
    counts = report.counts
    changes = {"added": counts.added, "changed": counts.changed, "removed": counts.removed}
    return {
        "type": "tallies",
        "title": words("import.against" if report.outcome is Outcome.STORED else "import.against_dry"),
        "items": [[words(f"import.{key}"), words.number(count)] for key, count in changes.items()],
    }


def _diff(words: Words, report: ImportReport) -> Section | None:
    """What a file that was exported from the county changes since, whatever else the county has changed."""
    diff = report.diff
    if diff is None:
        return None
    counts = {"added": len(diff.added), "changed": len(diff.changed), "removed": len(diff.removed)}
    return {
        "type": "tallies",
        "title": words("import.diff", base=diff.base),
        "items": [[words(f"import.{key}"), words.number(count)] for key, count in counts.items()],
    }


def _conflicts(words: Words, report: ImportReport) -> Section | None:
    """Every cell that both changed: as it was exported, as it is, and as the file has it."""
    diff = report.diff
    if diff is None or not diff.conflicts:
        return None
    decided = words("import.conflict.open" if diff.decided is None else f"import.conflict.{diff.decided}_holds")
    return {
        "type": "conflicts",
        "title": words("import.conflicts"),
        "count": words.number(len(diff.conflicts)),
        "note": decided,
        "head": [words(f"import.conflict.{part}") for part in ("key", "base", "county", "file")],
        "rows": [_conflict(words, report.layer, one) for one in diff.conflicts[:LISTED_OTHERS]],
    }


def _conflict(words: Words, layer: str, one: Conflict) -> list[str]:
    spec = IMPORTABLE.get(layer)
    known = spec.names.get(one.column or "") if spec else None
    named = words("import.geometry") if one.column == "geometry" else title_of(known, words) if known else ""
    if one.column is None:
        sides = [
            words("import.conflict.removed") if side is None else words("import.conflict.changed", columns=side)
            for side in (one.county, one.file)
        ]
        return [f"{clipped(one.key, 80)} · {words('import.conflict.row')}", "", *sides]
    cells = [words.given(side) for side in (one.base, one.county, one.file)]
    return [f"{clipped(one.key, 80)} · {named}", *(clipped(cell, 160) for cell in cells)]


def _faults(words: Words, rows: Rows) -> Section:
    faults = rows.report.faults
    shown = sum(len(group.shown) for group in rows.groups)
    placeless = sum(rows.target(fault.row) is None for fault in faults)
    notes = [
        words("import.shown_of", shown=words.number(shown), total=words.number(len(faults)))
        if shown < len(faults)
        else "",
        words("import.as_given") if faults else "",
        words("import.placeless", count=words.number(placeless)) if placeless and rows.places else "",
    ]
    counts = rows.report.counts
    whole = counts.read > 0 and counts.accepted == counts.read
    return {
        "type": "faults",
        "title": words("import.faults"),
        "count": words.number(len(faults)),
        "note": " ".join(note for note in notes if note),
        "empty": words("import.all_accepted", count=words.number(counts.read)) if whole else words("import.no_faults"),
        "good": True,
        "head": [words("import.row_head"), words("card.code"), words("import.value_head")],
        "groups": [_fault_group(words, rows, group) for group in rows.groups],
    }


def _fault_group(words: Words, rows: Rows, group: Group) -> dict[str, Any]:
    left = group.total - len(group.shown)
    return {
        "title": rows.column(group.shown[0]) if group.column is not None else words("import.various"),
        "name": clipped(group.column or "", 80),
        "problem": clipped(group.problem or ""),
        "advice": clipped(group.advice or ""),
        "count": words.number(group.total),
        "more": words("import.more", count=words.number(left)) if left else "",
        "items": [fault_item(rows, fault, group) for fault in group.shown],
    }


def _repairs(words: Words, rows: Rows) -> Section | None:
    mended = rows.report.mended
    if not mended:
        return None
    groups: dict[str, list[Mended]] = {}
    for one in rows.mended:
        groups.setdefault(clipped(one.problem), []).append(one)
    alike = len(groups) <= REPAIR_GROUPS
    shown = words("import.shown_of", shown=words.number(len(rows.mended)), total=words.number(len(mended)))
    return {
        "type": "list",
        "title": words("import.repairs"),
        "count": words.number(len(mended)),
        "note": shown if len(rows.mended) < len(mended) else "",
        "groups": [
            {
                "title": problem,
                "style": "row-repaired",
                "count": words.number(len(found)),
                "items": [_repair_item(rows, one) for one in found],
            }
            for problem, found in groups.items()
        ]
        if alike
        else [{"items": [_repair_item(rows, one, clipped(one.problem)) for one in rows.mended]}],
        "empty": "",
        "good": True,
    }


def _repair_item(rows: Rows, mended: Mended, problem: str = "") -> dict[str, Any]:
    return {
        "layer": "layer-rows",
        "id": rows.target(mended.row),
        "name": rows.name(mended.row),
        "note": " · ".join(part for part in (clipped(mended.key or "", 80), problem, types(mended)) if part),
        "side": rows.measures(mended),
    }


def _remarks(words: Words, report: ImportReport) -> Section | None:
    if not report.remarks:
        return None
    styles = {"warning": "row-warned", "note": "unknown"}
    shown = report.remarks[:LISTED_OTHERS]
    return {
        "type": "remarks",
        "title": words("import.remarks"),
        "count": words.number(len(report.remarks)),
        "note": words("import.shown_of", shown=words.number(len(shown)), total=words.number(len(report.remarks)))
        if len(shown) < len(report.remarks)
        else "",
        "items": [
            {
                "style": styles.get(remark.severity, "unknown"),
                "label": words("import.warning" if remark.severity == "warning" else "import.note"),
                "subject": clipped(remark.subject),
                "text": clipped(remark.text, 1000),
            }
            for remark in shown
        ],
    }


def _columns(words: Words, report: ImportReport) -> Section | None:
    if not report.columns:
        return None
    used = [column for column in report.columns if column.target is not None]
    unused = [clipped(source, 80) for source in report.ignored_columns]
    return {
        "type": "columns",
        "title": words("import.columns"),
        "count": f"{words.number(len(used))}/{words.number(len(report.columns))}",
        "head": [words(f"import.column.{part}") for part in ("source", "target", "how", "sample")],
        "rows": [_column(words, report.layer, column) for column in used[:LISTED_OTHERS]],
        "unused": [words("import.unused"), words.listed(unused[:LISTED_OTHERS])] if unused else None,
    }


def _column(words: Words, layer: str, column: Assigned) -> dict[str, str]:
    """Where one column went. What a restricted column holds is nobody's sample."""
    spec, target = IMPORTABLE.get(layer), column.target or ""
    known = spec.names.get(target) if spec else None
    sample = words("import.hidden") if known and known.restricted else clipped(column.sample or "", 60)
    return {
        "source": clipped(column.source, 80),
        "title": title_of(known, words) if known else words("import.geometry") if target == "geometry" else "",
        "target": clipped(target, 80),
        "how": clipped(column.how, 120),
        "sample": sample,
    }


def _colophon(words: Words, report: ImportReport, *, mapped: bool) -> Section:
    rows = [[words("time.version"), clipped(report.version)]] if report.version else []
    zone = [words("time.zone"), "UTC+8"]
    return {"type": "colophon", "rows": [*rows, zone], "note": words("legend.credit") if mapped else ""}
