"""Promises of the project itself: the locks, what git may hold, and the papers that go with the code."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from geo.layers.registry import IMPORTABLE

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock")


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this is not a git checkout")
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_index_link_or_path(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "--find-links" not in text
    assert "--index-url" not in text
    assert not re.search(r"(^|[\s=@])(/|[A-Za-z]:\\)\w", text, re.MULTILINE)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_every_requirement_with_hashes(name: str) -> None:
    entries = re.split(r"\n(?=[a-zA-Z0-9])", (ROOT / name).read_text())
    pinned = [entry for entry in entries if re.match(r"[a-zA-Z0-9]", entry)]
    assert len(pinned) > 20
    assert all("==" in entry.splitlines()[0] and "--hash=sha256:" in entry for entry in pinned)


def test_the_development_lock_agrees_with_the_run_time_lock() -> None:
    pins = [dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE)) for name in LOCKS]
    assert pins[0].items() <= pins[1].items()


def test_every_direct_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = (ROOT / "requirements.lock").read_text()
    for requirement in [*project["dependencies"], *project["optional-dependencies"]["build"]]:
        name = re.match(r"[a-z0-9-]+", requirement)[0]
        assert re.search(rf"^{name}==", locked, re.MULTILINE), name


def test_no_tracked_file_names_a_package_registrys_host_or_a_path_of_one_machine() -> None:
    hosts = [b"pypi" + b".org", b"files.python" + b"hosted", b"registry.npm" + b"js", b"deb.deb" + b"ian"]
    paths = [b"/ho" + b"me/", b"/ro" + b"ot/", b"/us" + b"r/local/", b"/Us" + b"ers/", b"/wo" + b"rk/"]
    for path in _tracked():
        content = path.read_bytes()
        assert not [word for word in hosts + paths if word in content], path
    assert not (ROOT / "uv.lock").exists()


def test_the_top_level_holds_only_the_rooms_of_the_house() -> None:
    rooms = {path.relative_to(ROOT).parts[0] for path in _tracked() if len(path.relative_to(ROOT).parts) > 1}
    assert rooms == {"geo", "api", "maps", "data", "tests", ".ci"} | (rooms & {"docs"})
    assert not [path for path in _tracked() if path.is_relative_to(ROOT / "data") and path.suffix == ".py"]


def test_the_readmes_two_commands_are_targets_of_the_makefile() -> None:
    makefile, readme = (ROOT / "Makefile").read_text(), (ROOT / "README.md").read_text(encoding="utf-8")
    for target in ("serve", "test"):
        assert f"make {target}" in readme
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_links_between_the_papers_lead_somewhere() -> None:
    for paper in [path for path in _tracked() if path.suffix == ".md"]:
        for target in re.findall(r"\]\(([^)#\s]+)", paper.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (paper.parent / target).exists(), f"{paper.name}: {target}"


def test_the_dictionary_names_every_layer_and_column() -> None:
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    for name, spec in IMPORTABLE.items():
        section = text.split(f"### {name} ", 1)[1].split("\n### ", 1)[0]
        for column in spec.columns:
            row = f"| `{column.name}` | {column.title_zh} | {column.title_en} |"
            assert column.name == "synthetic" or row in section, f"{name}.{column.name}"
            assert not column.restricted or "restricted" in section.split(row, 1)[1].splitlines()[0]
