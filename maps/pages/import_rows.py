"""What an import says of single rows: their state, the faults in groups, and the marks that stand for them on a map.

Values of restricted columns are not shown (an importer has the file), and every text is cut to a length that a reader
can take in, so that no report makes a page of megabytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from geo.errors import Fault
from geo.intake.report import ImportReport, Mended, by_kind
from geo.layers.registry import IMPORTABLE
from geo.layers.spec import Column, LayerSpec
from maps import cards
from maps.paint import RowMark
from maps.words import Words

LISTED_FAULTS = 500
LISTED_OTHERS = 200
"""How many faults the page lists, and how many repairs, warned rows, remarks and columns each."""

GROUPS = 40
"""Groups of one column and one problem; what is rarer stands in a last group together."""

CARD_LINES = 6
_VALUE_LENGTH, _TEXT_LENGTH = 160, 400
_GRAVITY = {"warned": 0, "repaired": 1, "refused": 2}


def clipped(text: str, length: int = _TEXT_LENGTH) -> str:
    """`text`, cut with an ellipsis when it is longer than `length`."""
    return text if len(text) <= length else text[: length - 1] + "…"


@dataclass(frozen=True, slots=True)
class Group:
    """Faults of one column and one problem (`None`: several of them); the first ones are `shown`, of `total`."""

    column: str | None
    problem: str | None
    shown: tuple[Fault, ...]
    total: int

    @property
    def advice(self) -> str | None:
        """The advice that all of them share, or None."""
        found = {fault.advice for fault in self.shown}
        return found.pop() if len(found) == 1 and self.problem is not None else None


class Rows:
    """The rows that a report speaks of, in the words of one language."""

    def __init__(self, report: ImportReport, words: Words) -> None:
        self.report, self.words = report, words
        self._targets = {column.source: column.target for column in report.columns}

    @cached_property
    def places(self) -> dict[int, tuple[float, float]]:
        """Where a row can be drawn; a place that is nowhere on a map (not a number, beyond the poles) is left out."""
        return {
            row: (lon, lat)
            for row, (lon, lat) in sorted(self.report.places.items())
            if math.isfinite(lon) and abs(lon) <= 180 and abs(lat) <= 85
        }

    @cached_property
    def states(self) -> dict[int, str]:
        """Each row that is spoken of as `warned`, `repaired` or `refused`; the gravest holds."""
        return {
            **dict.fromkeys(self.report.places, "warned"),
            **{mended.row: "repaired" for mended in self.report.mended},
            **{fault.row: "refused" for fault in self.report.faults if fault.row},
        }

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Faults by column and problem: of the whole layer first, then the most frequent, each with a fair share."""
        kinds = by_kind(self.report.faults)
        common, rare = kinds[:GROUPS], [fault for found in kinds[GROUPS:] for fault in found]
        shares = _shares([len(found) for found in (*common, rare)], LISTED_FAULTS)
        made = [
            Group(found[0].column, found[0].problem, found[:share], len(found))
            for found, share in zip(common, shares, strict=False)
        ]
        return (*made, Group(None, None, tuple(rare[: shares[-1]]), len(rare))) if rare else tuple(made)

    @cached_property
    def mended(self) -> tuple[Mended, ...]:
        """The repairs that are listed."""
        return self.report.mended[:LISTED_OTHERS]

    def column(self, fault: Fault) -> str:
        """A column's title in the page's language beside its name."""
        spec = IMPORTABLE.get(fault.layer)
        known = self._column(spec, fault.column)
        if known is None:
            return self.words("import.geometry") if fault.column == "geometry" else clipped(fault.column)
        return title_of(known, self.words)

    def value(self, fault: Fault) -> str:
        """The value met; what is restricted is only named as that."""
        known = self._column(IMPORTABLE.get(fault.layer), fault.column)
        if fault.value is not None and known is not None and known.restricted:
            return self.words("import.hidden")
        return self.words("value.missing") if fault.value is None else clipped(fault.value, _VALUE_LENGTH)

    def _column(self, spec: LayerSpec | None, name: str) -> Column | None:
        """A column by its name, or by the heading that it has in the file."""
        if spec is None:
            return None
        return spec.names.get(name) or spec.names.get(self._targets.get(name) or "")

    def name(self, row: int) -> str:
        """How the page calls a row."""
        return self.words("import.row", row=self.words.number(row)) if row else self.words("import.whole_layer")

    def target(self, row: int) -> str | None:
        """The row's identity among the symbols, or None where it cannot be drawn."""
        return str(row) if row in self.places else None

    def marks(self) -> list[RowMark]:
        """A symbol for every listed row that has a place: warned ones at the bottom, refused ones on top."""
        warned = [row for row in self.places if self.states[row] == "warned"][:LISTED_OTHERS]
        lines: dict[int, list[str]] = {row: [] for row in warned}
        keys: dict[int, str | None] = {}
        for mended in self.mended:
            lines.setdefault(mended.row, []).append(self._mended_line(mended))
            keys[mended.row] = mended.key
        listed = {fault.row for group in self.groups for fault in group.shown if fault.row}
        for fault in self.report.faults:  # a card tells all faults of its row, not only those in the list
            if fault.row in listed or fault.row in lines:
                lines.setdefault(fault.row, []).append(self._fault_line(fault))
                keys[fault.row] = fault.key
        drawn = [row for row in lines if row in self.places]
        drawn.sort(key=lambda row: (_GRAVITY[self.states[row]], row))
        return [
            RowMark(row, self.places[row], f"row-{self.states[row]}", self._card(row, keys.get(row), lines[row]))
            for row in drawn
        ]

    def unmarked(self, marked: Iterable[int]) -> dict[str, list[tuple[float, float]]]:
        """The places of all other rows, by style."""
        listed = set(marked)
        rest: dict[str, list[tuple[float, float]]] = {f"row-{state}": [] for state in _GRAVITY}
        for row, place in self.places.items():
            if row not in listed:
                rest[f"row-{self.states[row]}"].append(place)
        return rest

    def _card(self, row: int, key: str | None, lines: Sequence[str]) -> cards.Card:
        style = f"row-{self.states[row]}"
        more = [self.words("import.more", count=len(lines) - CARD_LINES)] if len(lines) > CARD_LINES else []
        return cards.Card(
            title=self.name(row),
            badge=self.words(f"import.state.{self.states[row]}"),
            style=style,
            rows=((self.words("card.code"), clipped(self.words.given(key), _VALUE_LENGTH)),),
            lines=tuple((style, line) for line in (*lines[:CARD_LINES], *more)),
        )

    def _fault_line(self, fault: Fault) -> str:
        met = self.words("import.met", value=self.value(fault))
        parts = [f"{self.column(fault)} · {met}", clipped(fault.problem), clipped(fault.advice)]
        return " · ".join(part for part in parts if part)

    def _mended_line(self, mended: Mended) -> str:
        return f"{clipped(mended.problem)} · {types(mended)} · {self.measures(mended)}"

    def measures(self, mended: Mended) -> str:
        """The measure before and after, with its unit, and the change where it is not nothing."""
        before, after = mended.measure_before, mended.measure_after
        if before is None or after is None or not (math.isfinite(before) and math.isfinite(after)):
            return ""
        unit = "length" if "Line" in mended.type_after else "area"
        text = self.words(f"import.{unit}", before=self._figure(before), after=self._figure(after))
        return f"{text} ({(after - before) / before:+.2%})" if before and after != before else text

    def _figure(self, value: float) -> str:
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"


def types(mended: Mended) -> str:
    """The geometry type, or both when the repair changed it."""
    before, after = clipped(mended.type_before, 40), clipped(mended.type_after, 40)
    return before if before == after else f"{before} → {after}"


def title_of(named: Column | LayerSpec, words: Words) -> str:
    """The title of a column or a layer in the page's language, fit to stand alone."""
    english = named.title_en
    return named.title_zh if words.lang == "zh" else english[:1].upper() + english[1:]


def fault_item(rows: Rows, fault: Fault, group: Group) -> dict[str, Any]:
    """One line of the table of faults; what the whole group shares is not said again."""
    item: dict[str, Any] = {
        "id": rows.target(fault.row),
        "row": rows.name(fault.row),
        "key": clipped(fault.key or "", _VALUE_LENGTH),
        "value": rows.value(fault),
    }
    if group.problem is None:
        item["problem"] = f"{rows.column(fault)} · {clipped(fault.problem)}"
    if group.advice is None and fault.advice:
        item["advice"] = clipped(fault.advice)
    return item


def _shares(counts: Sequence[int], limit: int) -> list[int]:
    """How much of each count is taken when the sum may not exceed `limit`: small ones wholly, large ones alike."""
    shares, left = [0] * len(counts), limit
    for place, (count, position) in enumerate(sorted((count, position) for position, count in enumerate(counts))):
        shares[position] = min(count, left // (len(counts) - place))
        left -= shares[position]
    return shares
