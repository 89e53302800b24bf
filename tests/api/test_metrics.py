"""The figures for Prometheus: by route and never by address, of one application, or of all workers together."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families
from starlette.routing import Route

from api.access import LOCAL
from api.app import Application, create_app
from api.drafts import drafts_of
from api.figures import QUESTIONS
from api.gate.metrics import BUCKETS_S, Figures, Requests, Shared, Tally, by_class, of_questions
from api.gate.seen import Seen
from api.identity.tokens import add_token
from api.settings import Settings, clock
from api.wiring import Services, open_services
from geo.terms import Role
from tests.county import AS_OF

PLACE = "lon=111.405&lat=27.675"
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def services(at_rest: Path, tmp_path: Path) -> Iterator[Services]:
    made = open_services(Settings(data=Path(shutil.copytree(at_rest, tmp_path / "county"))))
    yield made
    made.close()


@pytest.fixture
def app(services: Services) -> Application:
    return create_app(services)


@pytest.fixture
def client(app: Application) -> TestClient:
    return TestClient(app, raise_server_exceptions=False)


def samples(client: TestClient, **headers: str) -> Samples:
    """Every sample of the figures, read by Prometheus' own parser."""
    answer = client.get("/metrics", headers=headers).raise_for_status()
    assert "text/plain; version=0.0.4; charset=utf-8" == answer.headers["content-type"]
    return {
        (one.name, frozenset(one.labels.items())): one.value
        for family in text_string_to_metric_families(answer.text)
        for one in family.samples
    }


def of(found: Samples, name: str, **labels: str) -> float | None:
    return found.get((name, frozenset(labels.items())))


def test_requests_are_counted_by_route_method_and_class_of_status(client: TestClient) -> None:
    for path in (f"/v1/nearest?{PLACE}", f"/v1/nearest?{PLACE}&k=2", "/v1/nearest", "/v1/layers/villages.geojson"):
        client.get(path)
    client.get("/ogc/collections/villages/items?limit=1")
    client.post("/v1/nearest?k=1", json={})
    found = samples(client)
    counted = {
        tuple(dict(labels)[name] for name in ("route", "method", "status")): value
        for (name, labels), value in found.items()
        if name == "yixian_request_seconds_count"
    }
    assert {
        ("/v1/nearest", "GET", "2xx"): 2,
        ("/v1/nearest", "GET", "4xx"): 1,
        ("/v1/nearest", "POST", "4xx"): 1,
        ("/v1/layers/{name}.geojson", "GET", "2xx"): 1,
        ("/ogc/collections/{collection}/items", "GET", "2xx"): 1,
    } == counted
    assert 2 == of(found, "yixian_question_seconds_count", question="nearest")
    assert 1 == of(found, "yixian_question_seconds_count", question="features")


def test_whatever_a_client_sends_adds_no_label(client: TestClient) -> None:
    """Each name of a metric and its labels is kept for ever, here and in Prometheus."""
    for number in range(20):
        client.get(f"/nowhere/{number}")
        client.get(f"/v1/layers/nothing-{number}.geojson")
        client.request(f"X{number}", "/v1/nearest")
    found = samples(client)
    routes = {dict(labels)["route"] for name, labels in found if name == "yixian_request_seconds_count"}
    methods = {dict(labels)["method"] for name, labels in found if name == "yixian_request_seconds_count"}
    assert (routes, methods) == ({"none", "/v1/layers/{name}.geojson", "/v1/nearest"}, {"GET", "other"})


def test_only_the_operator_sees_the_figures(services: Services, client: TestClient) -> None:
    secret = add_token(services.folder, "hq", Role.HQ, "431381", now=clock())
    viewer = add_token(services.folder, "viewer", Role.VIEWER, "431381", now=clock())
    assert (401, 403) == (
        client.get("/metrics").status_code,
        client.get("/metrics", headers={"Authorization": f"Bearer {viewer}"}).status_code,
    )
    assert samples(client, Authorization=f"Bearer {secret}")


def test_what_is_kept_is_counted_across_versions_of_the_record(services: Services, client: TestClient) -> None:
    for _ in range(3):
        client.get("/maps/risk")
    found = samples(client)
    hits, misses = "yixian_cache_hits_total", "yixian_cache_misses_total"
    assert (2, 1) == (of(found, hits, kept="pages"), of(found, misses, kept="pages"))
    leave = {"team_id": "T03", "member_id": "M1", "first_day": "2022-12-24", "last_day": "2022-12-25"}
    services.write(LOCAL, drafts_of("leave", leave, now=AS_OF))
    client.get("/maps/risk")
    assert 2 == of(samples(client), misses, kept="pages")
    for _ in range(2):
        client.get("/v1/export?layers=towns&f=geojson")
        client.get("/tiles/villages/9/413/215.pbf")
    found = samples(client)
    for kept in ("exports", "tiles"):
        assert (1, 1) == (of(found, hits, kept=kept), of(found, misses, kept=kept))


def test_what_is_recorded_is_counted_once(services: Services, client: TestClient) -> None:
    leave = {"team_id": "T03", "member_id": "M1", "first_day": "2022-12-24", "last_day": "2022-12-25"}
    first = services.write(LOCAL, drafts_of("leave", leave, now=AS_OF), key="k")
    assert services.write(LOCAL, drafts_of("leave", leave, now=AS_OF), key="k").repeated
    client.get("/health/ready")
    found = samples(client)
    assert first.last == of(found, "yixian_journal_sequence") == of(found, "yixian_journal_appended_events_total")
    assert 2 == of(found, "yixian_journal_appends_total")  # the folder's live layers, and the leave
    assert (1, 0) == (of(found, "yixian_journal_writable"), of(found, "yixian_journal_lag_events"))
    assert 0 < (of(found, "yixian_journal_commit_seconds_total") or 0)


def test_versions_disk_calendar_and_memory_are_told(services: Services, client: TestClient) -> None:
    found, process = samples(client), str(os.getpid())
    data = services.atlas.provenance
    labels = {"version": data.version, "rules": str(data.rules), "date": data.date.isoformat()}
    assert 1 == of(found, "yixian_data_info", **labels)
    assert 10**6 < (of(found, "yixian_disk_total_bytes") or 0)
    assert (services.atlas.work_calendar.known_to - AS_OF.date()).days == of(found, "yixian_calendar_days_left")
    assert 10**7 < (of(found, "yixian_resident_bytes", process=process) or 0)
    assert 0 == of(found, "yixian_live_pages", process=process)


def test_each_application_has_figures_of_its_own(services: Services, client: TestClient) -> None:
    before = {metric.name for metric in REGISTRY.collect()}
    client.get("/health/live")
    assert None is of(samples(TestClient(create_app(services))), "yixian_request_seconds_count", route="/health/live")
    assert before == {metric.name for metric in REGISTRY.collect()}


def test_every_question_is_asked_by_a_route_that_there_is(app: Application) -> None:
    plain = {route.path for route in app.plain_routes.values() if isinstance(route, Route)}
    assert set() == QUESTIONS.keys() - app.openapi()["paths"].keys() - plain


def seen(duration_s: float, route: str | None = "/r", status: int = 200) -> Seen:
    return Seen("id", "c", "GET", "/p", 0.0, route=route, status=status, bytes_out=3, duration_s=duration_s)


@given(st.lists(st.floats(0, 60)))
def test_buckets_hold_all_that_took_no_longer(durations_s: list[float]) -> None:
    requests = Requests()
    for duration_s in durations_s:
        requests.watch(seen(duration_s))
    tally = requests.tallies().get(("/r", "GET", 200), Tally())
    for place, end_s in enumerate(BUCKETS_S):
        assert sum(one <= end_s for one in durations_s) == sum(tally.buckets[: place + 1])
    assert (len(durations_s), 3 * len(durations_s)) == (tally.count, tally.bytes_out)
    assert sum(durations_s) == pytest.approx(tally.sum_s)


def test_any_worker_answers_for_all_and_goes_on_counting_its_own(app: Application, tmp_path: Path) -> None:
    client = TestClient(app)
    app.state.metrics.share(tmp_path)
    client.get(f"/v1/nearest?{PLACE}")
    app.state.metrics.publish()
    (own,) = (tmp_path / "figures").glob("*.json")
    shutil.copy(own, own.with_name("1.json"))  # as if another worker had left it
    for _ in range(3):
        assert 2 == of(samples(client), "yixian_question_seconds_count", question="nearest")
    (tmp_path / "figures" / "2.json").write_text("{")
    assert 2 == of(samples(client), "yixian_question_seconds_count", question="nearest")


def test_of_a_worker_that_has_ended_its_totals_stay_and_its_memory_goes(tmp_path: Path) -> None:
    figures = Figures({("/r", "GET", 200): Tally()}, {("yixian_swaps", ""): 2.0}, {("7", "yixian_live_pages"): 3.0})
    (tmp_path / "7.json").write_bytes(figures.encoded())
    found = Shared(tmp_path).others()
    assert (2.0, 3.0) == (found.totals["yixian_swaps", ""], found.now["7", "yixian_live_pages"])
    then = time.time() - 3600
    os.utime(tmp_path / "7.json", (then, then))
    found = Shared(tmp_path).others()
    assert ({("yixian_swaps", ""): 2.0}, {}) == (found.totals, found.now)


def test_a_disk_that_takes_no_figures_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    Shared(tmp_path / "file").leave(Figures())
    assert {} == Shared(tmp_path / "file").others().tallies


def test_only_answers_count_as_questions() -> None:
    requests = Requests()
    for status in (200, 204, 304, 400, 503):
        requests.watch(seen(0.1, "/v1/nearest", status))
    assert 2 == of_questions(requests.tallies(), QUESTIONS)["nearest"].count
    assert 2 == by_class(requests.tallies())["/v1/nearest", "GET", "2xx"].count
