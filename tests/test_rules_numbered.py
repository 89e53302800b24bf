"""Every rule of DOMAIN.md section 7 that this service keeps has a test with its number; R01 and R02 are here."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from api.settings import SAMPLE_FOLDER
from geo import store
from geo.coverage import duty_coverage, stay_coverage
from geo.nearest import nearest
from geo.terms import TeamKind, Tier
from tests.county import AS_OF, WEEK, county_of, raw_layers, village_codes

TESTS = Path(__file__).resolve().parent
RULES = sorted([*(f"r{number:02d}" for number in range(1, 20)), "r04a", "r15a", "r15b"])
_NUMBER = re.compile(r"(?<![a-z0-9])r\d\d[ab]?(?![a-z0-9])")


def numbered() -> set[str]:
    """The rules' numbers in the names of tests."""
    texts = (path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
    names = " ".join(name for text in texts for name in re.findall(r"^def test_(\w+)", text, re.M))
    return set(_NUMBER.findall(names.replace("_", " ")))


def test_every_rule_has_a_test_that_carries_its_number() -> None:
    assert [] == sorted(set(RULES) - numbered())


def test_every_example_has_a_test_of_the_whole_way_that_carries_its_letter() -> None:
    names = re.findall(r"^def test_example_([a-z])_", (TESTS / "test_examples.py").read_text(encoding="utf-8"), re.M)
    assert list("abcdefghi") == names


@pytest.fixture(scope="module")
def sample() -> dict[str, pd.DataFrame]:
    return store.read_layers(SAMPLE_FOLDER, store.read_manifest(SAMPLE_FOLDER))


def test_r01_the_sample_has_one_headquarters_ten_posts_and_a_station_under_one_post_in_each_village(
    sample: dict[str, pd.DataFrame],
) -> None:
    stations = sample["stations"]
    codes = {tier: stations.loc[stations["tier"] == tier, "code"].tolist() for tier in Tier}
    assert {Tier.HQ: 1, Tier.POST: 10, Tier.STATION: 150} == {tier: len(own) for tier, own in codes.items()}
    assert sorted(sample["villages"]["code"]) == sorted(codes[Tier.STATION])
    town_of = dict(zip(sample["villages"]["code"], sample["villages"]["town_code"], strict=True))
    assert {1} == {codes[Tier.POST].count(town_of[code]) for code in codes[Tier.STATION]}
    assert {codes[Tier.HQ][0]} == {code[:6] for code in codes[Tier.POST]}


def test_r02_the_sample_has_300_teams_one_of_each_kind_in_every_village(sample: dict[str, pd.DataFrame]) -> None:
    teams = sample["teams"]
    assert 300 == len(teams)
    served = Counter(zip(teams["village_code"], teams["kind"], strict=True))
    assert {(code, kind): 1 for code in sample["villages"]["code"] for kind in TeamKind} == served


def test_r02_villages_with_several_teams_of_a_kind_or_with_none_are_answered_as_they_are() -> None:
    layers = raw_layers()
    teams = layers["teams"]
    first, second, third = village_codes()[:3]
    teams.loc[teams["team_id"].isin(["T02", "T03"]), "village_code"] = first
    county = county_of(teams=teams[teams["team_id"] != "C02"], stays=layers["stays"])
    states = {one.village_code: one for one in stay_coverage(county.atlas, county.board, WEEK, at=AS_OF).villages}
    assert ("met", "no_team", "no_team") == tuple(states[code].state for code in (first, second, third))
    duty = duty_coverage(county.atlas, county.board, AS_OF.date(), at=AS_OF).teams
    assert {first: 4, third: 1} == {
        code: count
        for code, count in Counter(one.village_code for one in duty).items()
        if code in (first, second, third)
    }
    assert 5 == len(nearest(county.atlas, county.board, 111.41, 27.68, at=AS_OF, k=5).teams)


@pytest.mark.parametrize(("kind", "states"), [("city", {"no_team"}), ("township", {"met", "curable", "lost"})])
def test_r02_teams_of_one_kind_alone_are_answered(kind: str, states: set[str]) -> None:
    layers = raw_layers()
    teams, stays = layers["teams"], layers["stays"]
    kept = teams[teams["kind"] == kind]
    county = county_of(teams=kept, stays=stays[stays["team_id"].isin(kept["team_id"])])
    answer = stay_coverage(county.atlas, county.board, WEEK, at=AS_OF)
    assert states <= {one.state.value for one in answer.villages}
    assert {kind} == {one.kind.value for one in duty_coverage(county.atlas, county.board, AS_OF.date(), at=AS_OF).teams}
