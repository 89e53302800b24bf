"""OGC API Features and exports of a layer of 100,000 polygons over HTTP, beside pygeoapi and tipg. For `make bench`.

The peers run under uvicorn as Yixian does, on PostGIS of Debian (postgresql-15-postgis-3): pygeoapi in the Python that
YIXIAN_PYGEOAPI names (it needs pygeoapi, starlette, uvicorn, psycopg2 and geoalchemy2), tipg in that of YIXIAN_TIPG
(tipg and uvicorn). Figures are printed beside their bars, never asserted; that all give the same features is.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

import geopandas
import orjson
import pytest
import shapely

from geo import crs, store
from tests.bench.harness import medians, report
from tests.bench.servers import POSTGRES, ROOT, Process, postgis, serving
from tests.bench.woods import POLYGONS, boxes, triangles, woods
from tests.county import AS_OF

pytestmark = pytest.mark.skipif(not os.environ.get("YIXIAN_BENCH"), reason="a bench: run `make bench`")

PYTHONS = {"pygeoapi": os.environ.get("YIXIAN_PYGEOAPI"), "tipg": os.environ.get("YIXIAN_TIPG")}
FEATURES_MS, BOX_MS, FILTER_MS, WHOLE_MB_S, KEPT_MB_S, EXTRA_MB = 10, 3, 30, 80, 250, 100
PEER_TIMES = 20
PAGE = 10_000
YIXIAN, PYGEOAPI, TIPG = "Yixian", "pygeoapi on PostGIS", "tipg on PostGIS"


@dataclass
class Service:
    """A server of the woods: its items' path, how it spells a spatial filter, and an open connection."""

    process: Process
    items: str
    intersects: str
    client: HTTPConnection

    def get(self, path: str) -> bytes:
        """What is answered to a path, uncompressed."""
        self.client.request("GET", path)
        answer = self.client.getresponse()
        content = answer.read()
        assert 200 == answer.status, content[:1000]
        return content

    def page(self, question: str) -> Any:
        """The page that is answered to a question."""
        return orjson.loads(self.get(self.items + question))

    def within(self, area: str) -> str:
        """The question for ten features that meet an area."""
        return f"limit=10&filter={quote(self.intersects.format(area))}"


@pytest.fixture(scope="module")
def frame() -> geopandas.GeoDataFrame:
    return woods()


@pytest.fixture
def yixian(frame: geopandas.GeoDataFrame, tmp_path: Path) -> Iterator[Service]:
    """A service that nobody has asked anything yet."""
    manifest = store.begin_county(tmp_path, ROOT / "data" / "sample")
    store.replace_layer(tmp_path, manifest, "woodland", frame, date=AS_OF, source="bench", given_crs=crs.WGS84)
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data", str(tmp_path)]
    with serving(command) as process, closing(process.client()) as client:
        yield Service(process, "/ogc/collections/woodland/items?", "S_INTERSECTS(geometry,{})", client)


@pytest.fixture(scope="module")
def peers(frame: geopandas.GeoDataFrame, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Service]]:
    """Those that are here."""
    for name, python in PYTHONS.items():
        if python is None:
            print(f"\n{name} is not here: YIXIAN_{name.upper()} names a Python that has it")
    if POSTGRES is None or not any(PYTHONS.values()):
        print("\nno peer: PostGIS is needed too")
        yield {}
        return
    room = tmp_path_factory.mktemp("pygeoapi")
    (room / "openapi.json").write_text('{"openapi": "3.0.2", "info": {}, "paths": {}}')  # nobody asks for it here
    found: dict[str, Service] = {}
    with ExitStack() as running:
        port = running.enter_context(postgis(_table(frame)))
        (room / "config.json").write_text(json.dumps(_configured(port)))
        pygeoapi = {"PYGEOAPI_CONFIG": str(room / "config.json"), "PYGEOAPI_OPENAPI": str(room / "openapi.json")}
        tipg = {"DATABASE_URL": f"postgresql://postgres:none@127.0.0.1:{port}/postgres"}
        for name, python, app, around, items, intersects in (
            (PYGEOAPI, PYTHONS["pygeoapi"], "pygeoapi.starlette_app:APP", pygeoapi,
             "/collections/woodland/items?f=json&", "INTERSECTS(geom,{})"),
            (TIPG, PYTHONS["tipg"], "tipg.main:app", tipg,
             "/collections/public.woodland/items?f=geojson&", "S_INTERSECTS(geom,{})"),
        ):  # fmt: skip
            if python is not None:
                command = [python, "-m", "uvicorn", app, "--port", "0", "--no-access-log"]
                process = running.enter_context(serving(command, around))
                client = running.enter_context(closing(process.client()))
                found[name] = Service(process, items, intersects, client)
        yield found


def test_pages_boxes_and_filters(yixian: Service, peers: dict[str, Service]) -> None:
    services = {YIXIAN: yixian} | peers
    around = [f"limit=1000&bbox={','.join(map(str, box))}" for box in boxes(25)]
    areas = triangles(25)
    thousand = "limit=1000"
    for mine, theirs in (
        (yixian.page(question), other.page(asked))
        for other in peers.values()
        for question, asked in (
            (thousand, thousand),
            (around[0], around[0]),
            (yixian.within(areas[0]), other.within(areas[0])),
        )
    ):
        assert [mine["numberMatched"], _ids(mine)] == [theirs["numberMatched"], _ids(theirs)]
    pages = medians(
        {name: lambda _, one=one: one.get(one.items + thousand) for name, one in services.items()}, range(25)
    )
    report(f"1,000 of {POLYGONS:,} features", pages, unit="ms", bar=FEATURES_MS,
           notes={PYGEOAPI: f"bar {PEER_TIMES} times"})  # fmt: skip
    found = medians({name: lambda box, one=one: one.get(one.items + box) for name, one in services.items()}, around)
    report("a box of about 100", found, unit="ms", bar=BOX_MS)
    asked = {name: lambda area, one=one: one.get(one.items + one.within(area)) for name, one in services.items()}
    report(f"a spatial filter over {POLYGONS:,}, ten of what it finds", medians(asked, areas), unit="ms", bar=FILTER_MS)


def test_the_whole_layer_page_by_page(yixian: Service, peers: dict[str, Service]) -> None:
    yixian.get("/ogc/collections/villages/items?limit=10")  # opened and compiled; the woods have not been asked for
    first = _paged(yixian)
    again = [_paged(yixian) for _ in range(3)][-1]
    assert [POLYGONS, POLYGONS] == [first.features, again.features]
    print(f"\nthe whole layer in pages of {PAGE:,}, {first.megabytes:,.0f} MB")
    for name, peer in peers.items():
        print(f"  {name} {_page_rate(peer):.1f} MB/s for one such page")
    print(f"  for the first time {first.shown(WHOLE_MB_S)}, {first.extra_mb:,.0f} MB of memory (bar {EXTRA_MB})")
    print(f"  again              {again.shown(KEPT_MB_S)}, {again.extra_mb:,.0f} MB of memory (bar {EXTRA_MB})")


@pytest.mark.parametrize("form", ["geojson", "geojsonseq"])
def test_the_whole_layer_as_a_file(yixian: Service, form: str) -> None:
    path = "/v1/export?layers={}&f=" + form
    yixian.get(path.format("villages"))
    first, again = (_exported(yixian, path.format("woodland")) for _ in range(2))
    assert first.features == again.features >= POLYGONS
    print(f"\nthe whole layer as {form}, {first.megabytes:,.0f} MB")
    print(f"  for the first time {first.shown(WHOLE_MB_S)}, {first.extra_mb:,.0f} MB of memory (bar {EXTRA_MB})")
    print(f"  again              {again.shown(KEPT_MB_S)}, {again.extra_mb:,.0f} MB of memory (bar {EXTRA_MB})")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole layer as it came: how many features, how much text, how long it took, and what memory the server took."""

    features: int
    megabytes: float
    seconds: float
    extra_mb: float

    def shown(self, bar: int) -> str:
        """The rate beside its bar."""
        return f"{self.megabytes / self.seconds:8,.0f} MB/s  bar {bar} MB/s"


def _paged(service: Service) -> Fetched:
    """Every page, each found by the link of the one before."""
    held_mb = service.process.memory_mb("VmRSS")
    service.process.forget_peak()
    question: str | None = f"{service.items}limit={PAGE}"
    features, size, taken_s = 0, 0, 0.0
    while question is not None:
        begin = time.perf_counter()
        content = service.get(question)
        taken_s += time.perf_counter() - begin
        page = orjson.loads(content)
        features, size = features + page["numberReturned"], size + len(content)
        links = {link["rel"]: link["href"] for link in page["links"]}
        question = links["next"].removeprefix(service.process.address) if "next" in links else None
    return Fetched(features, size / 1e6, taken_s, service.process.memory_mb("VmHWM") - held_mb)


def _exported(service: Service, path: str) -> Fetched:
    held_mb = service.process.memory_mb("VmRSS")
    service.process.forget_peak()
    begin = time.perf_counter()
    content = service.get(path)
    taken_s = time.perf_counter() - begin
    extra_mb = service.process.memory_mb("VmHWM") - held_mb
    return Fetched(content.count(b'{"type":"Feature",'), len(content) / 1e6, taken_s, extra_mb)


def _page_rate(service: Service) -> float:
    """Megabytes a second of one large page."""
    service.client.close()  # uvicorn has closed it after five idle seconds; the next question opens another
    begin = time.perf_counter()
    content = service.get(f"{service.items}limit={PAGE}")
    return len(content) / 1e6 / (time.perf_counter() - begin)


def _ids(page: Any) -> list[str]:
    return sorted(one["id"] for one in page["features"])


def _table(frame: geopandas.GeoDataFrame) -> str:
    shapes = shapely.to_wkb(shapely.set_srid(frame.geometry.values, 4326), hex=True, include_srid=True).tolist()
    rows = zip(frame["woodland_id"], frame["name"], shapes, strict=True)
    return "\n".join(
        [
            "CREATE EXTENSION postgis;",
            "CREATE TABLE woodland (woodland_id text PRIMARY KEY, name text, synthetic boolean DEFAULT true,",
            "  geom geometry(Polygon, 4326));",
            "COPY woodland (woodland_id, name, geom) FROM stdin;",
            *("\t".join(row) for row in rows),
            "\\.",
            "CREATE INDEX ON woodland USING gist (geom);",
            "VACUUM ANALYZE woodland;",
        ]
    )


def _configured(port: str) -> dict[str, Any]:
    """pygeoapi's configuration: one collection, and of everything else what it insists on."""
    told = {"en": "woods"}
    database = {"host": "127.0.0.1", "port": port, "dbname": "postgres", "user": "postgres", "password": "none"}
    provider = {
        "type": "feature",
        "name": "PostgreSQL",
        "data": {**database, "search_path": ["public"]},
        "id_field": "woodland_id",
        "table": "woodland",
        "geom_field": "geom",
    }
    collection = {
        "type": "collection",
        "title": told,
        "description": told,
        "keywords": {"en": ["woods"]},
        "links": [],
        "extents": {"spatial": {"bbox": [111.3, 27.52, 111.6, 27.82]}},
        "providers": [provider],
    }
    server = {
        "bind": {"host": "127.0.0.1", "port": 0},
        "url": "http://127.0.0.1",
        "mimetype": "application/json; charset=UTF-8",
        "encoding": "utf-8",
        "languages": ["en-US"],
        "limits": {"default_items": 10, "max_items": PAGE},
        "map": {"url": "", "attribution": ""},
    }
    about = {"title": told, "description": told, "keywords": {"en": ["woods"]}, "terms_of_service": "", "url": ""}
    metadata = {"identification": about, "license": {"name": ""}, "provider": {"name": ""}, "contact": {"name": ""}}
    return {
        "server": server,
        "logging": {"level": "ERROR"},
        "metadata": metadata,
        "resources": {"woodland": collection},
    }
