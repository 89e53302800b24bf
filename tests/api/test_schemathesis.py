"""Schemathesis holds the service to its own OpenAPI documents, with every check that it has."""

from __future__ import annotations

import os
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import settings

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
from schemathesis.checks import CHECKS

IS_TORTURE = os.environ.get("YIXIAN_TORTURE") == "1"


@pytest.fixture(scope="module")
def ogc_document(client: TestClient) -> Any:
    return schemathesis.openapi.from_asgi("/ogc/api", client.app)


ogc = schemathesis.pytest.from_fixture("ogc_document")


@ogc.parametrize()
@settings(max_examples=3)
def test_ogc(case):
    case.call_and_validate()
