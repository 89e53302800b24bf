"""Each class has a colour, a pattern that tells it from its neighbours without colour, and text one can read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geo.terms import Attendance, DangerGrade, EveningState, HazardLevel, StayState
from maps import palette

STATIC = Path(palette.__file__).parent / "static"
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(")


def test_every_state_level_and_grade_has_a_swatch() -> None:
    assert set(palette.STATES) == set(StayState)
    assert set(palette.FIRE) == set(palette.GEOLOGICAL) == set(palette.LEVELS) == set(HazardLevel)
    assert set(palette.GRADES) == set(DangerGrade)


def test_states_differ_by_pattern_as_well_as_by_colour() -> None:
    prints = [swatch.fingerprint for swatch in palette.STATES.values()]
    fills = [swatch.fill for swatch in palette.STATES.values()]
    assert len(set(prints)) == len(set(fills)) == len(StayState)


def test_days_and_hours_differ_by_pattern_as_well_as_by_colour() -> None:
    assert set(palette.DUTY) == set(Attendance)
    for swatches in (palette.DUTY, palette.CLOCK):
        prints = [swatch.fingerprint for swatch in swatches.values()]
        fills = [swatch.fill for swatch in swatches.values()]
        assert len(set(prints)) == len(set(fills)) == len(swatches)


def test_evenings_differ_by_symbol() -> None:
    drawn = dict(
        re.findall(r'<symbol id="sym-night-([a-z_]+)"[^>]*>(.*?)</symbol>', (STATIC / "symbols.svg").read_text("utf-8"))
    )
    assert set(drawn) == set(EveningState)
    assert len(set(drawn.values())) == len(EveningState)
    assert {f"night-{state}" for state in EveningState} <= set(palette.MARKS)


def test_levels_and_kinds_differ_by_pattern_as_well_as_by_colour() -> None:
    zones = [*palette.FIRE.values(), *palette.GEOLOGICAL.values()]
    assert len({swatch.fingerprint for swatch in zones}) == 2 * len(HazardLevel)
    assert {swatch.dash for swatch in palette.FIRE.values()} == {None}
    assert None not in {swatch.dash for swatch in palette.GEOLOGICAL.values()}


def test_rows_of_an_import_differ_by_pattern_and_by_symbol() -> None:
    assert len({swatch.fingerprint for swatch in palette.ROWS.values()}) == len(palette.ROWS)
    symbols = re.findall(
        r'<symbol id="sym-(row-[a-z]+)"[^>]*>(.*?)</symbol>', (STATIC / "symbols.svg").read_text("utf-8")
    )
    assert {name for name, _ in symbols} == {f"row-{state}" for state in palette.ROWS if state != "accepted"}
    assert len({drawn for _, drawn in symbols}) == 3


def test_levels_have_the_official_colours_in_their_order() -> None:
    """Green, blue, yellow, orange, red (QX/T 77-2007): told by which of red, green and blue lead."""
    hues = {level: _rgb(swatch.fill) for level, swatch in palette.LEVELS.items()}
    low, fairly_low, fairly_high, high, extreme = (hues[level] for level in HazardLevel)
    assert max(low) == low[1]
    assert max(fairly_low) == fairly_low[2]
    assert min(fairly_high[:2]) > 200 > fairly_high[2]
    assert high[0] > 240
    assert 110 < high[1] < 160
    assert high[2] < 40
    assert extreme[0] > 200
    assert max(extreme[1:]) < 60


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return red, green, blue


@pytest.mark.parametrize("key", sorted(palette.swatches()))
def test_text_on_every_swatch_can_be_read(key: str) -> None:
    """WCAG AA: 4.5 to 1 for text."""
    swatch = palette.swatches()[key]
    assert palette.contrast(swatch.ink, swatch.fill) >= 4.5


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("ink", "paper"),
        ("ink-soft", "paper"),
        ("ink-soft", "paper-soft"),
        ("accent", "paper"),
        ("notice-ink", "notice"),
        ("alarm-ink", "alarm"),
        ("paper", "emergency"),
        ("paper", "accent"),
        ("water-ink", "halo"),
        ("ink", "outside"),
    ],
)
def test_text_of_the_page_can_be_read(ink: str, ground: str) -> None:
    assert palette.contrast(palette.colour(ink), palette.colour(ground)) >= 4.5


@pytest.mark.parametrize("style", sorted(palette.MARKS))
def test_symbols_stand_out_from_their_own_fill(style: str) -> None:
    fill, ink = palette.MARKS[style]
    assert palette.contrast(fill, ink) >= 3


def test_contrast_is_the_wcag_ratio() -> None:
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert palette.contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=1e-3)


def test_every_style_with_a_pattern_has_its_definition() -> None:
    defined = set(re.findall(r'<pattern id="([^"]+)"', palette.pattern_defs()))
    named = {style["pattern"] for style in palette.style_table().values() if "pattern" in style}
    assert named == defined


def test_only_the_palette_knows_colours() -> None:
    sources = [
        *(path for path in STATIC.rglob("*") if path.is_file()),
        *(path for path in STATIC.parent.rglob("*.py") if path.name != "palette.py"),
    ]
    found = {path.name: COLOUR.findall(_without_identifiers(path.read_text("utf-8"))) for path in sources}
    assert {name: colours for name, colours in found.items() if colours} == {}


def _without_identifiers(source: str) -> str:
    """Ids of elements and symbols begin with # too."""
    return re.sub(r"#(masthead|panel|map-frame|sym-|pattern-)[\w-]*|url\(#", "", source)


def test_the_style_sheet_names_only_colours_that_there_are() -> None:
    sheets = "".join(path.read_text("utf-8") for path in STATIC.glob("*.css"))
    used = set(re.findall(r"var\(--([a-z-]+)", sheets))
    of_a_node = {"fill", "mark", "stroke"}
    assert used - of_a_node <= set(palette.INTERFACE)
