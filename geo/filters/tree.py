"""What a CQL2 filter says, as a frozen tree: the same from the text and from the JSON encoding.

Names of operators are those of CQL2 JSON (OGC 21-065r2, schema cql2.json): `and`, `isNull`, `t_finishedBy`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

import shapely

from geo.filters.guard import refused

COMPARISONS: Final = ("=", "<>", "<", ">", "<=", ">=")
ARITHMETIC: Final = ("+", "-", "*", "/", "%", "div", "^")
FOLDS: Final = ("casei", "accenti")
SPATIAL: Final = (
    *("s_intersects", "s_disjoint", "s_equals", "s_touches"),
    *("s_crosses", "s_within", "s_contains", "s_overlaps"),
)
TEMPORAL: Final = ("t_after", "t_before", "t_disjoint", "t_equals", "t_intersects")
INTERVALS_ONLY: Final = (
    *("t_contains", "t_during", "t_finishedBy", "t_finishes", "t_meets"),
    *("t_metBy", "t_overlappedBy", "t_overlaps", "t_startedBy", "t_starts"),
)
ARRAYS: Final = ("a_equals", "a_contains", "a_containedBy", "a_overlaps")
FUNCTIONS: Final = MappingProxyType({op.upper(): op for op in (*FOLDS, *SPATIAL, *TEMPORAL, *INTERVALS_ONLY, *ARRAYS)})
"""The functions of the standard by their names in upper case, as CQL2 text takes them in any case."""
_OPERANDS: Final = {
    **dict.fromkeys((*COMPARISONS, *ARITHMETIC, *SPATIAL, *TEMPORAL, *INTERVALS_ONLY, *ARRAYS, "like", "in"), 2),
    **dict.fromkeys(("not", "isNull", *FOLDS), 1),
    "between": 3,
}


@dataclass(frozen=True, slots=True)
class Property:
    """A queryable, by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """A character literal, decoded."""

    value: str


@dataclass(frozen=True, slots=True)
class Number:
    """A finite number."""

    value: float


@dataclass(frozen=True, slots=True)
class Truth:
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A whole day of the calendar."""

    value: date


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant in UTC; what is finer than the microsecond is cut."""

    value: datetime


@dataclass(frozen=True, slots=True)
class Interval:
    """A closed interval; None is an open end."""

    start: Node | None
    end: Node | None


@dataclass(frozen=True, slots=True)
class Shape:
    """A geometry in the filter's own system, axes as they were written."""

    geometry: shapely.Geometry


@dataclass(frozen=True, slots=True)
class Box:
    """A BBOX of four or six numbers, as they were written."""

    numbers: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """An array, or the list of IN."""

    members: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or function and its operands."""

    op: str
    args: tuple[Node, ...]


Node = Property | Text | Number | Truth | Day | Moment | Interval | Shape | Box | Items | Call


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter: `geo.filters.mask` says which rows of a source it is true of."""

    root: Node

    @property
    def properties(self) -> frozenset[str]:
        """The names of all properties that it speaks of."""
        return frozenset(node.name for node, _ in walk(self.root) if isinstance(node, Property))


def call(op: str, args: tuple[Node, ...]) -> Node:
    """An operator with its operands; InputError when their number is wrong. AND within AND is one AND, so is OR."""
    if op in ("and", "or"):
        if len(args) < 2:
            raise refused(f"{op} joins at least two conditions")
        return Call(op, tuple(part for arg in args for part in _parts(op, arg)))
    wanted = _OPERANDS.get(op, len(args))
    if len(args) != wanted:
        raise refused(f"{op} takes {wanted} operand(s), not {len(args)}")
    if op == "in" and not (isinstance(args[1], Items) and args[1].members):
        raise refused("IN takes a list of at least one value in brackets")
    return Call(op, args)


def _parts(op: str, node: Node) -> tuple[Node, ...]:
    return node.args if isinstance(node, Call) and node.op == op else (node,)


def walk(root: Node) -> Iterator[tuple[Node, int]]:
    """Every node with its depth, the root's being 1; without recursion."""
    waiting: list[tuple[Node, int]] = [(root, 1)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting.extend((inner, depth + 1) for inner in _inner(node))


def _inner(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Call):
        return node.args
    if isinstance(node, Items):
        return node.members
    if isinstance(node, Interval):
        return tuple(end for end in (node.start, node.end) if end is not None)
    return ()
