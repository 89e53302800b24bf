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
SOME = r"^/(api|conformance|collections|tileMatrixSets/\w+)?$|^/collections/(villages|speeds|reach)(/|$)"
"""The resources, and a collection of each kind; the others differ in their names only."""


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with serving(folder) as running:
        yield running


def found(server: Server, folder: Path, document: str, *options: str) -> str:
    """What it finds wrong; nothing where all is well. What is dropped, and why, stands in the hooks."""
    always = ["--checks=all", "--continue-on-failure", "--generation-database=none", "--no-color", "--warnings=off"]
    if os.environ.get("CI") == "true":
        always.append("--seed=1")
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", server.address + document, *always, *options],
        env=os.environ | {"SCHEMATHESIS_HOOKS": "tests.api.schemathesis_hooks", "PYTHONPATH": str(ROOT)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,  # our own
    )
    return "" if done.returncode == 0 else done.stdout[-20_000:] + done.stderr


def test_the_standard_interface_does_what_its_document_says(server: Server, tmp_path: Path) -> None:
    chosen = ["--max-examples=100"] if IS_TORTURE else ["--max-examples=3", f"--include-path-regex={SOME}"]
    assert "" == found(server, tmp_path, "/ogc/api", *chosen)


def test_the_service_does_what_its_document_says(server: Server, tmp_path: Path) -> None:
    chosen = [
        f"--max-examples={100 if IS_TORTURE else 3}",
        "--exclude-path=/v1/live",  # a stream without an end
        "--exclude-checks=positive_data_acceptance",  # parameters are texts told in words, so that refusals are ours
    ]
    assert "" == found(server, tmp_path, "/openapi.json", *chosen)
