"""The background: a PMTiles file, or a tile server that the page's policy names; neither by default."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from api.app import create_app
from api.backdrop import backdrop_of, credit_text
from api.settings import Settings
from api.wiring import open_services
from geo.errors import InputError, UnreadableFileError

CREDIT = "<a href='https://x.example' onclick='alert(1)'>&copy; Some</a> <b>People</b>"


def archive(path: Path, tiles: dict[tuple[int, int, int], bytes], kind: TileType, packed: Compression) -> Path:
    """A PMTiles file of `tiles` by zoom, column and row."""
    with path.open("wb") as file:
        writer = Writer(file)  # type: ignore[no-untyped-call]  # pmtiles is typed in part
        for address, content in sorted(tiles.items(), key=lambda item: zxy_to_tileid(*item[0])):
            writer.write_tile(zxy_to_tileid(*address), content)
        box = {f"{edge}_{axis}_e7": value for edge, value in (("min", 0), ("max", 1)) for axis in ("lon", "lat")}
        zooms = [zoom for zoom, _, _ in tiles]
        header = {"tile_type": kind, "tile_compression": packed, "min_zoom": min(zooms), "max_zoom": max(zooms), **box}
        writer.finalize({**header, "center_zoom": 0, "center_lon_e7": 0, "center_lat_e7": 0}, {"attribution": CREDIT})
    return path


@pytest.fixture
def serve() -> Iterator[Callable[..., TestClient]]:
    clients: list[TestClient] = []

    def opened(**settings: str) -> TestClient:
        clients.append(TestClient(create_app(open_services(Settings(**settings)))).__enter__())  # type: ignore[arg-type]  # texts
        return clients[-1]

    yield opened
    for client in clients:
        client.__exit__(None, None, None)


def png() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    size = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + size + chunk(b"IDAT", zlib.compress(b"\0abc")) + chunk(b"IEND", b"")


def test_without_the_setting_there_is_no_background(serve: Callable[..., TestClient]) -> None:
    client = serve()
    assert 404 == client.get("/background/1/0/0").status_code
    page = client.get("/maps/risk")
    assert "img-src 'self' data:;" in page.headers["content-security-policy"]
    assert "background/" not in page.text


def test_picture_tiles_leave_the_file_as_they_are(serve: Callable[..., TestClient], tmp_path: Path) -> None:
    path = archive(tmp_path / "a.pmtiles", {(1, 0, 0): png(), (2, 3, 1): png() + b"2"}, TileType.PNG, Compression.NONE)
    client = serve(background=str(path))
    answer = client.get("/background/2/3/1")
    assert (200, "image/png", png() + b"2") == (answer.status_code, answer.headers["content-type"], answer.content)
    assert 304 == client.get("/background/2/3/1", headers={"If-None-Match": answer.headers["etag"]}).status_code
    assert [204, 204, 204] == [client.get(f"/background/{at}").status_code for at in ("2/0/0", "9/0/0", "1/5/0")]
    page = client.get("/maps/risk?lang=en").text
    assert "/background/{z}/{x}/{y}?v=" in page.replace("\\u0026", "&")
    assert "© Some People" in page
    assert "onclick" not in page


def test_vector_tiles_are_sent_zipped_or_not(serve: Callable[..., TestClient], tmp_path: Path) -> None:
    tile = {(1, 0, 0): gzip.compress(b"tile", mtime=0)}
    client = serve(background=str(archive(tmp_path / "a.pmtiles", tile, TileType.MVT, Compression.GZIP)))
    zipped = client.get("/background/1/0/0")
    plain = client.get("/background/1/0/0", headers={"Accept-Encoding": "identity"})
    assert ("gzip", None) == (zipped.headers.get("content-encoding"), plain.headers.get("content-encoding"))
    assert b"tile" == zipped.content == plain.content
    assert zipped.headers["etag"] != plain.headers["etag"]
    page = client.get("/maps/risk").text
    assert "yixian.backdrop('layer-backdrop')" in page
    assert "vectorgrid-" in page


def test_a_tile_server_is_named_in_the_policy_and_nothing_else_is(serve: Callable[..., TestClient]) -> None:
    client = serve(background="https://tiles.example.org:8443/a/{z}/{x}/{y}.png", background_credit="<Tiles>")
    page = client.get("/maps/risk")
    policy = page.headers["content-security-policy"]
    assert "img-src 'self' data: https://tiles.example.org:8443;" in policy
    assert 1 == policy.count("https://")
    assert "yixian-backdrop" not in page.text
    assert 404 == client.get("/background/1/0/0").status_code


def test_a_page_in_a_file_has_no_background(serve: Callable[..., TestClient]) -> None:
    client = serve(background="https://tiles.example.org/{z}/{x}/{y}.png")
    assert "tiles.example.org" not in client.get("/maps/risk?f=file").text


@pytest.mark.parametrize(
    "setting",
    [
        "ftp://tiles.example.org/{z}/{x}/{y}.png",
        "https://tiles.example.org/{z}/{x}.png",
        "https://{s}.tiles.example.org/{z}/{x}/{y}.png",
        "https://tiles.example.org/{z}/{x}/{y}.png?key={key}",
        "https://user:secret@tiles.example.org/{z}/{x}/{y}.png",
        "https://tiles.example.org; script-src *//{z}/{x}/{y}.png",
        "https:///{z}/{x}/{y}.png",
    ],
)
def test_an_address_that_is_none_is_refused_in_words(setting: str) -> None:
    with pytest.raises(InputError, match=r"\.pmtiles file, or the address"):
        backdrop_of(setting, None)


@pytest.mark.parametrize("content", [b"", b"PMTiles", b"PMTiles\x03" + b"\xff" * 200, b"\x89PNG" * 100])
def test_a_file_that_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.pmtiles"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=r"a\.pmtiles"):
        backdrop_of(str(path), None)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"none\.pmtiles"):
        backdrop_of(str(tmp_path / "none.pmtiles"), None)


def test_tiles_under_an_unknown_compression_are_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.pmtiles", {(1, 0, 0): b"x"}, TileType.MVT, Compression.BROTLI)
    with pytest.raises(UnreadableFileError, match="BROTLI"):
        backdrop_of(str(path), None)


@pytest.mark.parametrize(
    ("expected", "markup"),
    [("", ""), ("© OpenStreetMap", "<a href='x'>&copy; OpenStreetMap</a>"), ("a b", "a<br>b"), ("x" * 300, "x" * 9999)],
)
def test_a_credit_is_words_and_no_markup(expected: str, markup: str) -> None:
    assert expected == credit_text(markup)
