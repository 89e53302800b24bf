"""The console under a real server: what needs attention, the card of any place, another moment, and what goes wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from api.identity.tokens import add_token
from api.settings import SAMPLE_FOLDER
from geo import store
from geo.terms import Role
from tests.county import AS_OF, SmallCounty
from tests.serving import Server, serving

DOORS = re.compile(r"/v1/(attention|places|search)\b")
ORDER = {"order_id": "O1", "scope": ["431381"], "cause": "山火", "at": "2022-12-23T09:00:00"}
HOSTILE = [
    "${alert(1)}",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "'\"`);alert(1)//",
    "\u202egnp.exe\u202c",
    "村" * 10_000,
    "\U00020000\U0001f525",
]


@dataclass
class Visit:
    """The console in the browser, with what it asked for and what it complained of."""

    page: Any
    address: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def asked(self, path: str) -> Any:
        """What the service answers the page itself."""
        return self.page.evaluate("(path) => fetch(path).then((answer) => answer.json())", path)

    def text(self, selector: str) -> str:
        return str(self.page.inner_text(selector))

    def click_map(self, lon: float, lat: float) -> None:
        x, y = self.page.evaluate(
            "([lon, lat]) => { const at = yixian.map.latLngToContainerPoint([lat, lon]); return [at.x, at.y]; }",
            [lon, lat],
        )
        box = self.page.locator("#map-frame").bounding_box()
        self.page.mouse.click(box["x"] + x, box["y"] + y)

    def focused(self) -> str:
        return str(self.page.evaluate("document.activeElement.id || document.activeElement.className"))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(SAMPLE_FOLDER) as made:
        yield made


@pytest.fixture
def visit(chromium: Any, server: Server) -> Iterator[Callable[..., Visit]]:
    """Open the console; at the end it asked its own service alone, and complained of nothing but what was broken."""
    contexts, visits = [], []

    def goer(
        path: str = "/?lang=zh",
        *,
        at: Server = server,
        width: int = 1440,
        height: int = 900,
        answer: Callable[[Any], None] | None = None,
    ) -> Visit:
        signed_in = {"Authorization": f"Bearer {at.token}"} if at.token else {}
        context = chromium.new_context(
            viewport={"width": width, "height": height}, has_touch=width < 700, extra_http_headers=signed_in
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        made = Visit(context.new_page(), at.address)
        visits.append(made)
        if answer is not None:
            context.route(DOORS, answer)
        made.page.emulate_media(reduced_motion="reduce")
        made.page.add_init_script(
            "window.violations = [];"
            "addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));"
        )
        made.page.on("request", lambda one: made.requests.append(one.url))
        made.page.on("console", lambda message: made.complaints.append(message.text))
        made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
        made.page.on("dialog", lambda dialog: (made.complaints.append(dialog.message), dialog.dismiss()))
        made.page.goto(at.address + path)
        made.page.wait_for_selector("html[data-console]", state="attached")
        return made

    yield goer
    beyond = [url for one in visits for url in one.requests if not url.startswith((one.address, "data:"))]
    told = [text for one in visits for text in one.complaints if not text.startswith("Failed to load resource")]
    violations = [one.page.evaluate("window.violations") for one in visits]
    for context in contexts:
        context.close()
    assert ([], [], [[]] * len(visits)) == (beyond, told, violations)


def figures(there: Visit) -> list[str]:
    there.page.wait_for_selector(".tally-figures")
    found: list[str] = there.page.locator(".figure b").all_inner_texts()
    return found


# --- what needs attention ---


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_figures_are_those_of_the_service_and_every_layer_can_be_shown(
    visit: Callable[..., Visit], lang: str
) -> None:
    there = visit(f"/?lang={lang}")
    body = there.asked("/v1/attention")
    counts = body["counts"]
    wanted = [len(body["orders"]), counts["incidents"], counts["hazards"]]
    wanted += [counts["villages"]["lost"], counts["villages"]["curable"], counts["closures"]]
    assert [str(count) for count in wanted] == figures(there)
    assert not there.page.evaluate("document.body.classList.contains('emergency')")
    for box in there.page.locator(".leaflet-control-layers-overlays input").all():
        box.click()
        box.click()


def test_each_kind_of_entry_goes_to_its_place_and_opens_the_card(visit: Callable[..., Visit]) -> None:
    there = visit()
    figures(there)
    for kind in ("incidents", "hazards", "villages", "closures"):
        entry = there.page.locator(f"[data-group={kind}] .entry").first
        name = entry.locator("b").inner_text()
        entry.click()
        there.page.wait_for_selector(".place .arrival")
        if kind == "villages":
            assert name == there.text(".place h2")
        if kind in ("incidents", "closures"):
            assert name in there.text(".place .thing")
        middle = there.page.evaluate("[yixian.map.getCenter().lng, yixian.map.getCenter().lat]")
        marked = there.page.evaluate("location.hash.split('/').pop().split(',').map(Number)")
        assert middle == pytest.approx(marked, abs=2e-3)
        there.page.click(".close")
        assert "entry" in there.focused()


# --- the card of a place ---


def test_a_click_asks_who_is_first_there_and_one_button_draws_the_routes(visit: Callable[..., Visit]) -> None:
    there = visit()
    figures(there)
    there.click_map(111.487, 27.745)
    there.page.wait_for_selector(".place .arrival")
    lon, lat = there.page.evaluate("location.hash.split('/').pop().split(',')")
    nearest = there.asked(f"/v1/places?lon={lon}&lat={lat}&k=3")["nearest"]
    assert [team["name"] for team in nearest["teams"]] == there.page.locator(".who-name b").all_inner_texts()
    minutes = [-(-round(team["arrival_s"] * 1000) // 60_000) for team in nearest["teams"]]
    assert [f"{one} 分钟" for one in minutes] == there.page.locator(".arrives b").all_inner_texts()
    legs = [sum(int(text) for text in re.findall(r"\d+", row.replace("<1", "0"))) for row in rows(there, ".leg-words")]
    assert minutes == legs
    assert len(nearest["passed_over"]) == there.page.locator(".passed-over li").count()
    there.page.click(".ways")
    assert there.page.locator(".leaflet-routes-pane path").count() >= 3
    assert "true" == there.page.get_attribute(".ways", "aria-pressed")
    there.page.click(".ways")
    assert there.page.locator(".leaflet-routes-pane path").count() == 0


def rows(there: Visit, selector: str) -> list[str]:
    found: list[str] = there.page.locator(selector).all_inner_texts()
    return found


def test_reloading_and_the_other_language_keep_the_view_and_the_open_place(visit: Callable[..., Visit]) -> None:
    there = visit()
    there.click_map(111.487, 27.745)
    there.page.wait_for_selector(".place .arrival")
    name, hash_ = there.text(".place h2"), there.page.evaluate("location.hash")
    there.page.click(".link-lang")
    there.page.wait_for_selector("html[lang=en] .place .arrival")
    assert (name, hash_) == (there.text(".place h2"), there.page.evaluate("location.hash"))


def test_a_place_too_far_from_the_county_is_refused_in_words(visit: Callable[..., Visit]) -> None:
    there = visit("/?lang=en#map=9.0/27.70000/111.40000/113.500000,28.900000")
    there.page.wait_for_selector(".place .notice")
    assert "outside the county" in there.text(".place .notice")


# --- by keyboard only ---


def test_the_console_can_be_used_by_keyboard_alone(visit: Callable[..., Visit]) -> None:
    there = visit()
    figures(there)
    keys = there.page.keyboard
    keys.press("/")
    assert "search" == there.focused()
    keys.type("yqc")
    there.page.wait_for_selector(".hit >> nth=2")
    keys.press("ArrowDown")
    keys.press("ArrowUp")
    keys.press("ArrowDown")
    chosen = there.page.inner_text(".hit[aria-selected=true] b")
    keys.press("Enter")
    there.page.wait_for_selector(".place .arrival")
    assert chosen == there.text(".place h2")
    keys.press("Tab")
    assert "close" == there.focused()
    keys.press("Tab")
    assert "ways go" == there.focused()
    keys.press("Enter")
    assert there.page.locator(".leaflet-routes-pane path").count() >= 1
    keys.press("Escape")
    assert ("search", 0) == (there.focused(), there.page.locator(".place").count())
    for _ in range(40):
        keys.press("Tab")
        if there.focused().startswith("entry"):
            break
    keys.press("Enter")
    there.page.wait_for_selector(".place .arrival")
    keys.press("Escape")
    assert there.focused().startswith("entry")


def test_escape_empties_the_search_and_closes_its_list(visit: Callable[..., Visit]) -> None:
    there = visit()
    there.page.fill("#search", "431381106206")
    there.page.wait_for_selector(".hit")
    there.page.keyboard.press("Escape")
    assert ("", 0) == (there.page.input_value("#search"), there.page.locator(".hit").count())
    there.page.fill("#search", "没有这个地方")
    there.page.wait_for_selector(".said:has-text('没有这个地方')")


# --- which moment, which mode ---


def test_another_moment_is_unmistakable_and_one_click_leads_back(visit: Callable[..., Visit]) -> None:
    there = visit()
    figures(there)
    there.page.click(".pick")
    there.page.fill("#pick-time", "2022-12-20T21:00")
    there.page.keyboard.press("Enter")
    there.page.wait_for_selector("body.not-now .tally-figures")
    assert ("21:00", "所示不是现在") == (there.text(".clock-time"), there.text(".time-what"))
    assert "2022-12-20T21:00" in there.page.url.replace("%3A", ":")
    assert any("attention?at=2022-12-20T21%3A00%3A00%2B08%3A00" in url for url in there.requests)
    there.page.click(".back-to-now")
    there.page.wait_for_selector("body:not(.not-now) .tally-figures")
    assert "10:00" == there.text(".clock-time")


def test_an_order_turns_an_open_console_to_emergency_and_its_end_turns_it_back(
    visit: Callable[..., Visit], small_county: SmallCounty, tmp_path: Path
) -> None:
    store.write_county(tmp_path / "county", small_county.layers, present=AS_OF, source="test")
    token = add_token(tmp_path / "county", "hq", Role.HQ, "431381", now=AS_OF, days=0)
    with serving(tmp_path / "county") as own:
        own.token = token
        there = visit("/?lang=en", at=own)
        assert "Normal" == there.text(".mode-name")
        own.post("mobilisations", ORDER, token)
        there.page.wait_for_selector("body.emergency .order-card")
        assert "Emergency" == there.text(".mode-name")
        assert "1 h 0 min to the two-hour limit" == there.text(".mode-limit")
        assert there.page.title().startswith("▲ Emergency")
        own.post("mobilisations", {"event": "mobilisation_ended", "order_id": "O1", "at": "2022-12-23T09:30:00"}, token)
        there.page.wait_for_selector("body:not(.emergency) .mode.is-normal")
        there.page.goto("about:blank")


# --- what goes wrong ---


def test_a_list_that_does_not_come_says_so_and_comes_when_it_can(visit: Callable[..., Visit]) -> None:
    broken = [True]
    there = visit(answer=lambda route: route.abort() if broken[0] else route.continue_())
    there.page.wait_for_selector("#console-attention .failed")
    there.click_map(111.487, 27.745)
    there.page.wait_for_selector(".place .failed")
    broken[0] = False
    there.page.click(".place .again")
    there.page.wait_for_selector(".place .arrival")
    there.page.click(".close")
    there.page.click("#console-attention .again")
    there.page.wait_for_selector("[data-group=incidents]")
    broken[0] = True
    there.page.evaluate("document.dispatchEvent(new CustomEvent('yixian:changed'))")
    there.page.wait_for_selector("#console-attention .stale")
    assert there.page.locator("[data-group=incidents]").count() == 1


@pytest.mark.parametrize("answer", ["", "null", "[]", "{", "{}", '{"orders": 1}', '"text"'])
def test_an_answer_that_is_none_is_told_as_a_failure(visit: Callable[..., Visit], answer: str) -> None:
    there = visit(answer=lambda route: route.fulfill(body=answer, content_type="application/json"))
    there.page.wait_for_selector("#console-attention .failed")


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_in_every_field_are_shown_as_they_are(visit: Callable[..., Visit], hostile: str) -> None:
    def poisoned(route: Any) -> None:
        route.fulfill(json=poison(json.loads(route.fetch().body()), hostile))

    there = visit(answer=poisoned)
    figures(there)
    assert hostile == there.page.text_content("[data-group=villages] .entry b >> nth=0")
    there.page.fill("#search", "yqc")
    there.page.wait_for_selector(".hit")
    there.page.keyboard.press("Enter")
    there.page.wait_for_selector(".place .arrival")
    assert [hostile, hostile] == [there.page.text_content(one) for one in (".place h2", ".who-name b >> nth=0")]
    there.page.click(".ways")
    assert there.page.locator(".leaflet-routes-pane path").count() >= 1
    assert there.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


TEXTS = {
    "name",
    "summary",
    "village_name",
    "town_name",
    "cause",
    "unit",
    "detail",
    "incident_id",
    "closure_id",
    "reason",
}


def poison(value: Any, hostile: str) -> Any:
    """The answer with every free text in it replaced."""
    if isinstance(value, dict):
        return {
            key: hostile if key in TEXTS and isinstance(one, str) else poison(one, hostile)
            for key, one in value.items()
        }
    return [poison(one, hostile) for one in value] if isinstance(value, list) else value


# --- for whoever reads it ---


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1440, 900), (3840, 2160)])
def test_nothing_is_cut_off_from_phones_to_walls(visit: Callable[..., Visit], width: int, height: int) -> None:
    there = visit(width=width, height=height)
    figures(there)
    assert there.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    there.page.evaluate("yixian.map.fire('click', {latlng: L.latLng(27.745, 111.487)})")
    there.page.wait_for_selector(".place .arrival")
    assert there.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    wide = "[...document.querySelectorAll('.place *')].filter((one) => one.getBoundingClientRect().right > {0}).length"
    edge = "document.querySelector('#panel').getBoundingClientRect().right"
    assert there.page.evaluate(wide.format(edge)) == 0


def test_axe_finds_no_serious_fault(visit: Callable[..., Visit]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    there = visit()
    figures(there)
    there.page.locator("[data-group=incidents] .entry").first.click()
    there.page.wait_for_selector(".place .arrival")
    source = Path(axe.__file__).parent.joinpath("axe.min.js").read_text("utf-8")
    there.page.evaluate(f"() => {{ {source} }}")  # a script element is what the policy refuses
    found = there.page.evaluate("() => axe.run()")["violations"]
    grave = {
        one["id"]: [node["html"][:200] for node in one["nodes"]]
        for one in found
        if one["impact"] in ("serious", "critical")
    }
    assert {} == grave


def test_a_saved_console_says_that_it_is_one(open_page: Callable[..., Any], server: Server) -> None:
    with urlopen(f"{server.address}/?lang=zh&f=file", timeout=30) as answer:  # noqa: S310  # a server started here
        opened = open_page(answer.read())
    assert "保存的文件" in opened.page.inner_text("#console-attention")
