"""A source's columns in a layer's names and values, and an account of what went where and why.

Nothing is dropped in silence: a column that goes nowhere is listed, two columns for one place are a fault, and what
was done to the cells (units, words, yes and no, dates) stands in the assignment. Rows are never left out here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas
import pandas as pd

from geo.errors import Fault, UnknownTermError
from geo.intake import nasa
from geo.intake.cells import Cells, Rule, convert
from geo.intake.dates import digits_of
from geo.intake.headings import How
from geo.intake.mapping_file import MappingFile, load_mapping
from geo.intake.plan import Part, Plan
from geo.intake.refusals import CellProblem
from geo.layers.spec import Column, ColumnKind, LayerSpec, is_missing
from geo.terms import HazardKind, folded, parse_word

__all__ = [
    "HIDDEN",
    "Assignment",
    "How",
    "Line",
    "Mapped",
    "MappingFile",
    "load_mapping",
    "mapped",
    "table",
    "without_repeats",
]

HIDDEN = "(restricted)"
"""What a report says for a value out of a restricted column."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What fills one layer column: the source columns (none for a constant), why, and what was done to the cells.

    `sample` is the first filled cell as the source has it; a restricted column shows none.
    """

    sources: tuple[str, ...]
    target: str
    how: How
    scale: float = 1
    conversions: tuple[str, ...] = ()
    sample: str = ""


@dataclass(frozen=True, eq=False)
class Mapped:
    """A source in a layer's columns, as yet unchecked: row n of `frame` is row n of the source.

    `ignored` names the source's columns that went nowhere. `faults` refuse rows (row 0: the whole file); `notes` are
    worth a look and refuse nothing. A cell with a fault is left in `frame` as the source has it.
    """

    spec: LayerSpec
    frame: pd.DataFrame
    assignments: tuple[Assignment, ...]
    ignored: tuple[str, ...]
    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The layer's required columns that nothing fills."""
        filled = {assignment.target for assignment in self.assignments}
        return tuple(column.name for column in self.spec.columns if column.required and column.name not in filled)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of `--show-mapping`: a column not used has no `target`, a required one that is missing no `source`."""

    source: str
    target: str
    kind: str
    how: str
    sample: str


def mapped(
    frame: pd.DataFrame, spec: LayerSpec, mapping: MappingFile | None = None, *, places: Collection[str] = ()
) -> Mapped:
    """`frame` in the columns of `spec`; geometry and its CRS are kept as they are.

    `places` names the source's columns that its coordinates were read from: they count as used. NASA's tables are
    taken by their documentation unless the mapping file says otherwise for the columns.
    """
    given = mapping or MappingFile()
    if spec.name == "detections" and not given.columns and (known := nasa.read(frame)) is not None:
        return _from_nasa(frame, spec, known, places)
    plan = Plan(frame, spec, given, places)
    parts, faults = plan.parts()
    rules = {part.column.name: _rule(part, spec, given, faults) for part in parts}
    values, assignments = _filled(frame, spec, parts, rules, faults)
    used = {part.position for part in parts if part.position is not None}
    ignored = tuple(name for position, name in plan.sources if position not in used and name not in plan.placed)
    result = _framed(frame, values)
    return Mapped(spec, result, assignments, ignored, tuple(faults), tuple(_remarks(result, spec)))


def table(result: Mapped) -> tuple[Line, ...]:
    """What goes where, in the layer's order; then required columns that nothing fills, then columns not used."""
    kinds = {column.name: column.kind.value for column in result.spec.columns}
    lines = [
        Line(
            " + ".join(one.sources),
            one.target,
            kinds[one.target],
            "; ".join((one.how.value, *one.conversions)),
            one.sample,
        )
        for one in result.assignments
    ]
    lines += [Line("", name, kinds[name], "missing and required", "") for name in result.missing]
    return (*lines, *(Line(name, "", "", "not used", "") for name in result.ignored))


def without_repeats(first: Sequence[Fault], later: Sequence[Fault]) -> tuple[Fault, ...]:
    """`first` and those of `later` that name another cell: the check finds again what the mapping has explained."""
    named = {(fault.row, fault.column) for fault in first}
    return (*first, *(fault for fault in later if (fault.row, fault.column) not in named))


def _rule(part: Part, spec: LayerSpec, mapping: MappingFile, faults: list[Fault]) -> Rule:
    """What is to be done to the cells of a part. Meanings in the mapping file must be words that the layer knows."""
    column = part.column
    words: dict[str, object] = {}
    for word, meant in mapping.values.get(column.name, {}).items():
        try:
            words[folded(word)] = _meaning_of(meant, column)
        except UnknownTermError as unknown:
            problem = f"the mapping file's meaning of {word!r} is unknown; allowed: {', '.join(unknown.allowed)}"
            faults.append(Fault(spec.name, 0, None, column.name, str(meant), problem))
    references = {reference.column for reference in spec.references}
    is_id = column.name == spec.key or column.name in references or column.name.endswith(("_id", "_code"))
    code = column.kind is ColumnKind.TEXT and (is_id or column.pattern is not None)
    return Rule(part.heading.scale or 1, part.heading.yes, part.heading.no, words, code)


def _meaning_of(meant: object, column: Column) -> object:
    """The layer's value for a meaning in the mapping file; an empty text means that nothing is given."""
    if is_missing(meant):
        return None
    if column.vocabulary is None:
        return meant
    term = parse_word(column.vocabulary, digits_of(meant) or meant, parameter=column.name)
    return int(term) if column.kind is ColumnKind.LEVEL else str(term)


def _filled(
    frame: pd.DataFrame, spec: LayerSpec, parts: Sequence[Part], rules: Mapping[str, Rule], faults: list[Fault]
) -> tuple[dict[str, Any], tuple[Assignment, ...]]:
    """The layer's columns with their cells converted, and how each was filled; cell faults go to `faults`."""
    values: dict[str, Any] = {}
    problems: list[tuple[Column, CellProblem]] = []
    assignments: list[Assignment] = []
    for part in sorted(parts, key=lambda part: part.column.kind is ColumnKind.LEVEL):  # a level may need the row's kind
        column, rule = part.column, rules[part.column.name]
        source = pd.Series([part.constant]) if part.position is None else frame.iloc[:, part.position]
        levels = column.kind is ColumnKind.LEVEL and part.position is not None
        cells = convert(source, column, rule, _kinds(spec, values.get("kind"), len(source)) if levels else None)
        if part.position is None:
            faults.extend(_cell_fault(spec, column, replace(one, position=-1), None) for one in cells.problems)
            values[column.name] = pd.Series([cells.values.iloc[0]] * len(frame), dtype=object)
        else:
            problems.extend((column, problem) for problem in cells.problems)
            values[column.name] = cells.values
        assignments.append(_assignment(part, source, cells))
    keys = values.get(spec.key)
    faults.extend(_cell_fault(spec, column, one, keys) for column, one in sorted(problems, key=lambda p: p[1].position))
    order = list(spec.names)
    ordered = {name: values[name] for name in order if name in values}
    return ordered, tuple(sorted(assignments, key=lambda one: order.index(one.target)))


def _kinds(spec: LayerSpec, kinds: pd.Series | None, count: int) -> list[HazardKind | None] | None:
    if spec.hazard is not None:
        return [spec.hazard] * count
    known = {str(kind): kind for kind in HazardKind}
    return None if kinds is None else [known.get(kind) for kind in kinds.tolist()]


def _assignment(part: Part, source: pd.Series, cells: Cells) -> Assignment:
    hidden = part.column.restricted
    conversions = [f"× {part.heading.scale:,g}"] if part.heading.scale not in (1, None) else []
    if cells.rows_converted and not conversions:
        shown = [f"{before} -> {'(nothing)' if after is None else after}" for before, after in cells.converted[:3]]
        more = f" and {len(cells.converted) - 3} more" if len(cells.converted) > 3 else ""
        examples = "" if hidden else f": {', '.join(shown)}{more}"
        conversions.append(f"{cells.rows_converted} cell(s) rewritten{examples}")
    sample = next((str(cell)[:40] for cell in source if not is_missing(cell)), "")
    return Assignment(
        () if part.position is None else (str(source.name),),
        part.column.name,
        part.how,
        part.heading.scale or 1,
        tuple(conversions),
        HIDDEN if hidden and sample else sample,
    )


def _cell_fault(spec: LayerSpec, column: Column, problem: CellProblem, keys: pd.Series | None) -> Fault:
    key = None if keys is None else keys.iloc[problem.position]
    return Fault(
        layer=spec.name,
        row=problem.position + 1,
        key=None if is_missing(key) else str(key),
        column=column.name,
        value=HIDDEN if column.restricted else str(problem.value)[:80],
        problem=problem.problem,
        advice=problem.advice,
    )


def _framed(frame: pd.DataFrame, values: Mapping[str, Any]) -> pd.DataFrame:
    """The values as a frame with rows 0..n-1, on the source's geometry if it has one."""
    rows = pd.DataFrame(dict(values), index=pd.RangeIndex(len(frame)))
    if not isinstance(frame, geopandas.GeoDataFrame):
        return rows
    located: pd.DataFrame = geopandas.GeoDataFrame(rows, geometry=frame.geometry.values, crs=frame.crs)
    return located


def _remarks(frame: pd.DataFrame, spec: LayerSpec) -> Iterator[Fault]:
    rows = pd.DataFrame(frame).reindex(columns=list(spec.names))
    for remark in spec.remarks:
        for position, column, value, problem, advice, *rules in remark(rows):
            key = rows[spec.key].iloc[position]
            said = None if is_missing(key) else str(key)
            yield Fault(spec.name, position + 1, said, column, str(value), problem, advice, "".join(rules))


def _from_nasa(frame: pd.DataFrame, spec: LayerSpec, known: nasa.Table, places: Collection[str]) -> Mapped:
    """One of NASA's tables, whose columns are made of several of theirs by their documentation."""
    rows = pd.DataFrame(dict(known.columns), index=pd.RangeIndex(len(frame)))
    used = {name for sources in known.sources.values() for name in sources} | set(known.places) | set(places)
    shape = frame.geometry.name if isinstance(frame, geopandas.GeoDataFrame) else None
    ignored = tuple(str(name) for name in frame.columns if str(name) not in used and name != shape)
    assignments = tuple(
        Assignment(
            known.sources.get(name, ()),
            name,
            How.NASA,
            conversions=(known.title,),
            sample=next((str(cell)[:40] for cell in rows[name] if not is_missing(cell)), ""),
        )
        for name in spec.names
        if known.columns.get(name) is not None
    )
    faults = tuple(_cell_fault(spec, spec.names[column], problem, rows[spec.key]) for column, problem in known.problems)
    return Mapped(spec, _framed(frame, {name: rows[name] for name in rows.columns}), assignments, ignored, faults)
