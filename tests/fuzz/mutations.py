"""Inputs drawn from sound ones: bytes changed anywhere, and values put in the place of others in JSON."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any, Final

from hypothesis import strategies as st

from tests.fuzz.target import Case, Target

SIGNS: Final = (
    *(b"", b"\x00", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x00\x00\x00\x80", b"\xff", b"\xef\xbb\xbf", b"\n"),
    *(b"\xed\xa0\x80", b"\xfe\xff", "县".encode(), "县".encode("gbk"), "\u202e".encode(), b"%00", b"%ff", b"\\ud800"),
    *(b"NaN", b"-Infinity", b"1e999", b"-1", b"9" * 30, b"0x1", b"null", b"true", b"'", b'"', b"\\", b"=1+1"),
    *(b"(" * 60, b"[" * 70, b'{"a":' * 70, b"<a>" * 70, b"../", b"&amp;", b"<![CDATA[", b";", b",", b"\r\n", b"\x1a"),
)
VALUES: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, -1, 2**31, 2**63, -(2**63), 10**30, 0.5, -0.0, 1e308, float("nan"), float("inf"), 5e-324),
    *(
        "",
        " ",
        "\x00",
        "\ud800",
        "a" * 600,
        "=1+1",
        "431381",
        "２",
        "2022-12-23",
        "2022-12-23T10:00",
        "0001-01-01T00:00Z",
    ),
    *("9999-12-31T23:59:59-14:00", "9999-12-31", "24:00", "EPSG:4326", "EPSG:4546", "GCJ-02", "EPSG:999999", "P1D"),
    *([], {}, [[]], [None], {"": None}, [1, 2], [111.4, 27.6], {"type": "Point", "coordinates": [111.4, 27.6]}),
)


def cases(target: Target) -> st.SearchStrategy[Case]:
    """A sound input of a target after one to eight changes."""
    return st.sampled_from(list(target.sound)).flatmap(lambda case: _changed(case, target))


def _changed(case: Case, target: Target) -> st.SearchStrategy[Case]:
    ways = [_shaken(case, target)]
    try:
        told = json.loads(case.content)
    except ValueError:
        told = None
    if isinstance(told, dict | list):
        ways.append(_replaced(case, told, target))
    return st.one_of(ways)


def _shaken(case: Case, target: Target) -> st.SearchStrategy[Case]:
    others = [one.content for one in target.sound if one.door == case.door]
    size = len(case.content)
    piece = st.one_of(
        st.binary(max_size=8),
        st.sampled_from([*SIGNS, *target.signs]),
        st.sampled_from(others).flatmap(lambda other: _slice(other)),
    )
    length = st.sampled_from([0, 0, 1, 1, 1, 4, 20, 1 << 30])
    change = st.tuples(st.integers(0, size), length, piece, st.sampled_from([1, 1, 1, 1, 3, 100]))
    return st.lists(change, min_size=1, max_size=8).map(lambda changes: Case(case.door, _edited(case.content, changes)))


def _slice(other: bytes) -> st.SearchStrategy[bytes]:
    return st.tuples(st.integers(0, len(other)), st.integers(1, 40)).map(lambda cut: other[cut[0] : cut[0] + cut[1]])


def _edited(content: bytes, changes: list[tuple[int, int, bytes, int]]) -> bytes:
    made = bytearray(content)
    for at, length, piece, times in changes:
        made[at : at + length] = piece * times
    return bytes(made)


def _replaced(case: Case, told: Any, target: Target) -> st.SearchStrategy[Case]:
    """JSON with other values, or names, at some of its places."""
    places = list(_places(told))
    named = [sign.decode() for sign in target.signs if sign.isascii()]
    change = st.tuples(
        st.sampled_from(places), st.sampled_from([*VALUES, *named]), st.sampled_from(["put", "drop", "name"])
    )
    return st.lists(change, min_size=1, max_size=3).map(lambda changes: Case(case.door, _put(told, changes)))


def _places(told: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for name, value in told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ():
        yield from _places(value, (*path, name))


def _put(told: Any, changes: list[tuple[tuple[Any, ...], Any, str]]) -> bytes:
    made = copy.deepcopy(told)
    for path, value, way in changes:
        if not path:
            made = value
            continue
        holder = made
        try:
            for name in path[:-1]:
                holder = holder[name]
            if way == "put":
                holder[path[-1]] = copy.deepcopy(value)
            elif way == "name" and isinstance(holder, dict):
                holder[str(value)[:20]] = holder.pop(path[-1])
            else:
                del holder[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    return json.dumps(made).encode()
