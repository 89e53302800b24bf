"""Open pages of a running service: what is recorded reaches them, what the reader did stays, and a loss is seen."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from api.identity.tokens import add_token
from geo.terms import Role
from tests.county import AS_OF, SmallCounty
from tests.geo.test_store import put
from tests.serving import Server, serving

CHANNEL, OWN_STATE = "**/v1/live?*", "**/maps/coverage?*f=json*"
STAY = {"team_id": "T03", "member_id": "T03-1", "village_code": "431381001200", "night": "2022-12-21"}
OTHER_STAY = {**STAY, "night": "2022-12-22"}
FIRE = {"incident_id": "I9", "kind": "open_fire", "lon": 111.405, "lat": 27.675, "at": "2022-12-23T09:30:00+08:00"}
BAR = {
    "closure_id": "K9",
    "cause": "landslide",
    "effect": "closed",
    "vehicles": "all",
    "shape": {"type": "LineString", "coordinates": [[111.423, 27.66], [111.423, 27.68]]},
    "at": "2022-12-23T09:00:00+08:00",
}


@dataclass
class Visit:
    """An open page, what it asked for, and what it complained of."""

    page: Any
    address: str
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def state(self, wanted: str) -> None:
        self.page.wait_for_selector(f'html[data-live="{wanted}"]', state="attached")

    def until(self, script: str, arg: Any = None) -> None:
        self.page.wait_for_function(script, arg=arg)

    def mark(self) -> str:
        mark: str = self.page.evaluate("yixian.page.live.mark")
        return mark

    def renewed_to(self, sequence: int) -> None:
        self.until("(sequence) => yixian.page.live.mark.startsWith(sequence + '.')", sequence)


@pytest.fixture
def folder(at_rest: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(at_rest, tmp_path / "county"))


@pytest.fixture
def token(folder: Path) -> str:
    return add_token(folder, "hq", Role.HQ, "431381", now=AS_OF, days=0)


@pytest.fixture
def server(folder: Path, token: str) -> Iterator[Server]:
    with serving(folder) as made:
        yield made


@pytest.fixture
def record(server: Server, token: str) -> Callable[[str, object], int]:
    """Record something over HTTP; the sequence it got."""

    def recorder(door: str, body: object) -> int:
        return int(server.post(door, body, token)["sequences"][-1])

    return recorder


@pytest.fixture
def visit(chromium: Any, token: str) -> Iterator[Callable[..., Visit]]:
    """Go to a page of a service; at the end it asked nobody else, and complained of nothing but refused connections."""
    contexts, visits = [], []

    def goer(
        address: str,
        *,
        width: int = 1440,
        height: int = 900,
        live: str = "live",
        channel: Any = None,
        clock: bool = False,
    ) -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            has_touch=width < 700,
            extra_http_headers={"Authorization": f"Bearer {token}"},
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        if channel is not None:
            context.route(CHANNEL, channel)
        made = Visit(context.new_page(), address)
        visits.append(made)
        if clock:
            made.page.clock.install()
        made.page.on("request", lambda one: made.requests.append(one.url))
        made.page.on("console", lambda message: made.errors.append(message.text))
        made.page.on("pageerror", lambda error: made.errors.append(str(error)))
        made.page.goto(address)
        made.page.wait_for_selector("html[data-ready]", state="attached")
        made.page.evaluate("window.isTheSame = true")
        made.state(live)
        made.page.wait_for_selector("[aria-busy]", state="detached")
        return made

    yield goer
    same = [one.page.evaluate("window.isTheSame") for one in visits]
    beyond = [url for one in visits for url in one.requests if urlsplit(url)[:2] != urlsplit(one.address)[:2]]
    complaints = [error for one in visits for error in one.errors if "Failed to load resource" not in error]
    for context in contexts:
        context.close()
    assert ([True] * len(visits), [], []) == (same, beyond, complaints)


def style_of(there: Visit, code: str) -> Any:
    return there.page.evaluate(
        "(code) => yixian.layers['layer-villages'].byId.get(code).feature.properties.style", code
    )


# --- what is recorded ---


def test_a_stay_reaches_the_map_and_the_panel_and_all_that_the_reader_did_stays(
    server: Server, record: Callable[[str, object], int], visit: Callable[..., Visit]
) -> None:
    there = visit(f"{server.address}/maps/coverage?lang=en")
    page = there.page
    page.evaluate("yixian.map.setView([27.66, 111.44], 13.2, {animate: false})")
    page.locator(".leaflet-control-layers-overlays input").last.uncheck()
    shown = page.locator(".leaflet-control-layers-overlays input:checked").count()
    page.fill("#find", "村0012")
    page.evaluate(
        """() => {
          for (const one of document.querySelectorAll('.panel-body details')) one.open = true;
          const area = yixian.layers['layer-villages'].byId.get('431381001200');
          area.openPopup(L.latLng(area.about.at));
          document.getElementById('find').scrollIntoView();
          document.getElementById('find').focus({preventScroll: true});
        }"""
    )
    page.wait_for_timeout(400)
    card = page.inner_text(".leaflet-popup .card .badge")
    figure = page.inner_text(".summary")
    seen = "[yixian.map.getZoom(), yixian.map.getCenter().lat, yixian.map.getCenter().lng]"
    view = page.evaluate(seen)
    top = page.locator("#find").bounding_box()["y"]
    assert "state-curable" == style_of(there, STAY["village_code"])
    record("stays", STAY)
    there.renewed_to(record("stays", OTHER_STAY))

    assert "state-met" == style_of(there, STAY["village_code"])
    assert card != page.inner_text(".leaflet-popup .card .badge")
    assert figure != page.inner_text(".summary")
    assert view == page.evaluate(seen)
    assert shown == page.locator(".leaflet-control-layers-overlays input:checked").count()
    assert "村0012" == page.input_value("#find")
    assert page.evaluate("document.activeElement.id") == "find"
    assert page.evaluate("[...document.querySelectorAll('.panel-body details')].every((one) => one.open)")
    assert top == pytest.approx(page.locator("#find").bounding_box()["y"], abs=3)


def test_only_what_changed_is_fetched_and_made_anew(
    server: Server, record: Callable[[str, object], int], visit: Callable[..., Visit]
) -> None:
    there = visit(f"{server.address}/maps/coverage?lang=zh")
    page = there.page
    page.evaluate(
        """() => {
          window.roads = yixian.layers['layer-roads'].shown;
          window.villages = yixian.layers['layer-villages'].shown;
          window.find = document.querySelector('.panel-body .find');
        }"""
    )
    there.requests.clear()
    there.renewed_to(record("stays", STAY))
    blocks = [url for url in there.requests if "/maps/blocks/" in url]
    assert 1 == len(blocks)
    assert [True, False, True] == page.evaluate(
        """[window.roads === yixian.layers['layer-roads'].shown,
            window.villages === yixian.layers['layer-villages'].shown, window.find.isConnected]"""
    )
    page.evaluate("document.querySelectorAll('.leaflet-areas-pane svg').length === 1 || (() => { throw 'svg' })()")


def test_a_closure_brings_its_layer_and_its_toggle_and_takes_them_along(
    server: Server, record: Callable[[str, object], int], visit: Callable[..., Visit]
) -> None:
    there = visit(f"{server.address}/maps/dispatch?lang=en")
    page = there.page
    page.fill("#ask-lon", "111.41")
    before = page.evaluate("Object.keys(yixian.layers)")
    toggles = page.locator(".leaflet-control-layers-overlays label").all_inner_texts()
    there.renewed_to(record("closures", BAR))
    new = set(page.evaluate("Object.keys(yixian.layers)")) - set(before)
    assert new
    assert page.evaluate("(names) => names.every((name) => yixian.map.hasLayer(yixian.layers[name]))", list(new))
    assert set(toggles) < set(page.locator(".leaflet-control-layers-overlays label").all_inner_texts())
    assert "111.41" == page.input_value("#ask-lon")
    there.renewed_to(record("closures", {"event": "closure_lifted", "closure_id": "K9", "at": AS_OF.isoformat()}))
    assert not page.evaluate("(names) => names.some((name) => yixian.map.hasLayer(yixian.layers[name]))", list(new))
    assert toggles == page.locator(".leaflet-control-layers-overlays label").all_inner_texts()
    there.renewed_to(record("closures", {**BAR, "closure_id": "K10"}))
    assert page.evaluate("(names) => names.every((name) => yixian.map.hasLayer(yixian.layers[name]))", list(new))


def test_an_incident_reaches_the_risk_page_on_a_phone(
    server: Server, record: Callable[[str, object], int], visit: Callable[..., Visit]
) -> None:
    there = visit(f"{server.address}/maps/risk?lang=zh", width=360, height=740)
    there.renewed_to(record("incidents", FIRE))
    assert there.page.evaluate("yixian.layers['layer-incidents'].byId.has('I9')")


def test_new_data_reach_the_page(
    server: Server, folder: Path, small_county: SmallCounty, visit: Callable[..., Visit]
) -> None:
    there = visit(f"{server.address}/maps/coverage?lang=zh")
    villages = small_county.layers["villages"]
    put(folder, "villages", villages.assign(name="${alert(1)}<img src=x onerror=alert(2)>"))
    there.until("() => yixian.layers['layer-villages'].byId.get('431381001200').about.card.t.startsWith('${alert')")
    there.page.evaluate("yixian.goTo(yixian.map, 'layer-villages', '431381001200')")
    there.page.wait_for_selector(".leaflet-popup .card h3")
    assert "${alert(1)}<img src=x onerror=alert(2)>" == there.page.inner_text(".leaflet-popup .card h3")


def test_a_page_that_shows_the_present_asks_for_itself_each_minute_and_another_moment_stays(
    server: Server, visit: Callable[..., Visit]
) -> None:
    there = visit(f"{server.address}/maps/coverage?lang=zh", clock=True)
    with there.page.expect_request(OWN_STATE):
        there.page.clock.fast_forward(70_000)
    past = visit(f"{server.address}/maps/coverage?lang=zh&at=2022-12-21T10:00", clock=True)
    past.page.clock.fast_forward(70_000)
    past.page.wait_for_timeout(300)
    assert not [url for url in past.requests if "f=json" in url]


def test_a_page_that_nobody_looks_at_holds_no_connection(server: Server, visit: Callable[..., Visit]) -> None:
    there = visit(f"{server.address}/maps/coverage?lang=zh")
    channel = server.app.state.channel
    hide = """(hidden) => {
      Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
      document.dispatchEvent(new Event('visibilitychange'));
    }"""
    there.page.evaluate(hide, True)
    until = time.monotonic() + 10
    while channel.listeners and time.monotonic() < until:
        there.page.wait_for_timeout(20)
    assert 0 == channel.listeners
    there.page.evaluate(hide, False)
    while not channel.listeners and time.monotonic() < until:
        there.page.wait_for_timeout(20)
    assert 1 == channel.listeners


# --- when the connection does not hold ---


def test_a_lost_connection_is_seen_and_found_again(
    folder: Path, token: str, visit: Callable[..., Visit], shoot: Callable[..., None]
) -> None:
    with serving(folder) as server:
        there = visit(f"{server.address}/maps/coverage?lang=en")
        assert "Live" == there.page.inner_text(".live").strip()
        shoot(there, "live-en")
    there.state("lost")
    assert "Connection lost since" in there.page.inner_text(".live")
    shoot(there, "live-lost-en")
    with serving(folder, port=server.port) as back:
        sequence = back.post("stays", STAY, token)["sequences"][-1]
        there.state("live")
        there.renewed_to(sequence)


def test_where_events_do_not_come_through_the_page_asks_and_goes_back_to_them(
    server: Server, record: Callable[[str, object], int], visit: Callable[..., Visit]
) -> None:
    there = visit(f"{server.address}/maps/coverage", live="asking", channel=lambda route: route.abort())
    there.renewed_to(record("stays", STAY))
    there.page.context.unroute(CHANNEL)
    there.state("live")


def test_a_page_that_cannot_be_fetched_is_told_as_lost_and_the_one_before_stays(
    server: Server, record: Callable[[str, object], int], visit: Callable[..., Visit]
) -> None:
    there = visit(f"{server.address}/maps/coverage?lang=zh")
    villages = there.page.locator(".leaflet-areas-pane path").count()
    there.page.context.route(OWN_STATE, lambda route: route.fulfill(status=500, body="{}"))
    written = record("stays", STAY)
    there.state("lost")
    assert villages == there.page.locator(".leaflet-areas-pane path").count()
    there.page.context.unroute(OWN_STATE)
    there.state("live")
    there.renewed_to(written)


GARBAGE = [
    "event: changed\ndata: {\n\n",
    "event: changed\ndata: null\n\n",
    "event: changed\ndata: []\n\n",
    'event: changed\ndata: {"sequence":"1","version":2,"rules":{}}\n\n',
    'event: changed\ndata: {"sequence":1e999}\n\n',
    'event: changed\nid: <img src=x onerror=alert(1)>\ndata: {"sequence":7,"version":"<b>","rules":"${alert(1)}"}\n\n',
    "event: toString\ndata: {}\n\n",
    "event: __proto__\ndata: {}\n\n",
    "data: half an event",
    "event: changed\ndata: " + "[" * 5000 + "\n\n",
    ": a comment\n\nretry: -1\nretry: 99999999999\nid: \x00\n\n",
    "event: changed\n" + "data: x\n" * 2000 + "\n",
    "\ufeff\x00\x1b garbage \n\n\n",
]


@pytest.mark.parametrize(
    "state", ["{", "null", "[]", '{"page":{}}', '{"page":{"sections":[]},"blocks":null}', "<html>"]
)
def test_a_garbled_state_changes_nothing(
    state: str, server: Server, record: Callable[[str, object], int], visit: Callable[..., Visit]
) -> None:
    there = visit(f"{server.address}/maps/coverage?lang=zh")
    before = there.page.inner_text("#panel")
    there.page.context.route(OWN_STATE, lambda route: route.fulfill(body=state))
    written = record("stays", STAY)
    there.state("reconnecting")
    assert before == there.page.inner_text("#panel")
    there.page.context.unroute(OWN_STATE)
    there.renewed_to(written)
    there.state("live")


def test_garbage_in_the_channel_is_survived(
    server: Server, record: Callable[[str, object], int], visit: Callable[..., Visit]
) -> None:
    sent = iter(GARBAGE)

    def garble(route: Any) -> None:
        told = next(sent, None)
        if told is None:
            route.continue_()
        else:
            route.fulfill(body=told, content_type="text/event-stream")

    there = visit(f"{server.address}/maps/coverage?lang=zh", channel=garble)
    assert next(sent, "all were sent") == "all were sent"
    there.renewed_to(record("stays", STAY))
