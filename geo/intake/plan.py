"""Which source column fills which layer column: first by the mapping file, then by what the layers know."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import geopandas
import pandas as pd

from geo.errors import Fault
from geo.intake.headings import How, Meaning, meaning, normalised
from geo.intake.mapping_file import MappingFile, Take
from geo.layers.spec import Column, ColumnKind, Heading, LayerSpec


@dataclass(frozen=True, slots=True)
class Part:
    """A layer column to be filled from the source's column at `position`, or with a constant."""

    column: Column
    how: How
    heading: Heading
    position: int | None = None
    constant: object = None


class Plan:
    """Which source column fills which layer column."""

    def __init__(self, frame: pd.DataFrame, spec: LayerSpec, mapping: MappingFile, places: Collection[str]) -> None:
        shape = frame.geometry.name if isinstance(frame, geopandas.GeoDataFrame) else None
        self.sources = [(at, str(name)) for at, name in enumerate(frame.columns) if name != shape]
        self.spec, self.mapping = spec, mapping
        self.placed = set(places) | set(mapping.places.values())
        self._faults: list[Fault] = []

    def parts(self) -> tuple[list[Part], list[Fault]]:
        """The columns that can be filled, in the layer's order, and what stands in the way of others."""
        said = {target: self._said(target, take) for target, take in self.mapping.columns.items()}
        for heading in (*self.mapping.ignore, *self.mapping.places.values()):
            self._find(heading, "ignore" if heading in self.mapping.ignore else "places")
        for target in self.mapping.values:
            self._known(target)
        found = {part.column.name: part for part in said.values() if part is not None}
        taken = {part.position for part in found.values()}
        ignored = {normalised(heading) for heading in self.mapping.ignore}
        candidates: dict[str, list[tuple[int, str, Meaning]]] = {}
        for position, name in self.sources:
            if position in taken or name in self.placed or normalised(name) in ignored:
                continue
            meant = meaning(name, self.spec)
            if meant is not None and meant.column.name not in self.mapping.columns:
                candidates.setdefault(meant.column.name, []).append((position, name, meant))
        for target, several in candidates.items():
            if (part := self._only(target, several)) is not None:
                found[target] = part
        ordered = [found[column.name] for column in self.spec.columns if column.name in found]
        return ordered, self._faults

    def _only(self, target: str, several: list[tuple[int, str, Meaning]]) -> Part | None:
        """The one candidate for `target`, when it is one and says its unit."""
        position, name, meant = several[0]
        if len(several) > 1:
            listed = ", ".join(f"{name!r} (column {position + 1})" for position, name, _ in several)
            advice = f'say which one in a mapping file: [columns] {target} = "{name}"'
            self._fault(target, None, f"{len(several)} columns could fill it: {listed}", advice)
            return None
        if meant.heading.scale is None:
            units = [
                heading.text
                for heading in meant.column.headings
                if isinstance(heading, Heading) and heading.scale and heading.text.startswith(name[:4])
            ]
            advice = f"name the column {' or '.join((meant.column.title_zh, *units[:1]))}, or give the scale"
            self._fault(target, name, "the heading does not say its unit", f"{advice} in a mapping file")
            return None
        return Part(meant.column, meant.how, meant.heading, position)

    def _said(self, target: str, take: Take) -> Part | None:
        """What the mapping file says of `target`."""
        column = self._known(target)
        if column is None:
            return None
        if take.source is None:
            return Part(column, How.CONSTANT, Heading("", 1), constant=take.value)
        if take.scale != 1 and column.kind not in (ColumnKind.INTEGER, ColumnKind.NUMBER):
            self._fault(target, str(take.scale), "only a column of numbers takes a scale")
            return None
        position = self._find(take.source, target)
        return None if position is None else Part(column, How.MAPPING, Heading(take.source, take.scale), position)

    def _known(self, target: str) -> Column | None:
        column = self.spec.names.get(target)
        if column is None or column.derived:
            allowed = ", ".join(column.name for column in self.spec.columns if not column.derived)
            self._fault(
                target, target, f"the mapping file names no column of {self.spec.name}", f"there are: {allowed}"
            )
            return None
        return column

    def _find(self, heading: str, target: str) -> int | None:
        """The position of the source column with this heading: letter for letter, or else normalised."""
        exact = [position for position, name in self.sources if name == heading]
        alike = exact or [at for at, name in self.sources if normalised(name) == normalised(heading)]
        if len(alike) == 1:
            return alike[0]
        met = ", ".join(name for _, name in self.sources)
        problem = f"the mapping file names {len(alike)} columns" if alike else "the mapping file names a missing column"
        self._fault(target, heading, problem, f"columns met: {met}")
        return None

    def _fault(self, column: str, value: str | None, problem: str, advice: str = "") -> None:
        self._faults.append(Fault(self.spec.name, 0, None, column, value, problem, advice))
