"""Names and phones: in no body for those who may not see them, in whatever form; for the others, on the record."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pyarrow.parquet as pq
import pytest

from api.access import NOBODY, SIGHTS, Actor, Sight
from api.audit import Audit
from api.ogc.models import ITEM_FORMS
from api.pages import ADDRESSES
from api.tables import FORMS as TABLE_FORMS
from geo.errors import JournalFullError
from geo.export import FORMS
from geo.terms import AccessAct, Role
from tests.api.test_rights import TABLE
from tests.county import SmallCounty
from tests.rights import ASKERS, COUNTY, TOWN, Asked, asked_by_all, write_marked

_MARK = re.compile(rb"MARK-OF-A-(MEMBER|PHONE|LEADER)-(\d*)")
_BLOCK = re.compile(r"/maps/blocks/[\w.-]+")
ASKED_FIRST_BY_HQ = ("hq", *(name for name in ASKERS if name != "hq"))
"""What was made for headquarters is kept by the time that others ask."""
UNLIKE = ("hq", "viewer", "planner", "station", "other")
"""Of each kind of right one, for the many forms."""
Mark = tuple[str, str]
"""What it is a mark of, and the code of the town or village."""


def parts_of(content: bytes) -> Iterator[bytes]:
    """An answer's bytes, and what is packed within."""
    yield content
    if content[:2] == b"PK":
        with ZipFile(BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from parts_of(archive.read(name))
    if content[:4] == b"PAR1":
        yield str(pq.read_table(BytesIO(content)).to_pylist()).encode()


def marks_in(answer: Any) -> set[Mark]:
    parts = (*parts_of(answer.content), str(answer.headers).encode())
    return {(kind.decode(), code.decode()) for part in parts for kind, code in _MARK.findall(part)}


def is_allowed(by: str, mark: Mark, address: str) -> bool:
    """By the matrix, written a second time: members and leaders of the own town, phones of the own area where asked."""
    right, (kind, code) = ASKERS[by], mark
    if right is None:
        return False
    role, area = right
    if kind == "PHONE":
        return "contacts" in address and Sight.CONTACTS in SIGHTS[role] and code.startswith(area)
    return Sight.NAMES in SIGHTS[role] and code.startswith(area[:9])


def forms_of(path: str, address: str, described: dict[str, Any]) -> Iterable[str]:
    """The forms in which a route may be asked for."""
    if path in ADDRESSES.values():
        return ("json", "file")
    if path.endswith("/items"):
        return ITEM_FORMS
    if path.startswith("/ogc"):
        return ("json", "html")
    if path == "/v1/export":
        return FORMS
    names = {one["name"] for one in described.get(path, {}).get("get", {}).get("parameters", ())}
    return TABLE_FORMS if "f" in names else ()


def addresses_of(path: str, described: dict[str, Any]) -> Iterator[str]:
    """The addresses that the table has of a route, in every form."""
    for address, _ in TABLE["GET", path]:
        yield address
        joint, plain = "&" if "?" in address else "?", re.sub(r"&f=\w+", "", address)
        for form in forms_of(path, address, described):
            yield f"{plain}{joint}f={form}"
            if form in ("csv", "geojson") and path in ("/v1/teams/{team_id}", "/v1/mobilisations/{order_id}"):
                yield f"{plain}{joint}f={form}&table=members"


@pytest.mark.parametrize("path", [path for method, path in TABLE if method == "GET" and path != "/v1/live"])
def test_names_and_phones_are_in_no_body_for_those_who_may_not_see_them(asked: Asked, path: str) -> None:
    plain = [address for address, _ in TABLE["GET", path]]
    for address in addresses_of(path, asked.app.openapi()["paths"]):
        for by in ASKED_FIRST_BY_HQ if address in plain else UNLIKE:
            answer = asked.of[by].get(address, follow_redirects=False)
            marks = marks_in(answer)
            for block in set(_BLOCK.findall(answer.text if "html" in answer.headers.get("content-type", "") else "")):
                marks |= marks_in(asked.of[by].get(block))
            wrong = sorted(mark for mark in marks if not is_allowed(by, mark, address))
            assert not wrong, f"{address} tells {by}: {wrong}"


@pytest.mark.parametrize("form", [*FORMS])
def test_every_form_of_a_file_tells_those_who_may_see_it(asked: Asked, form: str) -> None:
    """Or a search for what must not be there would find nothing because it looks wrongly."""
    layer, what = (
        ("stays", "MEMBER") if form in ("gpkg", "csv", "xlsx", "parquet", "geojsonseq") else ("teams", "PHONE")
    )
    named = "&contacts=true" if what == "PHONE" else ""
    for by in ("hq", "post"):
        marks = marks_in(asked.of[by].get(f"/v1/export?layers={layer}&f={form}{named}").raise_for_status())
        assert {what} == {kind for kind, _ in marks}
        assert by == "hq" or all(code.startswith(TOWN) for _, code in marks)


@pytest.mark.parametrize(
    ("address", "kind", "seen_by"),
    [
        ("/v1/events?limit=10000", "MEMBER", {"hq"}),
        ("/v1/mobilisations/O1", "MEMBER", {"hq", "post", "station"}),
        ("/v1/teams/T01", "MEMBER", {"hq", "post"}),
        ("/v1/coverage/leaders", "LEADER", {"hq", "post", "other"}),
        ("/maps/coverage?f=json", "LEADER", set()),
        ("/ogc/collections/stays/items?f=html", "MEMBER", {"hq"}),
    ],
)
def test_who_may_see_names_sees_them(asked: Asked, address: str, kind: str, seen_by: set[str]) -> None:
    found = {by for by in ASKERS if kind in {one for one, _ in marks_in(asked.of[by].get(address))}}
    assert seen_by == found


def test_contacts_are_given_only_on_the_record_and_kept_by_nobody(asked: Asked) -> None:
    told = asked.of["station"].get("/v1/contacts?team=T03")
    assert "no-store" == told.headers["cache-control"]
    assert {"leader_name", "leader_phone"} == told.json()["contacts"].keys()
    journal = asked.services.record.journal if asked.services.record else None
    assert journal is not None
    last = journal.read(journal.newest() - 1, limit=1)[0]
    assert ("station", AccessAct.EXPORTED, "teams/T03") == (last.actor, last.body.act, last.body.what)  # type: ignore[union-attr]  # it is a note


@pytest.mark.parametrize(
    "address",
    [
        "/v1/contacts?team=T03",
        "/v1/contacts?site=431381010001",
        "/v1/export?layers=teams&contacts=true",
        "/v1/layers/teams.geojson?contacts=true",
    ],
)
def test_contacts_that_cannot_be_recorded_are_not_given(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    def full(*_: object) -> None:
        raise JournalFullError(Path("journal.sqlite"), "no space")

    assert 200 == asked.of["hq"].get(address).status_code
    monkeypatch.setattr(Audit, "exported", full)
    refused = asked.of["hq"].get(address)
    assert 507 == refused.status_code
    assert set() == marks_in(refused)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/v1/contacts", 400),
        ("/v1/contacts?team=T03&site=431381010001", 400),
        ("/v1/contacts?team=none", 404),
        ("/v1/export?layers=villages&contacts=true", 400),
        ("/v1/export?contacts=true", 400),
        ("/v1/layers/villages.geojson?contacts=true", 400),
        ("/v1/layers/none.geojson?contacts=true", 404),
    ],
)
def test_a_question_for_contacts_that_has_no_answer_says_so(asked: Asked, address: str, status: int) -> None:
    assert status == asked.of["hq"].get(address).status_code


def test_rows_of_a_part_are_those_of_the_area_and_the_file_says_that_it_is_a_part(asked: Asked) -> None:
    rows = {by: asked.of[by].get("/v1/layers/stays.geojson").json()["features"] for by in ("hq", "post", "elsewhere")}
    own = [one for one in rows["hq"] if one["properties"]["village_code"].startswith(TOWN)]
    assert [own, []] == [rows["post"], rows["elsewhere"]]
    assert 0 < len(own) < len(rows["hq"])
    texts = {by: asked.of[by].get("/v1/export?layers=stays&f=csv").text for by in ("post", "other", "hq")}
    assert {"post": True, "hq": False} == {by: " part" in texts[by] for by in ("post", "hq")}
    assert texts["post"] != texts["other"]


def test_collections_that_one_may_not_see_are_neither_listed_nor_described(asked: Asked) -> None:
    def listed(by: str) -> set[str]:
        return {one["id"] for one in asked.of[by].get("/ogc/collections").json()["collections"]}

    hidden = {"stays", "leaders"}
    assert hidden == listed("hq") - listed("post") == listed("hq") - listed("planner")
    assert {*hidden, "teams", "reach"} == listed("hq") - listed("viewer")
    for by in ("hq", "viewer", "planner"):  # this is kept, for each by what it may see
        paths = asked.of[by].get("/ogc/api").json()["paths"]
        assert (by == "hq") == ("/collections/stays" in paths or "stays" in str(paths))
        assert listed(by) >= {one["name"] for one in asked.of[by].get("/v1/layers").json()["layers"]} - hidden


def test_a_viewers_search_finds_places_and_no_teams(asked: Asked) -> None:
    found = {by: asked.of[by].get("/v1/search?q=队").json() for by in ("viewer", "planner")}
    assert {"teams"} == {one["layer"] for one in found["planner"]["hits"]}
    assert (0, []) == (found["viewer"]["count"], found["viewer"]["hits"])


def test_the_page_of_one_reader_is_not_the_page_of_another(asked: Asked) -> None:
    hq, viewer = (asked.of[by].get("/maps/coverage?f=json") for by in ("hq", "viewer"))
    assert hq.headers["etag"] != viewer.headers["etag"]
    again = asked.of["viewer"].get("/maps/coverage?f=json", headers={"If-None-Match": hq.headers["etag"]})
    assert (200, viewer.content) == (again.status_code, again.content)


def test_what_is_caught_up_for_one_reader_is_not_handed_to_the_next(asked: Asked) -> None:
    hq = Actor("hq", Role.HQ, COUNTY)
    services = asked.services
    assert hq == services.seen_by(hq).caught_up().reader == services.seen_by(hq).as_of(services.now()).reader
    assert NOBODY is services.caught_up().reader
    assert services.seen_by(hq).caught_up() is services.seen_by(hq).caught_up()


def test_a_browser_that_shows_nothing_is_sent_to_sign_in_and_back(asked: Asked) -> None:
    html = {"Accept": "text/html,application/xhtml+xml"}
    sent = asked.of["nobody"].get("/maps/coverage?week=2022-W51", headers=html, follow_redirects=False)
    assert (303, "/sign-in?next=%2Fmaps%2Fcoverage%3Fweek%3D2022-W51") == (sent.status_code, sent.headers["location"])
    assert "no-store" == sent.headers["cache-control"]
    for answer in (
        asked.of["nobody"].get("/v1/layers", headers={"Accept": "application/json"}),
        asked.of["nobody"].post("/v1/leave", json={}, headers=html),
    ):
        assert 401 == answer.status_code


@pytest.mark.parametrize(("address", "status"), [("/about", 200), ("/health/live", 200), ("/v1/layers", 401)])
def test_a_token_that_does_not_hold_closes_only_what_needs_one(asked: Asked, address: str, status: int) -> None:
    answer = asked.of["nobody"].get(address, headers={"Authorization": "Bearer yx_guess"})
    assert status == answer.status_code


def test_where_the_operator_lets_everybody_see_what_viewers_see_nobody_sees_more(
    small_county: SmallCounty, tmp_path: Path
) -> None:
    write_marked(small_county, tmp_path / "county")
    with asked_by_all(tmp_path / "county", anonymous="viewer") as asked:
        for door in (("GET", "/v1/layers/{name}.geojson"), ("GET", "/v1/nearest"), ("GET", "/v1/attention")):
            for address, expected in TABLE[door]:
                status = expected["viewer"] if expected["viewer"] == 200 else 401
                assert status == asked.of["nobody"].get(address).status_code, address
        leave = {"team_id": "T03", "member_id": "M", "first_day": "2022-12-24", "last_day": "2022-12-25"}
        assert 401 == asked.of["nobody"].post("/v1/leave", json=leave).status_code
