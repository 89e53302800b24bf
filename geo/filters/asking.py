"""Of which rows a filter is true."""

from __future__ import annotations

from functools import reduce
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo.filters import arithmetic, arrays, spatial, times, values, words
from geo.filters.guard import refused
from geo.filters.places import placed
from geo.filters.source import FilterSource
from geo.filters.tree import (
    ARITHMETIC,
    ARRAYS,
    COMPARISONS,
    FOLDS,
    FUNCTIONS,
    SPATIAL,
    Box,
    Call,
    Day,
    Filter,
    Interval,
    Items,
    Moment,
    Node,
    Number,
    Property,
    Shape,
    Text,
    Truth,
)
from geo.filters.values import Cells, Sets, Shapes, Value

CRS84: Final = "OGC:CRS84"
_JOINS: Final = {"and": pc.and_kleene, "or": pc.or_kleene}


def mask(filter_: Filter, source: FilterSource, *, filter_crs: str = CRS84) -> npt.NDArray[np.bool_]:
    """For each row of `source` whether the filter is true of it; null is not true.

    Geometries of the filter are in `filter_crs` (a name that `geo.crs` takes), axes in the order that it defines.
    InputError (`parameter` "filter") for a property that is no queryable, with the list of those that are, for an
    unknown function, for values that cannot be compared and for places outside the system.
    """
    source.check(filter_.properties)
    found = _Evaluation(source, filter_crs).truths(filter_.root, "the filter")
    if isinstance(found, pa.Scalar):
        return np.full(len(source), found.as_py() is True)
    truths: npt.NDArray[np.bool_] = found.fill_null(False).to_numpy(zero_copy_only=False)
    return truths


class _Evaluation:
    """One filter over one source."""

    def __init__(self, source: FilterSource, filter_crs: str) -> None:
        self.source = source
        self.filter_crs = filter_crs

    def truths(self, node: Node, asker: str) -> Any:
        """The truth of a condition, as Arrow's."""
        found = self.value(node)
        if not isinstance(found, Cells) or found.kind != "boolean":
            raise refused(f"{asker} takes a condition, not {found.kind}")
        return found.data

    def value(self, node: Node) -> Value:
        match node:
            case Call(op, args):
                return self.called(op, args)
            case Property(name):
                return self.source.values(name)
            case Text(text):
                return values.text(text)
            case Number(number):
                return values.number(number)
            case Truth(truth):
                return values.truth(truth)
            case Day() | Moment():
                return values.time_of(node)
            case Interval(start, end):
                return times.interval(*(None if one is None else self.value(one) for one in (start, end)))
            case Shape() | Box():
                return placed(node, self.filter_crs)
            case Items(members):
                return arrays.gathered([self.value(one) for one in members], len(self.source))

    def called(self, op: str, args: tuple[Node, ...]) -> Value:
        if op in _JOINS:
            return Cells("boolean", reduce(_JOINS[op], [self.truths(arg, op.upper()) for arg in args]))
        if op == "not":
            return Cells("boolean", pc.invert(self.truths(args[0], "NOT")))
        if op == "isNull":
            return self.is_null(args[0])
        if op == "in":
            members = args[1].members if isinstance(args[1], Items) else ()
            return values.among(self.value(args[0]), [self.value(one) for one in members])
        if op in FOLDS:
            return self.folded(Call(op, args))
        return self.related(op, [self.value(arg) for arg in args])

    def folded(self, fold: Call) -> Value:
        (inner,) = fold.args
        deepest = inner.args[0] if isinstance(inner, Call) and inner.op in FOLDS else inner
        if not isinstance(deepest, Property):
            return words.folded(fold.op, self.value(inner))
        return self.source.folded(fold, lambda: words.folded(fold.op, self.value(inner)))

    def related(self, op: str, operands: list[Value]) -> Value:
        if op in COMPARISONS:
            return values.compared(op, operands[0], operands[1])
        if op == "between":
            value, low, high = operands
            return Cells(
                "boolean",
                pc.and_kleene(values.compared(">=", value, low).data, values.compared("<=", value, high).data),
            )
        if op == "like":
            return words.like(operands[0], operands[1])
        if op in ARITHMETIC:
            return arithmetic.computed(op, operands[0], operands[1])
        if op in SPATIAL:
            return spatial.related(op, operands[0], operands[1], self.source)
        if op in ARRAYS:
            return arrays.related(op, operands[0], operands[1], len(self.source))
        if op in FUNCTIONS.values():
            return times.related(op, operands[0], operands[1])
        raise refused(f"{op!r} is no function here; there are {', '.join(FUNCTIONS)}")

    def is_null(self, node: Node) -> Cells:
        value = self.value(node)
        if isinstance(value, Shapes):
            return values.truth(shapely.is_missing(value.shapes))
        if isinstance(value, Sets):
            return values.truth(value.missing if value.column else bool(value.missing[0]))
        return values.truth(pc.is_null(value.data))
