"""The options that several sub-commands share, each with one name, one meaning and one help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path | None,
    typer.Option(
        "--data", envvar="YIXIAN_DATA", help="Data folder [default: data/county; absent: the built-in sample]"
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of a table.")]
Week = Annotated[str | None, typer.Option(help="ISO week such as 2022-W51 [default: the present one]")]
Closures = Annotated[
    Path | None, typer.Option(help="GeoJSON of lines and areas: what if these closed the roads?", exists=True)
]
