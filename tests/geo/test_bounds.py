"""The bounds: depth is counted as a slow reader would, at speed, and a limit says what was met and how to raise it."""

from __future__ import annotations

import json
import struct
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import BoundsError, DataError
from geo.intake.bounds import Bounds, check_wkb, check_wkt, xml_depth
from geo.nesting import json_depth, wkt_depth

HERE = Path("layer")

JSON = st.recursive(
    st.none() | st.integers() | st.text(st.sampled_from('[]{}"\\n冷 ,:')),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.sampled_from('[]{}"\\a')), inner, max_size=3)
    ),
    max_leaves=20,
)


def _slow_json_depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_slow_json_depth, value.values()), default=0)
    return 1 + max(map(_slow_json_depth, value), default=0) if isinstance(value, list) else 0


@given(JSON, st.booleans())
def test_json_depth_is_that_of_the_parsed_value(value: Any, ascii_only: bool) -> None:
    assert _slow_json_depth(value) == json_depth(json.dumps(value, ensure_ascii=ascii_only).encode())


@given(st.binary())
def test_json_depth_takes_any_bytes(content: bytes) -> None:
    assert json_depth(content) >= 0


def test_json_depth_is_counted_across_the_chunks_it_is_read_in() -> None:
    padding = b"[]," * 3_000_000
    assert 4 == json_depth(b"[[" + padding + b"[[]]]]")


def test_json_depth_reads_more_than_50_megabytes_a_second() -> None:
    row = b'{"type":"Feature","properties":{"name":"a \\"b\\" [c"},"geometry":{"coordinates":[[111.5,27.5],[1,2]]}},'
    content = b"[" + row * 200_000 + b"0]"
    start = time.process_time()
    assert 5 == json_depth(content)
    assert len(content) / (time.process_time() - start) > 50e6


def _collections(levels: int) -> shapely.Geometry:
    shape: shapely.Geometry = shapely.Point(111.4, 27.6)
    parts = [
        shapely.Polygon([(0, 0), (1, 0), (1, 1)], [[(0.1, 0.1), (0.2, 0.1), (0.2, 0.2)]]),
        shapely.MultiPoint([(1, 2), (3, 4)]),
    ]
    for level in range(levels):
        shape = shapely.GeometryCollection([*parts[: level % 3], shape])
    return shape


@given(st.integers(1, 30), st.sampled_from([0, 1]), st.sampled_from(["extended", "iso"]), st.booleans(), st.booleans())
def test_wkb_is_refused_exactly_beyond_its_depth(levels: int, order: int, flavor: Any, z: bool, srid: bool) -> None:
    shape = shapely.force_3d(_collections(levels)) if z else _collections(levels)
    shape = shapely.set_srid(shape, 4326) if srid else shape
    include = srid and flavor == "extended"
    content = shapely.to_wkb(shape, byte_order=order, flavor=flavor, include_srid=include)
    met = levels + (levels >= 2)  # a multi-point stands in every third collection, and it holds points
    check_wkb(HERE, content, Bounds(nesting_depth=met))
    with pytest.raises(BoundsError):
        check_wkb(HERE, content, Bounds(nesting_depth=levels - 1))


@given(st.binary(max_size=200))
def test_broken_wkb_is_left_to_its_parser(content: bytes) -> None:
    check_wkb(HERE, content, Bounds(nesting_depth=200))  # raises nothing, whatever the bytes are
    parsed = shapely.from_wkb(content, on_invalid="ignore")
    assert parsed is None or isinstance(parsed, shapely.Geometry)


def test_a_shape_too_long_is_refused_before_it_is_parsed() -> None:
    head = struct.pack("<bII", 1, 2, 0xFFFFFFFF)
    with pytest.raises(BoundsError, match="vertices"):
        check_wkb(HERE, head + bytes(32 * 101), Bounds(vertices_per_shape=100))
    with pytest.raises(BoundsError, match="vertices"):
        check_wkt(HERE, "LINESTRING(" + "1 2," * 101 + "1 2)", Bounds(vertices_per_shape=100))


@pytest.mark.parametrize(("depth", "text"), [(1, "POINT(1 2)"), (0, "POINT EMPTY"), (2, "POLYGON((0 0,1 1,1 0,0 0))")])
def test_wkt_depth_counts_parentheses(depth: int, text: str) -> None:
    assert depth == wkt_depth(text)


XML = st.recursive(
    st.sampled_from(["", "text", "<a/>", "<!-- note -->", '<b c="d"/>']),
    lambda inner: st.lists(inner, max_size=3).map(lambda parts: f"<e>{''.join(parts)}</e>"),
    max_leaves=15,
)


def _slow_xml_depth(element: ElementTree.Element) -> int:
    return 1 + max(map(_slow_xml_depth, element), default=0)


@given(XML)
def test_xml_depth_is_that_of_the_parsed_document(inside: str) -> None:
    text = f'<?xml version="1.0"?><root>{inside}</root>'
    deepest = _slow_xml_depth(ElementTree.fromstring(text))  # noqa: S314  made here
    assert deepest == xml_depth(text.encode())


def test_a_bound_says_what_was_met_the_limit_and_its_name() -> None:
    with pytest.raises(BoundsError, match=r"layer: rows: met 3,000, the limit is 2,000.*raise.*rows") as met:
        Bounds(rows=2000).hold(HERE, "rows", "rows", 3000)
    assert ("rows", 3000, 2000) == (met.value.parameter, met.value.met, met.value.limit)
    assert isinstance(met.value, DataError)


def test_what_is_exactly_at_the_limit_is_taken() -> None:
    Bounds(rows=2000).hold(HERE, "rows", "rows", 2000)  # raises nothing; one more does
    with pytest.raises(BoundsError):
        Bounds(rows=2000).hold(HERE, "rows", "rows", 2001)
