"""The built-in sample: what the program makes is what the repository holds, and its answers are known in advance."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from api.settings import SAMPLE_FOLDER
from geo import store
from geo.calendar import CHINA, Week
from geo.coverage import stay_coverage, stay_history

LOCKED_PYTHON = (3, 11)
WEEKS = [Week(2022, number) for number in range(40, 52)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    store.write_sample(folder)
    return folder


@pytest.fixture(scope="module")
def county() -> store.County:
    return store.open_county(SAMPLE_FOLDER)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.skipif(sys.version_info[:2] != LOCKED_PYTHON, reason="other versions are compared within 1e-6 degree")
def test_the_sample_is_made_again_byte_for_byte(made: Path) -> None:
    assert _names(made) == _names(SAMPLE_FOLDER)
    for path in made.iterdir():
        assert path.read_bytes() == (SAMPLE_FOLDER / path.name).read_bytes(), path.name


def test_the_sample_is_made_again_within_a_millionth_of_a_degree(made: Path) -> None:
    assert _names(made) == _names(SAMPLE_FOLDER)
    for path in made.glob("*.geojson"):
        again, kept = (json.loads(one.read_bytes()) for one in (path, SAMPLE_FOLDER / path.name))
        assert [one["properties"] for one in again["features"]] == [one["properties"] for one in kept["features"]]
        for ours, theirs in zip(again["features"], kept["features"], strict=True):
            pairs = zip(_numbers(ours["geometry"]), _numbers(theirs["geometry"]), strict=True)
            assert max(abs(a - b) for a, b in pairs) <= 1e-6
    for path in made.glob("*.csv"):
        assert path.read_bytes() == (SAMPLE_FOLDER / path.name).read_bytes()


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        yield from _numbers(value["coordinates"])
    elif isinstance(value, list):
        for one in value:
            yield from _numbers(one)
    else:
        yield float(value)


def test_every_village_and_week_has_the_state_known_in_advance(county: store.County) -> None:
    with (SAMPLE_FOLDER / "expected_stay_states.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    expected = {(row["village_code"], row["week"]): (int(row["nights"]), row["state"]) for row in rows}
    at = county.manifest.present
    answered = {
        (village.village_code, str(week)): (village.nights, village.state.value)
        for week in WEEKS
        for village in stay_coverage(county.atlas, county.board, week, at=at).villages
    }
    assert answered == expected
    assert len(expected) == 150 * len(WEEKS)
    assert {state for _, state in expected.values()} == {"met", "curable", "lost", "not_assessed", "no_team"}


def test_history_has_the_states_known_in_advance_of_every_village_and_week(county: store.County) -> None:
    with (SAMPLE_FOLDER / "expected_stay_states.csv").open(encoding="utf-8", newline="") as file:
        expected = {
            (row["village_code"], row["week"]): (int(row["nights"]), row["state"]) for row in csv.DictReader(file)
        }
    history = stay_history(county.atlas, county.board, WEEKS[0], WEEKS[-1], at=county.manifest.present)
    assert expected == {
        (area.code, str(week)): (nights, state.value)
        for position, area in enumerate(history.villages)
        for week, nights, state in zip(
            history.weeks, history.nights[position].tolist(), history.states_of(position), strict=True
        )
    }


def test_weeks_outside_the_samples_record_are_no_data(county: store.County) -> None:
    for week in (Week(2022, 39), Week(2022, 52), Week(2023, 10)):
        answer = stay_coverage(county.atlas, county.board, week, at=county.manifest.present)
        assert {village.state.value for village in answer.villages} == {"no_data"}


def test_the_samples_present_is_that_of_its_data(county: store.County) -> None:
    assert county.manifest.present == datetime(2022, 12, 23, 10, tzinfo=CHINA)
    assert county.atlas.provenance.date == county.manifest.present
    assert county.board.record.first_evening == date(2022, 10, 3)


def test_the_sample_counts_what_the_article_counts(county: store.County) -> None:
    layers = county.layers
    assert (len(layers["towns"]), len(layers["villages"]), len(layers["teams"])) == (10, 150, 300)
    assert list(layers["stations"]["tier"].value_counts()[["hq", "post", "station"]]) == [1, 10, 150]
    assert int(layers["villages"]["population"].sum()) == 329_912
