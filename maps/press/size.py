"""How large a picture is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from geo.errors import InputError

_SIDES_PX: Final = (320, 8000)
_SCALES: Final = (0.5, 4.0)


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels as a screen counts them, each drawn as `scale` by `scale` dots. InputError beyond."""

    width_px: int = 1600
    height_px: int = 1000
    scale: float = 2

    def __post_init__(self) -> None:
        for name, value, (least, most) in (
            ("width", self.width_px, _SIDES_PX),
            ("height", self.height_px, _SIDES_PX),
            ("scale", self.scale, _SCALES),
        ):
            if not least <= value <= most:
                raise InputError(f"{name}={value:g} is not within {least:g} to {most:g}", parameter=name)
