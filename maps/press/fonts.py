"""A font with Chinese among those of the machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from matplotlib.font_manager import FontPath, FontProperties, findSystemFonts
from matplotlib.ft2font import FT2Font

from geo.errors import GeoError

FAMILIES: Final = (
    "NotoSansCJK",
    "NotoSansSC",
    "SourceHanSans",
    "PingFang",
    "msyh",
    "wqy-microhei",
    "wqy-zenhei",
    "SimHei",
    "STHeiti",
    "DroidSansFallback",
    "NotoSerifCJK",
    "simsun",
    "uming",
)
"""How the names of files with Chinese fonts begin, the most legible first."""

_PROBES: Final = "冷水江铎"
_CHINESE_FACES: Final = ("SC", "CN", "GB")
_MOST_FACES: Final = 16


class MissingFontError(GeoError):
    """The machine has no font with Chinese."""

    def __init__(self) -> None:
        super().__init__(
            "no font with Chinese was found, so nothing is drawn: install one (Debian, Ubuntu: fonts-noto-cjk; Fedora: "
            "google-noto-sans-cjk-fonts) or a Chromium, or ask for .html"
        )


@dataclass(frozen=True, slots=True)
class Fonts:
    """One family in two weights; the same twice where there is no bold one."""

    plain: FontProperties
    bold: FontProperties


@cache
def chinese_fonts() -> Fonts:
    """The first of `FAMILIES` that the machine has, or else any font with Chinese; MissingFontError when it has none.

    Files are looked at each time a program starts: a list kept from before would not know a font installed since.
    """
    files = sorted(map(Path, findSystemFonts()))
    plain = next(_chinese(file for file in _by_family(files) if "bold" not in file.stem.lower()), None)
    if plain is None:
        raise MissingFontError
    stem = Path(plain.path).stem.removesuffix("-Regular")
    bold = next(_chinese(file for file in files if file.stem in (f"{stem}-Bold", f"{stem}bd", f"{stem}-Medium")), plain)
    return Fonts(FontProperties(fname=plain), FontProperties(fname=bold))


def _by_family(files: list[Path]) -> list[Path]:
    """The most legible families first, of each the regular weight."""
    lowered = [family.lower() for family in FAMILIES]

    def rank(file: Path) -> tuple[int, bool, str]:
        name = file.name.lower()
        family = next((place for place, one in enumerate(lowered) if name.startswith(one)), len(lowered))
        return family, "regular" not in name, name

    return sorted(files, key=rank)


def _chinese(files: Iterator[Path]) -> Iterator[FontPath]:
    """The simplified Chinese face of each file that has the letters; of a collection without one, the first face."""
    for file in files:
        try:
            faces = _faces(file)
            first = faces[0]
            if not all(first.get_char_index(ord(letter)) for letter in _PROBES):
                continue
            named = [number for number, face in enumerate(faces) if face.family_name.split()[-1] in _CHINESE_FACES]
        except (OSError, RuntimeError, IndexError):
            continue  # not a font after all, or none of this library's
        yield FontPath(str(file), named[0] if named else 0)


def _faces(file: Path) -> list[FT2Font]:
    if file.suffix.lower() not in (".ttc", ".otc"):
        return [FT2Font(str(file))]
    found = [FT2Font(str(file), face_index=0)]
    return found + [FT2Font(str(file), face_index=number) for number in range(1, min(found[0].num_faces, _MOST_FACES))]
