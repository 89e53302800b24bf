"""The forest-fire class of a day: by the most particular bulletin that was out, and honest about days without one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import intake
from geo.atlas import Atlas, Provenance, build
from geo.calendar import CHINA
from geo.errors import InputError, LayerFaultsError
from geo.fire_danger import MOST_DAYS, NOT_GIVEN, UNKNOWN, fire_days
from geo.layers.registry import LAYERS
from geo.layers.spec import check
from geo.rules import FireRules
from tests.county import TOWNS, raw_layers

SPEC = LAYERS["fire_dangers"]
COUNTY = "431381"
AT = datetime(2022, 12, 23, 10, tzinfo=CHINA)
START = date(2022, 12, 10)
DAYS = [START + timedelta(days=number) for number in range(20)]


def row(area: str, first: date, level: int, last: date | None = None, issued: str | None = None) -> dict[str, Any]:
    return {"area_code": area, "first_day": first, "last_day": last, "fire_class": level, "issued_at": issued}


def table_of(*rows: dict[str, Any]) -> pd.DataFrame:
    return check(pd.DataFrame(list(rows), columns=list(row(COUNTY, START, 1)), dtype=object), SPEC)


@cache
def layers_but_fire() -> dict[str, pd.DataFrame]:
    return {name: check(raw_layers()[name], LAYERS[name]) for name in ("county", "towns", "villages", "teams")}


@cache
def atlas_without_fire() -> Atlas:
    return build(layers_but_fire(), Provenance("test", AT))


def atlas_of(*rows: dict[str, Any]) -> Atlas:
    made = atlas_without_fire()
    return replace(made, layers={**made.layers, "fire_dangers": table_of(*rows)})


def classes(atlas: Atlas, first: date = DAYS[0], last: date = DAYS[-1], at: datetime = AT) -> dict[str, list[int]]:
    """The class of the first village of each town, day by day."""
    answer = fire_days(atlas, first, last, at=at)
    rows = zip(answer.villages, answer.fire_class.tolist(), strict=True)
    return {village.town_code: found for village, found in rows}


def test_a_towns_own_class_goes_before_the_countys() -> None:
    found = classes(atlas_of(row(COUNTY, DAYS[3], 2), row(TOWNS[0], DAYS[3], 5)))
    assert [5, 2, 2] == [found[town][3] for town in TOWNS]


def test_a_day_of_the_record_without_a_class_is_not_low_and_a_day_beyond_it_is_not_known() -> None:
    found = classes(atlas_of(row(COUNTY, DAYS[3], 1), row(COUNTY, DAYS[5], 1)))[TOWNS[0]]
    today = DAYS.index(AT.date())
    assert [UNKNOWN] * 3 == found[:3]
    assert [1, NOT_GIVEN, 1] == found[3:6]
    assert [NOT_GIVEN] * (today - 5) == found[6 : today + 1]
    assert {UNKNOWN} == set(found[today + 1 :])


def test_without_any_row_every_day_is_unknown() -> None:
    assert {UNKNOWN} == {level for found in classes(atlas_of()).values() for level in found}


def test_a_class_is_known_from_its_issue_on() -> None:
    atlas = atlas_of(row(COUNTY, date(2022, 12, 24), 4, issued="2022-12-23T16:00+08:00"), row(COUNTY, START, 1))
    eve, after = (datetime(2022, 12, 23, hour, tzinfo=CHINA) for hour in (15, 16))
    assert UNKNOWN == classes(atlas, at=eve)[TOWNS[0]][14]
    assert 4 == classes(atlas, at=after)[TOWNS[0]][14]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([COUNTY, *TOWNS]), st.integers(0, 19), st.integers(0, 5), st.integers(1, 5), st.booleans()
        ),
        max_size=12,
        unique_by=lambda one: one[:2],
    )
)
def test_every_day_has_the_class_that_a_clerk_would_read_off_the_bulletins(
    given_rows: list[tuple[str, int, int, int, bool]],
) -> None:
    late = "2022-12-24T00:00+08:00"
    rows = [
        row(area, DAYS[first], level, DAYS[first] + timedelta(days=lasts), None if out else late)
        for area, first, lasts, level, out in given_rows
    ]
    found = classes(atlas_of(*rows))
    out = [one for one in rows if one["issued_at"] is None]
    for town in TOWNS:
        for number, day in enumerate(DAYS):
            assert _read_off(out, town, day) == found[town][number]


def _read_off(out: list[dict[str, Any]], town: str, day: date) -> int:
    holding = [one for one in out if one["first_day"] <= day <= one["last_day"]]
    for area in (town, COUNTY):
        own = [one for one in holding if one["area_code"] == area]
        if own:
            return int(max(own, key=lambda one: one["first_day"])["fire_class"])
    begun = any(one["first_day"] <= day for one in out)
    return NOT_GIVEN if holding or (begun and day <= AT.date()) else UNKNOWN


def test_the_worst_class_of_a_day_and_how_many_people_live_in_each() -> None:
    answer = fire_days(atlas_of(row(COUNTY, DAYS[0], 2), row(TOWNS[0], DAYS[0], 4)), DAYS[0], DAYS[1], at=AT)
    people = dict.fromkeys(TOWNS, 0)
    for village in answer.villages:
        people[village.town_code] += village.population or 0
    assert [4, NOT_GIVEN] == [answer.worst(number) for number in (0, 1)]
    assert {4: people[TOWNS[0]], 2: people[TOWNS[1]] + people[TOWNS[2]]} == answer.people(0)


@pytest.mark.parametrize("last", [START - timedelta(days=1), START + timedelta(days=MOST_DAYS)])
def test_a_range_without_days_or_with_too_many_is_refused(last: date) -> None:
    with pytest.raises(InputError):
        fire_days(atlas_of(), START, last, at=AT)


@pytest.mark.parametrize(
    ("expected", "season", "day"),
    [
        (("2022-10-01", "2023-04-30"), ("10-01", "04-30"), "2022-12-23"),
        (("2022-10-01", "2023-04-30"), ("10-01", "04-30"), "2022-10-01"),
        (("2022-10-01", "2023-04-30"), ("10-01", "04-30"), "2023-04-30"),
        (("2023-10-01", "2024-04-30"), ("10-01", "04-30"), "2023-05-01"),
        (("2022-03-01", "2022-06-15"), ("03-01", "06-15"), "2022-06-15"),
        (("2023-03-01", "2023-06-15"), ("03-01", "06-15"), "2022-06-16"),
        (("2022-11-01", "2023-02-28"), ("11-01", "02-29"), "2022-12-01"),
    ],
)
def test_the_season_of_a_day_is_the_one_it_lies_in_or_the_next(
    expected: tuple[str, str], season: tuple[str, str], day: str
) -> None:
    assert tuple(map(date.fromisoformat, expected)) == FireRules(*season).season(date.fromisoformat(day))


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.sampled_from([("10-01", "04-30"), ("03-01", "06-15")]))
def test_a_day_lies_in_the_season_exactly_when_its_season_has_begun(day: date, season: tuple[str, str]) -> None:
    rules = FireRules(*season)
    first, last = rules.season(day)
    assert day <= last
    assert rules.in_season(day) is (first <= day)


def test_a_bulletin_is_imported_with_the_words_of_an_office(tmp_path: Path) -> None:
    """三级 of the fire classes is yellow; of the geological levels it would be yellow too, but 一级 would be red."""
    file = tmp_path / "火险等级.csv"
    file.write_text(
        "行政区划代码,日期,火险等级,发布时间\n431381,2022-10-19,五级,2022-10-18 16:00\n431381,2022-10-20,一级,\n"
        "431381,2022-10-21,橙色,\n",
        encoding="utf-8",
    )
    taken = intake.read(file, SPEC).accepted
    assert [5, 1, 4] == taken["fire_class"].tolist()
    assert "431381/2022-10-19" == taken["danger_id"].iloc[0]


@pytest.mark.parametrize(
    ("column", "bad"),
    [
        pytest.param("fire_class", row(COUNTY, START, 6), id="class"),
        pytest.param("area_code", row("43", START, 3), id="area"),
        pytest.param("last_day", row(COUNTY, START, 3, START - timedelta(days=1)), id="ends-before-it-begins"),
    ],
)
def test_a_row_that_cannot_be_is_a_fault_of_its_column(column: str, bad: dict[str, Any]) -> None:
    with pytest.raises(LayerFaultsError) as caught:
        table_of(bad)
    assert column in {fault.column for fault in caught.value.faults}


def test_two_classes_of_one_area_for_one_first_day_are_a_fault() -> None:
    with pytest.raises(LayerFaultsError, match="danger_id"):
        table_of(row(COUNTY, START, 3), row(COUNTY, START, 4))


def test_an_area_that_is_neither_the_county_nor_one_of_its_towns_is_a_fault() -> None:
    with pytest.raises(LayerFaultsError, match="area_code"):
        build({**layers_but_fire(), "fire_dangers": table_of(row("431300", START, 3))}, Provenance("test", AT))
