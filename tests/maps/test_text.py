"""Any text reaches the page unchanged, and none of it is ever markup."""

from __future__ import annotations

import html
import json
import re
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import InputError
from maps import text

ANY_TEXT = st.text() | st.text("<>&/!-scriptSCRIPT\u2028\u2029\"'`${}\x00\r\n") | st.text(st.characters(codec=None))
RISKY = ["</script", "<!--", "<script", "]]>", "\u2028", "\u2029", "&lt;"]


def _nested(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(parts, max_size=3) | st.dictionaries(ANY_TEXT, parts, max_size=3)


@given(st.dictionaries(ANY_TEXT, ANY_TEXT | st.lists(ANY_TEXT)))
def test_a_block_reads_back_as_it_was_and_holds_no_markup(value: dict[str, object]) -> None:
    block = text.json_block("page-data", value)
    body = re.fullmatch(r'<script type="application/json" id="page-data">(.*)</script>', block, re.DOTALL)
    assert body is not None
    assert value == json.loads(body[1])
    assert not set("<>&\u2028\u2029") & set(body[1])


@pytest.mark.parametrize("part", RISKY)
def test_known_ways_out_of_a_script_are_closed(part: str) -> None:
    assert part not in text.json_text([part, {part: part}])


@given(ANY_TEXT)
def test_a_block_can_always_be_written_as_utf8(value: str) -> None:
    assert json.loads(text.json_text(value).encode("utf-8")) == value


@pytest.mark.parametrize("number", [float("nan"), float("inf"), np.float64("nan")])
@pytest.mark.parametrize(
    "written",
    [
        lambda number: [number],
        lambda number: {"a": ({"b": number},)},
        lambda number: ["\ud800", number],
        lambda number: text.Lasting({"a": number}),
    ],
    ids=["in a list", "deep", "beside half a pair", "in what lasts"],
)
def test_numbers_that_json_has_no_word_for_are_refused(written: Callable[[Any], Any], number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        text.json_text(written(number))


@given(st.recursive(ANY_TEXT | st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.none(), _nested))
def test_what_lasts_and_other_kinds_of_dictionaries_are_written_as_they_are(value: object) -> None:
    for part in (text.Lasting({"a": value}), OrderedDict(a=value)):
        assert [{"a": value}, 1] == json.loads(text.json_text([part, 1]))


@pytest.mark.parametrize("value", [date(2022, 12, 23), {1, 2}, object()])
def test_what_is_no_json_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        text.json_text([value])


@pytest.mark.parametrize("identity", ["", "a b", 'x"', "x><", "Über"])
def test_a_block_is_named_by_our_own_words_only(identity: str) -> None:
    with pytest.raises(ValueError, match="identifier"):
        text.json_block(identity, {})


@given(ANY_TEXT)
def test_title_text_is_never_markup(value: str) -> None:
    escaped = text.markup_text(value)
    assert not set("<>\"'") & set(escaped)
    assert html.unescape(escaped) == html.unescape(html.escape(value.encode("utf-8", "replace").decode()))


def test_links_keep_their_order_and_may_be_left_out() -> None:
    given_links = {"lang": "?lang=en", "coverage": "../coverage?week=2022-W51"}
    assert list(text.relative_links(given_links, ("coverage", "lang"))) == ["coverage", "lang"]
    assert text.relative_links(None, ("coverage",)) == {}


@pytest.mark.parametrize(
    "url", ["https://example.org/", "//example.org/x", "javascript:alert(1)", "a\nb", 'x" onclick="']
)
def test_a_link_cannot_leave_the_service(url: str) -> None:
    with pytest.raises(InputError, match="relative"):
        text.relative_links({"coverage": url}, ("coverage",))


def test_an_unknown_link_is_refused() -> None:
    with pytest.raises(InputError, match="there are: coverage"):
        text.relative_links({"home": "/"}, ("coverage",))
