"""The files that a machine is set up by: the unit, the image, and the paper that tells how."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

import pytest
import typer

import api.cli
from api.app import create_app
from api.figures import PROCESSES, TOTALS
from api.settings import Settings
from api.wiring import open_services

ROOT = Path(__file__).resolve().parents[1]
UNIT, IMAGE = ROOT / "yixian.service", ROOT / "Containerfile"
PAPER = (ROOT / "OPERATIONS.md").read_text(encoding="utf-8")


def unit() -> dict[str, list[str]]:
    """The values of each key of the section Service."""
    found: dict[str, list[str]] = {}
    section = UNIT.read_text().split("[Service]", 1)[1].split("[Install]", 1)[0]
    for line in section.splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("systemd-analyze is not here")
    me = f"User={'root' if os.geteuid() == 0 else os.environ.get('USER', 'root')}"
    text = UNIT.read_text().replace("/opt/yixian/.venv/bin/yixian", sys.executable)
    text = re.sub(r"^(User|Group)=.*", lambda found: me.replace("User", found[1]), text, flags=re.MULTILINE)
    (tmp_path / "yixian.service").write_text(text)
    done = subprocess.run([verify, "verify", tmp_path / "yixian.service"], capture_output=True, text=True)
    assert (0, "") == (done.returncode, "".join(line for line in done.stderr.splitlines() if "yixian" in line))


def test_the_unit_parses_and_gives_away_nothing_that_is_not_needed() -> None:
    parser = RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keys of units have capitals
    parser.read(UNIT)
    assert ["Unit", "Service", "Install"] == parser.sections()
    held = {
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "PrivateDevices": "yes",
        "CapabilityBoundingSet": "",
        "RestrictSUIDSGID": "yes",
        "LockPersonality": "yes",
        "StateDirectory": "yixian",
        "Restart": "always",
        "KillMode": "mixed",
    }
    service = unit()
    assert held == {key: service[key][-1] for key in held}
    assert "root" not in service["User"]
    assert {"MemoryMax", "TasksMax", "LimitNOFILE", "ExecReload", "TimeoutStopSec"} <= service.keys()
    assert "MemoryDenyWriteExecute" not in service  # numba compiles while it runs


def test_the_unit_sets_only_settings_that_there_are() -> None:
    names = {part.partition("=")[0] for line in unit()["Environment"] for part in shlex.split(line)}
    known = {f"YIXIAN_{name.upper()}" for name in Settings.model_fields} | {"YIXIAN_LANG"}
    assert set() == {name for name in names if name.startswith("YIXIAN_")} - known


def test_a_unit_of_type_notify_is_told_when_the_service_is_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    from api.workers import supervisor

    assert ["notify"] == unit()["Type"]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "s"))
        sock.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "s"))
        supervisor.tell(supervisor.READY)
        assert b"READY=1" == sock.recv(100)
    supervisor.tell(supervisor.STOPPING)  # nobody listens any more
    monkeypatch.delenv("NOTIFY_SOCKET")
    supervisor.tell(supervisor.READY)


def instructions() -> list[tuple[str, str]]:
    """The image's instructions with their continued lines joined."""
    text = re.sub(r"^#.*\n", "", IMAGE.read_text(), flags=re.MULTILINE)
    joined = re.sub(r"\\\n\s*", "", text)
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in joined.splitlines() if line.strip()]


def test_the_image_is_built_in_stages_runs_as_nobody_in_particular_and_looks_after_itself() -> None:
    found = instructions()
    known = {"ARG", "FROM", "ENV", "WORKDIR", "RUN", "COPY", "VOLUME", "EXPOSE", "USER", "STOPSIGNAL", "HEALTHCHECK"}
    assert set() == {name for name, _ in found} - known - {"ENTRYPOINT", "CMD"}
    assert 2 == sum(name == "FROM" for name, _ in found)
    last = [position for position, (name, _) in enumerate(found) if name == "FROM"][-1]
    final = dict(found[last:])
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", final["USER"])
    assert "/health/live" in final["HEALTHCHECK"]
    assert ('["yixian"]', '["serve"]', "SIGTERM") == (final["ENTRYPOINT"], final["CMD"], final["STOPSIGNAL"])


def test_the_image_s_base_has_no_registrys_host_and_installs_only_what_is_locked() -> None:
    text = IMAGE.read_text()
    (base,) = re.findall(r"^ARG PYTHON_IMAGE=(\S+)$", text, re.MULTILINE)
    assert re.fullmatch(r"python:3\.11-slim-\w+", base)
    installs = re.findall(r"pip install[^&\n]*", text)
    assert installs
    assert all("--require-hashes" in one or "--no-deps" in one for one in installs)
    assert "://" not in text.replace("http://127.0.0.1", "")
    assert "latest" not in text


def test_what_the_image_copies_is_there() -> None:
    for name, rest in instructions():
        if name == "COPY" and "--from" not in rest:
            *sources, _ = rest.split()
            assert all((ROOT / source).exists() for source in sources), rest


def test_the_image_sets_only_settings_that_there_are_and_its_check_is_a_program() -> None:
    names = set(re.findall(r"\b(YIXIAN_\w+)=", IMAGE.read_text()))
    assert set() == names - {f"YIXIAN_{name.upper()}" for name in Settings.model_fields}
    (check,) = [rest for name, rest in instructions() if name == "HEALTHCHECK"]
    (code,) = re.findall(r'"-c", "(.*)"\]$', check)
    compile(code, "HEALTHCHECK", "exec")


# --- the paper


def test_the_paper_names_only_commands_settings_and_figures_that_there_are() -> None:
    group = typer.main.get_group(api.cli.app)
    for name in set(re.findall(r"`(?:sudo .*)?yixian ([a-z]+)\b", PAPER)):
        assert name in group.commands, name
    known = {f"YIXIAN_{name.upper()}" for name in Settings.model_fields} | {"YIXIAN_LANG"}
    assert set() == set(re.findall(r"\bYIXIAN_[A-Z_]+[A-Z]\b", PAPER)) - known
    names = {f"{name}_total" for name in TOTALS} | PROCESSES.keys() | {"yixian_data_info"}
    text = (ROOT / "api" / "figures.py").read_text() + " ".join(names)
    for name in set(re.findall(r"\byixian_[a-z_]+[a-z]\b", PAPER)):
        stem = re.sub(r"_(bucket|count|sum)$", "", name)
        assert stem in text, name


def test_the_paper_explains_every_field_of_health() -> None:
    from fastapi.testclient import TestClient

    body = TestClient(create_app(open_services(Settings()))).get("/health/ready").json()
    table = PAPER.split("| field of `/health/ready` |", 1)[1].split("\n\n", 1)[0]
    told = {"version", "data", "degraded", "reasons", "journal", "last_import", "disk", "calendar_known_to", "warnings"}
    told |= {"damage", "last_swap", "failed_swap"}
    assert told <= body.keys()
    assert all(name in table for name in told)
    plain = {"status", "at", "county", "is_sample", "metric_crs", "teams", "record"}
    assert set() == body.keys() - told - plain


def test_the_paper_begins_with_what_a_chinese_operator_must_know() -> None:
    beginning = PAPER.split("## Install", 1)[0]
    for word in ("yixian doctor", "systemctl reload", "yixian backup", "yixian restore", "磁盘满"):
        assert word in beginning
