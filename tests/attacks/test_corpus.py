"""Each attack of the corpus has its status, tells nothing private, and changes nothing."""

from __future__ import annotations

import json
import re
import time
from urllib.parse import quote

import pytest

from tests.attacks.asking import Answer
from tests.attacks.conftest import Attacked
from tests.attacks.corpus import CORPUS, TEXTS, TRAVERSALS, Attack
from tests.rights import doors_of

PRIVATE = re.compile(r"Traceback|site-packages|\.py\b|yx_[\w-]{8}|argon2|/tmp/|root:", re.ASCII)  # the tests' folders
LONGEST_S = 5.0
"""Generous, on a machine with other work: what does not end would take for ever."""


def told(answer: Answer) -> None:
    """What holds for every answer to whoever attacks."""
    assert answer.status < 500, answer.content[:500]
    assert "x-injected" not in answer.headers
    assert not any("\r" in value or "\n" in value for value in answer.headers.values())
    if answer.status >= 400 and answer.status != 416:  # the framework's own
        assert "application/problem+json" == answer.headers["content-type"]
        assert not PRIVATE.search(answer.content.decode())


@pytest.mark.parametrize("attack", CORPUS, ids=lambda attack: attack.name)
def test_an_attack_is_answered_as_it_should_be(attacked: Attacked, attack: Attack) -> None:
    before, began = attacked.sequence, time.monotonic()
    answer = attacked.ask(attack.target, attack.method, attack.body, attack.headers)
    assert attack.expected == answer.status, answer.content[:500]
    told(answer)
    assert before == attacked.sequence
    if attack.limit is not None:
        problem = json.loads(answer.content)
        assert attack.limit == problem["limit"]
    assert time.monotonic() - began < LONGEST_S


def _addresses(attacked: Attacked) -> list[str]:
    return sorted({path for _, path in doors_of(attacked.app) if "{" in path})


def test_no_name_in_an_address_leads_out_of_what_is_served(attacked: Attacked) -> None:
    addresses = _addresses(attacked)
    assert len(addresses) > 10
    for address in addresses:
        for part in re.findall(r"\{[^}]*\}", address):
            for name in TRAVERSALS:
                path = re.sub(r"\{[^}]*\}", "1", address.replace(part, name))
                answer = attacked.ask(path)
                assert answer.status in (400, 404), (path, answer.status)
                told(answer)


def test_no_text_in_any_parameter_breaks_an_answer(attacked: Attacked) -> None:
    operations = attacked.app.openapi()["paths"]
    asked = 0
    for path, operation in operations.items():
        parameters = [one for one in operation.get("get", {}).get("parameters", ()) if one["in"] in ("query", "header")]
        if "{" in path or path == "/v1/live":
            continue
        for one in parameters:
            for text in TEXTS:
                asked += 1
                told(_asked(attacked, path, one, text))
    assert asked > 1000


def _asked(attacked: Attacked, path: str, parameter: dict[str, str], text: str) -> Answer:
    if parameter["in"] == "header":
        plain = text.replace("\r", " ").replace("\n", " ").encode("utf-8", "replace").decode("latin-1")
        return attacked.ask(path, headers={parameter["name"]: plain})
    return attacked.ask(f"{path}?{parameter['name']}={quote(text)}")
