"""The page of how it came: every week and day with its states, incidents and orders, and which moment is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from geo.calendar import CHINA, Week
from geo.coverage import stay_history
from geo.coverage.judging import STATES
from geo.errors import InputError
from geo.terms import StayState
from maps import pages
from maps.paint import history as painted
from maps.paint.tiles import TiledLayer
from maps.words import words

County = Any  # the hand-made county of conftest.py
FIRST, LAST = Week.parse("2022-W49"), Week.parse("2022-W51")


def _document(county: County, **options: Any) -> pages.Document:
    history = stay_history(county.atlas, county.board, FIRST, LAST, at=county.at)
    return pages.history_document(county.atlas, county.board, history, **options)


def _timeline(county: County, **options: Any) -> Any:
    return _document(county, **options).content["timeline"]


def _instant(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=CHINA).timestamp())  # type: ignore[misc]  # only dates are given


def test_every_village_has_the_state_of_every_week(county: County) -> None:
    told = _timeline(county)
    history = stay_history(county.atlas, county.board, FIRST, LAST, at=county.at)
    found = [[STATES[int(sign)] for sign in told["rows"][row]] for row in told["row_of"]]
    assert [list(history.states_of(number)) for number in range(len(history.villages))] == found
    assert [village.code for village in history.villages] == told["codes"]


def test_rows_that_are_alike_stand_there_once(county: County) -> None:
    rows = _timeline(county)["rows"]
    assert len(set(rows)) == len(rows)


def test_days_go_up_to_the_present_and_each_belongs_to_its_week(county: County) -> None:
    told = _timeline(county)
    assert ["2022-W49", "2022-W50", "2022-W51"] == [week["key"] for week in told["weeks"]]
    assert ("2022-12-05", "2022-12-25") == (told["days"][0]["key"], told["days"][-1]["key"])
    for day in told["days"]:
        assert str(Week.of(datetime.fromisoformat(day["key"]))) == told["weeks"][day["week"]]["key"]


def test_the_present_week_and_day_end_with_the_present(county: County) -> None:
    told = _timeline(county)
    assert {int(county.at.timestamp())} == {told[step][-1]["until"] for step in ("weeks", "days")}
    assert told["weeks"][0]["until"] == told["weeks"][1]["from"] == _instant(2022, 12, 12)


def test_an_incident_has_its_times_and_one_that_is_still_to_come_is_not_told(county: County) -> None:
    told = {one["id"]: (one["from"], one["until"]) for one in _timeline(county)["incidents"]}
    handled = (_instant(2022, 12, 20, 11), _instant(2022, 12, 20, 12))
    assert {"I1": (_instant(2022, 12, 25, 11), None), "I2": handled} == told


@pytest.mark.parametrize("moment", ["2022-W49", "2022-12-11"])
def test_a_moment_that_is_asked_for_is_shown_first(county: County, moment: str) -> None:
    assert moment == _timeline(county, moment=moment)["moment"]
    assert _timeline(county)["moment"] == "2022-W51"


@pytest.mark.parametrize("moment", ["2022-W48", "2022-12-26", "", "now", "2022-W51#", "${x}"])
def test_a_moment_that_the_range_does_not_have_is_refused(county: County, moment: str) -> None:
    if not moment:
        assert _timeline(county, moment=moment)["moment"] == "2022-W51"
        return
    with pytest.raises(InputError, match="2022-W49"):
        _timeline(county, moment=moment)


def test_without_any_stay_the_page_says_that_nothing_is_known(make_county: Callable[..., County]) -> None:
    bare = make_county(without=("stays", "incidents"))
    document = _document(bare)
    assert words("zh")("history.no_data_title") == document.content["notice"]["title"]
    assert [] == document.content["timeline"]["incidents"]


def test_hostile_names_stay_data(hostile_county: County, hostile_name: str) -> None:
    page = _document(hostile_county).standalone().decode()
    assert "<img src=x" not in page
    block = re.search(r'id="page-data">(.*?)</script>', page, re.DOTALL)
    assert block is not None
    assert hostile_name in {one["note"] for one in json.loads(block[1])["timeline"]["incidents"]}


def test_restricted_columns_stay_out(county: County, canary: str) -> None:
    assert canary not in _document(county).standalone().decode()


def test_too_many_villages_go_out_as_tiles_with_the_states_of_the_last_week(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(painted, "LARGE", 3)
    history = stay_history(county.atlas, county.board, FIRST, LAST, at=county.at)
    layer = painted.villages_over_time(county.atlas, history, words("zh"))
    assert isinstance(layer, TiledLayer)
    assert [village.code for village in history.villages] == layer.payload["joined"]["ids"]
    alone = layer.alone()
    assert alone is not None
    assert 3 == len(alone.payload["data"]["features"])


def test_the_same_inputs_give_the_same_bytes(county: County) -> None:
    assert _document(county).standalone() == _document(county).standalone()


def test_a_state_that_may_still_change_or_that_nobody_knows_is_compared_with_nothing(county: County) -> None:
    told = _timeline(county)
    ranks = dict(zip(STATES, told["rank"], strict=True))
    assert [StayState.CURABLE, StayState.NO_DATA] == [state for state in StayState if ranks[state] < 0]
    assert ranks[StayState.LOST] > ranks[StayState.MET]


def test_a_span_that_lies_wholly_in_the_past_ends_with_its_last_sunday(county: County) -> None:
    history = stay_history(county.atlas, county.board, FIRST, FIRST, at=county.at + timedelta(days=30))
    told = pages.history_document(county.atlas, county.board, history).content["timeline"]
    assert "2022-12-11" == told["days"][-1]["key"]
