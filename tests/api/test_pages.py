"""How pages are served: their language, their form, what is kept by the browser, and for how long it is at hand."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.blocks import BlockShelf
from api.pages import ADDRESSES
from api.wiring import Kept, Services
from maps.pages.serving import Block
from tests.county import AS_OF

MAPS = ["/", "/maps/coverage", "/maps/risk", "/maps/dispatch", "/maps/history", "/about"]
FOREVER = "public, max-age=31536000, immutable"
FOR_ONE = "private, max-age=31536000, immutable"


def _data(text: str) -> Any:
    found = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


@pytest.mark.parametrize("path", MAPS)
def test_everything_that_a_page_asks_for_is_there_and_is_kept_for_good(client: TestClient, path: str) -> None:
    answer = client.get(path).raise_for_status()
    named = re.findall(r'(?:src|href)="(/[^"]+)"', answer.text)
    blocks = list(client.get(path, params={"f": "json"}).json()["blocks"].values())
    assert (len(blocks) > 2) == (path != "/about")
    for address in {*named, *blocks}:
        part = client.get(address).raise_for_status()
        assert part.headers["cache-control"] == (FOR_ONE if address in blocks else FOREVER)
        assert part.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", MAPS)
@pytest.mark.parametrize("form", ["html", "json"])
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_page_that_has_not_changed_is_not_sent_again(client: TestClient, path: str, form: str, encoding: str) -> None:
    headers = {"accept-encoding": encoding}
    first = client.get(path, params={"f": form}, headers=headers).raise_for_status()
    assert first.headers["cache-control"] == "private, no-cache"
    assert "unsafe" not in first.headers["content-security-policy"]
    again = client.get(path, params={"f": form}, headers={**headers, "if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


def test_each_form_and_encoding_has_its_own_etag(client: TestClient) -> None:
    tags = {
        client.get("/maps/risk", params={"f": form}, headers={"accept-encoding": encoding}).headers["etag"]
        for form in ("html", "json")
        for encoding in ("gzip", "identity")
    }
    assert len(tags) == 4


@pytest.mark.parametrize(
    ("asked", "accepts", "spoken"),
    [
        (None, None, "zh-CN"),
        (None, "en", "en"),
        (None, "en-GB,en;q=0.9,zh;q=0.8", "en"),
        (None, "zh-TW,zh;q=0.9,en;q=0.8", "zh-CN"),
        (None, "fr-FR,fr;q=0.9,en;q=0.5", "en"),
        (None, "fr, zh;q=0.2, en;q=0.1", "zh-CN"),
        (None, "en;q=0, fr", "zh-CN"),
        (None, "*", "zh-CN"),
        (None, ";;;,q=x,\t", "zh-CN"),
        ("zh", "en", "zh-CN"),
        ("en", "zh", "en"),
    ],
)
def test_the_language_is_the_one_named_else_the_browsers_else_chinese(
    client: TestClient, asked: str | None, accepts: str | None, spoken: str
) -> None:
    params = {"lang": asked} if asked else {}
    headers = {"accept-language": accepts} if accepts else {}
    answer = client.get("/maps/risk", params=params, headers=headers).raise_for_status()
    assert f'<html lang="{spoken}"' in answer.text
    assert "Accept-Language" in answer.headers["vary"]


@pytest.mark.parametrize("path", MAPS)
def test_a_file_stands_alone(client: TestClient, path: str) -> None:
    answer = client.get(path, params={"f": "file"}).raise_for_status()
    key = next(name for name, address in ADDRESSES.items() if address == path)
    assert answer.headers["content-disposition"] == f'attachment; filename="yixian-{key}.html"'
    assert not re.search(r'(?:src|href)="/', answer.text)
    assert _data(answer.text)["links"] == []
    assert "connect-src 'none'" in answer.text


def test_the_file_of_the_coverage_page_holds_its_clock(client: TestClient) -> None:
    clock = next(one for one in _data(client.get("/maps/coverage?f=file").text)["sections"] if one["type"] == "clock")
    assert (clock["href"], clock["data"] is None) == (None, False)


@pytest.mark.parametrize(("query", "said"), [("f=pdf", "html, json, file"), ("lang=fr", "zh, en"), ("at=x", "at")])
def test_what_there_is_not_gets_a_problem_that_teaches(client: TestClient, query: str, said: str) -> None:
    answer = client.get(f"/maps/risk?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert said in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/maps/coverage", "/maps/risk", "/maps/dispatch"])
def test_a_page_of_another_moment_says_so_and_leads_back(client: TestClient, path: str) -> None:
    at = (AS_OF - timedelta(hours=5)).isoformat()
    page = _data(client.get(path, params={"at": at, "lang": "en"}).raise_for_status().text)
    assert page["warnings"][0]["title"] == "Not the present"
    links = {link["key"]: link["href"] for link in page["links"]}
    assert "at=" in links["risk"]
    assert "at=" not in links["present"]
    assert links["present"].startswith(f"{path}?lang=en")
    now = {link["key"]: link["href"] for link in _data(client.get(path).text)["links"]}
    assert "present" not in now
    assert not [href for href in now.values() if "at=" in href]


@pytest.mark.parametrize("path", ["/assets/leaflet.js", "/assets/../pages.py", "/assets/", "/maps/blocks/x.json"])
def test_what_is_not_there_is_a_problem_and_no_file_of_the_disk(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "cache-control" not in answer.headers


def test_about_names_the_sources_and_the_licences(client: TestClient) -> None:
    page = _data(client.get("/about?lang=en").raise_for_status().text)
    works = next(one for one in page["sections"] if one["type"] == "works")["items"]
    assert {"BSD-2-Clause", "Beer-Ware", "BSD-3-Clause", "ISC", "MIT", "Apache-2.0"} == {
        one["licence"] for one in works
    }
    rows = [one for one in page["sections"] if one["type"] == "table"][1]["rows"]
    assert ["villages", "12", "100%", "test"] in [[name, *rest] for name, *rest in rows]


def test_a_page_is_made_once_for_all_who_ask_at_once() -> None:
    kept, made, start = Kept[int](4), [], Barrier(8)

    def make() -> int:
        made.append(1)
        return 7

    found: list[int] = []

    def ask() -> None:
        start.wait()
        found.append(kept.get("page", make))

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, made) == ([7] * 8, [1])


def test_what_could_not_be_made_is_made_for_the_next_one() -> None:
    kept = Kept[int](4)

    def fail() -> int:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011  # the very error that the maker raises
        kept.get("page", fail)
    assert kept.get("page", lambda: 7) == 7


def test_the_blocks_asked_for_last_stay() -> None:
    blocks = [Block(f"{number}.json", bytes(10)) for number in range(4)]
    shelf = BlockShelf(most_bytes=30)
    shelf.put(blocks[:3])
    assert shelf.get("0.json") is blocks[0]
    shelf.put(blocks[3:])
    assert [shelf.get(block.name) is not None for block in blocks] == [True, False, True, True]
    assert shelf.bytes == 30


def test_a_page_that_is_kept_brings_its_blocks_back(services: Services) -> None:
    fresh = replace(services, pages=Kept(4), blocks=BlockShelf(most_bytes=1))
    with TestClient(create_app(fresh)) as client:
        client.get("/maps/risk").raise_for_status()
        fresh.blocks._most_bytes = 2**20
        address = next(iter(client.get("/maps/risk?f=json").json()["blocks"].values()))
        body = client.get(address, headers={"accept-encoding": "gzip"})
        assert body.headers["content-encoding"] == "gzip"
        assert json.loads(body.text)


@pytest.fixture
def small(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services)) as client:
        yield client


def test_a_page_is_sent_under_gzip_as_it_is_kept(small: TestClient) -> None:
    with small.stream("GET", "/maps/risk", headers={"accept-encoding": "gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert gzip.decompress(b"".join(answer.iter_raw())).startswith(b"<!DOCTYPE html>")
