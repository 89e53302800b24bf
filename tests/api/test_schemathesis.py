"""Schemathesis holds the service to its own OpenAPI documents, with every check that it has, whoever asks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from api.identity.tokens import add_token
from tests.county import AS_OF, SmallCounty
from tests.rights import ASKERS, write_marked
from tests.serving import Server, serving

pytest.importorskip("schemathesis", reason="schemathesis is not installed")

IS_TORTURE = os.environ.get("YIXIAN_TORTURE") == "1"
ROOT = Path(__file__).resolve().parents[2]
SOME = r"^/(api|conformance|collections|tileMatrixSets/\w+)?$|^/collections/(villages|speeds|reach)(/|$)"
"""The resources, and a collection of each kind; the others differ in their names only."""


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with serving(folder) as running:
        yield running


@pytest.fixture(scope="module")
def guarded(small_county: SmallCounty, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, list[str]]]:
    """A service with tokens, and those of everybody who may ask, headquarters first and nobody's last."""
    path = tmp_path_factory.mktemp("guarded") / "county"
    write_marked(small_county, path)
    rights = {name: right for name, right in ASKERS.items() if right is not None}
    tokens = {name: add_token(path, name, *right, now=AS_OF, days=0) for name, right in rights.items()}
    with serving(path) as running:
        yield running, [tokens.pop("hq"), *tokens.values(), ""]


def found(server: Server, folder: Path, document: str, *options: str, tokens: Sequence[str] = ()) -> str:
    """What it finds wrong; nothing where all is well. What is dropped, and why, stands in the hooks.

    Those who show `tokens` ask in turn; the first is shown for the document itself.
    """
    always = ["--checks=all", "--continue-on-failure", "--generation-database=none", "--no-color", "--warnings=off"]
    told = folder / "document.json"
    told.write_text(json.dumps(replace(server, token=tokens[0] if tokens else None).get(document)))
    always.append(f"--url={server.address}{document.removesuffix('/openapi.json').removesuffix('/api')}")
    if os.environ.get("CI") == "true":
        always.append("--seed=1")
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", str(told), *always, *options],
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": "tests.api.schemathesis_hooks",
            "SCHEMATHESIS_TOKENS": ",".join(tokens),
            "PYTHONPATH": str(ROOT),
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,  # our own
    )
    return "" if done.returncode == 0 else done.stdout[-20_000:] + done.stderr


STANDARD = ["--max-examples=100"] if IS_TORTURE else ["--max-examples=3", f"--include-path-regex={SOME}"]
SERVICE = [
    f"--max-examples={100 if IS_TORTURE else 3}",
    "--exclude-path=/v1/live",  # a stream without an end
    "--exclude-checks=positive_data_acceptance",  # parameters are texts told in words, so that refusals are ours
]
QUICK = [] if IS_TORTURE else ["--phases=fuzzing", "--max-examples=9"]
"""Each who asks asks each operation once."""


def test_the_standard_interface_does_what_its_document_says(server: Server, tmp_path: Path) -> None:
    assert "" == found(server, tmp_path, "/ogc/api", *STANDARD)


def test_the_service_does_what_its_document_says(server: Server, tmp_path: Path) -> None:
    assert "" == found(server, tmp_path, "/openapi.json", *SERVICE)


def test_the_standard_interface_does_what_its_document_says_to_every_role(
    guarded: tuple[Server, list[str]], tmp_path: Path
) -> None:
    server, tokens = guarded
    assert "" == found(server, tmp_path, "/ogc/api", *STANDARD, *QUICK, tokens=tokens)


def test_the_service_does_what_its_document_says_to_every_role(
    guarded: tuple[Server, list[str]], tmp_path: Path
) -> None:
    server, tokens = guarded
    assert "" == found(server, tmp_path, "/openapi.json", *SERVICE, *QUICK, tokens=tokens)
