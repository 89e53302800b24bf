"""The thresholds of DOMAIN.md section 7 as data: their defaults, the file that holds them, and what contradicts."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.settings import SAMPLE_FOLDER
from geo.atlas import Provenance, build
from geo.board import fold_frames
from geo.calendar import NightRules
from geo.dispatch import RoadRules as RoadRulesOfDispatch
from geo.errors import ThresholdsError
from geo.rules import (
    THRESHOLDS,
    DutyRules,
    FireRules,
    LeaderRules,
    PlaceRules,
    ReinforceRules,
    RoadRules,
    Rules,
    StayRules,
    Threshold,
)
from geo.rules.thresholds import Kind
from tests.county import AS_OF, SmallCounty

DEFAULTS = Rules()

CLOCKS = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def values_of(one: Threshold) -> st.SearchStrategy[Any]:
    """Whatever a threshold may be."""
    return {
        Kind.WHOLE: st.integers(one.least, one.most),
        Kind.NUMBER: st.floats(one.least, one.most),
        Kind.SWITCH: st.booleans(),
        Kind.CLOCK: CLOCKS.map(lambda at: f"{at:%H:%M}"),
        Kind.DAY: st.dates(date(2000, 1, 1), date(2000, 12, 31)).map("{:%m-%d}".format),
        Kind.WEEKDAYS: st.lists(st.integers(1, 7), min_size=1, unique=True).map(sorted),
    }[one.kind]


def written(value: Any) -> Any:
    """A threshold as TOML's reader gives it."""
    return list(value) if isinstance(value, tuple) else f"{value:%H:%M}" if isinstance(value, time) else value


FILES = st.fixed_dictionaries({}, optional={one.key: values_of(one) for one in THRESHOLDS})


def nested(entries: dict[str, Any]) -> dict[str, Any]:
    """Dotted keys as the tables that TOML makes of them."""
    tables: dict[str, Any] = {}
    for key, value in entries.items():
        *sections, name = key.split(".")
        table = tables
        for section in sections:
            table = table.setdefault(section, {})
        table[name] = value
    return tables


@pytest.mark.parametrize(
    ("expected", "key"),
    [
        pytest.param(3, "duty.full_strength", id="r03"),
        pytest.param((1, 3, 5), "duty.city_weekdays", id="r04"),
        pytest.param(False, "duty.makeup_counts_for_city", id="r04-makeup"),
        pytest.param(60, "duty.warn_days", id="r04a"),
        pytest.param(1, "duty.attended_from_members", id="r06-members"),
        pytest.param(100.0, "places.margin_m", id="r06-margin"),
        pytest.param(5, "stays.night.until_hour", id="r07"),
        pytest.param(2, "stays.quota_nights", id="r08"),
        pytest.param(2, "leaders.quota_nights", id="r10"),
        pytest.param(4, "stays.assessed_from_days", id="r12-week"),
        pytest.param(15, "leaders.assessed_from_days", id="r12-month"),
        pytest.param(7200, "roads.limit_s", id="r14"),
        pytest.param(time(8), "duty.day_from", id="r15a-day"),
        pytest.param(time(18), "duty.day_to", id="r15a-day-end"),
        pytest.param(time(20), "duty.night_from", id="r15a-night"),
        pytest.param(time(8), "duty.night_to", id="r15a-night-end"),
        pytest.param(1800, "duty.check_in_fresh_s", id="r15a-check-in"),
        pytest.param(900, "roads.notice_s", id="r15b"),
        pytest.param(1800, "roads.recall_notice_s", id="r15b-recall"),
        pytest.param(1, "reinforce.donor_keeps", id="r19"),
        pytest.param("10-01", "fire.season_from", id="fire-season"),
        pytest.param("04-30", "fire.season_to", id="fire-season-end"),
    ],
)
def test_each_threshold_begins_as_its_rule_says(expected: object, key: str) -> None:
    assert expected == DEFAULTS.values[key]


def test_every_threshold_of_the_rules_has_a_row_in_the_table_with_its_rule_and_both_languages() -> None:
    parts = (StayRules, LeaderRules, DutyRules, PlaceRules, RoadRules, ReinforceRules, FireRules)
    assert len(DEFAULTS.values) == sum(len(part.__dataclass_fields__) for part in parts)
    assert list(DEFAULTS.values) == [one.key for one in THRESHOLDS]
    assert all(one.rule.startswith(("R", "DOMAIN ")) and one.zh and one.en for one in THRESHOLDS)


def test_the_file_names_each_threshold_with_its_rule_and_meaning_above_it() -> None:
    lines = DEFAULTS.toml().splitlines()
    for one in THRESHOLDS:
        comment = lines.index(f"# {one.rule}: {one.zh} · {one.en}")
        assert lines[comment + 1].startswith(f"{one.key.split('.', 1)[1]} = ")


def test_the_samples_file_has_the_defaults() -> None:
    assert DEFAULTS.toml() == (SAMPLE_FOLDER / "rules.toml").read_text(encoding="utf-8")


@given(FILES)
def test_a_file_gives_what_it_names_and_the_defaults_for_the_rest_and_is_written_back_the_same(
    entries: dict[str, Any],
) -> None:
    rules = Rules.of(nested(entries))
    assert rules == Rules.of(tomllib.loads(rules.toml()))
    assert rules.version == Rules.of(tomllib.loads(rules.toml())).version
    untouched = {key: value for key, value in DEFAULTS.values.items() if key not in entries}
    assert untouched == {key: rules.values[key] for key in untouched}
    assert entries == {key: written(rules.values[key]) for key in entries}


@given(FILES)
def test_the_version_changes_exactly_when_a_threshold_does(entries: dict[str, Any]) -> None:
    rules = Rules.of(nested(entries))
    assert (rules == DEFAULTS) is (rules.version == DEFAULTS.version)
    assert 8 == len(rules.version)


def test_a_time_of_day_may_be_written_as_toml_has_them() -> None:
    assert time(8, 30) == Rules.of(tomllib.loads("[duty]\nday_from = 08:30:00")).duty.day_from


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("stays.quota_nights", "2", "whole number from 0 to 31"),
        ("stays.quota_nights", 2.0, "whole number"),
        ("stays.quota_nights", True, "whole number"),
        ("stays.quota_nights", -1, "from 0 to 31"),
        ("stays.night.until_hour", 24, "from 1 to 23"),
        ("duty.city_weekdays", [], "Monday 1 to Sunday 7"),
        ("duty.city_weekdays", [1, 1], "Monday 1 to Sunday 7"),
        ("duty.city_weekdays", [0], "Monday 1 to Sunday 7"),
        ("duty.city_weekdays", ["Mon"], "Monday 1 to Sunday 7"),
        ("duty.city_weekdays", [True], "Monday 1 to Sunday 7"),
        ("duty.city_weekdays", 1, "list of weekdays"),
        ("duty.makeup_counts_for_city", 1, "true or false"),
        ("duty.day_from", "8:00", 'such as "08:00"'),
        ("duty.day_from", "24:00", "time of day"),
        ("duty.day_from", time(8, 0, 30), "time of day"),
        ("duty.day_from", date(2022, 1, 1), "time of day"),
        ("places.margin_m", float("nan"), "number from 0 to 5000"),
        ("places.margin_m", float("inf"), "number from 0 to 5000"),
        ("places.margin_m", False, "number"),
        ("stays.night", 5, "stays.night.until_hour"),
        ("stays.quota", 2, "stays.quota_nights"),
        ("stay.quota_nights", 2, "[stays]"),
        ("quota_nights", 2, "[stays]"),
        ("stays", 2, "stays.quota_nights"),
        ("nothing", {}, "[stays]"),
    ],
)
def test_an_entry_that_cannot_be_taken_is_named_with_what_was_met_and_what_is_allowed(
    key: str, value: object, allowed: str
) -> None:
    with pytest.raises(ThresholdsError) as caught:
        Rules.of(nested({key: value}))
    (fault,) = caught.value.faults
    assert key == fault.key
    assert str(value).strip("'\"") in fault.value.replace("datetime.date(2022, 1, 1)", "2022-01-01")
    assert allowed in fault.allowed


def test_every_fault_of_a_file_is_told_at_once_in_one_line() -> None:
    with pytest.raises(ThresholdsError) as caught:
        Rules.of({"stays": {"quota_nights": "two", "quota": 1}, "duty": {"day_from": "8"}, "other": 1})
    assert ["stays.quota_nights", "stays.quota", "duty.day_from", "other"] == [one.key for one in caught.value.faults]
    assert 1 == len(str(caught.value).splitlines())
    assert all(str(fault) in str(caught.value) for fault in caught.value.faults)


@given(FILES)
def test_rules_that_can_be_read_can_be_asked_for_contradictions(entries: dict[str, Any]) -> None:
    assert all("(R" in text for text in Rules.of(nested(entries)).contradictions())


def test_the_defaults_contradict_nothing() -> None:
    assert () == DEFAULTS.contradictions()


@pytest.mark.parametrize(
    ("entries", "named"),
    [
        ({"stays.quota_nights": 8}, ("stays.quota_nights = 8", "7 nights", "R08")),
        ({"stays.assessed_from_days": 8}, ("stays.assessed_from_days = 8", "never assessed", "R12")),
        ({"stays.quota_nights": 5}, ("stays.assessed_from_days = 4", "stays.quota_nights = 5", "R12", "R08")),
        ({"leaders.quota_nights": 29}, ("leaders.quota_nights = 29", "R10")),
        ({"leaders.quota_nights": 16}, ("leaders.assessed_from_days = 15", "leaders.quota_nights = 16", "R10")),
        ({"duty.attended_from_members": 4}, ("duty.attended_from_members = 4", "duty.full_strength = 3", "R06", "R03")),
        ({"duty.day_to": "08:00"}, ("duty.day_from", "08:00", "R15a")),
        ({"duty.night_from": "07:00"}, ("duty.night_from", "midnight", "R15a")),
        ({"duty.night_to": "04:00"}, ("duty.night_to = 04:00", "stays.night.until_hour = 5", "R15a", "R07")),
        ({"roads.recall_notice_s": 600}, ("roads.recall_notice_s = 600", "roads.notice_s = 900", "R15b")),
        ({"roads.recall_notice_s": 7200}, ("roads.recall_notice_s = 7200", "roads.limit_s = 7200", "R14")),
        ({"roads.limit_s": 80000, "roads.search_limit_s": 7200}, ("roads.limit_s = 80000", "roads.search_limit_s")),
        ({"reinforce.donor_keeps": 3}, ("reinforce.donor_keeps = 3", "duty.full_strength = 3", "R19")),
    ],
)
def test_a_contradiction_names_the_thresholds_that_are_at_odds_and_their_rules(
    entries: dict[str, Any], named: tuple[str, ...]
) -> None:
    (told,) = Rules.of(nested(entries)).contradictions()
    assert all(word in told for word in named), told


def test_an_atlas_holds_the_rules_that_it_was_made_with_and_its_answers_name_their_version(
    small_county: SmallCounty,
) -> None:
    rules = replace(DEFAULTS, stays=StayRules(night=NightRules(6)), places=PlaceRules(margin_m=50))
    atlas = build(small_county.layers, Provenance("test", AS_OF), rules=rules)
    board = fold_frames(atlas, None, None, AS_OF)
    assert rules is atlas.rules
    assert DEFAULTS == small_county.atlas.rules
    assert rules.version == atlas.provenance.rules == board.provenance.rules == board.provenance.body()["rules"]
    assert DEFAULTS.version == small_county.board.provenance.rules
    assert 50 == board.ground.margin_m


def test_the_thresholds_of_the_road_are_where_they_were() -> None:
    assert RoadRules is RoadRulesOfDispatch
