"""Schemathesis holds the service to its own OpenAPI documents, with every check that it has."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import Server, serving

pytest.importorskip("schemathesis", reason="schemathesis is not installed")

IS_TORTURE = os.environ.get("YIXIAN_TORTURE") == "1"
ROOT = Path(__file__).resolve().parents[2]
SOME = r"^/(api|conformance|collections|tileMatrixSets/\w+)?$|^/collections/(villages|speeds|incidents|stay_coverage)(/|$)"
"""The resources, and a collection of each kind; the others differ in their names only."""


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with serving(folder) as running:
        yield running


def run(server: Server, document: str, *options: str) -> None:
    command = [sys.executable, "-m", "schemathesis.cli", "run", server.address + document, *options, "--no-color"]
    always = ["--checks=all", "--continue-on-failure", "--generation-database=none", "--request-timeout=20"]
    if os.environ.get("CI") == "true":
        always.append("--seed=1")
    done = subprocess.run(
        [*command, *always],
        env=os.environ | {"SCHEMATHESIS_HOOKS": "tests.api.schemathesis_hooks", "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,  # our own
    )
    assert 0 == done.returncode, done.stdout[-20_000:] + done.stderr


def test_the_standard_interface_is_as_its_document_says(server: Server) -> None:
    chosen = ["--max-examples=100"] if IS_TORTURE else ["--max-examples=5", f"--include-path-regex={SOME}"]
    run(server, "/ogc/api", *chosen)
