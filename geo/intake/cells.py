"""A source's cells in a layer column's values: units, words of both languages, yes and no, dates; never a guess.

A cell that means what the column takes already is left as it is, whatever its form: `geo.layers.spec` parses it. A
cell that can only be guessed at is refused with the reason, and left as it is too.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from geo.errors import UnknownTermError
from geo.intake.dates import as_date, as_instant, digits_of
from geo.intake.refusals import CellError, CellProblem
from geo.layers.spec import Column, ColumnKind, is_missing
from geo.terms import HazardKind, HazardLevel, YesNo, accepted_words, described_terms, folded, ordinal_level, parse_word

_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_POWER_OF_TEN = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+", re.ASCII)
_DECIMAL_ZEROS = re.compile(r"\d+\.0+", re.ASCII)
_POINT_OR_POWER = "[.．eEｅＥ]"
_MOBILE = re.compile(r"1\d{10}", re.ASCII)
_SEVERAL = re.compile(r"[;,、，；/]")

_TRUTH: Mapping[str, bool] = MappingProxyType(
    {
        **{word: term is YesNo.YES for word, term in accepted_words(YesNo).items()},
        "1": True,
        "0": False,
        "√": True,
        "×": False,
    }
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a heading or a mapping file says of the cells: unit, answers to a question, words with their meaning.

    `code` marks a column of codes, which never come as numbers. `words` are folded words of the source.
    """

    scale: float = 1
    yes: str | None = None
    no: str | None = None
    words: Mapping[str, object] = field(default_factory=dict)
    code: bool = False


@dataclass(frozen=True, eq=False)
class Cells:
    """A column's cells after conversion, what was converted (examples), and what was refused."""

    values: pd.Series
    converted: tuple[tuple[object, object], ...]
    rows_converted: int
    problems: tuple[CellProblem, ...]


def convert(cells: pd.Series, column: Column, rule: Rule, kinds: Sequence[HazardKind | None] | None = None) -> Cells:
    """`cells` (any dtype) as the column takes them; `kinds` are the rows' hazard kinds, which 一级 needs."""
    if _is_native(cells, column, rule):
        return Cells(cells.reset_index(drop=True), (), 0, ())
    values: list[Any] = []
    problems: list[CellProblem] = []
    pairs: list[tuple[object, object]] = []
    seen: dict[tuple[type, object, object], tuple[Any, bool]] = {}  # what a cell becomes, and whether that differs
    rows_converted = 0
    for position, raw in enumerate(cells.tolist()):
        if is_missing(raw):
            values.append(rule.words.get("", raw))
            continue
        kind = kinds[position] if kinds is not None and column.kind is ColumnKind.LEVEL else None
        case = (type(raw), _hashable(raw), kind)
        if case not in seen:
            value = _converted(raw, column, rule, kind)
            seen[case] = (value, value is not raw)
            if value is not raw and not isinstance(value, CellError):
                pairs.append((raw, value))
        value, differs = seen[case]
        if isinstance(value, CellError):
            problems.append(CellProblem(position, raw, value.problem, value.advice))
            value = raw
        else:
            rows_converted += differs
        values.append(value)
    series = pd.Series(values, dtype=object, index=pd.RangeIndex(len(values)))
    return Cells(series, tuple(pairs), rows_converted, tuple(problems))


def truth(word: object) -> bool:
    """What 是, 否, Y, N, yes, no, true, false, 1, 0, 有, 无, √ or × says; CellError lists them for any other word."""
    if isinstance(word, bool | np.bool_):
        return bool(word)
    answer = _TRUTH.get(folded(digits_of(word) or str(word)))
    if answer is None:
        raise CellError(f"must be yes or no; allowed: {', '.join(_TRUTH)}")
    return answer


def _is_native(cells: pd.Series, column: Column, rule: Rule) -> bool:
    """Whether the cells are in the column's own dtype, with nothing to translate."""
    if rule.scale != 1 or rule.yes is not None or rule.words:
        return False
    match column.kind:
        case ColumnKind.INTEGER | ColumnKind.NUMBER | ColumnKind.LEVEL:
            return types.is_numeric_dtype(cells) and not types.is_bool_dtype(cells)
        case ColumnKind.BOOLEAN:
            return types.is_bool_dtype(cells)
        case ColumnKind.DATE:
            return types.is_datetime64_any_dtype(cells)
        case ColumnKind.INSTANT:
            return types.is_datetime64_any_dtype(cells) or (
                isinstance(cells.dtype, pd.StringDtype) and all(map(_is_iso, cells.dropna().tolist()))
            )
        case ColumnKind.TEXT:
            return isinstance(cells.dtype, pd.StringDtype) and not (
                rule.code and cells.str.contains(_POINT_OR_POWER).any()
            )
        case ColumnKind.TERM:
            codes = {str(term) for term in column.vocabulary or ()}
            return isinstance(cells.dtype, pd.StringDtype) and codes.issuperset(cells.dropna().unique())
        case _:
            return False


def _is_iso(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _hashable(raw: object) -> object:
    return tuple(map(str, raw)) if isinstance(raw, list | tuple | np.ndarray) else raw


def _converted(raw: Any, column: Column, rule: Rule, kind: HazardKind | None) -> Any:
    """The cell's value, the cell itself where nothing is to be done, or the CellError that refuses it."""
    try:
        word = folded(raw) if isinstance(raw, str) else digits_of(raw)
        if word is not None and word in rule.words:
            return rule.words[word]
        if rule.yes is not None:
            return rule.yes if truth(raw) else rule.no
        if column.kind is ColumnKind.LEVEL:
            return _level(raw, column, kind)
        return _CONVERTERS[column.kind](raw, column, rule)
    except CellError as refusal:
        return refusal


def _text(raw: Any, column: Column, rule: Rule) -> Any:
    if rule.code:
        return _code(raw)
    digits = digits_of(raw)
    if digits is None:
        return raw
    if column.name.endswith("_phone") and not _MOBILE.fullmatch(digits):
        raise CellError("a phone number given as a number may have lost its leading 0", _AS_TEXT)
    return digits


_AS_TEXT = "in Excel format the column as text, take the values from their source again, and export once more"


def _code(raw: Any) -> Any:
    """A code as text; nothing that has been a number on its way is taken, for its digits may be other ones."""
    if isinstance(raw, int | float | np.number) and not isinstance(raw, bool | np.bool_):
        problem = f"must be text, not {type(raw).__name__}: a code read as a number loses leading zeros and, when long"
        raise CellError(f"{problem}, its last digits", _AS_TEXT)
    text = unicodedata.normalize("NFKC", raw).strip() if isinstance(raw, str) else ""
    if _POWER_OF_TEN.fullmatch(text):
        problem = "Excel has shown this code as a power of ten and the file holds only its first digits"
        raise CellError(f"{problem}; the rest cannot be recovered", _AS_TEXT)
    if _DECIMAL_ZEROS.fullmatch(text):
        raise CellError(
            "a code with .0 has been a number on its way: leading zeros and last digits may be lost", _AS_TEXT
        )
    return raw


def _number(raw: Any, column: Column, rule: Rule) -> Any:
    text = unicodedata.normalize("NFKC", str(raw)).strip()
    grouped = _THOUSANDS.fullmatch(text) is not None
    if rule.scale == 1 and not grouped:
        return raw
    if isinstance(raw, bool | np.bool_):
        raise CellError("must be a number, not a truth value")
    try:  # in decimal digits: 1.1 times 10,000 is 11,000, not 11,000.000000000002
        exact = Decimal(text.replace(",", "") if grouped else text) * Decimal(str(rule.scale))
    except ArithmeticError:  # no number, or a power of ten beyond what Decimal takes
        raise CellError("must be a number") from None
    if not math.isfinite(exact):  # as a float: 1e999990 in all its digits would take minutes
        raise CellError("must be a finite number")
    whole = exact == exact.to_integral_value()
    return int(exact) if whole and column.kind is ColumnKind.INTEGER else float(exact)


def _boolean(raw: Any, _: Column, __: Rule) -> Any:
    return raw if isinstance(raw, bool | np.bool_) else truth(raw)


def _term(raw: Any, column: Column, __: Rule) -> Any:
    code = _meant(raw, column)
    return raw if isinstance(raw, str) and raw == code else code


def _terms(raw: Any, column: Column, rule: Rule) -> Any:
    words: Iterable[Any] = raw if isinstance(raw, list | tuple | np.ndarray) else _SEVERAL.split(str(raw))
    given = [str(word).strip() for word in words if not is_missing(word)]
    terms = [rule.words[folded(word)] if folded(word) in rule.words else _meant(word, column) for word in given]
    meant = [str(term) for term in terms if term is not None]
    return raw if isinstance(raw, str) and ";".join(meant) == raw else ";".join(meant) or raw


def _meant(word: object, column: Column) -> str:
    if column.vocabulary is None:
        return str(word)
    try:
        return str(parse_word(column.vocabulary, word, parameter=column.name))
    except UnknownTermError as unknown:
        raise CellError(f"unknown word; allowed: {', '.join(unknown.allowed)}", _meaning_advice(column)) from None


def _level(raw: Any, column: Column, kind: HazardKind | None) -> Any:
    word = digits_of(raw) or str(raw)
    level = accepted_words(HazardLevel).get(folded(word))
    if level is None and kind is not None:
        level = ordinal_level(word, kind)
    if level is not None:
        return raw if str(raw).strip() == str(int(level)) else int(level)
    problem = f"unknown level; allowed: {', '.join(described_terms(HazardLevel))}"
    if kind is None and ordinal_level(word, HazardKind.FOREST_FIRE):
        problem += "; 一级 is the least of the fire classes and the worst of the warning levels: the row needs its kind"
    raise CellError(problem, _meaning_advice(column))


def _meaning_advice(column: Column) -> str:
    return f"write one of these, or give the word's meaning in a mapping file under [values.{column.name}]"


_CONVERTERS: Mapping[ColumnKind, Callable[[Any, Column, Rule], Any]] = MappingProxyType(
    {
        ColumnKind.TEXT: _text,
        ColumnKind.INTEGER: _number,
        ColumnKind.NUMBER: _number,
        ColumnKind.BOOLEAN: _boolean,
        ColumnKind.DATE: lambda raw, _, __: as_date(raw),
        ColumnKind.INSTANT: lambda raw, _, __: as_instant(raw),
        ColumnKind.TERM: _term,
        ColumnKind.TERMS: _terms,
    }
)
