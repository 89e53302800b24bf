"""CQL2 read slowly: JSON filters drawn at random, written as text, and asked of one row at a time in plain Python."""

from __future__ import annotations

import json
import math
import unicodedata
from datetime import date, datetime
from typing import Any

import shapely
from hypothesis import strategies as st
from shapely.geometry import mapping, shape

from tests.oracles import BEIJING

Json = Any
Row = dict[str, Any]

TEXTS = ["", "a", "B", "b", "é", "E", "ß", "SS", "长铺村", "a%b", "a_b", "aXb", "x\\y", "Ø", "it's"]
NUMBERS = [-3, -1, 0, 1, 2, 2.5, 7, 1e300]
DAYS = ["2022-04-03", "2022-04-04", "2022-04-05"]
MOMENTS = ["2022-04-03T16:00:00Z", "2022-04-04T15:59:59.999999Z", "2022-04-04T16:00:00Z", "2022-04-05T03:00:00Z"]
SKILLS = ["geology", "first_aid", "machinery"]
COLUMNS = ["name", "other", "people", "size", "open", "day", "at", "until", "skills", "geometry"]

_steps = st.integers(0, 4)
_places = st.tuples(_steps.map(lambda step: 111.0 + step / 4), _steps.map(lambda step: 27.0 + step / 4))
boxes = st.tuples(_places, st.sampled_from([0.25, 0.5]), st.sampled_from([0.25, 0.625])).map(
    lambda drawn: shapely.box(*drawn[0], drawn[0][0] + drawn[1], drawn[0][1] + drawn[2])
)
shapes = st.one_of(
    _places.map(shapely.Point),
    boxes,
    st.lists(_places, min_size=2, max_size=2, unique=True).map(shapely.LineString),
    st.lists(_places, min_size=3, max_size=3, unique=True).map(shapely.MultiPoint),
    st.tuples(_places.map(shapely.Point), boxes).map(shapely.GeometryCollection),
)


def op(name: str, *args: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.tuples(*args).map(lambda drawn: {"op": name, "args": list(drawn)})


def ops(names: str, *args: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.sampled_from(names.split()).flatmap(lambda name: op(name, *args))


def properties(names: str) -> st.SearchStrategy[Json]:
    return st.sampled_from(names.split()).map(lambda name: {"property": name})


literals = st.sampled_from(TEXTS)
texts = st.recursive(
    st.one_of(properties("name other"), literals), lambda inner: ops("casei accenti", inner), max_leaves=3
)
folded = st.recursive(
    st.sampled_from([*TEXTS, "a%", "%", "_", "a\\%b", "%b%", "长_村"]), lambda one: ops("casei accenti", one)
)
numbers = st.recursive(
    st.one_of(properties("people size"), st.sampled_from(NUMBERS)),
    lambda inner: ops("+ - * / % div ^", inner, inner),
    max_leaves=4,
)
days = st.sampled_from(DAYS).map(lambda day: {"date": day})
moments = st.sampled_from(MOMENTS).map(lambda moment: {"timestamp": moment})
instants = st.one_of(properties("day at until"), days, moments)
_ends = st.one_of(properties("day at until"), st.sampled_from([*DAYS, *MOMENTS]), st.just(".."))
intervals = st.one_of(
    st.tuples(properties("day at until"), _ends).map(lambda ends: {"interval": list(ends)}),
    st.lists(st.sampled_from(DAYS), min_size=2, max_size=2).map(lambda ends: {"interval": sorted(ends)}),
    st.sampled_from(MOMENTS).map(lambda end: {"interval": ["..", end]}),
)
geometries = st.one_of(
    st.just({"property": "geometry"}),
    shapes.map(lambda one: json.loads(json.dumps(mapping(one)))),
    boxes.map(lambda one: {"bbox": list(one.bounds)}),
)
arrays = st.one_of(
    st.just({"property": "skills"}), st.lists(st.one_of(st.sampled_from(SKILLS), properties("name")), max_size=3)
)
COMPARISONS = "= <> < > <= >="
conditions = st.recursive(
    st.one_of(
        ops(COMPARISONS, texts, texts),
        ops(COMPARISONS, numbers, numbers),
        ops(COMPARISONS, instants, instants),
        ops(COMPARISONS, properties("open"), st.booleans()),
        op("between", numbers, numbers, numbers),
        op("like", texts, folded),
        op("in", texts, st.lists(texts, min_size=1, max_size=3)),
        op("in", numbers, st.lists(numbers, min_size=1, max_size=3)),
        op("in", properties("day at"), st.lists(st.sampled_from([*DAYS, *MOMENTS]), min_size=1, max_size=3)),
        op("isNull", st.one_of(properties(" ".join(COLUMNS)), numbers, intervals)),
        ops("t_after t_before t_disjoint t_equals t_intersects", st.one_of(instants, intervals), intervals),
        ops("t_after t_before t_disjoint t_equals t_intersects", instants, instants),
        ops("t_contains t_during t_finishedBy t_finishes t_meets", intervals, intervals),
        ops("t_metBy t_overlappedBy t_overlaps t_startedBy t_starts", intervals, intervals),
        ops("s_intersects s_disjoint s_equals s_touches", geometries, geometries),
        ops("s_crosses s_within s_contains s_overlaps", geometries, geometries),
        ops("a_equals a_contains a_containedBy a_overlaps", arrays, arrays),
        st.booleans(),
    ),
    lambda inner: st.one_of(ops("and or", inner, inner), op("not", inner), ops("and or", inner, inner, inner)),
    max_leaves=5,
)


def written(node: Json) -> str:
    """A JSON filter as CQL2 text, brackets round everything that has an operator."""
    if isinstance(node, bool):
        return str(node).lower()
    if isinstance(node, str):
        return "'" + node.replace("'", "''") + "'"
    if isinstance(node, int | float):
        return repr(node)
    if isinstance(node, list):
        return f"({', '.join(map(written, node))})"
    if "property" in node:
        return f'"{node["property"]}"'
    if "op" in node:
        return _call(node["op"], node["args"])
    if "type" in node:
        return shape(node).wkt.replace("MULTIPOINT ((", "MULTIPOINT((")
    kind, value = next(iter(node.items()))
    inner = value if isinstance(value, list) else [value]
    return f"{kind.upper()}({', '.join(map(written, inner))})"


def _call(name: str, args: list[Json]) -> str:
    parts = [written(arg) for arg in args]
    match name:
        case "not":
            return f"(NOT {parts[0]})"
        case "isNull":
            return f"({parts[0]} IS NULL)"
        case "between":
            return f"({parts[0]} BETWEEN {parts[1]} AND {parts[2]})"
        case _ if name[1:2] == "_" or name in ("casei", "accenti"):
            return f"{name.upper()}({', '.join(parts)})"
    return "(" + f" {name.upper()} ".join(parts) + ")"


def truth(node: Json, row: Row) -> bool | None:
    """What a filter says of one row: true, false or null."""
    found = value(node, row)
    assert found is None or isinstance(found, bool)
    return found


def value(node: Json, row: Row) -> Any:
    if not isinstance(node, dict):
        return [value(one, row) for one in node] if isinstance(node, list) else node
    if "property" in node:
        return row[node["property"]]
    if "op" in node:
        return _asked(node["op"], [value(arg, row) for arg in node["args"]])
    if "date" in node or "timestamp" in node:
        return _time(next(iter(node.values())))
    if "interval" in node:
        ends = [one if one == ".." else value(one, row) for one in node["interval"]]
        return None if None in ends else tuple(_time(one) for one in ends)
    return shapely.box(*node["bbox"]) if "bbox" in node else shape(node)


def _time(text: Any) -> Any:
    if not isinstance(text, str) or text == "..":
        return text
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _asked(name: str, args: list[Any]) -> Any:
    if name == "and":
        return False if False in args else None if None in args else True
    if name == "or":
        return True if True in args else None if None in args else False
    if name == "isNull":
        return args[0] is None
    if name == "in":
        return _asked("or", [_asked("=", [args[0], one]) for one in args[1]])
    if name == "between":
        return _asked("and", [_asked(">=", args[:2]), _asked("<=", [args[0], args[2]])])
    if any(one is None or (isinstance(one, list) and None in one) for one in args):
        return None
    return _known(name, args)


def _known(name: str, args: list[Any]) -> Any:
    first, second = args[0], args[-1]
    if name == "not":
        return not first
    if name == "casei":
        return first.casefold()
    if name == "accenti":
        plain = [sign for sign in unicodedata.normalize("NFD", first) if unicodedata.category(sign) != "Mn"]
        return unicodedata.normalize("NFC", "".join(plain))
    if name == "like":
        return _like(first, second)
    if name in COMPARISONS.split():
        return _holds(name, _order(first, second))
    if name.startswith("t_"):
        return _between_times(name, _interval(first), _interval(second))
    if name.startswith("s_"):
        return bool(getattr(shapely, name[2:])(first, second))
    if name.startswith("a_"):
        one, other = set(first), set(second)
        return {
            "a_equals": one == other,
            "a_contains": one >= other,
            "a_containedBy": one <= other,
            "a_overlaps": bool(one & other),
        }[name]
    return _sum(name, float(first), float(second))


def _sum(name: str, first: float, second: float) -> float | None:
    try:
        found = {
            "+": lambda: first + second,
            "-": lambda: first - second,
            "*": lambda: first * second,
            "/": lambda: first / second,
            "%": lambda: math.fmod(first, second),
            "div": lambda: float(math.trunc(first / second)),
            "^": lambda: math.pow(first, second),
        }[name]()
    except (ZeroDivisionError, OverflowError, ValueError):
        return None
    return found if math.isfinite(found) else None


def _like(text: str, pattern: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "%":
        return _like(text, pattern[1:]) or (bool(text) and _like(text[1:], pattern))
    if pattern[0] == "\\" and len(pattern) > 1:
        pattern = pattern[1:]
    elif pattern[0] == "_":
        return bool(text) and _like(text[1:], pattern[1:])
    return text[:1] == pattern[0] and _like(text[1:], pattern[1:])


def _order(first: Any, second: Any) -> int:
    """-1, 0 or 1; a day and an instant of it, by the county's clock, are equal."""
    if isinstance(first, date | datetime) or isinstance(second, date | datetime):
        first, second = _time(first), _time(second)
        if type(first) is not type(second):
            first, second = (
                one.astimezone(BEIJING).date() if isinstance(one, datetime) else one for one in (first, second)
            )
    return (first > second) - (first < second)


def _holds(name: str, order: int) -> bool:
    return {"=": order == 0, "<>": order != 0, "<": order < 0, ">": order > 0, "<=": order <= 0, ">=": order >= 0}[name]


def _interval(time: Any) -> tuple[Any, Any]:
    return time if isinstance(time, tuple) else (time, time)


def _between_times(name: str, a: tuple[Any, Any], b: tuple[Any, Any]) -> bool:
    def end(one: Any, *, last: bool) -> tuple[int, Any]:
        return (1 if last else -1, None) if one == ".." else (0, one)

    def compare(one: tuple[int, Any], other: tuple[int, Any]) -> int:
        return _order(one[1], other[1]) if one[0] == other[0] == 0 else _order(one[0], other[0])

    (a0, a1), (b0, b1) = ((end(one[0], last=False), end(one[1], last=True)) for one in (a, b))
    starts, ends, a1_b0, a0_b1 = compare(a0, b0), compare(a1, b1), compare(a1, b0), compare(a0, b1)
    return {
        "t_after": a0_b1 > 0,
        "t_before": a1_b0 < 0,
        "t_disjoint": a0_b1 > 0 or a1_b0 < 0,
        "t_intersects": a0_b1 <= 0 and a1_b0 >= 0,
        "t_equals": starts == 0 and ends == 0,
        "t_contains": starts < 0 and ends > 0,
        "t_during": starts > 0 and ends < 0,
        "t_finishedBy": starts < 0 and ends == 0,
        "t_finishes": starts > 0 and ends == 0,
        "t_meets": a1_b0 == 0,
        "t_metBy": a0_b1 == 0,
        "t_overlaps": starts < 0 and a1_b0 > 0 and ends < 0,
        "t_overlappedBy": starts > 0 and a0_b1 < 0 and ends > 0,
        "t_startedBy": starts == 0 and ends > 0,
        "t_starts": starts == 0 and ends < 0,
    }[name]
