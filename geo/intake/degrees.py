"""Degrees as people write them: 111.428, 111°25'40.8"E, 东经111度25分40.8秒, E111.4280, 111 25 40.8."""

from __future__ import annotations

import re
from typing import Final, Literal

Axis = Literal["lon", "lat"]
LIMITS: Final = {"lon": 180.0, "lat": 90.0}
_LONGEST_CHARS: Final = 60  # the patterns below try again from many places, so they are never run on a long text

_HEMISPHERES: Final = {
    "E": ("lon", 1), "W": ("lon", -1), "N": ("lat", 1), "S": ("lat", -1),
    "东经": ("lon", 1), "西经": ("lon", -1), "北纬": ("lat", 1), "南纬": ("lat", -1),
    "东": ("lon", 1), "西": ("lon", -1), "北": ("lat", 1), "南": ("lat", -1),
}  # fmt: skip
# Full-width signs, and the many marks that keyboards, Word and survey programs use for degrees, minutes and seconds.
_SPELLINGS: Final = str.maketrans(
    {chr(0xFF10 + digit): str(digit) for digit in range(10)}
    | dict.fromkeys("．。", ".") | dict.fromkeys("，", ",") | dict.fromkeys("－−–", "-") | {"＋": "+"}
    | dict.fromkeys("º˚度∘", "°") | dict.fromkeys("’‘′ʹ＇´`分", "'") | dict.fromkeys("”“″ʺ＂秒", '"')
    | dict.fromkeys("：", ":") | dict.fromkeys("\u3000\u00a0\t", " ")
    | {"Ｅ": "E", "ｅ": "E", "Ｎ": "N", "ｎ": "N", "Ｗ": "W", "ｗ": "W", "Ｓ": "S", "ｓ": "S"}
)  # fmt: skip
_SIDE = "|".join(sorted(_HEMISPHERES, key=len, reverse=True))
_LETTERED = re.compile(rf"(?P<before>{_SIDE})?\s*[:]?\s*(?P<body>[^A-Z一-鿿]*?)\s*(?P<after>{_SIDE})?")
_NUMBER = r"\d+(?:\.\d*)?|\.\d+"
_PARTS = re.compile(
    rf"(?P<sign>[+-])?\s*(?P<d>{_NUMBER})\s*(?:°|:|\s)?\s*"
    rf"(?:(?P<m>{_NUMBER})\s*(?:'|:|\s)?\s*(?:(?P<s>{_NUMBER})\s*(?:\"|'')?)?)?"
)
_BARE_PAIR = re.compile(rf"[+-]?(?:{_NUMBER})\s*[,;/]\s*[+-]?(?:{_NUMBER})")


def parse_degrees(text: str, axis: Axis | None = None) -> float:
    """Decimal degrees, east and north positive, of a longitude or latitude in any usual spelling.

    With `axis` the value must be of that axis: 90 for a latitude, and no E on it. ValueError says what is wrong.
    """
    if len(text) > _LONGEST_CHARS:
        raise ValueError("is too long for an angle")
    plain = text.strip().translate(_SPELLINGS).upper()
    if re.search(r"\d", plain) is None:
        raise ValueError("is not an angle in degrees")
    if re.fullmatch(r"[+-]?\d+,\d+", plain):
        raise ValueError(f"has a decimal comma; write {plain.replace(',', '.')}")
    if _BARE_PAIR.fullmatch(plain):
        raise ValueError("holds two numbers; give longitude and latitude a column each")
    side, body = _side_of(plain)
    if side is not None and axis is not None and side[0] != axis:
        raise ValueError(f"is a {'longitude' if side[0] == 'lon' else 'latitude'}; the columns seem to be swapped")
    degrees = _value_of(body)
    if side is not None:
        if body.startswith(("-", "+")):
            raise ValueError("has both a sign and a hemisphere; keep one of them")
        degrees *= side[1]
    limit = LIMITS[axis or (side[0] if side else "lon")]
    if abs(degrees) > limit:
        raise ValueError(f"is beyond {limit:g} degrees" + ("; is it in metres?" if abs(degrees) > 1000 else ""))
    return degrees


def _side_of(plain: str) -> tuple[tuple[str, int] | None, str]:
    found = _LETTERED.fullmatch(plain)
    if found is None:
        raise ValueError("is not an angle in degrees")
    before, after = found["before"], found["after"]
    if before and after and _HEMISPHERES[before] != _HEMISPHERES[after]:
        raise ValueError(f"names two hemispheres, {before} and {after}")
    letter = before or after
    return (_HEMISPHERES[letter] if letter else None), found["body"]


def _value_of(body: str) -> float:
    found = _PARTS.fullmatch(body)
    if found is None:
        raise ValueError("is not an angle in degrees")
    degrees, minutes, seconds = (float(found[part] or 0) for part in "dms")
    for finer, given, name in ((found["m"], found["d"], "degrees"), (found["s"], found["m"], "minutes")):
        if finer is not None and "." in given.rstrip("0").rstrip("."):
            raise ValueError(f"has a fraction of {name} and finer parts as well")
    for met, name in ((minutes, "minutes"), (seconds, "seconds")):
        if met >= 60:
            raise ValueError(f"has {met:g} {name}; there are 60 at most")
    value = degrees + minutes / 60 + seconds / 3600
    return -value if found["sign"] == "-" else value
