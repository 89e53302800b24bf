"""Parsers of query parameters: what they take, and the words with which they refuse."""

from __future__ import annotations

import math
from collections.abc import Callable
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import params
from api.deps import texts_of
from geo.errors import InputError
from geo.terms import HazardKind, HazardLevel


def _value_or_blame(parse: Callable[[str, str], float], text: str) -> float | str | None:
    """The parsed value, or the parameter that the refusal names."""
    try:
        return parse("x", text)
    except InputError as refusal:
        return refusal.parameter


@given(st.text() | st.floats().map(str) | st.integers().map(str))
def test_a_number_is_finite_or_refused_under_its_name(text: str) -> None:
    value = _value_or_blame(params.number, text)
    assert value == "x" or math.isfinite(value)


@given(st.text() | st.floats().map(str) | st.integers().map(str))
def test_a_whole_number_is_one_or_refused_under_its_name(text: str) -> None:
    value = _value_or_blame(params.whole, text)
    assert value == "x" or isinstance(value, int)


@pytest.mark.parametrize("text", ["", "-", "--1", "1.0", "1e3", "٣", "²", " 1", "1" * 30])
def test_what_is_no_whole_number(text: str) -> None:
    with pytest.raises(InputError, match="not a whole number"):
        params.whole("k", text)


def test_kinds_are_joined_by_commas() -> None:
    assert params.hazard_kinds("landslide, rockfall") == (HazardKind.LANDSLIDE, HazardKind.ROCKFALL)
    assert params.hazard_kinds(None) is None
    with pytest.raises(InputError):
        params.hazard_kinds("landslide,")


def test_levels_are_one_to_five() -> None:
    assert params.hazard_level("4") is HazardLevel.HIGH
    assert params.hazard_level(None) is HazardLevel.LOW
    for text in ("0", "6", "high", "4.0"):
        with pytest.raises(InputError):
            params.hazard_level(text)


def test_a_box_is_west_south_east_north() -> None:
    assert params.box("111,27,112,28") == (111.0, 27.0, 112.0, 28.0)
    for text in ("", "1,2,3,4,5", "112,27,111,28", "111,28,112,27", "nan,0,1,1", "0,0,181,1"):
        with pytest.raises(InputError):
            params.box(text)


@given(st.text("ab=&%+2F ;\u00e9", max_size=30))
def test_a_query_is_read_as_the_standard_library_reads_it(query: str) -> None:
    assert parse_qsl(query, keep_blank_values=True) == texts_of(query)
