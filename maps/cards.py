"""Cards: what a popup and a list entry say about one feature, composed from facts in the page's language.

Zero, missing and unknown are three things: "0", "—(未填)" for a figure that the data leave out, "未知" for one that
nobody can know from the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from geo.exposure import ExposedArea, Hazard
from geo.layers.spec import is_missing
from geo.terms import DangerGrade, DetectionKind, HazardKind, HazardLevel
from maps.words import Words

Row = Mapping[str, Any]
"""One feature's public cells by column name."""

ROMAN = {
    DangerGrade.SMALL: "Ⅳ",
    DangerGrade.MEDIUM: "Ⅲ",
    DangerGrade.LARGE: "Ⅱ",
    DangerGrade.EXTRA_LARGE: "Ⅰ",
}
_GEO_NUMERAL = {1: "Ⅴ", 2: "Ⅳ", 3: "Ⅲ", 4: "Ⅱ", 5: "Ⅰ"}


@dataclass(frozen=True, slots=True)
class Card:
    """A title, a badge in a style of the palette, rows of label and value, a note, and lines of (style, text).

    `strips` are further parts by the key that the page's own script knows them by.
    """

    title: str
    badge: str
    style: str
    rows: tuple[tuple[str, str], ...]
    note: str = ""
    lines: tuple[tuple[str, str], ...] = ()
    strips: Mapping[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """The card as the page's script takes it."""
        card = {"t": self.title, "b": self.badge, "s": self.style, "r": self.rows, **self.strips}
        return {**card, **({"n": self.note} if self.note else {}), **({"l": self.lines} if self.lines else {})}


def cell(row: Row, column: str) -> Any:
    """A cell, None where it is missing."""
    value = row.get(column)
    return None if is_missing(value) else value


def numeral(kind: HazardKind, level: HazardLevel) -> str:
    """The second sign of a zone: the fire class 1 to 5, or the Roman level of the geological scale."""
    return str(int(level)) if kind is HazardKind.FOREST_FIRE else _GEO_NUMERAL[level] if level > 1 else "–"


def level_style(level: HazardLevel | None) -> str:
    """The palette's key of a level without a kind."""
    return "unknown" if level is None else f"level-{int(level)}"


def level_name(words: Words, level: HazardLevel | None) -> str:
    """A level of the common scale, numeral and word."""
    if level is None:
        return words("level.unknown")
    return words("level.name", level=int(level), word=words(f"level.{int(level)}"))


def zone_level_name(words: Words, kind: HazardKind, level: HazardLevel) -> str:
    """A zone's level in the words of its own scale."""
    return words(f"{'fire' if kind is HazardKind.FOREST_FIRE else 'geo'}_level.{int(level)}")


def grade_name(words: Words, grade: DangerGrade | None) -> str:
    """A danger grade, word and numeral."""
    if grade is None:
        return words("grade.unknown")
    return words("grade.name", word=words(f"grade.{grade}"), numeral=ROMAN[grade])


def exposed_card(words: Words, area: ExposedArea, town: str | None, shown: int = 6) -> Card:
    """One exposed village: its worst level and the hazards that make it so."""
    lines = [(level_style(hazard.level), hazard_line(words, hazard)) for hazard in area.hazards[:shown]]
    if len(area.hazards) > shown:
        lines.append(("unknown", words("risk.more_hazards", count=len(area.hazards) - shown)))
    return Card(
        title=words.given(area.name),
        badge=level_name(words, area.level),
        style=level_style(area.level),
        rows=(
            (words("card.town"), words.given(town)),
            (words("card.code"), area.code),
            (words("card.population"), words.counted("people", area.population)),
            (words("card.hazards"), words("risk.hazard_count", count=len(area.hazards))),
        ),
        lines=tuple(lines),
    )


def hazard_line(words: Words, hazard: Hazard) -> str:
    """One hazard in one line: name, kind, and the level of a zone or the danger grade of a site."""
    if hazard.layer == "risk_zones":
        level = zone_level_name(words, hazard.kind, hazard.level) if hazard.level else level_name(words, None)
    else:
        level = grade_name(words, next((grade for grade in DangerGrade if grade.level == hazard.level), None))
    return f"{hazard.name} · {words(f'hazard.{hazard.kind}')} · {level}"


def village_card(words: Words, row: Row, town: str | None, *, is_known: bool) -> Card:
    """A village that no hazard reaches, or of which nobody knows, because no risk data are there."""
    return Card(
        title=words.given(cell(row, "name")),
        badge=words("risk.none_here" if is_known else "risk.not_known_here"),
        style="unknown",
        rows=(
            (words("card.town"), words.given(town)),
            (words("card.code"), str(cell(row, "code"))),
            (words("card.population"), words.counted("people", cell(row, "population"))),
        ),
    )


def zone_card(words: Words, row: Row) -> Card:
    """A risk zone."""
    kind, level = HazardKind(row["kind"]), HazardLevel(row["level"])
    family = "fire" if kind is HazardKind.FOREST_FIRE else "geo"
    return Card(
        title=words.given(cell(row, "name")),
        badge=zone_level_name(words, kind, level),
        style=f"level-{int(level)}",
        rows=(
            (words("card.kind"), words(f"hazard.{kind}")),
            (words("card.level"), f"{words(f'{family}_level.{int(level)}')} · {words(f'colour.{int(level)}')}"),
            (words("card.code"), str(row["zone_id"])),
            *_synthetic(words, row),
        ),
    )


def site_card(words: Words, row: Row, village: str | None) -> Card:
    """A hazard site under community monitoring."""
    grade = DangerGrade(row["danger_grade"]) if cell(row, "danger_grade") else None
    assets = cell(row, "threatened_assets_cny")
    found = cell(row, "found_on")
    return Card(
        title=words.given(cell(row, "name")),
        badge=grade_name(words, grade),
        style=level_style(grade.level if grade else None),
        rows=(
            (words("card.kind"), words(f"hazard.{row['kind']}")),
            (words("card.status"), words(f"site_status.{row['status']}")),
            (words("card.threatened"), _threatened(words, row)),
            (words("card.assets"), words.counted("cny_10k", None if assets is None else _ten_thousands(int(assets)))),
            (words("card.found_on"), words.day(found, year=True) if found else words("value.missing")),
            (words("card.village"), words.given(village)),
            (words("card.code"), str(row["site_id"])),
            *_synthetic(words, row),
        ),
    )


def _threatened(words: Words, row: Row) -> str:
    figures = [("people", cell(row, "threatened_people")), ("households", cell(row, "threatened_households"))]
    given = [words.counted(unit, int(count)) for unit, count in figures if count is not None]
    return words("list.separator").join(given) or words("value.missing")


def _ten_thousands(yuan: int) -> float:
    share = yuan / 10_000
    return int(share) if share == int(share) else share


def is_open(row: Row, at: datetime) -> bool:
    """Whether an incident is not handled yet at `at`."""
    handled = cell(row, "handled_at")
    return handled is None or handled > at


def incident_card(words: Words, row: Row, at: datetime) -> Card:
    """An incident with the three times of R20, as known at `at`."""
    still_open = is_open(row, at)
    return Card(
        title=words(f"incident.{row['kind']}"),
        badge=words(f"incident_state.{'open' if still_open else 'handled'}"),
        style="incident-open" if still_open else "incident-done",
        rows=(
            (words("card.summary"), words.given(cell(row, "summary"))),
            (words("card.discovered"), words.instant(row["discovered_at"])),
            (words("card.notified"), _time_by(words, cell(row, "notified_at"), at)),
            (words("card.handled"), _time_by(words, cell(row, "handled_at"), at)),
            (words("card.code"), str(row["incident_id"])),
            *_synthetic(words, row),
        ),
    )


def _time_by(words: Words, instant: datetime | None, at: datetime) -> str:
    return words("incident_time.not_yet") if instant is None or instant > at else words.instant(instant)


def detection_card(words: Words, row: Row) -> Card:
    """A detection: always marked as unverified (R22)."""
    detected_at, frp_mw = cell(row, "detected_at"), cell(row, "frp_mw")
    facts = [
        ("card.source", words(f"source.{row['source']}")),
        ("card.detected", words.instant(detected_at) if detected_at else words.day(row["detected_on"], year=True)),
        ("card.place", words("detection.outside" if row["outside"] else "detection.inside")),
        ("card.satellite", cell(row, "satellite")),
        ("card.confidence", cell(row, "confidence")),
        ("card.frp", None if frp_mw is None else words.counted("megawatts", float(frp_mw))),
        ("card.category", cell(row, "category")),
        ("card.accuracy", cell(row, "accuracy")),
    ]
    # What the other kind of source gives is not "left out" here: it has no meaning.
    of_hotspots, of_reports = ("card.satellite", "card.frp"), ("card.category", "card.accuracy")
    of_others = of_reports if row["kind"] == DetectionKind.HOTSPOT else of_hotspots
    return Card(
        title=words(f"detection.{row['kind']}"),
        badge=words("detection.unverified"),
        style="detection",
        rows=(
            *((words(key), words.given(value)) for key, value in facts if value is not None or key not in of_others),
            (words("card.code"), str(row["detection_id"])),
            *_synthetic(words, row),
        ),
        note=words("detection.note"),
    )


def station_card(words: Words, row: Row) -> Card:
    """The headquarters, a post or a station."""
    return Card(
        title=words.given(cell(row, "name")),
        badge=words(f"tier.{row['tier']}"),
        style=f"tier-{row['tier']}",
        rows=((words("card.code"), str(row["code"])), *_synthetic(words, row)),
    )


def grid_card(words: Words, area: ExposedArea) -> Card:
    """One exposed grid cell."""
    return Card(
        title=words("card.grid"),
        badge=level_name(words, area.level),
        style=level_style(area.level),
        rows=(
            (words("card.village"), words.given(area.name)),
            (words("card.code"), area.code),
            (words("card.population"), words.counted("people", area.population)),
        ),
    )


def _synthetic(words: Words, row: Row) -> tuple[tuple[str, str], ...]:
    return ((words("card.synthetic"), words("value.yes")),) if row.get("synthetic") else ()
