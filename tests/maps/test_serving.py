"""Documents as they are served: small, under a strict policy, made of parts whose names stand for their bytes."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from maps import assets, licences, pages, text
from maps.pages.document import Document
from maps.pages.serving import ServedDocument, served
from maps.pages.shipped import asset, assets_by_name

County = Any  # the hand-made county of conftest.py


def _document(county: County, **options: Any) -> Document:
    return pages.coverage_document(county.atlas, county.board, county.coverage, **options)


def _html(page: ServedDocument) -> str:
    return gzip.decompress(page.html).decode()


def test_the_same_document_is_served_as_the_same_bytes(county: County) -> None:
    assert served(_document(county)) == served(_document(county))


def test_a_served_page_names_assets_that_there_are_and_nothing_else(county: County) -> None:
    html = _html(served(_document(county), root="/county/"))
    named = re.findall(r'(?:src|href)="([^"]*)"', html)
    own = [name for name in named if not name.startswith(("data:", "#"))]
    assert own
    assert {name.removeprefix("/county/assets/") for name in own} <= set(assets_by_name())


def test_the_policy_lets_run_what_is_ours_and_the_drawing_alone(county: County) -> None:
    page = served(_document(county))
    (script,) = re.findall(r"<script>(.*?)</script>", _html(page), re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}';" in page.policy
    assert "style-src 'self';" in page.policy
    assert "unsafe" not in page.policy
    assert "http" not in page.policy
    assert "default-src 'none'" in page.policy
    assert "frame-ancestors 'none'" in page.policy
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", _html(page))


def test_the_blocks_are_those_of_the_file_and_are_named_by_their_bytes(county: County) -> None:
    document = _document(county)
    page, data = served(document), json.loads(json.dumps(document.blocks))
    addresses = json.loads(gzip.decompress(page.data))["blocks"]
    by_name = {block.name: gzip.decompress(block.zipped) for block in page.blocks}
    assert {name: json.loads(by_name[address.rpartition("/")[2]]) for name, address in addresses.items()} == data
    for name, content in by_name.items():
        assert hashlib.sha256(content).hexdigest().startswith(name.removesuffix(".json"))


def test_what_an_open_page_is_told_is_what_a_new_one_holds(county: County) -> None:
    page = served(_document(county))
    held = dict(re.findall(r'<script type="application/json" id="([a-z-]+)">(.*?)</script>', _html(page), re.DOTALL))
    told = json.loads(gzip.decompress(page.data))
    assert (json.loads(held["page-data"]), json.loads(held["page-blocks"])) == (told["page"], told["blocks"])


def test_a_hostile_name_stands_in_data_only_in_the_served_page_too(hostile_county: County, hostile_name: str) -> None:
    html = _html(served(_document(hostile_county)))
    rest = re.sub(r'<script type="application/json".*?</script>|<title>.*?</title>', "", html, flags=re.DOTALL)
    assert "alert(" not in rest
    assert text.markup_text(hostile_name) in html


def test_hosts_of_pictures_are_named_in_the_policy_and_only_there(county: County) -> None:
    document = _document(county)
    hosted = replace(document, outfit=replace(document.outfit, image_hosts=("https://tiles.example.org",)))
    assert "img-src 'self' data: https://tiles.example.org;" in served(hosted).policy
    assert "img-src 'self' data:;" in served(document).policy


@pytest.mark.parametrize("name", sorted(assets_by_name()))
def test_the_name_of_an_asset_holds_the_hash_of_its_bytes(name: str) -> None:
    found = assets_by_name()[name]
    assert hashlib.sha256(found.content).hexdigest()[:12] == Path(name).stem.rpartition("-")[2]
    assert gzip.decompress(found.zipped) == found.content


def test_a_module_names_what_it_imports_by_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "a/one.js": 'import "./two.js";\nimport {\n  three,\n} from "../three.js";\nexport const x = "./two.js";',
        "a/two.js": "export const two = 2;",
        "three.js": 'export { two as three } from "./a/two.js";',
    }
    monkeypatch.setattr(assets, "own_text", files.__getitem__)
    asset.cache_clear()
    try:
        one, two, three = (asset(name) for name in files)
        imported = re.findall(r'(?:import|from) "([^"]*)"', one.content.decode())
        assert imported == [f"./{two.name.removeprefix('a/')}", f"../{three.name}"]
        assert f'from "./{two.name}"' in three.content.decode()
        assert 'x = "./two.js"' in one.content.decode()
    finally:
        asset.cache_clear()


def test_every_pinned_asset_has_its_licence_and_every_licence_its_text() -> None:
    licensed = {work.url for work in licences.WORKS}
    assert {url for url in assets.PINNED_SHA256 if url.endswith(".js")} <= licensed
    for work in licences.WORKS:
        assert work.copyright in work.terms
        assert len(work.terms) > len(work.copyright) + 100


def test_a_page_of_another_time_says_so_first(county: County) -> None:
    content = _document(county).of_another_time(county.at).content
    assert content["warnings"][0]["title"] == "所示并非现在"
    assert "12月25日 12:00" in content["warnings"][0]["body"]
