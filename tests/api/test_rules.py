"""Rules and calendar as a county edits and imports them: through the folder, the service, the command and the maps."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.imports import Manner, import_file
from api.settings import Settings
from api.swap import Live
from api.wiring import open_services
from geo import store
from geo.calendar import CHINA, DAY, LEAST_DAYS_OFF
from geo.errors import ThresholdsError, UnreadableFileError
from geo.rules import Rules
from maps.words import words
from tests.api.test_cli import data_of, run
from tests.county import AS_OF, SmallCounty

AUTUMN = datetime(2026, 11, 22, 9, tzinfo=CHINA)


@pytest.fixture
def folder(small_county: SmallCounty, tmp_path: Path) -> Path:
    store.write_county(tmp_path / "county", small_county.layers, present=AS_OF, source="test")
    return tmp_path / "county"


@pytest.fixture
def live(folder: Path) -> Live:
    settings = Settings(data=folder)
    return Live(open_services(settings), settings)


def edit(folder: Path, old: str, new: str) -> None:
    """As a person does it in an editor."""
    path = folder / "rules.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def days_off(year: int) -> str:
    """A register of a year's first days off, Mondays to Fridays, with headings as a county office writes them."""
    days = [day for day in (date(year, 1, 1) + DAY * offset for offset in range(60)) if day.weekday() < 5]
    return "日期,类型,节日\n" + "".join(f"{day:%Y/%m/%d},放假,元旦\n" for day in days[:LEAST_DAYS_OFF])


def put_calendar(folder: Path, text: str, tmp_path: Path, *, upsert: bool = False) -> list[str]:
    """Import a register of days; what the report remarks."""
    path = tmp_path / "days.csv"
    path.write_text(text, encoding="utf-8")
    report = import_file(folder, "calendar", path, now=AUTUMN, manner=Manner(upsert=upsert))
    return [remark.text for remark in report.remarks]


# rules.toml


def test_the_first_import_begins_a_folder_with_the_rules_written_out(tmp_path: Path) -> None:
    put_calendar(tmp_path / "county", days_off(2027), tmp_path)
    assert Rules().toml() == (tmp_path / "county" / "rules.toml").read_text(encoding="utf-8")


def test_rules_that_are_there_before_the_first_import_stay(tmp_path: Path) -> None:
    (tmp_path / "county").mkdir()
    (tmp_path / "county" / "rules.toml").write_text("[stays]\nquota_nights = 3\n", encoding="utf-8")
    put_calendar(tmp_path / "county", days_off(2027), tmp_path)
    assert 3 == open_services(Settings(data=tmp_path / "county")).atlas.rules.stays.quota_nights


def test_a_folder_without_the_file_has_the_defaults(folder: Path) -> None:
    (folder / "rules.toml").unlink()
    assert Rules() == open_services(Settings(data=folder)).atlas.rules


@pytest.mark.parametrize("text", ["\ufeff[stays]\nquota_nights = 1\n", "[stays]\r\nquota_nights = 1\r\n"])
def test_a_file_as_windows_saves_it_is_read(folder: Path, text: str) -> None:
    (folder / "rules.toml").write_bytes(text.encode())
    assert 1 == store.read_rules(folder).stays.quota_nights


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[stays\n", "is not TOML"),
        (b"[stays]\nquota_nights = 1\nquota_nights = 2\n", "is not TOML"),
        ("# 规则\n".encode("gbk"), "is not in UTF-8"),
    ],
)
def test_a_file_that_is_no_toml_opens_no_county_and_is_named(folder: Path, content: bytes, reason: str) -> None:
    (folder / "rules.toml").write_bytes(content)
    with pytest.raises(UnreadableFileError, match=reason) as caught:
        open_services(Settings(data=folder))
    assert "rules.toml" in str(caught.value)


def test_a_file_with_bad_thresholds_opens_no_county_and_names_them_all(folder: Path) -> None:
    edit(folder, "quota_nights = 2", "quota_nights = two")
    with pytest.raises(UnreadableFileError):
        open_services(Settings(data=folder))
    edit(folder, "quota_nights = two", "quota_nights = 200")
    edit(folder, "full_strength = 3", "full_strenth = 3")
    with pytest.raises(ThresholdsError) as caught:
        open_services(Settings(data=folder))
    assert ["stays.quota_nights", "leaders.quota_nights", "duty.full_strenth"] == [
        fault.key for fault in caught.value.faults
    ]


def test_r08_an_edited_rule_takes_over_in_the_running_service_and_every_answer_names_its_version(
    folder: Path, live: Live
) -> None:
    with TestClient(create_app(live.current)) as client:
        before = client.get("/v1/coverage/stays").json()
    edit(folder, "quota_nights = 2", "quota_nights = 1")
    assert live.look()
    assert not live.look()
    with TestClient(create_app(live.current)) as client:
        after = client.get("/v1/coverage/stays").json()
        asked = [client.get(path).json() for path in ("/v1/nearest?lon=111.41&lat=27.66", "/health/ready")]
    rules = live.current.atlas.rules
    assert live.last_swap is not None
    assert (1, rules.version) == (rules.stays.quota_nights, live.last_swap.rules)
    assert [rules.version] * 3 == [one["data"]["rules"] for one in (after, *asked)]
    assert Rules().version == before["data"]["rules"] != rules.version
    assert before["data"]["version"] == after["data"]["version"]
    assert (2, 1) == (before["quota_nights"], after["quota_nights"])
    assert before["counts"]["met"] < after["counts"]["met"]


def test_rules_that_cannot_be_taken_leave_the_service_as_it_is_and_health_says_why(folder: Path, live: Live) -> None:
    before = live.current
    edit(folder, "quota_nights = 2", "quota_nights = 99")
    assert not live.look()
    assert before is live.current
    assert live.failed_swap is not None
    assert "stays.quota_nights = 99" in live.failed_swap.reason
    assert "leaders.quota_nights = 99" in live.failed_swap.reason
    edit(folder, "quota_nights = 99", "quota_nights = 2")
    assert not live.look()
    assert live.failed_swap is None


def test_check_names_contradictions_and_what_cannot_be_read(folder: Path) -> None:
    assert [] == store.problems(folder)
    edit(folder, "attended_from_members = 1", "attended_from_members = 4")
    (told,) = store.problems(folder)
    assert told.startswith("rules.toml: duty.attended_from_members = 4 (R06)")
    edit(folder, "attended_from_members = 4", 'attended_from_members = "one"')
    (told,) = store.problems(folder)
    assert "attended_from_members = 'one'" in told


def test_rules_prints_what_is_in_force_for_people_and_programs(folder: Path) -> None:
    edit(folder, "recall_notice_s = 1800", "recall_notice_s = 60")
    body = data_of(run("rules", "--data", folder, "--json"))
    (changed,) = [one for one in body["thresholds"] if one["value"] != one["default"]]
    assert ("roads.recall_notice_s", 60, 1800, "R15b") == tuple(
        changed[name] for name in ("key", "value", "default", "rule")
    )
    assert [1, 3, 5] == next(one["value"] for one in body["thresholds"] if one["key"] == "duty.city_weekdays")
    assert "roads.recall_notice_s = 60" in body["contradictions"][0]
    table = run("rules", "--data", folder)
    assert body["version"] in table.stdout
    assert "召回" in table.stdout
    assert "roads.recall_notice_s = 60" in table.stderr


# The calendar


def test_r04a_an_imported_calendar_makes_its_year_known(folder: Path, tmp_path: Path) -> None:
    assert not open_services(Settings(data=folder)).atlas.work_calendar.knows(2027)
    assert [] == put_calendar(folder, days_off(2027), tmp_path)
    calendar = open_services(Settings(data=folder)).atlas.work_calendar
    assert date(2027, 12, 31) == calendar.known_to
    assert (False, True) == (calendar.is_workday(date(2027, 1, 1)), calendar.is_workday(date(2027, 6, 7)))


def test_r04a_an_import_that_leaves_a_year_incomplete_says_so_and_so_does_check(folder: Path, tmp_path: Path) -> None:
    head, *rows = days_off(2027).splitlines(keepends=True)
    (told,) = put_calendar(folder, head + "".join(rows[:5]), tmp_path)
    assert "2027 stays unknown" in told
    assert [f"calendar: {told}"] == store.problems(folder)
    assert [] == put_calendar(folder, head + "".join(rows[5:]), tmp_path, upsert=True)
    assert [] == store.problems(folder)


def test_r04a_health_and_every_map_warn_before_the_calendar_ends_and_a_new_one_cures_it(
    folder: Path, tmp_path: Path
) -> None:
    title = {lang: words(lang)("calendar.ends") for lang in ("zh", "en")}
    pages = [(page, lang) for page in ("coverage", "risk", "dispatch") for lang in title]
    with TestClient(create_app(open_services(Settings(data=folder, now=AUTUMN)))) as client:
        health = client.get("/health/ready").json()
        assert "2026-12-31" == health["calendar_known_to"]
        assert ["2027-01-01"] == [word for word in health["warnings"][0].split() if word.startswith("20")]
        for page, lang in pages:
            assert title[lang] in client.get(f"/maps/{page}?lang={lang}").text
    put_calendar(folder, days_off(2027), tmp_path)
    with TestClient(create_app(open_services(Settings(data=folder, now=AUTUMN)))) as client:
        assert [] == client.get("/health/ready").json()["warnings"]
        for page, lang in pages:
            assert title[lang] not in client.get(f"/maps/{page}?lang={lang}").text


def test_r04a_after_its_end_the_maps_say_that_the_calendar_has_ended_and_nights_are_answered_as_usual(
    folder: Path,
) -> None:
    later = datetime(2027, 3, 1, 9, tzinfo=CHINA)
    with TestClient(create_app(open_services(Settings(data=folder, now=later)))) as client:
        assert words("zh")("calendar.ended") in client.get("/maps/coverage").text
        assert "met" in client.get("/v1/coverage/stays?week=2022-W51").text


def test_health_warns_of_rules_that_contradict_each_other(folder: Path) -> None:
    edit(folder, "attended_from_members = 1", "attended_from_members = 4")
    with TestClient(create_app(open_services(Settings(data=folder)))) as client:
        (told,) = client.get("/health/ready").json()["warnings"]
    assert "duty.attended_from_members = 4" in told


def test_the_calendar_is_a_layer_that_the_command_imports_with_the_words_of_an_office(
    folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "放假安排.csv"
    file.write_text("日期,安排,节假日\n2026-10-10,补班,\n2026/10/1,放假,国庆节\n2026-12-24,休,\n", encoding="gbk")
    report = data_of(run("import", "calendar", file, "--data", folder, "--json"))
    assert ("stored", 3) == (report["outcome"], report["counts"]["accepted"])
    calendar = open_services(Settings(data=folder)).atlas.work_calendar
    assert [True, False, False] == [calendar.is_workday(date(2026, *day)) for day in ((10, 10), (10, 1), (12, 24))]
    exported = tmp_path / "calendar.geojson"
    assert 0 == run("export", "calendar", "-o", exported, "--data", folder).returncode
    assert ["2026-10-01", "2026-10-10", "2026-12-24"] == sorted(
        feature["id"] for feature in json.loads(exported.read_text(encoding="utf-8"))["features"]
    )
