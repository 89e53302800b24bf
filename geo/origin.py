"""What an exported file says of itself, in a column of every row: which version of which layer it was, in which system.

A column outlives what a planner does to a file: saved under another name, in another format, cut to a selection. So an
imported file is compared with the version that it came from, and needs nobody to tell its coordinate system.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

ORIGIN: Final = "yixian"
"""The name of the column, short enough for a shapefile."""

SHORT_NAME: Final = 10
"""Letters in a shapefile's column name; ours are ASCII."""

_FORM: Final = re.compile(
    r"([a-z_]{1,40})@([0-9a-f]{12})(?:\+(\d{1,18}))?(?: ([A-Z]+[:-][0-9A-Z]+))?( part)?", re.ASCII
)

_RUNS: Final = re.compile("'*[=+@\t\r\n＝＋－＠-]")
"""How a text begins that a spreadsheet may take for a formula."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a file's rows come from. As text: `villages@1f3a9c0d2b4e EPSG:4326`, `incidents@1f3a9c0d2b4e+57 …`.

    `version` are the first twelve digits of the hash of the layer's file, `sequence` that of the newest event of the
    journal where the layer lives there. `crs` is the system of the file's coordinates, None for a table. A file that
    `is_part` of the layer, such as what a filter found or the lines of a layer of lines and areas, has not lost the
    rows that it lacks.
    """

    layer: str
    version: str
    crs: str | None = None
    sequence: int | None = None
    is_part: bool = False

    def __str__(self) -> str:
        events = f"+{self.sequence}" if self.sequence else ""
        system = f" {self.crs}" if self.crs else ""
        return f"{self.layer}@{self.version}{events}{system}{' part' if self.is_part else ''}"


def parse_origin(text: str) -> Origin | None:
    """The origin that `text` tells; None for any other text."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        return None
    layer, version, sequence, system, part = found.groups()
    return Origin(layer, version, system, int(sequence) if sequence else None, bool(part))


def guarded(text: str) -> str:
    """A text that no spreadsheet runs: one that it might takes an apostrophe in front (OWASP, "CSV Injection").

    So does one that begins with apostrophes before such a sign, so that `unguarded` gives back every text.
    """
    return "'" + text if _RUNS.match(text) else text


def unguarded(text: str) -> str:
    """The text that `guarded` was given."""
    return text[1:] if text.startswith("'") and _RUNS.match(text) else text


def short_names(names: Sequence[str]) -> dict[str, str]:
    """The name of each column in a shapefile: its first ten letters, and where two would be one, eight and a number."""
    cut = [name[:SHORT_NAME] for name in names]
    found: dict[str, str] = {}
    for name, short in zip(names, cut, strict=True):
        alike = [other for other, one in zip(names, cut, strict=True) if one == short]
        found[name] = short if len(alike) == 1 else f"{short[: SHORT_NAME - 2]}_{alike.index(name) + 1}"
    return found
