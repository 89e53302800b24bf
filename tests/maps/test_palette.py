"""Each class has a colour, a pattern that tells it from its neighbours without colour, and text one can read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geo.terms import Attendance, DangerGrade, EveningState, HazardLevel, StayState
from maps import palette

MAPS = Path(palette.__file__).parent.parent
STATIC = MAPS / "static"
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


LOOKS = {"light": palette.INTERFACE, "dark": {**palette.INTERFACE, **palette.DARK}}


def _shades(look: str, key: str) -> dict[str, str]:
    """The colours of a swatch or a symbol, light or dark."""
    return {**palette.style_table()[key], **(palette.DARK_LOOKS.get(key, {}) if look == "dark" else {})}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("key", sorted(palette.swatches()))
def test_text_on_every_swatch_can_be_read(look: str, key: str) -> None:
    """WCAG AA: 4.5 to 1 for text."""
    shades = _shades(look, key)
    assert palette.contrast(shades["ink"], shades["fill"]) >= 4.5


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("ink", "paper"),
        ("ink", "paper-soft"),
        ("ink-soft", "paper"),
        ("ink-soft", "paper-soft"),
        ("accent", "paper"),
        ("notice-ink", "notice"),
        ("alarm-ink", "alarm"),
        ("alarm-ink", "paper"),
        ("good-ink", "good"),
        ("good-ink", "paper"),
        ("on-emergency", "emergency"),
        ("emergency-ink", "paper"),
        ("paper", "accent"),
        ("water-ink", "halo"),
        ("ink", "halo"),
        ("ink", "outside"),
        ("ink", "land"),
    ],
)
def test_text_of_the_page_can_be_read(look: str, ink: str, ground: str) -> None:
    assert palette.contrast(LOOKS[look][ink], LOOKS[look][ground]) >= 4.5


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    ("line", "ground"),
    [("outline", "land"), ("outline", "outside"), ("closed", "land"), ("focus", "paper"), ("emergency-ink", "land")],
)
def test_lines_stand_out_from_their_ground(look: str, line: str, ground: str) -> None:
    """WCAG: 3 to 1 for what is not text."""
    assert palette.contrast(LOOKS[look][line], LOOKS[look][ground]) >= 3


@pytest.mark.parametrize("key", sorted(palette.STATES))
def test_what_is_amiss_is_brighter_in_the_dark_than_what_is_not(key: str) -> None:
    calm = palette.contrast(_shades("dark", "state-met")["fill"], palette.DARK["land"])
    seen = palette.contrast(_shades("dark", f"state-{key}")["fill"], palette.DARK["land"])
    is_amiss = key in (StayState.CURABLE, StayState.LOST, StayState.NO_TEAM)
    assert is_amiss == (seen > 1.5 * calm)


def test_the_dark_changes_no_fill_of_a_warning_level() -> None:
    levels = {f"{family}-{int(level)}" for family in ("fire", "geo", "day", "level") for level in HazardLevel}
    assert {"stroke"} == {part for key in levels for part in palette.DARK_LOOKS.get(key, {})}


def test_the_dark_names_only_colours_that_there_are() -> None:
    assert set(palette.DARK) <= set(palette.INTERFACE)
    assert set(palette.DARK_LOOKS) <= set(palette.style_table())


def test_only_a_screen_is_dark_and_no_sheet() -> None:
    light, dark = palette.css_variables().split("@media screen{:root[data-look=dark]:not(.still)")
    assert f"--paper:{palette.INTERFACE['paper']};" in light
    assert f"--paper:{palette.DARK['paper']};" in dark
    assert "--state-met-fill:" in light


def test_every_variable_of_a_look_is_declared() -> None:
    declared = set(re.findall(r"--([\w-]+):", palette.css_variables()))
    written = "".join([palette.pattern_defs(), str(palette.screen_styles()), str(palette.ROADS), palette.CLOSED])
    named = set(re.findall(r"var\(--([\w-]+)\)", written + str(palette.backdrop_looks())))
    assert len(named) > 50
    assert named <= declared


def test_a_colour_that_is_named_is_light_on_paper() -> None:
    assert palette.INTERFACE["land"] == palette.on_paper(palette.variable("land"))
    assert "none" == palette.on_paper("none")
    with pytest.raises(KeyError):
        palette.variable("no such colour")


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("style", sorted(palette.MARKS))
def test_symbols_stand_out_from_their_own_fill(look: str, style: str) -> None:
    shades = _shades(look, style)
    assert palette.contrast(shades["fill"], shades["ink"]) >= 3


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
        *(path for path in MAPS.rglob("*.py") if path.parent.name != "palette"),
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
