"""CQL2's own examples and counts: one tree from both encodings, and every verified count of the abstract tests."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio
import pytest

from geo.errors import InputError
from geo.filters import FilterSource, QueryableType, mask, parse

OGC = Path(__file__).resolve().parents[3] / "shared" / "data" / "ogc"
DATASET = OGC / "cql2" / "dataset" / "ne110m4cql2.gpkg"
pytestmark = pytest.mark.skipif(not DATASET.exists(), reason="the standard's examples are not beside the project")

STATED_WRONGLY = {157, 158, 159}  # opengeospatial/ogcapi-features#1011: the dataset gives what `computed` says
SPECIAL = {
    "geometry": QueryableType.GEOMETRY,
    "date": QueryableType.DATE,
    "start": QueryableType.INSTANT,
    "end": QueryableType.INSTANT,
    "boolean": QueryableType.BOOLEAN,
}


def source_of(layer: str) -> FilterSource:
    """A layer of the standard's dataset; its times have no zone and mean UTC."""
    frame = pyogrio.read_dataframe(DATASET, layer=layer)
    types = {}
    for name, dtype in frame.dtypes.items():
        plain = QueryableType.TEXT if str(dtype) == "str" else QueryableType.NUMBER
        types[str(name)] = SPECIAL.get(str(name), plain)
        if types[str(name)] is QueryableType.INSTANT:
            frame[name] = frame[name].dt.tz_localize("UTC")
        if types[str(name)] is QueryableType.BOOLEAN:
            frame[name] = frame[name].astype("boolean")
    types["geom"] = types.pop("geometry")
    return FilterSource(frame, types)


@pytest.fixture(scope="module")
def sources() -> dict[str, FilterSource]:
    return {str(layer): source_of(layer) for layer in pyogrio.list_layers(DATASET)[:, 0]}


def concrete() -> Iterator[dict[str, Any]]:
    path = OGC / "cql2_expected_json.jsonl"
    yield from map(json.loads, path.read_text().splitlines() if path.exists() else [])


def examples() -> list[Path]:
    return sorted((OGC / "cql2" / "text").glob("*.txt"))


@pytest.mark.parametrize("path", examples(), ids=lambda path: path.stem)
def test_an_example_is_the_same_tree_in_both_encodings(path: Path) -> None:
    twin = OGC / "cql2" / "json" / f"{path.stem.split('-alt')[0]}.json"
    assert parse(twin.read_text(), "cql2-json") == parse(path.read_text(), "cql2-text")


@pytest.mark.parametrize("encoding", ["cql2-text", "cql2-json"])
def test_every_count_of_the_abstract_tests_is_reproduced(sources: dict[str, FilterSource], encoding: Any) -> None:
    met, wanted = {}, {}
    for row in concrete():
        text = row["filter_text"] if encoding == "cql2-text" else json.dumps(row["filter_json"])
        met[row["row"]] = int(mask(parse(text, encoding), sources[row["dataset"]]).sum())
        wanted[row["row"]] = row["computed"] if row["row"] in STATED_WRONGLY else row["expected"]
    assert len(met) == 351
    assert wanted == met


def test_every_filled_template_has_its_count(sources: dict[str, FilterSource]) -> None:
    def counted(row: dict[str, str]) -> str:
        try:
            return str(int(mask(parse(row["filter_text"]), sources[row["dataset"]]).sum()))
        except InputError:
            return "error 400"

    with (OGC / "cql2_generic_instances.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1_797
    wrong = [(row["filter_text"], row["computed"], counted(row)) for row in rows]
    assert [] == [one for one in wrong if one[2] != one[1]]


def test_each_t_function_takes_intervals_of_two_properties(sources: dict[str, FilterSource]) -> None:
    with (OGC / "cql2_expected.csv").open(newline="", encoding="utf-8") as file:
        templates = [
            row["filter_text"] for row in csv.DictReader(file) if "INTERVAL({queryable1}" in row["filter_text"]
        ]
    places = sources["ne_110m_populated_places_simple"]
    assert len(templates) == 30
    for template in templates:
        assert len(places) == len(mask(parse(template.format(queryable1="start", queryable2="end")), places))


def test_a_filter_and_its_opposite_share_no_row_and_leave_out_the_nulls(sources: dict[str, FilterSource]) -> None:
    places = sources["ne_110m_populated_places_simple"]
    known = pd.notna(places.frame["start"]).to_numpy()
    at = "TIMESTAMP('2022-04-16T10:13:19Z')"
    earlier, later = (mask(parse(f"start {op} {at}"), places) for op in ("<", ">="))
    assert not (earlier & later).any()
    assert ((earlier | later) == known).all()
