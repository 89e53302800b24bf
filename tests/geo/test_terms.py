"""Closed vocabularies refuse what they do not know, and levels are ordered."""

from __future__ import annotations

from enum import StrEnum

import pytest

from geo import terms
from geo.errors import UnknownTermError
from geo.layers.registry import LAYERS
from geo.terms import (
    WORDS,
    DangerGrade,
    HazardKind,
    HazardLevel,
    Skill,
    TeamKind,
    Vocabulary,
    folded,
    ordinal_level,
    parse_term,
    parse_word,
)

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


COLUMN_VOCABULARIES = {column.vocabulary for spec in LAYERS.values() for column in spec.columns if column.vocabulary}


def test_every_vocabulary_of_a_layer_has_its_words() -> None:
    assert COLUMN_VOCABULARIES <= set(WORDS)


@pytest.mark.parametrize("vocabulary", WORDS, ids=lambda vocabulary: vocabulary.__name__)
def test_every_term_has_words_in_both_languages_and_no_word_means_two(vocabulary: Vocabulary) -> None:
    assert list(vocabulary) == list(WORDS[vocabulary])
    met: dict[str, set[object]] = {}
    for term, (chinese, english) in WORDS[vocabulary].items():
        assert any("\u4e00" <= letter <= "\u9fff" for letter in "".join(chinese))
        assert english
        assert all(word.isascii() for word in english)
        for word in (str(term), *chinese, *english):
            met.setdefault(folded(word), set()).add(term)
            assert parse_word(vocabulary, f" {word.upper()} ", parameter="x") == term
    assert {} == {word: terms for word, terms in met.items() if len(terms) > 1}


def test_an_unknown_word_lists_the_terms_in_both_languages() -> None:
    with pytest.raises(UnknownTermError, match=r"塌方.*landslide \(滑坡\).*unstable_slope \(不稳定斜坡\)"):
        parse_word(HazardKind, "塌方", parameter="kind")


@pytest.mark.parametrize("word", ["", "-1", "- 1", "滑 坡 区", "landslides!", "1.5"])
def test_a_word_that_only_resembles_another_is_unknown(word: str) -> None:
    for vocabulary in WORDS:
        with pytest.raises(UnknownTermError):
            parse_word(vocabulary, word, parameter="x")


@pytest.mark.parametrize(
    ("fire", "geological", "word"),
    [
        (1, 5, "一级"),
        (2, 4, "2级"),
        (3, 3, "Ⅲ级"),
        (4, 2, "iv"),
        (5, None, "五级"),
        (None, None, "六级"),
        (None, None, "1"),
    ],
)
def test_ordinal_levels_rise_for_fire_and_fall_for_the_ground(
    fire: int | None, geological: int | None, word: str
) -> None:
    assert fire == ordinal_level(word, HazardKind.FOREST_FIRE)
    for kind in HazardKind:
        assert kind is HazardKind.FOREST_FIRE or geological == ordinal_level(word, kind)
