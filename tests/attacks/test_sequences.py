"""Attacks of several requests: guessed tokens, replayed keys, and orders that race each other."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from api.access import LOCAL
from api.identity.tokens import add_token, revoke_token
from geo.events import Mobilisation
from geo.journal import Journal
from geo.terms import Role
from tests.attacks.asking import Answer
from tests.attacks.conftest import Attacked
from tests.county import AS_OF

ORDER = {"order_id": "O7", "scope": ["431381001200"], "cause": "forest fire", "at": AS_OF.isoformat()}
HERE = {"lon": 111.41, "lat": 27.66, "crs": "EPSG:4326", "device_time": AS_OF.isoformat()}


def _sent(
    attacked: Attacked, door: str, body: object, by: str = "hq", key: str | None = None, **headers: str
) -> Answer:
    given = headers | ({"Idempotency-Key": key} if key is not None else {})
    return attacked.ask(f"/v1/{door}", "POST", json.dumps(body).encode(), given, by=by)


def _at_once(count: int, send: Any) -> list[Answer]:
    """So many sendings, let go at one moment."""
    start = Barrier(count)

    def one(number: int) -> Answer:
        start.wait()
        answer: Answer = send(number)
        return answer

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def _events(attacked: Attacked) -> list[Any]:
    attacked.services.caught_up()
    journal = attacked.services.record.journal if attacked.services.record else None
    assert isinstance(journal, Journal)
    return journal.read(0, limit=100_000)


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic aHE6aHE=",
        "Bearer hq",
        "Bearer yx_",
        "Bearer null",
        "Bearer yx_" + "A" * 43,
        "Bearer " + "a" * 20_000,
        "Bearer \x00",
        "Bearer *",
        "Bearer yx_%",
        "bearer yx_' OR '1'='1",
    ],
)
def test_what_is_no_token_opens_nothing(attacked: Attacked, shown: str) -> None:
    answer = attacked.ask("/v1/events", headers={"Authorization": shown}, by=None)
    assert 401 == answer.status
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert shown[:2000] not in answer.content.decode() or len(shown) < 10


def test_a_guessed_token_is_told_the_same_as_any_other(attacked: Attacked) -> None:
    token = attacked.tokens["hq"]
    near = [
        token[:-1],
        token + "A",
        token.lower(),
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token.encode().hex(),
    ]
    guesses = near + [f"yx_{secrets.token_urlsafe(32)}" for _ in range(200)]
    answers = [attacked.ask("/v1/events", headers={"Authorization": f"Bearer {guess}"}, by=None) for guess in guesses]
    assert {401} == {answer.status for answer in answers}
    assert 1 == len({answer.content for answer in answers})


def test_a_revoked_token_is_worth_nothing_with_the_next_request(attacked: Attacked) -> None:
    attacked.tokens["passing"] = add_token(attacked.folder, "passing", Role.HQ, "431381", now=AS_OF, days=0)
    assert 200 == attacked.ask("/v1/events", by="passing").status
    revoke_token(attacked.folder, "passing", now=AS_OF)
    assert 401 == attacked.ask("/v1/events", by="passing").status


def test_a_replayed_key_records_nothing_twice_and_stands_for_what_was_sent_first(attacked: Attacked) -> None:
    check_in = {"team_id": "T03", "member_id": "r1", **HERE}
    first = _sent(attacked, "check-ins", check_in, key="k-1")
    assert 201 == first.status
    before = attacked.sequence
    replays = _at_once(8, lambda _: _sent(attacked, "check-ins", check_in, key="k-1"))
    assert {200} == {answer.status for answer in replays}
    assert {json.loads(first.content)["sequences"][0]} == {
        json.loads(answer.content)["sequences"][0] for answer in replays
    }
    assert 409 == _sent(attacked, "check-ins", {**check_in, "member_id": "r2"}, key="k-1").status
    assert before == attacked.sequence


def test_a_key_that_is_used_at_once_from_everywhere_records_once(attacked: Attacked) -> None:
    check_in = {"team_id": "T03", "member_id": "r3", **HERE}
    answers = _at_once(8, lambda _: _sent(attacked, "check-ins", check_in, key="k-2"))
    assert Counter({200: 7, 201: 1}) == Counter(answer.status for answer in answers)
    assert 1 == sum(getattr(event.body, "member_id", None) == "r3" for event in _events(attacked))


def test_a_key_is_its_senders_own(attacked: Attacked) -> None:
    check_in = {"team_id": "T03", "member_id": "r4", **HERE}
    assert 201 == _sent(attacked, "check-ins", check_in, key="k-3").status
    other = _sent(attacked, "check-ins", {**check_in, "member_id": "r5"}, by="deputy", key="k-3")
    assert 201 == other.status


@pytest.mark.parametrize("key", ["", "k" * 201])
def test_a_key_without_measure_is_refused(attacked: Attacked, key: str) -> None:
    assert 400 == _sent(attacked, "check-ins", {"team_id": "T03", "member_id": "r6", **HERE}, key=key).status


def test_of_two_orders_of_one_number_at_once_one_is_given_and_the_other_names_the_rule(attacked: Attacked) -> None:
    order = {**ORDER, "order_id": "O8"}
    answers = _at_once(8, lambda number: _sent(attacked, "mobilisations", order, by=("hq", "deputy")[number % 2]))
    assert Counter({201: 1, 400: 7}) == Counter(answer.status for answer in answers)
    refused = json.loads(next(answer.content for answer in answers if answer.status == 400))
    assert "R13" in json.dumps(refused["refusals"])
    orders = [event for event in _events(attacked) if isinstance(event.body, Mobilisation)]
    assert 1 == sum(event.body.order_id == "O8" for event in orders)


def test_two_orders_at_once_stand_both_in_one_sequence(attacked: Attacked) -> None:
    """Two headquarters may each call the same village: whose duty it is, is judged by both (R13)."""
    names = [f"P{number}" for number in range(8)]
    answers = _at_once(
        8,
        lambda number: _sent(
            attacked, "mobilisations", {**ORDER, "order_id": names[number]}, by=("hq", "deputy")[number % 2]
        ),
    )
    assert {201} == {answer.status for answer in answers}
    numbers = [json.loads(answer.content)["sequences"][0] for answer in answers]
    assert 8 == len(set(numbers))
    in_force = {order.order_id for order in attacked.services.caught_up().board.duty.orders}
    assert set(names) <= in_force


def test_what_a_client_writes_into_texts_stays_text(attacked: Attacked) -> None:
    texts = ("I'); DROP TABLE events;--", "=cmd|' /C calc'!A0", "<img src=x onerror=alert(1)>", "${7*7}", "a\r\nb: c")
    for number, text in enumerate(texts):
        order = {**ORDER, "order_id": f"T{number}", "cause": text}
        assert 201 == _sent(attacked, "mobilisations", order).status
        board = json.loads(attacked.ask(f"/v1/mobilisations/T{number}").content)
        assert text == board["cause"]
    numbers = [event.sequence for event in _events(attacked)]
    assert list(range(1, len(numbers) + 1)) == numbers
    assert attacked.services.damage is None
    assert LOCAL.name not in {event.actor for event in _events(attacked) if isinstance(event.body, Mobilisation)}


def test_no_secret_is_written_to_the_log(attacked: Attacked, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    token = attacked.tokens["hq"]
    for target in (f"/v1/nearest?access_token={token}", f"/{token}", "/v1/events?limit=0"):
        attacked.ask(target)
    attacked.ask("/v1/events", headers={"Authorization": f"Bearer {token}x"}, by=None)
    assert token not in caplog.text
