"""The standard interface as HTTP: what is kept, what has changed, its codings, and pages of data that are replaced."""

from __future__ import annotations

import gzip
import os
import weakref
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.compression import coding_of
from api.ogc import openapi30
from api.ogc.asked import AskedResource
from api.ogc.held import HELD_S, HeldCollections
from api.settings import Settings
from api.swap import Live
from api.wiring import Services, open_services
from geo import store
from tests.county import AS_OF, SmallCounty

ITEMS = "/ogc/collections/villages/items"
RESOURCES = ["/ogc", "/ogc/api", "/ogc/conformance", "/ogc/collections", ITEMS, f"{ITEMS}/431381001001"]


class Hands:
    """A clock that only moves when it is told to."""

    def __init__(self) -> None:
        self.passed_s = 0.0

    def __call__(self) -> float:
        return self.passed_s

    def wall(self) -> datetime:
        return datetime(2022, 12, 23, 2, tzinfo=UTC) + timedelta(seconds=self.passed_s)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def live(services: Services) -> Live:
    return Live(services)


@pytest.fixture
def ogc(live: Live, hands: Hands) -> Iterator[TestClient]:
    app = create_app(live)
    app.state.held = HeldCollections(hands, hands.wall)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def changed(small_county: SmallCounty, tmp_path_factory: pytest.TempPathFactory) -> Services:
    """The same county after half of its villages lost their people."""
    path = tmp_path_factory.mktemp("changed")
    villages = small_county.layers["villages"]
    fewer = villages.assign(population=villages["population"] * 2)
    store.write_county(path, {**small_county.layers, "villages": fewer}, present=AS_OF, source="test")
    return open_services(Settings(data=path))


def written(services: Services, at: datetime) -> None:
    """Have the folder hold what it holds since an instant."""
    for name in (store.MANIFEST, store.RULES):
        os.utime(services.folder / name, (at.timestamp(), at.timestamp()))


def following(body: Any) -> str | None:
    return next((link["href"] for link in body["links"] if link["rel"] == "next"), None)


@pytest.mark.parametrize("path", RESOURCES)
@pytest.mark.parametrize("form", ["json", "html"])
def test_what_the_client_has_already_is_a_304(ogc: TestClient, path: str, form: str) -> None:
    first = ogc.get(path, params={"f": form})
    again = ogc.get(path, params={"f": form}, headers={"If-None-Match": first.headers["etag"]})
    assert 304 == again.status_code
    assert b"" == again.content
    assert first.headers["etag"] == again.headers["etag"]
    assert 200 == ogc.get(path, params={"f": form}, headers={"If-None-Match": '"another"'}).status_code


def test_a_validator_is_strong_and_of_one_form_one_language_and_one_coding(ogc: TestClient) -> None:
    asked = [
        ({"f": form, "lang": lang}, {"Accept-Encoding": coding})
        for form in ("json", "html")
        for lang in ("zh", "en")
        for coding in ("identity", "gzip", "zstd")
    ]
    marks = [ogc.get(ITEMS, params=params, headers=headers).headers["etag"] for params, headers in asked]
    assert len(asked) == len(set(marks))
    assert not [mark for mark in marks if mark.startswith("W/")]


def test_other_data_have_another_validator(ogc: TestClient, live: Live, changed: Services) -> None:
    before = ogc.get(ITEMS).headers["etag"]
    live.current = changed
    answer = ogc.get(ITEMS, headers={"If-None-Match": before})
    assert 200 == answer.status_code
    assert before != answer.headers["etag"]


def test_last_modified_moves_with_the_data_and_is_only_told_once_its_second_is_over(
    ogc: TestClient, live: Live, hands: Hands, services: Services, changed: Services
) -> None:
    written(services, hands.wall())
    written(changed, hands.wall() + timedelta(seconds=5))
    assert "last-modified" not in ogc.get(ITEMS).headers
    hands.passed_s = 2
    since = ogc.get(ITEMS).headers["last-modified"]
    assert "Fri, 23 Dec 2022 02:00:01 GMT" == since
    assert 304 == ogc.get(ITEMS, headers={"If-Modified-Since": since}).status_code
    live.current = changed
    hands.passed_s = 10
    assert 200 == ogc.get(ITEMS, headers={"If-Modified-Since": since}).status_code


@pytest.mark.parametrize("path", RESOURCES)
def test_head_is_get_without_its_body(ogc: TestClient, path: str) -> None:
    got, head = ogc.get(path), ogc.head(path)
    assert 200 == head.status_code
    same = ("etag", "content-type", "cache-control", "vary", "content-crs", "link")
    assert [got.headers.get(name) for name in same] == [head.headers.get(name) for name in same]


def test_writing_is_refused_and_says_what_is_allowed(ogc: TestClient) -> None:
    answer = ogc.post(ITEMS, json={})
    assert 405 == answer.status_code
    assert "GET" in answer.headers["allow"]
    assert "application/problem+json" == answer.headers["content-type"]


@pytest.mark.parametrize("path", [ITEMS, "/ogc/api", "/ogc/collections"])
def test_each_coding_holds_the_same_bytes(ogc: TestClient, path: str) -> None:
    def raw(coding: str) -> tuple[Any, bytes]:
        with ogc.stream("GET", path, headers={"Accept-Encoding": coding}) as answer:
            return answer.headers, b"".join(answer.iter_raw())

    plain, zipped, zstd = raw("identity"), raw("gzip"), raw("gzip, zstd")
    assert "content-encoding" not in plain[0]
    assert "gzip" == zipped[0]["content-encoding"]
    assert "zstd" == zstd[0]["content-encoding"]
    assert plain[1] == gzip.decompress(zipped[1])
    assert plain[1] == pyarrow.CompressedInputStream(pyarrow.BufferReader(zstd[1]), "zstd").read()


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("", ""),
        ("identity", ""),
        ("br", ""),
        ("gzip", "gzip"),
        ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1.0, zstd;q=0.5", "gzip"),
        ("zstd;q=0, gzip", "gzip"),
        ("*", "zstd"),
        ("gzip;q=0, *;q=0", ""),
    ],
)
def test_the_coding_liked_best_is_taken(asked: str, expected: str) -> None:
    assert expected == coding_of(asked)


def test_pages_that_were_begun_make_the_whole_set_after_a_new_version_took_over(
    ogc: TestClient, live: Live, changed: Services
) -> None:
    whole = ogc.get(ITEMS, params={"limit": 100}).json()["features"]
    page = ogc.get(ITEMS, params={"limit": 5}).json()
    found = page["features"]
    live.current = changed
    assert whole != ogc.get(ITEMS, params={"limit": 100}).json()["features"]
    while (address := following(page)) is not None:
        page = ogc.get(address).raise_for_status().json()
        found += page["features"]
    assert whole == found


def test_a_version_is_held_for_ten_minutes_and_then_gone_with_a_way_to_start_again(
    ogc: TestClient, live: Live, hands: Hands, changed: Services
) -> None:
    address = following(ogc.get(ITEMS, params={"limit": 5}).json())
    assert address is not None
    hands.passed_s = 5 * HELD_S
    assert 200 == ogc.get(address).status_code  # nothing has taken over yet
    live.current = changed
    assert 200 == ogc.get(address).status_code
    hands.passed_s += HELD_S
    assert 200 == ogc.get(address).status_code
    hands.passed_s += 1
    gone = ogc.get(address)
    assert 410 == gone.status_code
    assert "application/problem+json" == gone.headers["content-type"]
    (again,) = gone.json()["links"]
    assert "after" not in again["href"]
    assert 12 == ogc.get(again["href"]).raise_for_status().json()["numberMatched"]


def test_a_version_is_let_go_though_nobody_asks_again(
    ogc: TestClient, live: Live, hands: Hands, services: Services, changed: Services
) -> None:
    assert following(ogc.get(ITEMS, params={"limit": 5}).json()) is not None
    held: HeldCollections = ogc.app.state.held  # type: ignore[attr-defined]  # any ASGI application, says starlette
    features = weakref.ref(held.present(services).feature_set("villages"))
    live.current = changed
    live.look()
    assert features() is not None
    hands.passed_s = HELD_S + 1
    live.look()
    assert features() is None


@pytest.mark.parametrize(("times", "kept"), [(3.5, 3), (0.5, 1)])
def test_of_a_live_collection_as_many_rows_are_held_as_are_borne_and_the_latest_state_always(
    services: Services, hands: Hands, monkeypatch: pytest.MonkeyPatch, times: float, kept: int
) -> None:
    held = HeldCollections(hands, hands.wall)
    features = held.present(services).feature_set("stay_coverage")
    monkeypatch.setattr("api.ogc.held.ROWS", int(times * len(features)))
    states = [features.marked(f"{number}.a.b", services.board.provenance) for number in range(1, 7)]
    alive = [weakref.ref(one) for one in states]
    while states:
        held.hold("stay_coverage", states.pop(0))
    assert [False] * (6 - kept) + [True] * kept == [one() is not None for one in alive]


def test_the_document_is_made_once_for_a_version_a_language_and_a_form(
    ogc: TestClient, live: Live, changed: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def counted(asked: AskedResource, *rest: Any) -> dict[str, Any]:
        made.append(f"{asked.language} {asked.form}")
        return document(asked, *rest)

    document = openapi30.document
    monkeypatch.setattr(openapi30, "document", counted)
    for _ in range(2):
        assert "zh" == ogc.get("/ogc/api", params={"f": "json"}).headers["content-language"]
        ogc.get("/ogc/api", params={"f": "html", "lang": "en"})
    assert ["zh json", "en html"] == made
    live.current = changed
    ogc.get("/ogc/api", params={"f": "json"})
    assert ["zh json", "en html", "zh json"] == made


def test_a_refused_method_is_told_which_there_are(ogc: TestClient) -> None:
    for path, allowed in (("/v1/export", "GET, HEAD"), ("/v1/mobilisations", "GET, POST"), ("/ogc/api", "GET, HEAD")):
        assert allowed == ogc.put(path).headers["allow"]


def test_links_begin_as_the_service_is_addressed_or_as_the_settings_say(services: Services) -> None:
    with TestClient(create_app(services), base_url="https://a.example:8443") as client:
        assert "https://a.example:8443/ogc" == client.get("/ogc").json()["links"][0]["href"]
    with TestClient(create_app(services, public_address="https://county.example.org/")) as client:
        assert "https://county.example.org/ogc" == client.get("/ogc").json()["links"][0]["href"]


def test_a_host_that_is_no_name_is_refused(ogc: TestClient) -> None:
    answer = ogc.get("/ogc", headers={"Host": "a<script>"})
    assert 400 == answer.status_code


def test_pages_of_other_origins_read_it_only_where_the_setting_lets_them(services: Services) -> None:
    origins = Settings(cors="https://gis.example.org, https://b.example").origins
    headers = {"Origin": "https://gis.example.org"}
    with TestClient(create_app(services, origins=origins)) as client:
        for path in ("/ogc", ITEMS, "/v1/nearest?lon=111.45&lat=27.67"):
            answer = client.get(path, headers=headers)
            assert "https://gis.example.org" == answer.headers["access-control-allow-origin"], path
            assert "access-control-allow-origin" not in client.get(path, headers={"Origin": "https://c"}).headers
        assert "Content-Crs" in client.get(ITEMS, headers=headers).headers["access-control-expose-headers"]
    with TestClient(create_app(services)) as client:
        assert "access-control-allow-origin" not in client.get(ITEMS, headers=headers).headers


def test_a_service_that_stands_still_has_no_time_of_its_own_in_its_answers(services: Services) -> None:
    later = replace(services, now=lambda: AS_OF + timedelta(hours=1))
    with TestClient(create_app(services)) as one, TestClient(create_app(later)) as other:
        assert one.get(ITEMS).content == other.get(ITEMS).content
