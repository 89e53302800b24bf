"""Items of the standard interface as files: every form, filtered as pages are, and safe to edit and to bring back."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import geopandas
import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api.app import create_app
from api.cli import app
from api.ogc.links import GEOJSON
from api.ogc.models import FILE_FORMS, FILES, ITEM_FORMS, PAGE_FORMS
from api.settings import Settings
from api.wiring import open_services
from geo import store
from geo.origin import ORIGIN, Origin, parse_origin
from tests.api.conftest import CANARY
from tests.county import SmallCounty

VILLAGES = "/ogc/collections/villages/items"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/{}"
SOME: Final = {"filter": "population > 300", "sortby": "-population,name", "bbox": "111.40,27.65,111.48,27.69"}
QUESTIONS: Final = (
    {},
    SOME,
    {"kind": "community"},
    {"filter": "population < 0"},
    {"limit": "3"},
    {"properties": "name,population"},
    {"skipGeometry": "true", "limit": "2"},
)


def fetched(client: TestClient, form: str, items: str = VILLAGES, **asked: str) -> Any:
    return client.get(items, params={"f": form, **asked}).raise_for_status()


def features_of(client: TestClient, items: str = VILLAGES, **asked: str) -> list[dict[str, Any]]:
    return list(client.get(items, params={"limit": "10000", **asked}).raise_for_status().json()["features"])


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[Any, str], pd.DataFrame]:
    """A file as a program of planners reads it."""

    def read(answer: Any, form: str) -> pd.DataFrame:
        path = tmp_path / f"got{FILES[form].suffix}"
        path.write_bytes(answer.content)
        if form == "parquet":
            has_shapes = b"geo" in pq.read_schema(path).metadata
            return geopandas.read_parquet(path) if has_shapes else pd.read_parquet(path)
        if form == "xlsx":
            head, *rows = openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)
            return pd.DataFrame(rows, columns=list(head))
        if form == "csv":
            return pd.read_csv(path, dtype=str, encoding="utf-8-sig")
        if form == "shp":
            with zipfile.ZipFile(path) as archive:
                if "villages.csv" in archive.namelist():
                    return pd.read_csv(archive.open("villages.csv"), dtype=str, encoding="utf-8-sig")
            return pyogrio.read_dataframe(f"/vsizip/{path}")
        return pyogrio.read_dataframe(path, layer=pyogrio.list_layers(path)[0, 0])

    return read


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
@pytest.mark.parametrize("form", FILE_FORMS)
def test_a_file_holds_what_the_pages_of_the_same_question_hold(
    client: TestClient, opened: Callable[[Any, str], pd.DataFrame], form: str, question: dict[str, str]
) -> None:
    answer = fetched(client, form, **question)
    assert FILE_FORMS[form] == answer.headers["content-type"].partition(";")[0]
    wanted = [one["id"] for one in features_of(client, **question)]
    found = opened(answer, form)
    codes = found["code"].astype(str).tolist() if len(found) else []
    assert sorted(wanted) == sorted(codes)
    if form != "fgb":  # which lies in the order of places
        assert wanted == codes
    if wanted:
        is_drawn = isinstance(found, geopandas.GeoDataFrame) and found.geometry.notna().all()
        assert ("skipGeometry" not in question) == (is_drawn or "wkt" in found)


@pytest.mark.parametrize("form", FILE_FORMS)
def test_a_media_type_in_accept_asks_for_its_form(client: TestClient, form: str) -> None:
    answer = client.get(VILLAGES, headers={"Accept": f"{FILE_FORMS[form]}, */*;q=0.1"})
    assert FILE_FORMS[form] == answer.headers["content-type"].partition(";")[0]
    assert {"Accept", "Accept-Language", "Accept-Encoding"} == set(answer.headers["vary"].split(", "))
    assert f'filename="villages{FILES[form].suffix}"' in answer.headers["content-disposition"]
    part = fetched(client, form, limit="1")
    assert f'filename="villages-part{FILES[form].suffix}"' in part.headers["content-disposition"]


@pytest.mark.parametrize("code", [4326, 4490, 4546, 4525, 3857])
@pytest.mark.parametrize("form", ["gpkg", "fgb", "parquet", "shp"])
def test_a_file_is_in_the_system_that_is_asked_for(
    client: TestClient, opened: Callable[[Any, str], pd.DataFrame], form: str, code: int
) -> None:
    answer = fetched(client, form, crs=EPSG.format(code), **SOME)
    assert f"<{EPSG.format(code)}>" == answer.headers["content-crs"]
    found = opened(answer, form)
    assert isinstance(found, geopandas.GeoDataFrame)
    assert code == found.crs.to_epsg()
    plain = opened(fetched(client, form, **SOME), form)
    assert isinstance(plain, geopandas.GeoDataFrame)
    moved, there = (one.sort_values("code").geometry.values for one in (plain.to_crs(code), found))
    assert shapely.hausdorff_distance(np.asarray(moved), np.asarray(there)).max() < (
        1e-7 if code in (4326, 4490) else 1e-3
    )
    assert {str(Origin("villages", _version(plain), f"EPSG:{code}", is_part=True))} == set(found[ORIGIN])


def _version(frame: pd.DataFrame) -> str:
    (text,) = set(frame[ORIGIN])
    origin = parse_origin(text)
    assert origin is not None
    return origin.version


def test_kml_is_always_in_wgs84_and_says_so_to_whoever_asks_for_another(client: TestClient) -> None:
    refused = client.get(VILLAGES, params={"f": "kml", "crs": EPSG.format(4546)})
    assert (400, "crs") == (refused.status_code, refused.json()["parameter"])
    assert "always in" in refused.json()["detail"]
    assert 200 == client.get(VILLAGES, params={"f": "kml", "crs": EPSG.format(4326)}).status_code


def test_a_page_after_another_is_no_file(client: TestClient) -> None:
    page = features_of(client)
    following = client.get(VILLAGES, params={"limit": "5"}).json()["links"]
    (after,) = [one["href"].partition("after=")[2] for one in following if one["rel"] == "next"]
    refused = client.get(VILLAGES, params={"f": "csv", "after": after})
    assert (400, "after") == (refused.status_code, refused.json()["parameter"])
    assert len(page) > 5


def test_every_page_links_to_the_whole_selection_in_every_form(client: TestClient) -> None:
    asked = {**SOME, "limit": "1"}
    first = client.get(VILLAGES, params=asked).json()
    second = client.get(next(one["href"] for one in first["links"] if one["rel"] == "next")).json()
    for page in (first, second):
        links = {one["type"]: one["href"] for one in page["links"] if one["rel"] == "alternate"}
        assert set(ITEM_FORMS.values()) - {GEOJSON} == set(links)
        rows = client.get(links["text/csv"]).raise_for_status().text.splitlines()
        assert first["numberMatched"] == len(rows) - 1
    assert "villages.gpkg" in client.get(VILLAGES, params={"f": "html", **asked}).text


def test_the_header_of_links_stays_short_whatever_is_asked(client: TestClient) -> None:
    asked = {"filter": " OR ".join(f"population = {number}" for number in range(50))}
    for form in ITEM_FORMS:
        header = fetched(client, form, **asked).headers["link"]
        assert header.count('rel="alternate"') <= 2
        assert 'rel="self"' in header
        assert "/queryables>" in header


def test_the_document_names_every_form_and_what_a_file_may_answer(client: TestClient) -> None:
    operation = client.get("/ogc/api").json()["paths"]["/collections/villages/items"]["get"]
    assert set(ITEM_FORMS.values()) == set(operation["responses"]["200"]["content"])
    (form,) = (one for one in operation["parameters"] if one.get("name") == "f")
    assert list(ITEM_FORMS) == form["schema"]["enum"]
    assert {"206", "413", "416", "503"} <= operation["responses"].keys()


@pytest.mark.parametrize("form", FILE_FORMS)
@pytest.mark.parametrize("collection", ["stay_coverage", "reach", "exposure", "incidents", "speeds", "stays"])
def test_answers_and_tables_are_files_too(
    client: TestClient, opened: Callable[[Any, str], pd.DataFrame], collection: str, form: str
) -> None:
    items = f"/ogc/collections/{collection}/items"
    answer = fetched(client, form, items)
    assert answer.content
    if form not in ("shp", "kml", "xlsx") and features_of(client, items):
        assert len(features_of(client, items)) == len(opened(answer, form))


def test_a_week_of_the_stay_coverage_is_a_file(client: TestClient, opened: Callable[[Any, str], pd.DataFrame]) -> None:
    found = opened(fetched(client, "gpkg", "/ogc/collections/stay_coverage/items", datetime="2022-12-21"), "gpkg")
    assert {"2022-W51"} == set(found["week"])
    assert 12 == len(found)


def test_a_style_is_there_where_the_column_it_goes_by_is(client: TestClient, tmp_path: Path) -> None:
    items = "/ogc/collections/risk_zones/items"
    for asked, expected in (({}, True), ({"properties": "name"}, False), ({"properties": "level"}, True)):
        path = tmp_path / "a.gpkg"
        path.write_bytes(fetched(client, "gpkg", items, **asked).content)
        assert expected == ("layer_styles" in pyogrio.list_layers(path)[:, 0])


@pytest.mark.parametrize("form", FILE_FORMS)
def test_a_file_answers_head_ranges_and_what_has_not_changed(client: TestClient, form: str) -> None:
    asked = {"f": form, **SOME}
    plain = {"Accept-Encoding": "identity"}
    whole = client.get(VILLAGES, params=asked, headers=plain)
    head = client.head(VILLAGES, params=asked, headers=plain)
    assert (200, b"") == (head.status_code, head.content)
    same = ("etag", "content-length", "content-type", "content-crs", "content-disposition", "accept-ranges", "link")
    assert [whole.headers[name] for name in same] == [head.headers[name] for name in same]
    tag = whole.headers["etag"]
    assert not tag.startswith("W/")
    part = client.get(VILLAGES, params=asked, headers={**plain, "Range": "bytes=2-9", "If-Range": tag})
    assert (206, whole.content[2:10]) == (part.status_code, part.content)
    stale = client.get(VILLAGES, params=asked, headers={**plain, "Range": "bytes=2-9", "If-Range": '"another"'})
    assert (200, whole.content) == (stale.status_code, stale.content)
    beyond = client.get(VILLAGES, params=asked, headers={**plain, "Range": "bytes=99999999-"})
    assert (416, "application/problem+json") == (beyond.status_code, beyond.headers["content-type"])
    assert f"bytes */{len(whole.content)}" == beyond.headers["content-range"]
    for foreign in ("lines=1-2", "bytes", "bytes=2-1-3"):
        answer = client.get(VILLAGES, params=asked, headers={**plain, "Range": foreign})
        assert (200, whole.content) == (answer.status_code, answer.content)
    unchanged = client.get(VILLAGES, params=asked, headers={**plain, "If-None-Match": tag})
    assert (304, b"") == (unchanged.status_code, unchanged.content)


def test_a_text_goes_out_compressed_as_another_representation_and_other_files_as_they_are(client: TestClient) -> None:
    for form, codings in (("csv", ("gzip", "zstd")), ("gpkg", (None, None))):
        answers = [
            client.get(VILLAGES, params={"f": form}, headers={"Accept-Encoding": coding}) for coding in ("gzip", "zstd")
        ]
        assert codings == tuple(one.headers.get("content-encoding") for one in answers)
        assert (codings[0] is None) == (answers[0].headers["etag"] == answers[1].headers["etag"])


def test_a_file_made_again_is_the_same_to_the_byte(client: TestClient, folder: Path) -> None:
    with TestClient(create_app(open_services(Settings(data=folder)))) as another:
        for form in FILE_FORMS:
            one, other = (fetched(service, form, **SOME) for service in (client, another))
            assert (one.headers["etag"], one.content) == (other.headers["etag"], other.content)


def test_more_than_a_file_may_hold_is_413_with_the_limit_in_words_and_too_many_at_once_503(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = open_services(Settings(data=folder))
    with TestClient(create_app(services)) as client:
        monkeypatch.setattr("api.exports.MOST_VALUES", 100)
        refused = client.get(VILLAGES, params={"f": "gpkg"})
        assert 413 == refused.status_code
        assert "(100)" in refused.json()["detail"]
        assert 200 == client.get(VILLAGES, params={"f": "gpkg", "limit": "1"}).status_code
        monkeypatch.setattr("api.exports._WAIT_S", 0)
        for _ in range(2):
            services.exports._turns.acquire()
        busy = client.get(VILLAGES, params={"f": "gpkg"})
        assert (503, True) == (busy.status_code, "retry-after" in busy.headers)
        assert 200 == client.get(VILLAGES, params={"f": "gpkg", "limit": "1"}).status_code  # it is on the shelf


@pytest.mark.parametrize("form", FILE_FORMS)
def test_no_file_has_a_restricted_column(client: TestClient, tmp_path: Path, form: str) -> None:
    for collection in ("teams", "hazard_sites"):
        path = tmp_path / "file"
        path.write_bytes(fetched(client, form, f"/ogc/collections/{collection}/items").content)
        parts = [path.read_bytes()]
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                parts = [archive.read(name) for name in archive.namelist()]
        assert not [part for part in parts if CANARY.encode() in part or b"_phone" in part]


def test_a_page_of_geojson_is_as_it_was_without_a_column_of_versions(client: TestClient) -> None:
    for form in PAGE_FORMS:
        assert ORIGIN not in fetched(client, form).text.replace(f"/{ORIGIN}", "")


@pytest.fixture
def own(folder: Path, tmp_path: Path) -> Path:
    """A copy of the county that a test may write to."""
    return Path(shutil.copytree(folder, tmp_path / "county"))


def _saved(client: TestClient, own: Path, form: str, **asked: str) -> Path:
    path = own.parent / f"saved{FILES[form].suffix}"
    path.write_bytes(fetched(client, form, **asked).content)
    return path


def _imported(own: Path, path: Path) -> dict[str, Any]:
    words = ["import", "villages", str(path), "--data", str(own), "--json"]
    return dict(json.loads(CliRunner().invoke(app, words, catch_exceptions=False).stdout))


def _villages(own: Path) -> pd.DataFrame:
    return store.read_layers(own, store.read_manifest(own))["villages"].set_index("code")


@pytest.mark.parametrize("form", FILE_FORMS)
def test_a_selection_brought_back_removes_and_empties_nothing(
    client: TestClient, own: Path, small_county: SmallCounty, form: str
) -> None:
    before = _villages(own)
    path = _saved(client, own, form, properties="population", skipGeometry="true", **SOME)
    report = _imported(own, path)
    assert ("stored", "1", [], [], []) == (report["outcome"], *(
        report["diff"][part] for part in ("base", "added", "changed", "removed")
    ))  # fmt: skip
    pd.testing.assert_frame_equal(before, _villages(own))
    assert len(small_county.layers["villages"]) == len(before)


@pytest.mark.parametrize("asked", [SOME, {"properties": "name", "limit": "4"}, {}], ids=str)
def test_a_layer_from_the_interface_edited_and_brought_back_is_a_diff_against_its_version(
    client: TestClient, own: Path, asked: dict[str, str]
) -> None:
    path = _saved(client, own, "gpkg", **asked)
    frame = pyogrio.read_dataframe(path, layer="villages")
    frame.loc[0, "name"] = "新名"
    edited = path.with_name("edited.fgb")
    pyogrio.write_dataframe(frame, edited)
    before = _villages(own)
    report = _imported(own, edited)
    assert ("stored", [], []) == (report["outcome"], report["diff"]["added"], report["diff"]["removed"])
    ((changed,)) = report["diff"]["changed"]
    assert (frame.loc[0, "code"], ["name"]) == (changed["key"], changed["columns"])
    after = _villages(own)
    assert "新名" == after.loc[frame.loc[0, "code"], "name"]
    others = before.index.difference([frame.loc[0, "code"]])
    pd.testing.assert_frame_equal(before.loc[others], after.loc[others])


def test_a_row_cut_out_of_a_whole_file_is_removed_and_out_of_a_selection_is_not(client: TestClient, own: Path) -> None:
    for asked, removed in (({}, 1), ({"limit": "11"}, 0)):
        path = _saved(client, own, "fgb", **asked)
        frame = pyogrio.read_dataframe(path).iloc[1:]
        cut = path.with_name("cut.gpkg")
        pyogrio.write_dataframe(frame, cut)
        words = ["import", "villages", str(cut), "--data", str(own), "--json", "--dry-run"]
        report = json.loads(CliRunner().invoke(app, words, catch_exceptions=False).stdout)
        assert removed == len(report["diff"]["removed"])
