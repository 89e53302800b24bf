"""Signing in: who may, for how long, and what becomes of every way in that is not the door."""

from __future__ import annotations

import asyncio
import base64
import re
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from api.app import create_app
from api.errors import FullError
from api.identity import sessions
from api.identity.accounts import Account, add_account, change_password, disable_account
from api.identity.attempts import OF_NAME
from api.identity.identity import Identity
from api.identity.sessions import Session, begun, key_of, sealed, unsealed
from api.identity.signing_in import MOST_WAITING, SigningIn
from api.routes.sign_in import path_here
from api.settings import Settings, clock
from api.wiring import open_services
from geo.errors import BrokenFolderError
from geo.terms import Role
from tests.county import AS_OF

GOOD, OTHER = "correct horse battery", "another good one 42"
NAME = "hq-duty"
COOKIE = "yixian_session"
HOST = "http://testserver"


@pytest.fixture(scope="module")
def prepared(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The county with accounts, made once: a hash takes a while."""
    path = Path(shutil.copytree(folder, tmp_path_factory.mktemp("accounts") / "county"))
    for name, role, area in ((NAME, Role.HQ, "431381"), ("look", Role.VIEWER, "431381")):
        add_account(path, name, role, area, GOOD, now=AS_OF)
    return path


@pytest.fixture
def own(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "county"))


def serving(folder: Path, **settings: Any) -> Iterator[TestClient]:
    services = open_services(Settings(data=folder, **settings))
    with TestClient(create_app(services), raise_server_exceptions=False, follow_redirects=False) as client:
        yield client
    services.close()


@pytest.fixture
def client(own: Path) -> Iterator[TestClient]:
    yield from serving(own)


@pytest.fixture
def other(own: Path, client: TestClient) -> Iterator[TestClient]:
    """A second worker of the same folder."""
    yield from serving(own)


def sign_in(client: TestClient, name: str = NAME, password: str = GOOD, **form: str) -> Any:
    return client.post("/sign-in", data={"name": name, "password": password, **form})


def session(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/v1/session").raise_for_status().json()
    return found


# The way in


def test_who_signs_in_is_known_on_every_page_until_it_signs_out(client: TestClient) -> None:
    assert 303 == client.get("/", headers={"accept": "text/html"}).status_code
    answer = sign_in(client, next="/maps/risk?lang=en")
    assert (303, "/maps/risk?lang=en") == (answer.status_code, answer.headers["location"])
    assert {"name": NAME, "role": "hq", "area": "431381", "has_accounts": True}.items() <= session(client).items()
    assert 200 == client.get("/", headers={"accept": "text/html"}).status_code
    assert 204 == client.post("/sign-out", headers={"X-CSRF-Token": session(client)["csrf"]}).status_code
    assert None is session(client)["name"]
    assert 401 == client.get("/v1/events").status_code


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(client: TestClient) -> None:
    cookie = sign_in(client).headers["set-cookie"]
    assert re.fullmatch(r"yixian_session=[^;]+; HttpOnly; Max-Age=3600; Path=/; SameSite=lax", cookie)


def test_where_browsers_come_by_https_the_cookie_goes_by_nothing_else(own: Path) -> None:
    for client in serving(own, public_address="https://county.example.org"):
        headers = {"Origin": "https://county.example.org"}
        answer = client.post("/sign-in", data={"name": NAME, "password": GOOD}, headers=headers)
        assert 303 == answer.status_code
        assert re.fullmatch(
            r"__Host-yixian=[^;]+; HttpOnly; Max-Age=3600; Path=/; SameSite=lax; Secure", answer.headers["set-cookie"]
        )
        strange = client.post("/sign-in", data={"name": NAME, "password": GOOD}, headers={"Origin": HOST})
        assert 403 == strange.status_code


def test_no_answer_about_a_session_is_kept_anywhere(client: TestClient) -> None:
    for answer in (client.get("/sign-in"), sign_in(client), client.get("/v1/session")):
        assert "no-store" == answer.headers["cache-control"]


@pytest.mark.parametrize(("lang", "words"), [("zh", "账号或密码不对"), ("en", "The account or the password is wrong")])
def test_the_page_says_what_was_wrong_and_keeps_the_name_and_where_to_go(
    client: TestClient, lang: str, words: str
) -> None:
    answer = sign_in(client, password="not the password", next="/maps/risk", lang=lang)  # noqa: S106  # a wrong one
    assert 401 == answer.status_code
    for text in (words, f'value="{NAME}"', 'value="/maps/risk"', 'role="alert"', 'action="/sign-in"'):
        assert text in answer.text
    assert "not the password" not in answer.text
    assert "set-cookie" not in answer.headers


def test_the_page_runs_nothing_but_our_own_files_and_sends_its_form_here_alone(client: TestClient) -> None:
    answer = client.get("/sign-in?lang=en")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"(?:src|href|action)=\"(?!/|data:,|#)", answer.text)
    for address in re.findall(r'(?:src|href)="(/assets/[^"]+)"', answer.text):
        assert 200 == client.get(address).status_code


def test_hostile_text_in_the_name_is_shown_as_it_is(client: TestClient) -> None:
    hostile = '"><script>alert(1)</script>'
    answer = sign_in(client, name=hostile)
    assert hostile not in answer.text
    assert "&quot;&gt;&lt;script&gt;" in answer.text


def test_without_accounts_the_page_says_who_makes_one(folder: Path) -> None:
    for client in serving(folder):
        assert "yixian account add" in client.get("/sign-in?lang=en").text
        assert {"name": None, "has_accounts": False} == session(client)
        assert 200 == client.get("/", headers={"accept": "text/html"}).status_code


def test_who_is_signed_in_goes_on_from_the_page_at_once(client: TestClient) -> None:
    sign_in(client)
    answer = client.get("/sign-in?next=/maps/risk")
    assert (303, "/maps/risk") == (answer.status_code, answer.headers["location"])


# What is no way in


@pytest.mark.parametrize(
    ("name", "password", "status"),
    [
        (NAME, "", 401),
        (NAME, "wrong", 401),
        (NAME, GOOD.upper(), 401),
        ("nobody", GOOD, 401),
        ("", "", 401),
        (NAME + "\0", GOOD, 401),
        ("\0", "\0", 401),
        ("../accounts", GOOD, 401),
        ("' OR 1=1 --", "' OR 1=1 --", 401),
        ("x" * 5000, GOOD, 401),
        (NAME, "x" * 5000, 401),
        (NAME, "x" * 1_000_000, 413),
    ],
)
def test_a_guess_is_refused_whatever_it_is_made_of(client: TestClient, name: str, password: str, status: int) -> None:
    answer = sign_in(client, name, password)
    assert status == answer.status_code
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("content", "type_", "status"),
    [
        (b'{"name": "hq-duty", "password": "correct horse battery"}', "application/json", 400),
        (b"name=hq-duty&password=correct+horse+battery", "text/plain", 400),
        (b"name=hq-duty&password=correct+horse+battery", "", 400),
        (b"name=%ff&password=%ff", "application/x-www-form-urlencoded", 400),
        (b"name=\xff", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a%d=1" % number for number in range(99)), "application/x-www-form-urlencoded", 400),
        (b"", "application/x-www-form-urlencoded", 401),
        (b"a" * 20_000, "application/x-www-form-urlencoded", 413),
    ],
)
def test_what_is_no_form_of_ours_is_refused(client: TestClient, content: bytes, type_: str, status: int) -> None:
    answer = client.post("/sign-in", content=content, headers={"Content-Type": type_})
    assert status == answer.status_code


def test_who_guesses_waits_longer_each_time_and_the_right_password_waits_too(client: TestClient) -> None:
    assert [401] * OF_NAME.free == [sign_in(client, password="no").status_code for _ in range(OF_NAME.free)]  # noqa: S106
    answer = sign_in(client)
    assert (429, "1") == (answer.status_code, answer.headers["retry-after"])
    assert "set-cookie" not in answer.headers
    assert 303 == sign_in(client, name="look").status_code


def test_many_who_sign_in_at_once_do_not_hold_up_questions_and_are_told_to_come_back(own: Path) -> None:
    identity, signing_in = Identity(own), SigningIn()

    async def crowd() -> tuple[list[object], float]:
        loop = asyncio.get_running_loop()
        tries = [
            asyncio.ensure_future(signing_in.account(identity, f"name-{number}", "no", "10.0.0.1"))
            for number in range(MOST_WAITING + 4)
        ]
        longest_s = 0.0
        while not all(one.done() for one in tries):
            begin_s = loop.time()
            await asyncio.sleep(0.001)
            longest_s = max(longest_s, loop.time() - begin_s)
        return await asyncio.gather(*tries, return_exceptions=True), longest_s

    with ThreadPoolExecutor(1) as apart:  # a browser of another test leaves its loop running on this thread
        answers, longest_s = apart.submit(lambda: asyncio.run(crowd())).result()
    assert [None] * MOST_WAITING == [one for one in answers if one is None]
    assert 4 == sum(isinstance(one, FullError) for one in answers)
    assert longest_s < 1  # all sixteen on the event loop would take three seconds


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://testserver.evil.example", "null", "https://testserver:444", "file://"]
)
def test_a_form_on_another_page_signs_nobody_in(client: TestClient, origin: str) -> None:
    answer = client.post("/sign-in", data={"name": NAME, "password": GOOD}, headers={"Origin": origin})
    assert (403, None) == (answer.status_code, answer.headers.get("set-cookie"))


def test_a_browser_that_names_no_origin_says_where_the_form_was(client: TestClient) -> None:
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 303)):
        client.cookies.clear()
        answer = client.post("/sign-in", data={"name": NAME, "password": GOOD}, headers={"Sec-Fetch-Site": site})
        assert status == answer.status_code


HOSTILE_PATHS = [
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "http:evil.example",
    "evil.example",
    "",
    "/a\r\nSet-Cookie: a=b",
    "/a\0b",
    "/%",
    "/\u2044evil.example",
    "/" + "a" * 5000,
    "/sign-in?next=/",
    "@evil.example",
    "/<script>",
]


@pytest.mark.parametrize("hostile", [one for one in HOSTILE_PATHS if one != "/%"])
def test_no_link_to_our_page_leads_away_from_the_service(client: TestClient, hostile: str) -> None:
    assert "/" == path_here(hostile)
    answer = sign_in(client, next=hostile)
    assert (303, "/") == (answer.status_code, answer.headers["location"])


@pytest.mark.parametrize(
    "path", ["/", "/maps/risk?lang=en&at=2022-12-20T21%3A00", "/v1/export/villages?f=xlsx", "/a//b"]
)
def test_a_path_of_the_service_is_gone_on_to(path: str) -> None:
    assert path == path_here(path)


@given(st.text(max_size=40))
def test_wherever_a_browser_is_sent_it_stays_here(text: str) -> None:
    onward = path_here(text)
    assert onward.startswith("/")
    assert onward[1:2] not in ("/", "\\")
    assert onward.isascii()
    assert onward.isprintable()


# A session and its end


def test_a_cookie_that_was_there_before_has_no_part_in_the_session(client: TestClient, own: Path) -> None:
    """Fixation: whoever planted a cookie, even a sealed one of its own, knows nothing of the session that begins."""
    planted = sealed(begun("look", 0, clock().timestamp()), key_of(own))
    client.cookies.set(COOKIE, planted)
    sign_in(client)
    given_cookie = client.cookies.get(COOKIE, domain="testserver.local")
    assert given_cookie != planted
    assert unsealed(given_cookie, key_of(own)).mark != unsealed(planted, key_of(own)).mark  # type: ignore[union-attr,arg-type]


def cookie_of(client: TestClient) -> str:
    sign_in(client)
    (found,) = [one.value for one in client.cookies.jar if one.name == COOKIE]
    assert found is not None
    return found


def asks_with(client: TestClient, cookie: str) -> int:
    client.cookies.clear()
    status: int = client.get("/v1/events", headers={"Cookie": f"{COOKIE}={cookie}"}).status_code
    return status


def test_a_session_holds_with_every_worker_of_the_folder(client: TestClient, other: TestClient) -> None:
    assert 200 == asks_with(other, cookie_of(client))


@pytest.mark.parametrize("end", ["sign-out", "password", "disable"])
def test_a_cookie_that_was_copied_is_worth_nothing_after_the_end(
    client: TestClient, other: TestClient, own: Path, end: str
) -> None:
    cookie = cookie_of(client)
    assert 200 == asks_with(other, cookie)
    if end == "sign-out":
        assert 204 == client.post("/sign-out", headers={"X-CSRF-Token": session(client)["csrf"]}).status_code
    elif end == "password":
        change_password(own, NAME, OTHER, now=AS_OF)
    else:
        disable_account(own, NAME, now=AS_OF)
    assert [401, 401] == [asks_with(worker, cookie) for worker in (client, other)]
    assert {"password": 303}.get(end, 401) == sign_in(client, password=OTHER).status_code


def test_a_cookie_of_other_letters_is_none(client: TestClient, own: Path) -> None:
    cookie = cookie_of(client)
    for place in range(len(cookie)):
        turned = cookie[:place] + ("A" if cookie[place] != "A" else "B") + cookie[place + 1 :]
        found = unsealed(turned, key_of(own))
        assert found is None or place == len(cookie) - 1  # of the last letter two bits are no part of the signature
    assert 401 == asks_with(client, cookie[:-9])
    assert 401 == asks_with(client, cookie + "A")


@pytest.mark.parametrize("cookie", ["", ".", "....", "a.b.c.d.e.f", "\xff", "x" * 100_000, "%00", "null", '"a"'])
def test_what_is_no_cookie_of_ours_is_refused(client: TestClient, own: Path, cookie: str) -> None:
    key_of(own)
    client.cookies.clear()
    header = f"{COOKIE}={cookie}".encode("latin-1")
    assert client.get("/v1/events", headers={b"Cookie": header}).status_code in (401, 431)


def test_a_role_cannot_be_taken_by_renaming_oneself_in_the_cookie(own: Path) -> None:
    key, mine = key_of(own), sealed(begun("look", 0, clock().timestamp()), key_of(own))
    name, rest = mine.split(".", 1)
    forged = base64.urlsafe_b64encode(NAME.encode()).decode().rstrip("=")
    assert unsealed(f"{name}.{rest}", key) is not None
    assert unsealed(f"{forged}.{rest}", key) is None


@pytest.mark.parametrize(
    ("expected", "since", "seen"),
    [
        (True, 0, 0),
        (True, 8 * 3600 - 1, 0),
        (False, 8 * 3600, 0),
        (True, 3599, 3599),
        (False, 3600, 3600),
        (True, -59, -59),
        (False, -61, -61),
    ],
)
def test_a_session_lasts_eight_hours_at_most_and_one_without_use(expected: bool, since: int, seen: int) -> None:
    now_s = 1_700_000_000
    assert expected is Session("a", 0, now_s - since, now_s - seen, "m").is_alive(now_s)


def test_a_page_in_use_keeps_its_session_to_the_eighth_hour_and_no_longer(own: Path) -> None:
    now = clock()
    identity = Identity(own, now=lambda: now)
    held = begun(NAME, 0, now.timestamp())
    begin: datetime = now
    while now - begin < timedelta(hours=9):
        found = identity.session_of({"cookie": f"{COOKIE}={identity.cookie_of(held)}"})
        if found is None:
            break
        held = identity.renewed(found[0])
        now += timedelta(minutes=50)
    assert timedelta(hours=8) <= now - begin < timedelta(hours=8, minutes=50)


def test_a_fresh_session_is_not_written_anew_with_every_question(client: TestClient) -> None:
    sign_in(client)
    assert "set-cookie" not in client.get("/v1/session").headers


def test_the_key_is_made_once_whoever_comes_first_and_is_for_the_owners_eyes(tmp_path: Path) -> None:
    gate = threading.Barrier(8)

    def first(_: int) -> bytes:
        gate.wait()
        return key_of(tmp_path)

    with ThreadPoolExecutor(8) as pool:
        assert 1 == len(set(pool.map(first, range(8))))
    assert 0o600 == (tmp_path / sessions.KEY).stat().st_mode & 0o777
    assert [sessions.KEY] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize("content", ["", "zz", "00", "00" * 31, "00" * 33])
def test_a_damaged_key_is_told_and_nobody_is_let_in_by_it(tmp_path: Path, content: str) -> None:
    (tmp_path / sessions.KEY).write_text(content)
    with pytest.raises(BrokenFolderError, match="remove it"):
        key_of(tmp_path)


def test_another_key_ends_every_session(client: TestClient, own: Path) -> None:
    cookie = cookie_of(client)
    (own / sessions.KEY).unlink()
    assert 401 == asks_with(client, cookie)


names = st.text("冷水江abc_.-9", min_size=1, max_size=64)


@given(names, st.integers(0, 2**40), st.integers(0, 2**40), st.integers(0, 2**40), st.binary(min_size=32, max_size=32))
def test_a_session_is_read_back_as_it_was_sealed_and_with_no_other_key(
    name: str, epoch: int, since_s: int, seen_s: int, key: bytes
) -> None:
    held = Session(name, epoch, since_s, seen_s, "mark_-9")
    assert held == unsealed(sealed(held, key), key)
    assert None is unsealed(sealed(held, key), bytes([key[0] ^ 1]) + key[1:])


# What a signed-in browser may be made to send

NOTE = {"team_id": "T03", "member_id": "T03-1", "lon": 111.41, "lat": 27.66, "crs": "EPSG:4326"}


def check_in(client: TestClient, **headers: str) -> int:
    body = {**NOTE, "device_time": AS_OF.isoformat()}
    status: int = client.post("/v1/check-ins", json=body, headers=headers).status_code
    return status


def test_a_signed_in_page_writes_with_its_token_and_nobody_else_does(client: TestClient) -> None:
    sign_in(client)
    csrf = session(client)["csrf"]
    assert 403 == check_in(client)
    assert 403 == check_in(client, **{"X-CSRF-Token": "guess"})
    assert 403 == check_in(client, **{"X-CSRF-Token": "%FF"})
    assert 403 == check_in(client, **{"X-CSRF-Token": csrf, "Origin": "https://evil.example"})
    assert 403 == check_in(client, **{"X-CSRF-Token": csrf, "Origin": "null"})
    assert 403 == check_in(client, **{"X-CSRF-Token": csrf, "Sec-Fetch-Site": "cross-site"})
    assert 201 == check_in(client, **{"X-CSRF-Token": csrf, "Origin": HOST})


def test_the_token_of_another_session_of_the_same_person_is_worth_nothing(
    client: TestClient, other: TestClient
) -> None:
    sign_in(client)
    sign_in(other)
    assert 403 == check_in(client, **{"X-CSRF-Token": session(other)["csrf"]})


def test_signing_out_takes_the_token_as_a_header_or_as_a_field_of_a_form(client: TestClient) -> None:
    sign_in(client)
    assert [403, 403] == [
        client.post("/sign-out").status_code,
        client.post("/sign-out", data={"csrf": "guess"}).status_code,
    ]
    assert NAME == session(client)["name"]
    answer = client.post("/sign-out", data={"csrf": session(client)["csrf"]}, headers={"Origin": HOST})
    assert 204 == answer.status_code
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert 204 == client.post("/sign-out").status_code  # once more changes nothing


def test_what_an_account_may_do_is_what_its_role_may(client: TestClient) -> None:
    sign_in(client, name="look")
    assert 403 == check_in(client, **{"X-CSRF-Token": session(client)["csrf"]})
    assert 403 == client.get("/v1/events").status_code
    assert 200 == client.get("/", headers={"accept": "text/html"}).status_code


def test_what_is_asked_of_an_account_is_asked_of_its_file(own: Path) -> None:
    """A role that the file gives or takes holds with the next request."""
    identity = Identity(own)
    account = identity.account(NAME)
    assert isinstance(account, Account)
    headers = {"cookie": f"{COOKIE}={identity.cookie_of(identity.begin(account))}"}
    assert Role.HQ is identity.actor_of(headers, "GET").role  # type: ignore[union-attr]  # it is known
