"""The mapping file: what a planner says of a source's headings and words that Yixian does not know by itself.

ignore = ["备注"]                     # source columns to leave out on purpose

[columns]                             # layer column = source heading
name = "点位"
threatened_assets_cny = { from = "资产", scale = 10000 }
status = { value = "active" }         # the same in every row

[values.kind]                         # source's word = layer's word, in either language; "" for nothing
"溜方" = "landslide"

[places]                              # columns of the coordinates
lon = "东坐标"
lat = "北坐标"
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

from geo.errors import UnreadableFileError
from geo.files import read_bytes

_TABLES = ("columns", "values", "places", "ignore")
_COLUMN_KEYS = ("from", "scale", "value")
_AXES = ("lon", "lat")


@dataclass(frozen=True, slots=True)
class Take:
    """Where a layer column's cells come from: a source heading, or with `source` None the constant `value`."""

    source: str | None = None
    scale: float = 1
    value: object = None


@dataclass(frozen=True, slots=True)
class MappingFile:
    """What a mapping file says: `columns` by layer column, `values` by layer column and source word."""

    columns: Mapping[str, Take] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()


def load_mapping(path: Path) -> MappingFile:
    """Read a mapping file (TOML, UTF-8); UnreadableFileError quotes the line that cannot be taken."""
    try:
        text = read_bytes(path).decode("utf-8-sig")
        content = tomllib.loads(text)
    except UnicodeDecodeError as reason:
        raise UnreadableFileError(path, f"is not UTF-8 (byte {reason.start}); save it as UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as reason:
        raise UnreadableFileError(path, f"is not TOML: {reason}") from None
    return _Reader(path, text).read(content)


@dataclass(frozen=True, slots=True)
class _Reader:
    path: Path
    text: str

    def read(self, content: Mapping[str, Any]) -> MappingFile:
        for key in content:
            if key not in _TABLES:
                self._refuse(key, f"{key!r} is not one of {', '.join(_TABLES)}")
        ignore = content.get("ignore", [])
        if not isinstance(ignore, list) or not all(isinstance(name, str) for name in ignore):
            self._refuse("ignore", "ignore is a list of source headings")
        columns = {target: self._take(target, given) for target, given in self._table(content, "columns").items()}
        values = {target: self._words(target, given) for target, given in self._table(content, "values").items()}
        places = self._table(content, "places")
        for axis, heading in places.items():
            if axis not in _AXES or not isinstance(heading, str):
                self._refuse(axis, "[places] takes lon and lat, each with a source heading")
        return MappingFile(MappingProxyType(columns), MappingProxyType(values), MappingProxyType(places), tuple(ignore))

    def _table(self, content: Mapping[str, Any], name: str) -> dict[str, Any]:
        table = content.get(name, {})
        if not isinstance(table, dict):
            self._refuse(name, f"{name} is a table: write [{name}] on a line of its own")
        return dict(table)

    def _take(self, target: str, given: Any) -> Take:
        if isinstance(given, str):
            return Take(given)
        if not isinstance(given, dict):
            self._refuse(target, f'{target} takes "source heading", {{ from = "…", scale = … }} or {{ value = … }}')
        for key in given:
            if key not in _COLUMN_KEYS:
                self._refuse(key, f"{key!r} is not one of {', '.join(_COLUMN_KEYS)}")
        if ("from" in given) == ("value" in given) or ("value" in given and "scale" in given):
            self._refuse(target, f"{target} takes either from (with scale if need be) or value")
        if "value" in given:
            return Take(value=self._plain(target, given["value"]))
        scale = given.get("scale", 1)
        if isinstance(scale, bool) or not isinstance(scale, int | float) or not (math.isfinite(scale) and scale > 0):
            self._refuse("scale", f"the scale of {target} is a number above 0")
        if not isinstance(given["from"], str):
            self._refuse("from", f"from in {target} is a source heading")
        return Take(given["from"], scale)

    def _words(self, target: str, given: Any) -> Mapping[str, object]:
        if not isinstance(given, dict):
            self._refuse(target, f'write [values.{target}] and under it "source\'s word" = "layer\'s word"')
        return MappingProxyType({word: self._plain(word, meaning) for word, meaning in given.items()})

    def _plain(self, key: str, value: Any) -> object:
        if isinstance(value, dict | list):
            self._refuse(key, f"{key!r} takes a text, a number, a truth value or a date")
        return value

    def _refuse(self, key: str, problem: str) -> NoReturn:
        """tomllib keeps no positions: the first line that begins with or holds the key is the one meant."""
        lines = list(enumerate(self.text.splitlines(), 1))
        named = [
            (number, line)
            for begins in (True, False)
            for number, line in lines
            if (line.lstrip(" \t\"'[").startswith(key) if begins else key in line)
        ]
        where = f"line {named[0][0]} ({named[0][1].strip()!r}): " if named else ""
        raise UnreadableFileError(self.path, f"{where}{problem}")
