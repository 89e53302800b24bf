"""Closed vocabularies refuse what they do not know, and levels are ordered."""

from __future__ import annotations

from enum import StrEnum

import pytest

from geo import terms
from geo.errors import UnknownTermError
from geo.terms import DangerGrade, HazardKind, HazardLevel, Skill, TeamKind, parse_term

VOCABULARIES = [
    it for it in vars(terms).values() if isinstance(it, type) and issubclass(it, StrEnum) and it is not StrEnum
]


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_every_word_of_a_vocabulary_is_read_back(vocabulary: type[StrEnum]) -> None:
    assert list(vocabulary) == [parse_term(vocabulary, term.value, parameter="x") for term in vocabulary]


@pytest.mark.parametrize("value", ["", "City", " city", "市派", None, 1, "city;township"])
def test_an_unknown_word_raises_and_lists_what_is_allowed(value: object) -> None:
    with pytest.raises(UnknownTermError) as caught:
        parse_term(TeamKind, value, parameter="kind")
    assert ("kind", value, ("city", "township")) == (
        caught.value.parameter,
        caught.value.value,
        caught.value.allowed,
    )
    assert "city, township" in str(caught.value)


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_codes_are_lower_case_ascii_words(vocabulary: type[StrEnum]) -> None:
    assert [] == [term for term in vocabulary if not (term.isascii() and term.islower() and term.isidentifier())]


def test_hazard_levels_are_ordered_from_low_to_extreme() -> None:
    assert [1, 2, 3, 4, 5] == sorted(HazardLevel)
    assert HazardLevel.EXTREME == max(HazardLevel)
    assert HazardLevel.LOW < HazardLevel.FAIRLY_LOW < HazardLevel.FAIRLY_HIGH < HazardLevel.HIGH


@pytest.mark.parametrize(
    ("expected", "grade"),
    [
        (HazardLevel.FAIRLY_LOW, DangerGrade.SMALL),
        (HazardLevel.FAIRLY_HIGH, DangerGrade.MEDIUM),
        (HazardLevel.HIGH, DangerGrade.LARGE),
        (HazardLevel.EXTREME, DangerGrade.EXTRA_LARGE),
    ],
)
def test_danger_grades_share_the_upper_four_levels(expected: HazardLevel, grade: DangerGrade) -> None:
    assert expected is grade.level


def test_the_hazards_are_forest_fire_the_six_legal_kinds_and_the_unstable_slope() -> None:
    assert {
        "forest_fire",
        "landslide",
        "rockfall",
        "debris_flow",
        "ground_collapse",
        "ground_fissure",
        "land_subsidence",
        "unstable_slope",
    } == set(HazardKind)


def test_skills_never_hold_the_separator_of_lists() -> None:
    assert [] == [skill for skill in Skill if ";" in skill]
