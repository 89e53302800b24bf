"""The live channel: every change is told soon, nothing piles up, and nothing outlives its listener or the server."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import pytest

from api import live
from api.access import LOCAL
from api.drafts import drafts_of
from api.identity.tokens import add_token, revoke_token
from api.live import Channel
from api.settings import Settings
from api.swap import Live
from api.wiring import Services, open_services
from geo.errors import GeoError
from geo.terms import Role
from tests.county import AS_OF, SmallCounty
from tests.geo.test_store import put
from tests.serving import Ear, Server, serving

Answer = TypeVar("Answer")
STAY = {"team_id": "T03", "member_id": "T03-1", "village_code": "431381001200", "night": "2022-12-21"}
OTHER_STAY = {**STAY, "night": "2022-12-20"}
HERE = b"event: here\ndata: {}\n\n"


@pytest.fixture
def folder(at_rest: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(at_rest, tmp_path / "county"))


@pytest.fixture
def token(folder: Path) -> str:
    return add_token(folder, "hq", Role.HQ, "431381", now=AS_OF, days=0)


@pytest.fixture
def server(folder: Path, token: str) -> Iterator[Server]:
    with serving(folder) as made:
        made.token = token
        yield made


def ear_of(server: Server, last: str | None = None) -> Ear:
    return Ear(server.port, last, token=f"Bearer {server.token}")


@pytest.fixture
def services(folder: Path) -> Iterator[Services]:
    made = open_services(Settings(data=folder))
    yield made
    made.close()


def anybody() -> bool:
    return True


def told(event: dict[str, str]) -> dict[str, Any]:
    assert "changed" == event["event"]
    body: dict[str, Any] = json.loads(event["data"])
    assert event["id"] == f"{body['sequence']}.{body['version']}.{body['rules']}"
    return body


def told_of(ear: Ear, sequence: int) -> bool:
    """Whether the ear is told of an event at last; the folder's layers, the first to be recorded, may come before."""
    heard = 0
    while heard < sequence:
        heard = told(ear.event())["sequence"]
    return heard == sequence


def stay_of(services: Services, body: object) -> int:
    return services.write(LOCAL, drafts_of("stays", body, now=services.now())).last


# --- over HTTP, under the server that `yixian serve` runs ---


def test_who_comes_without_a_last_event_is_told_at_once_where_the_service_stands(server: Server) -> None:
    with closing(ear_of(server)) as ear:
        assert (200, "no-store") == (ear.status, ear.headers["cache-control"])
        assert ear.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in ear.headers
        body = told(ear.event())
    state = server.get("/v1/live/state")
    assert {**body, "id": state["id"]} == state
    assert server.live.current.atlas.provenance.version == body["version"]


def test_what_is_recorded_through_this_service_is_told(server: Server, token: str) -> None:
    with closing(ear_of(server)) as ear:
        assert 0 == told(ear.event())["sequence"]
        assert told_of(ear, server.post("stays", STAY, token)["sequences"][-1])


def test_who_may_no_longer_listen_is_told_nothing_more(server: Server, folder: Path) -> None:
    with closing(ear_of(server)) as ear, closing(ear_of(server)) as other:
        kept = add_token(folder, "another", Role.HQ, "431381", now=AS_OF, days=0)
        assert told_of(other, server.post("stays", STAY, kept)["sequences"][-1])
        told_of(ear, server.get("/v1/live/state")["sequence"])
        revoke_token(folder, "hq", now=AS_OF)
        server.post("stays", OTHER_STAY, kept)
        with pytest.raises(EOFError):
            ear.event()


def test_a_token_that_is_revoked_ends_a_quiet_stream_too(
    server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "KEEP_ALIVE_S", 0.05)
    with closing(ear_of(server)) as ear:
        ear.event()
        revoke_token(folder, "hq", now=AS_OF)
        with pytest.raises(EOFError):
            ear.event()


def test_what_another_process_records_is_told_too(server: Server, folder: Path) -> None:
    with closing(ear_of(server)) as ear:
        ear.event()
        other = open_services(Settings(data=folder))
        written = stay_of(other, STAY)
        other.close()
        assert told_of(ear, written)


def test_new_data_and_new_rules_are_told(server: Server, folder: Path, small_county: SmallCounty) -> None:
    with closing(ear_of(server)) as ear:
        before = told(ear.event())
        written = put(folder, "teams", small_county.layers["teams"].assign(name="新队"))
        data = told(ear.event())
        assert written.version == data["version"] != before["version"]
        (folder / "rules.toml").write_text("[duty]\nwarn_days = 31\n")
        rules = told(ear.event())
        assert data["version"] == rules["version"]
        assert data["rules"] != rules["rules"]


def test_who_comes_back_is_told_once_of_all_that_happened_since(server: Server, token: str) -> None:
    with closing(ear_of(server)) as ear:
        last = ear.event()["id"]
    server.post("stays", STAY, token)
    written = server.post("stays", OTHER_STAY, token)["sequences"][-1]
    with closing(ear_of(server, last)) as ear:
        back = ear.event()
        assert written == told(back)["sequence"]
    with closing(ear_of(server, back["id"])) as ear:
        third = server.post("stays", {**STAY, "night": "2022-12-19"}, token)["sequences"][-1]
        assert third == told(ear.event())["sequence"]  # and not the second one again


def test_the_server_stops_at_once_while_pages_listen(folder: Path) -> None:
    with serving(folder) as server:
        ears = [Ear(server.port) for _ in range(5)]
        for ear in ears:
            ear.event()
    assert server.stop_s < 5  # it gives an answer that does not end ten seconds
    for ear in ears:
        with pytest.raises(EOFError):
            ear.event()
        ear.close()


def test_who_goes_without_a_word_leaves_the_channel_and_the_last_one_ends_the_watch(server: Server) -> None:
    ears = [ear_of(server) for _ in range(3)]
    channel: Channel = server.app.state.channel
    assert 3 == channel.listeners
    for ear in ears:
        ear.close()
    until = time.monotonic() + 5
    while channel.listeners and time.monotonic() < until:
        time.sleep(0.02)
    assert (0, False) == (channel.listeners, channel.is_watching)


def test_beyond_its_bound_the_channel_says_when_to_come_back(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.app.state.channel, "_most", 1)
    with closing(ear_of(server)), closing(ear_of(server)) as second:
        assert (503, "30") == (second.status, second.headers["retry-after"])
        assert server.get("/v1/live/state")["version"]


# --- the channel itself ---


def run(listening: Coroutine[Any, Any, Answer]) -> Answer:
    """`asyncio.run` on a thread of its own: browser tests of the same process leave a loop running on this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, listening).result()


def test_a_quiet_connection_carries_signs_of_life_alone(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "KEEP_ALIVE_S", 0.05)

    async def listen() -> list[bytes]:
        channel = Channel(Live(services))
        listener = channel.join((await channel.look()).mark, anybody)
        stream = listener.stream()
        heard = [await anext(stream) for _ in range(4)]
        listener.close()
        return heard

    assert [HERE] * 4 == run(listen())


def test_a_slow_reader_is_told_the_latest_and_nothing_piles_up(services: Services) -> None:
    async def listen() -> tuple[int, bytes, bytes]:
        channel = Channel(Live(services), look_s=0.01)
        stream = channel.join(None, anybody).stream()
        await anext(stream)
        await anext(stream)
        for night in ("2022-12-19", "2022-12-20", "2022-12-21"):  # three changes while the reader is busy
            written = stay_of(services, {**STAY, "night": night})
            await asyncio.sleep(0.05)
        found = await anext(stream)
        channel.close()
        return written, found, await anext(stream, b"the end")

    written, found, rest = run(listen())
    assert f'"sequence":{written},'.encode() in found.replace(b" ", b"")
    assert b"the end" == rest


def test_a_look_that_fails_is_logged_and_the_next_one_tells(
    services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looks = 0
    standing = live._standing

    def sometimes(served: Services) -> live.Standing:
        nonlocal looks
        looks += 1
        if looks < 3:
            raise GeoError("the disk is away")
        return standing(served)

    monkeypatch.setattr(live, "_standing", sometimes)

    async def listen() -> bytes:
        channel = Channel(Live(services), look_s=0.01)
        stream = channel.join(None, anybody).stream()
        await anext(stream)
        found = await anext(stream)
        channel.close()
        return found

    assert run(listen()).startswith(b"id: ")
    assert "the disk is away" in caplog.text


def test_a_closed_channel_ends_whoever_still_comes(services: Services) -> None:
    async def listen() -> list[bytes]:
        channel = Channel(Live(services))
        channel.close()
        return [chunk async for chunk in channel.join("0", anybody).stream()]

    assert [HERE] == run(listen())
