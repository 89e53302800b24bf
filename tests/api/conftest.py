"""A service over the hand-made county, on disk and in process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from api.wiring import Services, open_services
from geo import store
from geo.layers.registry import LAYERS
from tests.county import AS_OF, SmallCounty
from tests.rights import Asked, asked_by_all, write_marked

CANARY = "CANARY-13900000000"


@pytest.fixture(scope="session")
def folder(small_county: SmallCounty, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The county at rest, with a mark in every restricted cell."""
    path = tmp_path_factory.mktemp("county")
    teams = small_county.layers["teams"].assign(leader_name=CANARY, leader_phone=CANARY)
    contacts = [column.name for column in LAYERS["hazard_sites"].columns if column.restricted]
    sites = small_county.layers["hazard_sites"].assign(**dict.fromkeys(contacts, CANARY))
    layers = {**small_county.layers, "teams": teams, "hazard_sites": sites}
    store.write_county(path, layers, present=AS_OF, source="test")
    return path


@pytest.fixture(scope="session")
def roadless(small_county: SmallCounty, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service over the same county before its roads were imported."""
    path = tmp_path_factory.mktemp("roadless")
    layers = {name: frame for name, frame in small_county.layers.items() if name not in ("roads", "closures")}
    store.write_county(path, layers, present=AS_OF, source="test")
    with TestClient(create_app(open_services(Settings(data=path))), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def services(folder: Path) -> Services:
    return open_services(Settings(data=folder))


@pytest.fixture(scope="session")
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def asked(small_county: SmallCounty, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """A service with marks for names and phones, and everybody who may ask it."""
    path = tmp_path_factory.mktemp("rights") / "county"
    write_marked(small_county, path)
    with asked_by_all(path) as found:
        yield found
