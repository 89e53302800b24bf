"""Imports step back behind answers, as far as nobody waits for what they hold."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from api.cli.imports import import_
from api.cli.opening import step_back
from geo.errors import GeoError


@pytest.mark.parametrize(
    ("layer", "set_as", "expected"),
    [
        ("hazard_sites", None, "idle"),
        ("hazard_sites", "low", "low"),
        ("stays", None, "low"),
        ("check-ins", None, "low"),
        ("nights", None, "low"),
    ],
)
def test_an_import_takes_what_nobody_wants_unless_it_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layer: str, set_as: str | None, expected: str
) -> None:
    found: list[str] = []
    monkeypatch.setattr("api.cli.imports.step_back", found.append)
    monkeypatch.delenv("YIXIAN_IMPORT_PRIORITY")
    if set_as is not None:
        monkeypatch.setenv("YIXIAN_IMPORT_PRIORITY", set_as)
    with pytest.raises(GeoError):
        import_(layer, tmp_path / "nowhere.csv", data=tmp_path / "county")
    assert [expected] == found


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="this system has no such priority")
@pytest.mark.parametrize(("priority", "expected"), [("low", ["nice 10"]), ("idle", ["nice 10", "idle"])])
def test_the_system_is_told(monkeypatch: pytest.MonkeyPatch, priority: str, expected: list[str]) -> None:
    told: list[str] = []
    monkeypatch.setattr("os.nice", lambda step: told.append(f"nice {step}"))
    monkeypatch.setattr(
        "os.sched_setscheduler", lambda _, policy, __: told.append("idle" if policy == os.SCHED_IDLE else "other")
    )
    step_back("idle" if priority == "idle" else "low")
    assert expected == told


def test_where_there_are_no_priorities_an_import_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("os.nice")
    step_back("idle")
