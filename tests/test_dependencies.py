"""The review of what Yixian stands on: pinned by hash, licensed so that it may be shipped, and wanted for a reason."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-2.0",  # of files that we do not change
    "PSF-2.0",
    "Zlib",
}
"""Licences under which a part may be shipped beside our Apache-2.0; "BSD" where its author does not say which."""
CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}


@dataclass(frozen=True)
class Pin:
    """One distribution of the lock: its version, the systems it is for ("" for all), its hashes and who wants it."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    wanted_by: tuple[str, ...]


def _pins(file: str) -> list[Pin]:
    found = []
    for block in re.split(r"^(?=[A-Za-z0-9])", (ROOT / file).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        first = re.match(r"([\w.-]+)==(\S+)(?: ; (.*?))? \\?$", block, re.MULTILINE)
        assert first is not None, block[:80]
        comments = re.findall(r"^    #(?: via)?(?: +(.*))?$", block, re.MULTILINE)
        hashes = tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", block))
        found.append(Pin(first[1], first[2], first[3] or "", hashes, tuple(filter(None, comments))))
    return found


@cache
def _direct() -> dict[str, set[str]]:
    """The distributions that we name ourselves: to run, and to build."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {"run": project["dependencies"], "build": project["optional-dependencies"]["build"]}
    return {kind: {re.split(r"[=<>~!\[; ]", one)[0] for one in names} for kind, names in named.items()}


PINS = _pins("requirements.lock")


def _licences(name: str) -> set[str]:
    """Every licence that holds for a distribution; of a choice each one that we may take."""
    about = metadata(name)
    expression = about.get("License-Expression")
    if expression:
        parts = re.split(r" AND |[()]", expression)
        return {one for part in parts if part.strip() for one in _best(part.strip().split(" OR "))}
    classifiers = {line.rpartition(" :: ")[2] for line in about.get_all("Classifier") or [] if "License ::" in line}
    found = {CLASSIFIERS.get(one, one) for one in classifiers - {"OSI Approved"}}
    return found or {(about.get("License") or "unknown").strip().splitlines()[0]}


def _best(choice: list[str]) -> list[str]:
    taken = [one for one in choice if one in ALLOWED]
    return taken[:1] or choice


@pytest.mark.parametrize("file", ["requirements.lock", "requirements-dev.lock"])
def test_every_distribution_is_pinned_by_hash(file: str) -> None:
    pins = _pins(file)
    assert len(pins) > 30
    assert not [pin.name for pin in pins if not pin.hashes]


def test_every_distribution_is_named_by_us_or_wanted_by_one_that_is() -> None:
    known = {pin.name for pin in PINS}
    assert _direct()["run"] | _direct()["build"] <= known
    for pin in PINS:
        assert pin.wanted_by, pin.name
        is_ours = any(who.startswith("yixian") for who in pin.wanted_by)
        assert is_ours == (pin.name in _direct()["run"] | _direct()["build"]), pin.name
        assert all(who in known for who in pin.wanted_by if not who.startswith("yixian")), pin.name


@pytest.mark.parametrize("pin", PINS, ids=lambda pin: f"{pin.name} {pin.version}")
def test_every_distribution_may_be_shipped_beside_apache_2(pin: Pin) -> None:
    try:
        licences = _licences(pin.name)
    except PackageNotFoundError:
        assert "sys_platform" in pin.marker or "platform_system" in pin.marker, f"{pin.name} is not installed"
        return
    assert licences <= ALLOWED, f"{pin.name}: {', '.join(sorted(licences - ALLOWED))}"


def test_every_distribution_that_we_name_has_its_reason_in_the_decisions() -> None:
    decisions = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("\n## Decisions\n")[2]
    assert not [name for name in sorted(_direct()["run"] | _direct()["build"]) if f"**{name}**" not in decisions]
