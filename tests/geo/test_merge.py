"""Three versions of a layer made one: every cell as a slow reading has it, and nobody's change lost in silence."""

from __future__ import annotations

from typing import Any

import geopandas
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.geojson import records
from geo.layers.registry import LAYERS
from geo.layers.spec import check
from geo.merge import Conflict, Side, merged

SPEC = LAYERS["stations"]
Rows = dict[str, tuple[str, str, float]]
"""Name, source and longitude by code."""

_rows = st.dictionaries(
    st.sampled_from(["431381", "431382", "431383", "431384"]),
    st.tuples(st.sampled_from("甲乙丙"), st.sampled_from("xyz"), st.sampled_from([111.4, 111.5])),
)


def _frame(rows: Rows) -> pd.DataFrame:
    cells = [
        {"code": code, "tier": "post", "name": name, "source_id": source} for code, (name, source, _) in rows.items()
    ]
    points = [shapely.Point(lon, 27.7) for *_, lon in rows.values()]
    columns = ["code", "tier", "name", "source_id"]
    return check(geopandas.GeoDataFrame(pd.DataFrame(cells, columns=columns), geometry=points, crs="EPSG:4326"), SPEC)


def _rows_of(frame: pd.DataFrame) -> Rows:
    told = zip(records(frame), frame.geometry.values, strict=True)
    return {row["code"]: (row["name"], row["source_id"], shape.x) for row, shape in told}


COLUMNS = ("name", "source_id", "geometry")


def _slowly(
    base: Rows, county: Rows, file: Rows, decided: Side | None, removes: bool
) -> tuple[Rows, set[tuple[str, str | None]]]:
    """The merge of one row after another, cell by cell, and where both changed."""
    result: Rows = {}
    conflicts: set[tuple[str, str | None]] = set()
    for code in base | county | file:
        was, theirs, ours = base.get(code), county.get(code), file.get(code)
        if ours is None and not removes:
            ours = was
        if ours == was:
            kept = theirs
        elif theirs in (was, ours):
            kept = ours
        elif ours is None or theirs is None:
            conflicts.add((code, None))
            kept = ours if decided is Side.FILE else theirs
        else:
            cells: list[Any] = []
            for column, one, other, before in zip(COLUMNS, ours, theirs, was or (None,) * 3, strict=True):
                if one != before and other != before and one != other:
                    conflicts.add((code, column))
                    cells.append(one if decided is Side.FILE else other)
                else:
                    cells.append(one if one != before else other)
            kept = (cells[0], cells[1], cells[2])
        if kept is not None:
            result[code] = kept
    return result, conflicts


@given(base=_rows, county=_rows, file=_rows, decided=st.sampled_from([None, *Side]), removes=st.booleans())
def test_a_merge_is_what_a_slow_reading_of_every_cell_says(
    base: Rows, county: Rows, file: Rows, decided: Side | None, removes: bool
) -> None:
    expected, conflicts = _slowly(base, county, file, decided, removes)
    met = merged(_frame(base), _frame(county), _frame(file), SPEC, decided=decided, removes=removes)
    assert expected == _rows_of(met.frame)
    assert conflicts == {(one.key, one.column) for one in met.conflicts}


@given(base=_rows, file=_rows)
def test_a_file_of_the_version_in_use_is_taken_as_it_is(base: Rows, file: Rows) -> None:
    met = merged(_frame(base), _frame(base), _frame(file), SPEC)
    assert (file, ()) == (_rows_of(met.frame), met.conflicts)
    assert set(file) - set(base) == set(met.added)
    assert set(base) - set(file) == set(met.removed)
    assert {code for code in file if code in base and file[code] != base[code]} == {one.key for one in met.changed}


def test_a_conflict_shows_all_three_versions() -> None:
    one = {"431381": ("甲", "x", 111.4)}
    met = merged(
        _frame(one), _frame({"431381": ("乙", "x", 111.4)}), _frame({"431381": ("丙", "x", 111.4)}), SPEC
    ).conflicts
    assert (Conflict("431381", "name", "甲", "乙", "丙"),) == met


@pytest.mark.parametrize(("moved_deg", "changed"), [(4e-8, ()), (3e-7, ("431381",))])
def test_a_corner_that_was_rounded_has_not_moved(moved_deg: float, changed: tuple[str, ...]) -> None:
    was = _frame({"431381": ("甲", "x", 111.4)})
    met = merged(was, was, _frame({"431381": ("甲", "x", 111.4 + moved_deg)}), SPEC)
    assert changed == tuple(one.key for one in met.changed)
    assert bool(changed) == (met.frame.geometry.x.iloc[0] != 111.4)


def test_a_ring_that_begins_elsewhere_is_the_same_ring() -> None:
    corners = [(111.4, 27.6), (111.5, 27.6), (111.5, 27.7), (111.4, 27.7)]
    rings = [corners, [*corners[2:], *corners[:2]][::-1]]
    spec = LAYERS["woodland"]
    frames = [
        check(
            geopandas.GeoDataFrame(
                {"woodland_id": ["W"], "name": ["林"]}, geometry=[shapely.Polygon(ring)], crs="EPSG:4326"
            ),
            spec,
        )
        for ring in rings
    ]
    assert () == merged(frames[0], frames[0], frames[1], spec).changed


def test_a_text_that_the_format_cut_is_not_changed() -> None:
    was = _frame({"431381": ("甲" * 100, "x", 111.4)})
    cut = _frame({"431381": ("甲" * 84, "x", 111.4)})
    met = merged(was, was, cut, SPEC, written=lambda text: text.encode()[:254].decode(errors="ignore"))
    assert ((), "甲" * 100) == (met.changed, met.frame["name"].iloc[0])
