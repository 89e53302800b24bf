"""Every word in both languages, and none asked for that is not there."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterable
from datetime import date, datetime
from enum import Enum
from pathlib import Path

import pytest

from geo import terms
from geo.calendar import CHINA
from geo.errors import InputError
from geo.layers.registry import LAYERS
from maps import palette, words

VOCABULARIES: list[tuple[str, Iterable[Enum]]] = [
    ("state", terms.StayState),
    ("state_note", terms.StayState),
    ("reason", terms.StayState),
    ("hazard", terms.HazardKind),
    ("level", terms.HazardLevel),
    ("fire_level", terms.HazardLevel),
    ("geo_level", terms.HazardLevel),
    ("colour", terms.HazardLevel),
    ("grade", terms.DangerGrade),
    ("site_status", terms.SiteStatus),
    ("incident", terms.IncidentKind),
    ("closure_cause", terms.ClosureCause),
    ("road_effect", terms.RoadEffect),
    ("detection", terms.DetectionKind),
    ("source", terms.DetectionSource),
    ("tier", terms.Tier),
    ("village_kind", terms.VillageKind),
    ("town_kind", terms.TownKind),
    ("team_kind", terms.TeamKind),
    ("attendance", terms.Attendance),
    ("evening", terms.EveningState),
    ("state_letter", terms.StayState),
    ("mode", terms.Mode),
    ("order_state", terms.OrderState),
    ("reach", terms.ReachState),
    ("road", palette.ROADS),
    ("skill", terms.Skill),
]


def test_both_languages_have_the_same_words_with_the_same_facts() -> None:
    zh, en = (words.words(lang).catalogue for lang in words.LANGUAGES)
    assert set(zh) == set(en)
    for key in zh:
        assert _facts(zh[key]) == _facts(en[key]) or key.startswith(("date.", "unit.")), key


def _facts(text: str) -> set[str | None]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


def test_no_word_is_empty() -> None:
    for lang in words.LANGUAGES:
        assert [key for key, text in words.words(lang).catalogue.items() if not text.strip()] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("group", "vocabulary"), VOCABULARIES)
def test_every_term_has_a_word(lang: str, group: str, vocabulary: Iterable[Enum]) -> None:
    catalogue = words.words(lang).catalogue
    assert [term for term in vocabulary if f"{group}.{term.value}" not in catalogue] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_layer_with_rows_to_draw_has_a_name(lang: str) -> None:
    catalogue = words.words(lang).catalogue
    drawn = [name for name in LAYERS if name not in ("leaders", "calendar", "speeds")]
    assert [name for name in drawn if f"layer.{name}" not in catalogue] == []


def test_an_unknown_word_raises() -> None:
    with pytest.raises(KeyError):
        words.words("zh")("no.such.word")


def test_an_unknown_language_is_an_input_error_that_lists_the_known() -> None:
    with pytest.raises(InputError, match="zh, en"):
        words.words("fr")


def test_every_word_that_the_code_names_exists() -> None:
    """Literal keys in maps/**/*.py are in the catalogue: a rare branch must not find a word missing."""
    folder = Path(words.__file__).parent
    missing = {
        node.args[0].value
        for source in folder.rglob("*.py")
        for node in ast.walk(ast.parse(source.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "words"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and node.args[0].value not in words.words("zh").catalogue
    }
    assert missing == set()


def test_zero_missing_and_unknown_are_three_words() -> None:
    for lang in words.LANGUAGES:
        say = words.words(lang)
        texts = {say.counted("people", 0), say.counted("people", None), say("value.unknown"), say("value.none")}
        assert len(texts) == 4
        assert "0" in say.counted("people", 0)


def test_dates_are_written_as_people_write_them() -> None:
    zh, en = words.words("zh"), words.words("en")
    assert zh.day(date(2022, 12, 19), weekday=True) == "12月19日(周一)"
    assert en.day(date(2022, 12, 19), weekday=True) == "Mon 19 Dec"
    assert zh.instant(datetime(2022, 12, 23, 10, tzinfo=CHINA)) == "2022年12月23日 10:00"
    assert en.instant(datetime(2022, 12, 23, 10, tzinfo=CHINA)) == "23 Dec 2022, 10:00"


def test_a_fact_with_braces_is_not_a_template() -> None:
    assert words.words("en")("coverage.no_data_body", week="{total} {0}").startswith("{total} {0} lies")


def test_no_word_is_left_over() -> None:
    """Every key is named in the code, or begins as the code says before it puts a term in."""
    root = Path(words.__file__).parents[1]
    code = "".join(path.read_text("utf-8") for room in ("maps", "api") for path in (root / room).rglob("*.py"))
    beginnings = {*re.findall(r"""f["']([a-z_]+\.[a-z_]*)\{""", code), *(f"{group}." for group, _ in VOCABULARIES)}
    composed = tuple(beginnings | {"nights_", "unit.nights_"})
    assert [key for key in words.words("zh").catalogue if f'"{key}"' not in code and not key.startswith(composed)] == []
