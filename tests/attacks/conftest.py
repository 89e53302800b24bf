"""A service with a token of headquarters, whose county has marks in every restricted cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.identity.tokens import add_token
from api.settings import Settings
from api.wiring import Services, open_services
from geo.terms import Role
from tests.attacks.asking import Answer, ask
from tests.county import AS_OF, SmallCounty
from tests.rights import write_marked


@dataclass(frozen=True)
class Attacked:
    """A service, its folder, and tokens by the names of their holders."""

    app: Any
    services: Services
    folder: Path
    tokens: dict[str, str]

    def ask(
        self,
        target: str,
        method: str = "GET",
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        by: str | None = "hq",
    ) -> Answer:
        """An answer to the holder of a token, by default to headquarters; None for nobody."""
        shown = {"Authorization": f"Bearer {self.tokens[by]}"} if by else {}
        return ask(self.app, target, method, body, {**shown, **(headers or {})})

    @property
    def sequence(self) -> int | None:
        """The newest event of the record."""
        return self.services.caught_up().board.provenance.sequence


@pytest.fixture(scope="module")
def attacked(small_county: SmallCounty, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    folder = tmp_path_factory.mktemp("attacked") / "county"
    write_marked(small_county, folder)
    holders = {"hq": Role.HQ, "deputy": Role.HQ, "viewer": Role.VIEWER}
    tokens = {name: add_token(folder, name, role, "431381", now=AS_OF, days=0) for name, role in holders.items()}
    services = open_services(Settings(data=folder))
    yield Attacked(create_app(services), services, folder, tokens)
    services.close()
