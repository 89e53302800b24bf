"""The service fetches nothing for a client, opens no path that a client names, and goes by its own name alone."""

from __future__ import annotations

import ast
import json
import re
import socket
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.gate.rules import GateRules
from tests.attacks.asking import ask
from tests.attacks.conftest import Attacked
from tests.rights import doors_of

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("geo", "maps", "api")
REACHES_OUT = {
    "urllib.request",
    "http.client",
    "ftplib",
    "smtplib",
    "telnetlib",
    "xmlrpc",
    "requests",
    "httpx",
    "httpx2",
    "aiohttp",
    "urllib3",
    "fsspec",
    "websockets",
}
"""Modules that can fetch what an address names."""
MAY_FETCH = {"api/doctor/examination.py": "the doctor asks the service of this machine whether it is well"}
KNOW_SOCKETS = {
    "api/cli/serving.py": "takes the port that the service listens on",
    "api/cli/worker.py": "is handed the port",
    "api/workers/crew.py": "hands the port to the workers",
    "api/doctor/examination.py": "tries whether the port is free",
    "api/gate/hosts.py": "asks for this machine's own name",
    "api/gate/server.py": "names a type",
    "api/workers/supervisor.py": "hands the port to the workers",
    "api/workers/worker.py": "serves the port that it was handed",
    "api/workers/parent.py": "hands the port to the workers",
}
MAY_START = {
    "api/workers/crew.py": "starts the workers, which are this program again",
    "maps/press/browser.py": "prints with the Chromium of this machine, from a file",
}
"""Modules that may do what others may not, and why."""
EVALUATES = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "pickle.loads", "marshal.loads"}
OPENS = ("open", "read_bytes", "read_text", "write_bytes", "write_text", "Path", "joinpath", "StaticFiles")


@cache
def _modules() -> tuple[tuple[str, ast.Module], ...]:
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return tuple((path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))) for path in paths)


@cache
def _imports(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@cache
def _calls(tree: ast.Module) -> set[str]:
    """The names that are called, as `name` or `owner.name`."""
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


@pytest.mark.parametrize(
    ("modules", "allowed"), [(REACHES_OUT, MAY_FETCH), ({"socket"}, KNOW_SOCKETS), ({"subprocess"}, MAY_START)]
)
def test_only_named_modules_fetch_know_sockets_or_start_programs(modules: set[str], allowed: dict[str, str]) -> None:
    assert {path for path, tree in _modules() if modules & _imports(tree)} <= set(allowed)


def test_nothing_is_evaluated_unpickled_or_given_to_a_shell() -> None:
    for path, tree in _modules():
        assert not _imports(tree) & {"pickle", "marshal", "shelve", "dill", "yaml"}, path
        assert not EVALUATES & _calls(tree), path
        shells = [node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "shell"]
        assert not shells, path


def test_no_route_opens_a_file_by_a_name_that_it_was_given() -> None:
    """Routes and what they share open nothing themselves: whatever is served comes from a table of known names."""
    for path, tree in _modules():
        if path.startswith(("api/routes/", "api/ogc/")):
            opened = {name for name in _calls(tree) if name.rpartition(".")[2] in OPENS}
            assert not opened, path


def test_answering_calls_no_other_host(attacked: Attacked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every address is asked, with a place and addresses of other hosts in its parameters, while sockets are denied."""

    def refused(*_: Any, **__: Any) -> None:
        raise AssertionError("the service went out to the network")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refused)
    for name in ("create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refused)
    evil = "http://169.254.169.254/latest"
    for method, path in sorted(doors_of(attacked.app)):
        if path == "/v1/live":
            continue
        target = re.sub(r"\{[^}]*\}", "villages", path)
        for query in (
            "",
            "?lon=111.405&lat=27.675",
            f"?crs={evil}",
            f"?filter-crs={evil}&bbox-crs={evil}",
            f"?f={evil}",
        ):
            headers = {"Referer": evil, "Origin": evil, "X-Forwarded-Host": "169.254.169.254"}
            assert attacked.ask(target + query, method, b"{}", headers).status < 500


def test_an_address_in_an_answer_is_the_services_own_whatever_the_client_says(attacked: Attacked) -> None:
    rules = GateRules(hosts=frozenset({"county.example.org"}))
    app = create_app(attacked.services, public_address="https://county.example.org", gate=rules)
    shown = {"Authorization": f"Bearer {attacked.tokens['hq']}"}
    headers = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "gopher",
        "X-Original-URL": "/evil",
        "Forwarded": "host=evil.example;proto=http",
        "X-Forwarded-For": "127.0.0.1",
    }
    answer = ask(app, "/ogc/collections", headers=shown | headers)
    assert b"evil" not in answer.content
    assert b"https://county.example.org/ogc" in answer.content
    poisoned = ask(app, "/ogc/collections", headers=shown | {"Host": "evil.example"})
    assert 421 == poisoned.status
    assert b"evil" not in poisoned.content
    assert "Host" == json.loads(poisoned.content)["parameter"]
