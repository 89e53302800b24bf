"""`yixian doctor`: each thing that may be wrong with a machine or a folder is found, and how to mend it is said."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from api.doctor import checks as doctor
from api.doctor import examination
from api.doctor.checks import BUILT, STALE_EVENTS, Finding, State
from api.doctor.disk import Disk
from api.doctor.examination import examined
from api.identity.tokens import add_token
from api.settings import Settings, clock
from geo.calendar import CHINA
from geo.journal import Journal
from geo.terms import Role
from tests.commands import yixian
from tests.journals import check_ins
from tests.serving import serving

NOW = datetime(2026, 11, 23, 10, tzinfo=CHINA)
GIB = 2**30


@pytest.fixture
def folder(at_rest: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(at_rest, tmp_path / "county"))


def looked_over(folder: Path, now: datetime = NOW, port: int = 0) -> dict[str, Finding]:
    return {one.what: one for one in examined(Settings(data=folder, port=port), now)}


@pytest.mark.parametrize(
    ("expected", "met", "finding"),
    [
        (State.OK, "3.12.1", doctor.python((3, 12, 1))),
        (State.FAIL, "3.10.9", doctor.python((3, 10, 9))),
        (State.OK, "2 as locked", doctor.libraries({"a": ["1"], "b": ["2", "3"]}, {"a": "1", "b": "3"})),
        (State.WARN, "b 4", doctor.libraries({"a": ["1"], "b": ["2", "3"]}, {"a": "1", "b": "4"})),
        (State.FAIL, "not installed: b", doctor.libraries({"a": ["1"], "b": ["2"]}, {"a": "9", "b": None})),
        (State.WARN, "no requirements.lock", doctor.libraries({}, {})),
        (State.OK, "50.0 GB", doctor.disk(Disk(50 * 10**9, 100 * 10**9))),
        (State.WARN, "", doctor.disk(Disk(GIB - 1, 2 * GIB))),
        (State.FAIL, "", doctor.disk(Disk(10, 100 * GIB))),
        (State.WARN, "cannot be told", doctor.disk(None)),
        (State.OK, "2026-11-23", doctor.clock(NOW, None)),
        (State.OK, "", doctor.clock(NOW, NOW + timedelta(minutes=4))),
        (State.FAIL, "newest event or import", doctor.clock(NOW, NOW + timedelta(minutes=6))),
        (State.FAIL, "before this program was made", doctor.clock(BUILT - timedelta(days=1), None)),
        (State.OK, "no tokens", doctor.secrets({})),
        (State.OK, "owner alone", doctor.secrets({"tokens.json": 0o600})),
        (State.FAIL, "others may read tokens.json", doctor.secrets({"tokens.json": 0o640, "session.key": 0o600})),
        (State.OK, "none ends soon", doctor.tokens([])),
        (State.WARN, "hq (11-25)", doctor.tokens([("hq", NOW + timedelta(days=2))])),
        (State.OK, "/data", doctor.rights("/data", is_there=True, is_writable=True)),
        (State.FAIL, "only be read", doctor.rights("/data", is_there=True, is_writable=False)),
        (State.WARN, "sample", doctor.rights("/data", is_there=False, is_writable=True)),
        (State.OK, "none needed", doctor.snapshot(0, None)),
        (State.OK, "5 events behind", doctor.snapshot(STALE_EVENTS + 5, STALE_EVENTS)),
        (State.WARN, "50,001 events", doctor.snapshot(STALE_EVENTS + 1, None)),
        (State.WARN, "one, two", doctor.rules(["one", "two"])),
        (State.OK, "", doctor.rules([])),
        (State.OK, "2026-12-31", doctor.calendar(date(2026, 12, 31), None)),
        (State.WARN, "2027-01-01", doctor.calendar(date(2026, 12, 31), date(2027, 1, 1))),
        (State.OK, "Noto", doctor.fonts("Noto")),
        (State.WARN, "none", doctor.fonts(None)),
        (State.OK, "chromium", doctor.browser("chromium")),
        (State.WARN, "plainly", doctor.browser(None)),
        (State.OK, "kept", doctor.compiled("/x", has_some=True, is_writable=False)),
        (State.OK, "will be kept", doctor.compiled("/x", has_some=False, is_writable=True)),
        (State.WARN, "/x cannot be written", doctor.compiled("/x", has_some=False, is_writable=False)),
        (State.OK, "is free", doctor.port("h:1", is_free=True, is_ours=False)),
        (State.OK, "a service answers", doctor.port("h:1", is_free=False, is_ours=True)),
        (State.WARN, "another program", doctor.port("h:1", is_free=False, is_ours=False)),
    ],
)
def test_each_check_tells_what_was_met_and_how_to_mend_what_is_not_well(
    expected: State, met: str, finding: Finding
) -> None:
    assert (expected, True) == (finding.state, met in finding.met)
    assert (finding.state is not State.OK) == bool(finding.mend)


def test_long_lists_are_cut() -> None:
    assert doctor.rules([str(number) for number in range(9)]).met.endswith("4 and 4 more")


def test_looking_over_a_folder_changes_nothing_in_it(folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    looked_over(folder)
    assert before == sorted(folder.rglob("*"))


def test_a_folder_that_is_well_has_no_fault(folder: Path) -> None:
    with Journal.open(folder, create=True, clock=lambda: NOW) as journal:
        journal.append(check_ins(3), actor="a")
    found = looked_over(folder)
    assert [] == [one for one in found.values() if one.state is State.FAIL]
    assert ("3 events, whole", str(folder)) == (found["journal"].met, found["data folder"].met)
    assert found["layers"].met.startswith("17 layers") or "layers, data version" in found["layers"].met


def test_without_a_folder_the_sample_is_looked_over(tmp_path: Path) -> None:
    found = looked_over(tmp_path / "nothing")
    assert (State.WARN, State.OK) == (found["data folder"].state, found["layers"].state)


def test_a_layer_that_was_changed_is_found(folder: Path) -> None:
    villages = folder / "villages.geojson"
    villages.write_bytes(villages.read_bytes() + b" ")
    found = looked_over(folder)
    assert (State.FAIL, True) == (found["layers"].state, "villages.geojson was changed" in found["layers"].met)
    assert "clock" in found  # what comes after is looked at all the same


def test_a_journal_that_was_changed_is_found(folder: Path) -> None:
    with Journal.open(folder, create=True, clock=lambda: NOW) as journal:
        journal.append(check_ins(3), actor="a")
    content = bytearray((folder / "journal.db").read_bytes())
    content[content.rindex(b'"M2"') + 2] ^= 1
    (folder / "journal.db").write_bytes(content)
    assert State.FAIL is looked_over(folder)["journal"].state


def test_a_clock_behind_the_newest_event_is_found(folder: Path) -> None:
    with Journal.open(folder, create=True, clock=lambda: NOW) as journal:
        journal.append(check_ins(1), actor="a")
    assert State.FAIL is looked_over(folder, NOW - timedelta(hours=1))["clock"].state
    assert State.OK is looked_over(folder, NOW + timedelta(hours=1))["clock"].state


def test_rules_that_cannot_be_taken_and_those_that_contradict_each_other_are_found(folder: Path) -> None:
    (folder / "rules.toml").write_text("[coverage\n")
    assert State.FAIL is looked_over(folder)["rules"].state


def test_secrets_that_others_may_read_and_tokens_that_end_soon_are_found(folder: Path) -> None:
    add_token(folder, "hq", Role.HQ, "431381", now=clock(), days=2)
    found = looked_over(folder, clock())
    assert (State.OK, State.WARN) == (found["secrets"].state, found["tokens"].state)
    assert "hq" in found["tokens"].met
    (folder / "tokens.json").chmod(0o644)
    assert State.FAIL is looked_over(folder, clock())["secrets"].state
    (folder / "tokens.json").write_text("{")
    assert State.FAIL is looked_over(folder, clock())["tokens"].state


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        yield sock.getsockname()[1]


def test_a_port_that_another_program_has_is_told_from_one_of_our_own(
    folder: Path, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examination, "_ANSWER_S", 0.1)
    assert State.WARN is looked_over(folder, port=taken)["port"].state
    monkeypatch.setattr(examination, "_ANSWER_S", 5.0)
    with serving(folder) as server:
        found = looked_over(folder, port=server.port)["port"]
    assert (State.OK, True) == (found.state, found.met.endswith("a service answers"))


def test_the_exit_status_is_the_worst_state_and_json_tells_the_same(folder: Path) -> None:
    (folder / "villages.geojson").write_text("")
    done = yixian("doctor", "--data", folder, "--port", 0, "--json")
    told = json.loads(done.stdout)
    assert (2, "fail") == (done.returncode, next(one for one in told if one["what"] == "layers")["state"])
    assert all(set(one) == {"what", "state", "met", "mend"} for one in told)
    done = yixian("doctor", "--data", folder, "--port", 0, env={**os.environ, "YIXIAN_LANG": "zh"})
    assert (2, True, True) == (done.returncode, "故障" in done.stdout, "恢复备份" in done.stdout)


def test_every_sentence_of_the_doctor_has_a_translation() -> None:
    """Whatever a check says is known to the catalogue; names and causes stay as they are."""
    from api.cli.language import heard, speak

    said = [
        *(doctor.libraries({}, {}), doctor.disk(None), doctor.disk(Disk(1, 10**12)), doctor.secrets({})),
        *(doctor.secrets({"a": 0o644}), doctor.secrets({"a": 0o600}), doctor.tokens([]), doctor.tokens([("a", NOW)])),
        *(doctor.clock(BUILT - timedelta(1), None), doctor.clock(NOW, NOW + timedelta(1))),
        *(doctor.rights("/d", is_there=False, is_writable=True), doctor.rights("/d", is_there=True, is_writable=False)),
        *(doctor.snapshot(10**6, None), doctor.snapshot(5, 3), doctor.snapshot(0, None), doctor.rules([])),
        *(doctor.calendar(date(2026, 1, 1), None), doctor.calendar(date(2026, 1, 1), date(2026, 2, 1))),
        *(doctor.fonts(None), doctor.browser(None), doctor.libraries({"a": ["1"]}, {}), doctor.python((3, 9, 1))),
        *(doctor.libraries({"a": ["1"]}, {"a": "2"}), doctor.libraries({"a": ["1"]}, {"a": "1"})),
        *(doctor.compiled("/x", has_some=more, is_writable=False) for more in (True, False)),
        *(doctor.port("h:1", is_free=free, is_ours=False) for free in (True, False)),
        doctor.port("h:1", is_free=False, is_ours=True),
    ]
    speak("zh")
    try:
        texts = {text for one in said for text in (one.what, one.met, one.mend) if text and any(map(str.isalpha, text))}
        assert {"Python", "/d"} >= {text for text in texts if heard(text) == text}
    finally:
        speak("en")
