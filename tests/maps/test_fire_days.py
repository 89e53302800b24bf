"""The forest-fire class of a day on the risk page: which day, which towns, how many people, and what is not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from geo.calendar import CHINA
from geo.errors import InputError
from geo.layers.registry import LAYERS
from geo.layers.spec import check
from maps import pages, palette
from maps.words import words

County = Any  # the hand-made county of conftest.py
TOWNS = ("431381001", "431381002")


def _with(county: County, *rows: tuple[str, date, int]) -> County:
    names = ("area_code", "first_day", "fire_class")
    table = pd.DataFrame([dict(zip(names, one, strict=True)) for one in rows], columns=list(names), dtype=object)
    layers = {**county.atlas.layers, "fire_dangers": check(table, LAYERS["fire_dangers"])}
    return replace(county, atlas=replace(county.atlas, layers=layers))


def _document(county: County, **options: Any) -> pages.Document:
    return pages.risk_document(county.atlas, county.board, county.exposure, at=county.at, **options)


def _today(county: County) -> date:
    found: date = county.at.date()
    return found


def test_each_town_has_its_class_of_every_day(county: County) -> None:
    today = _today(county)
    told = _document(_with(county, ("431381", today, 3), (TOWNS[1], today, 5))).content["fire"]
    number = told["today"]
    assert str(today) == str(date.fromisoformat(told["first"]) + timedelta(days=number)) == told["moment"]
    assert dict(zip(TOWNS, "35", strict=True)) == {one["code"]: one["classes"][number] for one in told["towns"]}
    assert {len(told["days"])} == {len(one["classes"]) for one in told["towns"]}


def test_zero_missing_and_unknown_are_three_looks_and_three_words(county: County) -> None:
    today = _today(county)
    told = _document(_with(county, ("431381", today - timedelta(days=2), 1))).content["fire"]
    row, number = told["towns"][0]["classes"], told["today"]
    assert ("1", "0", "0", "u") == (row[number - 2], row[number - 1], row[number], row[number + 1])
    looks = [told["signs"][sign] for sign in ("1", "0", "u")]
    assert 3 == len({one["style"] for one in looks}) == len({one["label"] for one in looks})
    swatches = palette.swatches()
    assert 3 == len({swatches[one["style"]].fingerprint for one in looks})


def test_every_class_and_its_absence_has_a_pattern_of_its_own() -> None:
    swatches = palette.FIRE_DAYS.values()
    assert len({one.fingerprint for one in swatches}) == len({one.fill for one in swatches}) == 7


def test_the_season_is_counted_from_its_first_day(county: County) -> None:
    told = _document(county).content["fire"]
    assert ("2022-10-01", 0, 212) == (told["first"], told["season"]["begins"], told["season"]["days"])
    assert "1" * 212 == told["in_season"]


def test_before_the_season_the_days_before_today_are_shown_and_lie_outside_it(county: County) -> None:
    told = _document(replace(county, at=datetime(2022, 9, 20, 10, tzinfo=CHINA))).content["fire"]
    begins = told["season"]["begins"]
    assert ("2022-08-21", "0" * begins + "1" * 212) == (told["first"], told["in_season"])
    assert ("2022-09-20", 41) == (told["moment"], begins)


def test_people_of_a_town_are_those_that_its_villages_tell(county: County) -> None:
    told = {one["code"]: one["people"] for one in _document(county).content["fire"]["towns"]}
    assert {"431381001": 1000, "431381002": 1500} == told


def test_people_in_fire_zones_live_in_cells_that_touch_one(county: County) -> None:
    told = {one["code"]: one["in_zones"] for one in _document(county).content["fire"]["towns"]}
    assert {"431381001": 10, "431381002": 0} == told


def test_without_a_record_the_page_says_so_and_draws_no_class(county: County) -> None:
    document = _document(county)
    section = next(one for one in document.content["sections"] if one["type"] == "fireday")
    assert words("zh")("fire.no_record_title") == section["empty"]["title"]
    assert "layer-fire-class" not in document.blocks


def test_with_a_record_the_towns_are_drawn_without_their_shapes_a_second_time(county: County) -> None:
    block = _document(_with(county, ("431381", _today(county), 3))).blocks["layer-fire-class"]
    assert ("layer-towns", list(TOWNS)) == (block["shapes"], block["codes"])


def test_a_day_that_is_asked_for_is_shown_first_and_another_one_refused(county: County) -> None:
    assert "2022-11-05" == _document(county, day=date(2022, 11, 5)).content["fire"]["moment"]
    with pytest.raises(InputError, match="2022-10-01 to 2023-04-30"):
        _document(county, day=date(2024, 1, 1))
